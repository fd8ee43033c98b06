#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "agent/keeper/policy.h"
#include "common/base/array.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/trace/order.h"
#include "tests/unit/test.h"

static char dir[] = "/tmp/probe-policy-test-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
    (void)state;
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/agent.conf", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static int read_text(const char *text, struct policy *policy, struct err *err)
{
    assert_int_equal(fs_write(path, text, strlen(text), 0644, NULL), 0);
    return policy_read(path, policy, err);
}

static bool permits(const struct policy *policy, const char *text)
{
    struct address address = {0};

    assert_int_equal(address_parse(text, &address), 0);
    return policy_permits(policy, &address);
}

static void test_missing_file_is_the_defaults(void **state)
{
    struct policy policy;

    (void)state;
    unlink(path);
    assert_int_equal(policy_read(path, &policy, NULL), 0);
    assert_true(policy.any && policy.rule_trace && policy.containers);
    assert_int_equal(policy.max_traces, 16);
    assert_true(policy.walk && policy.vantage);
    assert_int_equal(policy.differential, DIFFERENTIAL_AGENTS);
    assert_int_equal(policy.other_ports, 3);
    assert_int_equal(policy.payload, PAYLOAD_NONE);
    assert_true(permits(&policy, "192.0.2.1"));
}

static void test_every_setting_is_read(void **state)
{
    struct policy policy;

    (void)state;
    assert_int_equal(read_text("[probe]\n"
                               "allow = 192.0.2.0/24, 2001:db8::/32\n"
                               "allow = 203.0.113.7\n"
                               "max_traces = 2 ; few\n"
                               "syns_per_second = 5\n"
                               "syns_per_second_per_target = 3\n"
                               "walk = no\n"
                               "differential = any\n"
                               "other_ports = 0\n"
                               "vantage = no\n"
                               "payload = service\n"
                               "[observe]\n"
                               "rule_trace = no\n"
                               "containers = no\n",
                               &policy, NULL),
                     0);
    assert_false(policy.walk || policy.vantage);
    assert_int_equal(policy.differential, DIFFERENTIAL_ANY);
    assert_int_equal(policy.other_ports, 0);
    assert_int_equal(policy.payload, PAYLOAD_SERVICE);
    assert_false(policy.any || policy.rule_trace || policy.containers);
    assert_int_equal(policy.count, 3);
    assert_int_equal(policy.max_traces, 2);
    assert_int_equal(policy.syns_per_second, 5);
    assert_int_equal(policy.syns_per_second_per_target, 3);
    assert_true(permits(&policy, "192.0.2.255"));
    assert_true(permits(&policy, "2001:db8:ffff::1"));
    assert_true(permits(&policy, "203.0.113.7"));
    assert_false(permits(&policy, "203.0.113.8"));
    assert_false(permits(&policy, "192.0.3.0"));
    assert_false(permits(&policy, "2001:db9::1"));
}

static void test_mistakes_are_told_with_their_line(void **state)
{
    static const struct
    {
        const char *text, *told;
    } bad[] = {
        {"[probe]\nallow = everything\n",
         "line 2: [probe] allow: \"everything\""},
        {"[probe]\nallow = 192.0.2.0/33\n", "no prefix length from 0 to 32"},
        {"[probe]\nallow = 192.0.2.0/-1\n", "no prefix length"},
        {"[probe]\n\nmax_traces = 17\n", "line 3: [probe] max_traces"},
        {"[probe]\nmax_traces = 0\n", "no number from 1 to 16"},
        {"[probe]\nsyns_per_second = 1x\n", "no number"},
        {"[observe]\nrule_trace = maybe\n", "neither yes nor no"},
        {"[probe]\nusers = nobody-of-that-name\n", "there is no user"},
        {"[probe]\nother_ports = 4\n", "no number from 0 to 3"},
        {"[probe]\ndifferential = yes\n", "neither none, agents nor any"},
        {"[probe]\npayload = all\n", "neither none, own nor service"},
        {"[probe]\nvantage = auto\n", "neither yes nor no"},
        {"[probe]\nalow = any\n", "there is no such setting"},
        {"[observe]\nallow = any\n", "there is no such setting"},
        {"[probe\n", "neither [section] nor name = value"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct policy policy;
        struct err err = {0};

        assert_int_equal(read_text(bad[i].text, &policy, &err), -EINVAL);
        if (strstr(err.text, bad[i].told) == NULL)
            fail_msg("%s", err.text);
    }
}

static void test_others_must_not_write_it(void **state)
{
    struct policy policy;
    struct err err = {0};

    (void)state;
    read_text("", &policy, NULL);
    chmod(path, 0664);
    assert_int_equal(policy_read(path, &policy, &err), -EPERM);
    assert_non_null(strstr(err.text, "chmod go-w"));
    chmod(path, 0646);
    assert_int_equal(policy_read(path, &policy, &err), -EPERM);
    chmod(path, 0644);
    assert_int_equal(policy_read(path, &policy, &err), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 0), 0);
        assert_int_equal(policy_read(path, &policy, &err), -EPERM);
        assert_non_null(strstr(err.text, "chown root"));
    }
    assert_int_equal(policy_read(dir, &policy, &err), -EPERM); /* a folder */
}

