/* A trace from its request to its answer, by scripts of events. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "controller/report/report.h"
#include "tests/unit/controller/world.h"
#include "tests/unit/test.h"

static struct world world;

static void test_orders_both_ends_at_once(void **state)
{
    const struct order *source, *destination;
    struct err err = {0};

    (void)state;
    world_ask(&world, "198.51.100.10");
    source = world_order(&world, ROLE_SOURCE);
    destination = world_order(&world, ROLE_DESTINATION);
    assert_non_null(source);
    assert_non_null(destination);
    assert_int_equal(order_check(source, &err), 0);
    assert_int_equal(order_check(destination, &err), 0);
    assert_int_equal(source->role, ROLE_SOURCE);
    assert_int_equal(destination->role, ROLE_DESTINATION);
    assert_string_equal(source->peer, "hostB");
    assert_string_equal(destination->peer, "hostA");
    assert_string_not_equal(source->trace_id, destination->trace_id);
    assert_int_equal(source->isn_base, destination->isn_base);
    assert_int_equal(source->attempts, 3);
    assert_int_equal(source->spacing_ms, 100);
    assert_int_equal(source->deadline_ms, 10000);
    assert_string_equal(world.trace.subject.destination_host, "hostB");
}

static void test_probes_only_when_both_are_armed(void **state)
{
    (void)state;
    world_ask(&world, "198.51.100.10");
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    assert_null(world_command(&world, ROLE_SOURCE, COMMAND_PROBE));
    world_phase(&world, ROLE_DESTINATION, PHASE_ARMED);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_PROBE));
}

static void test_settled_ends_the_probing(void **state)
{
    const struct command *collect;

    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_judgement.settled = true;
    world_judgement.outcome = OUTCOME_CONNECTED;
    world_judgement.verdict.cause = CAUSE_CONNECTED;
    world_tick(&world, 1);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_STOP));
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_COLLECT));
    collect = world_command(&world, ROLE_DESTINATION, COMMAND_COLLECT);
    assert_non_null(collect);
    assert_false(collect->self_test); /* it connected: nothing to test */
    world_disarm(&world);
    assert_int_equal(report_exit_status(&world.trace.judgement), 0);
}

