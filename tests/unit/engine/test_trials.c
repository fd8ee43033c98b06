/* What trials tell, and what they do not: the silence of a trial is evidence only
 * if it left, and the far capture lived on and lost nothing. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "controller/engine/facts/ecn.h"
#include "controller/engine/facts/trials.h"
#include "controller/engine/verdict.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define MAX_PIECES 40

/* Pieces are 100 ms apart. */
#define BEFORE                                                      \
    "source capture phase=armed; destination capture phase=armed; " \
    "source attempt-start source=192.0.2.10; "                      \
    "source packet packet=syn direction=out flags=SEC ttl=64; "
#define AFTER                             \
    "source capture phase=after lost=0; " \
    "destination capture phase=after lost=0"
#define OUT(name)      "source trial direction=out trial=" name "; "
#define IN(name)       "destination trial direction=in trial=" name "; "
#define PORT_OUT(port) OUT("other-port destination_port=" port)
#define PORT_IN(port)  IN("other-port destination_port=" port)
#define SAME_LOST      OUT("same")
#define BACK_OUT(name) "destination trial direction=out trial=" name "; "
#define BACK_IN(name)  "source trial direction=in trial=" name "; "
/* What answers a trial's SYN. */
#define ANSWER_OUT(name) BACK_OUT(name " packet=syn-ack")
#define ANSWER_IN(name)  BACK_IN(name " packet=syn-ack")
#define HOP(role, place) \
    role " hop icmp_type=11 icmp_code=0 offender=" place "; "

static struct evidence items[MAX_PIECES];
static size_t count;

static void write(const char *text)
{
    count = written_evidence(text, items, MAX_PIECES);
    for (size_t i = 0; i < count; i++)
        items[i].at_ns *= 100;
}

static const struct view *make_view(const char *text)
{
    static struct subject subject;
    static struct view view;

    subject = two_hosts_subject();
    subject.probing_over = subject.collected = subject.wait_over = true;
    write(text);
    view_build(&view, &subject, items, count);
    return &view;
}

