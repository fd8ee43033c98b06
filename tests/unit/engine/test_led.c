/* A SYN that the destination's own rules lead to another of its ports or addresses
 * is judged as one that arrived for those: of its sockets the same facts hold,
 * whichever evidence tells where it was led, and whatever listens on the port
 * that was called. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/facts/facts.h"
#include "controller/engine/verdict.h"
#include "controller/engine/view/led.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define MAX_ITEMS 48
#define TEXT_SIZE 4096
#define ROUNDS    3000

static struct evidence items[MAX_ITEMS];
static struct view view;
static struct subject subject;

static void build(const char *text)
{
    subject = two_hosts_subject();
    subject.collected = true;
    view_build(&view, &subject, items,
               written_evidence(text, items, MAX_ITEMS));
}

#define ARRIVED                                                       \
    "source attempt-start attempt=1; destination addresses; "         \
    "destination address address=198.51.100.10; destination address " \
    "address=198.51.100.11; destination packet packet=syn direction=in "
#define PLAIN ARRIVED "destination=198.51.100.10 destination_port=8080; "

/* What tells where it was led: before the address and behind it. */
static const char *const tellers[][2] = {
    {"destination drop packet=syn stage=socket reason=NO_SOCKET destination=",
     " destination_port=9090; "},
    {"destination drop packet=syn stage=prerouting reason=IP_LOCALNET "
     "destination=",
     " destination_port=9090; "},
    {"destination tracked phase=after attempt=1 destination=198.51.100.10 "
     "destination_port=8080 reply_source=",
     " reply_source_port=9090; "},
};

static const char *const targets[] = {"198.51.100.10", "198.51.100.11",
                                      "127.0.0.1"};

/* Listeners of both ports, as they come. */
static void add_listeners(char *text, uint32_t *seed)
{
    static const char *const bound[] = {
        "0.0.0.0", "198.51.100.10", "198.51.100.11", "127.0.0.1",
        "::",      "2001:db8::1"};
    static const char *const more[] = {"", " v6_only=1", " interface=eth7",
                                       " namespace=box"};
    unsigned count = random_next(seed) % 5;

    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(text);

        text_format(text + used, TEXT_SIZE - used,
                    "destination listener phase=after address=%s port=%s "
                    "inode=%u queue=%u queue_limit=2%s; ",
                    bound[random_next(seed) % ARRAY_SIZE(bound)],
                    random_next(seed) % 3 == 0 ? "8080" : "9090", i + 1,
                    random_next(seed) % 4,
                    more[random_next(seed) % ARRAY_SIZE(more)]);
    }
    strcat(text, "destination listeners phase=after port=9090 complete=1; "
                 "destination listeners phase=before port=8080 complete=1");
}

static const fact_ref of_sockets[] = {
    F(DESTINATION, LISTENER_TAKES),
    F(DESTINATION, LISTENER_LOOPBACK),
    F(DESTINATION, LISTENER_OTHER_ADDRESS),
    F(DESTINATION, LISTENER_OTHER_FAMILY),
    F(DESTINATION, LISTENER_OTHER_DEVICE),
    F(DESTINATION, LISTENER_OTHER_NAMESPACE),
    F(DESTINATION, QUEUE_FULL),
};

static void is_judged_by_where_it_was_led(void **state)
{
    uint32_t seed = 12;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *target = targets[random_next(&seed) % ARRAY_SIZE(targets)];
        const char *const *teller = tellers[round % ARRAY_SIZE(tellers)];
        char led[TEXT_SIZE], came[TEXT_SIZE], sockets[TEXT_SIZE] = "";
        struct known known[2];

        add_listeners(sockets, &seed);
        text_format(led, sizeof(led), PLAIN "%s%s%s%s", teller[0], target,
                    teller[1], sockets);
        text_format(came, sizeof(came),
                    ARRIVED "destination=%s destination_port=9090; %s", target,
                    sockets);
        build(led);
        facts_derive(&known[0], &view, 1);
        build(came);
        facts_derive(&known[1], &view, 1);
        for (size_t i = 0; i < ARRAY_SIZE(of_sockets); i++)
            if (known[0].answers[of_sockets[i]] !=
                known[1].answers[of_sockets[i]])
                fail_msg("round %u, fact %zu differs: %s", round, i, led);
    }
}

