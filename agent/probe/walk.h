/* The walk: TTL-limited copies of an attempt's SYN (from the source) or of the
 * SYN-ACK to it (from the destination), all hops in one burst.
 *
 * An ICMP error surely quotes only ports and sequence number of a TCP packet.
 * So the TTL is told in the sequence number: attempts' numbers differ from the
 * trace's base by multiples of 32 (ORDER_ISN_SHIFT), and the copy for TTL t of
 * attempt n has ISN(n) + t + 1.  Such a number
 *  - still matches every filter of the trace, so that captures see the replies;
 *  - is no attempt's for order_attempt_of(), so that neither this host's nor
 *    the far host's observers take it for an attempt's packet;
 *  - is outside what a socket in SYN_SENT has sent (ISN to ISN + 1), so that
 *    the kernel does not end the attempt for our "time exceeded".
 * A SYN-ACK's copy also acknowledges ISN(n) - t: an old number, which passes
 * connection tracking, but which the source's socket answers with a RST instead
 * of opening the connection. */
#ifndef PROBE_WALK_H
#define PROBE_WALK_H

#include <stdbool.h>

#include "agent/probe/connect.h"
#include "common/segment/segment.h"

#define WALK_MAX_TTL 30  /* what the sequence numbers tell apart */
#define WALK_WAIT_MS 300 /* for the replies */

struct walk;

/* The walk is over and frees itself; not called after walk_close(). */
typedef void (*walk_done)(struct worker *worker);

/* Starts one along flow, for the attempt, port and TTLs of the command.  Sends
 * all copies before it returns; done comes later, from the loop. */
int walk_start(struct walk **out, struct worker *worker,
               const struct command *command, const struct probe_flow *flow,
               walk_done done, struct err *err);

/* A captured packet: takes it and returns true if it answers the walk. */
bool walk_notice(struct walk *walk, const struct segment *segment,
                 int64_t at_ns);

/* Ends it early, reporting the hops so far. */
void walk_close(struct walk *walk);

/* The sequence number of the copy for this TTL (1 to WALK_MAX_TTL), and back:
 * 0 if it is none of this attempt's. */
uint32_t walk_sequence(const struct order *order, unsigned attempt,
                       unsigned ttl);
unsigned walk_ttl_of(const struct order *order, unsigned attempt,
                     uint32_t sequence);

#endif
