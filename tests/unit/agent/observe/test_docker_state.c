/* What Docker's files say of one port: who is to publish it, who has it. */
#include <stdio.h>
#include <string.h>

#include "agent/observe/sockets/docker_state.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NEVER "\"StartedAt\":\"0001-01-01T00:00:00Z\""
#define EXITED \
    "\"Running\":false,\"ExitCode\":137,\"StartedAt\":\"2026-11-01T\""
#define RUNNING  "\"Running\":true,\"Pid\":77,\"StartedAt\":\"2026-11-01T\""
#define BOUND    "\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]"
#define LOOPBACK "\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}]"
#define RANGE    "\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8079-8081\"}]"
#define OTHER    "\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8081\"}]"
#define UDP      "\"80/udp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]"

/* clang-format off */
static const struct
{
    const char *state, *exposed, *ports; /* of the daemon's state */
    const char *bindings, *mode;         /* that were asked for */
    struct docker_container expected;
} cases[] = {
    {EXITED, "", "", BOUND, "default",
     {.state = "exited", .exit_status = 137, .publishes = true, .own_port = 80,
      .publishes_any = true}},
    /* What it had when it ran is no wish. */
    {EXITED, "", BOUND, "", "default", {.state = "exited", .exit_status = 137}},
    {NEVER, "", "", BOUND, "default",
     {.state = "created", .publishes = true, .own_port = 80,
      .publishes_any = true}},
    {RUNNING, "", BOUND, "", "default",
     {.state = "running", .pid = 77, .publishes = true, .own_port = 80,
      .publishes_any = true}},
    {RUNNING, "", "", LOOPBACK, "default",
     {.state = "running", .pid = 77, .publishes = true, .own_port = 80,
      .publishes_any = true, .on = {.family = 4, .bytes = {127, 0, 0, 1}}}},
    {RUNNING, "", "", RANGE, "default",
     {.state = "running", .pid = 77, .publishes = true, .own_port = 80,
      .publishes_any = true}},
    {RUNNING, "\"80/tcp\":{}", "\"80/tcp\":null", OTHER, "default",
     {.state = "running", .pid = 77, .publishes_any = true, .exposed = 80}},
    {RUNNING, "\"8080/tcp\":{},\"80/tcp\":{}", "", UDP, "host",
     {.state = "running", .pid = 77, .exposes = true, .exposed = 8080,
      .shares_host = true}},
    {RUNNING ",\"Paused\":true", "\"8080/udp\":{}", "", "", "default",
     {.state = "paused", .pid = 77}},
};
/* clang-format on */

static void parse(size_t i, const char *name, struct docker_container *out)
{
    char config[2048];
    char host[1024];

    snprintf(config, sizeof(config),
             "{\"ID\":\"" ID "\",\"Name\":\"%s\",\"State\":{%s},\"Config\":"
             "{\"ExposedPorts\":{%s}},\"NetworkSettings\":{\"Ports\":{%s}}}",
             name, cases[i].state, cases[i].exposed, cases[i].ports);
    snprintf(host, sizeof(host),
             "{\"PortBindings\":{%s},\"NetworkMode\":\"%s\"}",
             cases[i].bindings, cases[i].mode);
    assert_true(docker_state_parse(config, host, 8080, out));
}

static void a_container_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct docker_container *expected = &cases[i].expected;
        struct docker_container found;

        parse(i, "/web-1", &found);
        assert_string_equal(found.id, "0123456789ab");
        assert_string_equal(found.name, "web-1");
        assert_string_equal(found.state, expected->state);
        assert_int_equal(found.pid, expected->pid);
        assert_int_equal(found.exit_status, expected->exit_status);
        assert_int_equal(found.publishes, expected->publishes);
        assert_int_equal(found.own_port, expected->own_port);
        assert_int_equal(found.publishes_any, expected->publishes_any);
        assert_int_equal(found.exposes, expected->exposes);
        assert_int_equal(found.exposed, expected->exposed);
        assert_int_equal(found.shares_host, expected->shares_host);
        assert_true(address_is_set(&expected->on)
                        ? address_equal(&found.on, &expected->on)
                        : !address_is_set(&found.on));
    }
}

/* Its owner chose the name: what is no name is not repeated. */
static void a_name_that_is_none_is_left_out(void **state)
{
    static const char *const names[] = {"/a;reboot", "/-x", "/", "", "/a b"};
    struct docker_container found;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        parse(0, names[i], &found);
        assert_string_equal(found.name, "0123456789ab");
    }
}

static void what_is_no_state_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "[]",
                                        "{}",
                                        "{\"ID\":7}",
                                        "{\"ID\":\"../../etc\"}",
                                        "{\"ID\":\"" ID,
                                        "{\"ID\":\"" ID "\",\"ID\":\"" ID
                                        "\"}"};
    struct docker_container found;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_false(docker_state_parse(texts[i], NULL, 8080, &found));
    /* Without the other file's wishes, or with odd ones, it is a container. */
    assert_true(docker_state_parse("{\"ID\":\"" ID "\",\"Config\":7}",
                                   "{\"PortBindings\":[3]}", 8080, &found));
    assert_false(found.publishes);
}

static void the_data_is_where_the_daemon_is_told(void **state)
{
    char root[64];

    (void)state;
    docker_state_find_root(NULL, root, sizeof(root));
    assert_string_equal(root, "/var/lib/docker");
    docker_state_find_root("{\"data-root\": \"/srv/docker\"}", root,
                           sizeof(root));
    assert_string_equal(root, "/srv/docker");
    docker_state_find_root("{\"data-root\": \"srv\"}", root, sizeof(root));
    assert_string_equal(root, "/var/lib/docker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_is_read),
        cmocka_unit_test(a_name_that_is_none_is_left_out),
        cmocka_unit_test(what_is_no_state_is_refused),
        cmocka_unit_test(the_data_is_where_the_daemon_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
