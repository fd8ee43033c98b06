#include "agent/probe/trial_number.h"

#include <assert.h>

#define FIRST (ORDER_MAX_ATTEMPTS + 1)

/* The order's own bits (1 to 15), the last trial's and its index fit below the
 * mask. */
static_assert(15 + ((FIRST + TRIAL_COUNT) << ORDER_ISN_SHIFT) <=
                  ~ORDER_ISN_MASK + 1,
              "the trials' numbers stay within the trace's");
static_assert(TRIAL_MAX_INDEX < 1 << ORDER_ISN_SHIFT,
              "a trial's packets are within one step of the attempts");

unsigned trial_attempt(enum trial trial)
{
    return FIRST + (unsigned)trial;
}

uint32_t trial_number(const struct order *order, enum trial trial,
                      unsigned index)
{
    return order_isn(order, trial_attempt(trial)) + index;
}

int trial_of(const struct order *order, uint32_t number)
{
    uint32_t slot = (number - order->isn_base) >> ORDER_ISN_SHIFT;

    return slot >= FIRST && slot < FIRST + TRIAL_COUNT ? (int)(slot - FIRST)
                                                       : -1;
}
