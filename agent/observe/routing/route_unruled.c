#include "agent/observe/routing/route_unruled.h"

#include <errno.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/routing/route_rules.h"

#define TABLES 2

struct best /* of one table's routes that cover the destination */
{
    uint32_t table;
    int prefix; /* -1: none does */
    unsigned type;
    struct route_thrown thrown; /* the best that ends the search in it */
};

struct search
{
    const struct address *to;
    struct best best[TABLES];
};

static int read_route(const struct nlmsghdr *message, void *data)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[RTA_MAX + 1];
    struct search *search = data;
    struct address prefix;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return -EBADMSG;
    netlink_sort(message, sizeof(*route), table, RTA_MAX);
    prefix = netlink_address(table[RTA_DST]);
    if (route->rtm_src_len != 0 ||
        (route->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD)) != 0 ||
        (route->rtm_dst_len != 0 &&
         (!address_is_set(&prefix) ||
          !address_same_prefix(&prefix, search->to, route->rtm_dst_len))))
        return 0;
    for (size_t i = 0; i < TABLES; i++) {
        struct best *best = &search->best[i];

        if (best->table != netlink_u32(table[RTA_TABLE], route->rtm_table))
            continue;
        if (route->rtm_type == RTN_THROW) {
            if (route->rtm_dst_len > best->thrown.prefix)
                best->thrown = (struct route_thrown){
                    best->table, route->rtm_dst_len, prefix};
        } else if (route->rtm_dst_len > best->prefix) {
            best->prefix = route->rtm_dst_len;
            best->type = route->rtm_type;
        }
    }
    return 0;
}

/* Not by one that does not count routes as short as that one. */
static bool is_led_to(const struct route_rules *rules, const struct best *best)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].action == FR_ACT_TO_TBL &&
            rules->items[i].table == best->table &&
            best->prefix > rules->items[i].suppress &&
            rules->items[i].match != ROUTE_MATCH_NO)
            return true;
    return rules->cut;
}

struct route_unruled route_unruled_find(struct netlink *netlink,
                                        const struct route_question *question,
                                        uint32_t first, uint32_t second)
{
    const struct rtmsg header = {
        .rtm_family = (unsigned char)address_af(&question->destination)};
    struct search search = {.to = &question->destination,
                            .best = {{first, -1, 0, {.prefix = -1}},
                                     {second, -1, 0, {.prefix = -1}}}};
    struct route_unruled found = {0};
    struct route_rules rules;

    if (route_rules_read(netlink, question, &rules, NULL) < 0 ||
        netlink_list(netlink, RTM_GETROUTE, &header, sizeof(header), read_route,
                     &search, NULL) < 0)
        return found;
    for (size_t i = 0; i < TABLES && found.table == 0; i++) {
        const struct best *best = &search.best[i];

        if (best->table == 0 || best->prefix < 0 ||
            (best->type != RTN_UNICAST && best->type != RTN_LOCAL))
            continue;
        if (best->thrown.prefix > best->prefix) {
            if (is_led_to(&rules, best) && found.thrown.table == 0)
                found.thrown = best->thrown;
        } else if (is_led_to(&rules, best)) {
            found.ruled = best->table;
        } else {
            found.table = best->table;
        }
    }
    return found;
}
