/* Names: what the resolver gives, in whose place an agent's word comes, and one
 * case for each address. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "tests/unit/controller/world.h"
#include "tests/unit/test.h"

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_init(&world);
    world_judgement.attempt_count = 1;
    world_judgement.outcome = OUTCOME_REFUSED;
    world_judgement.settled = true;
    return 0;
}

static void start(const char *destination, uint8_t family)
{
    struct message_trace_request request = world_request(destination);

    request.family = family;
    world_start(&world, &request);
}

static void resolve_to(const char *const *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        world_resolved(&world, addresses[i]);
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
}

/* From armed to done, whatever the judge says. */
static void run_leg(void)
{
    if (world.trace.destination.name[0] != '\0')
        world_phase(&world, ROLE_DESTINATION, PHASE_ARMED);
    world_phase(&world, ROLE_SOURCE, PHASE_ARMED);
    world_attempt(&world, 1);
    world_phase(&world, ROLE_SOURCE, PHASE_PROBED);
    world_phase(&world, ROLE_SOURCE, PHASE_DISARMED);
    if (world.trace.destination.name[0] != '\0')
        world_phase(&world, ROLE_DESTINATION, PHASE_DISARMED);
    assert_non_null(world_find(&world, CASE_FINISH));
}

static void expect_destination(const char *address)
{
    char text[ADDRESS_TEXT_SIZE];

    assert_string_equal(address_print(&world.trace.subject.destination, text),
                        address);
}

static const char *const dual[] = {"2001:db8::10", "198.51.100.10",
                                   "2001:db8::10"};

static void test_goes_on_to_the_next_address(void **state)
{
    (void)state;
    start("www.example", 0);
    resolve_to(dual, 3); /* one of them twice, as a hosts file may have it */
    expect_destination("2001:db8::10");
    assert_string_equal(world.trace.destination.name, "");
    run_leg();
    assert_true(case_goes_on(&world.trace, world.now_ns));
    world_next(&world);
    expect_destination("198.51.100.10");
    assert_string_equal(world.trace.destination.name, "hostB");
    assert_string_equal(world.trace.subject.named_as, "www.example");
    assert_int_equal(world_order(&world, ROLE_SOURCE)->isn_base, 0xabcdf007);
    assert_string_equal(world_order(&world, ROLE_SOURCE)->trace_id,
                        "01ARZ3NDEKTSV4RRFFQ69G5FAX");
    assert_true(address_equal(&world_order(&world, ROLE_SOURCE)->destination,
                              &world.trace.subject.destination));
    assert_int_equal(world_count(&world, ROLE_SOURCE, EVIDENCE_RESOLVED), 3);
    run_leg();
    assert_false(case_goes_on(&world.trace, world.now_ns)); /* the last */
}

static void test_stops_where_an_application_stops(void **state)
{
    static const enum outcome ends[] = {OUTCOME_CONNECTED, OUTCOME_MIXED};
    static const enum outcome passes[] = {OUTCOME_REFUSED, OUTCOME_TIMED_OUT,
                                          OUTCOME_UNREACHABLE, OUTCOME_RESET,
                                          OUTCOME_ERROR};

    (void)state;
    start("www.example", 0);
    resolve_to(dual, 2);
    run_leg();
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        world.trace.judgement.outcome = ends[i];
        assert_false(case_goes_on(&world.trace, world.now_ns));
    }
    for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
        world.trace.judgement.outcome = passes[i];
        assert_true(case_goes_on(&world.trace, world.now_ns));
    }
    world.trace.judgement.attempt_count = 0; /* nobody knows */
    assert_false(case_goes_on(&world.trace, world.now_ns));
    world.trace.judgement.attempt_count = 1;
    world.trace.subject.source_lost = true;
    assert_false(case_goes_on(&world.trace, world.now_ns));
}

static void test_one_family_is_one_family(void **state)
{
    (void)state;
    start("www.example", 4);
    resolve_to(dual, 3);
    expect_destination("198.51.100.10");
    run_leg();
    assert_false(case_goes_on(&world.trace, world.now_ns));
}