/* What the application sees is known only when its attempt has ended. */
static void test_refusal_is_waited_for_at_the_source(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_judgement.settled = true;
    world_packet(&world, ROLE_DESTINATION, 1, PACKET_RST, DIRECTION_OUT);
    assert_int_equal(world.trace.phase, CASE_PROBING);
    world_tick(&world, 1);
    assert_int_equal(world.trace.phase, CASE_PROBING);
    world_attempt_end(&world, 1, OUTCOME_REFUSED);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

static void test_refusal_that_is_lost_is_not_waited_for_long(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_judgement.settled = true;
    world_packet(&world, ROLE_DESTINATION, 1, PACKET_RST, DIRECTION_OUT);
    assert_true(case_wake_ns(&world.trace) <=
                world.now_ns + CASE_REFUSAL_MS * (int64_t)NS_PER_MS);
    world_tick(&world, CASE_REFUSAL_MS);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

static void test_exact_count_stops_for_nothing(void **state)
{
    struct message_trace_request request = world_request("198.51.100.10");

    (void)state;
    request.count = 5;
    world_start(&world, &request);
    assert_int_equal(world_order(&world, ROLE_SOURCE)->attempts, 5);
    assert_true(world_order(&world, ROLE_SOURCE)->exact_count);
    world_phase(&world, ROLE_DESTINATION, PHASE_ARMED);
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    world_judgement.settled = true;
    for (unsigned n = 1; n <= 5; n++) {
        char said[40];

        world_attempt(&world, n);
        snprintf(said, sizeof(said), "probing: attempt %u of 5", n);
        assert_string_equal(world_find(&world, CASE_SAY)->text, said);
        assert_int_equal(world.trace.phase, CASE_PROBING);
    }
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

static void test_times_are_on_our_clock(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    assert_int_equal(world_count(&world, ROLE_SOURCE, EVIDENCE_CLOCK), 1);
    assert_int_equal(world_count(&world, ROLE_DESTINATION, EVIDENCE_CLOCK), 1);
    for (size_t i = 0; i < world.trace.evidence.count; i++)
        assert_int_equal(world.trace.evidence.items[i].at_ns, world.now_ns);
}

static void test_resolves_on_the_source(void **state)
{
    const struct command *arm;

    (void)state;
    world_ask(&world, "www.example");
    assert_string_equal(world_order(&world, ROLE_SOURCE)->name, "www.example");
    assert_false(
        address_is_set(&world_order(&world, ROLE_SOURCE)->destination));
    assert_null(world_order(&world, ROLE_DESTINATION));
    world_resolved(&world, "198.51.100.10");
    assert_int_equal(world.trace.phase, CASE_RESOLVING);
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
    arm = world_command(&world, ROLE_SOURCE, COMMAND_ARM);
    assert_non_null(arm);
    assert_true(address_equal(&arm->peer_address,
                              &world.hosts[1].inventory.addresses[1]));
    assert_non_null(world_order(&world, ROLE_DESTINATION));
    assert_string_equal(world.trace.destination.name, "hostB");
}

static void test_dns_name_that_does_not_resolve_is_a_verdict(void **state)
{
    (void)state;
    world_ask(&world, "www.example");
    world_resolved(&world, NULL);
    world_judgement.verdict.cause = CAUSE_NAME_NOT_RESOLVED;
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_ABORT));
    world_phase(&world, ROLE_SOURCE, PHASE_DISARMED);
    assert_non_null(world_find(&world, CASE_FINISH));
    assert_false(world_asked.named_is_agent);
}

static void test_agents_name_falls_back_to_its_address(void **state)
{
    (void)state;
    world_ask(&world, "hostB");
    assert_string_equal(world_find(&world, CASE_ASK_INVENTORY)->text, "hostB");
    world_resolved(&world, NULL);
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
    /* Not the address that carries the control channel. */
    assert_true(address_equal(&world.trace.subject.destination,
                              &world.hosts[1].inventory.addresses[1]));
    assert_true(world.trace.subject.named_is_agent);
    assert_non_null(strstr(world.trace.subject.note, "does not resolve"));
    assert_non_null(world_order(&world, ROLE_DESTINATION));
}

static void test_named_agent_stays_even_if_another_owns_the_address(void **s)
{
    (void)s;
    world_ask(&world, "hostB");
    world_resolved(&world, "203.0.113.80"); /* a balancer */
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
    assert_string_equal(world.trace.destination.name, "hostB");
}

static void test_one_ended_says_so(void **state)
{
    (void)state;
    world_ask(&world, "203.0.113.80");
    assert_null(world_order(&world, ROLE_DESTINATION));
    assert_true(
        world_has_limit(&world, "no connected agent, or more than one, owns"));
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_PROBE));
}

static void test_away_destination_is_one_ended(void **state)
{
    (void)state;
    world_ask(&world, "hostC");
    assert_true(world_has_limit(&world, "hostC: its agent is not connected"));
    world_resolved(&world, "198.51.100.30");
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
    assert_null(world_order(&world, ROLE_DESTINATION));
}

static void test_to_names_who_should_receive(void **state)
{
    struct message_trace_request request = world_request("203.0.113.80");

    (void)state;
    strcpy(request.to, "hostB");
    world_start(&world, &request);
    assert_string_equal(world.trace.subject.destination_host, "hostB");
    assert_true(world.trace.subject.expected_elsewhere);
    assert_non_null(world_order(&world, ROLE_DESTINATION));
}

static void expect_refusal(const struct message_trace_request *request,
                           uint32_t status, const char *words)
{
    const struct case_action *refusal;

    case_fini(&world.trace);
    world_start(&world, request);
    refusal = world_find(&world, CASE_REFUSE);
    assert_non_null(refusal);
    assert_int_equal(refusal->status, status);
    assert_non_null(strstr(refusal->text, words));
    assert_null(world_find(&world, CASE_SEND_ORDER));
    assert_int_equal(case_wake_ns(&world.trace), INT64_MAX);
}

