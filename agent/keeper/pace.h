/* How fast this agent may send: packets per second, in all and per address.
 * Buckets that fill with time, given as an argument. */
#ifndef KEEPER_PACE_H
#define KEEPER_PACE_H

#include <stdint.h>

#include "common/base/address.h"

struct err;
struct order;
struct policy;

#define PACE_TARGETS 64

struct pace_bucket
{
    uint64_t target;    /* hash of the address */
    int64_t full_at_ns; /* when it is full again; before now: full */
};

/* One rate in all and per address. */
struct pace_share
{
    struct pace_bucket all;
    struct pace_bucket targets[PACE_TARGETS];
};

struct pace
{
    struct pace_share probes;
    struct pace_share walks; /* a rate of their own, as high */
};

struct pace_rates
{
    unsigned in_all, per_target; /* packets per second */
};

struct pace_rates pace_rates_of(const struct policy *policy);

/* Takes count packets to the target, or to one that is not known yet (NULL):
 * 0, or -EBUSY and a sentence, and nothing is taken.  The target's share of the
 * latter is taken by pace_take_target(), once it is known. */
int pace_take(struct pace_share *share, const struct pace_rates *rates,
              const struct address *target, unsigned count, int64_t now_ns,
              struct err *err);
int pace_take_target(struct pace_share *share, const struct pace_rates *rates,
                     const struct address *target, unsigned count,
                     int64_t now_ns, struct err *err);

/* What an order's attempts took, for pace_give_back(). */
struct pace_charge
{
    struct address target; /* unset: not known yet */
    struct pace_rates rates;
    unsigned attempts;
    uint32_t spacing_ms;
    int64_t at_ns;
};

struct pace_charge pace_charge_of(const struct policy *policy,
                                  const struct order *order, int64_t now_ns);

/* Its worker has ended: gives back what it cannot have sent in that time, since
 * the attempts are spaced.  Where they are not, nothing. */
void pace_give_back(struct pace_share *share, const struct pace_charge *charge,
                    int64_t now_ns);

#endif
