/* What one end alone can tell: a table of what the source saw, with near misses of
 * each; and a law about random measures: a router is blamed only where TTL, walk
 * and link address all say so. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/verdict.h"
#include "controller/engine/view/answerer.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define MAX_ITEMS 24
#define NEAR      "02:00:00:00:03:00"
#define OTHER     "02:00:00:00:04:00"

static struct evidence items[MAX_ITEMS];
static struct judgement judgement;
static struct subject subject;

static size_t read_text(const char *text)
{
    subject = two_hosts_subject();
    subject.destination_host[0] = '\0';
    strcpy(subject.named_as, WRITTEN_DESTINATION);
    subject.probing_over = subject.wait_over = subject.collected = true;
    return written_evidence(text, items, MAX_ITEMS);
}

#define BEGIN                                                             \
    "source phase phase=armed; source capture phase=armed alive=1; "      \
    "source attempt-start attempt=1; source packet packet=syn attempt=1 " \
    "direction=out interface=eth0 ttl=64; "
#define GATEWAY                                                       \
    "source route phase=after route_type=unicast gateway=192.0.2.1 "  \
    "interface=eth0; source neighbour phase=after address=192.0.2.1 " \
    "interface=eth0 link_address=" NEAR "; "
#define ON_LINK                                                           \
    "source route phase=after route_type=unicast interface=eth0; source " \
    "neighbour phase=after address=198.51.100.10 interface=eth0 "         \
    "link_address=" NEAR "; "
#define RESET(ttl, link)                                                    \
    "source packet packet=rst attempt=1 direction=in interface=eth0 "       \
    "source=198.51.100.10 source_port=8080 destination=192.0.2.10 ttl=" ttl \
    " link_address=" link "; "
#define EXPIRED(ttl, address)                                \
    "source hop direction=out ttl=" ttl " offender=" address \
    " icmp_type=11 icmp_code=0; "
#define COPY_RESET(ttl) \
    "source hop direction=out ttl=" ttl " offender=198.51.100.10 packet=rst; "
#define REFUSED \
    "source attempt-end attempt=1 outcome=refused connect_us=300 errno=111; "
#define SILENT \
    "source attempt-end attempt=1 outcome=timed-out connect_us=1200000; "
#define ANSWERED(address, port, way)               \
    "source trial trial=other-port direction=" way \
    " interface=eth0 source=" address              \
    " destination=192.0.2.10 source_port=" port " packet=rst ttl=62; "
#define WALKED "source phase phase=walked; "
#define END    "source capture phase=after alive=1 lost=0"

static const struct
{
    const char *evidence;
    enum cause cause;
    const char *says, *place, *advice; /* a part of each; NULL: none is there */
} cases[] = {
    /* Refused: by the gateway, as far as it can be told. */
    {BEGIN GATEWAY RESET("64", NEAR) REFUSED EXPIRED("1", "192.0.2.1")
         COPY_RESET("2") END,
     CAUSE_RESET_INJECTED, "192.0.2.1, the gateway of hostA", NULL,
     "ask whoever runs 192.0.2.1"},
    /* Its link address is another one; a router passed it on; the gateway
     * itself is the end; no hop answered in front of it; there was no walk. */
    {BEGIN GATEWAY RESET("64", OTHER) REFUSED EXPIRED("1", "192.0.2.1")
         COPY_RESET("2") END,
     CAUSE_UNDETERMINED, "one router less",
     "at 192.0.2.1 (hop 1), or at 198.51.100.10", "ask whoever runs 192.0.2.1"},
    {BEGIN GATEWAY RESET("63", NEAR) REFUSED EXPIRED("1", "192.0.2.1")
         COPY_RESET("2") END,
     CAUSE_UNDETERMINED, "TTL 63, at hop 2", "198.51.100.10", "ss -ltn"},
    {BEGIN GATEWAY RESET("64", NEAR) REFUSED COPY_RESET("1") END,
     CAUSE_UNDETERMINED, "the gateway 192.0.2.1 itself refuses",
     "at the gateway 192.0.2.1", "ask whoever runs 192.0.2.1"},
    {BEGIN GATEWAY RESET("64", OTHER) REFUSED COPY_RESET("1") END,
     CAUSE_UNDETERMINED, "TTL 64, at hop 1", "198.51.100.10", "ss -ltn"},
    {BEGIN GATEWAY RESET("64", NEAR) REFUSED COPY_RESET("2") END,
     CAUSE_UNDETERMINED, "does not tell", NULL, "ss -ltn"},
    {BEGIN GATEWAY RESET("64", NEAR) REFUSED END, CAUSE_UNDETERMINED,
     "does not tell", NULL, "ss -ltn"},
    /* By the second router or by the host, whose answers come a shorter way. */
    {BEGIN GATEWAY RESET("63", NEAR) REFUSED EXPIRED("1", "192.0.2.1")
         EXPIRED("2", "203.0.113.2") COPY_RESET("3") END,
     CAUSE_UNDETERMINED, "203.0.113.2 (hop 2) rejects the SYN in its place, or",
     "at 203.0.113.2 (hop 2), or at 198.51.100.10",
     "ask whoever runs 203.0.113.2 (hop 2)"},
    {BEGIN GATEWAY RESET("125", NEAR) REFUSED EXPIRED("1", "192.0.2.1")
         EXPIRED("2", "203.0.113.2") COPY_RESET("3") END,
     CAUSE_UNDETERMINED, "by way of 3 routers", NULL, "ss -ltn"},
    {BEGIN GATEWAY RESET("126", NEAR) REFUSED EXPIRED("1", "192.0.2.1")
         EXPIRED("2", "203.0.113.2") COPY_RESET("3") END,
     CAUSE_UNDETERMINED, "TTL 126, at hop 3", "198.51.100.10", "ss -ltn"},
    /* On the source's own link: itself, or another one. */
    {BEGIN ON_LINK RESET("64", NEAR) REFUSED COPY_RESET("1") END,
     CAUSE_UNDETERMINED, "on hostA's own network", "198.51.100.10", "ss -ltn"},
    {BEGIN ON_LINK RESET("64", OTHER) REFUSED COPY_RESET("1") END,
     CAUSE_UNDETERMINED, "another device on this network", NULL, "ss -ltn"},
    /* Silence. */
    {BEGIN GATEWAY SILENT WALKED EXPIRED("1", "192.0.2.1")
         EXPIRED("2", "203.0.113.2") END,
     CAUSE_UNDETERMINED, "203.0.113.2 is the last hop that answers",
     "at or behind 203.0.113.2 (hop 2), or on the way back", "tcpdump"},
    {BEGIN GATEWAY SILENT WALKED END, CAUSE_UNDETERMINED,
     "not even that gateway", "at or behind the gateway 192.0.2.1",
     "whether 192.0.2.1 is the right gateway"},
    {BEGIN GATEWAY SILENT END, CAUSE_UNDETERMINED, "for the gateway 192.0.2.1;",
     NULL, "tcpdump"},
    /* The host is there: it answers elsewhere.  Not so another one, nor what
     * left only, nor the port itself. */
    {BEGIN GATEWAY SILENT WALKED EXPIRED("1", "192.0.2.1")
         ANSWERED("198.51.100.10", "443", "in") END,
     CAUSE_UNDETERMINED, "which answers on TCP port 443, keeps silent on",
     "a filter at 198.51.100.10 or on the way to it", "tcpdump"},
    {BEGIN GATEWAY SILENT WALKED EXPIRED("1", "192.0.2.1")
         ANSWERED("192.0.2.1", "443", "in") END,
     CAUSE_UNDETERMINED, "192.0.2.1 is the last hop", "at or behind 192.0.2.1",
     "tcpdump"},
    {BEGIN GATEWAY SILENT WALKED EXPIRED("1", "192.0.2.1")
         ANSWERED("198.51.100.10", "8080", "in") END,
     CAUSE_UNDETERMINED, "192.0.2.1 is the last hop", "at or behind 192.0.2.1",
     "tcpdump"},
    {BEGIN ON_LINK SILENT WALKED END, CAUSE_UNDETERMINED,
     "on its own network and answers", "198.51.100.10", "tcpdump"},
    {BEGIN GATEWAY SILENT WALKED EXPIRED("1", "192.0.2.1") COPY_RESET("2") END,
     CAUSE_UNDETERMINED, "to a bare copy of it", NULL, "tcpdump"},
};