static void test_refuses_what_cannot_be_traced(void **state)
{
    struct message_trace_request request = world_request("198.51.100.10");

    (void)state;
    strcpy(request.source, "nobody");
    expect_refusal(&request, 3, "these are known: hostA, hostB, hostC");
    strcpy(request.source, "hostC");
    expect_refusal(&request, 3, "last seen 2026-01-02T03:04:05Z");
    request = world_request("198.51.100.10");
    request.protocol = 17;
    expect_refusal(&request, 2, "only tcp");
    request = world_request("198.51.100.10");
    request.family = 6;
    expect_refusal(&request, 2, "not an address of IPv6");
    request = world_request("a b");
    expect_refusal(&request, 2, "neither an agent's name");
    request = world_request("198.51.100.10");
    strcpy(request.to, "nobody");
    expect_refusal(&request, 3, "no agent named 'nobody'");
    request = world_request("198.51.100.10");
    request.count = 101;
    expect_refusal(&request, 2, "101 attempts");
}

static void test_source_that_refuses_is_told(void **state)
{
    struct evidence refused;

    (void)state;
    world_ask(&world, "198.51.100.10");
    evidence_init(&refused, EVIDENCE_REFUSED, world.now_ns);
    evidence_set_text(&refused, KEY_TEXT, "target not allowed");
    world_evidence(&world, ROLE_SOURCE, &refused);
    assert_int_equal(world_find(&world, CASE_REFUSE)->status, 3);
    assert_non_null(
        strstr(world_find(&world, CASE_REFUSE)->text, "target not allowed"));
    assert_non_null(world_command(&world, ROLE_DESTINATION, COMMAND_ABORT));
}

static void test_source_worker_that_cannot_start_is_told(void **state)
{
    (void)state;
    world_ask(&world, "198.51.100.10");
    world_ended(&world, ROLE_SOURCE, -12, "no memory for a worker");
    assert_non_null(strstr(world_find(&world, CASE_REFUSE)->text,
                           "no memory for a worker"));
}

static void test_destination_that_refuses_leaves_one_end(void **state)
{
    (void)state;
    world_ask(&world, "198.51.100.10");
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    world_ended(&world, ROLE_DESTINATION, -1, "busy");
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_PROBE));
    assert_true(world_has_limit(&world, "hostB did not take part: busy"));
}

static void test_late_destination_is_not_waited_for(void **state)
{
    (void)state;
    world_ask(&world, "198.51.100.10");
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    world_tick(&world, CASE_ARM_MS - 1);
    assert_int_equal(world.trace.phase, CASE_ARMING);
    world_tick(&world, 1);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_PROBE));
    assert_true(world_has_limit(&world, "hostB was not armed"));
}

static unsigned count_held(const char *name)
{
    const struct evidence_list *list = &world.trace.evidence;
    unsigned count = 0;

    for (size_t i = 0; i < list->count; i++)
        count +=
            list->items[i].kind == EVIDENCE_HELD_BY &&
            list->items[i].role == ROLE_CONTROLLER &&
            strcmp(evidence_text(&list->items[i], KEY_NAME, ""), name) == 0;
    return count;
}

static void say_hop(const char *address, int ttl)
{
    struct address hop;
    struct evidence item;

    assert_int_equal(address_parse(address, &hop), 0);
    evidence_init(&item, EVIDENCE_HOP, 1);
    evidence_set_word(&item, KEY_DIRECTION, DIRECTION_OUT);
    evidence_set_number(&item, KEY_TTL, ttl);
    evidence_set_address(&item, KEY_OFFENDER, &hop);
    evidence_set_number(&item, KEY_RTT_US, 1);
    world_evidence(&world, ROLE_SOURCE, &item);
}

static void say_hops(int count)
{
    for (int i = 0; i < count; i++) {
        char address[32];

        snprintf(address, sizeof(address), "203.0.113.%d", i + 1);
        say_hop(address, i);
    }
}

/* Of what the evidence names, each once; not that an end holds its own. */
static void test_agents_are_named_by_their_addresses(void **state)
{
    unsigned before;

    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    assert_int_equal(count_held("hostB"), 0);
    assert_int_equal(count_held("hostC"), 0);
    before = world.lookup_count;
    say_hop("198.51.100.30", 1);
    say_hop("198.51.100.30", 2);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(world.lookup_count, before + 1);
    assert_int_equal(count_held("hostA"), 0);
    assert_int_equal(count_held("hostB"), 0);
    assert_int_equal(count_held("hostC"), 1);
    say_hops(2 * CASE_MAX_LOOKED_UP);
    world_tick(&world, CASE_WAIT_MS);
    assert_int_equal(world.lookup_count, CASE_MAX_LOOKED_UP);
}

