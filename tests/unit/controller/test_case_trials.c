/* Trials and the vantage point: when they are asked for, and that no trace waits
 * for, or is judged by, what becomes of their host. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "tests/unit/controller/world.h"
#include "tests/unit/test.h"

static struct world world;

/* The SYN vanishes, and the walk has begun. */
static void lose(const char *vantage, enum role walk_from)
{
    struct message_trace_request request = world_request("198.51.100.10");

    case_fini(&world.trace);
    snprintf(request.vantage, sizeof(request.vantage), "%s", vantage);
    world_start_armed(&world, &request);
    world_attempts(&world);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_judgement.walk_from = walk_from;
    world_judgement.verdict.cause = CAUSE_LOST_ON_PATH;
    world_tick(&world, CASE_WAIT_MS);
    if (walk_from == ROLE_SOURCE) /* the walk's; back nothing is walked */
        world_attempt_end(&world, 3, OUTCOME_TIMED_OUT);
}

static void test_a_vantage_point_walks_beside_the_trials(void **state)
{
    const struct order *order;
    const struct command *walk;
    struct err err = {0};

    (void)state;
    world.has_near = true;
    lose("", ROLE_SOURCE);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_TRY));
    order = world_order(&world, ROLE_VANTAGE);
    assert_non_null(order);
    assert_int_equal(order_check(order, &err), 0);
    assert_int_equal(order->vantage, 1);
    assert_in_range(order->attempts, 1, ORDER_MAX_VANTAGE);
    assert_int_equal(order->isn_base, world.trace.subject.isn_base);
    assert_string_not_equal(order->trace_id, world.trace.source.trace_id);
    assert_string_not_equal(order->trace_id, world.trace.destination.trace_id);
    assert_string_equal(world.trace.subject.vantage_host, "hostD");
    assert_null(world_command(&world, ROLE_VANTAGE, COMMAND_WALK));
    world_phase(&world, ROLE_VANTAGE, PHASE_ARMED);
    walk = world_command(&world, ROLE_VANTAGE, COMMAND_WALK);
    assert_non_null(walk);
    assert_int_equal(command_check(walk, &err), 0);
    assert_int_equal(walk->peer_port, 8080);
    world.action_count = 0;
    world_phase(&world, ROLE_VANTAGE, PHASE_WALKED);
    assert_null(world_command(&world, ROLE_VANTAGE, COMMAND_WALK));
    world_tick(&world, 2 * CASE_AGAIN_MS);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
    assert_non_null(world_command(&world, ROLE_VANTAGE, COMMAND_ABORT));
}

/* Of an answer that vanishes it tells nothing, nor is one asked for by all. */
static void test_none_where_it_tells_nothing(void **state)
{
    static const struct
    {
        const char *vantage;
        enum role from;
        bool has_near, is_away, is_shared;
    } rows[] = {
        {"none", ROLE_SOURCE, true, false, false},
        {"", ROLE_DESTINATION, true, false, false},
        {"", ROLE_SOURCE, false, false, false},
        {"hostB", ROLE_SOURCE, true, false, false}, /* an end is none */
        {"hostC", ROLE_SOURCE, true, true, false},
        {"hostC", ROLE_SOURCE, true, false, true}, /* two hosts are it */
        {"hostC", ROLE_SOURCE, true, false, false},
    };
    struct case_host *other = &world.hosts[2];
    const struct command *asked;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool is_fit = i + 1 == ARRAY_SIZE(rows);

        world.has_near = rows[i].has_near;
        world.action_count = 0;
        assert_string_equal(other->name, "hostC");
        other->is_connected = !rows[i].is_away;
        other->rival = rows[i].is_shared ? other->control : (struct address){0};
        lose(rows[i].vantage, rows[i].from);
        assert_non_null(world_command(&world, rows[i].from, COMMAND_TRY));
        asked = world_command(&world, ROLE_SOURCE, COMMAND_TRY);
        assert_non_null(asked); /* whose answers vanish, or what it sends */
        assert_int_equal(asked->attempt, rows[i].from == ROLE_SOURCE ? 0 : 3);
        assert_int_equal(world_order(&world, ROLE_VANTAGE) != NULL, is_fit);
    }
}

/* It refuses, it ends, it is lost, it says nothing: the trace goes on. */
static void test_nobody_depends_on_a_vantage_point(void **state)
{
    (void)state;
    world.has_near = true;
    for (unsigned how = 0; how < 4; how++) {
        lose("", ROLE_SOURCE);
        if (how == 0)
            world_ended(&world, ROLE_VANTAGE, -1, "refused");
        if (how == 1)
            world_lost(&world, ROLE_VANTAGE);
        if (how == 2)
            world_phase(&world, ROLE_VANTAGE, PHASE_ARMED);
        world_tick(&world, CASE_AGAIN_MS);
        world_tick(&world, CASE_AGAIN_MS);
        assert_int_equal(world.trace.phase, CASE_COLLECTING);
        assert_false(world.trace.subject.source_lost);
        assert_false(world.trace.subject.destination_lost);
    }
}

/* It may stand on the way, or be the router itself, and see the attempts' SYN sent
 * again: that came to neither end. */
static void test_what_a_vantage_point_sees_came_to_neither_end(void **state)
{
    const struct case_journey *syn =
        &world.trace.attempts[1].journeys[CASE_SYN];

    (void)state;
    world.has_near = true;
    lose("", ROLE_SOURCE);
    assert_non_null(world_order(&world, ROLE_VANTAGE));
    world_packet(&world, ROLE_VANTAGE, 1, PACKET_SYN, DIRECTION_IN);
    world_packet(&world, ROLE_VANTAGE, 1, PACKET_SYN_ACK, DIRECTION_OUT);
    assert_int_equal(syn->came_ns, 0);
    assert_int_equal(syn[CASE_SYN_ACK].left_ns, 0);
    world_packet(&world, ROLE_DESTINATION, 1, PACKET_SYN, DIRECTION_IN);
    assert_int_not_equal(syn->came_ns, 0);
}

#define CASE_TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, world_up, world_down, &world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(test_a_vantage_point_walks_beside_the_trials),
        CASE_TEST(test_none_where_it_tells_nothing),
        CASE_TEST(test_nobody_depends_on_a_vantage_point),
        CASE_TEST(test_what_a_vantage_point_sees_came_to_neither_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
