/* Who is there, who was, and what is told of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "controller/server/directory.h"
#include "controller/server/registry.h"
#include "controller/store/store.h"
#include "tests/unit/test.h"

#define NOW_S 1800000000

static char dir[64];
static struct registry registry;
static struct directory directory = {.registry = &registry};
static char session; /* only its address counts */

static struct address parse(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void enrol(const char *name)
{
    struct store_agent agent = {.enrolled_s = NOW_S - 100,
                                .not_after_s = NOW_S + 100};
    struct err err = {0};

    snprintf(agent.name, sizeof(agent.name), "%s", name);
    assert_int_equal(store_put_agent(directory.store, &agent, &err), 0);
}

static uint32_t lacks_of_next; /* who connects may not do this */

static void connect_as(const char *name, const char *address)
{
    struct address control = parse("203.0.113.9");
    struct message_inventory inventory = {
        .count = 1, .kernel = "6.1.0", .lacks = lacks_of_next};
    struct session *replaced;

    inventory.addresses[0] = parse(address);
    assert_int_equal(registry_add(&registry, name, &control,
                                  (struct session *)&session, 0, &replaced),
                     0);
    registry_take_inventory(registry_find(&registry, name), &inventory, 1);
}

/* hostA is there; hostB was, and is known by what it said; hostC never came. */
static int setup(void **state)
{
    struct store_agent seen;
    struct err err = {0};
    char path[96];

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/probe-directory-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/db", dir);
    assert_int_equal(store_open(&directory.store, path, true, &err), 0);
    enrol("hostC");
    enrol("hostB");
    enrol("hostA");
    connect_as("hostB", "198.51.100.10");
    registry_describe(registry_find(&registry, "hostB"), NOW_S - 60, &seen);
    assert_int_equal(store_touch_agent(directory.store, &seen, &err), 0);
    registry_remove(&registry, "hostB", (struct session *)&session);
    connect_as("hostA", "192.0.2.10");
    return 0;
}

static int teardown(void **state)
{
    char command[96];

    (void)state;
    registry_fini(&registry);
    store_free(directory.store);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static void test_hosts_are_found_whether_there_or_not(void **state)
{
    struct address b = parse("198.51.100.10");
    struct case_host host;

    (void)state;
    assert_true(directory_find_host(&directory, "hostA", &host));
    assert_true(host.is_connected);
    assert_int_equal(host.inventory.count, 1);
    assert_true(directory_find_host(&directory, "hostB", &host));
    assert_false(host.is_connected);
    assert_string_equal(host.last_seen, "2027-01-15T07:59:00Z");
    assert_int_equal(host.inventory.count, 1);
    assert_true(address_equal(&host.inventory.addresses[0], &b));
    assert_true(directory_find_host(&directory, "hostC", &host));
    assert_string_equal(host.last_seen, "never");
    assert_int_equal(host.inventory.count, 0);
    assert_false(address_is_set(&host.control));
    assert_false(directory_find_host(&directory, "host", &host));
}

/* hostA is there, and answers for itself. */
static void test_address_of_who_is_away_is_known(void **state)
{
    static const struct
    {
        const char *address, *name;
    } cases[] = {{"198.51.100.10", "hostB"},
                 {"198.51.100.1", NULL},
                 {"198.51.100.100", NULL},
                 {"192.0.2.10", NULL}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address address = parse(cases[i].address);
        struct case_holder holder;

        assert_int_equal(directory_find_away(&directory, &address, &holder),
                         cases[i].name != NULL);
        if (cases[i].name == NULL)
            continue;
        assert_string_equal(holder.name, cases[i].name);
        assert_string_equal(holder.seen, "2027-01-15T07:59:00Z");
    }
}

/* An agent that is there, and one that is away. */
static void test_capitals_make_no_other_name(void **state)
{
    struct case_host host;

    (void)state;
    assert_true(directory_find_host(&directory, "HOSTa", &host));
    assert_string_equal(host.name, "hostA");
    assert_true(host.is_connected);
    assert_true(directory_find_host(&directory, "hostb", &host));
    assert_string_equal(host.name, "hostB");
    assert_int_equal(host.inventory.count, 1);
    enrol("HOSTB"); /* from before such names were refused */
    assert_true(directory_find_host(&directory, "hostB", &host));
    assert_string_equal(host.name, "hostB");
    assert_false(directory_find_host(&directory, "hostb", &host));
}

static void test_known_names_come_nearest_first(void **state)
{
    char text[64];

    (void)state;
    assert_true(directory_list_hosts(&directory, "hoxtC", text, sizeof(text)));
    assert_string_equal(text, "hostC, hostA, hostB");
    assert_true(directory_list_hosts(&directory, "hsotb", text, sizeof(text)));
    assert_string_equal(text, "hostB, hostA, hostC");
    assert_false(
        directory_list_hosts(&directory, "web.example", text, sizeof(text)));
}

/* Only who is there can look at packets; two owners are none. */
static void test_owner_is_who_is_there_alone(void **state)
{
    struct address a = parse("192.0.2.10"), b = parse("198.51.100.10");
    char name[HOST_NAME_SIZE] = "";

    (void)state;
    assert_true(directory_find_owner(&directory, &a, "hostC", name));
    assert_string_equal(name, "hostA");
    assert_false(directory_find_owner(&directory, &b, "hostC", name));
    connect_as("hostD", "192.0.2.10");
    assert_false(directory_find_owner(&directory, &a, "hostC", name));
    assert_string_equal(name, "hostA"); /* untouched */
    assert_true(directory_find_owner(&directory, &a, "hostA", name));
    assert_string_equal(name, "hostD");
}

static void test_list_is_cut_at_a_name(void **state)
{
    static const struct
    {
        size_t size;
        const char *text;
    } cases[] = {
        {64, "hostA, hostB, hostC"},
        {25, "hostA, hostB, hostC"},
        {24, "hostA, hostB, ..."},
        {18, "hostA, hostB, ..."}, /* fits to the octet */
        {17, "hostA, ..."},
    };
    char text[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        memset(text, 'x', sizeof(text));
        directory_list_hosts(&directory, "www", text, cases[i].size);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_offset_is_of_who_is_there(void **state)
{
    struct agent *agent = registry_find(&registry, "hostA");
    struct offset_estimate estimate;

    (void)state;
    assert_false(directory_offset(&directory, "hostA", 1000).known);
    assert_true(offset_add(&agent->offset, 100, 1100, 1110, 130));
    estimate = directory_offset(&directory, "hostA", 1000);
    assert_true(estimate.known);
    assert_in_range(estimate.offset_ns, 980, 1000);
    assert_false(directory_offset(&directory, "hostB", 1000).known);
}

static void test_json_has_what_is_known(void **state)
{
    struct err err = {0};
    char *json = NULL;

    (void)state;
    assert_int_equal(directory_write_json(&directory, NOW_S, &json, &err), 0);
    assert_string_equal(
        json, "{\"agents\":["
              "{\"name\":\"hostA\",\"connected\":true,\"kernel\":\"6.1.0\","
              "\"addresses\":[\"192.0.2.10\"],\"address\":\"203.0.113.9\","
              "\"may_not\":[],\"last_seen\":\"2027-01-15T08:00:00Z\","
              "\"certificate_expires\":\"2027-01-15T08:01:40Z\"},"
              "{\"name\":\"hostB\",\"connected\":false,\"kernel\":\"6.1.0\","
              "\"addresses\":[\"198.51.100.10\"],\"address\":\"203.0.113.9\","
              "\"last_seen\":\"2027-01-15T07:59:00Z\","
              "\"certificate_expires\":\"2027-01-15T08:01:40Z\"},"
              "{\"name\":\"hostC\",\"connected\":false,\"addresses\":[],"
              "\"certificate_expires\":\"2027-01-15T08:01:40Z\"}]}");
    free(json);
}

/* A later agent may lack what this controller has no word for. */
static void test_json_tells_what_an_agent_may_not(void **state)
{
    static const struct
    {
        uint32_t lacks;
        const char *json;
    } cases[] = {
        {0, "\"may_not\":[]"},
        {1u << LACK_CAPTURE, "\"may_not\":[\"capture\"]"},
        {UINT32_MAX, "\"may_not\":[\"capture\",\"trace-rules\"]"},
        {1u << LACK_COUNT, "\"may_not\":[]"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *json = NULL;

        registry_remove(&registry, "hostA",
                        registry_find(&registry, "hostA")->session);
        lacks_of_next = cases[i].lacks;
        connect_as("hostA", "192.0.2.10");
        assert_int_equal(directory_write_json(&directory, NOW_S, &json, NULL),
                         0);
        assert_non_null(strstr(json, cases[i].json));
        free(json);
    }
    lacks_of_next = 0;
}

#define DIRECTORY_TEST(name) \
    cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DIRECTORY_TEST(test_hosts_are_found_whether_there_or_not),
        DIRECTORY_TEST(test_address_of_who_is_away_is_known),
        DIRECTORY_TEST(test_capitals_make_no_other_name),
        DIRECTORY_TEST(test_known_names_come_nearest_first),
        DIRECTORY_TEST(test_owner_is_who_is_there_alone),
        DIRECTORY_TEST(test_list_is_cut_at_a_name),
        DIRECTORY_TEST(test_offset_is_of_who_is_there),
        DIRECTORY_TEST(test_json_has_what_is_known),
        DIRECTORY_TEST(test_json_tells_what_an_agent_may_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
