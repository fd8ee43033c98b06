#include "agent/observe/routing/route_lookup.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/routing/route_reject.h"
#include "common/base/array.h"
#include "common/base/err.h"

static const char *const type_names[] = {
    [RTN_UNICAST] = "unicast",
    [RTN_LOCAL] = "local",
    [RTN_BROADCAST] = "broadcast",
    [RTN_ANYCAST] = "anycast",
    [RTN_MULTICAST] = "multicast",
    [RTN_BLACKHOLE] = "blackhole",
    [RTN_UNREACHABLE] = "unreachable",
    [RTN_PROHIBIT] = "prohibit",
    [RTN_THROW] = "throw",
};

static const char *type_name(unsigned type)
{
    if (type >= ARRAY_SIZE(type_names) || type_names[type] == NULL)
        return "none";
    return type_names[type];
}

/* How the routing says what it found when that is no way to go. */
static const char *refusal_name(int error)
{
    switch (error) {
    case -EINVAL: return "blackhole";
    case -EHOSTUNREACH: return "unreachable";
    case -EACCES: return "prohibit";
    case -EAGAIN: return "throw";
    default: return "none";
    }
}

static bool is_refusal(int error)
{
    return error == -EINVAL || error == -EHOSTUNREACH || error == -EACCES ||
           error == -EAGAIN || error == -ENETUNREACH || error == -ENETDOWN;
}

static struct address via_address(const struct nlattr *attribute)
{
    const struct rtvia *via;
    size_t size;

    if (attribute == NULL)
        return (struct address){0};
    via = mnl_attr_get_payload(attribute);
    size = mnl_attr_get_payload_len(attribute);
    if (size <= sizeof(*via))
        return (struct address){0};
    return address_from_bytes(via->rtvia_addr, size - sizeof(*via));
}

/* The attributes behind one next hop's header. */
static void sort_leg(const struct rtnexthop *hop, const struct nlattr **table)
{
    const struct nlattr *attribute = (const void *)(hop + 1);
    int left = (int)hop->rtnh_len - (int)sizeof(*hop);

    memset(table, 0, (RTA_MAX + 1) * sizeof(table[0]));
    while (mnl_attr_ok(attribute, left)) {
        if (mnl_attr_get_type(attribute) <= RTA_MAX)
            table[mnl_attr_get_type(attribute)] = attribute;
        left -= MNL_ALIGN(attribute->nla_len);
        attribute = mnl_attr_next(attribute);
    }
}

static unsigned read_hop_limit(const struct nlattr *metrics)
{
    const struct nlattr *table[RTAX_MAX + 1];

    netlink_sort_nested(metrics, table, RTAX_MAX);
    return netlink_u32(table[RTAX_HOPLIMIT], 0);
}

static int read_route(const struct nlmsghdr *message, void *data)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[RTA_MAX + 1];
    struct route_answer *answer = data;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return -EBADMSG;
    netlink_sort(message, sizeof(*route), table, RTA_MAX);
    answer->type = type_name(route->rtm_type);
    answer->table = netlink_u32(table[RTA_TABLE], route->rtm_table);
    answer->index = netlink_u32(table[RTA_OIF], 0);
    answer->gateway = netlink_address(table[RTA_GATEWAY]);
    if (!address_is_set(&answer->gateway))
        answer->gateway = via_address(table[RTA_VIA]);
    answer->preferred_source = netlink_address(table[RTA_PREFSRC]);
    answer->hop_limit = read_hop_limit(table[RTA_METRICS]);
    if (answer->index == 0 ||
        if_indextoname(answer->index, answer->interface) == NULL)
        answer->interface[0] = '\0';
    return 0;
}

