/* Clock offsets, addresses and names of connected agents. */
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "controller/case/pick_address.h"
#include "controller/server/registry.h"
#include "controller/store/store.h"
#include "controller/store/ulid.h"
#include "tests/unit/test.h"

#define S       ((int64_t)NS_PER_S)
#define CONTROL "203.0.113.1"

/* The agent's clock is ahead by `ahead`; the way there takes `out`, back. */
static bool exchange(struct offset_track *track, int64_t t1, int64_t ahead,
                     int64_t out, int64_t back)
{
    int64_t t2 = t1 + out + ahead;

    return offset_add(track, t1, t2, t2 + 1000, t1 + out + 1000 + back);
}

static void test_offset_is_within_its_interval(void **state)
{
    struct offset_track track = {0};
    struct offset_estimate best;

    (void)state;
    assert_false(offset_best(&track, S).known);
    assert_true(exchange(&track, S, 7 * S, 9000, 1000));
    best = offset_best(&track, S);
    assert_true(best.known);
    assert_int_equal(best.rtt_ns, 10000);
    assert_in_range(7 * S, best.offset_ns - best.uncertainty_ns,
                    best.offset_ns + best.uncertainty_ns);
    assert_int_equal(offset_to_ours(&best, best.offset_ns + 5, 1), 5);
    assert_int_equal(offset_to_ours(&best, -1, 77), 77);
    assert_int_equal(offset_to_ours(&best, INT64_MAX, 77), 77);
}

static void test_shortest_round_trip_counts(void **state)
{
    struct offset_track track = {0};

    (void)state;
    assert_true(exchange(&track, S, -3 * S + 3600 * S, 5000000, 100));
    assert_true(exchange(&track, S, -3 * S + 3600 * S, 2000, 2000));
    assert_true(exchange(&track, S, -3 * S + 3600 * S, 100, 5000000));
    assert_int_equal(offset_best(&track, S).offset_ns, 3597 * S);
    for (int i = 0; i < OFFSET_SAMPLES; i++) /* pushes the good one out */
        assert_true(exchange(&track, S, S, 30000, 30000));
    assert_int_equal(offset_best(&track, S).offset_ns, S);
}

static void test_old_samples_lose_worth(void **state)
{
    struct offset_track track = {0};

    (void)state;
    assert_true(exchange(&track, S, 5 * S, 1000, 1000));
    assert_true(exchange(&track, 200 * S, 6 * S, 50000, 50000));
    /* 200 s at 50 ppm are 10 ms: the new one is the better. */
    assert_int_equal(offset_best(&track, 200 * S).offset_ns, 6 * S);
}

static void test_impossible_stamps_are_refused(void **state)
{
    struct offset_track track = {0};

    (void)state;
    assert_false(offset_add(&track, 10, 5, 4, 20));  /* answered before asked */
    assert_false(offset_add(&track, 10, 0, 50, 20)); /* longer than it took */
    assert_false(offset_add(&track, 10, INT64_MAX, INT64_MAX, 20));
    assert_false(offset_add(&track, 10, INT64_MIN, 5, 20));
    assert_int_equal(track.count, 0);
}

