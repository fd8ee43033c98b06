/* Reads a rule of iptables far enough to say that a packet cannot have met it:
 * so that a counter which grew for others is not blamed. */
#ifndef OBSERVE_RULE_MATCH_H
#define OBSERVE_RULE_MATCH_H

#include <stdbool.h>

#include "agent/observe/firewall/rule_step.h"

/* Does the rule's text (from iptables-save) ask for something that the TCP
 * packet is not?  Of the packet an unset address or a port 0 is not known;
 * from_elsewhere: no device of the host itself brought it.  False whenever it is
 * not sure: of matches not known here, of what is not known of the packet. */
bool rule_match_excludes(const char *text, const struct rule_packet *packet,
                         bool from_elsewhere);

#endif
