#include "agent/observe/firewall/ipset.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>

#include "agent/observe/host/netlink.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define DIMENSIONS_MAX 3
#define MEMBERS_MAX    16 /* of a list of sets */
#define LIST_OF_SETS   "list:set"
#define BUDGET_NS      (300 * (int64_t)NS_PER_MS) /* in one trace */

/* One dimension of a set's type, with the side of the packet that it means. */
struct dimension
{
    char kind[8]; /* ip, net, port */
    bool is_source;
};

struct search
{
    const struct ipset_use *use;
    const struct rule_subject *subject;
    char type[IPSET_MAXNAMELEN];
    size_t dimensions; /* 0: not known yet, or not understood */
    struct dimension dimension[DIMENSIONS_MAX];
    int best;          /* the longest prefix that matched so far; -1: none */
    bool is_exception; /* that entry says "nomatch" */
    char entry[RULE_ELEMENT_SIZE];
    size_t member_count;
    char members[MEMBERS_MAX][IPSET_MAXNAMELEN];
};

/* "src,dst": the word of that number begins with s? */
static bool is_source(const char *directions, size_t number)
{
    for (; number > 0 && directions != NULL; number--) {
        directions = strchr(directions, ',');
        directions += directions != NULL;
    }
    return directions != NULL && directions[0] == 's';
}

/* "hash:ip,port" */
static void read_type(struct search *search, const char *type)
{
    const char *at = strchr(type, ':');

    snprintf(search->type, sizeof(search->type), "%s", type);
    while (at != NULL && search->dimensions < DIMENSIONS_MAX) {
        struct dimension *one = &search->dimension[search->dimensions];
        size_t length = strcspn(at + 1, ",");

        snprintf(one->kind, sizeof(one->kind), "%.*s", (int)length, at + 1);
        one->is_source = is_source(search->use->directions, search->dimensions);
        search->dimensions++;
        at = strchr(at + 1, ',');
    }
}

/* Nobody wants to read most entries. */
__attribute__((format(printf, 2, 3))) static void put(FILE *out,
                                                      const char *format, ...)
{
    va_list arguments;

    if (out == NULL)
        return;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
}

static struct address read_address(const struct nlattr *attribute)
{
    const struct nlattr *parts[IPSET_ATTR_IPADDR_MAX + 1];

    if (attribute == NULL)
        return (struct address){0};
    netlink_sort_nested(attribute, parts, IPSET_ATTR_IPADDR_MAX);
    return netlink_address(parts[IPSET_ATTR_IPADDR_IPV4] != NULL
                               ? parts[IPSET_ATTR_IPADDR_IPV4]
                               : parts[IPSET_ATTR_IPADDR_IPV6]);
}

static int read_u8(const struct nlattr *attribute, int fallback)
{
    if (attribute == NULL || mnl_attr_get_payload_len(attribute) < 1)
        return fallback;
    return mnl_attr_get_u8(attribute);
}

static int read_port(const struct nlattr *attribute)
{
    if (attribute == NULL || mnl_attr_get_payload_len(attribute) < 2)
        return -1;
    return ntohs(mnl_attr_get_u16(attribute));
}

/* The prefix's length if the subject is in it, else -1. */
static int match_address(const struct search *search,
                         const struct dimension *dimension,
                         const struct nlattr *const *parts, bool second,
                         FILE *out)
{
    const struct rule_packet *packet = &search->subject->packet;
    const struct address *own =
        dimension->is_source ? &packet->source : &packet->destination;
    struct address prefix =
        read_address(parts[second ? IPSET_ATTR_IP2 : IPSET_ATTR_IP]);
    int bits = (int)address_size(&prefix) * 8;
    int length =
        read_u8(parts[second ? IPSET_ATTR_CIDR2 : IPSET_ATTR_CIDR], bits);
    char text[ADDRESS_TEXT_SIZE];

    if (bits == 0 || length > bits || prefix.family != own->family ||
        !address_same_prefix(&prefix, own, (unsigned)length))
        return -1;
    if (out != NULL)
        put(out, "%s", address_print(&prefix, text));
    if (length < bits)
        put(out, "/%d", length);
    return length;
}

