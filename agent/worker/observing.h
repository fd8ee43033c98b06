/* The observers of a trace in one network namespace. */
#ifndef WORKER_OBSERVING_H
#define WORKER_OBSERVING_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/observe/observer.h"

#define OBSERVING_MAX 32

struct observing
{
    struct
    {
        const struct observer *observer;
        void *state;
    } armed[OBSERVING_MAX];
    size_t count;
};

/* Arms those that are wanted; one that cannot be becomes a limit. */
void observing_arm(struct observing *observing, struct worker *worker,
                   bool (*is_wanted)(const struct observer *observer));

/* Shows evidence to all. */
void observing_notice(const struct observing *observing,
                      const struct evidence *evidence);

void observing_collect(const struct observing *observing);

/* Takes everything down, the last armed first, and returns how many things of
 * ours could not be removed.  The first call must be for all. */
void observing_begin_disarm(const struct observing *observing);
unsigned observing_disarm(struct observing *observing);

#endif
