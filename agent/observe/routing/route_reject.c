#include "agent/observe/routing/route_reject.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/routing/route_rules.h"
#include "common/base/err.h"

/* What the table that a rule leads to says of the destination. */
struct hit
{
    bool has_match;
    unsigned type;
    uint32_t metric;
    struct route_reject match;
};

struct walk
{
    const struct address *to;
    struct route_rules rules;
    struct hit hits[ROUTE_RULES_MAX]; /* for each rule */
};

static bool is_better(const struct hit *hit, unsigned length, uint32_t metric)
{
    return !hit->has_match || length > hit->match.prefix ||
           (length == hit->match.prefix && metric < hit->metric);
}

static bool covers(const struct address *to, const struct nlattr *attribute,
                   unsigned length)
{
    struct address prefix = netlink_address(attribute);

    return length == 0 || (address_is_set(&prefix) &&
                           address_same_prefix(&prefix, to, length));
}

static int read_route(const struct nlmsghdr *message, void *data)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[RTA_MAX + 1];
    struct walk *walk = data;
    struct address none = {.family = walk->to->family};
    uint32_t metric, id;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return -EBADMSG;
    netlink_sort(message, sizeof(*route), table, RTA_MAX);
    if (route->rtm_tos != 0 || route->rtm_src_len != 0 ||
        (route->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD)) != 0 ||
        !covers(walk->to, table[RTA_DST], route->rtm_dst_len))
        return 0;
    id = netlink_u32(table[RTA_TABLE], route->rtm_table);
    metric = netlink_u32(table[RTA_PRIORITY], 0);
    for (size_t i = 0; i < walk->rules.count; i++) {
        struct hit *hit = &walk->hits[i];

        if (walk->rules.items[i].action != FR_ACT_TO_TBL ||
            walk->rules.items[i].table != id ||
            !is_better(hit, route->rtm_dst_len, metric))
            continue;
        hit->has_match = true;
        hit->type = route->rtm_type;
        hit->metric = metric;
        hit->match.prefix = route->rtm_dst_len;
        hit->match.table = id;
        hit->match.address =
            route->rtm_dst_len == 0 ? none : netlink_address(table[RTA_DST]);
    }
    return 0;
}

static int list_routes(struct netlink *netlink, struct walk *walk,
                       struct err *err)
{
    const struct rtmsg header = {.rtm_family =
                                     (unsigned char)address_af(walk->to)};

    return netlink_list(netlink, RTM_GETROUTE, &header, sizeof(header),
                        read_route, walk, err);
}

static unsigned rejected_type(uint8_t action)
{
    switch (action) {
    case FR_ACT_BLACKHOLE: return RTN_BLACKHOLE;
    case FR_ACT_UNREACHABLE: return RTN_UNREACHABLE;
    case FR_ACT_PROHIBIT: return RTN_PROHIBIT;
    default: return RTN_UNSPEC;
    }
}

/* What the packet gets at this rule; RTN_UNSPEC: it goes on to the next. */
static unsigned type_at(const struct walk *walk, size_t i)
{
    const struct route_rule *rule = &walk->rules.items[i];
    const struct hit *hit = &walk->hits[i];

    if (rule->action != FR_ACT_TO_TBL)
        return rejected_type(rule->action);
    if (!hit->has_match || hit->type == RTN_THROW ||
        (int)hit->match.prefix <= rule->suppress)
        return RTN_UNSPEC;
    return hit->type;
}

/* The number of the first rule that has a say, if it is the one that rejects
 * as the kernel did; else -1. */
static int decide(const struct walk *walk, unsigned type)
{
    for (size_t i = 0; i < walk->rules.count; i++) {
        enum route_match match = walk->rules.items[i].match;
        unsigned here = type_at(walk, i);

        if (match == ROUTE_MATCH_NO || here == RTN_UNSPEC ||
            (match == ROUTE_MATCH_MAYBE && here != type))
            continue; /* cannot have been the one */
        return match == ROUTE_MATCH_YES && here == type ? (int)i : -1;
    }
    return -1;
}

int route_reject_find(struct netlink *netlink,
                      const struct route_question *question, unsigned type,
                      struct route_reject *out, struct err *err)
{
    struct walk walk = {.to = &question->destination};
    int status = route_rules_read(netlink, question, &walk.rules, err);
    int rule;

    if (status == 0)
        status = list_routes(netlink, &walk, err);
    if (status < 0)
        return status;
    rule = walk.rules.cut ? -1 : decide(&walk, type);
    if (rule < 0 || (walk.rules.items[rule].action != FR_ACT_TO_TBL &&
                     walk.rules.items[rule].text[0] == '\0'))
        return err_set(err, -ENOENT, "no route was found that rejects it");
    *out = walk.hits[rule].match;
    if (walk.rules.items[rule].action != FR_ACT_TO_TBL)
        memcpy(out->rule, walk.rules.items[rule].text, sizeof(out->rule));
    return 0;
}
