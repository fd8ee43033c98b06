/* How the copies of a walk tell their TTL.  Pure.
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
 * A SYN-ACK's copy has both numbers of the one that left, each t + 1 less.  So
 * it stands within the windows that stateful devices keep of the flow (netfilter
 * takes it for the SYN-ACK sent again, pf for one of its last octets), but it is
 * no attempt's to any observer, and the source's socket would answer it with a
 * RST instead of opening the connection. */
#ifndef PROBE_WALK_NUMBER_H
#define PROBE_WALK_NUMBER_H

#include "common/trace/order.h"

#define WALK_MAX_TTL        30 /* what the numbers tell apart */
#define WALK_SEQUENCE_SHIFT 1  /* TTL 1 has ISN + 2 */

/* The sequence number of the SYN's copy for this TTL (1 to WALK_MAX_TTL), and
 * back: 0 if it is none of this attempt's. */
uint32_t walk_sequence(const struct order *order, unsigned attempt,
                       unsigned ttl);
unsigned walk_ttl_of(const struct order *order, unsigned attempt,
                     uint32_t sequence);

/* Likewise for either number of the SYN-ACK that left. */
uint32_t walk_number(uint32_t number, unsigned ttl);
unsigned walk_ttl_by(uint32_t number, uint32_t copied);

#endif
