/* probe-agent run: a real keeper and link, a controller and workers that play
 * parts. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/link/relays.h"
#include "common/base/clean.h"
#include "common/base/fs.h"
#include "tests/unit/agent/link_fixture.h"
#include "tests/unit/test.h"

#define TRACE_ID "01JD0000000000000000000042"

static struct fixture fixture;

static void greet(struct fixture *controller, const struct message *message)
{
    const struct message hello = {.kind = MESSAGE_HELLO,
                                  .hello = {1, 1, "test"}};

    if (message->kind == MESSAGE_HELLO)
        fixture_send(controller, &hello);
}

static bool told_inventory(const struct fixture *seen)
{
    return seen->seen[MESSAGE_INVENTORY] > 0;
}

static bool trace_ended(const struct fixture *seen)
{
    return seen->seen[MESSAGE_TRACE_ENDED] > 0;
}

static bool got_evidence(const struct fixture *seen)
{
    return seen->evidence_seen > 0;
}

static bool got_pong(const struct fixture *seen)
{
    return seen->seen[MESSAGE_PONG] > 0;
}

static bool reconnected(const struct fixture *seen)
{
    return seen->connected > 1 && seen->seen[MESSAGE_INVENTORY] > 1;
}

static void start_with_policy(const char *policy)
{
    char path[128];
    const char *const arguments[] = {
        "run", "--state-dir", fixture.state_dir, "--policy", path, NULL};

    snprintf(path, sizeof(path), "%s/policy", fixture.dir);
    if (policy != NULL)
        assert_int_equal(fs_write(path, policy, strlen(policy), 0644, NULL), 0);
    fixture.on_message = greet;
    fixture_enrol(&fixture, "hostA");
    fixture_spawn(&fixture, arguments);
    assert_true(fixture_wait(&fixture, told_inventory, 10000));
}

static int set_up(void **state)
{
    (void)state;
    fixture_start(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_stop(&fixture);
    return 0;
}

static void send_order(const char *part, const char *destination)
{
    struct message message = {.kind = MESSAGE_ORDER};
    struct order *order = &message.order;

    strcpy(order->trace_id, TRACE_ID);
    strcpy(order->name, part);
    order->role = ROLE_SOURCE;
    order->attempts = 3;
    order->port = 8080;
    order->isn_base = 0x1000001;
    order->spacing_ms = 100;
    order->deadline_ms = 1000;
    if (destination != NULL)
        address_parse(destination, &order->destination);
    fixture_send(&fixture, &message);
}

static void send_command(enum command_kind kind)
{
    struct message message = {.kind = MESSAGE_COMMAND};

    strcpy(message.command.trace_id, TRACE_ID);
    message.command.command.kind = (uint8_t)kind;
    fixture_send(&fixture, &message);
}

static void test_agent_greets_and_answers(void **state)
{
    const struct message ping = {.kind = MESSAGE_PING, .ping = {42}};

    (void)state;
    start_with_policy(NULL);
    assert_true(fixture.inventory.kernel[0] != '\0');
    assert_string_equal(fixture.inventory.software, PROBE_VERSION);
    for (size_t i = 0; i < fixture.inventory.count; i++)
        assert_false(address_is_loopback(&fixture.inventory.addresses[i]));
    fixture_send(&fixture, &ping);
    assert_true(fixture_wait(&fixture, got_pong, 5000));
    assert_int_equal(fixture.pong.t1, 42);
    assert_true(fixture.pong.t2 > 0 && fixture.pong.t3 >= fixture.pong.t2);
}

static void test_trace_is_relayed_both_ways(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("obey", NULL);
    send_command(COMMAND_ARM); /* may well come before the worker */
    assert_true(fixture_wait(&fixture, got_evidence, 5000));
    assert_string_equal(evidence_text(&fixture.evidence, KEY_TEXT, ""), "arm");
    assert_int_equal(fixture.evidence.id, 0);
    send_command(COMMAND_COLLECT);
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.evidence_seen, 2);
    assert_string_equal(fixture.ended.trace_id, TRACE_ID);
    assert_int_equal(fixture.ended.status, 0);
    assert_string_equal(fixture.ended.text, "");
}