static void read_legs(const struct nlattr *nest, struct route_answer *answer)
{
    const struct rtnexthop *hop;
    int left;

    if (nest == NULL)
        return;
    hop = mnl_attr_get_payload(nest);
    left = mnl_attr_get_payload_len(nest);
    while (left >= (int)sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) &&
           hop->rtnh_len <= left && answer->leg_count < ROUTE_LEGS_MAX) {
        struct route_leg *leg = &answer->legs[answer->leg_count++];
        const struct nlattr *table[RTA_MAX + 1];

        sort_leg(hop, table);
        leg->index = (unsigned)hop->rtnh_ifindex;
        leg->gateway = netlink_address(table[RTA_GATEWAY]);
        if (!address_is_set(&leg->gateway))
            leg->gateway = via_address(table[RTA_VIA]);
        left -= (int)RTNH_ALIGN(hop->rtnh_len);
        hop = (const void *)((const char *)hop + RTNH_ALIGN(hop->rtnh_len));
    }
}

/* With RTM_F_FIB_MATCH the answer is the entry itself, with its prefix. */
static int read_prefix(const struct nlmsghdr *message, void *data)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[RTA_MAX + 1];
    struct route_answer *answer = data;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return -EBADMSG;
    netlink_sort(message, sizeof(*route), table, RTA_MAX);
    answer->prefix = route->rtm_dst_len;
    answer->matched = netlink_address(table[RTA_DST]);
    if (!address_is_set(&answer->matched)) /* the default route */
        answer->matched.family = route->rtm_family == AF_INET6 ? 6 : 4;
    read_legs(table[RTA_MULTIPATH], answer);
    return 0;
}

bool route_type_rejects(const char *type)
{
    return strcmp(type, "blackhole") == 0 || strcmp(type, "unreachable") == 0 ||
           strcmp(type, "prohibit") == 0;
}

static unsigned type_value(const char *name)
{
    for (unsigned type = 0; type < ARRAY_SIZE(type_names); type++)
        if (type_names[type] != NULL && strcmp(type_names[type], name) == 0)
            return type;
    return RTN_UNSPEC;
}

/* The lookup gave an error in place of the route. */
static void find_rejecting(struct netlink *netlink,
                           const struct route_question *question,
                           struct route_answer *answer)
{
    struct route_reject found;
    /* A rule that says unreachable looks as if there were no route at all. */
    bool is_none = answer->error == ENETUNREACH;
    unsigned type = is_none ? RTN_UNREACHABLE : type_value(answer->type);

    if ((!is_none && !route_type_rejects(answer->type)) ||
        route_reject_find(netlink, question, type, &found, NULL) < 0 ||
        (is_none && found.rule[0] == '\0'))
        return;
    memcpy(answer->rule, found.rule, sizeof(answer->rule));
    answer->type = type_name(type);
    if (answer->rule[0] != '\0')
        return;
    answer->prefix = (int)found.prefix;
    answer->matched = found.address;
    answer->table = found.table;
}

static void put_address(struct nlmsghdr *message, uint16_t type,
                        const struct address *address)
{
    mnl_attr_put(message, type, address_size(address), address->bytes);
}

/* The ports count where rules or several next hops are chosen by them; old
 * kernels pass them over. */
static void put_ports(struct nlmsghdr *message,
                      const struct route_question *question)
{
    if (question->own_port == 0 && question->peer_port == 0)
        return;
    mnl_attr_put_u8(message, RTA_IP_PROTO, IPPROTO_TCP);
    if (question->own_port != 0)
        mnl_attr_put_u16(message, RTA_SPORT, htons(question->own_port));
    if (question->peer_port != 0)
        mnl_attr_put_u16(message, RTA_DPORT, htons(question->peer_port));
}

