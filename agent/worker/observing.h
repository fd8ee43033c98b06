/* The observers of a trace in one network namespace, and how they hear of what
 * the others see.
 *
 * Nothing here is re-entrant: evidence is queued when it is emitted, and shown
 * to those that read its kind when no observer is at work.  So that what one
 * finds out at the end is known to those that build on it, each is collected
 * only after those that stand before it were, and were heard. */
#ifndef WORKER_OBSERVING_H
#define WORKER_OBSERVING_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/observe/observer.h"
#include "agent/worker/evidence_queue.h"

#define OBSERVING_MAX 32

struct observing
{
    struct worker *worker;
    struct
    {
        const struct observer *observer;
        void *state;
    } armed[OBSERVING_MAX];
    size_t count;
    struct evidence_queue queue;    /* emitted, not yet shown */
    const struct observer *at_work; /* one of its functions is running */
    enum evidence_kind being_shown; /* while notice() runs */
    bool is_showing;
};

/* For the observers of this worker; none is armed yet. */
void observing_init(struct observing *observing, struct worker *worker);

/* Arms those that are wanted; one that cannot be becomes a limit.  Then shows
 * them what was emitted meanwhile. */
void observing_arm(struct observing *observing,
                   bool (*is_wanted)(const struct observer *observer));
void observing_arm_one(struct observing *observing,
                       const struct observer *observer);

/* May this kind be emitted now: by the observer that is at work, or by one that
 * is armed, or by the worker's own parts? */
bool observing_may_emit(const struct observing *observing,
                        enum evidence_kind kind);

/* Keeps evidence for those that read its kind. */
void observing_queue(struct observing *observing,
                     const struct evidence *evidence);

/* Shows what waits, and what is emitted meanwhile, in the order of emission.
 * Not to be called while an observer is at work (asserted). */
void observing_deliver(struct observing *observing);
bool observing_has_waiting(const struct observing *observing);

/* Takes the second snapshots, in the order of arming. */
void observing_collect(struct observing *observing);
void observing_collect_one(struct observing *observing, size_t i);

/* Takes everything down, the last armed first, and returns how many things of
 * ours could not be removed.  The first call must be for all.  What still waits
 * is shown to nobody. */
void observing_begin_disarm(const struct observing *observing);
unsigned observing_disarm(struct observing *observing);
unsigned observing_disarm_last(struct observing *observing);

#endif