static struct address parse(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

/* An agent connects by CONTROL, whichever session that is. */
static struct agent *connect_as(struct registry *registry, const char *name)
{
    struct address control = parse(CONTROL);
    struct session *replaced;

    assert_int_equal(registry_add(registry, name, &control,
                                  (struct session *)registry, 0, &replaced),
                     0);
    return registry_find(registry, name);
}

static void test_second_connection_replaces_the_first(void **state)
{
    struct registry registry = {0};
    struct address control = parse("203.0.113.1");
    struct session *first = (struct session *)&registry;
    struct session *second = (struct session *)&control;
    struct session *replaced;

    (void)state;
    assert_int_equal(
        registry_add(&registry, "hostA", &control, first, 0, &replaced), 0);
    assert_null(replaced);
    assert_int_equal(
        registry_add(&registry, "hostA", &control, second, 0, &replaced), 0);
    assert_ptr_equal(replaced, first);
    registry_remove(&registry, "hostA", first); /* its late end */
    assert_ptr_equal(registry_find(&registry, "hostA")->session, second);
    registry_remove(&registry, "hostA", second);
    assert_null(registry_find(&registry, "hostA"));
}

static void test_two_hosts_of_one_name_are_told(void **state)
{
    const struct address here = parse("203.0.113.1");
    const struct address there = parse("203.0.113.2");
    struct registry registry = {0};
    struct session *session = (struct session *)&registry;
    struct session *replaced;
    int64_t now_ns = REGISTRY_TURN_NS;
    const struct agent *agent;

    (void)state;
    for (unsigned turn = 0; turn <= REGISTRY_TURNS; turn++) {
        now_ns += REGISTRY_TURN_NS / 2;
        registry_add(&registry, "hostA", turn % 2 == 0 ? &here : &there,
                     session, now_ns, &replaced);
        agent = registry_find(&registry, "hostA");
        assert_int_equal(registry_is_shared(agent, now_ns),
                         turn == REGISTRY_TURNS);
    }
    assert_true(address_equal(&agent->rival, &there));
    assert_false(registry_is_shared(agent, now_ns + REGISTRY_TURN_NS));
    /* It comes back by one address or another, now and then. */
    for (unsigned turn = 0; turn <= REGISTRY_TURNS; turn++) {
        now_ns += 2 * (int64_t)REGISTRY_TURN_NS;
        registry_add(&registry, "hostA", turn % 2 == 0 ? &there : &here,
                     session, now_ns, &replaced);
        assert_false(registry_is_shared(agent, now_ns));
    }
    registry_remove(&registry, "hostA", session);
}

static void share(struct agent *agent, int64_t now_ns)
{
    agent->turns = REGISTRY_TURNS;
    agent->turn_ns = now_ns;
    assert_true(registry_is_shared(agent, now_ns));
}

static void test_the_nearest_is_another_one(void **state)
{
    static const char *const addresses[][2] = {{"a", "192.0.2.10"},
                                               {"b", "198.51.100.10"},
                                               {"d", "192.0.66.1"},
                                               {"e", "192.0.2.200"},
                                               {"c", "192.0.2.201"}};
    static const char *const ends[] = {"a", "b"};
    struct registry registry = {0};
    struct address near = parse("192.0.2.10"), other = parse("2001:db8::1");

    (void)state;
    assert_null(registry_find_near(&registry, &near, ends, S));
    for (size_t i = 0; i < 5; i++) {
        struct agent *agent;

        agent = connect_as(&registry, addresses[i][0]);
        agent->inventory.addresses[agent->inventory.count++] =
            parse(addresses[i][1]);
        agent = registry_find_near(&registry, &near, ends, S);
        if (i < 2)
            assert_null(agent);
        else
            assert_string_equal(agent->name, i == 2 ? "d" : i == 3 ? "e" : "c");
    }
    assert_null(registry_find_near(&registry, &other, ends, S));
    /* Two hosts hold its identity, as long as they take it from each other. */
    share(registry_find(&registry, "c"), S);
    assert_string_equal(registry_find_near(&registry, &near, ends, S)->name,
                        "e");
    assert_string_equal(
        registry_find_near(&registry, &near, ends, S + REGISTRY_TURN_NS)->name,
        "c");
    registry_fini(&registry);
}

static void test_shared_address_has_no_owner(void **state)
{
    struct registry registry = {0};
    struct address shared = parse("192.0.2.9");
    struct agent *a, *b;

    (void)state;
    a = connect_as(&registry, "a");
    b = connect_as(&registry, "b");
    assert_null(registry_find_owner(&registry, &shared, "c"));
    a->inventory.addresses[a->inventory.count++] = shared;
    assert_ptr_equal(registry_find_owner(&registry, &shared, "c"), a);
    assert_ptr_equal(registry_find_owner(&registry, &shared, "a"), a);
    b->inventory.addresses[b->inventory.count++] = shared;
    assert_null(registry_find_owner(&registry, &shared, "c"));
    /* Who calls an address that it holds as well means the other. */
    assert_ptr_equal(registry_find_owner(&registry, &shared, "a"), b);
    assert_ptr_equal(registry_find_owner(&registry, &shared, "b"), a);
    registry_fini(&registry);
}

/* Those that hold it and those that held it, each once, and no more than there
 * is room for. */
static void test_finds_holders(void **state)
{
    struct registry registry = {0};
    struct address control = parse(CONTROL), shared = parse("192.0.2.9");
    struct message_inventory with = {.count = 1, .addresses = {shared}};
    struct message_inventory without = {0};
    struct case_holder found[2];
    struct agent *a, *b;

    (void)state;
    a = connect_as(&registry, "a");
    b = connect_as(&registry, "b");
    assert_int_equal(registry_find_holders(&registry, &shared, found, 2), 0);
    registry_take_inventory(a, &with, 10);
    registry_take_inventory(a, &without, 20);
    assert_int_equal(registry_find_holders(&registry, &shared, found, 2), 1);
    assert_string_equal(found[0].name, "a");
    assert_int_equal(found[0].lost_ns, 20);
    registry_take_inventory(a, &with, 30);
    assert_int_equal(registry_find_holders(&registry, &shared, found, 2), 1);
    assert_int_equal(found[0].lost_ns, 0);
    registry_take_inventory(a, &without, 40);
    registry_take_inventory(b, &with, 50);
    assert_int_equal(registry_find_holders(&registry, &shared, found, 2), 2);
    assert_int_equal(found[0].lost_ns, 40);
    assert_int_equal(found[1].lost_ns, 0);
    assert_int_equal(registry_find_holders(&registry, &shared, found, 1), 1);
    assert_int_equal(registry_find_holders(&registry, &control, found, 2), 0);
    registry_fini(&registry);
}

static void test_knows_the_networks_of_its_agents(void **state)
{
    static const struct
    {
        const char *address;
        bool known;
    } cases[] = {{"192.0.2.9", true},      {"192.0.2.200", true},
                 {"192.0.3.9", false},     {"2001:db8:a::99", true},
                 {"2001:db8:b::9", false}, {"203.0.113.1", false}};
    struct registry registry = {0};
    struct message_inventory with = {
        .count = 2, .addresses = {parse("192.0.2.9"), parse("2001:db8:a::9")}};

    (void)state;
    registry_take_inventory(connect_as(&registry, "a"), &with, 10);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address asked = parse(cases[i].address);

        assert_int_equal(registry_knows_network(&registry, &asked),
                         cases[i].known);
    }
    registry_fini(&registry);
}

