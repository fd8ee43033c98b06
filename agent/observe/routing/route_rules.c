#include "agent/observe/routing/route_rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "agent/observe/host/netlink.h"
#include "common/base/array.h"
#include "common/base/err.h"

/* Is the address within the prefix of this attribute and length? */
static bool is_within(const struct address *address,
                      const struct nlattr *attribute, unsigned length)
{
    struct address prefix = netlink_address(attribute);

    if (length == 0)
        return true;
    return address_is_set(address) && address_is_set(&prefix) &&
           address_same_prefix(&prefix, address, length);
}

static bool is_port_within(const struct nlattr *attribute, uint16_t port)
{
    struct fib_rule_port_range range;

    if (attribute == NULL)
        return true;
    if (mnl_attr_get_payload_len(attribute) < sizeof(range))
        return false;
    memcpy(&range, mnl_attr_get_payload(attribute), sizeof(range));
    return port >= range.start && port <= range.end;
}

static bool is_user_within(const struct nlattr *attribute,
                           const struct route_question *question)
{
    struct fib_rule_uid_range range;

    if (attribute == NULL)
        return true;
    if (mnl_attr_get_payload_len(attribute) < sizeof(range))
        return false;
    memcpy(&range, mnl_attr_get_payload(attribute), sizeof(range));
    return question->user >= range.start && question->user <= range.end;
}

static bool is_mark_asked(const struct nlattr *const *table, uint32_t mark)
{
    uint32_t mask = netlink_u32(table[FRA_FWMASK], UINT32_MAX);

    return table[FRA_FWMARK] == NULL ||
           ((mark ^ netlink_u32(table[FRA_FWMARK], 0)) & mask) == 0;
}

/* A packet of our own comes from "lo", and is not bound to a way out. */
static bool is_device_asked(const struct nlattr *const *table,
                            const struct route_question *question)
{
    const char *in = netlink_text(table[FRA_IIFNAME]);
    const char *from =
        question->from_interface[0] != '\0' ? question->from_interface : "lo";

    return (in == NULL || strcmp(in, from) == 0) && table[FRA_OIFNAME] == NULL;
}

static bool hangs_on_more(const struct fib_rule_hdr *header,
                          const struct nlattr *const *table,
                          const struct route_question *question)
{
    static const unsigned unjudged[] = {FRA_L3MDEV, FRA_TUN_ID};
    bool lacks_port =
        (table[FRA_SPORT_RANGE] != NULL && question->own_port == 0) ||
        (table[FRA_DPORT_RANGE] != NULL && question->peer_port == 0);

    for (size_t i = 0; i < ARRAY_SIZE(unjudged); i++)
        if (table[unjudged[i]] != NULL)
            return true;
    return header->tos != 0 || lacks_port ||
           (table[FRA_UID_RANGE] != NULL && !question->has_user) ||
           netlink_u32(table[FRA_SUPPRESS_IFGROUP], UINT32_MAX) != UINT32_MAX;
}

static enum route_match judge(const struct fib_rule_hdr *header,
                              const struct nlattr *const *table,
                              const struct route_question *question)
{
    const struct nlattr *protocol = table[FRA_IP_PROTO];
    bool matches =
        is_within(&question->destination, table[FRA_DST], header->dst_len) &&
        is_within(&question->source, table[FRA_SRC], header->src_len) &&
        is_mark_asked(table, question->mark) &&
        is_device_asked(table, question) &&
        (protocol == NULL || mnl_attr_get_u8(protocol) == IPPROTO_TCP) &&
        is_user_within(table[FRA_UID_RANGE], question) &&
        is_port_within(table[FRA_SPORT_RANGE], question->own_port) &&
        is_port_within(table[FRA_DPORT_RANGE], question->peer_port);

    if (hangs_on_more(header, table, question))
        return ROUTE_MATCH_MAYBE;
    return matches != ((header->flags & FIB_RULE_INVERT) != 0) ? ROUTE_MATCH_YES
                                                               : ROUTE_MATCH_NO;
}

/* A text that grows; what does not fit makes it empty at the end. */
struct writer
{
    char *text;
    size_t used;
    bool failed;
};

static void add(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct writer *writer, const char *format, ...)
{
    size_t room = ROUTE_RULE_TEXT_SIZE - writer->used;
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(writer->text + writer->used, room, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= room)
        writer->failed = true;
    else
        writer->used += (size_t)size;
}

static void add_prefix(struct writer *writer, const char *word,
                       const struct nlattr *attribute, unsigned length)
{
    struct address prefix = netlink_address(attribute);
    char text[ADDRESS_TEXT_SIZE];

    if (length > 0)
        add(writer, " %s %s/%u", word, address_print(&prefix, text), length);
}

/* The text becomes part of a command that a person runs. */
static void add_device(struct writer *writer, const char *word,
                       const struct nlattr *attribute)
{
    const char *name = netlink_text(attribute);

    if (attribute == NULL)
        return;
    for (const char *at = name; at != NULL && *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("._:@-", *at) == NULL)
            name = NULL;
    if (name == NULL)
        writer->failed = true;
    else
        add(writer, " %s %s", word, name);
}

