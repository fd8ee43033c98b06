/* Which ways towards a peer other interfaces offer. */
#ifndef OBSERVE_ROUTE_OTHERS_H
#define OBSERVE_ROUTE_OTHERS_H

#include "agent/observe/routing/route_lookup.h"

struct worker;

#define ROUTE_OTHERS_MAX 16 /* interfaces that are asked for */

/* Emits the best route by each interface that holds an address of the peer's
 * family, except lo and that of the route which is used, where it has one; and
 * the next shorter prefix that covers the peer, by whatever interface. */
void route_others_tell(struct worker *worker, struct netlink *netlink,
                       const struct address *peer,
                       const struct route_answer *used);

#endif