static void test_finds_who_has_a_link_address(void **state)
{
    static const struct
    {
        const char *link, *name;
    } cases[] = {{"02:00:00:00:00:01", "a"},
                 {"02:00:00:00:00:02", "a"},
                 {"02:00:00:00:00:03", NULL},
                 {"02:00:00:00:00:04", "b"},
                 {"02:00:00:00:00:0", NULL},
                 {"2:00:00:00:00:01", NULL},
                 {"", NULL}};
    struct registry registry = {0};
    struct message_inventory has[] = {
        {.links = "02:00:00:00:00:01,02:00:00:00:00:02,02:00:00:00:00:03"},
        {.links = "02:00:00:00:00:03,02:00:00:00:00:04"}};

    (void)state;
    registry_take_inventory(connect_as(&registry, "a"), &has[0], 1);
    registry_take_inventory(connect_as(&registry, "b"), &has[1], 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct agent *found =
            registry_find_link(&registry, cases[i].link);

        assert_int_equal(found != NULL, cases[i].name != NULL);
        if (found != NULL)
            assert_string_equal(found->name, cases[i].name);
    }
    registry_fini(&registry);
}

/* Of too many the oldest go. */
static void test_remembers_the_latest_losses(void **state)
{
    struct agent agent = {0};
    struct message_inventory inventory = {.count = 1};
    struct address latest;

    (void)state;
    for (unsigned i = 0; i <= REGISTRY_MAX_LOST + 1; i++) {
        inventory.addresses[0] = parse("192.0.2.1");
        inventory.addresses[0].bytes[3] = (uint8_t)(i + 1);
        registry_take_inventory(&agent, &inventory, 1 + i);
    }
    latest = parse("192.0.2.9");
    assert_true(address_equal(&agent.lost[0], &latest));
    latest = parse("192.0.2.2");
    assert_true(address_equal(&agent.lost[1], &latest));
}

