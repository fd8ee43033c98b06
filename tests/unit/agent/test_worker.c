/* The worker itself, run against a loopback of its own. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "agent/keeper/handoff.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/link_up.h"
#include "tests/unit/agent/worker_session.h"
#include "tests/unit/test.h"

#define PORT 8080

static void start_armed(struct session *session, const struct order *order)
{
    session_start(session, order);
    assert_true(session_wait(session, PHASE_ARMED));
}

static void assert_end(const struct session *session, size_t n,
                       enum outcome outcome, int number)
{
    const struct evidence *end = session_find(session, EVIDENCE_ATTEMPT_END, n);

    assert_non_null(end);
    assert_int_equal(evidence_word(end, KEY_OUTCOME), outcome);
    assert_int_equal(evidence_number(end, KEY_ERRNO, 0), number);
}

/* The capture worked from before the first packet to the end, losing nothing,
 * and nothing of it stays behind. */
static void assert_watched(const struct session *session)
{
    for (size_t n = 0; n < 2; n++) {
        const struct evidence *item =
            session_find(session, EVIDENCE_CAPTURE, n);

        assert_non_null(item);
        assert_int_equal(evidence_word(item, KEY_PHASE),
                         n == 0 ? PHASE_ARMED : PHASE_AFTER);
        assert_int_equal(evidence_number(item, KEY_ALIVE, 0), 1);
        assert_int_equal(evidence_number(item, KEY_EXACT, 0), 1);
        assert_int_equal(evidence_number(item, KEY_LOST, -1), 0);
        assert_non_null(strstr(evidence_text(item, KEY_INTERFACES, ""), "lo"));
    }
    assert_int_equal(evidence_number(session_find(session, EVIDENCE_RESIDUE, 0),
                                     KEY_COUNT, -1),
                     0);
}

static void refused_port_answers_with_a_reset(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    const struct evidence *start, *packet;
    struct session session;

    (void)state;
    start_armed(&session, &order);
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);

    assert_end(&session, 0, OUTCOME_REFUSED, ECONNREFUSED);
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_END, 1));
    assert_int_equal(
        session_count_packets(&session, PACKET_SYN, DIRECTION_OUT, 1), 1);
    assert_int_equal(
        session_count_packets(&session, PACKET_SYN, DIRECTION_IN, 1), 1);
    assert_int_equal(
        session_count_packets(&session, PACKET_RST, DIRECTION_IN, 1), 1);
    start = session_find(&session, EVIDENCE_ATTEMPT_START, 0);
    packet = session_find(&session, EVIDENCE_PACKET, 0);
    assert_int_equal(evidence_number(packet, KEY_SEQUENCE, 0),
                     order_isn(&order, 1));
    assert_int_equal(evidence_number(start, KEY_SEQUENCE, 0),
                     order_isn(&order, 1));
    assert_int_not_equal(evidence_number(start, KEY_SOURCE_PORT, 0), 0);
    assert_int_equal(evidence_number(packet, KEY_SOURCE_PORT, 0),
                     evidence_number(start, KEY_SOURCE_PORT, 0));
    assert_int_equal(evidence_number(packet, KEY_TTL, 0), 64);
    assert_true(packet->at_ns >= start->at_ns);
    assert_watched(&session);
    session_free(&session);
}

static void connected(unsigned family, const char *destination)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(family, PORT, 8);
    struct order order = session_order(ROLE_SOURCE, destination, PORT);
    struct session session;

    start_armed(&session, &order);
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);

    assert_end(&session, 0, OUTCOME_CONNECTED, 0);
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_START, 1));
    assert_int_equal(
        session_count_packets(&session, PACKET_SYN_ACK, DIRECTION_IN, 1), 1);
    assert_int_equal(
        session_count_packets(&session, PACKET_ACK, DIRECTION_OUT, 1), 1);
    assert_int_equal(
        session_count_packets(&session, PACKET_RST, DIRECTION_OUT, 1), 0);
    assert_int_equal(
        session_count_packets(&session, PACKET_FIN, DIRECTION_OUT, 1), 1);
    assert_watched(&session);
    session_free(&session);
}