static void test_orders_are_judged(void **state)
{
    struct order order = {.role = ROLE_SOURCE, .name = "db.example.net"};
    struct policy policy;
    struct err err = {0};

    (void)state;
    read_text("[probe]\nallow = 192.0.2.0/24\n", &policy, NULL);
    assert_int_equal(policy_check_order(&policy, &order, &err), 0);
    address_parse("198.51.100.1", &order.destination);
    assert_int_equal(policy_check_order(&policy, &order, &err), -EPERM);
    assert_non_null(strstr(err.text, "198.51.100.1"));
    order.role = ROLE_DESTINATION; /* sends no probes */
    assert_int_equal(policy_check_order(&policy, &order, &err), 0);

    order.role = ROLE_SOURCE;
    memset(&order.destination, 0, sizeof(order.destination));
    read_text("[probe]\nallow = none\n", &policy, NULL);
    assert_int_equal(policy_check_order(&policy, &order, &err), -EPERM);
}

static void test_users_are_judged(void **state)
{
    struct policy policy;
    struct err err = {0};

    (void)state;
    read_text("", &policy, NULL);
    assert_int_equal(policy_check_user(&policy, 4711, NULL), 0);
    read_text("[probe]\nusers = none\n", &policy, NULL);
    assert_int_equal(policy_check_user(&policy, 4711, &err), -EPERM);
    assert_non_null(strstr(err.text, "4711"));
    assert_int_equal(policy_check_user(&policy, 0, NULL), 0);
    read_text("[probe]\nusers = daemon, 4711\n", &policy, NULL);
    assert_int_equal(policy_check_user(&policy, 4711, NULL), 0);
    assert_int_equal(policy_check_user(&policy, 1, NULL), 0);
    assert_int_equal(policy_check_user(&policy, 4712, NULL), -EPERM);
}

/* By the keeper already, whatever the link lets through. */
static void test_manners_are_judged(void **state)
{
    struct order order = {.role = ROLE_SOURCE, .name = "db.example.net"};
    struct policy policy;
    struct err err = {0};

    (void)state;
    read_text("[probe]\nusers = daemon\n[observe]\ncontainers = no\n", &policy,
              NULL);
    assert_int_equal(policy_check_order(&policy, &order, &err), 0);
    strcpy(order.as_user, "daemon");
    assert_int_equal(policy_check_order(&policy, &order, &err), 0);
    strcpy(order.as_user, "4711");
    assert_int_equal(policy_check_order(&policy, &order, &err), -EPERM);
    strcpy(order.as_user, "no-such-user");
    assert_int_equal(policy_check_order(&policy, &order, &err), -EPERM);
    order.as_user[0] = '\0';
    strcpy(order.inside, "web");
    assert_int_equal(policy_check_order(&policy, &order, &err), -EPERM);
    assert_non_null(strstr(err.text, "containers"));
    order.role = ROLE_DESTINATION;
    assert_int_equal(policy_check_order(&policy, &order, &err), 0);
}

/* What a controller that is not to be trusted may ask for beside the attempts,
 * under which lines: everything that is not written here is refused. */