static void test_remembers_lost_addresses(void **state)
{
    struct agent agent = {0};
    struct message_inventory inventory = {0};
    struct address kept = parse("192.0.2.1"), lost = parse("192.0.2.2");
    struct address none = {0};

    (void)state;
    inventory.count = 2;
    inventory.addresses[0] = kept;
    inventory.addresses[1] = lost;
    registry_take_inventory(&agent, &inventory, 1);
    assert_true(agent.has_inventory);
    assert_true(address_equal(&agent.lost[0], &none));
    inventory.count = 1;
    registry_take_inventory(&agent, &inventory, 1);
    assert_true(address_equal(&agent.lost[0], &lost));
    assert_true(address_equal(&agent.lost[1], &none));
    for (unsigned i = 1; i <= 3 * REGISTRY_MAX_LOST; i++) { /* it flaps */
        inventory.count = i % 2 + 1;
        registry_take_inventory(&agent, &inventory, 1 + i);
    }
    assert_true(address_equal(&agent.lost[0], &lost)); /* once */
    assert_int_equal(agent.lost_ns[0], 1 + 3 * REGISTRY_MAX_LOST);
    assert_true(address_equal(&agent.lost[1], &none));
    inventory.count = 2; /* and is believed at once */
    registry_take_inventory(&agent, &inventory, 99);
    assert_true(address_equal(&agent.lost[0], &none));
}

static void expect_primary(const struct message_inventory *inventory,
                           const char *control, const char *before,
                           uint8_t family, const char *expected)
{
    struct address old = {0}, carries = parse(control), picked;
    char text[ADDRESS_TEXT_SIZE] = "none";

    if (before != NULL)
        old = parse(before);
    picked = pick_primary(inventory, &carries, &old, family);
    if (address_is_set(&picked))
        address_print(&picked, text);
    assert_string_equal(text, expected);
}

/* A host with a leg for management, whose default route moves there: that is a
 * fault which is to be traced, not a reason to trace something else. */
static void test_primary_address_stays(void **state)
{
    struct message_inventory inventory = {0};
    const char *data = "192.0.2.7", *management = "203.0.113.1";

    (void)state;
    expect_primary(&inventory, management, NULL, 4, "none");
    inventory.addresses[inventory.count++] = parse(management);
    expect_primary(&inventory, management, NULL, 4, management);
    inventory.primary4 = parse(management); /* it has no other to propose */
    expect_primary(&inventory, management, NULL, 4, management);
    inventory.addresses[inventory.count++] = parse("fe80::1");
    inventory.addresses[inventory.count++] = parse("2001:db8::7");
    inventory.addresses[inventory.count++] = parse(data);
    inventory.primary4 = (struct address){0};
    expect_primary(&inventory, management, NULL, 4, data);
    expect_primary(&inventory, management, NULL, 6, "2001:db8::7");
    inventory.addresses[inventory.count++] = parse("198.51.100.7");
    inventory.primary4 = parse("198.51.100.7");
    expect_primary(&inventory, management, NULL, 4, "198.51.100.7");
    expect_primary(&inventory, management, data, 4, data); /* remembered */
    expect_primary(&inventory, management, "192.0.2.99", 4, "198.51.100.7");
    expect_primary(&inventory, management, management, 4, "198.51.100.7");
    inventory.primary4 = parse(management);
    expect_primary(&inventory, management, management, 4, management);
}

