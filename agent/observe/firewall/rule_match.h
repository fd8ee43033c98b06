/* What a rule of iptables does with a packet, by its text. */
#ifndef OBSERVE_RULE_MATCH_H
#define OBSERVE_RULE_MATCH_H

#include <stdbool.h>

#include "agent/observe/firewall/rule_view.h"

/* Does the rule (from iptables-save, "-A ...") match the packet, and what does
 * it do then?  A target that is no builtin one of a packet's end is taken for
 * a chain where is_chain(name, data) says so, else for ACT_UNKNOWN.  What the
 * rule changes of the packet (its mark, its tracking, its addresses) is changed
 * in packet; where it is not sure (the match, or that the packet comes to the
 * rule: is_sure), it is not known any more.  Asks the kernel for members of
 * ipsets. */
typedef bool (*rule_chain_fn)(const char *name, void *data);
void rule_match(const char *text, bool is_sure, rule_chain_fn is_chain,
                void *data, struct rule_view *packet, struct rule_outcome *out);

/* Does the rule's text ask for something that the TCP packet is not?  Of the
 * packet an unset address or a port 0 is not known; from_elsewhere: no device of
 * the host itself brought it.  False whenever it is not sure. */
bool rule_match_excludes(const char *text, const struct rule_packet *packet,
                         bool from_elsewhere);

#endif
