/* How a trial's packets are known: by the number that they bear, a SYN as its
 * sequence number, a datagram or an echo in the first octets of its data.  It
 * has the trace's upper bits, so that all filters of the trace see it, and is
 * that of no attempt that a trace can have, so that nobody takes it for one.
 * Pure. */
#ifndef PROBE_TRIAL_NUMBER_H
#define PROBE_TRIAL_NUMBER_H

#include "common/trace/order.h"

#define TRIAL_MAX_INDEX 31 /* packets of one trial that are told apart */

/* The "attempt" that such a trial's packets count as, beyond all others. */
unsigned trial_attempt(enum trial trial);

/* The number of that packet of the trial, from 0. */
uint32_t trial_number(const struct order *order, enum trial trial,
                      unsigned index);

/* The trial whose number it is; -1 if it is of none. */
int trial_of(const struct order *order, uint32_t number);

#endif
