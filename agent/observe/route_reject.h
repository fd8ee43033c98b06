/* Which route rejects a destination.  The kernel's lookup says only that one
 * does (IPv4 gives the error alone), so rules and tables are walked here as
 * the kernel walks them. */
#ifndef OBSERVE_ROUTE_REJECT_H
#define OBSERVE_ROUTE_REJECT_H

#include <stdint.h>

#include "common/base/address.h"

struct err;
struct netlink;

struct route_reject
{
    struct address address; /* of the route's prefix */
    unsigned prefix;        /* its length */
    uint32_t table;
};

/* type is RTN_BLACKHOLE, RTN_UNREACHABLE or RTN_PROHIBIT, as the lookup said.
 * -ENOENT when the tables do not bear that out, or when it hangs on a rule
 * whose selectors (a mark, an interface, a user) are not judged here. */
int route_reject_find(struct netlink *netlink, const struct address *to,
                      const struct address *from, unsigned type,
                      struct route_reject *out, struct err *err);

#endif