static void test_former_holder_is_named(void **state)
{
    (void)state;
    assert_int_equal(address_parse("198.51.100.10", &world.moved), 0);
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(count_held("hostB"), 0);
    assert_int_equal(count_held("hostD"), 1);
}

/* No neighbour entry lives so long. */
static void test_former_holder_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(address_parse("198.51.100.10", &world.moved), 0);
    world.moved_ago_s = 5 * 3600;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(count_held("hostD"), 0);
}

/* One that is away, where nobody who is there has the address. */
static void test_holder_that_is_away_is_named(void **state)
{
    (void)state;
    assert_int_equal(address_parse("198.51.100.77", &world.away), 0);
    world_start_probing(&world);
    world_attempt(&world, 1);
    say_hop("198.51.100.30", 1);
    say_hop("198.51.100.77", 2);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(count_held("hostC"), 1);
    assert_int_equal(count_held("hostE"), 1);
    say_hops(2 * CASE_MAX_AWAY);
    world_tick(&world, CASE_WAIT_MS);
    assert_int_equal(world.away_count, CASE_MAX_AWAY);
}

static void say_link(const char *link)
{
    struct evidence item;

    evidence_init(&item, EVIDENCE_NEIGHBOUR, 1);
    evidence_set_word(&item, KEY_PHASE, PHASE_AFTER);
    evidence_set_address(&item, KEY_ADDRESS, &world.hosts[0].control);
    evidence_set_text(&item, KEY_INTERFACE, "eth0");
    evidence_set_text(&item, KEY_NEIGHBOUR_STATE, "REACHABLE");
    evidence_set_text(&item, KEY_LINK_ADDRESS, link);
    world_evidence(&world, ROLE_SOURCE, &item);
}

/* Each is asked for once, and no more of them than there is room for. */
static void test_holder_of_a_link_address_is_named(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    say_link("02:00:00:00:00:0f");
    say_link("02:00:00:00:00:0f");
    say_link("02:00:00:00:00:0e");
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    assert_int_equal(count_held("hostF"), 1);
    assert_int_equal(world.link_count, 2);
    for (int i = 0; i < 2 * CASE_MAX_LINKS; i++) {
        char link[32];

        snprintf(link, sizeof(link), "02:00:00:00:01:%02x", i);
        say_link(link);
    }
    world_tick(&world, CASE_WAIT_MS);
    assert_int_equal(world.link_count, CASE_MAX_LINKS);
}

