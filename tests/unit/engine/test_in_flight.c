/* What was changed of the packets on their way, from written evidence. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/in_flight.h"
#include "controller/engine/verdict.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

/* A SYN as it left and as it came in, and its answer; SYN_OF: under that clock. */
#define START \
    "source attempt-start attempt=1 source=192.0.2.10 source_port=5000; "
#define SYN_OF(clock, sent, came)                                              \
    "source packet packet=syn attempt=1 direction=out source_port=5000 "       \
    "sequence=77 timestamp=" clock " " sent                                    \
    "; destination packet packet=syn attempt=1 direction=in source_port=5000 " \
    "sequence=77 timestamp=" clock " " came
#define SYN(sent, came) SYN_OF("9", sent, came)
#define ANSWER(sent, came)                                              \
    "; destination packet packet=syn-ack attempt=1 direction=out "      \
    "source=198.51.100.10 source_port=8080 destination_port=5000 " sent \
    "; source packet packet=syn-ack attempt=1 direction=in "            \
    "source_port=8080 destination_port=5000 " came
#define OPTIONS(mss, scale, sack) \
    "mss=" mss " window_scale=" scale " sack=" sack " flags=S "

static const struct
{
    const char *evidence;
    const char *changes; /* "PACKET FIELD SENT RECEIVED ROLE; ..." */
} cases[] = {
    {START SYN("ttl=64", "ttl=64"), ""},
    {START SYN("ttl=64", "ttl=62"), "syn ttl 64 62 path; "},
    {START SYN("ttl=64", "ttl=200"), "syn ttl 64 200 path; "},
    {START SYN(OPTIONS("1460", "7", "1"), OPTIONS("1400", "7", "1")),
     "syn mss 1460 1400 path; "},
    {START SYN(OPTIONS("1460", "7", "1"), "mss=1460 sack=0 flags=S"),
     "syn window_scale 7 - path; syn sack 1 - path; "},
    /* Options that were not read are not taken out. */
    {START SYN(OPTIONS("1460", "7", "1"), "flags=S"), ""},
    {START SYN("flags=S", OPTIONS("1460", "7", "1")), ""},
    {START SYN("dscp=0 ecn=0", "dscp=18 ecn=3"),
     "syn dscp 0 18 path; syn ip_ecn 0 3 path; "},
    {START SYN("flags=SEC", "flags=S"), "syn ecn 1 - path; "},
    /* The host itself, and somebody behind it. */
    {START SYN("source=192.0.2.11", "source=203.0.113.1"),
     "syn source_address 192.0.2.10 192.0.2.11 source; "
     "syn source_address 192.0.2.11 203.0.113.1 path; "},
    {START SYN("", "destination_port=9090"),
     "syn destination_port 8080 9090 path; "},
    {START SYN("", "") "; destination packet packet=syn attempt=1 "
                       "direction=out source_port=5000 sequence=77 "
                       "destination=172.17.0.2 destination_port=80",
     "syn destination_address 198.51.100.10 172.17.0.2 destination; "
     "syn destination_port 8080 80 destination; "},
    /* The answer is translated back: that is told once, of the SYN. */
    {START SYN("", "source=203.0.113.1")
         ANSWER("destination=203.0.113.1",
                "source=198.51.100.10 destination=192.0.2.10"),
     "syn source_address 192.0.2.10 203.0.113.1 path; "},
    {START SYN("", "") ANSWER("destination=192.0.2.10",
                              "source=198.51.100.11 destination=192.0.2.10"),
     "syn-ack source_address 198.51.100.10 198.51.100.11 path; "},
    {START SYN("", "") ANSWER("destination=192.0.2.10 ttl=64 sequence=99",
                              "source=198.51.100.10 destination=192.0.2.10 "
                              "ttl=63 sequence=98"),
     "syn-ack sequence 99 98 path; syn-ack ttl 64 63 path; "},
    /* Sent again a second later, as the kernel does it, and that one came: it is
     * compared with itself. */
    {START "source packet packet=syn attempt=1 direction=out source_port=5000 "
           "sequence=77 timestamp=5 flags=SEC; pause; " SYN_OF("9", "flags=S",
                                                               "flags=S"),
     ""},
};

static void print_value(const struct flight_value *value, char *text,
                        size_t size)
{
    if (!value->is_there)
        text_format(text, size, "-");
    else if (address_is_set(&value->address))
        address_print(&value->address, text);
    else
        text_format(text, size, "%lld", (long long)value->number);
}

static void print_changes(const struct judgement *judgement, char *text,
                          size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < judgement->change_count; i++) {
        const struct flight_change *change = &judgement->changes[i];
        char sent[ADDRESS_TEXT_SIZE], received[ADDRESS_TEXT_SIZE];

        print_value(&change->sent, sent, sizeof(sent));
        print_value(&change->received, received, sizeof(received));
        text_format(text + strlen(text), size - strlen(text),
                    "%s %s %s %s %s; ",
                    word_name(&packet_words, (int)change->packet),
                    flight_field_names[change->field], sent, received,
                    word_name(&role_words, (int)change->at));
    }
}

static void test_changes_are_those_of_the_packets(void **state)
{
    static struct evidence items[16];
    static struct judgement judgement;
    static struct view view;
    struct subject subject = two_hosts_subject();
    char text[1024];

    (void)state;
    subject.attempts = 1;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t count =
            written_evidence(cases[i].evidence, items, ARRAY_SIZE(items));

        memset(&judgement, 0, sizeof(judgement));
        view_build(&view, &subject, items, count);
        in_flight_fill(&view, 1, &judgement);
        print_changes(&judgement, text, sizeof(text));
        if (strcmp(text, cases[i].changes) != 0)
            print_error("case %zu\n", i);
        assert_string_equal(text, cases[i].changes);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_are_those_of_the_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
