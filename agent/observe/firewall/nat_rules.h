/* Does any rule of this host's NAT still send connections to that address?
 * Asked only of an old entry of connection tracking, for it takes the programs
 * that list rules. */
#ifndef OBSERVE_NAT_RULES_H
#define OBSERVE_NAT_RULES_H

#include <stdbool.h>

#include "common/base/address.h"

struct err;

/* *mentioned is true as well where it cannot be told: a range, a balancer.
 * Negative when the rules cannot be listed. */
int nat_rules_mention(const struct address *target, bool *mentioned,
                      struct err *err);

/* The same of one listing, as nft or iptables-save write it.  Pure. */
bool nat_text_mentions(const char *text, const struct address *target);

#endif