static void each_trial_has_its_fate(void **state)
{
    static const struct
    {
        const char *text;
        enum fate fate; /* of TRIAL_UDP from the source */
    } rows[] = {
        {BEFORE OUT("udp") IN("udp") AFTER, FATE_PASSED},
        {BEFORE OUT("udp destination_port=8080") IN("udp destination_port=9090")
             AFTER,
         FATE_PASSED}, /* translated on the way */
        {BEFORE OUT("udp") AFTER, FATE_VANISHED},
        {BEFORE AFTER, FATE_UNKNOWN},
        /* It never left, or only to the host itself, or its answer did. */
        {BEFORE IN("udp") AFTER, FATE_UNKNOWN},
        {BEFORE OUT("udp interface=lo") AFTER, FATE_UNKNOWN},
        {BEFORE OUT("udp packet=rst") AFTER, FATE_UNKNOWN},
        /* Another one came, or what came is an answer. */
        {BEFORE OUT("udp") IN("ping") AFTER, FATE_VANISHED},
        {BEFORE OUT("udp") IN("udp packet=rst") AFTER, FATE_VANISHED},
        /* Nobody lived on to miss it. */
        {BEFORE OUT("udp") "source capture phase=after lost=0", FATE_UNKNOWN},
        {BEFORE OUT("udp") "destination capture phase=after lost=3",
         FATE_UNKNOWN},
        {BEFORE OUT("udp") "destination capture phase=after lost=0 alive=0 "
                           "received=0",
         FATE_UNKNOWN},
        {BEFORE "destination capture phase=after lost=0; " OUT("udp"),
         FATE_UNKNOWN},
        {OUT("udp") BEFORE AFTER, FATE_UNKNOWN},
        {BEFORE OUT("udp") "destination agent-lost; " AFTER, FATE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct trial_end end =
            trials_find(make_view(rows[i].text), ROLE_SOURCE, TRIAL_UDP);

        if (end.fate != rows[i].fate)
            fail_msg("fate %d, not %d: %s", (int)end.fate, (int)rows[i].fate,
                     rows[i].text);
    }
}

static void check_blamed(const char *trials, enum role from, enum trial blamed)
{
    char text[2000];

    snprintf(text, sizeof(text), BEFORE "%s" AFTER, trials);
    if (trials_blame_option(make_view(text), from) != blamed)
        fail_msg("not %d: %s", (int)blamed, text);
}

static void an_option_is_blamed_if_it_alone_explains_all(void **state)
{
    static const struct
    {
        const char *text;
        enum trial blamed;
    } rows[] = {
        {SAME_LOST OUT("bare") IN("bare") OUT("without-timestamps")
             IN("without-timestamps") OUT("without-sack"),
         TRIAL_WITHOUT_TIMESTAMPS},
        {SAME_LOST OUT("bare") IN("bare") OUT("small-mss") IN("small-mss"),
         TRIAL_SMALL_MSS},
        {SAME_LOST OUT("bare") IN("bare") OUT("without-sack"), TRIAL_BARE},
        /* Each one for itself: it may be chance. */
        {SAME_LOST OUT("bare") IN("bare") OUT("small-mss") IN("small-mss")
             OUT("without-sack") IN("without-sack"),
         TRIAL_BARE},
        /* The bare one is lost as well: then it was luck. */
        {SAME_LOST OUT("bare") OUT("small-mss") IN("small-mss"), TRIAL_COUNT},
        {SAME_LOST IN("same") OUT("bare") IN("bare"), TRIAL_COUNT},
        {OUT("bare") IN("bare"), TRIAL_COUNT},
        /* It is ECN. */
        {SAME_LOST OUT("bare") IN("bare") OUT("without-ecn") IN("without-ecn"),
         TRIAL_COUNT},
        {"", TRIAL_COUNT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_blamed(rows[i].text, ROLE_SOURCE, rows[i].blamed);
}

static void an_option_of_an_answer_is_blamed_by_answers(void **state)
{
    (void)state;
    check_blamed(ANSWER_OUT("same") ANSWER_OUT("bare") ANSWER_IN("bare")
                     ANSWER_OUT("without-sack") ANSWER_IN("without-sack")
                         ANSWER_OUT("small-mss"),
                 ROLE_DESTINATION, TRIAL_WITHOUT_SACK);
    check_blamed(ANSWER_OUT("same") ANSWER_OUT("bare"), ROLE_DESTINATION,
                 TRIAL_COUNT);
    check_blamed(SAME_LOST OUT("bare") IN("bare"), ROLE_DESTINATION,
                 TRIAL_COUNT);
}

static const struct fact_row
{
    fact_ref fact;
    enum answer answer;
    const char *text;
} facts[] = {
    {F(SOURCE, PORT_FILTERED), YES,
     BEFORE SAME_LOST PORT_OUT("443") PORT_IN("443") AFTER},
    {F(SOURCE, PORT_FILTERED), YES,
     BEFORE SAME_LOST OUT("udp") IN("udp") AFTER},
    {F(SOURCE, PORT_FILTERED), YES,
     BEFORE SAME_LOST OUT("ping") IN("ping") AFTER},
    /* Nothing else gets through, or something does to the port. */
    {F(SOURCE, PORT_FILTERED), NO, BEFORE SAME_LOST PORT_OUT("443") AFTER},
    {F(SOURCE, PORT_FILTERED), NO,
     BEFORE SAME_LOST IN("same") OUT("udp") IN("udp") AFTER},
    {F(SOURCE, PORT_FILTERED), NO,
     BEFORE SAME_LOST OUT("bare") IN("bare") OUT("udp") IN("udp") AFTER},
    {F(SOURCE, PORT_FILTERED), NO,
     BEFORE SAME_LOST "source hop ttl=3 packet=syn-ack; " OUT("udp") IN("udp")
         AFTER},
    /* Nothing is known of the port itself. */
    {F(SOURCE, PORT_FILTERED), NO, BEFORE OUT("udp") IN("udp") AFTER},
    /* What the destination's own device may have dropped is no matter of the
     * way. */
    {F(SOURCE, PORT_FILTERED), NO,
     BEFORE SAME_LOST OUT("udp")
         IN("udp") "destination link interface=eth0 xdp=7; " AFTER},
    {F(SOURCE, PORT_FILTERED), NOT_OBSERVED,
     BEFORE SAME_LOST OUT("udp")
         IN("udp") "destination capture phase=after lost=3"},
    {F(SOURCE, PORT_FILTERED), NOT_OBSERVED,
     BEFORE SAME_LOST "source capture phase=after lost=0"},
    {F(DESTINATION, PORT_FILTERED), YES,
     BEFORE BACK_OUT("udp") BACK_IN("udp") AFTER},
    {F(DESTINATION, PORT_FILTERED), NO, BEFORE BACK_OUT("udp") AFTER},
    {F(DESTINATION, PORT_FILTERED), NO,
     BEFORE "destination hop ttl=3 packet=rst; " BACK_OUT("udp") BACK_IN("udp")
         AFTER},
    /* A vantage point counts by the hop behind which the others vanish. */
    {F(SOURCE, SOURCE_FILTERED), YES,
     BEFORE SAME_LOST HOP("source", "203.0.113.2") HOP("vantage", "203.0.113.2")
         IN("vantage") AFTER},
    {F(SOURCE, SOURCE_FILTERED), NO,
     BEFORE SAME_LOST HOP("source", "203.0.113.2") HOP("vantage", "203.0.113.6")
         IN("vantage") AFTER},
    {F(SOURCE, SOURCE_FILTERED), NO,
     BEFORE SAME_LOST HOP("vantage", "203.0.113.2") IN("vantage") AFTER},
    {F(SOURCE, SOURCE_FILTERED), NO,
     BEFORE SAME_LOST HOP("source", "203.0.113.2") HOP("vantage", "203.0.113.2")
         AFTER},
    {F(SOURCE, SOURCE_FILTERED), NO,
     BEFORE SAME_LOST IN("same") HOP("source", "203.0.113.2")
         HOP("vantage", "203.0.113.2") IN("vantage") AFTER},
    {F(SOURCE, SOURCE_FILTERED), NO,
     BEFORE HOP("source", "203.0.113.2") HOP("vantage", "203.0.113.2")
         IN("vantage") AFTER},
    {F(SOURCE, ECN_DROPPED), YES,
     BEFORE SAME_LOST OUT("without-ecn") IN("without-ecn") AFTER},
    {F(SOURCE, ECN_DROPPED), NO, BEFORE SAME_LOST OUT("without-ecn") AFTER},
    {F(SOURCE, ECN_DROPPED), NO,
     BEFORE SAME_LOST IN("same") OUT("without-ecn") IN("without-ecn") AFTER},
    {F(SOURCE, ECN_DROPPED), NOT_OBSERVED, BEFORE SAME_LOST},
    /* Until one without it was tried, it is suspected. */
    {F(SOURCE, ECN_SUSPECT), YES, BEFORE AFTER},
    {F(SOURCE, ECN_SUSPECT), YES,
     BEFORE OUT("without-ecn") "destination capture phase=after lost=3"},
    {F(SOURCE, ECN_SUSPECT), NO, BEFORE OUT("without-ecn") AFTER},
    /* Of the way back the answers tell, which are the destination's own. */
    {F(DESTINATION, ECN_DROPPED), YES,
     BEFORE ANSWER_OUT("same") ANSWER_OUT("without-ecn")
         ANSWER_IN("without-ecn") AFTER},
    {F(DESTINATION, ECN_DROPPED), NO,
     BEFORE ANSWER_OUT("same") ANSWER_IN("same") ANSWER_OUT("without-ecn")
         ANSWER_IN("without-ecn") AFTER},
    {F(DESTINATION, ECN_DROPPED), NO, /* which never left */
     BEFORE ANSWER_OUT("without-ecn") ANSWER_IN("without-ecn") AFTER},
    {F(DESTINATION, ECN_DROPPED), NO, /* resets, or the SYNs themselves */
     BEFORE BACK_OUT("same packet=rst") ANSWER_OUT("without-ecn")
         ANSWER_IN("without-ecn") AFTER},
    {F(DESTINATION, ECN_DROPPED), NO,
     BEFORE SAME_LOST OUT("without-ecn") IN("without-ecn") AFTER},
    {F(DESTINATION, ECN_SUSPECT), YES, BEFORE AFTER},
    {F(DESTINATION, ECN_SUSPECT), NO, BEFORE ANSWER_OUT("without-ecn") AFTER},
    {F(DESTINATION, PORT_FILTERED), NO,
     BEFORE ANSWER_OUT("same") ANSWER_IN("same") BACK_OUT("udp") BACK_IN("udp")
         AFTER},
    {F(DESTINATION, REPEAT_PASSED), YES,
     BEFORE ANSWER_OUT("same") ANSWER_IN("same") AFTER},
    {F(SOURCE, REPEAT_PASSED), YES, BEFORE SAME_LOST IN("same") AFTER},
    {F(SOURCE, REPEAT_PASSED), NO, BEFORE SAME_LOST AFTER},
    {F(SOURCE, REPEAT_PASSED), NOT_OBSERVED, BEFORE SAME_LOST},
};

static void facts_follow(void **state)
{
    static struct known known;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        facts_derive(&known, make_view(facts[i].text), 1);
        if (known.answers[facts[i].fact] != facts[i].answer)
            fail_msg("%s is %d, not %d: %s",
                     fact_infos[facts[i].fact / END_COUNT].name,
                     known.answers[facts[i].fact], (int)facts[i].answer,
                     facts[i].text);
    }
}

/* Two sendings of one attempt: is it for their ECN? */
static const struct ecn_row
{
    const char *trials;
    const char *flags[2];
    bool came[2];
    enum ecn_loss all, one; /* one: of a first SYN that was lost */
} ecn_rows[] = {
    {SAME_LOST OUT("without-ecn") IN("without-ecn"),
     {"SEC", "S"},
     {false, true},
     ECN_LOSS_LIKELY,
     ECN_LOSS_LIKELY},
    /* Each flow's first one may be what is lost. */
    {"", {"SEC", "S"}, {false, true}, ECN_LOSS_POSSIBLE, ECN_LOSS_POSSIBLE},
    {SAME_LOST OUT("without-ecn"),
     {"SEC", "S"},
     {false, true},
     ECN_LOSS_NOT,
     ECN_LOSS_NOT},
    {OUT("same") IN("same"),
     {"SEC", "S"},
     {false, true},
     ECN_LOSS_NOT,
     ECN_LOSS_NOT},
    /* By chance. */
    {SAME_LOST OUT("without-ecn") IN("without-ecn"),
     {"SEC", "SEC"},
     {false, true},
     ECN_LOSS_NOT,
     ECN_LOSS_NOT},
    {"", {"S", "S"}, {false, true}, ECN_LOSS_NOT, ECN_LOSS_NOT},
    {"", {"SEC", "S"}, {false, false}, ECN_LOSS_NOT, ECN_LOSS_POSSIBLE},
};

static void ecn_is_told_from_a_first_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ecn_rows); i++) {
        const struct ecn_row *row = &ecn_rows[i];
        static struct sendings syns;
        struct evidence packets[2];
        struct loss loss = {PACKET_SYN, ROLE_PATH, &packets[0], &packets[1]};
        const struct view *view;
        char text[2000];

        memset(&syns, 0, sizeof(syns));
        for (size_t k = 0; k < 2; k++) {
            evidence_init(&packets[k], EVIDENCE_PACKET, 0);
            evidence_set_text(&packets[k], KEY_FLAGS, row->flags[k]);
            syns.items[syns.count++] =
                (struct sending){1, k > 0, row->came[k], &packets[k], NULL};
            syns.lost += !row->came[k];
        }
        snprintf(text, sizeof(text), BEFORE "%s" AFTER, row->trials);
        view = make_view(text);
        if (ecn_loss_of_all(view, &syns) != row->all ||
            ecn_loss_of_one(view, &loss) != row->one)
            fail_msg("row %zu: %d and %d", i, ecn_loss_of_all(view, &syns),
                     ecn_loss_of_one(view, &loss));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trial_has_its_fate),
        cmocka_unit_test(an_option_is_blamed_if_it_alone_explains_all),
        cmocka_unit_test(an_option_of_an_answer_is_blamed_by_answers),
        cmocka_unit_test(facts_follow),
        cmocka_unit_test(ecn_is_told_from_a_first_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
