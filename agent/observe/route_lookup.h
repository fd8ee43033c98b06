/* What the kernel's routing says about one destination: `ip route get`. */
#ifndef OBSERVE_ROUTE_LOOKUP_H
#define OBSERVE_ROUTE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "common/base/address.h"

struct err;
struct netlink;

struct route_answer
{
    const char *type;                /* unicast, local, ..., none */
    int error;                       /* the kernel's errno, 0 for a route */
    int prefix;                      /* of the route that matched, or -1 */
    struct address matched;          /* the address of that prefix */
    uint32_t table;                  /* 0: unknown */
    unsigned index;                  /* of the interface, 0: none */
    char interface[IF_NAMESIZE];     /* empty: none */
    struct address gateway;          /* unset: the destination is on link */
    struct address preferred_source; /* what the kernel would send from */
};

/* Is the type one that turns packets away? */
bool route_type_rejects(const char *type);

/* Asks for the route to a destination, from a source if that is set.  A source
 * that this host does not hold is left out: the kernel answers it with EINVAL,
 * which would look like a blackhole.  A refusal by the routing is an answer
 * (type, error); a negative return means that it could not be asked. */
int route_lookup(struct netlink *netlink, const struct address *destination,
                 const struct address *source, struct route_answer *answer,
                 struct err *err);

/* Does this host hold the address? */
bool route_is_local(struct netlink *netlink, const struct address *address);

#endif
