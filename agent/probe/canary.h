/* A packet of our own by which an observer proves that it sees: a TCP RST on
 * loopback, which nobody answers and the kernel drops, with the sequence number
 * of attempt 0, which no order has. */
#ifndef PROBE_CANARY_H
#define PROBE_CANARY_H

#include "common/trace/order.h"

#define CANARY_PORT 9 /* discard; source and destination */

/* Sends one.  Negative errno if it cannot be sent (lo is down, no CAP_NET_RAW). */
int canary_send(const struct order *order);

#endif
