/* What observers and probes see of the worker: worker.h. */
#include "agent/worker/worker_state.h"

#include <assert.h>

#include "agent/worker/channel.h"
#include "agent/worker/steps.h"
#include "common/base/clock.h"

uv_loop_t *worker_loop(struct worker *worker)
{
    return worker == worker->root ? &worker->loop : &worker->root->inside.loop;
}

const struct order *worker_order(const struct worker *worker)
{
    return &worker->root->order;
}

const struct policy *worker_policy(const struct worker *worker)
{
    return &worker->root->policy;
}

struct address worker_own(const struct worker *worker)
{
    return worker->root->own;
}

struct address worker_peer(const struct worker *worker)
{
    return worker->root->peer;
}

struct walk *worker_walk(const struct worker *worker)
{
    return worker->root->walk;
}

struct flows *worker_flows(struct worker *worker)
{
    return &worker->root->flows;
}

bool worker_is_outside(const struct worker *worker, uint32_t inode)
{
    const struct inside *inside = &worker->root->inside;

    return inside->host != 0 && inside->host_inode == inode;
}

bool worker_is_inside(const struct worker *worker)
{
    return worker == worker->root && worker->inside.host != 0;
}

void worker_learn_own(struct worker *worker, const struct address *own)
{
    if (!address_is_set(&worker->own))
        worker->own = *own;
}

void worker_learn_syn(struct worker *worker, const struct segment *syn)
{
    struct worker *root = worker->root;

    if (!root->has_syn)
        root->syn = *syn;
    root->has_syn = true;
}

const struct segment *worker_syn(const struct worker *worker)
{
    return worker->root->has_syn ? &worker->root->syn : NULL;
}

/* The attempts are made in one namespace and watched in both. */
static bool concerns_both(const struct evidence *evidence)
{
    return evidence->kind == EVIDENCE_ATTEMPT_START ||
           evidence->kind == EVIDENCE_ATTEMPT_END;
}

/* An observer that breaks the schema has an error of ours, but what it read is
 * the host's: a release drops the piece, in the link, and the trace goes on. */
static void check_schema(const struct evidence *evidence)
{
#ifdef PROBE_STRICT
    assert(evidence_check(evidence) == 0);
#else
    (void)evidence;
#endif
}

/* What the host's own observers see is told as seen there. */
static void send_on(struct worker *worker, struct evidence *evidence)
{
    if (worker != worker->root && !evidence_has(evidence, KEY_NAMESPACE))
        evidence_force_text(evidence, KEY_NAMESPACE, EVIDENCE_HOST_NAMESPACE);
    channel_send(worker->root->channel, evidence);
    observing_queue(&worker->observing, evidence);
    (void)translated_read(worker_order(worker), evidence,
                          &worker->root->translated);
}

void worker_emit(struct worker *worker, const struct evidence *evidence)
{
    struct evidence copy = *evidence;

    assert(observing_may_emit(&worker->observing, evidence->kind));
    check_schema(evidence);
    send_on(worker, &copy);
    if (worker->outside != NULL && concerns_both(evidence))
        observing_queue(&worker->outside->observing, evidence);
}

void worker_deliver(struct worker *worker)
{
    struct worker *outside = worker->outside;

    observing_deliver(&worker->observing);
    /* Leaving the host's namespace runs what is due there. */
    while (outside != NULL && observing_has_waiting(&outside->observing)) {
        inside_enter_host(&worker->inside);
        observing_deliver(&outside->observing);
        inside_leave_host(&worker->inside);
    }
}

void worker_tell(struct worker *worker, const struct evidence *evidence)
{
    worker_emit(worker, evidence);
    worker_deliver(worker);
}

void worker_tell_phase(struct worker *worker, enum phase phase,
                       const char *text)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PHASE, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_text(&evidence, KEY_TEXT, text);
    worker_emit(worker, &evidence);
}
