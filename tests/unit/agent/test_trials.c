/* Trials through a router that drops some of them, and what both ends make of
 * them; and what a host's policy makes of the orders of a hostile controller. */
#include <string.h>

#include "agent/probe/trials.h"
#include "common/base/array.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/worker_session.h"
#include "tests/unit/test.h"

#define PORT   8080
#define HOST_A "192.0.2.1"
#define HOST_B "198.51.100.1"

struct lab
{
    int a, r, b;
    struct session source;
    struct session destination;
};

static void add_link(int host, const char *name, const char *net4,
                     const char *net6)
{
    lab_run("ip link add r%s type veth peer name %s netns /proc/%d/fd/%d", name,
            name, getpid(), host);
    lab_run(
        "ip addr add %s.254/24 dev r%s; ip addr add %s::fe/64 dev r%s nodad;"
        "ip link set dev r%s up",
        net4, name, net6, name, name);
    lab_enter(host);
    lab_run("ip addr add %s.1/24 dev %s; ip addr add %s::1/64 dev %s nodad;"
            "ip link set dev %s up; ip route add default via %s.254;"
            "ip -6 route add default via %s::fe",
            net4, name, net6, name, name, net4, net6);
}

static void lab_build(struct lab *lab, const char *drops)
{
    lab->a = lab_enter_new();
    lab->b = lab_enter_new();
    lab->r = lab_enter_new();
    lab_run("sysctl -qw net.ipv4.ip_forward=1 "
            "net.ipv6.conf.all.forwarding=1");
    add_link(lab->a, "eth0", "192.0.2", "2001:db8:1");
    lab_enter(lab->r);
    add_link(lab->b, "eth1", "198.51.100", "2001:db8:2");
    lab_enter(lab->r);
    lab_run("nft 'add table inet t; add chain inet t c { type filter hook "
            "forward priority 0; }; add rule inet t c %s drop'",
            drops);
}

static void start(struct lab *lab, const char *peer, const char *const *policy)
{
    struct order order = session_order(ROLE_DESTINATION, peer, PORT);

    strcpy(order.peer, "hostA");
    lab_enter(lab->b);
    session_start(&lab->destination, &order);
    assert_true(session_wait(&lab->destination, PHASE_ARMED));
    lab_enter(lab->a);
    order = session_order(ROLE_SOURCE, peer, PORT);
    strcpy(order.peer, "hostB");
    session_start_under(&lab->source, &order, policy);
    assert_true(session_wait(&lab->source, PHASE_ARMED));
    session_probe(&lab->source);
}

static const char *try(struct session *session, const char *peer)
{
    struct command command = {.kind = COMMAND_TRY};

    assert_int_equal(address_parse(peer, &command.peer_address), 0);
    session_command(session, &command);
    assert_true(session_wait(session, PHASE_TRIED));
    return evidence_text(&session->items[session->count - 1], KEY_TEXT, "");
}

static void finish(struct lab *lab)
{
    assert_int_equal(session_finish(&lab->source, false), 0);
    assert_int_equal(session_finish(&lab->destination, false), 0);
}

static void close_lab(struct lab *lab)
{
    session_free(&lab->source);
    session_free(&lab->destination);
    close(lab->a);
    close(lab->r);
    close(lab->b);
}

static unsigned count(const struct session *session, int trial,
                      enum direction direction)
{
    const struct evidence *item;
    unsigned found = 0;

    for (size_t n = 0;
         (item = session_find(session, EVIDENCE_TRIAL, n)) != NULL; n++)
        found += (trial < 0 || evidence_word(item, KEY_TRIAL) == trial) &&
                 evidence_word(item, KEY_DIRECTION) == (int)direction &&
                 !evidence_has(item, KEY_PACKET);
    return found;
}

