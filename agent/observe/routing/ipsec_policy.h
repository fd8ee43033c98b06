/* IPsec policies and what they say of one packet.  Pure. */
#ifndef OBSERVE_IPSEC_POLICY_H
#define OBSERVE_IPSEC_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"

struct nlmsghdr;

#define IPSEC_RULE_SIZE 192

/* One way of a connection; an unset address and port 0 are not known. */
struct ipsec_flow
{
    unsigned family;
    struct address source, destination;
    uint16_t source_port, destination_port;
};

struct ipsec_policy
{
    uint8_t direction; /* XFRM_POLICY_IN, _OUT, _FWD */
    bool blocks;
    uint32_t index, priority;
    unsigned protections;       /* that it demands: AH, ESP ... */
    char rule[IPSEC_RULE_SIZE]; /* what it selects, as `ip xfrm policy` says */
};

/* Reads one message of the kernel's list (XFRM_MSG_NEWPOLICY).  False when it
 * is malformed, or does not select a TCP packet of this flow. */
bool ipsec_policy_parse(const struct nlmsghdr *message,
                        const struct ipsec_flow *flow,
                        struct ipsec_policy *out);

#endif
