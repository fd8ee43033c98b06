/* What the store keeps, and what it does when it cannot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/err.h"
#include "controller/store/store.h"
#include "tests/unit/test.h"

static char dir[64], path[96];
static struct store *store;

static void reopen(void)
{
    struct err err = {0};

    store_free(store);
    store = NULL;
    assert_int_equal(store_open(&store, path, false, &err), 0);
}

static int setup(void **state)
{
    struct err err = {0};

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/probe-store-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/db", dir);
    return store_open(&store, path, true, &err);
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    store_free(store);
    store = NULL;
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static void add_token(const char *hash, uint32_t uses, int64_t expires_s)
{
    struct store_token token = {.created_s = 1, .uses_left = uses};
    struct err err = {0};

    snprintf(token.hash, sizeof(token.hash), "%s", hash);
    token.expires_s = expires_s;
    assert_int_equal(store_add_token(store, &token, &err), 0);
}

static void test_tokens_survive_and_are_spent(void **state)
{
    struct store_token found;
    struct err err = {0};

    (void)state;
    add_token("aa", 2, 100);
    reopen();
    assert_int_equal(store_find_token(store, "bb", &found, &err), -ENOENT);
    assert_int_equal(store_find_token(store, "aa", &found, &err), 0);
    assert_int_equal(found.uses_left, 2);
    assert_int_equal(found.expires_s, 100);
    assert_int_equal(store_spend_token(store, "aa", &err), 0);
    assert_int_equal(store_spend_token(store, "aa", &err), 0);
    assert_int_equal(store_spend_token(store, "aa", &err), -ENOENT);
    assert_int_equal(store_prune_tokens(store, 101, &err), 0);
    assert_int_equal(store_find_token(store, "aa", &found, &err), -ENOENT);
}

static void test_rollback_gives_the_use_back(void **state)
{
    struct store_token found;
    struct err err = {0};

    (void)state;
    add_token("aa", 1, 100);
    assert_int_equal(store_begin(store, &err), 0);
    assert_int_equal(store_spend_token(store, "aa", &err), 0);
    store_rollback(store);
    assert_int_equal(store_find_token(store, "aa", &found, &err), 0);
    assert_int_equal(found.uses_left, 1);
}

/* Two controllers on one folder: the second waits, then gives up. */
static void test_locked_database_is_an_error(void **state)
{
    struct store *other = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(store_open(&other, path, false, &err), 0);
    assert_int_equal(store_begin(other, &err), 0);
    assert_int_equal(store_begin(store, &err), -EBUSY);
    assert_non_null(strstr(err.text, "locked"));
    store_rollback(other);
    assert_int_equal(store_begin(store, &err), 0);
    store_rollback(store);
    store_free(other);
}

static void count_agents(void *owner, const struct store_agent *agent)
{
    assert_string_equal(agent->name, "hostA");
    (*(int *)owner)++;
}

static void test_agents_keep_what_was_seen_of_them(void **state)
{
    struct store_agent agent = {.name = "hostA",
                                .fingerprint = "00ff",
                                .enrolled_s = 5,
                                .not_after_s = 9,
                                .last_seen_s = 7,
                                .version = "1",
                                .addresses = "192.0.2.1,2001:db8::1"};
    struct store_agent found;
    struct err err = {0};
    int count = 0;

    (void)state;
    assert_int_equal(store_touch_agent(store, &agent, &err), 0);
    assert_int_equal(store_find_agent(store, "hostA", &found, &err), -ENOENT);
    assert_int_equal(store_put_agent(store, &agent, &err), 0);
    assert_int_equal(store_touch_agent(store, &agent, &err), 0);
    snprintf(agent.fingerprint, sizeof(agent.fingerprint), "11ee");
    assert_int_equal(store_put_agent(store, &agent, &err), 0);
    reopen();
    assert_int_equal(store_find_agent(store, "hostA", &found, &err), 0);
    assert_string_equal(found.fingerprint, "11ee");
    assert_string_equal(found.addresses, "192.0.2.1,2001:db8::1");
    assert_int_equal(found.last_seen_s, 7);
    assert_int_equal(store_each_agent(store, count_agents, &count, &err), 0);
    assert_int_equal(count, 1);
}

