/* What the destination's capture saw of each attempt: the only flows along which
 * it may send, and the numbers that they go by. */
#ifndef PROBE_FLOWS_H
#define PROBE_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/probe/connect.h"
#include "common/segment/segment.h"
#include "common/trace/order.h"

struct err;

struct captured_flow
{
    struct probe_flow flow; /* own port 0: no SYN came */
    bool has_answered;      /* a SYN-ACK left */
    bool is_open;           /* and was acknowledged */
    uint32_t sequence;      /* of the SYN-ACK */
    uint32_t acknowledge;
};

struct flows
{
    struct captured_flow list[ORDER_MAX_ATTEMPTS + 1]; /* by attempt */
};

/* A captured packet of that attempt: of a SYN the first sight coming in, of a
 * SYN-ACK the one that leaves for whoever sent it. */
void flows_notice(struct flows *flows, unsigned attempt,
                  const struct segment *segment);

/* The attempt's flow, if something may be sent along it as its SYN-ACK.  NULL and
 * a sentence, if no SYN of it came in, no SYN-ACK left, or it is open. */
const struct captured_flow *flows_find(const struct flows *flows,
                                       unsigned attempt, struct err *err);

#endif
