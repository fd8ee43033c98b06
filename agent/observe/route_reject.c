#include "agent/observe/route_reject.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "agent/observe/netlink.h"
#include "common/base/clean.h"
#include "common/base/err.h"

#define MAX_RULES 64

/* A rule that leads to a table, and what the table says of the destination. */
struct rule
{
    uint32_t table;
    bool is_plain; /* nothing but prefixes decides whether it holds */
    int suppress;  /* matches up to this length do not count, -1: all do */
    bool has_match;
    unsigned type;
    uint32_t metric;
    struct route_reject match;
};

struct walk_of_rules
{
    const struct address *to;
    const struct address *from;
    bool cut; /* there are more rules than fit */
    size_t count;
    struct rule rules[MAX_RULES];
};

/* Is it within the prefix that this attribute and length describe? */
static bool is_within(const struct address *address,
                      const struct nlattr *attribute, unsigned length)
{
    struct address prefix = netlink_address(attribute);

    if (length == 0)
        return true;
    return address_is_set(address) && address_is_set(&prefix) &&
           address_same_prefix(&prefix, address, length);
}

static bool is_plain(const struct fib_rule_hdr *header,
                     const struct nlattr *const *table)
{
    static const unsigned selectors[] = {
        FRA_IIFNAME,  FRA_OIFNAME,          FRA_FWMARK,      FRA_L3MDEV,
        FRA_IP_PROTO, FRA_UID_RANGE,        FRA_SPORT_RANGE, FRA_DPORT_RANGE,
        FRA_TUN_ID,   FRA_SUPPRESS_IFGROUP,
    };

    for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
        if (table[selectors[i]] != NULL &&
            (selectors[i] != FRA_SUPPRESS_IFGROUP ||
             netlink_u32(table[selectors[i]], UINT32_MAX) != UINT32_MAX))
            return false;
    return header->tos == 0 && (header->flags & FIB_RULE_INVERT) == 0;
}

/* Rules come in the order in which the kernel asks them. */
static int read_rule(const struct nlmsghdr *message, void *data)
{
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[FRA_MAX + 1];
    struct walk_of_rules *walk = data;
    struct rule *rule;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    netlink_sort(message, sizeof(*header), table, FRA_MAX);
    if (header->action != FR_ACT_TO_TBL ||
        !is_within(walk->to, table[FRA_DST], header->dst_len) ||
        !is_within(walk->from, table[FRA_SRC], header->src_len))
        return 0;
    if (walk->count == MAX_RULES) {
        walk->cut = true;
        return 0;
    }
    rule = &walk->rules[walk->count++];
    memset(rule, 0, sizeof(*rule));
    rule->table = netlink_u32(table[FRA_TABLE], header->table);
    rule->is_plain = is_plain(header, table);
    rule->suppress =
        (int)netlink_u32(table[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX);
    return 0;
}

static bool is_better(const struct rule *rule, unsigned length, uint32_t metric)
{
    return !rule->has_match || length > rule->match.prefix ||
           (length == rule->match.prefix && metric < rule->metric);
}

static int read_route(const struct nlmsghdr *message, void *data)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[RTA_MAX + 1];
    struct walk_of_rules *walk = data;
    struct address none = {.family = walk->to->family};
    uint32_t metric, id;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return -EBADMSG;
    netlink_sort(message, sizeof(*route), table, RTA_MAX);
    if (route->rtm_tos != 0 || route->rtm_src_len != 0 ||
        (route->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD)) != 0 ||
        !is_within(walk->to, table[RTA_DST], route->rtm_dst_len))
        return 0;
    id = netlink_u32(table[RTA_TABLE], route->rtm_table);
    metric = netlink_u32(table[RTA_PRIORITY], 0);
    for (size_t i = 0; i < walk->count; i++) {
        struct rule *rule = &walk->rules[i];

        if (rule->table != id || !is_better(rule, route->rtm_dst_len, metric))
            continue;
        rule->has_match = true;
        rule->type = route->rtm_type;
        rule->metric = metric;
        rule->match.prefix = route->rtm_dst_len;
        rule->match.table = id;
        rule->match.address =
            route->rtm_dst_len == 0 ? none : netlink_address(table[RTA_DST]);
    }
    return 0;
}

static int list(struct netlink *netlink, uint16_t type, netlink_fn fn,
                struct walk_of_rules *walk, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct rtmsg *header;

    /* A rule's header has the family in the same place. */
    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_DUMP;
    header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
    header->rtm_family = (unsigned char)address_af(walk->to);
    return netlink_ask(netlink, request, fn, walk, err);
}

/* The first rule whose table has a say. */
static const struct rule *decide(const struct walk_of_rules *walk,
                                 unsigned type)
{
    for (size_t i = 0; i < walk->count; i++) {
        const struct rule *rule = &walk->rules[i];

        if (!rule->has_match || rule->type == RTN_THROW ||
            (int)rule->match.prefix <= rule->suppress)
            continue;
        if (!rule->is_plain && rule->type != type)
            continue; /* cannot have been the one */
        return rule->is_plain && rule->type == type ? rule : NULL;
    }
    return NULL;
}

int route_reject_find(struct netlink *netlink, const struct address *to,
                      const struct address *from, unsigned type,
                      struct route_reject *out, struct err *err)
{
    struct walk_of_rules walk = {.to = to, .from = from};
    const struct rule *rule;
    int status = list(netlink, RTM_GETRULE, read_rule, &walk, err);

    if (status == 0)
        status = list(netlink, RTM_GETROUTE, read_route, &walk, err);
    if (status < 0)
        return status;
    rule = walk.cut ? NULL : decide(&walk, type);
    if (rule == NULL)
        return err_set(err, -ENOENT, "no route was found that rejects it");
    *out = rule->match;
    return 0;
}