static void what_differs_gets_through(void **state)
{
    static const char *const peers[] = {HOST_B, "2001:db8:2::1"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
        static const char *const policy[] = {NULL};
        struct lab lab = {0};

        lab_build(&lab, "tcp dport 8080 tcp option timestamp exists");
        start(&lab, peers[i], policy);
        assert_string_equal(try(&lab.source, peers[i]), "");
        finish(&lab);
        for (int trial = 0; trial <= TRIAL_PING; trial++) {
            bool has_timestamps =
                trial <= TRIAL_SMALL_MSS && trial != TRIAL_WITHOUT_TIMESTAMPS;
            unsigned times =
                TRIALS_ROUNDS *
                (trial == TRIAL_OTHER_PORT ? TRIALS_OTHER_PORTS : 1);

            if (trial == TRIAL_WITHOUT_ECN) /* it was not asked for */
                times = 0;
            assert_int_equal(count(&lab.source, trial, DIRECTION_OUT), times);
            assert_int_equal(count(&lab.destination, trial, DIRECTION_IN),
                             has_timestamps ? 0 : times);
        }
        assert_in_range(count(&lab.source, -1, DIRECTION_OUT), 1,
                        TRIALS_MAX_PACKETS);
        assert_int_equal(session_count_packets(&lab.destination, PACKET_SYN,
                                               DIRECTION_IN, 1),
                         0);
        close_lab(&lab);
    }
}

/* Whatever the controller commands. */
static void the_policy_holds(void **state)
{
    static const struct
    {
        const char *policy[3];
        const char *peer;
        const char *why;     /* a part of the refusal, or nothing */
        unsigned ports, all; /* so many packets leave */
    } rows[] = {
        {{"--differential", "none"}, HOST_B, "(differential)", 0, 0},
        {{"--other-ports", "0"}, HOST_B, "", 0, 16},
        {{"--other-ports", "1"}, HOST_B, "", 2, 18},
        {{NULL}, "198.51.100.77", "elsewhere", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct lab lab = {0};
        const char *why;

        lab_build(&lab, "tcp dport 8080");
        start(&lab, HOST_B, rows[i].policy);
        why = try(&lab.source, rows[i].peer);
        assert_non_null(strstr(why, rows[i].why));
        assert_int_equal(why[0] == '\0', rows[i].why[0] == '\0');
        finish(&lab);
        assert_int_equal(count(&lab.source, TRIAL_OTHER_PORT, DIRECTION_OUT),
                         rows[i].ports);
        assert_int_equal(count(&lab.source, -1, DIRECTION_OUT), rows[i].all);
        close_lab(&lab);
    }
}

static bool is_out_of_turn(const struct session *session)
{
    const struct evidence *item;

    for (size_t n = 0;
         (item = session_find(session, EVIDENCE_LIMIT, n)) != NULL; n++)
        if (strcmp(evidence_text(item, KEY_TEXT, ""),
                   "the command try came out of turn") == 0)
            return true;
    return false;
}

/* A destination tries who called it, and nobody else; and that once. */
static void a_destination_tries_its_caller_alone(void **state)
{
    static const char *const peers[] = {HOST_A, "192.0.2.254"};
    static const char *const policy[] = {NULL};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
        struct command again = {.kind = COMMAND_TRY};
        struct lab lab = {0};
        const char *why;

        lab_build(&lab, "tcp sport 8080");
        start(&lab, HOST_B, policy);
        why = try(&lab.destination, peers[i]);
        assert_int_equal(strstr(why, "elsewhere") != NULL, i > 0);
        address_parse(HOST_A, &again.peer_address);
        session_command(&lab.destination, &again);
        assert_int_equal(session_finish(&lab.destination, false), 0);
        assert_true(is_out_of_turn(&lab.destination));
        assert_int_equal(count(&lab.destination, -1, DIRECTION_OUT),
                         i > 0 ? 0 : 10);
        assert_int_equal(session_finish(&lab.source, false), 0);
        assert_int_equal(count(&lab.source, -1, DIRECTION_IN), i > 0 ? 0 : 10);
        close_lab(&lab);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_gets_through),
        cmocka_unit_test(the_policy_holds),
        cmocka_unit_test(a_destination_tries_its_caller_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
