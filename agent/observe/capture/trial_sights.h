/* The packets of trials (agent/probe/trials.h) as they leave, and as they come
 * in. */
#ifndef OBSERVE_TRIAL_SIGHTS_H
#define OBSERVE_TRIAL_SIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/segment/segment.h"

#define TRIAL_SIGHTS_MAX 200 /* told in a trace */

struct worker;

struct trial_sights
{
    unsigned count;
};

/* Tells it and returns true, if it is one, or an answer to one. */
bool trial_sights_notice(struct trial_sights *sights, struct worker *worker,
                         const struct segment *segment, int64_t at_ns);

#endif
