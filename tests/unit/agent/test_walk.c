/* Walks through a router from the source, and what both ends make of them. */
#include <errno.h>
#include <string.h>

#include "agent/probe/walk.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/walk_lab.h"
#include "tests/unit/test.h"

static void syn_walk_stops_at_the_dropping_hop(void **state)
{
    struct command command = walk_command(HOST_B);
    const struct evidence *ended;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp dport 8080");
    walk_lab_start(&lab);
    walk_lab_walk(&lab.source, &command);
    walk_lab_finish(&lab);

    assert_hop(&lab.source, 0, 1, NEAR_A, 11);
    assert_null(session_find(&lab.source, EVIDENCE_HOP, 1));
    /* The attempt whose ports it took was over by then. */
    ended = session_find(&lab.source, EVIDENCE_ATTEMPT_END, 0);
    assert_non_null(ended);
    assert_int_equal(evidence_number(ended, KEY_ATTEMPT, 0), 1);
    assert_true(ended->at_ns <
                session_find(&lab.source, EVIDENCE_HOP, 0)->at_ns);
    /* The copies' errors ended none of the attempts. */
    for (size_t n = 0; n < 3; n++) {
        const struct evidence *end =
            session_find(&lab.source, EVIDENCE_ATTEMPT_END, n);

        assert_non_null(end);
        assert_int_equal(evidence_word(end, KEY_OUTCOME), OUTCOME_TIMED_OUT);
        assert_false(evidence_has(end, KEY_ERRNO));
    }
    assert_int_equal(
        session_count_packets(&lab.source, PACKET_SYN, DIRECTION_OUT, 1), 1);
    assert_null(session_find(&lab.destination, EVIDENCE_PACKET, 0));
    walk_lab_free(&lab);
}

static void syn_walk_ends_at_the_host(void **state)
{
    struct command command = walk_command(HOST_B);
    const struct evidence *hop;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_start(&lab);
    walk_lab_walk(&lab.source, &command);
    walk_lab_finish(&lab);

    assert_hop(&lab.source, 0, 1, NEAR_A, 11);
    assert_hop(&lab.source, 1, 2, HOST_B, -1);
    hop = session_find(&lab.source, EVIDENCE_HOP, 1);
    assert_int_equal(evidence_word(hop, KEY_PACKET), PACKET_RST);
    assert_null(session_find(&lab.source, EVIDENCE_HOP, 2));
    /* The far end saw the attempt, and took no copy for one. */
    assert_int_equal(
        session_count_packets(&lab.destination, PACKET_SYN, DIRECTION_IN, 1),
        1);
    assert_int_equal(
        session_count_packets(&lab.destination, PACKET_RST, DIRECTION_OUT, 1),
        1);
    assert_null(session_find(&lab.destination, EVIDENCE_PACKET, 2));
    walk_lab_free(&lab);
}

static void syn_walk_over_ipv6(void **state)
{
    struct command command = walk_command(HOST_B6);
    struct walk_lab lab = {.peer = HOST_B6};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_start(&lab);
    walk_lab_walk(&lab.source, &command);
    walk_lab_finish(&lab);

    assert_hop(&lab.source, 0, 1, NEAR_A6, 3);
    assert_hop(&lab.source, 1, 2, HOST_B6, -1);
    assert_int_equal(
        session_count_packets(&lab.destination, PACKET_SYN, DIRECTION_IN, 1),
        1);
    walk_lab_free(&lab);
}

/* The router tells every other error only: the second copy gets one. */
static void a_rate_limited_hop_is_asked_again(void **state)
{
    struct command command = walk_command(HOST_B);
    const struct evidence *walk;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp dport 8080");
    lab_run("nft 'add chain inet t o { type filter hook output priority 0; }; "
            "add rule inet t o icmp type time-exceeded numgen inc mod 2 0 "
            "drop'");
    walk_lab_start(&lab);
    walk_lab_walk(&lab.source, &command);
    walk_lab_finish(&lab);
    assert_hop(&lab.source, 0, 1, NEAR_A, 11);
    assert_null(session_find(&lab.source, EVIDENCE_HOP, 1));
    walk = session_find(&lab.source, EVIDENCE_WALK, 0);
    assert_non_null(walk);
    assert_int_equal(evidence_number(walk, KEY_ATTEMPT, 0), 1);
    assert_int_equal(evidence_number(walk, KEY_TTL, 0), 30);
    /* Hops 1 and 2 again, then 2 and 3. */
    assert_int_equal(evidence_number(walk, KEY_COUNT, 0), 34);
    walk_lab_free(&lab);
}

