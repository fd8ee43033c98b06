/* How fast this agent may probe: SYNs per second, in all and per target.
 * Buckets that fill with time, given as an argument. */
#ifndef KEEPER_PACE_H
#define KEEPER_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct order;
struct policy;

#define PACE_TARGETS     64
#define PACE_WALK_COPIES 30 /* that a walk sends at most */

struct pace_bucket
{
    uint64_t target;    /* hash of the address or name */
    int64_t full_at_ns; /* when it is full again; before now: full */
};

struct pace
{
    struct pace_bucket agent;
    struct pace_bucket walks; /* a rate of their own, as high as the agent's */
    struct pace_bucket targets[PACE_TARGETS];
};

/* Takes the order's SYNs from the buckets: 0, or -EBUSY and a sentence, and
 * nothing is taken.  An order that sends none always passes. */
int pace_take(struct pace *pace, const struct policy *policy,
              const struct order *order, int64_t now_ns, struct err *err);

/* What an order took, for pace_give_back(). */
struct pace_charge
{
    uint64_t target;
    unsigned rate, rate_per_target;
    unsigned attempts;
    uint32_t spacing_ms;
    int64_t at_ns;
};

struct pace_charge pace_charge_of(const struct policy *policy,
                                  const struct order *order, int64_t now_ns);

/* Its worker has ended: gives back what it cannot have sent in that time, since
 * the attempts are spaced.  Where they are not, nothing. */
void pace_give_back(struct pace *pace, const struct pace_charge *charge,
                    int64_t now_ns);

/* May one more worker walk?  Its copies are taken then, whether it does or not:
 * it is told on its own channel, which the keeper does not see. */
bool pace_take_walk(struct pace *pace, const struct policy *policy,
                    int64_t now_ns);

#endif
