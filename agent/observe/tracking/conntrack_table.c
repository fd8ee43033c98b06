#include "agent/observe/tracking/conntrack_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include "agent/observe/host/netlink.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define COUNT_FILE "/proc/sys/net/netfilter/nf_conntrack_count"
#define LIMIT_FILE "/proc/sys/net/netfilter/nf_conntrack_max"

/* Which parts of a tuple the kernel shall compare (Linux 5.8): its
 * nf_internals.h numbers them.  Older ones list all. */
#define COMPARE_SOURCE      (1u << 0)
#define COMPARE_DESTINATION (1u << 1)
#define COMPARE_PROTOCOL    (1u << 3)
#define COMPARE_PORT        (1u << 5)

static const char *const state_names[] = {
    "NONE",       "SYN_SENT", "SYN_RECV",  "ESTABLISHED", "FIN_WAIT",
    "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",       "SYN_SENT2"};

static int read_number(const char *path, int64_t *out, struct err *err)
{
    CLEAN_FREE char *text = NULL;
    size_t size;
    int status = fs_read(path, 64, &text, &size, err);

    if (status == 0)
        *out = strtoll(text, NULL, 10);
    return status;
}

int conntrack_count(int64_t *count, int64_t *limit, struct err *err)
{
    int status = read_number(COUNT_FILE, count, err);

    return status < 0 ? status : read_number(LIMIT_FILE, limit, err);
}

static uint16_t read_port(const struct nlattr *attribute)
{
    uint16_t port = 0;

    if (attribute != NULL &&
        mnl_attr_get_payload_len(attribute) >= sizeof(port))
        memcpy(&port, mnl_attr_get_payload(attribute), sizeof(port));
    return ntohs(port);
}

static uint8_t read_octet(const struct nlattr *attribute)
{
    return attribute != NULL && mnl_attr_get_payload_len(attribute) >= 1
               ? *(const uint8_t *)mnl_attr_get_payload(attribute)
               : 0;
}

/* The kernel's numbers here are in network order. */
static int64_t read_word(const struct nlattr *attribute)
{
    if (attribute == NULL || mnl_attr_get_payload_len(attribute) < 4)
        return -1;
    return ntohl(netlink_u32(attribute, 0));
}

static int64_t read_half(const struct nlattr *attribute)
{
    return attribute != NULL && mnl_attr_get_payload_len(attribute) >= 2
               ? read_port(attribute)
               : -1;
}

static int read_tuple(const struct nlattr *nest, struct conntrack_tuple *out)
{
    const struct nlattr *parts[CTA_TUPLE_MAX + 1] = {NULL};
    const struct nlattr *ip[CTA_IP_MAX + 1] = {NULL};
    const struct nlattr *protocol[CTA_PROTO_MAX + 1] = {NULL};

    if (nest == NULL)
        return -EBADMSG;
    netlink_sort_nested(nest, parts, CTA_TUPLE_MAX);
    if (parts[CTA_TUPLE_IP] == NULL || parts[CTA_TUPLE_PROTO] == NULL)
        return -EBADMSG;
    netlink_sort_nested(parts[CTA_TUPLE_IP], ip, CTA_IP_MAX);
    netlink_sort_nested(parts[CTA_TUPLE_PROTO], protocol, CTA_PROTO_MAX);
    if (read_octet(protocol[CTA_PROTO_NUM]) != IPPROTO_TCP)
        return -EPROTONOSUPPORT;
    out->source = netlink_address(
        ip[CTA_IP_V4_SRC] != NULL ? ip[CTA_IP_V4_SRC] : ip[CTA_IP_V6_SRC]);
    out->destination = netlink_address(
        ip[CTA_IP_V4_DST] != NULL ? ip[CTA_IP_V4_DST] : ip[CTA_IP_V6_DST]);
    out->source_port = read_port(protocol[CTA_PROTO_SRC_PORT]);
    out->destination_port = read_port(protocol[CTA_PROTO_DST_PORT]);
    return address_is_set(&out->source) && address_is_set(&out->destination)
               ? 0
               : -EBADMSG;
}

static const char *read_state(const struct nlattr *protocol)
{
    const struct nlattr *kinds[CTA_PROTOINFO_MAX + 1] = {NULL};
    const struct nlattr *tcp[CTA_PROTOINFO_TCP_MAX + 1] = {NULL};
    uint8_t state;

    if (protocol == NULL)
        return NULL;
    netlink_sort_nested(protocol, kinds, CTA_PROTOINFO_MAX);
    if (kinds[CTA_PROTOINFO_TCP] == NULL)
        return NULL;
    netlink_sort_nested(kinds[CTA_PROTOINFO_TCP], tcp, CTA_PROTOINFO_TCP_MAX);
    if (tcp[CTA_PROTOINFO_TCP_STATE] == NULL)
        return NULL;
    state = read_octet(tcp[CTA_PROTOINFO_TCP_STATE]);
    return state < ARRAY_SIZE(state_names) ? state_names[state] : NULL;
}

int conntrack_read(const struct nlmsghdr *message,
                   struct conntrack_entry *entry)
{
    const struct nlattr *table[CTA_MAX + 1] = {NULL};
    int64_t status;
    int result;

