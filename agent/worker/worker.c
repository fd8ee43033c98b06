/* One trace on one host, step by step:
 *
 *   RESOLVING -> WAITING -> ARMED -> COLLECTING -> ENDED
 *
 * An order with a destination goes to ARMED at once.  Probing and walking
 * happen in ARMED.  Whatever goes wrong leads to ENDED, which takes down all
 * that was armed.  Nothing can outlive the process: everything armed is tied
 * to one of its descriptors, and an alarm ends it if the loop hangs. */
#include "agent/worker/worker.h"

#include <errno.h>
#include <string.h>

#include <sys/utsname.h>

#include "agent/keeper/handoff.h"
#include "agent/keeper/policy.h"
#include "agent/probe/connect.h"
#include "agent/probe/own_address.h"
#include "agent/probe/self_test.h"
#include "agent/probe/trials.h"
#include "agent/probe/walk.h"
#include "agent/worker/channel.h"
#include "agent/worker/intake.h"
#include "agent/worker/permission.h"
#include "agent/worker/resolve.h"
#include "agent/worker/steps.h"
#include "agent/worker/trying.h"
#include "agent/worker/walking.h"
#include "agent/worker/worker_state.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"

#define WORKER_HANG_S 3 /* beyond the deadline, then SIGALRM ends us */

static void end(struct worker *worker);

/* Once, and again when it has gone to another namespace. */
static void tell_host(struct worker *worker)
{
    struct evidence evidence;
    struct utsname name;

    if (worker->has_told_host && worker->inside.pid == 0)
        return;
    worker->has_told_host = true;
    evidence_init(&evidence, EVIDENCE_HOST, clock_monotonic_ns());
    if (uname(&name) == 0)
        evidence_set_text(&evidence, KEY_KERNEL, name.release);
    evidence_set_text(&evidence, KEY_VERSION, PROBE_VERSION);
    if (worker->inside.pid != 0)
        evidence_set_number(&evidence, KEY_PID, worker->inside.pid);
    worker_emit(worker, &evidence);
}

static bool is_for_source(const struct observer *observer)
{
    return observer->at_source;
}

/* What it is told by is all that it looks at. */
static bool is_for_vantage(const struct observer *observer)
{
    return observer->at_source && strcmp(observer->name, "capture") == 0;
}

static bool is_for_destination(const struct observer *observer)
{
    return observer->at_destination;
}

static bool is_for_outside(const struct observer *observer)
{
    return observer->outside;
}

/* Beside a trace made in another namespace: what happens in the host's own. */
static void arm_outside(struct worker *worker)
{
    static struct worker outside;

    if (worker->inside.host == 0)
        return;
    outside.root = worker;
    observing_init(&outside.observing, &outside);
    worker->outside = &outside;
    inside_enter_host(&worker->inside);
    observing_arm(&outside.observing, is_for_outside);
    inside_leave_host(&worker->inside);
}

static void arm(struct worker *worker)
{
    bool at_source = worker->order.role == ROLE_SOURCE;

    if (at_source && !address_is_set(&worker->peer)) {
        worker_tell_phase(worker, PHASE_ARMED,
                          "the order to arm names no destination");
        end(worker);
        return;
    }
    worker->step = STEP_ARMED;
    tell_host(worker);
    observing_arm(&worker->observing, worker->order.vantage ? is_for_vantage
                                      : at_source           ? is_for_source
                                                  : is_for_destination);
    arm_outside(worker);
    worker_tell_phase(worker, PHASE_ARMED, NULL);
}

static unsigned disarm_outside(struct worker *worker)
{
    unsigned residue = 0;

    if (worker->outside == NULL)
        return 0;
    inside_enter_host(&worker->inside);
    residue = observing_disarm(&worker->outside->observing);
    inside_leave_host(&worker->inside);
    worker->outside = NULL;
    return residue;
}

/* Takes everything down, the last armed first. */
static void disarm(struct worker *worker)
{
    struct evidence evidence;
    unsigned residue;

    observing_begin_disarm(&worker->observing);
    if (worker->outside != NULL)
        observing_begin_disarm(&worker->outside->observing);
    residue = observing_disarm(&worker->observing);
    residue += disarm_outside(worker);
    evidence_init(&evidence, EVIDENCE_RESIDUE, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COUNT, residue);
    worker_emit(worker, &evidence);
    worker_tell_phase(worker, PHASE_DISARMED, NULL);
}