static void open_port_sees_one_handshake(void **state)
{
    (void)state;
    connected(4, "127.0.0.1");
}

static void open_port_sees_one_handshake_over_ipv6(void **state)
{
    (void)state;
    connected(6, "::1");
}

static void exact_count_stops_for_nothing(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(4, PORT, 8);
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    order.exact_count = 1;
    order.attempts = 5;
    order.spacing_ms = 10;
    start_armed(&session, &order);
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);

    for (unsigned n = 1; n <= 5; n++) {
        assert_end(&session, n - 1, OUTCOME_CONNECTED, 0);
        assert_int_equal(
            session_count_packets(&session, PACKET_SYN, DIRECTION_OUT, n), 1);
    }
    session_free(&session);
}

/* How long the probing of a port that drops took: 200 ms for the first two
 * attempts, 200 ms of waiting for the third. */
static int64_t probe_dropping_port(struct session *session)
{
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    const struct evidence *first, *last;

    start_armed(session, &order);
    session_probe(session);
    first = session_find(session, EVIDENCE_ATTEMPT_START, 0);
    last = &session->items[session->count - 1];
    assert_non_null(first);
    assert_null(session_find(session, EVIDENCE_ATTEMPT_END, 0));
    assert_true(last->at_ns - first->at_ns >= 395 * NS_PER_MS);
    return last->at_ns - first->at_ns;
}

#define TRIES 5 /* of what a busy machine holds up */

static void dropped_syns_time_out(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct session session;
    int tries = 1;

    (void)state;
    lab_run("nft 'add table inet t; add chain inet t in { type filter hook "
            "input priority 0; }; add rule inet t in tcp dport %d drop'",
            PORT);
    while (probe_dropping_port(&session) > 900 * NS_PER_MS) {
        assert_int_equal(session_finish(&session, false), 0);
        session_free(&session);
        assert_true(tries++ < TRIES);
    }
    assert_int_equal(session_finish(&session, false), 0);

    for (unsigned n = 1; n <= 3; n++) {
        assert_end(&session, n - 1, OUTCOME_TIMED_OUT, 0);
        assert_int_equal(
            session_count_packets(&session, PACKET_SYN, DIRECTION_OUT, n), 1);
    }
    assert_watched(&session);
    session_free(&session);
}

static void rejection_tells_its_icmp(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    const struct evidence *end, *packet = NULL;
    struct session session;

    (void)state;
    lab_run("nft 'add table inet t; add chain inet t in { type filter hook "
            "input priority 0; }; add rule inet t in tcp dport %d reject with "
            "icmpx type admin-prohibited'",
            PORT);
    start_armed(&session, &order);
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);

    assert_end(&session, 0, OUTCOME_UNREACHABLE, EHOSTUNREACH);
    end = session_find(&session, EVIDENCE_ATTEMPT_END, 0);
    assert_int_equal(evidence_number(end, KEY_ICMP_TYPE, 0), 3);
    assert_int_equal(evidence_number(end, KEY_ICMP_CODE, 0), 13);
    for (size_t n = 0;
         (packet = session_find(&session, EVIDENCE_PACKET, n)) != NULL; n++)
        if (evidence_word(packet, KEY_PACKET) == PACKET_ICMP)
            break;
    assert_non_null(packet);
    assert_int_equal(evidence_word(packet, KEY_PACKET_QUOTED), PACKET_SYN);
    assert_int_equal(evidence_number(packet, KEY_ATTEMPT, 0), 1);
    assert_int_equal(evidence_number(packet, KEY_ICMP_CODE, 0), 13);
    assert_int_equal(evidence_number(packet, KEY_DESTINATION_PORT, 0), PORT);
    session_free(&session);
}

static void missing_route_ends_before_any_packet(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "192.0.2.1", PORT);
    struct session session;

    (void)state;
    start_armed(&session, &order);
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_START, 0));
    assert_end(&session, 2, OUTCOME_UNREACHABLE, ENETUNREACH);
    session_free(&session);
}

