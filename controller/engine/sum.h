/* The second of the two places that decide: all attempts of a trace, summed up.
 *
 *  1. Silence is no attempt's proof: that a packet left and never came is proven
 *     only where three attempts lost theirs so, one of them also the one that
 *     the kernel sent again after a second, none got through, no host freed one
 *     itself, and the way is known not to be so slow (view/silence.h); else it
 *     is likely.
 *  2. The attempt that speaks for the trace is the first of the surest, one that
 *     lacks nothing but time for its proof before another; one that
 *     opened, but not with the destination or not for it, before all that failed.
 *  3. If some attempts connected and others failed, and all that failed did so by
 *     one cause of their own, that cause is the verdict; where a rule with a
 *     limit is behind it, or no one cause, it is intermittent loss.  So it is if
 *     several connected, and some of them only with a packet that was sent again.
 *     A single one that did is connected.  And so it is if some lost but the
 *     handshake's ACK on the way, for which the next packet makes up. */
#ifndef VERDICT_SUM_H
#define VERDICT_SUM_H

#include "controller/engine/judge.h"

struct sum
{
    struct opinion opinions[ORDER_MAX_ATTEMPTS + 1]; /* by attempt, from 1 */
    unsigned chosen; /* the attempt that speaks for the trace */
    unsigned connected;
    unsigned failed;
    unsigned resent; /* of those that connected: with a packet sent again */
    unsigned odd;    /* opened, but not with the destination, or not for it */
    bool is_intermittent; /* some lost a packet, and no one cause explains it */
    enum outcome outcome; /* what an application sees, */
    int64_t outcome_ms;   /* after so long, about; 0: not worth telling */
};

void sum_up(const struct view *view, struct sum *out);

/* Did this attempt fail for good?  Not if it was merely cut short. */
bool sum_is_failed(const struct view *view, unsigned n);

/* Did some attempts connect and others fail? */
bool sum_is_mixed(const struct sum *sum);

/* Did the attempt that speaks for the trace open, though not as it should? */
bool sum_is_odd(const struct view *view, const struct sum *sum);

/* May the probing end?  Yes once something positive proves the cause: further
 * attempts could only say it again.  An absence needs all of them. */
bool sum_is_settled(const struct view *view, const struct sum *sum);

#endif