static void close_probes(struct worker *worker)
{
    if (worker->walk != NULL)
        walk_close(TAKE_PTR(worker->walk));
    if (worker->probe != NULL)
        probe_close(TAKE_PTR(worker->probe));
    if (worker->self_test != NULL)
        self_test_close(TAKE_PTR(worker->self_test));
    if (worker->trials != NULL)
        trials_close(TAKE_PTR(worker->trials));
}

static void end(struct worker *worker)
{
    if (worker->step == STEP_ENDED)
        return;
    worker->step = STEP_ENDED;
    close_probes(worker);
    disarm(worker);
    if (worker->resolve != NULL)
        worker->resolver_is_stuck = !resolve_close(TAKE_PTR(worker->resolve));
    inside_close(&worker->inside);
    uv_close((uv_handle_t *)&worker->deadline, NULL);
    uv_close((uv_handle_t *)&worker->before_poll, NULL);
    uv_close((uv_handle_t *)&worker->after_poll, NULL);
    channel_finish(worker->channel);
}

static void on_deadline(uv_timer_t *timer)
{
    struct worker *worker = timer->data;

    worker_limit(worker, "worker", "the deadline of %u ms passed",
                 worker->order.deadline_ms);
    end(worker);
}

static void on_resolved(struct worker *worker, const char *error)
{
    if (worker->step != STEP_RESOLVING)
        return;
    worker->step = STEP_WAITING;
    worker_tell_phase(worker, PHASE_RESOLVED, error);
}

static void refuse(struct worker *worker, const char *text)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_REFUSED, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_TEXT, text);
    worker_emit(worker, &evidence);
    end(worker);
}

static void arm_if_permitted(struct worker *worker)
{
    struct err err = {0};

    if (permission_to_arm(worker, &err) < 0)
        refuse(worker, err.text);
    else
        arm(worker);
}

static void begin(struct worker *worker)
{
    const struct order *order = &worker->order;
    bool at_source = order->role == ROLE_SOURCE;
    struct err err = {0};

    worker->own = at_source ? order->source : order->destination;
    worker->peer = at_source ? order->destination : order->source;
    if (address_is_set(&order->destination)) {
        arm_if_permitted(worker);
        return;
    }
    worker->step = STEP_RESOLVING;
    tell_host(worker); /* the resolver may be silent; we are not */
    if (resolve_start(&worker->resolve, worker, on_resolved, &err) < 0)
        on_resolved(worker, err.text);
}

/* Later commands know the addresses better than earlier ones. */
static void learn_addresses(struct worker *worker,
                            const struct command *command)
{
    if (address_is_set(&command->own_address))
        worker->own = command->own_address;
    if (address_is_set(&command->peer_address))
        worker->peer = command->peer_address;
}

static void on_collected(struct worker *worker)
{
    worker_tell_phase(worker, PHASE_COLLECTED, NULL);
    end(worker);
}

static void collect_outside(struct worker *worker)
{
    if (worker->outside == NULL)
        return;
    inside_enter_host(&worker->inside);
    observing_collect(&worker->outside->observing);
    inside_leave_host(&worker->inside);
}

/* What came here is asked for as the host's own rules make it. */
static void follow_translation(const struct worker *worker,
                               struct command *command)
{
    const struct translated *translated = &worker->translated;

    if (translated->port == 0 || !own_address_is_local(&translated->address))
        return;
    command->own_address = translated->address;
    command->own_port = translated->port;
}

static void test_itself(struct worker *worker, const struct command *command)
{
    struct command asked = *command;
    struct err err = {0};

    follow_translation(worker, &asked);
    if (self_test_start(&worker->self_test, worker, &asked, on_collected,
                        &err) == 0)
        return;
    worker_limit(worker, "self-test", "%s", err.text);
    on_collected(worker);
}

static void collect(struct worker *worker, const struct command *command)
{
    worker->step = STEP_COLLECTING;
    learn_addresses(worker, command);
    if (worker->walk != NULL)
        walk_close(TAKE_PTR(worker->walk));
    if (worker->probe != NULL)
        probe_start_no_more(worker->probe);
    /* Before the attempts' sockets go: observers look at them. */
    observing_collect(&worker->observing);
    collect_outside(worker);
    close_probes(worker);
    if (command->self_test && worker->order.role == ROLE_DESTINATION)
        test_itself(worker, command);
    else
        on_collected(worker);
}

static void on_probed(struct worker *worker)
{
    worker_tell_phase(worker, PHASE_PROBED, NULL);
}

static void probe(struct worker *worker)
{
    struct err err = {0};

    if (probe_start(&worker->probe, worker, on_probed, &err) < 0)
        worker_tell_phase(worker, PHASE_PROBED, err.text);
}

