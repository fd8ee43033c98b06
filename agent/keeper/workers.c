#include "agent/keeper/workers.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/bpf/drop_record.h"
#include "agent/keeper/spawn.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/trace/layout.h"

size_t workers_count(const struct workers *workers)
{
    size_t count = 0;

    for (size_t i = 0; i < WORKERS_MAX; i++)
        count += workers->list[i].pid != 0;
    return count;
}

static struct running_worker *free_slot(struct workers *workers)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->list[i].pid == 0)
            return &workers->list[i];
    return NULL;
}

static void fill_reply(struct handoff_reply *reply, const char *trace_id,
                       enum handoff_event event, int status, const char *text)
{
    memset(reply, 0, sizeof(*reply));
    memcpy(reply->trace_id, trace_id, sizeof(reply->trace_id));
    reply->trace_id[sizeof(reply->trace_id) - 1] = '\0';
    reply->event = (uint8_t)event;
    reply->status = status;
    snprintf(reply->text, sizeof(reply->text), "%s", text);
}

/* Everything that may speak against an order, cheapest first. */
static int check(struct workers *workers, const struct order *order,
                 struct policy *policy, struct err *err)
{
    int status = layout_check(order->layout, err);

    if (status == 0)
        status = order_check(order, err);
    if (status == 0)
        status = policy_read(workers->policy_path, policy, err);
    if (status == 0)
        status = policy_check_order(policy, order, err);
    if (status == 0 && workers_count(workers) >= policy->max_traces)
        status = err_set(err, -EBUSY,
                         "%u traces are running here, as many as the policy "
                         "allows: try again",
                         policy->max_traces);
    if (status == 0 && order->role == ROLE_SOURCE) {
        const struct pace_rates rates = pace_rates_of(policy);

        status = pace_take(
            &workers->pace.probes, &rates,
            address_is_set(&order->destination) ? &order->destination : NULL,
            order->attempts, clock_monotonic_ns(), err);
    }
    return status;
}

static_assert(WORKERS_MAX <= DROP_SLOTS, "every worker has a slot of its own");

/* The order waits in the channel when the worker begins to read.  Behind it come
 * the channel for its questions, and what it needs for watching drops. */
static pid_t start(struct workers *workers, uint32_t slot,
                   const struct order *order, const struct policy *policy,
                   int *channel, struct err *err)
{
    const struct pace_charge charge =
        pace_charge_of(policy, order, clock_monotonic_ns());
    struct policy_arguments arguments;
    int ends[2] = {-1, -1};
    int asked[2] = {-1, -1};
    struct spawn spawn = {.helper = "probe-agent-worker", .fds_count = 2};
    CLEAN_FD int near = -1;
    CLEAN_FD int far = -1;
    CLEAN_FD int asked_near = -1;
    CLEAN_FD int asked_far = -1;
    CLEAN_FD int drops = -1;
    pid_t pid;
    int status = spawn_make_channel(ends, err);

    if (status < 0)
        return status;
    near = ends[0];
    far = ends[1];
    status = spawn_make_channel(asked, err);
    if (status < 0)
        return status;
    asked_near = asked[0];
    asked_far = asked[1];
    if (send(near, order, sizeof(*order), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return err_set(err, -errno, "cannot hand the order over: %s",
                       strerror(errno));
    policy_print_arguments(policy, &arguments);
    spawn.arguments = arguments.list;
    spawn.fds[0] = far;
    spawn.fds[1] = asked_far;
    drops = drops_hand_over(&workers->drops, slot);
    if (drops >= 0)
        spawn.fds[spawn.fds_count++] = drops;
    pid = spawn_helper(&spawn, err);
    if (pid < 0)
        return pid;
    allowance_init(&workers->list[slot].allowance, TAKE_FD(asked_near), order,
                   &charge);
    *channel = TAKE_FD(near);
    return pid;
}

int workers_start(struct workers *workers, const struct order *order,
                  struct handoff_reply *reply)
{
    struct running_worker *slot = free_slot(workers);
    struct policy policy;
    struct err err = {0};
    int channel = -1;
    pid_t pid;
    int status = check(workers, order, &policy, &err);

    if (status == 0 && slot == NULL)
        status = err_set(&err, -EBUSY, "too many traces are running here");
    if (status < 0) {
        log_warning("refused an order: %s", err.text);
        fill_reply(reply, order->trace_id, HANDOFF_REFUSED, status, err.text);
        return -1;
    }
    pid = start(workers, (uint32_t)(slot - workers->list), order, &policy,
                &channel, &err);
    if (pid < 0) {
        log_error("%s", err.text);
        fill_reply(reply, order->trace_id, HANDOFF_FAILED, pid, err.text);
        return -1;
    }
    slot->pid = pid;
    slot->killed = 0;
    slot->kill_at_ns =
        clock_monotonic_ns() +
        ((int64_t)order->deadline_ms + WORKERS_GRACE_MS) * NS_PER_MS;
    memcpy(slot->trace_id, order->trace_id, sizeof(slot->trace_id));
    fill_reply(reply, order->trace_id, HANDOFF_STARTED, 0, "");
    return channel;
}

void workers_fill_polls(const struct workers *workers,
                        struct pollfd polled[static WORKERS_MAX])
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        polled[i] =
            (struct pollfd){.fd = workers->list[i].pid == 0
                                      ? -1
                                      : workers->list[i].allowance.channel,
                            .events = POLLIN};
}

void workers_answer(struct workers *workers,
                    const struct pollfd polled[static WORKERS_MAX])
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct allowance *allowance = &workers->list[i].allowance;

        if (polled[i].revents != 0 && workers->list[i].pid != 0 &&
            allowance->channel == polled[i].fd)
            allowance_answer(allowance, &workers->pace, clock_monotonic_ns());
    }
}

