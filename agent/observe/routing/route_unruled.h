/* A table that knows the way to a destination, and that no policy rule leads to:
 * what is absent shows in no lookup. */
#ifndef OBSERVE_ROUTE_UNRULED_H
#define OBSERVE_ROUTE_UNRULED_H

#include <stdint.h>

#include "agent/observe/routing/route_lookup.h"

/* Of the two tables (0: none) the first that holds a way for the question's
 * destination although none of the rules that might match leads to it; 0 if
 * there is none, or the routes or rules could not be read.  *ruled (may be
 * NULL): a rule leads to one that holds a way, 0: to none. */
uint32_t route_unruled_table(struct netlink *netlink,
                             const struct route_question *question,
                             uint32_t first, uint32_t second, uint32_t *ruled);

#endif