static void test_crash_costs_one_trace(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("crash", NULL);
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.ended.status, -EFAULT);
    assert_non_null(strstr(fixture.ended.text, "crashed"));
    assert_int_equal(fixture.evidence_seen, 1); /* said before, not lost */

    fixture.seen[MESSAGE_TRACE_ENDED] = 0;
    send_order("fail", NULL);
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.ended.status, -EIO);
    assert_int_equal(fixture.connected, 1);
}

static void test_overdue_worker_is_killed(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("hang", NULL);
    assert_false(fixture_wait(&fixture, trace_ended, 2500));
    assert_true(fixture_wait(&fixture, trace_ended, 2500));
    assert_int_equal(fixture.ended.status, -ETIMEDOUT);
}

static void test_flood_is_capped(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("flood", NULL);
    assert_true(fixture_wait(&fixture, trace_ended, 15000));
    assert_int_equal(fixture.ended.status, 0);
    /* packets, then what the worker said last, then the relay's own word */
    assert_int_equal(fixture.evidence_seen,
                     RELAY_MAX_EVIDENCE - RELAY_RESERVED + 2);
    assert_int_equal(fixture.evidence.kind, EVIDENCE_LIMIT);
    assert_non_null(strstr(evidence_text(&fixture.evidence, KEY_TEXT, ""),
                           "2416 pieces of evidence were dropped"));
}

static bool never(const struct fixture *seen)
{
    (void)seen;
    return false;
}

/* Three megabytes for a controller that does not read for a while: the worker
 * is held back, and nothing is lost. */
static void test_slow_controller_holds_the_worker_back(void **state)
{
    (void)state;
    start_with_policy(NULL);
    conn_pause(fixture.conn);
    send_order("torrent", NULL);
    assert_false(fixture_wait(&fixture, never, 700));
    assert_true(fixture.seen[MESSAGE_TRACE_ENDED] == 0);
    conn_resume(fixture.conn);
    assert_true(fixture_wait(&fixture, trace_ended, 15000));
    assert_int_equal(fixture.evidence_seen, 3000);
    assert_int_equal(fixture.ended.status, 0);
    assert_int_equal(fixture.connected, 1);
}

static void test_rubbish_is_not_forwarded(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("rubbish", NULL);
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.evidence_seen, 2);
    assert_non_null(strstr(evidence_text(&fixture.evidence, KEY_TEXT, ""),
                           "2 pieces of evidence were not as their kind"));
}

static void test_other_versions_are_told(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("new", NULL); /* a worker that does not know such orders */
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.ended.status, -EPROTO);
    assert_non_null(strstr(fixture.ended.text, "restart probe-agent"));
    fixture.seen[MESSAGE_TRACE_ENDED] = 0;
    send_order("old", NULL); /* one whose evidence the link does not know */
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.ended.status, 0);
    assert_int_equal(fixture.evidence_seen, 1);
    assert_non_null(strstr(evidence_text(&fixture.evidence, KEY_TEXT, ""),
                           "of another version than the link"));
}

static void test_policy_refuses(void **state)
{
    (void)state;
    start_with_policy("[probe]\nallow = 192.0.2.0/24\n");
    send_order("obey", "198.51.100.1");
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.ended.status, -EPERM);
    assert_int_equal(fixture.evidence.kind, EVIDENCE_REFUSED);
    assert_non_null(strstr(fixture.ended.text, "198.51.100.1"));
}

static void test_policy_reaches_the_worker(void **state)
{
    (void)state;
    start_with_policy("[probe]\nallow = 192.0.2.0/24\n"
                      "[observe]\nrule_trace = no\n");
    send_order("arguments", "192.0.2.1");
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_string_equal(evidence_text(&fixture.evidence, KEY_TEXT, ""),
                        " --no-rule-trace --allow 192.0.2.0/24"
                        " --differential agents --other-ports 3"
                        " --payload none");
}