static int match_port(const struct search *search,
                      const struct dimension *dimension,
                      const struct nlattr *const *parts, FILE *out)
{
    const struct rule_packet *packet = &search->subject->packet;
    int port = read_port(parts[IPSET_ATTR_PORT]);
    int protocol = read_u8(parts[IPSET_ATTR_PROTO], -1);

    if (port != (dimension->is_source ? packet->source_port
                                      : packet->destination_port) ||
        (protocol != -1 && protocol != IPPROTO_TCP))
        return -1;
    put(out, "%s%d", protocol == -1 ? "" : "tcp:", port);
    return 0;
}

/* The sum of the prefixes' lengths if the subject is this entry, else -1; out
 * may be NULL. */
static int match_entry(const struct search *search,
                       const struct nlattr *const *parts, FILE *out)
{
    bool second = false;
    int sum = 0;

    for (size_t i = 0; i < search->dimensions; i++) {
        const struct dimension *dimension = &search->dimension[i];
        int here = -1;

        put(out, "%s", i == 0 ? "" : ",");
        if (strcmp(dimension->kind, "port") == 0) {
            here = match_port(search, dimension, parts, out);
        } else if (strcmp(dimension->kind, "ip") == 0 ||
                   strcmp(dimension->kind, "net") == 0) {
            here = match_address(search, dimension, parts, second, out);
            second = true;
        }
        if (here < 0)
            return -1;
        sum += here;
    }
    return search->dimensions == 0 ? -1 : sum;
}

static void keep_member(struct search *search, const char *name)
{
    if (name == NULL || search->member_count == MEMBERS_MAX)
        return;
    snprintf(search->members[search->member_count++], IPSET_MAXNAMELEN, "%s",
             name);
}

static int read_entry(const struct nlattr *nest, void *data)
{
    const struct nlattr *parts[IPSET_ATTR_ADT_MAX + 1];
    struct search *search = data;
    FILE *out;
    int here;

    netlink_sort_nested(nest, parts, IPSET_ATTR_ADT_MAX);
    if (strcmp(search->type, LIST_OF_SETS) == 0) {
        keep_member(search, netlink_text(parts[IPSET_ATTR_NAME]));
        return MNL_CB_OK;
    }
    here = match_entry(search, parts, NULL);
    if (here <= search->best)
        return MNL_CB_OK;
    search->best = here;
    search->is_exception =
        (ntohl(netlink_u32(parts[IPSET_ATTR_CADT_FLAGS], 0)) &
         IPSET_FLAG_NOMATCH) != 0;
    memset(search->entry, 0, sizeof(search->entry));
    out = fmemopen(search->entry, sizeof(search->entry) - 1, "w");
    if (out == NULL)
        return MNL_CB_OK;
    (void)match_entry(search, parts, out);
    fclose(out);
    return MNL_CB_OK;
}

static int read_part(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *parts[IPSET_ATTR_CMD_MAX + 1];
    struct search *search = data;
    const char *type;

    netlink_sort(message, sizeof(struct nfgenmsg), parts, IPSET_ATTR_CMD_MAX);
    type = netlink_text(parts[IPSET_ATTR_TYPENAME]);
    if (type != NULL && search->dimensions == 0)
        read_type(search, type);
    if (parts[IPSET_ATTR_ADT] != NULL)
        (void)mnl_attr_parse_nested(parts[IPSET_ATTR_ADT], read_entry, search);
    return 0;
}

static int list(struct netlink *netlink, const char *name,
                struct search *search, struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    struct nfgenmsg *family;

    search->best = -1;
    header->nlmsg_type = NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST;
    header->nlmsg_flags = NLM_F_DUMP;
    family = mnl_nlmsg_put_extra_header(header, sizeof(*family));
    family->nfgen_family = AF_INET;
    family->version = NFNETLINK_V0;
    mnl_attr_put_u8(header, IPSET_ATTR_PROTOCOL, IPSET_PROTOCOL_MIN);
    mnl_attr_put_strz(header, IPSET_ATTR_SETNAME, name);
    return netlink_ask(netlink, header, read_part, search, err);
}

/* Can it be told of such a set that nothing is in it? */
static bool is_understood(const struct search *search)
{
    for (size_t i = 0; i < search->dimensions; i++) {
        const char *kind = search->dimension[i].kind;

        if (strcmp(kind, "ip") != 0 && strcmp(kind, "net") != 0 &&
            strcmp(kind, "port") != 0)
            return false;
    }
    return search->dimensions > 0;
}

