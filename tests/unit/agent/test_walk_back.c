/* Walks of the SYN-ACK, from the destination. */
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "common/base/clean.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/walk_lab.h"
#include "tests/unit/test.h"

static void answer_walk_stops_at_the_dropping_hop(void **state)
{
    KEEP_FD int listener = -1;
    struct command command;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp sport 8080");
    listener = walk_lab_listen(&lab);
    walk_lab_start(&lab);
    command = answer_command(&lab);
    walk_lab_walk(&lab.destination, &command);
    walk_lab_finish(&lab);

    assert_hop(&lab.destination, 0, 1, NEAR_B, 11);
    assert_null(session_find(&lab.destination, EVIDENCE_HOP, 1));
    /* Those are the kernel's, which sends it again; of the copies none is. */
    assert_in_range(session_count_packets(&lab.destination, PACKET_SYN_ACK,
                                          DIRECTION_OUT, 1),
                    1, 4);
    assert_int_equal(
        session_count_packets(&lab.source, PACKET_SYN_ACK, DIRECTION_IN, 1), 0);
    walk_lab_free(&lab);
}

/* A copy of a SYN-ACK that comes through must not open the connection. */
static void answer_walk_opens_nothing(void **state)
{
    KEEP_FD int listener = -1;
    const struct evidence *hop, *end;
    struct command command;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    listener = walk_lab_listen(&lab);
    /* The kernel's own; a stateful device takes the copies for the same. */
    walk_lab_drop(lab.r, "forward", "tcp sport 8080 ct state invalid");
    lab_run("nft add rule inet t c tcp sport 8080 tcp option maxseg size != "
            "1220 drop");
    walk_lab_start(&lab);
    command = answer_command(&lab);
    walk_lab_walk(&lab.destination, &command);
    walk_lab_finish(&lab);

    assert_hop(&lab.destination, 0, 1, NEAR_B, 11);
    assert_hop(&lab.destination, 1, 2, HOST_A, -1);
    hop = session_find(&lab.destination, EVIDENCE_HOP, 1);
    assert_int_equal(evidence_word(hop, KEY_PACKET), PACKET_RST);
    end = session_find(&lab.source, EVIDENCE_ATTEMPT_END, 0);
    assert_int_equal(evidence_word(end, KEY_OUTCOME), OUTCOME_TIMED_OUT);
    for (unsigned n = 1; n <= 3; n++)
        assert_int_equal(
            session_count_packets(&lab.source, PACKET_SYN_ACK, DIRECTION_IN, n),
            0);
    walk_lab_free(&lab);
}

/* Whatever the controller says: to whom it goes is what the capture saw. */
static void answer_walk_goes_where_the_syn_came_from(void **state)
{
    KEEP_FD int listener = -1;
    struct command command;
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp sport 8080");
    listener = walk_lab_listen(&lab);
    walk_lab_start(&lab);
    command = walk_command("203.0.113.77");
    command.own_port = 22;
    command.peer_port = 22;
    lab_enter(lab.r);
    lab_run("nft 'add counter inet t foreign; add chain inet t o { type filter "
            "hook prerouting priority 0; }; add rule inet t o ip daddr "
            "203.0.113.77 counter name foreign'");
    walk_lab_walk(&lab.destination, &command);
    walk_lab_finish(&lab);
    assert_hop(&lab.destination, 0, 1, NEAR_B, 11);
    lab_enter(lab.r);
    lab_run("nft list counter inet t foreign | grep -q 'packets 0'");
    walk_lab_free(&lab);
}

/* Without a SYN of the attempt that came in, and along one that opened. */
static void answer_walk_needs_a_syn_that_stays_unanswered(void **state)
{
    KEEP_FD int listener = -1;
    struct command command = walk_command(HOST_A);
    struct walk_lab lab = {0};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp dport 8080");
    walk_lab_start(&lab);
    assert_non_null(
        strstr(walked_text(&lab.destination, &command), "no SYN of attempt 1"));
    walk_lab_finish(&lab);
    walk_lab_free(&lab);

    walk_lab_build(&lab);
    walk_lab_start(&lab); /* refused: no SYN-ACK left */
    assert_non_null(strstr(walked_text(&lab.destination, &command),
                           "no SYN-ACK of attempt 1"));
    walk_lab_finish(&lab);
    walk_lab_free(&lab);

    walk_lab_build(&lab);
    listener = walk_lab_listen(&lab);
    walk_lab_start(&lab);
    assert_non_null(
        strstr(walked_text(&lab.destination, &command), "attempt 1 opened"));
    lab_enter(lab.b);
    close(accept(listener, NULL, NULL)); /* nobody else does */
    walk_lab_finish(&lab);
    walk_lab_free(&lab);
}

/* It goes on observing, but sends nothing. */
static void answer_walk_goes_where_the_policy_allows(void **state)
{
    static const char *const policy[] = {"--allow", "203.0.113.0/24", NULL};
    KEEP_FD int listener = -1;
    struct command command = walk_command(HOST_A);
    struct walk_lab lab = {.destination_policy = policy};

    (void)state;
    walk_lab_build(&lab);
    walk_lab_drop(lab.r, "forward", "tcp sport 8080");
    listener = walk_lab_listen(&lab);
    walk_lab_start(&lab);
    assert_non_null(strstr(walked_text(&lab.destination, &command),
                           "does not allow probes of 192.0.2.1"));
    walk_lab_finish(&lab);
    walk_lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_walk_stops_at_the_dropping_hop),
        cmocka_unit_test(answer_walk_opens_nothing),
        cmocka_unit_test(answer_walk_goes_where_the_syn_came_from),
        cmocka_unit_test(answer_walk_goes_where_the_policy_allows),
        cmocka_unit_test(answer_walk_needs_a_syn_that_stays_unanswered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