static void test_malformed_order_is_answered(void **state)
{
    struct message message = {.kind = MESSAGE_ORDER};

    (void)state;
    start_with_policy(NULL);
    message.order = (struct order){.trace_id = TRACE_ID,
                                   .role = ROLE_VANTAGE,
                                   .attempts = 1,
                                   .port = 1,
                                   .deadline_ms = 1};
    fixture_send(&fixture, &message);
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_true(fixture.ended.status < 0);
    assert_true(fixture.ended.text[0] != '\0');
}

static void test_lost_controller_ends_traces_and_is_dialled_again(void **state)
{
    (void)state;
    start_with_policy(NULL);
    send_order("obey", NULL);
    send_command(COMMAND_ARM);
    assert_true(fixture_wait(&fixture, got_evidence, 5000));
    conn_close(fixture.conn, 0, NULL);
    assert_true(fixture_wait(&fixture, reconnected, 10000));
    assert_int_equal(fixture.seen[MESSAGE_TRACE_ENDED], 0);
    /* the name is free again: the old worker is gone */
    send_order("fail", NULL);
    assert_true(fixture_wait(&fixture, trace_ended, 5000));
    assert_int_equal(fixture.ended.status, -EIO);
}

/* The link's pid, as the only child of the keeper between traces. */
static pid_t link_pid(void)
{
    CLEAN_FREE char *text = NULL;
    char path[64];
    size_t size;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
             fixture.process.pid, fixture.process.pid);
    if (fs_read(path, 64, &text, &size, NULL) < 0)
        return 0;
    return (pid_t)strtol(text, NULL, 10);
}

static void test_dead_link_is_started_anew(void **state)
{
    pid_t first;

    (void)state;
    start_with_policy(NULL);
    first = link_pid();
    assert_true(first > 1);
    kill(first, SIGKILL);
    assert_true(fixture_wait(&fixture, reconnected, 10000));
    assert_true(link_pid() != first);
}

static void test_link_has_no_privileges(void **state)
{
    CLEAN_FREE char *text = NULL;
    char path[64];
    size_t size;

    (void)state;
    if (geteuid() != 0)
        skip();
    start_with_policy(NULL);
    snprintf(path, sizeof(path), "/proc/%d/status", link_pid());
    assert_int_equal(fs_read(path, 8192, &text, &size, NULL), 0);
    assert_null(strstr(text, "\nUid:\t0"));
    assert_non_null(strstr(text, "\nCapPrm:\t0000000000000000"));
    assert_non_null(strstr(text, "\nCapEff:\t0000000000000000"));
    assert_non_null(strstr(text, "\nCapBnd:\t0000000000000000"));
    assert_non_null(strstr(text, "\nNoNewPrivs:\t1"));
}

static void test_go_away_is_obeyed(void **state)
{
    const struct message go_away = {.kind = MESSAGE_GO_AWAY,
                                    .go_away_ms = 1500};

    (void)state;
    start_with_policy(NULL);
    fixture_send(&fixture, &go_away);
    assert_false(fixture_wait(&fixture, reconnected, 1300));
    assert_true(fixture_wait(&fixture, reconnected, 6000));
}

int main(void)
{
#define RUN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_agent_greets_and_answers),
        RUN_TEST(test_trace_is_relayed_both_ways),
        RUN_TEST(test_crash_costs_one_trace),
        RUN_TEST(test_overdue_worker_is_killed),
        RUN_TEST(test_flood_is_capped),
        RUN_TEST(test_slow_controller_holds_the_worker_back),
        RUN_TEST(test_rubbish_is_not_forwarded),
        RUN_TEST(test_other_versions_are_told),
        RUN_TEST(test_policy_refuses),
        RUN_TEST(test_policy_reaches_the_worker),
        RUN_TEST(test_malformed_order_is_answered),
        RUN_TEST(test_lost_controller_ends_traces_and_is_dialled_again),
        RUN_TEST(test_dead_link_is_started_anew),
        RUN_TEST(test_link_has_no_privileges),
        RUN_TEST(test_go_away_is_obeyed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
