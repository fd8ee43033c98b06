#include "agent/worker/observing.h"

#include "common/base/err.h"

static void arm_one(struct observing *observing, struct worker *worker,
                    const struct observer *observer)
{
    struct err err = {0};
    void *state = NULL;

    if (observing->count == OBSERVING_MAX) {
        worker_limit(worker, observer->name, "more than %d observers",
                     OBSERVING_MAX);
        return;
    }
    if (observer->arm(worker, &state, &err) < 0) {
        worker_limit(worker, observer->name, "%s", err.text);
        return;
    }
    observing->armed[observing->count].observer = observer;
    observing->armed[observing->count++].state = state;
}

void observing_arm(struct observing *observing, struct worker *worker,
                   bool (*is_wanted)(const struct observer *observer))
{
    for (size_t i = 0; i < observers_count; i++)
        if (is_wanted(observers[i]))
            arm_one(observing, worker, observers[i]);
}

void observing_notice(const struct observing *observing,
                      const struct evidence *evidence)
{
    for (size_t i = 0; i < observing->count; i++)
        if (observing->armed[i].observer->notice != NULL)
            observing->armed[i].observer->notice(observing->armed[i].state,
                                                 evidence);
}

void observing_collect(const struct observing *observing)
{
    for (size_t i = 0; i < observing->count; i++)
        if (observing->armed[i].observer->collect != NULL)
            observing->armed[i].observer->collect(observing->armed[i].state);
}

void observing_begin_disarm(const struct observing *observing)
{
    for (size_t i = 0; i < observing->count; i++)
        if (observing->armed[i].observer->begin_disarm != NULL)
            observing->armed[i].observer->begin_disarm(
                observing->armed[i].state);
}

unsigned observing_disarm(struct observing *observing)
{
    unsigned residue = 0;

    while (observing->count > 0) {
        observing->count--;
        residue += observing->armed[observing->count].observer->disarm(
            observing->armed[observing->count].state);
    }
    return residue;
}