/* Nobody holds it now: who gave it up lately is the destination. */
static void test_former_holder_is_the_destination(void **state)
{
    static const struct
    {
        const char *called, *name;
        bool former;
    } cases[] = {{"198.51.100.99", "hostD", true},
                 {"198.51.100.98", "", false},
                 {"198.51.100.10", "hostB", false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        world_fini(&world);
        world_init(&world);
        assert_int_equal(address_parse("198.51.100.99", &world.moved), 0);
        world_ask(&world, cases[i].called);
        assert_string_equal(world.trace.destination.name, cases[i].name);
        assert_int_equal(world.trace.subject.destination_former,
                         cases[i].former);
    }
}

static void test_lost_destination_is_evidence(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_lost(&world, ROLE_DESTINATION);
    assert_int_equal(world.trace.phase, CASE_PROBING);
    assert_int_equal(world_count(&world, ROLE_DESTINATION, EVIDENCE_AGENT_LOST),
                     1);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_tick(&world, CASE_WAIT_MS);
    world_tick(&world, CASE_LINGER_MS);
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
    assert_null(world_command(&world, ROLE_DESTINATION, COMMAND_COLLECT));
    world_phase(&world, ROLE_SOURCE, PHASE_DISARMED);
    assert_non_null(world_find(&world, CASE_FINISH));
    assert_true(world_asked.destination_lost);
}

static void test_lost_source_ends_with_a_report(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_attempt(&world, 1);
    world_lost(&world, ROLE_SOURCE);
    world_tick(&world, CASE_WAIT_MS);
    assert_non_null(world_command(&world, ROLE_DESTINATION, COMMAND_COLLECT));
    world_phase(&world, ROLE_DESTINATION, PHASE_DISARMED);
    assert_non_null(world_find(&world, CASE_FINISH));
    assert_true(world_asked.source_lost);
    assert_int_equal(report_exit_status(&world.trace.judgement), 4);
}

/* Ticks are asked for in the future, or time would stand still. */
static void run_out(void)
{
    for (int steps = 0; world.trace.phase != CASE_DONE; steps++) {
        int64_t wake_ns = case_wake_ns(&world.trace);

        assert_true(steps < 20);
        assert_true(wake_ns > world.now_ns);
        world.now_ns = wake_ns;
        world_tick(&world, 0);
    }
}

static void test_timeout_bounds_everything(void **state)
{
    int64_t begun;

    (void)state;
    for (int armed = 0; armed < 5; armed++) {
        case_fini(&world.trace);
        begun = world.now_ns;
        world_ask(&world, "198.51.100.10");
        if (armed == 4) /* a sign of life, and no more */
            world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
        if (armed == 1 || armed == 3)
            world_phase(&world, ROLE_DESTINATION, PHASE_ARMED);
        if (armed == 2 || armed == 3)
            world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
        run_out();
        /* Of a source that says nothing at all no more is to be expected. */
        assert_non_null(
            world_find(&world, armed >= 2 ? CASE_FINISH : CASE_REFUSE));
        assert_true(world.now_ns - begun <=
                    (armed >= 2 ? 10 * (int64_t)NS_PER_S
                                : CASE_SILENT_MS * (int64_t)NS_PER_MS));
    }
}

/* It armed, or made an attempt, and then nothing more came of it. */
static void test_a_source_that_falls_silent_is_not_waited_for(void **state)
{
    (void)state;
    for (int step = 0; step < 3; step++) {
        int64_t begun;

        case_fini(&world.trace);
        world_ask(&world, "198.51.100.10");
        world_phase(&world, ROLE_DESTINATION, PHASE_ARMED);
        world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
        if (step > 0)
            world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
        if (step > 1)
            world_attempt(&world, 1);
        world_phase(&world, ROLE_DESTINATION, PHASE_DISARMED);
        begun = world.now_ns;
        run_out();
        assert_non_null(world_find(&world, CASE_FINISH));
        assert_true(world.now_ns - begun <= 4 * (int64_t)NS_PER_S);
    }
}

/* A word within that time is a sign of life, however far the last is. */
static void test_a_slow_source_is_waited_for(void **state)
{
    (void)state;
    world_start_probing(&world);
    for (unsigned n = 1; n <= 3; n++) {
        world_tick(&world, CASE_MUTE_MS - 100);
        assert_null(world_command(&world, ROLE_SOURCE, COMMAND_COLLECT));
        world_attempt(&world, n);
    }
    assert_null(world_command(&world, ROLE_SOURCE, COMMAND_COLLECT));
    world_tick(&world, CASE_MUTE_MS + 1);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_COLLECT));
}

static void test_hosts_that_do_not_finish_are_named(void **state)
{
    (void)state;
    world_start_probing(&world);
    world_judgement.settled = true;
    world_attempt(&world, 1);
    world_phase(&world, ROLE_SOURCE, PHASE_DISARMED);
    world_tick(&world, CASE_COLLECT_MS);
    assert_non_null(world_find(&world, CASE_FINISH));
    assert_true(world_has_limit(&world, "hostB did not finish"));
    assert_false(world_has_limit(&world, "hostA did not finish"));
    assert_non_null(world_command(&world, ROLE_DESTINATION, COMMAND_ABORT));
}

/* Evidence that comes while the engine is at work is for the next round. */
static void test_news_during_a_judgement_are_judged_next(void **state)
{
    struct evidence item;

    (void)state;
    world_start_probing(&world);
    world.is_judge_slow = true;
    world_attempt(&world, 1);
    assert_non_null(world_find(&world, CASE_JUDGE));
    evidence_init(&item, EVIDENCE_COUNTER, world.now_ns);
    world_evidence(&world, ROLE_SOURCE, &item);
    world_tick(&world, 1);
    assert_null(world_find(&world, CASE_JUDGE));
    assert_true(case_wake_ns(&world.trace) > world.now_ns);
    world_answer(&world); /* which makes the next tick due at once */
    assert_non_null(world_find(&world, CASE_JUDGE));
    world_answer(&world);
    assert_null(world_find(&world, CASE_JUDGE));
    assert_true(case_wake_ns(&world.trace) > world.now_ns);
    assert_int_equal(world.trace.phase, CASE_PROBING);
}

