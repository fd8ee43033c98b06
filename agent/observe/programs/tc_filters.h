/* The tc filters and tcx programs of a device, of one direction. */
#ifndef OBSERVE_TC_FILTERS_H
#define OBSERVE_TC_FILTERS_H

#include <stdbool.h>

#include "agent/observe/programs/found_programs.h"

struct err;
struct netlink;
struct nlmsghdr;

/* Adds those that can drop a packet of that family (4 or 6): filters of another
 * protocol, and those that only classify, cannot.  Hooks are "tc-ingress" and
 * "tcx-ingress", or "tc-egress" and "tcx-egress". */
int tc_filters_find(struct netlink *netlink, const char *interface, bool egress,
                    unsigned family, struct found_programs *found,
                    struct err *err);

/* Reads one message of the list into out, whose hook is set; false when it is
 * no filter that can drop a packet of that family. */
bool tc_filters_parse(const struct nlmsghdr *message, unsigned family,
                      struct found_program *out);

#endif