static const char *place_of(const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "place") == 0)
            return finding->details[i].text;
    return NULL;
}

static bool holds(const char *text, const char *part)
{
    return part == NULL ? text == NULL
                        : text != NULL && strstr(text, part) != NULL;
}

static void test_says_what_one_end_can_tell(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t count = read_text(cases[i].evidence);
        const char *place;

        verdict_judge(&subject, items, count, &judgement);
        place = place_of(&judgement.verdict);
        if (judgement.verdict.cause != cases[i].cause ||
            judgement.verdict.confidence == CONFIDENCE_PROVEN ||
            !holds(judgement.verdict.summary, cases[i].says) ||
            !holds(judgement.advice, cases[i].advice) ||
            !holds(place, cases[i].place))
            fail_msg("case %zu: %s, %s; place %s; advice %s", i,
                     causes[judgement.verdict.cause].name,
                     judgement.verdict.summary, place == NULL ? "-" : place,
                     judgement.advice);
        assert_int_equal(judgement.walk_from, ROLE_SOURCE);
    }
}

/* An agent that is known and away is named first; it is what is to be mended. */
static void test_names_the_agent_that_is_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t count = read_text(cases[i].evidence);

        strcpy(subject.absent_host, "hostB");
        strcpy(subject.named_as, "hostB");
        subject.named_is_agent = true;
        verdict_judge(&subject, items, count, &judgement);
        assert_int_equal(judgement.verdict.cause, cases[i].cause);
        if (cases[i].cause != CAUSE_UNDETERMINED)
            continue;
        assert_ptr_equal(
            strstr(judgement.verdict.summary, "hostB's agent is not connected"),
            judgement.verdict.summary);
        assert_non_null(strstr(judgement.advice, "bring the agent on hostB"));
    }
}

/* Whatever the measures are. */
static void test_blames_the_gateway_by_all_three_alone(void **state)
{
    static struct view view;
    char text[1024];

    (void)state;
    for (int ttl = 1; ttl <= 255; ttl++)
        for (int copy = 1; copy <= 4; copy++)
            for (int same = 0; same < 2; same++) {
                size_t count;
                bool expected = (ttl == 64 || ttl == 128 || ttl == 255) &&
                                copy == 2 && same;

                snprintf(text, sizeof(text),
                         BEGIN GATEWAY EXPIRED("1", "192.0.2.1")
                             COPY_RESET("%d") RESET("%d", "%s") END,
                         copy, ttl, same ? NEAR : OTHER);
                count = read_text(text);
                view_build(&view, &subject, items, count);
                assert_int_equal(
                    answerer_find(&view,
                                  view.attempts[1]
                                      .source.packets[PACKET_RST][DIRECTION_IN]
                                      .first)
                            .place == ANSWERER_GATEWAY,
                    expected);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_what_one_end_can_tell),
        cmocka_unit_test(test_names_the_agent_that_is_away),
        cmocka_unit_test(test_blames_the_gateway_by_all_three_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
