/* Trials: once the attempts' SYNs are known to vanish between the hosts, packets
 * that differ from them in one respect each, all at once and once more a moment
 * later.  What gets through tells what is filtered; nothing needs to listen
 * there, for the far end's capture sees it come.
 *
 * Of one trace at most TRIALS_MAX_PACKETS.  The other ports are chosen here, at
 * most TRIALS_OTHER_PORTS of them.  Each SYN has a port of its own, which is held
 * meanwhile, so that no connection shares it and the kernel resets what
 * answers. */
#ifndef PROBE_TRIALS_H
#define PROBE_TRIALS_H

#include <stdbool.h>

#include "agent/probe/connect.h"
#include "common/segment/segment.h"

#define TRIALS_OTHER_PORTS 3
#define TRIALS_ROUNDS      2
#define TRIALS_ROUND_MS    100
#define TRIALS_MAX         (TRIAL_VANTAGE - 1 + TRIALS_OTHER_PORTS)
#define TRIALS_MAX_PACKETS (TRIALS_MAX * TRIALS_ROUNDS)

struct tcp_packet;
struct trials;

/* All was sent; not called after trials_close(). */
typedef void (*trials_done)(struct worker *worker);

/* May they go to that peer?  -EPERM by the policy; -EINVAL where it is not whom
 * the source's trace is about, or not from whom the destination has seen an
 * attempt's SYN come. */
int trials_check(const struct worker *worker, const struct address *peer,
                 struct err *err);

/* Asks the keeper, and sends the first round; the rest comes from the loop.  What
 * resembles the attempts' SYN is sent where that one was seen to leave, and
 * never from a destination.  Where what comes back for it is asked for (answers),
 * nothing else is sent, and no listener is left with half of a connection. */
int trials_start(struct trials **out, struct worker *worker,
                 const struct probe_flow *flow, bool answers, trials_done done,
                 struct err *err);

void trials_close(struct trials *trials);

/* The other ports that are tried beside this one; how many. */
unsigned trials_choose_ports(uint16_t port,
                             uint16_t out[static TRIALS_OTHER_PORTS]);

/* The options of that trial's SYN into the packet, and its flags. */
void trials_shape(enum trial trial, const struct segment_tcp *syn,
                  struct tcp_packet *packet);

/* Is that trial another SYN than the attempts', seen by itself?  A trial without
 * what the SYN does not have says nothing. */
bool trials_differ(enum trial trial, const struct segment_tcp *syn);

#endif