/* The first may not use up the time of the second, nor both more than all. */
static void test_addresses_share_the_time(void **state)
{
    int64_t begun = world.now_ns;

    (void)state;
    start("www.example", 0);
    resolve_to(dual, 2);
    assert_int_equal(world.trace.end_ns,
                     begun + (10000 - CASE_LEG_MS) * (int64_t)NS_PER_MS);
    assert_true(world.trace.force_ns < world.trace.end_ns);
    run_leg();
    world.now_ns = world.trace.end_ns;
    world_next(&world);
    assert_int_equal(world.trace.end_ns, begun + 10 * (int64_t)NS_PER_S);
    run_leg();
    world.now_ns = world.trace.end_ns;
    world.trace.resolved_count = 3;
    assert_false(case_goes_on(&world.trace, world.now_ns));
    assert_true(world_has_limit(&world, "the time was up"));
}

static void test_many_addresses_are_told_of(void **state)
{
    char text[32];

    (void)state;
    start("www.example", 0);
    for (int i = 0; i < CASE_MAX_LEGS + 2; i++) {
        snprintf(text, sizeof(text), "203.0.113.%d", i + 1);
        world_resolved(&world, text);
    }
    world_phase(&world, ROLE_SOURCE, PHASE_RESOLVED);
    for (int i = 0; i < CASE_MAX_LEGS; i++) {
        snprintf(text, sizeof(text), "203.0.113.%d", i + 1);
        expect_destination(text);
        run_leg();
        if (i + 1 == CASE_MAX_LEGS)
            break;
        assert_true(case_goes_on(&world.trace, world.now_ns));
        world_next(&world);
    }
    assert_false(case_goes_on(&world.trace, world.now_ns));
    assert_true(world_has_limit(&world, "has 10 addresses: the first 8"));
}

static void test_told_address_is_said_first(void **state)
{
    (void)state;
    start("HOSTB", 0);
    assert_string_equal(world_find(&world, CASE_ASK_INVENTORY)->text, "hostB");
    resolve_to((const char *const[]){NULL}, 1);
    expect_destination("198.51.100.10");
    assert_string_equal(world.trace.subject.note,
                        "HOSTB does not resolve on hostA (Name or service not "
                        "known), so an application there that uses the name "
                        "fails. Traced was 198.51.100.10, which hostB's agent "
                        "told; it also has 203.0.113.99");
    run_leg();
    assert_false(case_goes_on(&world.trace, world.now_ns));
}

static void test_only_one_family_does_not_resolve(void **state)
{
    (void)state;
    assert_int_equal(
        address_parse("2001:db8::b", &world.hosts[1].inventory.primary6), 0);
    start("hostB", 6);
    resolve_to((const char *const[]){NULL}, 1);
    expect_destination("2001:db8::b");
    assert_non_null(strstr(world.trace.subject.note,
                           "hostB does not resolve to an IPv6 address on "
                           "hostA"));
}

static void test_only_address_is_that_of_management(void **state)
{
    (void)state;
    world.hosts[1].inventory.count = 1;
    world.hosts[1].inventory.primary4 = world.hosts[1].control;
    start("hostB", 0);
    resolve_to((const char *const[]){NULL}, 1);
    expect_destination("203.0.113.99");
    assert_non_null(strstr(world.trace.subject.note,
                           "of its connection to the controller, for it has no "
                           "other"));
    assert_null(strstr(world.trace.subject.note, "it also has"));
}

static void tell_host(void)
{
    struct evidence item;

    evidence_init(&item, EVIDENCE_HOST, world.now_ns);
    evidence_set_text(&item, KEY_KERNEL, "6.1.0");
    world_evidence(&world, ROLE_SOURCE, &item);
}

