/* Reads a rule of iptables far enough to say that a packet cannot have met it:
 * so that a counter which grew for others is not blamed. */
#ifndef VERDICT_IPTABLES_MATCH_H
#define VERDICT_IPTABLES_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/address.h"

/* What is known of a TCP packet; an unset address, a port 0: nothing. */
struct iptables_packet
{
    struct address source;
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
    bool from_elsewhere; /* no device of the host itself brought it */
};

/* Does the rule's text (from iptables-save) ask for something that the packet
 * is not?  False whenever that is not sure: of matches not known here, of what
 * is not known of the packet, of texts that were cut. */
bool iptables_excludes(const char *text, const struct iptables_packet *packet);

#endif
