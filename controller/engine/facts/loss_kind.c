#include "controller/engine/facts/loss_kind.h"

#include <math.h>

#define FEW_LOST    3   /* fewer tell no pattern, */
#define FEW_SENT    24  /* or that there is none */
#define MISFIT_BITS 6.0 /* what does not fit a pattern */
#define SURE_BITS   4.0 /* saved: by chance once in 16 times at most */
#define APART_BITS  3.0 /* two patterns that differ by less both fit */

/* The rates that are tried, and what it takes to say which. */
#define RATE_LOWEST   0.01 /* per second */
#define RATE_STEP     1.05
#define RATE_STEPS    156 /* to 19 per second */
#define RATE_BITS     8.0
#define RATE_JITTER_S 0.01 /* between two packets, on their way */
#define NS_PER_SECOND 1e9

struct loss_interval loss_interval_of(unsigned lost, unsigned sent)
{
    const double z = 1.959964; /* 95 % */
    double n = sent;
    double share = lost / n;
    double middle = share + z * z / (2 * n);
    double width = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    double scale = 1 + z * z / n;
    struct loss_interval interval = {(middle - width) / scale,
                                     (middle + width) / scale};

    if (lost == 0)
        interval.low = 0;
    if (lost == sent)
        interval.high = 1;
    return interval;
}

/* To say which of so many were lost, each on its own. */
static double chance_bits(unsigned lost, unsigned sent)
{
    double share = sent == 0 ? 0 : (double)lost / sent;

    if (lost == 0 || lost == sent)
        return 0;
    return -(double)sent *
           (share * log2(share) + (1 - share) * log2(1 - share));
}

struct counts
{
    unsigned attempts, first_lost;
    unsigned again, again_lost;
};

/* The attempt's how manieth sending is it, from 0? */
static unsigned number_of(const struct sendings *sendings, size_t i)
{
    unsigned number = 0;

    for (size_t k = 0; k < i; k++)
        number += sendings->items[k].attempt == sendings->items[i].attempt;
    return number;
}

static struct counts count(const struct sendings *sendings)
{
    struct counts counts = {0};

    for (size_t i = 0; i < sendings->count; i++) {
        const struct sending *sending = &sendings->items[i];

        counts.attempts += !sending->again;
        counts.first_lost += !sending->again && !sending->came;
        if (!sending->again || (sendings->keep_way != 0 &&
                                number_of(sendings, i) >= sendings->keep_way))
            continue;
        counts.again++;
        counts.again_lost += !sending->came;
    }
    return counts;
}

/* Saved by saying once for each attempt whether it gets through. */
static double port_saves(const struct counts *counts)
{
    double bits = chance_bits(counts->first_lost, counts->attempts) +
                  MISFIT_BITS * (counts->again - counts->again_lost);

    if (counts->first_lost == counts->attempts)
        return 0;
    return chance_bits(counts->first_lost + counts->again_lost,
                       counts->attempts + counts->again) -
           bits;
}

static bool is_of_first(const struct counts *counts)
{
    return counts->first_lost == counts->attempts &&
           counts->attempts >= FEW_LOST && counts->again_lost == 0 &&
           counts->again >= FEW_LOST;
}

static double seconds_since_first(const struct sendings *sendings, size_t i)
{
    return (double)(sendings->items[i].packet->at_ns -
                    sendings->items[0].packet->at_ns) /
           NS_PER_SECOND;
}

/* To say what a bucket of that burst, filled at that rate, does otherwise than
 * was seen, and what it does where a little jitter decides.  Each packet that
 * passes takes a token. */
static double bucket_bits(const struct sendings *sendings, double rate,
                          unsigned burst)
{
    double jitter = rate * RATE_JITTER_S;
    double tokens = burst;
    double before = 0;
    double bits = RATE_BITS;

    for (size_t i = 0; i < sendings->count; i++) {
        double now = seconds_since_first(sendings, i);

        tokens = fmin(tokens + (now - before) * rate, burst);
        before = now;
        if (fabs(tokens - 1) < jitter)
            bits += 1;
        else if (sendings->items[i].came != (tokens >= 1))
            bits += MISFIT_BITS;
        if (sendings->items[i].came)
            tokens = fmax(tokens - 1, 0);
    }
    return bits;
}

static unsigned passed_at_first(const struct sendings *sendings)
{
    unsigned passed = 0;

    while (passed < sendings->count && sendings->items[passed].came)
        passed++;
    return passed;
}

/* Saved by the rate that fits best, with the burst that let the first ones
 * through. */
static double rate_saves(const struct sendings *sendings,
                         struct loss_pattern *out)
{
    unsigned initial = passed_at_first(sendings);
    double best = INFINITY;

    if (initial == 0)
        return 0;
    for (unsigned step = 0; step < RATE_STEPS; step++) {
        double rate = RATE_LOWEST * pow(RATE_STEP, step);
        double filled = rate * seconds_since_first(sendings, initial - 1);
        unsigned least = (unsigned)fmax(initial - filled, 1);

        for (unsigned burst = least; burst <= least + 1 && burst <= initial;
             burst++) {
            double bits = bucket_bits(sendings, rate, burst);

            if (bits >= best)
                continue;
            best = bits;
            out->per_second = rate;
            out->burst = burst;
        }
    }
    if (sendings->count - sendings->lost == initial)
        out->per_second = 0; /* nothing more came: at what rate, is not known */
    return chance_bits(sendings->lost, (unsigned)sendings->count) - best;
}

static enum loss_kind best_of(double by_port, double by_rate)
{
    if (fmax(by_port, by_rate) < SURE_BITS)
        return LOSS_BY_CHANCE;
    if (fabs(by_port - by_rate) < APART_BITS)
        return LOSS_UNCLEAR;
    return by_port > by_rate ? LOSS_BY_PORT : LOSS_BY_RATE;
}

void loss_kind_find(const struct sendings *sendings, struct loss_pattern *out)
{
    struct counts counts = count(sendings);

    *out = (struct loss_pattern){.kind = LOSS_NONE};
    if (sendings->lost == 0)
        return;
    if (is_of_first(&counts))
        out->kind = LOSS_OF_FIRST;
    else if (sendings->lost >= FEW_LOST)
        out->kind = best_of(port_saves(&counts), rate_saves(sendings, out));
    else
        out->kind = LOSS_FEW;
    if (out->kind == LOSS_BY_CHANCE && sendings->count < FEW_SENT)
        out->kind = LOSS_FEW;
}