/* Where the answers to the copies are lost, the listener waits for nothing. */
static void syn_walk_leaves_no_half_open_connection(void **state)
{
    KEEP_FD int listener = -1;
    struct command command = walk_command(HOST_B);
    const struct evidence *start;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    listener = walk_lab_listen(&lab);
    walk_lab_drop(lab.r, "forward", "tcp sport 8080");
    walk_lab_start(&lab);
    walk_lab_walk(&lab.source, &command);
    start = session_find(&lab.source, EVIDENCE_ATTEMPT_START, 0);
    lab_enter(lab.b);
    lab_run("test -n \"$(ss -Htn state syn-recv)\"");
    lab_run("test -z \"$(ss -Htn state syn-recv dport = :%lld)\"",
            (long long)evidence_number(start, KEY_SOURCE_PORT, 0));
    walk_lab_finish(&lab);
    walk_lab_free(&lab);
}

static int64_t seconds_since(const struct session *session)
{
    return (clock_monotonic_ns() - session->started_ns) / NS_PER_S;
}

static void unanswered_neighbour_is_told(void **state)
{
    const struct evidence *arp = NULL, *item;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    lab_enter(lab.b);
    lab_run("ip addr del " HOST_B "/24 dev eth1");
    walk_lab_start(&lab);
    lab_enter(lab.a);
    walk_lab_finish(&lab);
    for (size_t n = 0;
         (item = session_find(&lab.destination, EVIDENCE_ARP, n)) != NULL; n++)
        arp = item;
    assert_non_null(arp); /* the router asks for B, and B says nothing */
    assert_int_equal(evidence_word(arp, KEY_DIRECTION), DIRECTION_IN);
    /* Once a second, and no oftener. */
    assert_in_range(evidence_number(arp, KEY_COUNT, 0), 1,
                    5 + seconds_since(&lab.destination));
    assert_int_equal(evidence_number(arp, KEY_ANSWERED, -1), 0);
    walk_lab_free(&lab);
}

/* The link chooses neither target nor port, and gets one walk. */
static void syn_walk_goes_where_the_trace_goes(void **state)
{
    struct command command = walk_command("198.51.100.77");
    const struct evidence *limit = NULL, *item;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp dport 8080");
    walk_lab_start(&lab);
    assert_non_null(strstr(walked_text(&lab.source, &command), "elsewhere"));
    session_command(&lab.source, &command);
    walk_lab_finish(&lab);
    for (size_t n = 0;
         (item = session_find(&lab.source, EVIDENCE_LIMIT, n)) != NULL; n++)
        limit =
            strstr(evidence_text(item, KEY_TEXT, ""), "walk") ? item : limit;
    assert_non_null(limit);
    assert_string_equal(evidence_text(limit, KEY_TEXT, ""),
                        "the command walk came out of turn");
    walk_lab_free(&lab);
    walk_lab_build(&lab);
    walk_lab_start(&lab);
    command = walk_command(HOST_B);
    command.peer_port = 22;
    assert_non_null(strstr(walked_text(&lab.source, &command), "elsewhere"));
    walk_lab_finish(&lab);
    walk_lab_free(&lab);
}

/* Whatever the controller commands; the rest of the trace goes on. */
static void a_host_that_allows_no_walk_makes_none(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    static const char *const policy[] = {"--no-walk", NULL};
    struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
    struct command command = walk_command("127.0.0.1");
    struct session session;

    (void)state;
    session_start_under(&session, &order, policy);
    assert_true(session_wait(&session, PHASE_ARMED));
    session_probe(&session);
    assert_non_null(strstr(walked_text(&session, &command), "(walk)"));
    assert_int_equal(session_finish(&session, false), 0);
    assert_null(session_find(&session, EVIDENCE_REFUSED, 0));
    session_free(&session);
}

#define NONE_LEFT "no SYN of attempt 1 left here"

/* Whatever the controller says of them: an address and port of another's, where
 * no attempt was made, or the one that opened. */
static void a_walk_goes_along_an_attempt_that_failed(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    KEEP_FD int listener = lab_listen(4, PORT, 8);

    (void)state;
    for (int probed = 0; probed < 2; probed++) {
        struct order order = session_order(ROLE_SOURCE, "127.0.0.1", PORT);
        struct command walk = walk_command("127.0.0.1");
        struct session session;

        walk.own_address = walk.peer_address;
        walk.own_port = 22;
        walk.peer_port = PORT;
        session_start(&session, &order);
        assert_true(session_wait(&session, PHASE_ARMED));
        if (probed)
            session_probe(&session);
        assert_non_null(strstr(walked_text(&session, &walk), NONE_LEFT));
        assert_int_equal(session_finish(&session, false), 0);
        assert_null(session_find(&session, EVIDENCE_WALK, 0));
        session_free(&session);
    }
}

