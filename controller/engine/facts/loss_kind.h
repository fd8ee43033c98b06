/* What losses that come and go follow: the port, a rate, the beginning of each
 * flow, or nothing that can be told.
 *
 * Told from what was sent and what of it came alone, by how many bits it takes
 * to say what was seen: with nothing but the share of what was lost, or with a
 * pattern and what does not fit it.  A pattern that saves few bits may be chance. */
#ifndef VERDICT_LOSS_KIND_H
#define VERDICT_LOSS_KIND_H

#include "controller/engine/facts/sendings.h"

enum loss_kind
{
    LOSS_NONE,
    LOSS_FEW,       /* too few to tell anything */
    LOSS_BY_PORT,   /* the same attempts, however often they are repeated */
    LOSS_BY_RATE,   /* what is above a rate */
    LOSS_OF_FIRST,  /* the first packet of each flow, and no other */
    LOSS_UNCLEAR,   /* port and rate both fit */
    LOSS_BY_CHANCE, /* none of these fits */
};

struct loss_pattern
{
    enum loss_kind kind;
    /* LOSS_BY_RATE: what a bucket of so many tokens lets through. */
    double per_second; /* 0: nothing more in that time */
    unsigned burst;
};

void loss_kind_find(const struct sendings *sendings, struct loss_pattern *out);

/* The share's interval of 95 % (Wilson's), of lost among sent (not 0). */
struct loss_interval
{
    double low, high;
};
struct loss_interval loss_interval_of(unsigned lost, unsigned sent);

#endif