static void add_ports(struct writer *writer, const char *word,
                      const struct nlattr *attribute)
{
    struct fib_rule_port_range range;

    if (attribute == NULL ||
        mnl_attr_get_payload_len(attribute) < sizeof(range))
        return;
    memcpy(&range, mnl_attr_get_payload(attribute), sizeof(range));
    add(writer, range.start == range.end ? " %s %u" : " %s %u-%u", word,
        range.start, range.end);
}

static void add_users(struct writer *writer, const struct nlattr *attribute)
{
    struct fib_rule_uid_range range;

    if (attribute == NULL ||
        mnl_attr_get_payload_len(attribute) < sizeof(range))
        return;
    memcpy(&range, mnl_attr_get_payload(attribute), sizeof(range));
    add(writer, " uidrange %u-%u", range.start, range.end);
}

static void add_mark(struct writer *writer, const struct nlattr *const *table)
{
    uint32_t mask = netlink_u32(table[FRA_FWMASK], UINT32_MAX);

    if (table[FRA_FWMARK] == NULL)
        return;
    add(writer, " fwmark 0x%x", netlink_u32(table[FRA_FWMARK], 0));
    if (mask != UINT32_MAX)
        add(writer, "/0x%x", mask);
}

static void add_action(struct writer *writer, uint8_t action, uint32_t table)
{
    switch (action) {
    case FR_ACT_TO_TBL: add(writer, " lookup %u", table); break;
    case FR_ACT_BLACKHOLE: add(writer, " blackhole"); break;
    case FR_ACT_UNREACHABLE: add(writer, " unreachable"); break;
    case FR_ACT_PROHIBIT: add(writer, " prohibit"); break;
    default: writer->failed = true;
    }
}

/* What is not written here (a type of service) the preference tells. */
static void write_rule(const struct fib_rule_hdr *header,
                       const struct nlattr *const *table,
                       struct route_rule *rule)
{
    struct writer writer = {.text = rule->text};

    add(&writer, "pref %u", netlink_u32(table[FRA_PRIORITY], 0));
    if ((header->flags & FIB_RULE_INVERT) != 0)
        add(&writer, " not");
    add_prefix(&writer, "from", table[FRA_SRC], header->src_len);
    add_prefix(&writer, "to", table[FRA_DST], header->dst_len);
    add_mark(&writer, table);
    add_device(&writer, "iif", table[FRA_IIFNAME]);
    add_device(&writer, "oif", table[FRA_OIFNAME]);
    if (table[FRA_IP_PROTO] != NULL &&
        mnl_attr_get_u8(table[FRA_IP_PROTO]) == IPPROTO_TCP)
        add(&writer, " ipproto tcp");
    add_users(&writer, table[FRA_UID_RANGE]);
    add_ports(&writer, "sport", table[FRA_SPORT_RANGE]);
    add_ports(&writer, "dport", table[FRA_DPORT_RANGE]);
    add_action(&writer, rule->action, rule->table);
    if (writer.failed)
        rule->text[0] = '\0';
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[FRA_MAX + 1];
    struct route_rules *rules = data;
    struct route_rule *rule;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    if (rules->count == ROUTE_RULES_MAX) {
        rules->cut = true;
        return 0;
    }
    netlink_sort(message, sizeof(*header), table, FRA_MAX);
    if (table[FRA_IP_PROTO] != NULL &&
        mnl_attr_get_payload_len(table[FRA_IP_PROTO]) < 1)
        return -EBADMSG;
    rule = &rules->items[rules->count++];
    memset(rule, 0, sizeof(*rule));
    rule->action = header->action;
    rule->table = netlink_u32(table[FRA_TABLE], header->table);
    rule->mark = netlink_u32(table[FRA_FWMARK], 0);
    rule->by_source =
        table[FRA_SRC] != NULL && (header->flags & FIB_RULE_INVERT) == 0 &&
        header->src_len == 8 * mnl_attr_get_payload_len(table[FRA_SRC]);
    rule->suppress =
        (int)netlink_u32(table[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX);
    rule->match = judge(header, table, rules->question);
    if (header->action == FR_ACT_GOTO && rule->match != ROUTE_MATCH_NO)
        rules->cut = true; /* what it jumps over is not followed */
    write_rule(header, table, rule);
    return 0;
}

int route_rules_read(struct netlink *netlink,
                     const struct route_question *question,
                     struct route_rules *rules, struct err *err)
{
    const struct fib_rule_hdr header = {
        .family = (unsigned char)address_af(&question->destination)};

    rules->question = question;
    rules->cut = false;
    rules->count = 0;
    return netlink_list(netlink, RTM_GETRULE, &header, sizeof(header),
                        read_rule, rules, err);
}

const struct route_rule *route_rules_leading_to(const struct route_rules *rules,
                                                uint32_t table)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct route_rule *rule = &rules->items[i];

        if (rule->action != FR_ACT_TO_TBL || rule->table != table ||
            rule->match == ROUTE_MATCH_NO)
            continue;
        return rule->match == ROUTE_MATCH_YES && !rules->cut ? rule : NULL;
    }
    return NULL;
}
