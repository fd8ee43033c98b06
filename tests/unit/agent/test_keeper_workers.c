/* Orders from the link and what becomes of them: real processes, each playing
 * the part that its order names (fake_worker.c). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/keeper/workers.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/fs.h"
#include "common/trace/evidence.h"
#include "common/trace/layout.h"
#include "tests/unit/test.h"

#define WAIT_MS     10000
#define DEADLINE_MS 1000

static struct workers workers;
static char folder[64], policy[96];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/probe-workers-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(policy, sizeof(policy), "%s/policy", folder);
    workers =
        (struct workers){.policy_path = policy,
                         .drops = {.channel = -1, .got = {.status = -ENOTSUP}}};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(policy);
    return rmdir(folder);
}

static void allow(const char *text)
{
    assert_int_equal(fs_write(policy, text, strlen(text), 0644, NULL), 0);
}

/* For a worker that plays this part. */
static struct order order_of(const char *part)
{
    static unsigned count;
    struct order order = {.layout = layout_number(),
                          .role = ROLE_SOURCE,
                          .attempts = 1,
                          .port = 8080,
                          .isn_base = 0x5eed7003,
                          .deadline_ms = DEADLINE_MS};

    snprintf(order.trace_id, sizeof(order.trace_id),
             "01M81Z27PT16H37G0VD6TV%04u", count++);
    snprintf(order.name, sizeof(order.name), "%s", part);
    return order;
}

static int start(const struct order *order)
{
    struct handoff_reply reply;
    int channel = workers_start(&workers, order, &reply);

    if (channel < 0)
        fail_msg("%s", reply.text);
    assert_int_equal(reply.event, HANDOFF_STARTED);
    assert_string_equal(reply.trace_id, order->trace_id);
    assert_int_equal(reply.status, 0);
    return channel;
}

static void refuse(const struct order *order, int status, const char *why)
{
    size_t before = workers_count(&workers);
    struct handoff_reply reply;

    assert_int_equal(workers_start(&workers, order, &reply), -1);
    assert_int_equal(reply.event, HANDOFF_REFUSED);
    assert_int_equal(reply.status, status);
    if (strstr(reply.text, why) == NULL)
        fail_msg("%s", reply.text);
    assert_int_equal(workers_count(&workers), before);
}

/* Waits for the next child's end and has it taken note of. */
static void reap(struct handoff_reply *reply)
{
    int status = 0;
    pid_t pid;

    do
        pid = waitpid(-1, &status, 0);
    while (pid < 0 && errno == EINTR);
    assert_true(pid > 0);
    assert_true(workers_reap(&workers, pid, status, reply));
    assert_int_equal(reply->event, HANDOFF_ENDED);
    assert_false(
        workers_reap(&workers, pid, status, reply)); /* known no more */
}

static void an_order_becomes_a_worker(void **state)
{
    struct order order = order_of("obey");
    struct command collect = {.kind = COMMAND_COLLECT};
    CLEAN_FD int channel = start(&order);
    struct pollfd polled = {.fd = channel, .events = POLLIN};
    struct handoff_reply reply;
    struct evidence said;

    (void)state;
    assert_int_equal(workers_count(&workers), 1);
    assert_int_equal(send(channel, &collect, sizeof(collect), MSG_NOSIGNAL),
                     sizeof(collect));
    assert_int_equal(poll(&polled, 1, WAIT_MS), 1);
    assert_true(recv(channel, &said, sizeof(said), 0) > 0);
    assert_string_equal(evidence_text(&said, KEY_TEXT, ""), "collect");
    reap(&reply);
    assert_string_equal(reply.trace_id, order.trace_id);
    assert_int_equal(reply.status, 0);
    assert_string_equal(reply.text, "");
    assert_int_equal(workers_count(&workers), 0);
}

