/* Evidence in, judgement out: where it stopped, how sure that is, and on which
 * host what is to be typed. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/verdict.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define MAX_PIECES 40

/* Both captures armed before the attempt, and alive and complete after it; both
 * kernels watched. */
#define WATCHED                                                     \
    "source capture phase=armed; destination capture phase=armed; " \
    "source drops complete=1; destination drops complete=1; "       \
    "source attempt-start; source attempt-end outcome=timed-out; "  \
    "source capture phase=after lost=0; "                           \
    "destination capture phase=after lost=0; "                      \
    "source drops complete=1; destination drops complete=1; "

#define SYN_LEFT \
    "source packet packet=syn direction=out interface=eth0 sequence=5 ttl=64; "
#define SYN_CAME                                                            \
    "destination packet packet=syn direction=in interface=eth0 sequence=5 " \
    "ttl=62 link_address=02:00:00:00:00:01; "
#define ANSWER_LEFT                                                   \
    "destination packet packet=syn-ack direction=out interface=eth0 " \
    "sequence=7 ttl=64 source=198.51.100.10 destination=192.0.2.10; "

static const struct judged_case
{
    const char *why;
    const char *evidence;
    const char *inside;
    enum cause cause;
    enum role role;
    enum stage stage;
    enum confidence at_most;
    const char *fix;    /* the first begins so; NULL: any, or none */
    const char *no_fix; /* none has this in it */
} cases[] = {
    {"the SYN ended at the socket, though a rule tells of the reset",
     WATCHED SYN_LEFT SYN_CAME
     "destination listeners phase=before count=0 complete=1; "
     "destination listeners phase=after count=0 complete=1; "
     "destination rule packet=rst verdict=drop stage=output chain=out table=t "
     "backend=nftables family=inet handle=3 rule=drop",
     "", CAUSE_NOT_LISTENING, ROLE_DESTINATION, STAGE_SOCKET, CONFIDENCE_PROVEN,
     NULL, NULL},
    {"the caller's own reset, on its way through the destination, is no answer",
     WATCHED "source packet packet=syn direction=out interface=eth0 "
             "sequence=5 source_port=40000; "
             "destination packet packet=syn direction=in interface=veth1 "
             "sequence=5 source_port=40000; "
             "destination packet packet=rst direction=out interface=veth2 "
             "source=192.0.2.10 source_port=40000 destination=203.0.113.66 "
             "destination_port=80; "
             "destination listeners phase=before count=0 complete=1",
     "", CAUSE_UNDETERMINED, ROLE_DESTINATION, STAGE_SOCKET,
     CONFIDENCE_POSSIBLE, NULL, NULL},
    {"another flow's translation is not this SYN's: no socket took it",
     WATCHED SYN_LEFT SYN_CAME
     "destination rule-counter stage=prerouting translates=dnat before=1 "
     "after=2; destination listeners phase=before count=0 complete=1; "
     "destination drop packet=syn stage=socket reason=NO_SOCKET",
     "", CAUSE_NOT_LISTENING, ROLE_DESTINATION, STAGE_SOCKET, CONFIDENCE_PROVEN,
     NULL, NULL},
    {"the entry of the next hop is wrong, and others ask the destination in "
     "vain",
     "source neighbour phase=before address=198.51.100.10 interface=eth0 "
     "neighbour_state=PERMANENT link_address=02:de:ad:00:00:01; " WATCHED
         SYN_LEFT
     "source route phase=before route_type=unicast interface=eth0; "
     "destination address interface=eth0; destination addresses; "
     "destination link phase=after interface=eth0 "
     "link_address=02:00:00:00:01:00; "
     "destination arp direction=in count=3 answered=0",
     "", CAUSE_NEIGHBOUR_WRONG_ADDRESS, ROLE_SOURCE, STAGE_EGRESS,
     CONFIDENCE_LIKELY, NULL, "arp_ignore"},
    {"a rule in the namespace of the trace is mended in there",
     "source capture phase=armed; destination capture phase=armed; "
     "source attempt-start; source attempt-end outcome=connected; " SYN_LEFT
         SYN_CAME ANSWER_LEFT
     "source rule packet=ack verdict=drop stage=output chain=out table=t "
     "backend=nftables family=inet handle=3 rule=drop",
     "lab", CAUSE_FIREWALL_DROP, ROLE_SOURCE, STAGE_OUTPUT, CONFIDENCE_PROVEN,
     "ip netns exec lab ", NULL},
    {"a queue of the host's own drops it, and the one that was read is that of "
     "a device of the same name in there",
     WATCHED SYN_LEFT
     "source qdisc interface=eth0 kind=tbf handle=0x10000 parent=0xffffffff "
     "before=0 after=3; "
     "source drop packet=syn stage=egress reason=QDISC_DROP interface=eth0 "
     "namespace=host",
     "lab", CAUSE_QDISC_DROP, ROLE_SOURCE, STAGE_EGRESS, CONFIDENCE_PROVEN,
     NULL, "tc"},
    {"the host's bridge drops the answer to the container: no flooded copy",
     WATCHED SYN_LEFT SYN_CAME ANSWER_LEFT
     "source packet packet=syn direction=out interface=eth0 sequence=5 ttl=64 "
     "namespace=host; "
     "source packet packet=syn-ack direction=in interface=eth0 sequence=7 "
     "ttl=62 source=198.51.100.10 destination=192.0.2.10 namespace=host; "
     "source rule packet=syn-ack verdict=drop stage=forward chain=f table=t "
     "backend=nftables family=bridge handle=3 rule=drop namespace=host",
     "lab", CAUSE_FIREWALL_DROP, ROLE_SOURCE, STAGE_FORWARD, CONFIDENCE_PROVEN,
     "nft insert rule bridge t f ", NULL},
    {"a frame of the destination's to its gateway is seen, and nothing is wrong "
     "with it",
     WATCHED SYN_LEFT SYN_CAME ANSWER_LEFT
     "destination route phase=after destination=192.0.2.10 route_type=unicast "
     "interface=eth0 gateway=198.51.100.1; "
     "source packet packet=syn-ack direction=in interface=eth0 sequence=7 "
     "ttl=64 other_host=1",
     "", CAUSE_LOST_ON_PATH, ROLE_PATH, STAGE_PATH, CONFIDENCE_LIKELY, NULL,
     "neigh"},
    {"what the host passes on fell at a device that is down: the way back has "
     "no part in it",
     WATCHED SYN_LEFT SYN_CAME
     "destination link phase=after interface=docker0 up=0; "
     "destination route phase=after destination=192.0.2.10 route_type=unicast "
     "interface=eth9; "
     "destination drop packet=syn stage=egress reason=QDISC_DROP "
     "interface=docker0",
     "", CAUSE_LINK_DOWN, ROLE_DESTINATION, STAGE_EGRESS, CONFIDENCE_LIKELY,
     "ip link set dev docker0 up", "route"},
    {"the filter stopped a container's answer: the route to the source is right",
     WATCHED SYN_LEFT SYN_CAME
     "destination neighbour phase=after address=198.51.100.1 interface=eth0 "
     "link_address=02:00:00:00:00:01 bringer=1; "
     "destination route phase=after destination=192.0.2.10 route_type=unicast "
     "interface=eth0; "
     "destination drop packet=syn-ack stage=prerouting reason=IP_RPFILTER "
     "interface=br0",
     "", CAUSE_RP_FILTER, ROLE_DESTINATION, STAGE_PREROUTING, CONFIDENCE_PROVEN,
     NULL, "route"},
};

