/* Which route or policy rule rejects a destination.  The kernel's lookup says
 * only that one does (IPv4 gives the error alone), so rules and tables are
 * walked here as the kernel walks them. */
#ifndef OBSERVE_ROUTE_REJECT_H
#define OBSERVE_ROUTE_REJECT_H

#include <stdint.h>

#include "agent/observe/routing/route_lookup.h"

struct route_reject
{
    char rule[ROUTE_RULE_TEXT_SIZE]; /* the rule itself; empty: a route does */
    struct address address;          /* of the route's prefix */
    unsigned prefix;                 /* its length */
    uint32_t table;
};

/* type is RTN_BLACKHOLE, RTN_UNREACHABLE or RTN_PROHIBIT, as the lookup said.
 * -ENOENT when the tables do not bear that out, or when it hangs on a rule
 * whose selectors are not judged here. */
int route_reject_find(struct netlink *netlink,
                      const struct route_question *question, unsigned type,
                      struct route_reject *out, struct err *err);

#endif
