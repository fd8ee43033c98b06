/* For how long a trace waits, what it does meanwhile, and that none of it can be
 * taken for what is judged. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "controller/report/report.h"
#include "tests/unit/controller/world.h"
#include "tests/unit/test.h"

static struct world world;

/* The kernel sends the SYN again a second later; meanwhile the path is walked,
 * along an attempt that was ended for it. */
static void test_walks_while_the_kernel_sends_again(void **state)
{
    const struct command *command;
    struct err err = {0};

    (void)state;
    world_start_probing(&world);
    world_attempts(&world);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(world.trace.phase, CASE_WAITING);
    world_judgement.walk_from = ROLE_SOURCE;
    world_judgement.verdict.cause = CAUSE_LOST_ON_PATH;
    world_tick(&world, CASE_WAIT_MS - 1);
    assert_int_equal(world.trace.phase, CASE_WAITING);
    assert_false(world_asked.wait_over);
    assert_int_equal(case_wake_ns(&world.trace), world.now_ns + NS_PER_MS);
    world_tick(&world, 1);
    command = world_command(&world, ROLE_SOURCE, COMMAND_GIVE_UP);
    assert_non_null(command);
    assert_int_equal(command->attempt, 3);
    assert_null(world_command(&world, ROLE_SOURCE, COMMAND_WALK));
    world_attempt_end(&world, 3, OUTCOME_TIMED_OUT);
    command = world_command(&world, ROLE_SOURCE, COMMAND_WALK);
    assert_non_null(command);
    assert_int_equal(command_check(command, &err), 0);
    assert_int_equal(command->attempt, 3);
    assert_int_equal(command->own_port, 40003);
    assert_int_equal(command->peer_port, 8080);
    world_phase(&world, ROLE_SOURCE, PHASE_WALKED);
    assert_int_equal(world.trace.phase, CASE_RESENDING);
    world_tick(&world, CASE_AGAIN_MS + CASE_AGAIN_WAIT_MS - CASE_WAIT_MS - 101);
    assert_int_equal(world.trace.phase, CASE_RESENDING);
    assert_false(world_asked.wait_over);
    world_tick(&world, 1); /* attempt 2, 100 ms before the last, had its time */
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
    world_disarm(&world);
    assert_int_equal(report_exit_status(&world.trace.judgement), 1);
}

