#include "agent/observe/routing/ipsec_policy.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/xfrm.h>
#include <netinet/in.h>

#include "agent/observe/host/netlink.h"
#include "common/base/clean.h"

static struct address address_of(uint16_t family, const xfrm_address_t *raw)
{
    return address_from_bytes(raw, family == AF_INET6 ? 16 : 4);
}

/* What is not known is taken to match. */
static bool selects_address(const struct address *selected, unsigned prefix,
                            const struct address *address)
{
    return prefix == 0 || !address_is_set(address) ||
           address_same_prefix(selected, address, prefix);
}

static bool selects_port(__be16 port, __be16 mask, uint16_t actual)
{
    return actual == 0 || ((port ^ htons(actual)) & mask) == 0;
}

static bool selects(const struct xfrm_selector *selector,
                    const struct ipsec_flow *flow)
{
    struct address source = address_of(selector->family, &selector->saddr);
    struct address destination = address_of(selector->family, &selector->daddr);

    /* No family: everything, by the old tools' policies. */
    if (selector->family != 0 &&
        (selector->family == AF_INET6) != (flow->family == 6))
        return false;
    return (selector->proto == 0 || selector->proto == IPPROTO_TCP) &&
           selects_address(&source, selector->prefixlen_s, &flow->source) &&
           selects_address(&destination, selector->prefixlen_d,
                           &flow->destination) &&
           selects_port(selector->sport, selector->sport_mask,
                        flow->source_port) &&
           selects_port(selector->dport, selector->dport_mask,
                        flow->destination_port);
}

static void print_rule(const struct xfrm_selector *selector,
                       char text[static IPSEC_RULE_SIZE])
{
    struct address source = address_of(selector->family, &selector->saddr);
    struct address destination = address_of(selector->family, &selector->daddr);
    char from[ADDRESS_TEXT_SIZE];
    char to[ADDRESS_TEXT_SIZE];
    char more[64] = "";

    if (selector->dport_mask != 0)
        snprintf(more, sizeof(more), " proto tcp dport %u",
                 ntohs(selector->dport));
    else if (selector->sport_mask != 0)
        snprintf(more, sizeof(more), " proto tcp sport %u",
                 ntohs(selector->sport));
    else if (selector->proto != 0)
        snprintf(more, sizeof(more), " proto tcp");
    snprintf(text, IPSEC_RULE_SIZE, "src %s/%u dst %s/%u%s",
             address_print(&source, from), selector->prefixlen_s,
             address_print(&destination, to), selector->prefixlen_d, more);
}

bool ipsec_policy_parse(const struct nlmsghdr *message,
                        const struct ipsec_flow *flow, struct ipsec_policy *out)
{
    struct xfrm_userpolicy_info info;
    const struct nlattr *table[XFRMA_MAX + 1];

    if (message->nlmsg_type != XFRM_MSG_NEWPOLICY ||
        mnl_nlmsg_get_payload_len(message) < sizeof(info))
        return false;
    memcpy(&info, mnl_nlmsg_get_payload(message), sizeof(info));
    if (info.sel.prefixlen_s > 128 || info.sel.prefixlen_d > 128 ||
        !selects(&info.sel, flow))
        return false;
    netlink_sort(message, sizeof(info), table, XFRMA_MAX);
    *out = (struct ipsec_policy){.direction = info.dir,
                                 .blocks = info.action == XFRM_POLICY_BLOCK,
                                 .index = info.index,
                                 .priority = info.priority};
    if (table[XFRMA_TMPL] != NULL)
        out->protections = mnl_attr_get_payload_len(table[XFRMA_TMPL]) /
                           sizeof(struct xfrm_user_tmpl);
    print_rule(&info.sel, out->rule);
    return true;
}