/* An answer to less than is asked now decides nothing. */
static void test_late_answer_is_not_the_last(void **state)
{
    struct case_event gone = {.kind = CASE_OPERATOR_GONE};

    (void)state;
    world_start_probing(&world);
    world.is_judge_slow = true;
    world_attempt(&world, 1);
    world_lost(&world, ROLE_SOURCE); /* the engine is still at work */
    world_tick(&world, 10000);
    assert_int_equal(world.trace.phase, CASE_CLOSING);
    assert_true(case_wake_ns(&world.trace) == INT64_MAX);
    world_judgement.verdict.cause = CAUSE_CONNECTED;
    world_answer(&world);
    assert_int_equal(world.trace.phase, CASE_CLOSING);
    assert_non_null(world_find(&world, CASE_JUDGE));
    assert_true(world_asked.collected);
    case_step(&world.trace, &gone, world.actions, &world.action_count);
    assert_int_equal(world.trace.phase, CASE_CLOSING); /* nearly there */
    world_judgement.verdict.cause = CAUSE_FIREWALL_DROP;
    world_answer(&world);
    assert_non_null(world_find(&world, CASE_FINISH));
    assert_int_equal(world.trace.judgement.verdict.cause, CAUSE_FIREWALL_DROP);
}

/* Time does not wait for the engine: a trace that it holds up still collects
 * in time, and no timer is due meanwhile that could do nothing. */
static void test_slow_judge_is_not_waited_for_when_time_is_up(void **state)
{
    (void)state;
    world_start_probing(&world);
    world.is_judge_slow = true;
    world_attempts(&world);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    while (world.trace.phase == CASE_PROBING) {
        int64_t wake_ns = case_wake_ns(&world.trace);

        assert_true(wake_ns > world.now_ns);
        world.now_ns = wake_ns;
        world_tick(&world, 0);
    }
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
    assert_true(world.now_ns < world.trace.end_ns);
    assert_non_null(world_command(&world, ROLE_DESTINATION, COMMAND_COLLECT));
    world_phase(&world, ROLE_SOURCE, PHASE_DISARMED);
    world_phase(&world, ROLE_DESTINATION, PHASE_DISARMED);
    assert_int_equal(world.trace.phase, CASE_CLOSING);
}

static void test_operator_that_leaves_aborts(void **state)
{
    struct case_event event = {.kind = CASE_OPERATOR_GONE};

    (void)state;
    world_start_probing(&world);
    case_step(&world.trace, &event, world.actions, &world.action_count);
    assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_ABORT));
    assert_non_null(world_command(&world, ROLE_DESTINATION, COMMAND_ABORT));
    assert_null(world_find(&world, CASE_FINISH));
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED); /* too late */
    assert_int_equal(world.action_count, 0);
}

/* Judging after each batch of a flood would cost its square. */
static void test_batches_are_judged_together(void **state)
{
    struct evidence item;
    struct case_event event = {
        .kind = CASE_EVIDENCE, .role = ROLE_SOURCE, .items = &item, .count = 1};
    unsigned before;

    (void)state;
    world_start_probing(&world);
    before = world_judged;
    event.now_ns = world.now_ns;
    evidence_init(&item, EVIDENCE_COUNTER, world.now_ns);
    for (int i = 0; i < 10; i++) {
        case_step(&world.trace, &event, world.actions, &world.action_count);
        assert_int_equal(world.action_count, 0);
        assert_true(case_wake_ns(&world.trace) == INT64_MIN);
    }
    assert_int_equal(world_judged, before);
    world_tick(&world, 0);
    assert_int_equal(world_judged, before + 1);
    assert_true(case_wake_ns(&world.trace) > world.now_ns);
}

static void test_flood_of_evidence_is_cut(void **state)
{
    struct evidence item;

    (void)state;
    world_start_probing(&world);
    evidence_init(&item, EVIDENCE_COUNTER, world.now_ns);
    for (int i = 0; i < CASE_MAX_EVIDENCE_OF + 100; i++)
        world_evidence(&world, ROLE_SOURCE, &item);
    assert_true(world.trace.evidence.count < CASE_MAX_EVIDENCE_OF + 20);
    assert_true(world_has_limit(&world, "hostA sent more evidence"));
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED); /* is still heeded */
    assert_int_equal(world.trace.phase, CASE_COLLECTING);
}