static void test_what_opens_when_sent_again_is_connected(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempts(&world);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    assert_int_equal(world.trace.phase, CASE_RESENDING);
    world_tick(&world, 600);
    world_judgement.settled = true;
    world_judgement.outcome = OUTCOME_CONNECTED;
    world_attempt_end(&world, 1, OUTCOME_CONNECTED);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

/* The path's own times say how long to wait. */
static void test_slow_paths_get_their_time(void **state)
{
    int64_t crossing = 300 * (int64_t)NS_PER_MS;
    int64_t wait_ms = 0;

    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_packet(&world, ROLE_SOURCE, 1, PACKET_SYN, DIRECTION_OUT);
    world.now_ns += crossing;
    world_packet(&world, ROLE_DESTINATION, 1, PACKET_SYN, DIRECTION_IN);
    world_packet(&world, ROLE_DESTINATION, 1, PACKET_SYN_ACK, DIRECTION_OUT);
    world_attempt_end(&world, 1, OUTCOME_CONNECTED);
    world_packet(&world, ROLE_SOURCE, 1, PACKET_ACK, DIRECTION_OUT);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    while (world.trace.phase == CASE_WAITING) {
        world_tick(&world, 10);
        wait_ms += 10;
    }
    assert_true(wait_ms * NS_PER_MS >= 2 * crossing);
    assert_true(wait_ms * NS_PER_MS < 3 * crossing);
}

/* A retransmission that arrived does not make the path a slow one, where others
 * arrived at once. */
static void test_lost_packets_do_not_make_a_path_slow(void **state)
{
    (void)state;
    world_start_probing(&world);
    for (unsigned n = 1; n <= 2; n++) {
        world_attempt(&world, n);
        world_packet(&world, ROLE_SOURCE, n, PACKET_SYN, DIRECTION_OUT);
        if (n == 2) {
            world.now_ns += NS_PER_MS;
            world_packet(&world, ROLE_DESTINATION, n, PACKET_SYN, DIRECTION_IN);
        }
    }
    world.now_ns += 1030 * (int64_t)NS_PER_MS;
    world_packet(&world, ROLE_SOURCE, 1, PACKET_SYN, DIRECTION_OUT);
    world_packet(&world, ROLE_DESTINATION, 1, PACKET_SYN, DIRECTION_IN);
    world_attempt_end(&world, 1, OUTCOME_TIMED_OUT);
    world_attempt_end(&world, 2, OUTCOME_TIMED_OUT);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

static void test_walk_back_follows_the_syn_that_arrived(void **state)
{
    const struct command *walk;
    struct address outside, inside;
    struct evidence syn;

    (void)state;
    assert_int_equal(address_parse("203.0.113.7", &outside), 0);
    assert_int_equal(address_parse("198.51.100.10", &inside), 0);
    world_start_probing(&world);
    world_attempts(&world);
    evidence_init(&syn, EVIDENCE_PACKET, world.now_ns);
    evidence_set_word(&syn, KEY_PACKET, PACKET_SYN);
    evidence_set_word(&syn, KEY_DIRECTION, DIRECTION_IN);
    evidence_set_number(&syn, KEY_ATTEMPT, 3);
    evidence_set_address(&syn, KEY_SOURCE, &outside); /* NAT on the way */
    evidence_set_number(&syn, KEY_SOURCE_PORT, 555);
    evidence_set_address(&syn, KEY_DESTINATION, &inside);
    evidence_set_number(&syn, KEY_DESTINATION_PORT, 8080);
    world_evidence(&world, ROLE_DESTINATION, &syn);
    world_judgement.walk_from = ROLE_DESTINATION;
    world_judgement.verdict.cause = CAUSE_LOST_ON_PATH;
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    world_attempt_end(&world, 3, OUTCOME_TIMED_OUT);
    walk = world_command(&world, ROLE_DESTINATION, COMMAND_WALK);
    assert_non_null(walk);
    assert_true(address_equal(&walk->peer_address, &outside));
    assert_int_equal(walk->peer_port, 555);
    assert_int_equal(walk->own_port, 8080);
    assert_int_equal(walk->acknowledge,
                     0xabcde007 + (3u << ORDER_ISN_SHIFT) + 1);
    world_tick(&world, CASE_WALK_MS - 1);
    assert_int_equal(world.trace.phase, CASE_RESENDING);
    world_tick(&world, 1); /* it never says it walked */
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

/* Some attempts lost their SYN, others the answer: each end walks along one of
 * its own. */
static void test_both_ways_are_walked_where_both_lose(void **state)
{
    const struct command *there, *back;

    (void)state;
    world_start_probing(&world);
    world_attempts(&world);
    world_packet(&world, ROLE_DESTINATION, 3, PACKET_SYN, DIRECTION_IN);
    world_judgement.walk_from = ROLE_SOURCE;
    world_judgement.walk_both = true;
    world_judgement.verdict.cause = CAUSE_LOST_ON_PATH;
    for (unsigned n = 1; n <= 3; n++)
        world_attempt_end(&world, n, OUTCOME_TIMED_OUT);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    there = world_command(&world, ROLE_SOURCE, COMMAND_WALK);
    back = world_command(&world, ROLE_DESTINATION, COMMAND_WALK);
    assert_non_null(there);
    assert_non_null(back);
    assert_int_equal(there->attempt, 2); /* the latest whose SYN did not come */
    assert_int_equal(back->attempt, 3);
    world_phase(&world, ROLE_SOURCE, PHASE_WALKED);
    assert_int_equal(world.trace.phase, CASE_RESENDING);
    world_phase(&world, ROLE_DESTINATION, PHASE_WALKED);
    world_tick(&world, CASE_WALK_MS);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

/* One that is asked for alone is walked along when it is over. */
static void test_the_only_attempt_is_walked_along_last(void **state)
{
    struct message_trace_request request = world_request("198.51.100.10");

    (void)state;
    request.from_port = 5000;
    world_start_armed(&world, &request);
    world_attempt(&world, 1);
    world_judgement.walk_from = ROLE_SOURCE;
    world_judgement.verdict.cause = CAUSE_LOST_ON_PATH;
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    assert_null(world_command(&world, ROLE_SOURCE, COMMAND_GIVE_UP));
    world_tick(&world, CASE_AGAIN_MS + CASE_AGAIN_WAIT_MS - CASE_WAIT_MS);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_GIVE_UP));
    world_attempt_end(&world, 1, OUTCOME_TIMED_OUT);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_WALK));
    world_phase(&world, ROLE_SOURCE, PHASE_WALKED);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

static void test_lingers_for_the_kernels_error(void **state)
{
    int64_t first_ns;

    (void)state;
    world_start_probing(&world);
    world_attempts(&world);
    first_ns = world.now_ns - 200 * (int64_t)NS_PER_MS;
    world_packet(&world, ROLE_SOURCE, 1, PACKET_SYN, DIRECTION_OUT);
    world_judgement.verdict.cause = CAUSE_UNDETERMINED;
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    world_tick(&world, CASE_AGAIN_MS);
    assert_int_equal(world.trace.phase, CASE_LINGERING);
    assert_int_equal(case_wake_ns(&world.trace),
                     first_ns + CASE_LINGER_MS * (int64_t)NS_PER_MS);
    for (unsigned n = 1; n <= 3; n++) {
        assert_int_equal(world.trace.phase, CASE_LINGERING);
        world_attempt_end(&world, n, OUTCOME_UNREACHABLE);
    }
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
    assert_true(/* nothing is settled: it may tell more */
                world_command(&world, ROLE_DESTINATION, COMMAND_COLLECT)
                    ->self_test);
    assert_false(world_command(&world, ROLE_DESTINATION, COMMAND_COLLECT)
                     ->self_test_briefly);
}

/* No router says anything of what reached the destination, or never left. */
static void test_only_what_is_on_its_way_is_lingered_for(void **state)
{
    (void)state;
    for (int arrives = 0; arrives < 2; arrives++) {
        case_fini(&world.trace);
        world_start_probing(&world);
        world_attempts(&world);
        world_judgement.verdict.cause = CAUSE_UNDETERMINED;
        if (arrives) {
            world_packet(&world, ROLE_SOURCE, 1, PACKET_SYN, DIRECTION_OUT);
            world_packet(&world, ROLE_DESTINATION, 1, PACKET_SYN, DIRECTION_IN);
        }
        world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
        world_tick(&world, CASE_WAIT_MS);
        world_tick(&world, CASE_AGAIN_MS);
        assert_int_equal(world.trace.phase, CASE_COLLECTING);
    }
}

static void test_what_is_explained_is_not_lingered_for(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempts(&world);
    world_judgement.verdict.cause = CAUSE_NEIGHBOUR_UNRESOLVED;
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    world_tick(&world, CASE_AGAIN_MS);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

/* Of an address without an agent: in a network of ours, or with more time than
 * usual; never of one on the source's own link. */
static void test_strangers_routers_are_lingered_for_on_demand(void **state)
{
    static const struct
    {
        bool knows_network;
        bool is_on_link;
        unsigned timeout_ms;
        enum case_phase phase;
    } cases[] = {{false, false, 0, CASE_COLLECTING},
                 {true, false, 0, CASE_LINGERING},
                 {false, false, CASE_DEFAULT_TIMEOUT_MS + 1, CASE_LINGERING},
                 {true, true, CASE_DEFAULT_TIMEOUT_MS + 1, CASE_COLLECTING}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct message_trace_request request = world_request("192.0.2.77");

        world_fini(&world);
        world_init(&world);
        world.knows_network = cases[i].knows_network;
        request.timeout_ms = cases[i].timeout_ms;
        world_start(&world, &request);
        world_resolved(&world, "192.0.2.77");
        world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
        world_judgement.verdict.cause = CAUSE_UNDETERMINED;
        world_judgement.is_on_link = cases[i].is_on_link;
        world_attempts(&world);
        world_packet(&world, ROLE_SOURCE, 1, PACKET_SYN, DIRECTION_OUT);
        world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
        world_tick(&world, CASE_WAIT_MS);
        world_tick(&world, CASE_AGAIN_MS);
        assert_int_equal(world.trace.phase, cases[i].phase);
    }
}

/* So many as were asked for, or it is told. */
static void test_attempts_that_were_not_made_are_told(void **state)
{
    struct message_trace_request request = world_request("198.51.100.10");

    (void)state;
    for (unsigned made = 1; made <= 5; made++) {
        case_fini(&world.trace);
        request.count = 5;
        request.timeout_ms = 1000;
        world_start_armed(&world, &request);
        for (unsigned n = 1; n <= made; n++) {
            world_attempt(&world, n);
            world_attempt_end(&world, n, OUTCOME_CONNECTED);
        }
        world_tick(&world, 1000);
        assert_int_equal(world.trace.phase, CASE_DONE);
        if (made == 3)
            assert_non_null(
                strstr(world.trace.subject.note, "3 of 5 attempts were made"));
        assert_int_equal(world.trace.subject.note[0] == '\0', made == 5);
    }
}

/* --- its own probes come after what they could change --- */

struct order_of_things
{
    unsigned probes, walks[ROLE_COUNT], tries, collects, releases;
    unsigned walked[ROLE_COUNT]; /* along which attempt */
    bool ended[ORDER_MAX_ATTEMPTS + 1];
    bool connected[ORDER_MAX_ATTEMPTS + 1];
    bool made[ORDER_MAX_ATTEMPTS + 1];
};

static void check_walk(const struct command *walk, enum role from,
                       const struct order_of_things *things)
{
    enum role other = from == ROLE_SOURCE ? ROLE_DESTINATION : ROLE_SOURCE;

    assert_int_equal(things->probes, 1);
    assert_int_equal(things->collects, 0);
    assert_int_equal(things->walks[from], 0);
    assert_int_not_equal(things->walked[other], walk->attempt);
    assert_in_range(walk->attempt, 1, 3);
    assert_true(things->made[walk->attempt]);
    assert_true(things->ended[walk->attempt]);
    assert_false(things->connected[walk->attempt]);
    for (unsigned n = 1; n <= 3; n++) { /* no port of one that goes on */
        if (things->made[n] && !things->ended[n]) {
            assert_int_not_equal(walk->own_port, 40000 + n);
            assert_int_not_equal(walk->peer_port, 40000 + n);
        }
    }
}

static void check_commands(struct order_of_things *things)
{
    for (size_t i = 0; i < world.action_count; i++) {
        const struct command *command = &world.actions[i].command;

        if (world.actions[i].kind != CASE_SEND_COMMAND)
            continue;
        switch ((enum command_kind)command->kind) {
        case COMMAND_PROBE: things->probes++; break;
        case COMMAND_GIVE_UP:
            assert_int_equal(things->collects, 0);
            assert_in_range(things->releases++, 0, 1); /* one for a walk */
            break;
        case COMMAND_WALK:
            check_walk(command, world.actions[i].role, things);
            things->walks[world.actions[i].role]++;
            things->walked[world.actions[i].role] = command->attempt;
            break;
        case COMMAND_TRY: /* with ports of its own */
            assert_int_equal(things->probes, 1);
            assert_int_equal(things->collects, 0);
            assert_int_equal(things->tries++, 0);
            /* Hops that tell few errors tell them of the walk first. */
            assert_int_not_equal(world.trace.walk.state, CASE_WALK_RELEASING);
            break;
        case COMMAND_COLLECT:
            /* The call of the destination to itself comes with it alone. */
            assert_true(!command->self_test ||
                        world.actions[i].role == ROLE_DESTINATION);
            things->collects++;
            break;
        case COMMAND_ARM:
        case COMMAND_STOP:
        case COMMAND_ABORT:
        case COMMAND_COUNT: assert_false(command->self_test); break;
        }
    }
}

static void happen(unsigned what, unsigned n, struct order_of_things *things)
{
    enum outcome outcome = n == 1 ? OUTCOME_CONNECTED : OUTCOME_TIMED_OUT;

    switch (what) {
    case 0:
        if (!things->made[n] && things->probes > 0) {
            things->made[n] = true;
            world_attempt(&world, n);
        }
        break;
    case 1:
        if (things->made[n] && !things->ended[n]) {
            things->ended[n] = true;
            things->connected[n] = outcome == OUTCOME_CONNECTED;
            world_attempt_end(&world, n, outcome);
        }
        break;
    case 2: world_phase(&world, ROLE_SOURCE, PHASE_PROBED); break;
    case 3: world_phase(&world, ROLE_SOURCE, PHASE_WALKED); break;
    case 4:
        world_packet(&world, ROLE_SOURCE, n, PACKET_SYN, DIRECTION_OUT);
        break;
    case 5:
        world_packet(&world, ROLE_DESTINATION, n, PACKET_SYN, DIRECTION_IN);
        break;
    case 6: world_phase(&world, ROLE_DESTINATION, PHASE_WALKED); break;
    default: world_tick(&world, 40 * (int64_t)n); break;
    }
}

static void play(unsigned seed)
{
    struct order_of_things things = {0};

    world_ask(&world, "198.51.100.10");
    world_phase(&world, ROLE_DESTINATION, PHASE_ARMED);
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    check_commands(&things);
    for (unsigned step = 0; step < 200 && world.trace.phase < CASE_COLLECTING;
         step++) {
        unsigned word;

        seed = seed * 1664525u + 1013904223u;
        word = seed >> 8;
        world_judgement.walk_from = (enum role)((word >> 4) % 4);
        world_judgement.walk_both = (word >> 9) % 3 == 0;
        world_judgement.settled = (word >> 6) % 24 == 0;
        world_judgement.verdict.cause =
            (word >> 11) % 2 == 0 ? CAUSE_UNDETERMINED : CAUSE_LOST_ON_PATH;
        world.action_count = 0;
        happen((word >> 12) % 10, 1 + (word >> 16) % 3, &things);
        check_commands(&things);
    }
}

static void test_own_probes_come_last_and_share_no_ports(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 2000; seed++) {
        case_fini(&world.trace);
        play(seed);
    }
}

#define CASE_TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, world_up, world_down, &world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(test_walks_while_the_kernel_sends_again),
        CASE_TEST(test_what_opens_when_sent_again_is_connected),
        CASE_TEST(test_slow_paths_get_their_time),
        CASE_TEST(test_lost_packets_do_not_make_a_path_slow),
        CASE_TEST(test_walk_back_follows_the_syn_that_arrived),
        CASE_TEST(test_both_ways_are_walked_where_both_lose),
        CASE_TEST(test_the_only_attempt_is_walked_along_last),
        CASE_TEST(test_lingers_for_the_kernels_error),
        CASE_TEST(test_only_what_is_on_its_way_is_lingered_for),
        CASE_TEST(test_what_is_explained_is_not_lingered_for),
        CASE_TEST(test_strangers_routers_are_lingered_for_on_demand),
        CASE_TEST(test_attempts_that_were_not_made_are_told),
        CASE_TEST(test_own_probes_come_last_and_share_no_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