static void describe_end(const struct running_worker *worker, int wait_status,
                         struct handoff_reply *reply)
{
    char text[HANDOFF_TEXT_SIZE] = "";
    int status = 0;

    if (worker->killed) {
        status = -ETIMEDOUT;
        snprintf(text, sizeof(text),
                 "the worker outlived its deadline and "
                 "was killed");
    } else if (WIFSIGNALED(wait_status)) {
        status = -EFAULT;
        snprintf(text, sizeof(text), "the worker crashed: %s",
                 strsignal(WTERMSIG(wait_status)));
    } else if (WEXITSTATUS(wait_status) == HANDOFF_OTHER_VERSION) {
        status = -EPROTO;
        snprintf(text, sizeof(text),
                 "the worker was installed after the agent was started, and is "
                 "of another version: systemctl restart probe-agent");
    } else if (WEXITSTATUS(wait_status) != 0) {
        status = -EIO;
        snprintf(text, sizeof(text),
                 "the worker failed with status %d: see the agent's log",
                 WEXITSTATUS(wait_status));
    }
    fill_reply(reply, worker->trace_id, HANDOFF_ENDED, status, text);
}

bool workers_reap(struct workers *workers, pid_t pid, int wait_status,
                  struct handoff_reply *reply)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct running_worker *worker = &workers->list[i];

        if (worker->pid != pid)
            continue;
        describe_end(worker, wait_status, reply);
        if (reply->status != 0)
            log_warning("trace %s: %s", reply->trace_id, reply->text);
        worker->pid = 0;
        allowance_close(&worker->allowance, &workers->pace,
                        clock_monotonic_ns());
        drops_release(&workers->drops, (uint32_t)i);
        return true;
    }
    return false;
}

int workers_kill_overdue(struct workers *workers, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;

    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct running_worker *worker = &workers->list[i];

        if (worker->pid == 0 || worker->killed)
            continue;
        if (worker->kill_at_ns <= now_ns) {
            kill(worker->pid, SIGKILL);
            worker->killed = 1;
        } else if (worker->kill_at_ns < next_ns) {
            next_ns = worker->kill_at_ns;
        }
    }
    return next_ns == INT64_MAX ? -1
                                : (int)((next_ns - now_ns) / NS_PER_MS + 1);
}

void workers_hurry(struct workers *workers, int64_t now_ns, unsigned grace_ms)
{
    int64_t end_ns = now_ns + (int64_t)grace_ms * NS_PER_MS;

    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->list[i].kill_at_ns > end_ns)
            workers->list[i].kill_at_ns = end_ns;
}