/* What the codec left out is said once, however many batches it was in. */
static void test_incomplete_evidence_is_counted(void **state)
{
    struct case_event event = {
        .kind = CASE_EVIDENCE, .role = ROLE_SOURCE, .incomplete = 2};

    (void)state;
    world_start_probing(&world);
    event.now_ns = world.now_ns;
    for (int i = 0; i < 3; i++)
        case_step(&world.trace, &event, world.actions, &world.action_count);
    world_tick(&world, 0);
    run_out();
    assert_non_null(world_find(&world, CASE_FINISH));
    assert_true(world_has_limit(&world, "hostA sent 6 pieces of evidence"));
    assert_false(world_has_limit(&world, "hostB sent"));
}

static void test_absurd_times_do_no_harm(void **state)
{
    struct evidence item;

    (void)state;
    world_start_probing(&world);
    evidence_init(&item, EVIDENCE_ATTEMPT_START, INT64_MAX);
    evidence_set_number(&item, KEY_ATTEMPT, 1);
    world_evidence(&world, ROLE_SOURCE, &item);
    evidence_init(&item, EVIDENCE_ATTEMPT_START, INT64_MIN);
    evidence_set_number(&item, KEY_ATTEMPT, 2);
    world_evidence(&world, ROLE_SOURCE, &item);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    for (size_t i = 0; i < world.trace.evidence.count; i++)
        assert_int_equal(world.trace.evidence.items[i].at_ns, world.now_ns);
    run_out();
    assert_non_null(world_find(&world, CASE_FINISH));
}

#define CASE_TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, world_up, world_down, &world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE_TEST(test_orders_both_ends_at_once),
        CASE_TEST(test_probes_only_when_both_are_armed),
        CASE_TEST(test_settled_ends_the_probing),
        CASE_TEST(test_refusal_is_waited_for_at_the_source),
        CASE_TEST(test_refusal_that_is_lost_is_not_waited_for_long),
        CASE_TEST(test_exact_count_stops_for_nothing),
        CASE_TEST(test_times_are_on_our_clock),
        CASE_TEST(test_resolves_on_the_source),
        CASE_TEST(test_dns_name_that_does_not_resolve_is_a_verdict),
        CASE_TEST(test_agents_name_falls_back_to_its_address),
        CASE_TEST(test_named_agent_stays_even_if_another_owns_the_address),
        CASE_TEST(test_one_ended_says_so),
        CASE_TEST(test_away_destination_is_one_ended),
        CASE_TEST(test_to_names_who_should_receive),
        CASE_TEST(test_refuses_what_cannot_be_traced),
        CASE_TEST(test_source_that_refuses_is_told),
        CASE_TEST(test_source_worker_that_cannot_start_is_told),
        CASE_TEST(test_destination_that_refuses_leaves_one_end),
        CASE_TEST(test_late_destination_is_not_waited_for),
        CASE_TEST(test_agents_are_named_by_their_addresses),
        CASE_TEST(test_former_holder_is_named),
        CASE_TEST(test_former_holder_is_forgotten),
        CASE_TEST(test_holder_that_is_away_is_named),
        CASE_TEST(test_holder_of_a_link_address_is_named),
        CASE_TEST(test_former_holder_is_the_destination),
        CASE_TEST(test_lost_destination_is_evidence),
        CASE_TEST(test_lost_source_ends_with_a_report),
        CASE_TEST(test_timeout_bounds_everything),
        CASE_TEST(test_a_source_that_falls_silent_is_not_waited_for),
        CASE_TEST(test_a_slow_source_is_waited_for),
        CASE_TEST(test_hosts_that_do_not_finish_are_named),
        CASE_TEST(test_news_during_a_judgement_are_judged_next),
        CASE_TEST(test_late_answer_is_not_the_last),
        CASE_TEST(test_slow_judge_is_not_waited_for_when_time_is_up),
        CASE_TEST(test_operator_that_leaves_aborts),
        CASE_TEST(test_batches_are_judged_together),
        CASE_TEST(test_flood_of_evidence_is_cut),
        CASE_TEST(test_incomplete_evidence_is_counted),
        CASE_TEST(test_absurd_times_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