static void taken_source_port_is_an_error(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(4, PORT, 8);
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", 9999);
    struct session session;

    (void)state;
    order.from_port = PORT;
    order.attempts = 1;
    start_armed(&session, &order);
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);
    assert_end(&session, 0, OUTCOME_ERROR, EADDRINUSE);
    session_free(&session);
}

static void destination_calls_itself(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(4, PORT, 8);
    struct order order = session_order(ROLE_DESTINATION, "192.0.2.7", PORT);
    const struct evidence *test;
    struct address own;
    struct session session;

    (void)state;
    lab_run("ip addr add 192.0.2.7/32 dev lo");
    start_armed(&session, &order);
    assert_int_equal(session_finish(&session, true), 0);
    for (size_t n = 0; n < 2; n++) {
        test = session_find(&session, EVIDENCE_SELF_TEST, n);
        assert_non_null(test);
        assert_int_equal(evidence_word(test, KEY_OUTCOME), OUTCOME_CONNECTED);
    }
    own = evidence_address(session_find(&session, EVIDENCE_SELF_TEST, 0),
                           KEY_ADDRESS);
    test = session_find(&session, EVIDENCE_SELF_TEST, 1);
    assert_true(address_is_loopback(&own) !=
                (evidence_address(test, KEY_ADDRESS).bytes[0] == 127));
    assert_null(session_find(&session, EVIDENCE_PACKET, 0));
    session_free(&session);
}

/* A call that went out would tell the LAN where the address is. */
static void destination_calls_only_what_is_its_own(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(4, PORT, 8);
    struct order order = session_order(ROLE_DESTINATION, "192.0.2.7", PORT);
    struct session session;
    struct address called;
    bool told = false;

    (void)state;
    lab_run("ip link add v0 type veth peer name v1 && ip link set v0 up && "
            "ip link set v1 up && ip addr add 192.0.2.7/24 dev v0 && "
            "ip route del local 192.0.2.7 dev v0 table local");
    start_armed(&session, &order);
    assert_int_equal(session_finish(&session, true), 0);
    called = evidence_address(session_find(&session, EVIDENCE_SELF_TEST, 0),
                              KEY_ADDRESS);
    assert_true(address_is_loopback(&called));
    assert_null(session_find(&session, EVIDENCE_SELF_TEST, 1));
    for (size_t n = 0; session_find(&session, EVIDENCE_LIMIT, n) != NULL; n++)
        told |= strstr(evidence_text(session_find(&session, EVIDENCE_LIMIT, n),
                                     KEY_TEXT, ""),
                       "192.0.2.7 was not called") != NULL;
    assert_true(told);
    session_free(&session);
}

/* Nor does the routing that a host has lost keep it from seeing. */
static void capture_lives_where_no_route_leads_to_loopback(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_DESTINATION, "192.0.2.7", PORT);
    struct session session;

    (void)state;
    lab_run("ip rule del pref 0");
    start_armed(&session, &order);
    assert_int_equal(session_finish(&session, false), 0);
    assert_watched(&session);
    session_free(&session);
}

/* Its ports are wanted; the others go on. */
static void one_attempt_is_given_up(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct command give_up = {.kind = COMMAND_GIVE_UP, .attempt = 3};
    const struct evidence *end;
    struct session session;

    (void)state;
    lab_run("nft 'add table inet t; add chain inet t in { type filter hook "
            "input priority 0; }; add rule inet t in tcp dport %d drop'",
            PORT);
    start_armed(&session, &order);
    session_probe(&session);
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_END, 0));
    session_command(&session, &give_up);
    session_command(&session, &give_up); /* which is over already */
    assert_int_equal(session_finish(&session, false), 0);
    end = session_find(&session, EVIDENCE_ATTEMPT_END, 0);
    assert_int_equal(evidence_number(end, KEY_ATTEMPT, 0), 3);
    assert_int_equal(evidence_word(end, KEY_OUTCOME), OUTCOME_TIMED_OUT);
    assert_non_null(session_find(&session, EVIDENCE_ATTEMPT_END, 2));
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_END, 3));
    session_free(&session);
}

