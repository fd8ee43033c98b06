/* Trials through a router that drops some of them, and what both ends make of
 * them; and what a host's policy makes of the orders of a hostile controller. */
#include <string.h>

#include "agent/probe/trials.h"
#include "common/base/array.h"
#include "tests/unit/agent/lab.h"
#include "tests/unit/agent/walk_lab.h"
#include "tests/unit/test.h"

/* The router drops what matches, and the attempts are made. */
static void start_in(struct walk_lab *lab, const char *drops)
{
    walk_lab_drop(lab->r, "forward", drops);
    walk_lab_start(lab);
}

static void start(struct walk_lab *lab, const char *drops)
{
    walk_lab_build(lab);
    start_in(lab, drops);
}

static const char *try(struct session *session, const char *peer)
{
    struct command command = {.kind = COMMAND_TRY};

    assert_int_equal(address_parse(peer, &command.peer_address), 0);
    session_command(session, &command);
    assert_true(session_wait(session, PHASE_TRIED));
    return evidence_text(&session->items[session->count - 1], KEY_TEXT, "");
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

static unsigned count_answers(const struct session *session,
                              enum direction direction)
{
    const struct evidence *item;
    unsigned found = 0;

    for (size_t n = 0;
         (item = session_find(session, EVIDENCE_TRIAL, n)) != NULL; n++)
        found += evidence_has(item, KEY_PACKET) &&
                 evidence_word(item, KEY_DIRECTION) == (int)direction;
    return found;
}

static void what_differs_gets_through(void **state)
{
    static const char *const peers[] = {HOST_B, HOST_B6};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
        struct walk_lab lab = {.peer = peers[i]};

        start(&lab, "tcp dport 8080 tcp option timestamp exists");
        assert_string_equal(try(&lab.source, peers[i]), "");
        walk_lab_finish(&lab);
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
        walk_lab_free(&lab);
    }
}

/* The attempts are bound to a device, and another one has the way there. */
static void all_leave_by_the_attempts_device(void **state)
{
    static const char *const peers[] = {HOST_B, HOST_B6};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
        struct command walk = walk_command(peers[i]);
        struct walk_lab lab = {.peer = peers[i], .device = "eth0"};

        walk_lab_build(&lab);
        lab_enter(lab.a);
        lab_run("ip link add d0 type veth peer name d1;"
                "ip link set d0 up; ip link set d1 up;"
                "ip route add " HOST_B " dev d0; ip route add " HOST_B6
                " dev d0");
        walk_lab_drop(lab.r, "forward", "tcp dport 8080");
        walk_lab_start(&lab);
        walk_lab_walk(&lab.source, &walk);
        assert_non_null(session_find(&lab.source, EVIDENCE_HOP, 0));
        assert_string_equal(try(&lab.source, peers[i]), "");
        walk_lab_finish(&lab);
        assert_int_equal(count(&lab.source, -1, DIRECTION_OUT), 22);
        assert_int_equal(
            count(&lab.destination, TRIAL_OTHER_PORT, DIRECTION_IN),
            TRIALS_ROUNDS * TRIALS_OTHER_PORTS);
        assert_int_equal(count(&lab.destination, TRIAL_PING, DIRECTION_IN),
                         TRIALS_ROUNDS);
        walk_lab_free(&lab);
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
        struct walk_lab lab = {.source_policy = rows[i].policy};
        const char *why;

        start(&lab, "tcp dport 8080");
        why = try(&lab.source, rows[i].peer);
        assert_non_null(strstr(why, rows[i].why));
        assert_int_equal(why[0] == '\0', rows[i].why[0] == '\0');
        walk_lab_finish(&lab);
        assert_int_equal(count(&lab.source, TRIAL_OTHER_PORT, DIRECTION_OUT),
                         rows[i].ports);
        assert_int_equal(count(&lab.source, -1, DIRECTION_OUT), rows[i].all);
        walk_lab_free(&lab);
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
    static const char *const peers[] = {HOST_A, NEAR_A};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
        struct command again = {.kind = COMMAND_TRY};
        struct walk_lab lab = {0};
        const char *why;

        start(&lab, "tcp sport 8080");
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
        walk_lab_free(&lab);
    }
}

/* Where answers vanish, what resembles the SYN is sent and nothing else, and the
 * listener is left with nothing to wait for but the attempts. */
static void what_asks_for_answers_is_taken_back(void **state)
{
    struct command command = {.kind = COMMAND_TRY, .attempt = 1};
    struct walk_lab lab = {0};
    int listener;

    (void)state;
    walk_lab_build(&lab);
    listener = walk_lab_listen(&lab);
    start_in(&lab, "tcp sport 8080");
    address_parse(HOST_B, &command.peer_address);
    session_command(&lab.source, &command);
    assert_true(session_wait(&lab.source, PHASE_TRIED));
    lab_enter(lab.b);
    lab_run("n=0; until [ $(ss -Htn state syn-recv | wc -l) -le 3 ]; do "
            "sleep 0.01; n=$((n + 1)); [ $n -lt 200 ] || exit 1; done");
    walk_lab_finish(&lab);
    for (int trial = 0; trial <= TRIAL_PING; trial++)
        assert_int_equal(count(&lab.source, trial, DIRECTION_OUT),
                         trial > TRIAL_BARE || trial == TRIAL_WITHOUT_ECN
                             ? 0
                             : TRIALS_ROUNDS);
    assert_int_not_equal(count_answers(&lab.destination, DIRECTION_OUT), 0);
    assert_int_equal(count_answers(&lab.source, DIRECTION_IN), 0);
    close(listener);
    walk_lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_gets_through),
        cmocka_unit_test(all_leave_by_the_attempts_device),
        cmocka_unit_test(the_policy_holds),
        cmocka_unit_test(a_destination_tries_its_caller_alone),
        cmocka_unit_test(what_asks_for_answers_is_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
