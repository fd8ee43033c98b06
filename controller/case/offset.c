#include "controller/case/offset.h"

/* No monotonic clock gets there; below it no sum here can overflow. */
#define LATEST_NS (INT64_MAX / 8)

static bool is_time(int64_t at_ns)
{
    return at_ns >= 0 && at_ns < LATEST_NS;
}

bool offset_add(struct offset_track *track, int64_t t1, int64_t t2, int64_t t3,
                int64_t t4)
{
    struct offset_sample sample = {.at_ns = t4};

    if (!is_time(t1) || !is_time(t2) || !is_time(t3) || !is_time(t4) ||
        t3 < t2 || t4 < t1)
        return false;
    sample.rtt_ns = (t4 - t1) - (t3 - t2);
    if (sample.rtt_ns < 0)
        return false;
    sample.offset_ns = ((t2 - t1) + (t3 - t4)) / 2;
    track->samples[track->next] = sample;
    track->next = (track->next + 1) % OFFSET_SAMPLES;
    if (track->count < OFFSET_SAMPLES)
        track->count++;
    return true;
}

static int64_t uncertainty(const struct offset_sample *sample, int64_t now_ns)
{
    int64_t age = now_ns > sample->at_ns ? now_ns - sample->at_ns : 0;

    return sample->rtt_ns / 2 + age / (1000000 / OFFSET_DRIFT_PPM);
}

struct offset_estimate offset_best(const struct offset_track *track,
                                   int64_t now_ns)
{
    struct offset_estimate best = {0};

    for (size_t i = 0; i < track->count; i++) {
        const struct offset_sample *sample = &track->samples[i];
        int64_t worth = uncertainty(sample, now_ns);

        if (best.known && worth >= best.uncertainty_ns)
            continue;
        best.known = true;
        best.offset_ns = sample->offset_ns;
        best.uncertainty_ns = worth;
        best.rtt_ns = sample->rtt_ns;
    }
    return best;
}

int64_t offset_to_ours(const struct offset_estimate *estimate, int64_t at_ns,
                       int64_t fallback_ns)
{
    if (!is_time(at_ns))
        return fallback_ns;
    return at_ns - estimate->offset_ns;
}