static void ports_stand_in_for_sequence_numbers(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    session_start_without_net_admin(&session, &order);
    assert_true(session_wait(&session, PHASE_ARMED));
    session_probe(&session);
    assert_int_equal(session_finish(&session, false), 0);

    assert_end(&session, 0, OUTCOME_REFUSED, ECONNREFUSED);
    assert_false(evidence_has(session_find(&session, EVIDENCE_ATTEMPT_START, 0),
                              KEY_SEQUENCE));
    assert_int_equal(
        evidence_number(session_find(&session, EVIDENCE_CAPTURE, 0), KEY_EXACT,
                        -1),
        0);
    assert_int_equal(
        session_count_packets(&session, PACKET_SYN, DIRECTION_OUT, 1), 1);
    assert_int_equal(
        session_count_packets(&session, PACKET_RST, DIRECTION_IN, 1), 1);
    assert_non_null(session_find(&session, EVIDENCE_LIMIT, 0));
    session_free(&session);
}

/* The kernel gives up on a neighbour after 3 s, long after the probing. */
static void missing_neighbour_is_told_late(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "192.0.2.77", PORT);
    const struct evidence *item, *arp = NULL;
    struct session session;

    (void)state;
    lab_run("ip link add eth0 type veth peer name eth1; ip link set dev eth1 "
            "up; ip link set dev eth0 up; ip addr add 192.0.2.1/24 dev eth0");
    lab_run(LINK_UNTIL_UP, "eth0");
    start_armed(&session, &order);
    session_probe(&session);
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_END, 0));
    assert_true(session_wait_for(&session, EVIDENCE_ATTEMPT_END));
    assert_end(&session, 0, OUTCOME_UNREACHABLE, EHOSTUNREACH);
    assert_int_equal(session_finish(&session, false), 0);
    for (size_t n = 0; (item = session_find(&session, EVIDENCE_ARP, n)) != NULL;
         n++)
        if (evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT)
            arp = item;
    assert_non_null(arp);
    assert_in_range(evidence_number(arp, KEY_COUNT, 0), 2, 6);
    assert_int_equal(evidence_number(arp, KEY_ANSWERED, -1), 0);
    assert_string_equal(evidence_text(arp, KEY_INTERFACE, ""), "eth0");
    session_free(&session);
}

static void slow_reader_loses_nothing(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(4, PORT, 128);
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    order.exact_count = 1;
    order.attempts = ORDER_MAX_ATTEMPTS;
    order.spacing_ms = 1;
    start_armed(&session, &order);
    session_tell(&session, COMMAND_PROBE);
    usleep(1500 * 1000);
    assert_true(session_wait(&session, PHASE_PROBED));
    assert_int_equal(session_finish(&session, false), 0);
    assert_end(&session, ORDER_MAX_ATTEMPTS - 1, OUTCOME_CONNECTED, 0);
    assert_int_equal(session_count_packets(&session, PACKET_FIN, DIRECTION_IN,
                                           ORDER_MAX_ATTEMPTS),
                     1);
    /* But for the drops, for which a worker needs the keeper. */
    assert_null(session_find(&session, EVIDENCE_LIMIT, 1));
    session_free(&session);
}

static void stop_ends_the_attempts_at_once(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    int64_t told_ns;
    struct session session;

    (void)state;
    lab_run("nft 'add table inet t; add chain inet t in { type filter hook "
            "input priority 0; }; add rule inet t in tcp dport %d drop'",
            PORT);
    order.spacing_ms = 10000; /* the second attempt is far off */
    start_armed(&session, &order);
    session_tell(&session, COMMAND_PROBE);
    assert_true(session_wait_for(&session, EVIDENCE_ATTEMPT_START));
    told_ns = clock_monotonic_ns();
    session_tell(&session, COMMAND_STOP);
    assert_true(session_wait(&session, PHASE_PROBED));
    assert_true(clock_monotonic_ns() - told_ns <
                order.spacing_ms * NS_PER_MS / 2);
    assert_int_equal(session_finish(&session, false), 0);
    assert_end(&session, 0, OUTCOME_TIMED_OUT, 0);
    assert_null(session_find(&session, EVIDENCE_ATTEMPT_START, 1));
    session_free(&session);
}

