/* What was sent, and what of it came, from written evidence. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/sendings.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define START "source attempt-start attempt=1; "
/* Both captures are at work before, and told afterwards that they lost nothing. */
#define ARMED                                                \
    "source capture phase=armed alive=1 received=9 lost=0; " \
    "destination capture phase=armed alive=1 received=9 lost=0; " START
#define AFTER_LOST(lost)                                     \
    "source capture phase=after alive=1 received=9 lost=0; " \
    "destination capture phase=after alive=1 received=9 lost=" lost
#define AFTER AFTER_LOST("0")
#define SYN(end, way, clock) \
    end " packet packet=syn attempt=1 direction=" way " timestamp=" clock "; "
#define BARE(end, way) end " packet packet=syn attempt=1 direction=" way "; "
#define ANSWER(end, way) \
    end " packet packet=syn-ack attempt=1 direction=" way "; "
#define PAUSE "pause; "

static const struct
{
    const char *evidence;
    enum packet packet;
    bool one_ended;
    const char *sendings; /* in the order of time: + came, - did not */
} cases[] = {
    {ARMED SYN("source", "out", "5") SYN("destination", "in", "5") PAUSE AFTER,
     PACKET_SYN, false, "+"},
    {ARMED SYN("source", "out", "5") PAUSE AFTER, PACKET_SYN, false, "-"},
    /* Sent again: its clock tells which of the two it is that came. */
    {ARMED SYN("source", "out", "5") PAUSE SYN("source", "out", "9")
         SYN("destination", "in", "9") PAUSE AFTER,
     PACKET_SYN, false, "-+"},
    {ARMED SYN("source", "out", "5") PAUSE SYN("source", "out", "9")
         SYN("destination", "in", "5") PAUSE AFTER,
     PACKET_SYN, false,
     "+"}, /* so slow a way needs a longer watch for the other one */
    /* Without one, the time does. */
    {ARMED BARE("source", "out") PAUSE BARE("source", "out")
         BARE("destination", "in") PAUSE AFTER,
     PACKET_SYN, false, "-+"},
    /* A copy on another device is no second sending. */
    {ARMED SYN("source", "out", "5") SYN("source", "out", "5")
         SYN("destination", "in", "5") PAUSE AFTER,
     PACKET_SYN, false, "+"},
    /* What left a moment before the end of the watch is neither. */
    {ARMED SYN("source", "out", "5") AFTER, PACKET_SYN, false, ""},
    /* A capture that lost packets, or told nothing at the end, says nothing. */
    {ARMED SYN("source", "out", "5") PAUSE AFTER_LOST("3"), PACKET_SYN, false,
     ""},
    {ARMED SYN("source", "out", "5"), PACKET_SYN, false, ""},
    {ARMED ANSWER("destination", "out") ANSWER("source", "in") PAUSE AFTER,
     PACKET_SYN_ACK, false, "+"},
    {ARMED ANSWER("destination", "out") PAUSE ANSWER("destination", "out")
         ANSWER("source", "in") PAUSE AFTER,
     PACKET_SYN_ACK, false, "-+"},
    /* The source's capture lost none: the answer counts all the same. */
    {ARMED ANSWER("destination", "out") PAUSE AFTER_LOST("3"), PACKET_SYN_ACK,
     false, "-"},
    /* Nobody watches there: what was answered came. */
    {ARMED SYN("source", "out", "5") PAUSE SYN("source", "out", "9")
         ANSWER("source", "in") PAUSE AFTER,
     PACKET_SYN, true, "-+"},
    {ARMED SYN("source", "out", "5") PAUSE AFTER, PACKET_SYN, true, "-"},
};

static void test_sendings(void **state)
{
    static struct evidence items[32];
    static struct view view;
    static struct sendings sendings;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct subject subject = two_hosts_subject();
        size_t count =
            written_evidence(cases[i].evidence, items, ARRAY_SIZE(items));
        char text[SENDINGS_MAX + 1] = "";

        subject.attempts = 1;
        subject.collected = subject.wait_over = true;
        if (cases[i].one_ended)
            subject.destination_host[0] = '\0';
        view_build(&view, &subject, items, count);
        sendings_list(&view, cases[i].packet, &sendings);
        for (size_t k = 0; k < sendings.count; k++) {
            text[k] = sendings.items[k].came ? '+' : '-';
            assert_int_equal(sendings.items[k].again, k > 0);
        }
        if (strcmp(text, cases[i].sendings) != 0)
            print_error("case %zu\n", i);
        assert_string_equal(text, cases[i].sendings);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sendings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