static const struct
{
    const char *name;
    const char *evidence;
    enum answer handed_on, redirected, to_loopback;
    unsigned port;
} cases[] = {
    {"nothing tells", PLAIN "source limit", NOT_OBSERVED, NOT_OBSERVED,
     NOT_OBSERVED, 8080},
    {"for its own port",
     PLAIN "destination drop packet=syn stage=socket reason=NO_SOCKET "
           "destination=198.51.100.10 destination_port=8080",
     NO, NOT_OBSERVED, NOT_OBSERVED, 8080},
    {"for another port",
     PLAIN "destination drop packet=syn stage=socket reason=NO_SOCKET "
           "destination=198.51.100.10 destination_port=9090",
     NO, YES, NO, 9090},
    {"for another of its addresses",
     PLAIN "destination drop packet=syn stage=socket reason=NO_SOCKET "
           "destination=198.51.100.11 destination_port=8080",
     NO, YES, NO, 8080},
    {"for loopback",
     PLAIN "destination drop packet=syn stage=prerouting reason=IP_LOCALNET "
           "destination=127.0.0.1 destination_port=8080",
     NO, YES, YES, 8080},
    {"for another host",
     PLAIN "destination drop packet=syn stage=prerouting "
           "reason=IP_INADDRERRORS destination=172.17.0.2 "
           "destination_port=80",
     NOT_OBSERVED, NOT_OBSERVED, NOT_OBSERVED, 8080},
    {"in a container's namespace",
     PLAIN "destination drop packet=syn stage=socket reason=NO_SOCKET "
           "namespace=box destination=127.0.0.1 destination_port=9090",
     NOT_OBSERVED, NOT_OBSERVED, NOT_OBSERVED, 8080},
    {"before it was translated, and tracked",
     PLAIN "destination drop packet=syn stage=ingress reason=NETFILTER_DROP "
           "destination=198.51.100.10 destination_port=8080; destination "
           "tracked phase=after attempt=1 destination=198.51.100.10 "
           "destination_port=8080 reply_source=198.51.100.10 "
           "reply_source_port=9090",
     NO, YES, NO, 9090},
};

static void tells_where_it_was_led(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct known known;

        build(cases[i].evidence);
        facts_derive(&known, &view, 1);
        if (known.answers[F(DESTINATION, HANDED_ON)] != cases[i].handed_on ||
            known.answers[F(DESTINATION, REDIRECTED_HERE)] !=
                cases[i].redirected ||
            known.answers[F(DESTINATION, LED_TO_LOOPBACK)] !=
                cases[i].to_loopback ||
            led_port(&view) != cases[i].port)
            fail_msg("%s", cases[i].name);
    }
}

/* Rules may choose by chance: then no port is the trace's. */
static void says_nothing_of_two_ways(void **state)
{
    (void)state;
    build("source attempt-start attempt=1; source attempt-start attempt=2; "
          "destination address address=198.51.100.10; "
          "destination packet packet=syn direction=in attempt=1; "
          "destination packet packet=syn direction=in attempt=2; "
          "destination drop packet=syn stage=socket attempt=1 "
          "destination=198.51.100.10 destination_port=8080; "
          "destination drop packet=syn stage=socket attempt=2 "
          "destination=198.51.100.10 destination_port=9090");
    assert_int_equal(led_port(&view), 8080);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_judged_by_where_it_was_led),
        cmocka_unit_test(tells_where_it_was_led),
        cmocka_unit_test(says_nothing_of_two_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
