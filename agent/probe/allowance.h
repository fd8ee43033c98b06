/* Asking the keeper before packets are sent (agent/keeper/handoff.h). */
#ifndef PROBE_ALLOWANCE_H
#define PROBE_ALLOWANCE_H

#include "agent/keeper/handoff.h"

struct err;

/* May this worker send so many packets of that kind to the target?  Waits for
 * the answer.  0, or the keeper's no (-EPERM, -EBUSY) and its sentence;
 * -ENOTCONN or -ETIMEDOUT if it says nothing, which is a no. */
int allowance_ask(enum handoff_packets packets, const struct address *target,
                  unsigned count, struct err *err);

#endif
