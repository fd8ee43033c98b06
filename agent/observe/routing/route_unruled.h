/* A table that knows the way to a destination, and that no policy rule leads to, or
 * whose way stands behind a throw route: what is absent shows in no lookup. */
#ifndef OBSERVE_ROUTE_UNRULED_H
#define OBSERVE_ROUTE_UNRULED_H

#include <stdint.h>

#include "agent/observe/routing/route_lookup.h"

/* A route of the type throw, which ends the search in its table. */
struct route_thrown
{
    uint32_t table; /* 0: there is none */
    int prefix;
    struct address address; /* unset: of all */
};

struct route_unruled
{
    uint32_t table; /* that holds a way, and no rule that might match leads to
                       it; 0: none does */
    uint32_t ruled; /* the last that holds a way and that a rule leads to; 0 */
    struct route_thrown thrown; /* stands before a way in a ruled table */
};

/* What of this is true of the two tables (0: none), in their order, for the
 * question's destination.  All 0 if the routes or rules could not be read. */
struct route_unruled route_unruled_find(struct netlink *netlink,
                                        const struct route_question *question,
                                        uint32_t first, uint32_t second);

#endif
