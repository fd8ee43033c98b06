/* How far an agent's monotonic clock is from ours, as an interval.
 *
 * Four timestamps: we send at t1, the agent receives at t2 and answers at t3,
 * we receive at t4.  The true offset lies within half the round trip of the
 * middle, whatever the asymmetry; so the sample with the shortest round trip
 * says most.  Clocks drift apart, so an old sample loses some of its worth. */
#ifndef CONTROLLER_OFFSET_H
#define CONTROLLER_OFFSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OFFSET_SAMPLES   16
#define OFFSET_DRIFT_PPM 50 /* between two quartz clocks, generously */

struct offset_sample
{
    int64_t offset_ns; /* the agent's clock minus ours */
    int64_t rtt_ns;
    int64_t at_ns; /* our clock */
};

struct offset_track
{
    struct offset_sample samples[OFFSET_SAMPLES];
    size_t count, next;
};

struct offset_estimate
{
    bool known;
    int64_t offset_ns;      /* the agent's clock minus ours */
    int64_t uncertainty_ns; /* the true offset is within this of it */
    int64_t rtt_ns;
};

/* Adds an exchange.  False when the stamps cannot be true: a negative time, an
 * answer sent before the question came, more time there than the round trip. */
bool offset_add(struct offset_track *track, int64_t t1, int64_t t2, int64_t t3,
                int64_t t4);

/* The best sample as of now. */
struct offset_estimate offset_best(const struct offset_track *track,
                                   int64_t now_ns);

/* A time of the agent's clock on ours; the fallback if it cannot be a time.  An
 * unknown offset leaves it as it is. */
int64_t offset_to_ours(const struct offset_estimate *estimate, int64_t at_ns,
                       int64_t fallback_ns);

#endif
