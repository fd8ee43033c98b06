#include "agent/worker/observing.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"

void observing_init(struct observing *observing, struct worker *worker)
{
    *observing = (struct observing){.worker = worker};
    evidence_queue_init(&observing->queue);
}

static void begin_work(struct observing *observing,
                       const struct observer *observer)
{
    assert(observing->at_work == NULL);
    observing->at_work = observer;
}

static void end_work(struct observing *observing)
{
    observing->at_work = NULL;
}

void observing_arm_one(struct observing *observing,
                       const struct observer *observer)
{
    struct err err = {0};
    void *state = NULL;
    int status;

    if (observing->count == OBSERVING_MAX) {
        worker_limit(observing->worker, observer->name,
                     "more than %d observers", OBSERVING_MAX);
        return;
    }
    begin_work(observing, observer);
    status = observer->arm(observing->worker, &state, &err);
    end_work(observing);
    if (status < 0) {
        worker_limit(observing->worker, observer->name, "%s", err.text);
        return;
    }
    observing->armed[observing->count].observer = observer;
    observing->armed[observing->count++].state = state;
}

void observing_arm(struct observing *observing,
                   bool (*is_wanted)(const struct observer *observer))
{
    for (size_t i = 0; i < observers_count; i++)
        if (is_wanted(observers[i]))
            observing_arm_one(observing, observers[i]);
    observing_deliver(observing);
}

/* A circle must not go round: see feedback in observer.h. */
static bool may_emit_at_work(const struct observing *observing, uint64_t kind)
{
    const struct observer *observer = observing->at_work;

    if (observing->is_showing &&
        (EVIDENCE_BIT(observing->being_shown) & observer->feedback) != 0)
        return false;
    return (observer->produces & kind) != 0;
}

bool observing_may_emit(const struct observing *observing,
                        enum evidence_kind kind)
{
    uint64_t by_armed = 0;
    uint64_t by_any = 0;

    if (kind == EVIDENCE_LIMIT)
        return true;
    if (observing->at_work != NULL)
        return may_emit_at_work(observing, EVIDENCE_BIT(kind));
    for (size_t i = 0; i < observing->count; i++)
        by_armed |= observing->armed[i].observer->produces;
    for (size_t i = 0; i < observers_count; i++)
        by_any |= observers[i]->produces;
    return ((by_armed | ~by_any) & EVIDENCE_BIT(kind)) != 0;
}

static bool is_reader(const struct observer *observer, enum evidence_kind kind)
{
    return ((observer->reads | observer->feedback) & EVIDENCE_BIT(kind)) != 0;
}

/* Whoever reads it may be armed after it was emitted. */
void observing_queue(struct observing *observing,
                     const struct evidence *evidence)
{
    for (size_t i = 0; i < observers_count; i++)
        if (is_reader(observers[i], evidence->kind)) {
            evidence_queue_put(&observing->queue, evidence);
            return;
        }
}

bool observing_has_waiting(const struct observing *observing)
{
    return !evidence_queue_is_empty(&observing->queue);
}

static void show(struct observing *observing, const struct evidence *evidence)
{
    observing->being_shown = evidence->kind;
    observing->is_showing = true;
    for (size_t i = 0; i < observing->count; i++) {
        const struct observer *observer = observing->armed[i].observer;

        if (!is_reader(observer, evidence->kind))
            continue;
        begin_work(observing, observer);
        observer->notice(observing->armed[i].state, evidence);
        end_work(observing);
    }
    observing->is_showing = false;
}

static void show_first(struct observing *observing)
{
    struct evidence evidence = {0};
    size_t size;
    const void *first = evidence_queue_first(&observing->queue, &size);

    memcpy(&evidence, first, size);
    evidence_queue_drop(&observing->queue);
    show(observing, &evidence);
}

void observing_deliver(struct observing *observing)
{
    unsigned lost;

    assert(observing->at_work == NULL);
    while (observing_has_waiting(observing))
        show_first(observing);
    lost = evidence_queue_take_lost(&observing->queue);
    if (lost > 0)
        worker_limit(observing->worker, "worker",
                     "%u pieces of evidence, too many at once, were not "
                     "looked at by the observers that build on them",
                     lost);
}

void observing_collect_one(struct observing *observing, size_t i)
{
    const struct observer *observer = observing->armed[i].observer;

    if (observer->collect == NULL)
        return;
    begin_work(observing, observer);
    observer->collect(observing->armed[i].state);
    end_work(observing);
    observing_deliver(observing);
}

void observing_collect(struct observing *observing)
{
    observing_deliver(observing);
    for (size_t i = 0; i < observing->count; i++)
        observing_collect_one(observing, i);
}

void observing_begin_disarm(const struct observing *observing)
{
    for (size_t i = 0; i < observing->count; i++)
        if (observing->armed[i].observer->begin_disarm != NULL)
            observing->armed[i].observer->begin_disarm(
                observing->armed[i].state);
}

unsigned observing_disarm_last(struct observing *observing)
{
    const struct observer *observer;
    void *state;
    unsigned residue = 0;

    observing->count--;
    observer = observing->armed[observing->count].observer;
    state = observing->armed[observing->count].state;
    assert(observer->disarm != NULL || state == NULL);
    begin_work(observing, observer);
    if (observer->disarm != NULL)
        residue = observer->disarm(state);
    end_work(observing);
    return residue;
}

unsigned observing_disarm(struct observing *observing)
{
    unsigned residue = 0;

    while (observing->count > 0)
        residue += observing_disarm_last(observing);
    evidence_queue_clear(&observing->queue);
    return residue;
}