static void test_more_than_allowed_is_refused(void **state)
{
    static const struct
    {
        const char *lines, *peer;
        uint8_t vantage, payload;
        const char *told; /* NULL: it is allowed */
    } orders[] = {
        {"", "hostB", 1, 0, NULL},
        {"", "", 1, 0, "without an agent (differential)"},
        {"differential = any\n", "", 1, 0, NULL},
        {"differential = none\n", "hostB", 1, 0, "own (differential)"},
        {"differential = none\n", "", 0, 0, NULL},
        {"vantage = no\n", "hostB", 1, 0, "(vantage)"},
        {"vantage = no\n", "hostB", 0, 0, NULL},
        {"", "hostB", 0, PAYLOAD_OWN, "listener of an agent's own (payload)"},
        {"payload = own\n", "hostB", 0, PAYLOAD_OWN, NULL},
        {"payload = own\n", "hostB", 0, PAYLOAD_SERVICE, "to a service"},
        {"payload = service\n", "hostB", 0, PAYLOAD_SERVICE, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        struct order order = {.role = ROLE_SOURCE, .name = "b.example.net"};
        struct policy policy;
        struct err err = {0};
        char text[128];

        snprintf(text, sizeof(text), "[probe]\n%s", orders[i].lines);
        read_text(text, &policy, NULL);
        strcpy(order.peer, orders[i].peer);
        order.vantage = orders[i].vantage;
        order.payload = orders[i].payload;
        assert_int_equal(policy_check_order(&policy, &order, &err),
                         orders[i].told == NULL ? 0 : -EPERM);
        if (orders[i].told != NULL && strstr(err.text, orders[i].told) == NULL)
            fail_msg("%zu: %s", i, err.text);
    }
}

static void test_other_packets_need_an_agent_there(void **state)
{
    static const char *const lines[] = {"none", "agents", "any"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        for (int has_agent = 0; has_agent < 2; has_agent++) {
            struct order order = {.peer = ""};
            struct policy policy;
            char text[64];

            strcpy(order.peer, has_agent ? "hostB" : "");
            snprintf(text, sizeof(text), "[probe]\ndifferential = %s\n",
                     lines[i]);
            read_text(text, &policy, NULL);
            assert_int_equal(policy_check_differential(&policy, &order, NULL),
                             i > 1 || (i == 1 && has_agent) ? 0 : -EPERM);
        }
}

static void check_arguments(const char *text)
{
    struct policy_arguments arguments;
    struct policy policy, again;
    char copies[POLICY_MAX_ARGUMENTS][POLICY_PREFIX_SIZE];
    char *list[POLICY_MAX_ARGUMENTS] = {0};

    assert_int_equal(read_text(text, &policy, NULL), 0);
    policy_print_arguments(&policy, &arguments);
    for (size_t i = 0; arguments.list[i] != NULL; i++) {
        strcpy(copies[i], arguments.list[i]);
        list[i] = copies[i];
    }
    assert_int_equal(policy_parse_arguments(list, &again, NULL), 0);
    assert_int_equal(again.any, policy.any);
    assert_int_equal(again.rule_trace, policy.rule_trace);
    assert_int_equal(again.containers, policy.containers);
    assert_int_equal(again.walk, policy.walk);
    assert_int_equal(again.vantage, policy.vantage);
    assert_int_equal(again.differential, policy.differential);
    assert_int_equal(again.other_ports, policy.other_ports);
    assert_int_equal(again.payload, policy.payload);
    assert_int_equal(again.count, policy.count);
    assert_int_equal(again.any_user, policy.any_user);
    assert_int_equal(again.user_count, policy.user_count);
    assert_memory_equal(again.users, policy.users, sizeof(again.users));
    assert_memory_equal(again.allowed, policy.allowed, sizeof(again.allowed));
}

static void test_arguments_round_trip(void **state)
{
    char text[2048] = "[probe]\n";

    (void)state;
    check_arguments("");
    check_arguments("[probe]\nallow = none\nusers = none\n");
    check_arguments("[probe]\nwalk = no\nvantage = no\nother_ports = 1\n"
                    "differential = none\npayload = own\n");
    check_arguments("[observe]\nrule_trace = no\ncontainers = no\n");
    for (int i = 0; i < POLICY_MAX_USERS; i++) {
        char line[64];

        snprintf(line, sizeof(line), "users = %d\n", 1000 + i);
        strcat(text, line);
    }
    for (int i = 0; i < POLICY_MAX_PREFIXES; i++) {
        char line[64];

        snprintf(line, sizeof(line), "allow = 2001:db8:%x::/48\n", i);
        strcat(text, line);
    }
    check_arguments(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_file_is_the_defaults),
        cmocka_unit_test(test_every_setting_is_read),
        cmocka_unit_test(test_mistakes_are_told_with_their_line),
        cmocka_unit_test(test_others_must_not_write_it),
        cmocka_unit_test(test_orders_are_judged),
        cmocka_unit_test(test_users_are_judged),
        cmocka_unit_test(test_manners_are_judged),
        cmocka_unit_test(test_more_than_allowed_is_refused),
        cmocka_unit_test(test_other_packets_need_an_agent_there),
        cmocka_unit_test(test_arguments_round_trip),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