static struct nlmsghdr *
put_request(void *buffer, const struct route_question *question, unsigned flags)
{
    const struct address *destination = &question->destination;
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct rtmsg *route;

    message->nlmsg_type = RTM_GETROUTE;
    route = mnl_nlmsg_put_extra_header(message, sizeof(*route));
    route->rtm_family = (unsigned char)address_af(destination);
    route->rtm_dst_len = (unsigned char)(address_size(destination) * 8);
    route->rtm_flags = flags;
    put_address(message, RTA_DST, destination);
    if (address_is_set(&question->source)) {
        route->rtm_src_len =
            (unsigned char)(address_size(&question->source) * 8);
        put_address(message, RTA_SRC, &question->source);
    }
    if (question->mark != 0)
        mnl_attr_put_u32(message, RTA_MARK, question->mark);
    if (question->device != 0)
        mnl_attr_put_u32(message, RTA_OIF, question->device);
    if (question->from_interface[0] != '\0')
        mnl_attr_put_u32(message, RTA_IIF,
                         if_nametoindex(question->from_interface));
    if (question->has_user)
        mnl_attr_put_u32(message, RTA_UID, question->user);
    put_ports(message, question);
    return message;
}

static int ask(struct netlink *netlink, const struct route_question *question,
               struct route_answer *answer, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request =
        put_request(buffer, question, RTM_F_LOOKUP_TABLE);
    int status;

    memset(answer, 0, sizeof(*answer));
    answer->prefix = -1;
    status = netlink_ask(netlink, request, read_route, answer, err);
    if (status == 0 || !is_refusal(status))
        return status;
    answer->type = refusal_name(status);
    answer->error = -status;
    return 0;
}

/* IPv4's connect() asks twice where the socket has no address: the first answer
 * gives it one, and the second, from that address, is the way that it takes: a
 * rule that asks for the address matches only then.  Sets the question's
 * source. */
static int ask_as_connect(struct netlink *netlink,
                          struct route_question *question,
                          struct route_answer *answer, struct err *err)
{
    struct address own = answer->preferred_source;
    int status;

    if (question->destination.family != 4 || answer->error != 0 ||
        strcmp(answer->type, "unicast") != 0 || !address_is_set(&own) ||
        address_is_set(&question->source) ||
        question->from_interface[0] != '\0')
        return 0;
    question->source = own;
    status = ask(netlink, question, answer, err);
    if (status == 0 && answer->error == 0)
        answer->preferred_source = own;
    return status;
}

bool route_is_local(struct netlink *netlink, const struct address *address)
{
    struct route_question question = {.destination = *address};
    struct route_answer answer;

    return address_is_set(address) &&
           ask(netlink, &question, &answer, NULL) == 0 && answer.error == 0 &&
           strcmp(answer.type, "local") == 0;
}

bool route_is_on_link(struct netlink *netlink, const struct address *address,
                      unsigned index)
{
    struct route_question question = {.destination = *address};
    struct route_answer answer;

    if (address->family == 6 && address_is_link_local(address))
        return true;
    return ask(netlink, &question, &answer, NULL) == 0 &&
           answer.index == index && !address_is_set(&answer.gateway) &&
           strcmp(answer.type, "unicast") == 0;
}

int route_lookup(struct netlink *netlink, const struct route_question *question,
                 struct route_answer *answer, struct err *err)
{
    struct route_question exact = *question;
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request;
    int status;

    if (question->source.family != question->destination.family ||
        (question->from_interface[0] == '\0' &&
         !route_is_local(netlink, &question->source)))
        exact.source = (struct address){0};
    status = ask(netlink, &exact, answer, err);
    if (status == 0)
        status = ask_as_connect(netlink, &exact, answer, err);
    if (status < 0)
        return status;
    if (answer->error != 0) {
        find_rejecting(netlink, &exact, answer);
        return 0;
    }
    request = put_request(buffer, &exact, RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH);
    /* Old kernels have no such question: then the prefix stays unknown. */
    status = netlink_ask(netlink, request, read_prefix, answer, NULL);
    /* Bound to an interface without a route, IPv4 takes all for on-link. */
    if (question->device != 0 && is_refusal(status))
        answer->type = refusal_name(-ENETUNREACH);
    return 0;
}