    if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_CTNETLINK ||
        mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
        return -EBADMSG;
    memset(entry, 0, sizeof(*entry));
    netlink_sort(message, sizeof(struct nfgenmsg), table, CTA_MAX);
    result = read_tuple(table[CTA_TUPLE_ORIG], &entry->original);
    if (result == 0)
        result = read_tuple(table[CTA_TUPLE_REPLY], &entry->reply);
    if (result < 0)
        return result;
    status = read_word(table[CTA_STATUS]);
    entry->status = status < 0 ? 0 : (uint32_t)status;
    entry->state =
        table[CTA_PROTOINFO] == NULL ? NULL : read_state(table[CTA_PROTOINFO]);
    entry->mark = read_word(table[CTA_MARK]);
    entry->zone = read_half(table[CTA_ZONE]);
    entry->expires_s = read_word(table[CTA_TIMEOUT]);
    return 0;
}

static void put_addresses(struct nlmsghdr *request,
                          const struct address *source,
                          const struct address *destination)
{
    bool v6 = destination->family == 6;
    struct nlattr *ip = mnl_attr_nest_start(request, CTA_TUPLE_IP);

    if (address_is_set(source))
        mnl_attr_put(request, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC,
                     address_size(source), source->bytes);
    mnl_attr_put(request, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST,
                 address_size(destination), destination->bytes);
    mnl_attr_nest_end(request, ip);
}

/* source_port 0: any. */
static void put_tuple(struct nlmsghdr *request,
                      const struct conntrack_tuple *tuple)
{
    struct nlattr *nest = mnl_attr_nest_start(request, CTA_TUPLE_ORIG);
    struct nlattr *protocol;

    put_addresses(request, &tuple->source, &tuple->destination);
    protocol = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(request, CTA_PROTO_NUM, IPPROTO_TCP);
    if (tuple->source_port != 0)
        mnl_attr_put_u16(request, CTA_PROTO_SRC_PORT,
                         htons(tuple->source_port));
    mnl_attr_put_u16(request, CTA_PROTO_DST_PORT,
                     htons(tuple->destination_port));
    mnl_attr_nest_end(request, protocol);
    mnl_attr_nest_end(request, nest);
}

static struct nlmsghdr *put_request(void *buffer,
                                    const struct conntrack_tuple *tuple)
{
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct nfgenmsg *header;

    request->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
    header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
    header->nfgen_family = (uint8_t)address_af(&tuple->destination);
    header->version = NFNETLINK_V0;
    put_tuple(request, tuple);
    return request;
}

struct listing
{
    const struct conntrack_tuple *wanted; /* source port not compared */
    conntrack_fn fn;
    void *data;
};

/* An old kernel has not compared. */
static int show(const struct nlmsghdr *message, void *data)
{
    const struct listing *listing = data;
    const struct conntrack_tuple *wanted = listing->wanted;
    struct conntrack_entry entry;

    if (conntrack_read(message, &entry) == 0 &&
        entry.original.destination_port == wanted->destination_port &&
        address_equal(&entry.original.destination, &wanted->destination) &&
        (!address_is_set(&wanted->source) ||
         address_equal(&entry.original.source, &wanted->source)))
        listing->fn(&entry, listing->data);
    return 0;
}

int conntrack_list(struct netlink *netlink, const struct address *source,
                   const struct address *destination, uint16_t port,
                   conntrack_fn fn, void *data, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    const struct conntrack_tuple wanted = {.source = *source,
                                           .destination = *destination,
                                           .destination_port = port};
    struct listing listing = {&wanted, fn, data};
    struct nlmsghdr *request = put_request(buffer, &wanted);
    struct nlattr *filter;

    request->nlmsg_flags = NLM_F_DUMP;
    filter = mnl_attr_nest_start(request, CTA_FILTER);
    mnl_attr_put_u32(request, CTA_FILTER_ORIG_FLAGS,
                     (address_is_set(source) ? COMPARE_SOURCE : 0) |
                         COMPARE_DESTINATION | COMPARE_PROTOCOL | COMPARE_PORT);
    mnl_attr_nest_end(request, filter);
    return netlink_ask(netlink, request, show, &listing, err);
}

static int keep(const struct nlmsghdr *message, void *data)
{
    return conntrack_read(message, data);
}

int conntrack_get(struct netlink *netlink, const struct conntrack_tuple *tuple,
                  struct conntrack_entry *entry, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct conntrack_entry found = {0};
    int status =
        netlink_ask(netlink, put_request(buffer, tuple), keep, &found, err);

    if (status < 0)
        return status;
    *entry = found;
    return 0;
}

bool conntrack_tuple_equal(const struct conntrack_tuple *a,
                           const struct conntrack_tuple *b)
{
    return a->source_port == b->source_port &&
           a->destination_port == b->destination_port &&
           address_equal(&a->source, &b->source) &&
           address_equal(&a->destination, &b->destination);
}

const char *conntrack_print_status(uint32_t status,
                                   char text[static CONNTRACK_STATUS_SIZE])
{
    snprintf(text, CONNTRACK_STATUS_SIZE, "%s%s%s%s",
             status & IPS_SEEN_REPLY ? "replied" : "unreplied",
             status & IPS_ASSURED ? " assured" : "",
             status & IPS_DST_NAT ? " dnat" : "",
             status & IPS_SRC_NAT ? " snat" : "");
    return text;
}