static void a_walk_chooses_no_port(void **state)
{
    struct command command = walk_command(HOST_B);
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    lab_enter(lab.a);
    lab_run("nft 'add table inet t; add counter inet t x; add chain inet t o "
            "{ type filter hook output priority 0; }; "
            "add rule inet t o tcp sport 22 counter name x'");
    walk_lab_drop(lab.r, "forward", "tcp dport 8080");
    walk_lab_start(&lab);
    address_parse(NEAR_A, &command.own_address);
    command.own_port = 22;
    walk_lab_walk(&lab.source, &command);
    assert_hop(&lab.source, 0, 1, NEAR_A, 11);
    lab_enter(lab.a);
    lab_run("nft list counter inet t x | grep -q 'packets 0 '");
    walk_lab_finish(&lab);
    walk_lab_free(&lab);
}

static void nothing_is_sent_from_a_foreign_address(void **state)
{
    KEEP_FD int lab = lab_enter_new();
    static const char *const families[] = {"198.51.100.66", "2001:db8:66::66"};
    static const char *const peers[] = {"192.0.2.9", "2001:db8::9"};

    (void)state;
    lab_run("ip link add out0 type veth peer name out1;"
            "ip link set out0 up; ip link set out1 up;"
            "ip addr add 192.0.2.1/24 dev out0;"
            "ip addr add 2001:db8::1/64 dev out0 nodad;"
            "ip route add default dev out0; ip -6 route add default dev out0;"
            "sysctl -qw net.ipv4.ip_nonlocal_bind=1"
            " net.ipv6.ip_nonlocal_bind=1");
    for (size_t i = 0; i < 2; i++) {
        struct order order = session_order(ROLE_SOURCE, peers[i], PORT);
        struct command walk = walk_command(peers[i]);
        const struct evidence *end;
        struct session session;

        address_parse(families[i], &order.source);
        walk.own_address = order.source;
        walk.own_port = walk.peer_port = PORT;
        session_start(&session, &order);
        assert_true(session_wait(&session, PHASE_ARMED));
        session_probe(&session);
        end = session_find(&session, EVIDENCE_ATTEMPT_END, 0);
        assert_non_null(end);
        assert_int_equal(evidence_number(end, KEY_ERRNO, 0), EADDRNOTAVAIL);
        assert_null(session_find(&session, EVIDENCE_ATTEMPT_START, 0));
        assert_non_null(strstr(walked_text(&session, &walk), NONE_LEFT));
        assert_int_equal(session_finish(&session, false), 0);
        assert_null(session_find(&session, EVIDENCE_PACKET, 0));
        session_free(&session);
    }
}

static void numbers_tell_attempt_and_ttl(void **state)
{
    struct order order = session_order(ROLE_SOURCE, HOST_B, PORT);

    (void)state;
    order.attempts = ORDER_MAX_ATTEMPTS;
    for (unsigned ttl = 0; ttl <= WALK_MAX_TTL + 2; ttl++) {
        unsigned told = ttl >= 1 && ttl <= WALK_MAX_TTL ? ttl : 0;

        assert_int_equal(walk_ttl_by(7, walk_number(7, ttl)), told);
        assert_true(
            told == 0 ||
            order_attempt_of(
                &order, walk_number(order_isn(&order, 2) + 1, ttl) - 1) == 0);
    }
    for (unsigned n = 1; n <= order.attempts; n++) {
        uint32_t isn = order_isn(&order, n);

        assert_int_equal(walk_ttl_of(&order, n, isn), 0);
        assert_int_equal(walk_ttl_of(&order, n, isn + 1), 0);
        for (unsigned ttl = 1; ttl <= WALK_MAX_TTL; ttl++) {
            uint32_t sequence = walk_sequence(&order, n, ttl);

            assert_int_equal(walk_ttl_of(&order, n, sequence), ttl);
            assert_int_equal(walk_ttl_of(&order, n + 1, sequence), 0);
            assert_int_equal(order_attempt_of(&order, sequence), 0);
            assert_int_equal(sequence & ORDER_ISN_MASK,
                             order.isn_base & ORDER_ISN_MASK);
            assert_true(sequence - isn >= 2); /* beyond what a SYN sent */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_walk_stops_at_the_dropping_hop),
        cmocka_unit_test(syn_walk_ends_at_the_host),
        cmocka_unit_test(syn_walk_over_ipv6),
        cmocka_unit_test(a_rate_limited_hop_is_asked_again),
        cmocka_unit_test(syn_walk_leaves_no_half_open_connection),
        cmocka_unit_test(unanswered_neighbour_is_told),
        cmocka_unit_test(syn_walk_goes_where_the_trace_goes),
        cmocka_unit_test(a_host_that_allows_no_walk_makes_none),
        cmocka_unit_test(a_walk_goes_along_an_attempt_that_failed),
        cmocka_unit_test(a_walk_chooses_no_port),
        cmocka_unit_test(nothing_is_sent_from_a_foreign_address),
        cmocka_unit_test(numbers_tell_attempt_and_ttl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