static struct subject make_subject(void)
{
    struct subject subject = two_hosts_subject();

    subject.named_is_agent = true;
    subject.probing_over = subject.collected = subject.wait_over = true;
    return subject;
}

static void check(const struct judged_case *row)
{
    static struct evidence items[MAX_PIECES];
    static struct judgement judgement;
    const struct finding *verdict = &judgement.verdict;
    struct subject subject = make_subject();
    size_t count;

    count = written_evidence(row->evidence, items, ARRAY_SIZE(items));
    strcpy(subject.inside, row->inside);
    verdict_judge(&subject, items, count, &judgement);
    if (verdict->cause != row->cause || verdict->role != row->role ||
        verdict->stage != row->stage || verdict->confidence > row->at_most)
        fail_msg("%s: %s at the %s's %s, %s: %s", row->why,
                 causes[verdict->cause].name,
                 word_name(&role_words, (int)verdict->role),
                 word_name(&stage_words, (int)verdict->stage),
                 word_name(&confidence_words, (int)verdict->confidence),
                 verdict->summary);
    if (row->fix != NULL &&
        (judgement.fix_count == 0 || strncmp(judgement.fixes[0].command.text,
                                             row->fix, strlen(row->fix)) != 0))
        fail_msg("%s: %s", row->why,
                 judgement.fix_count == 0 ? "no fix"
                                          : judgement.fixes[0].command.text);
    for (size_t i = 0; i < judgement.fix_count && row->no_fix != NULL; i++)
        if (strstr(judgement.fixes[i].command.text, row->no_fix) != NULL)
            fail_msg("%s: %s", row->why, judgement.fixes[i].command.text);
}

static void each_stopped_where_it_did(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check(&cases[i]);
}

/* So many were asked for: one of which no packet could be made failed as well. */
static void an_attempt_that_could_not_begin_failed(void **state)
{
    static struct evidence items[MAX_PIECES];
    static struct judgement judgement;
    struct subject subject = make_subject();
    size_t count =
        written_evidence("source attempt-start attempt=1; "
                         "source attempt-end attempt=1 outcome=connected; "
                         "source attempt-end attempt=2 outcome=error errno=99",
                         items, ARRAY_SIZE(items));

    (void)state;
    subject.attempts = 2;
    subject.exact_count = true;
    verdict_judge(&subject, items, count, &judgement);
    assert_int_equal(judgement.outcome, OUTCOME_MIXED);
    assert_int_not_equal(judgement.verdict.cause, CAUSE_CONNECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stopped_where_it_did),
        cmocka_unit_test(an_attempt_that_could_not_begin_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