static void an_end_is_told_for_what_it_is(void **state)
{
    static const struct
    {
        const char *part;
        int status;
        const char *text;
    } ends[] = {
        {"crash", -EFAULT, "crashed: Segmentation fault"},
        {"fail", -EIO, "failed with status 7"},
        {"new", -EPROTO, "of another version"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        struct order order = order_of(ends[i].part);
        CLEAN_FD __attribute__((unused)) int channel = start(&order);
        struct handoff_reply reply;

        reap(&reply);
        assert_string_equal(reply.trace_id, order.trace_id);
        assert_int_equal(reply.status, ends[i].status);
        if (strstr(reply.text, ends[i].text) == NULL)
            fail_msg("%s: %s", ends[i].part, reply.text);
    }
}

/* Time is an argument: the worker that never ends is killed when it says so. */
static void a_worker_that_never_ends_is_killed(void **state)
{
    struct order order = order_of("hang");
    int64_t before_ns = clock_monotonic_ns();
    CLEAN_FD __attribute__((unused)) int channel = start(&order);
    int64_t grace_ns = (int64_t)(DEADLINE_MS + WORKERS_GRACE_MS) * NS_PER_MS;
    struct handoff_reply reply;
    int wait_ms;

    (void)state;
    wait_ms = workers_kill_overdue(&workers, before_ns);
    assert_in_range(wait_ms, DEADLINE_MS + WORKERS_GRACE_MS,
                    DEADLINE_MS + WORKERS_GRACE_MS + WAIT_MS);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* not before its time */
    assert_int_equal(workers_kill_overdue(&workers, clock_monotonic_ns() +
                                                        grace_ns + NS_PER_MS),
                     -1);
    reap(&reply);
    assert_int_equal(reply.status, -ETIMEDOUT);
    assert_non_null(strstr(reply.text, "outlived its deadline"));
    assert_int_equal(workers_kill_overdue(&workers, INT64_MAX - NS_PER_MS), -1);
}

static void orphans_are_hurried(void **state)
{
    struct order order = order_of("hang");
    CLEAN_FD __attribute__((unused)) int channel = start(&order);
    int64_t now_ns = clock_monotonic_ns();
    struct handoff_reply reply;

    (void)state;
    workers_hurry(&workers, now_ns, 50);
    assert_in_range(workers_kill_overdue(&workers, now_ns), 50, 51);
    workers_hurry(&workers, now_ns, 5000); /* never later than it was */
    assert_in_range(workers_kill_overdue(&workers, now_ns), 50, 51);
    assert_int_equal(
        workers_kill_overdue(&workers, now_ns + INT64_C(51) * NS_PER_MS), -1);
    reap(&reply);
    assert_int_equal(reply.status, -ETIMEDOUT);
}

static void what_speaks_against_an_order_is_told(void **state)
{
    struct order order = order_of("obey");

    (void)state;
    order.layout ^= 1;
    refuse(&order, -EPROTO, "different versions");
    order = order_of("obey");
    order.port = 0;
    refuse(&order, -EINVAL, "port 0");
    memset(order.trace_id, 'x', sizeof(order.trace_id)); /* no end */
    refuse(&order, -EBADMSG, "trace id");
    allow("[probe]\nallow = 192.0.2.0/24\n");
    order = order_of("");
    address_parse("198.51.100.1", &order.destination);
    refuse(&order, -EPERM, "198.51.100.1");
    allow("[probe]\nno such line\n"); /* read anew for each order */
    refuse(&order, -EINVAL, "line 2");
}

static void a_limit_of_traces_holds(void **state)
{
    struct order order = order_of("hang");
    struct handoff_reply reply;
    int first;

    (void)state;
    allow("[probe]\nmax_traces = 1\n");
    first = start(&order);
    order = order_of("hang");
    refuse(&order, -EBUSY, "1 traces are running here");
    workers_hurry(&workers, 0, 0);
    workers_kill_overdue(&workers, clock_monotonic_ns());
    reap(&reply);
    close(first);
    order = order_of("fail"); /* the place is free again */
    close(start(&order));
    reap(&reply);
}

/* Without descriptors there is no channel: failed, which is not refused. */
static void a_worker_that_cannot_be_started_is_told(void **state)
{
    struct order order = order_of("obey");
    struct handoff_reply reply;
    struct rlimit before;
    struct rlimit none;
    int lowest = dup(0);
    int status;

    (void)state;
    allow("");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    close(lowest);
    /* One is left, for the policy. */
    none = (struct rlimit){(rlim_t)lowest + 1, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    status = workers_start(&workers, &order, &reply);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, -1);
    assert_int_equal(reply.event, HANDOFF_FAILED);
    assert_int_equal(reply.status, -EMFILE);
    assert_non_null(strstr(reply.text, "channel"));
    assert_int_equal(workers_count(&workers), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_order_becomes_a_worker),
        TEST(an_end_is_told_for_what_it_is),
        TEST(a_worker_that_never_ends_is_killed),
        TEST(orphans_are_hurried),
        TEST(what_speaks_against_an_order_is_told),
        TEST(a_limit_of_traces_holds),
        TEST(a_worker_that_cannot_be_started_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
