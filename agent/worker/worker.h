/* One trace on one host, seen from its observers.
 *
 * The worker (worker.c) owns the loop, the order and the channel to the link;
 * observers and probes see it through these few functions. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <uv.h>

#include "common/base/address.h"
#include "common/trace/evidence.h"
#include "common/trace/order.h"

struct policy;
struct worker;

uv_loop_t *worker_loop(struct worker *worker);
const struct order *worker_order(const struct worker *worker);

/* What this host's owner allows. */
const struct policy *worker_policy(const struct worker *worker);

/* Our own and the peer's address, as far as known: at the source the peer is
 * the destination from COMMAND_ARM on; at the destination "own" is the traced
 * address (which this host may not own) and the peer may be unset. */
struct address worker_own(const struct worker *worker);
struct address worker_peer(const struct worker *worker);

/* Is this network namespace the host's own, and the trace made in another? */
bool worker_is_outside(const struct worker *worker, uint32_t inode);

/* Does this one watch the network namespace that the trace was asked to be made
 * in, and which is not the host's own? */
bool worker_is_inside(const struct worker *worker);

/* Sends a piece of evidence on its way; those who read its kind are shown it
 * later, when no observer is at work.  Copies it.  The observer must have
 * declared the kind (asserted). */
void worker_emit(struct worker *worker, const struct evidence *evidence);

/* Says that something is not looked at, and why. */
void worker_limit(struct worker *worker, const char *observer,
                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