static void test_silent_resolver_holds_no_agents_name_up(void **state)
{
    (void)state;
    start("hostB", 0);
    tell_host();
    world_tick(&world, CASE_RESOLVE_AGENT_MS - 1);
    assert_int_equal(world.trace.phase, CASE_RESOLVING);
    world_tick(&world, 1);
    assert_int_equal(world.trace.phase, CASE_ARMING);
    expect_destination("198.51.100.10");
    assert_non_null(strstr(world.trace.subject.note,
                           "no answer from the resolver within 2000 ms"));
    world_resolved(&world, "192.0.2.77"); /* too late to matter */
    run_leg();
    assert_false(case_goes_on(&world.trace, world.now_ns));
}

static void test_typo_of_an_agents_name_is_told_soon(void **state)
{
    static const struct
    {
        const char *name;
        int64_t wait_ms;
    } cases[] = {{"hostX", CASE_RESOLVE_TYPO_MS},
                 {"www.example", 10000 - CASE_RESERVE_MS}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        case_fini(&world.trace);
        start(cases[i].name, 0);
        tell_host();
        world_tick(&world, cases[i].wait_ms - 1);
        assert_int_equal(world.trace.phase, CASE_RESOLVING);
        world_tick(&world, 1);
        assert_non_null(world_command(&world, ROLE_SOURCE, COMMAND_ABORT));
        assert_non_null(strstr(world.trace.subject.note,
                               "the resolver of hostA did not answer"));
        assert_non_null(strstr(world.trace.subject.note,
                               "these are known: hostA, hostB, hostC"));
        world_phase(&world, ROLE_SOURCE, PHASE_DISARMED);
        assert_non_null(world_find(&world, CASE_FINISH));
    }
}

static void test_unknown_name_names_the_agents(void **state)
{
    (void)state;
    start("hostX", 0);
    resolve_to((const char *const[]){NULL}, 1);
    assert_string_equal(world.trace.subject.note,
                        "no agent is named hostX either: did you mean "
                        "'hostA'? these are known: hostA, hostB, hostC");
}

/* It is not the resolver that is silent, but all of it. */
static void test_agent_that_hangs_is_not_its_resolver(void **state)
{
    static const char *const names[] = {"hostB", "hostX", "www.example",
                                        "198.51.100.10"};
    const struct case_action *refusal;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        case_fini(&world.trace);
        start(names[i], 0);
        world_tick(&world, CASE_SILENT_MS - 1);
        assert_int_equal(world.trace.phase,
                         i < 3 ? CASE_RESOLVING : CASE_ARMING);
        world_tick(&world, 1);
        refusal = world_find(&world, CASE_REFUSE);
        assert_non_null(refusal);
        assert_int_equal(refusal->status, 3);
        assert_non_null(strstr(refusal->text, "hostA's agent fell silent"));
    }
}

static void test_vantage_must_be_an_agent(void **state)
{
    struct message_trace_request request = world_request("198.51.100.10");

    (void)state;
    strcpy(request.vantage, "HOSTC");
    world_start(&world, &request);
    assert_null(world_find(&world, CASE_REFUSE));
    case_fini(&world.trace);
    strcpy(request.vantage, "hostZ");
    world_start(&world, &request);
    assert_non_null(strstr(world_find(&world, CASE_REFUSE)->text,
                           "no agent named 'hostZ'"));
    assert_null(world_find(&world, CASE_SEND_ORDER));
}

#define NAMES_TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, setup, world_down, &world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NAMES_TEST(test_goes_on_to_the_next_address),
        NAMES_TEST(test_stops_where_an_application_stops),
        NAMES_TEST(test_one_family_is_one_family),
        NAMES_TEST(test_addresses_share_the_time),
        NAMES_TEST(test_many_addresses_are_told_of),
        NAMES_TEST(test_told_address_is_said_first),
        NAMES_TEST(test_only_one_family_does_not_resolve),
        NAMES_TEST(test_only_address_is_that_of_management),
        NAMES_TEST(test_silent_resolver_holds_no_agents_name_up),
        NAMES_TEST(test_typo_of_an_agents_name_is_told_soon),
        NAMES_TEST(test_unknown_name_names_the_agents),
        NAMES_TEST(test_vantage_must_be_an_agent),
        NAMES_TEST(test_agent_that_hangs_is_not_its_resolver),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