static int find_in(struct netlink *netlink, const char *name,
                   struct search *search, struct err *err)
{
    int status = list(netlink, name, search, err);

    if (status < 0) /* no such set is no answer either */
        return status == -ENOENT ? -ENOTSUP : status;
    if (search->best >= 0 && !search->is_exception)
        return 0;
    return strcmp(search->type, LIST_OF_SETS) == 0 || is_understood(search)
               ? -ENOENT
               : -ENOTSUP;
}

/* What one trace has spent on sets, and what it learnt last: a set may hold a
 * hundred thousand entries, which the kernel lists all, and each attempt meets
 * the same rule. */
static struct
{
    int64_t spent_ns;
    struct ipset_use asked, found;
    struct rule_subject subject;
    char entry[RULE_ELEMENT_SIZE]; /* empty: nothing was found yet */
} past;

static bool has_ports(const struct search *search)
{
    for (size_t i = 0; i < search->dimensions; i++)
        if (strcmp(search->dimension[i].kind, "port") == 0)
            return true;
    return false;
}

static bool was_asked(const struct ipset_use *use,
                      const struct rule_subject *subject)
{
    return past.entry[0] != '\0' && strcmp(past.asked.name, use->name) == 0 &&
           strcmp(past.asked.directions, use->directions) == 0 &&
           address_equal(&past.subject.packet.source,
                         &subject->packet.source) &&
           address_equal(&past.subject.packet.destination,
                         &subject->packet.destination);
}

/* Lists do not hold lists. */
static int find_in_members(struct netlink *netlink, const struct search *list,
                           struct ipset_use *use, struct search *search)
{
    int64_t deadline = clock_monotonic_ns() + BUDGET_NS;
    bool is_sure = list->member_count < MEMBERS_MAX;

    for (size_t i = 0; i < list->member_count; i++) {
        int status;

        if (clock_monotonic_ns() >= deadline)
            return -ENOTSUP;
        memset(search, 0, sizeof(*search));
        search->use = use;
        search->subject = list->subject;
        status = find_in(netlink, list->members[i], search, NULL);
        if (status == 0) {
            snprintf(use->name, sizeof(use->name), "%s", list->members[i]);
            return 0;
        }
        is_sure &= status == -ENOENT;
    }
    return is_sure ? -ENOENT : -ENOTSUP;
}

static int find(struct ipset_use *use, const struct rule_subject *subject,
                struct search *search, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct search member;
    int status = netlink_open(NETLINK_NETFILTER, &netlink, err);

    if (status < 0)
        return status;
    *search = (struct search){.use = use, .subject = subject};
    status = find_in(netlink, use->name, search, err);
    if (status == -ENOENT && search->member_count > 0) {
        status = find_in_members(netlink, search, use, &member);
        *search = status == 0 ? member : *search;
    }
    return status;
}

int ipset_find(struct ipset_use *use, const struct rule_subject *subject,
               char entry[static RULE_ELEMENT_SIZE], struct err *err)
{
    const struct ipset_use asked = *use;
    int64_t started_ns = clock_monotonic_ns();
    struct search search;
    int status;

    if (strlen(use->name) >= IPSET_MAXNAMELEN)
        return err_set(err, -EINVAL, "'%s' is no name of a set", use->name);
    if (was_asked(use, subject)) {
        *use = past.found;
        memcpy(entry, past.entry, RULE_ELEMENT_SIZE);
        return 0;
    }
    if (past.spent_ns >= BUDGET_NS)
        return err_set(err, -ETIMEDOUT, "the set %s was not asked: too large",
                       use->name);
    status = find(use, subject, &search, err);
    past.spent_ns += clock_monotonic_ns() - started_ns;
    if (status < 0)
        return err_set(err, status, "no entry of the set %s", use->name);
    memcpy(entry, search.entry, RULE_ELEMENT_SIZE);
    if (has_ports(&search))
        return 0;
    past.asked = asked;
    past.found = *use;
    past.subject = *subject;
    memcpy(past.entry, entry, RULE_ELEMENT_SIZE);
    return 0;
}
