/* What observers and probes see of the worker: worker.h. */
#include "agent/worker/worker_state.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/worker/channel.h"
#include "agent/worker/steps.h"
#include "common/base/clock.h"
#include "common/base/err.h"

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

bool worker_is_outside(const struct worker *worker, uint32_t inode)
{
    const struct inside *inside = &worker->root->inside;

    return inside->host != 0 && inside->host_inode == inode;
}

void worker_learn_own(struct worker *worker, const struct address *own)
{
    if (!address_is_set(&worker->own))
        worker->own = *own;
}

/* The attempts are made in one namespace and watched in both. */
static bool concerns_both(const struct evidence *evidence)
{
    return evidence->kind == EVIDENCE_ATTEMPT_START ||
           evidence->kind == EVIDENCE_ATTEMPT_END;
}

static void emit_outside(struct worker *worker, const struct evidence *evidence)
{
    struct evidence tagged = *evidence;

    if (!evidence_has(evidence, KEY_NAMESPACE))
        evidence_set_text(&tagged, KEY_NAMESPACE, EVIDENCE_HOST_NAMESPACE);
    channel_send(worker->root->channel, &tagged);
    observing_notice(&worker->observing, &tagged);
}

void worker_emit(struct worker *worker, const struct evidence *evidence)
{
    if (worker != worker->root) {
        emit_outside(worker, evidence);
        return;
    }
    channel_send(worker->channel, evidence);
    observing_notice(&worker->observing, evidence);
    if (worker->outside == NULL || !concerns_both(evidence))
        return;
    inside_enter_host(&worker->inside);
    observing_notice(&worker->outside->observing, evidence);
    inside_leave_host(&worker->inside);
}

void worker_limit(struct worker *worker, const char *observer,
                  const char *format, ...)
{
    struct evidence evidence;
    char text[ERR_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    evidence_init(&evidence, EVIDENCE_LIMIT, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_OBSERVER, observer);
    evidence_set_text(&evidence, KEY_TEXT, text);
    worker_emit(worker, &evidence);
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
