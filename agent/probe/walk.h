/* The walk: TTL-limited copies of an attempt's SYN (from the source) or of the
 * SYN-ACK to it (from the destination), all hops in one burst.  See
 * walk_number.h for how a reply tells its TTL. */
#ifndef PROBE_WALK_H
#define PROBE_WALK_H

#include <stdbool.h>

#include "agent/probe/connect.h"
#include "agent/probe/walk_number.h"
#include "common/segment/segment.h"

/* For the replies, also of a slow path: the attempts are waited for longer. */
#define WALK_WAIT_MS 600

struct walk;

/* The walk is over and frees itself; not called after walk_close(). */
typedef void (*walk_done)(struct worker *worker);

/* May it walk along flow?  -EPERM to that address, -EACCES anywhere, by the
 * policy; -EINVAL when a source's walk does not go where its attempts do: the
 * controller chooses neither address nor port.  A destination answers what came
 * in, behind whatever NAT. */
int walk_check(const struct worker *worker, const struct probe_flow *flow,
               struct err *err);

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

#endif