/* The reset lies in the socket when the commands to end are read first. */
static void known_answer_is_no_time_out(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    lab_run("nft 'add table inet t; add chain inet t in { type filter hook "
            "input priority 0; }; add rule inet t in tcp dport %d drop'",
            PORT);
    order.attempts = 1;
    start_armed(&session, &order);
    session_probe(&session);
    kill(session.pid, SIGSTOP);
    session_tell(&session, COMMAND_STOP);
    session_tell(&session, COMMAND_COLLECT);
    lab_run("nft flush ruleset");
    usleep(1300 * 1000); /* the kernel sends the SYN again after 1 s */
    kill(session.pid, SIGCONT);
    assert_true(session_wait(&session, PHASE_DISARMED));
    assert_end(&session, 0, OUTCOME_REFUSED, ECONNREFUSED);
    assert_int_equal(session_close(&session), 0);
    session_free(&session);
}

static void lost_channel_ends_the_worker(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    start_armed(&session, &order);
    assert_int_equal(session_close(&session), 0);
    session_free(&session);
}

static void deadline_ends_the_worker(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    order.deadline_ms = 300;
    session_start(&session, &order);
    while (!session_wait(&session, PHASE_ARMED)) { /* it was over before */
        assert_int_equal(session_close(&session), 0);
        session_free(&session);
        order.deadline_ms *= 2;
        session_start(&session, &order);
    }
    assert_true(session_wait(&session, PHASE_DISARMED));
    assert_int_equal(session_close(&session), 0);
    session_free(&session);
}

static void malformed_input_is_refused(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct command command = {.kind = 99};
    struct session session;

    (void)state;
    order.port = 0;
    session_start(&session, &order);
    assert_int_equal(session_close(&session), 1);
    session_free(&session);

    order.port = PORT;
    start_armed(&session, &order);
    session_tell(&session, COMMAND_ARM); /* out of turn: told, and no more */
    session_command(&session, &command);
    assert_true(session_wait(&session, PHASE_DISARMED));
    assert_non_null(session_find(&session, EVIDENCE_LIMIT, 0));
    assert_int_equal(session_close(&session), 0);
    session_free(&session);
}

/* Refused and over: nothing was armed, nothing left. */
static void assert_refused(struct session *session, const char *address)
{
    const struct evidence *refused;

    assert_true(session_wait(session, PHASE_DISARMED));
    refused = session_find(session, EVIDENCE_REFUSED, 0);
    assert_non_null(refused);
    assert_non_null(strstr(evidence_text(refused, KEY_TEXT, ""), address));
    assert_null(session_find(session, EVIDENCE_HOP, 0));
    assert_null(session_find(session, EVIDENCE_ATTEMPT_START, 0));
    assert_int_equal(session_close(session), 0);
    session_free(session);
}

/* The keeper judges addresses in orders; those that come later only the
 * worker sees, and it minds the others as well. */