/* What else is observed is not worth less for want of a walk. */
static void walk(struct worker *worker, const struct command *command)
{
    struct err err = {0};

    if (walking_start(worker, command, &err) < 0)
        worker_tell_phase(worker, PHASE_WALKED, err.text);
}

static bool is_in_turn(const struct worker *worker,
                       const struct command *command)
{
    switch ((enum command_kind)command->kind) {
    case COMMAND_ARM:
        return worker->step == STEP_RESOLVING || worker->step == STEP_WAITING;
    case COMMAND_PROBE:
        return worker->step == STEP_ARMED && worker->probe == NULL &&
               worker->order.role == ROLE_SOURCE;
    case COMMAND_WALK: return worker->step == STEP_ARMED && !worker->has_walked;
    case COMMAND_TRY: return worker->step == STEP_ARMED && !worker->has_tried;
    case COMMAND_COLLECT: return worker->step < STEP_COLLECTING;
    case COMMAND_STOP:
    case COMMAND_GIVE_UP:
    case COMMAND_ABORT: return worker->step != STEP_ENDED;
    case COMMAND_COUNT: break;
    }
    return false;
}

static void obey(struct worker *worker, const struct command *command)
{
    if (!is_in_turn(worker, command)) {
        worker_limit(worker, "worker", "the command %s came out of turn",
                     word_name(&command_words, command->kind));
        return;
    }
    switch ((enum command_kind)command->kind) {
    case COMMAND_ARM:
        learn_addresses(worker, command);
        arm_if_permitted(worker);
        break;
    case COMMAND_PROBE: probe(worker); break;
    case COMMAND_STOP:
        if (worker->probe != NULL)
            probe_stop(worker->probe);
        break;
    case COMMAND_GIVE_UP:
        if (worker->probe != NULL)
            probe_give_up(worker->probe, command->attempt);
        break;
    case COMMAND_WALK: walk(worker, command); break;
    case COMMAND_TRY: trying_begin(worker, command); break;
    case COMMAND_COLLECT: collect(worker, command); break;
    case COMMAND_ABORT: end(worker); break;
    case COMMAND_COUNT: break;
    }
}

static void on_received(void *context, const void *data, size_t size)
{
    struct worker *worker = context;
    struct command command;
    struct err err = {0};

    if (worker->step == STEP_ENDED)
        return;
    if (data == NULL) { /* the link is gone: nobody wants to know any more */
        end(worker);
        return;
    }
    if (intake_command(data, size, &command, &err) < 0) {
        log_error("%s", err.text);
        end(worker);
        return;
    }
    obey(worker, &command);
}

static void on_before_poll(uv_prepare_t *prepare)
{
    worker_deliver(prepare->data);
}

static void on_after_poll(uv_check_t *check)
{
    worker_deliver(check->data);
}

/* Between the callbacks of timers and descriptors no observer is at work. */
static void start_delivering(struct worker *worker)
{
    uv_prepare_init(&worker->loop, &worker->before_poll);
    uv_check_init(&worker->loop, &worker->after_poll);
    worker->before_poll.data = worker;
    worker->after_poll.data = worker;
    uv_prepare_start(&worker->before_poll, on_before_poll);
    uv_check_start(&worker->after_poll, on_after_poll);
}

static int start(struct worker *worker, int fd, struct err *err)
{
    int status = intake_order(fd, &worker->order, err);

    if (status < 0) {
        close(fd);
        return status;
    }
    alarm(worker->order.deadline_ms / 1000 + WORKER_HANG_S);
    uv_loop_init(&worker->loop);
    status = channel_open(&worker->channel, &worker->loop, fd, on_received,
                          worker, err);
    if (status < 0)
        return status;
    uv_timer_init(&worker->loop, &worker->deadline);
    worker->deadline.data = worker;
    start_delivering(worker);
    uv_timer_start(&worker->deadline, on_deadline, worker->order.deadline_ms,
                   0);
    begin(worker);
    return 0;
}

int worker_run(int fd, const struct policy *policy)
{
    static struct worker worker; /* large, and there is one per process */
    struct err err = {0};

    worker.root = &worker;
    observing_init(&worker.observing, &worker);
    worker.policy = *policy;
    if (start(&worker, fd, &err) < 0) {
        log_error("%s", err.text);
        return err.code == -EPROTO ? HANDOFF_OTHER_VERSION : 1;
    }
    uv_run(&worker.loop, UV_RUN_DEFAULT);
    if (worker.resolver_is_stuck) /* ends its thread with us */
        _exit(0);
    uv_loop_close(&worker.loop);
    return 0;
}