static void test_first_primary_outlives_its_route(void **state)
{
    struct agent agent = {.name = "hostA", .control = parse("203.0.113.1")};
    struct message_inventory inventory = {.count = 2};
    struct address first = parse("192.0.2.7"), picked;

    (void)state;
    inventory.addresses[0] = first;
    inventory.addresses[1] = parse("198.51.100.7");
    inventory.primary4 = first;
    registry_take_inventory(&agent, &inventory, 1);
    inventory.primary4 = inventory.addresses[1]; /* the route went elsewhere */
    registry_take_inventory(&agent, &inventory, 1);
    picked = pick_address(&agent.inventory, 0);
    assert_true(address_equal(&picked, &first));
    inventory.addresses[0] = parse("192.0.2.8"); /* the address is gone */
    registry_take_inventory(&agent, &inventory, 1);
    picked = pick_address(&agent.inventory, 4);
    assert_true(address_equal(&picked, &inventory.addresses[1]));
    picked = pick_address(&agent.inventory, 6);
    assert_false(address_is_set(&picked));
}

static void test_inventory_survives_the_store(void **state)
{
    struct agent agent = {.name = "hostA"};
    struct message_inventory back;
    struct store_agent stored;

    (void)state;
    for (int i = 0; i < MESSAGE_MAX_ADDRESSES; i++) {
        char text[64];

        snprintf(text, sizeof(text), "2001:db8:1:2:3:4:5:%x", i);
        agent.inventory.addresses[agent.inventory.count++] = parse(text);
    }
    agent.inventory.primary6 = parse("2001:db8::1");
    registry_describe(&agent, 5, &stored);
    registry_parse_stored(&stored, &back);
    assert_int_equal(back.count, MESSAGE_MAX_ADDRESSES);
    assert_memory_equal(back.addresses, agent.inventory.addresses,
                        sizeof(back.addresses));
    assert_true(address_equal(&back.primary6, &agent.inventory.primary6));
    assert_false(address_is_set(&back.primary4));
}

static void test_trace_ids_sort_by_time(void **state)
{
    uint8_t ones[ULID_RANDOM_SIZE];
    char first[TRACE_ID_SIZE], second[TRACE_ID_SIZE];

    (void)state;
    memset(ones, 0xff, sizeof(ones));
    ulid_print(1469918176385, ones, first); /* from the ULID specification */
    assert_string_equal(first, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
    memset(ones, 0, sizeof(ones));
    ulid_print(1469918176386, ones, second);
    assert_string_equal(second, "01ARYZ6S420000000000000000");
    assert_true(strcmp(first, second) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offset_is_within_its_interval),
        cmocka_unit_test(test_shortest_round_trip_counts),
        cmocka_unit_test(test_old_samples_lose_worth),
        cmocka_unit_test(test_impossible_stamps_are_refused),
        cmocka_unit_test(test_second_connection_replaces_the_first),
        cmocka_unit_test(test_two_hosts_of_one_name_are_told),
        cmocka_unit_test(test_the_nearest_is_another_one),
        cmocka_unit_test(test_shared_address_has_no_owner),
        cmocka_unit_test(test_finds_holders),
        cmocka_unit_test(test_knows_the_networks_of_its_agents),
        cmocka_unit_test(test_remembers_lost_addresses),
        cmocka_unit_test(test_remembers_the_latest_losses),
        cmocka_unit_test(test_finds_who_has_a_link_address),
        cmocka_unit_test(test_primary_address_stays),
        cmocka_unit_test(test_first_primary_outlives_its_route),
        cmocka_unit_test(test_inventory_survives_the_store),
        cmocka_unit_test(test_trace_ids_sort_by_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