static void policy_judges_every_address(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    static const char *const policy[] = {"--allow", "192.0.2.0/24", NULL};
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct command arm = {.kind = COMMAND_ARM};
    struct command walk = {.kind = COMMAND_WALK, .max_ttl = 1, .attempt = 1};
    struct session session;

    (void)state;
    session_start_under(&session, &order, policy);
    assert_refused(&session, "127.0.0.1");

    order.destination = (struct address){0};
    strcpy(order.name, "localhost");
    address_parse("198.51.100.9", &arm.peer_address);
    session_start_under(&session, &order, policy);
    assert_true(session_wait(&session, PHASE_RESOLVED));
    session_command(&session, &arm);
    assert_refused(&session, "198.51.100.9");

    order = session_order(ROLE_SOURCE, "192.0.2.1", PORT);
    address_parse("198.51.100.7", &walk.peer_address);
    lab_run("ip addr add 192.0.2.9/24 dev lo"); /* it is refused there */
    session_start_under(&session, &order, policy);
    assert_true(session_wait(&session, PHASE_ARMED));
    session_probe(&session);
    session_command(&session, &walk);
    assert_true(session_wait(&session, PHASE_WALKED));
    assert_non_null(
        strstr(evidence_text(&session.items[session.count - 1], KEY_TEXT, ""),
               "198.51.100.7"));
    assert_int_equal(session_finish(&session, false), 0);
    assert_null(session_find(&session, EVIDENCE_HOP, 0));
    session_free(&session);
}

/* Whoever started it. */
static void policy_binds_the_manner_of_probes(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    static const char *const policy[] = {"--no-containers", "--no-users", NULL};
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    strcpy(order.inside, "pid:1");
    session_start_under(&session, &order, policy);
    assert_refused(&session, "(containers)");
    order.inside[0] = '\0';
    strcpy(order.as_user, "4711");
    session_start_under(&session, &order, policy);
    assert_refused(&session, "4711");
}

static void policy_forbids_the_rule_trace(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    static const char *const policy[] = {"--no-rule-trace", NULL};
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    const struct evidence *limit;
    struct session session;

    (void)state;
    lab_run("nft add table inet t");
    session_start_under(&session, &order, policy);
    assert_true(session_wait(&session, PHASE_ARMED));
    assert_int_equal(session_finish(&session, false), 0);
    assert_null(session_find(&session, EVIDENCE_RULE_TRACE, 0));
    for (size_t n = 0; /* others may be missing here as well */
         (limit = session_find(&session, EVIDENCE_LIMIT, n)) != NULL; n++)
        if (strcmp(evidence_text(limit, KEY_OBSERVER, ""), "rule-trace") == 0)
            break;
    assert_non_null(limit);
    assert_string_equal(evidence_text(limit, KEY_TEXT, ""),
                        "forbidden by this host's policy");
    session_free(&session);
}

static void unknown_arguments_are_refused(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    static const char *const policy[] = {"--allow", "everything", NULL};
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct session session;

    (void)state;
    session_start_under(&session, &order, policy);
    assert_int_equal(session_close(&session), HANDOFF_OTHER_VERSION);
    session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_port_answers_with_a_reset),
        cmocka_unit_test(open_port_sees_one_handshake),
        cmocka_unit_test(open_port_sees_one_handshake_over_ipv6),
        cmocka_unit_test(exact_count_stops_for_nothing),
        cmocka_unit_test(dropped_syns_time_out),
        cmocka_unit_test(rejection_tells_its_icmp),
        cmocka_unit_test(missing_route_ends_before_any_packet),
        cmocka_unit_test(taken_source_port_is_an_error),
        cmocka_unit_test(destination_calls_itself),
        cmocka_unit_test(ports_stand_in_for_sequence_numbers),
        cmocka_unit_test(missing_neighbour_is_told_late),
        cmocka_unit_test(slow_reader_loses_nothing),
        cmocka_unit_test(stop_ends_the_attempts_at_once),
        cmocka_unit_test(one_attempt_is_given_up),
        cmocka_unit_test(destination_calls_only_what_is_its_own),
        cmocka_unit_test(capture_lives_where_no_route_leads_to_loopback),
        cmocka_unit_test(known_answer_is_no_time_out),
        cmocka_unit_test(lost_channel_ends_the_worker),
        cmocka_unit_test(deadline_ends_the_worker),
        cmocka_unit_test(malformed_input_is_refused),
        cmocka_unit_test(policy_judges_every_address),
        cmocka_unit_test(policy_binds_the_manner_of_probes),
        cmocka_unit_test(policy_forbids_the_rule_trace),
        cmocka_unit_test(unknown_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