static void test_traces_are_stored_once(void **state)
{
    const struct store_trace trace = {.id = "01",
                                      .source = "a",
                                      .destination = "b",
                                      .operator_name = "admin",
                                      .cause = "connected",
                                      .outcome = "connected",
                                      .confidence = "proven",
                                      .report = "{\"x\":1}"};
    struct err err = {0};
    char *report = NULL;

    (void)state;
    assert_int_equal(store_add_trace(store, &trace, &err), 0);
    assert_int_equal(store_add_trace(store, &trace, &err), -EEXIST);
    assert_int_equal(store_read_report(store, "01", &report, &err), 0);
    assert_string_equal(report, "{\"x\":1}");
    free(report);
    assert_int_equal(store_read_report(store, "02", &report, &err), -ENOENT);
}

static void add_trace(const char *id, int64_t at_ms)
{
    const struct store_trace trace = {.id = id,
                                      .started_ms = at_ms,
                                      .finished_ms = at_ms,
                                      .source = "a",
                                      .destination = "b",
                                      .operator_name = "admin",
                                      .cause = "connected",
                                      .outcome = "connected",
                                      .confidence = "proven",
                                      .report = "{}"};

    assert_int_equal(store_add_trace(store, &trace, NULL), 0);
}

static bool has_trace(const char *id)
{
    char *report = NULL;
    bool found = store_read_report(store, id, &report, NULL) == 0;

    free(report);
    return found;
}

static void test_old_traces_are_forgotten(void **state)
{
    const struct store_retention retention = {.count = 3, .days = 2};
    const int64_t day_ms = 24 * 3600 * INT64_C(1000);

    (void)state;
    store_set_retention(store, &retention);
    add_trace("01", 1000);
    add_trace("02", 1000);
    add_trace("03", 2000);
    assert_true(has_trace("01"));
    add_trace("04", 3000);
    assert_false(has_trace("01")); /* the fourth, of two as old the first */
    assert_true(has_trace("02") && has_trace("03") && has_trace("04"));
    add_trace("05", 2 * day_ms + 2001);
    assert_false(has_trace("02") || has_trace("03"));
    assert_true(has_trace("04") && has_trace("05"));
}

static void test_full_disk_is_an_error_and_harms_nothing(void **state)
{
    struct store_trace trace = {.id = "01",
                                .source = "a",
                                .destination = "b",
                                .operator_name = "admin",
                                .cause = "connected",
                                .outcome = "connected",
                                .confidence = "proven"};
    char *large = malloc(4u << 20);
    struct err err = {0};
    char *report = NULL;

    (void)state;
    assert_non_null(large);
    memset(large, ' ', (4u << 20) - 1);
    large[(4u << 20) - 1] = '\0';
    trace.report = large;
    store_limit_pages(store, 64);
    assert_int_equal(store_add_trace(store, &trace, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "full"));
    trace.report = "{}";
    assert_int_equal(store_add_trace(store, &trace, &err), 0);
    reopen();
    assert_int_equal(store_read_report(store, "01", &report, &err), 0);
    free(report);
    free(large);
}

static void test_what_is_no_database_is_refused(void **state)
{
    struct store *other = NULL;
    struct err err = {0};
    char garbage[96];
    FILE *file;

    (void)state;
    snprintf(garbage, sizeof(garbage), "%s/garbage", dir);
    assert_int_equal(store_open(&other, garbage, false, &err), -ENOENT);
    file = fopen(garbage, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    assert_int_equal(store_open(&other, garbage, false, &err), -EBADMSG);
    assert_non_null(strstr(err.text, garbage));
    assert_int_equal(store_open(&other, dir, true, &err), -ENOENT);
    assert_null(other);
}

static void test_later_version_is_refused(void **state)
{
    char command[192];
    struct store *other = NULL;
    struct err err = {0};

    (void)state;
    snprintf(command, sizeof(command),
             "sqlite3 '%s' 'PRAGMA user_version = 99'", path);
    if (system("command -v sqlite3 >/dev/null") != 0)
        skip();
    assert_int_equal(system(command), 0);
    assert_int_equal(store_open(&other, path, false, &err), -EINVAL);
    assert_non_null(strstr(err.text, "version 99"));
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_tokens_survive_and_are_spent),
        STORE_TEST(test_rollback_gives_the_use_back),
        STORE_TEST(test_locked_database_is_an_error),
        STORE_TEST(test_agents_keep_what_was_seen_of_them),
        STORE_TEST(test_traces_are_stored_once),
        STORE_TEST(test_old_traces_are_forgotten),
        STORE_TEST(test_full_disk_is_an_error_and_harms_nothing),
        STORE_TEST(test_what_is_no_database_is_refused),
        STORE_TEST(test_later_version_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
