#include "agent/observe/route_lookup.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "agent/observe/netlink.h"
#include "agent/observe/route_reject.h"
#include "common/base/clean.h"
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
    if (answer->index == 0 ||
        if_indextoname(answer->index, answer->interface) == NULL)
        answer->interface[0] = '\0';
    return 0;
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
                           const struct address *destination,
                           const struct address *source,
                           struct route_answer *answer)
{
    struct route_reject found;

    if (!route_type_rejects(answer->type) ||
        route_reject_find(netlink, destination, source,
                          type_value(answer->type), &found, NULL) < 0)
        return;
    answer->prefix = (int)found.prefix;
    answer->matched = found.address;
    answer->table = found.table;
}

static struct nlmsghdr *put_request(void *buffer,
                                    const struct address *destination,
                                    const struct address *source,
                                    unsigned flags)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct rtmsg *route;

    message->nlmsg_type = RTM_GETROUTE;
    route = mnl_nlmsg_put_extra_header(message, sizeof(*route));
    route->rtm_family = (unsigned char)address_af(destination);
    route->rtm_dst_len = (unsigned char)(address_size(destination) * 8);
    route->rtm_flags = flags;
    mnl_attr_put(message, RTA_DST, address_size(destination),
                 destination->bytes);
    if (address_is_set(source)) {
        route->rtm_src_len = (unsigned char)(address_size(source) * 8);
        mnl_attr_put(message, RTA_SRC, address_size(source), source->bytes);
    }
    return message;
}

static int ask(struct netlink *netlink, const struct address *destination,
               const struct address *source, struct route_answer *answer,
               struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request =
        put_request(buffer, destination, source, RTM_F_LOOKUP_TABLE);
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

bool route_is_local(struct netlink *netlink, const struct address *address)
{
    struct address none = {0};
    struct route_answer answer;

    return address_is_set(address) &&
           ask(netlink, address, &none, &answer, NULL) == 0 &&
           answer.error == 0 && strcmp(answer.type, "local") == 0;
}

int route_lookup(struct netlink *netlink, const struct address *destination,
                 const struct address *source, struct route_answer *answer,
                 struct err *err)
{
    struct address from = {0};
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request;
    int status;

    if (source->family == destination->family &&
        route_is_local(netlink, source))
        from = *source;
    status = ask(netlink, destination, &from, answer, err);
    if (status < 0)
        return status;
    if (answer->error != 0) {
        find_rejecting(netlink, destination, &from, answer);
        return 0;
    }
    request = put_request(buffer, destination, &from,
                          RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH);
    /* Old kernels have no such question: then the prefix stays unknown. */
    (void)netlink_ask(netlink, request, read_prefix, answer, NULL);
    return 0;
}
