/* The walk: TTL-limited copies of an attempt's SYN (from the source) or of the
 * SYN-ACK to it (from the destination), all hops in one burst, and those that did
 * not answer again: many routers tell few errors in a second.  See walk_number.h
 * for how a reply tells its TTL. */
#ifndef PROBE_WALK_H
#define PROBE_WALK_H

#include <stdbool.h>

#include "agent/probe/connect.h"
#include "agent/probe/walk_number.h"
#include "common/segment/segment.h"

/* For the replies, also of a slow path: the attempts are waited for longer. */
#define WALK_WAIT_MS     600
#define WALK_AGAIN_MS    150 /* then what did not answer is sent once more, */
#define WALK_AGAIN_TIMES 2   /* and again, */
#define WALK_AGAIN_MORE  2   /* as far as so many hops behind the last one */

struct walk;

/* Along which attempt, and how far. */
struct walk_way
{
    struct probe_flow flow;
    unsigned attempt;
    unsigned max_ttl;
    bool is_syn_ack; /* that left with these numbers */
    uint32_t sequence;
    uint32_t acknowledge;
};

/* The walk is over and frees itself; not called after walk_close(). */
typedef void (*walk_done)(struct worker *worker);

/* May it walk that way?  -EPERM to that address, -EACCES anywhere, by the
 * policy; -EINVAL when a source's walk does not go where its attempts do: the
 * controller chooses neither address nor port. */
int walk_check(const struct worker *worker, const struct walk_way *way,
               struct err *err);

/* Starts one, when the keeper allows the packets.  Sends all copies before it
 * returns; done comes later, from the loop. */
int walk_start(struct walk **out, struct worker *worker,
               const struct walk_way *way, walk_done done, struct err *err);

/* A captured packet: takes it and returns true if it answers the walk. */
bool walk_notice(struct walk *walk, const struct segment *segment,
                 int64_t at_ns);

/* Ends it early, reporting the hops so far.  What the copies of a SYN may have
 * left at a listener is taken away. */
void walk_close(struct walk *walk);

#endif
