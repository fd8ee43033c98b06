/* What one worker may send, whatever it is told: asked of the keeper, packet by
 * packet (handoff.h).  The limits are here, on the side that no order reaches. */
#ifndef KEEPER_ALLOWANCE_H
#define KEEPER_ALLOWANCE_H

#include <stdint.h>

#include "agent/keeper/handoff.h"
#include "agent/keeper/pace.h"

struct allowance
{
    int channel; /* to the worker; -1: none */
    unsigned left[HANDOFF_PACKETS_COUNT];
    struct address target; /* unset: none was named yet */
    struct pace_charge charge;
};

/* For the worker of this order, whose attempts were taken as charge says. */
void allowance_init(struct allowance *allowance, int channel,
                    const struct order *order,
                    const struct pace_charge *charge);

/* Judges one question, and takes what it asks for: -EPERM to another address
 * than before, to a group of hosts, or for more than the order has; -EBUSY when the rate leaves no
 * room; -EBADMSG when it is malformed. */
int allowance_judge(struct allowance *allowance, struct pace *pace,
                    const struct handoff_ask *ask, int64_t now_ns,
                    struct err *err);

/* Answers what the worker has asked.  Whoever sends what is no question is
 * answered no more. */
void allowance_answer(struct allowance *allowance, struct pace *pace,
                      int64_t now_ns);

/* The worker has ended: gives back what it cannot have sent. */
void allowance_close(struct allowance *allowance, struct pace *pace,
                     int64_t now_ns);

#endif
