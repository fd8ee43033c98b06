#include "agent/observe/firewall/rule_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge.h> /* needs the headers above */
#include <netinet/in.h>

#include "agent/observe/host/kernel_module.h"
#include "agent/observe/host/netlink.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/trace/order.h"

#define BATCH_SIZE      (16 * 1024)
#define PRIORITY        (-350) /* before raw (-300), so that raw is traced */
#define FIRST_PRIORITY  (INT32_MIN + 1)
#define NAME_TAIL       12 /* characters of the trace's id */
#define TCP_SEQUENCE    4  /* offsets in the TCP header */
#define TCP_ACKNOWLEDGE 8
#define TCP_FLAGS       13
#define TCP_FLAG_ACK    0x10

static void table_name(const struct order *order,
                       char name[static RULE_TABLE_NAME_SIZE])
{
    snprintf(name, RULE_TABLE_NAME_SIZE, "%s%s", RULE_TABLE_PREFIX,
             order->trace_id + (TRACE_ID_SIZE - 1 - NAME_TAIL));
}

/* A batch being built: mnl's own buffer, one more message at a time. */
struct batch
{
    struct mnl_nlmsg_batch *messages;
    uint32_t sequence;
    char name[RULE_TABLE_NAME_SIZE];
    bool failed; /* out of memory */
    char buffer[BATCH_SIZE * 2];
};

static void batch_begin(struct batch *batch, const struct order *order)
{
    memset(batch, 0, sizeof(*batch));
    table_name(order, batch->name);
    batch->sequence = 1;
    batch->messages = mnl_nlmsg_batch_start(batch->buffer, BATCH_SIZE);
    if (batch->messages == NULL) {
        batch->failed = true;
        return;
    }
    nftnl_batch_begin(mnl_nlmsg_batch_current(batch->messages),
                      batch->sequence++);
    mnl_nlmsg_batch_next(batch->messages);
}

static struct nlmsghdr *batch_header(struct batch *batch, uint16_t type,
                                     uint16_t family, uint16_t flags)
{
    return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch->messages), type,
                                 family, flags, batch->sequence++);
}

/* Ends and sends it; the last message before the end must ask for an answer. */
static int batch_send(struct batch *batch, struct netlink *netlink,
                      struct err *err)
{
    uint32_t last = batch->sequence - 1;
    int status;

    if (batch->failed) {
        if (batch->messages != NULL)
            mnl_nlmsg_batch_stop(batch->messages);
        return err_set(err, -ENOMEM, "the rule trace's table: out of memory");
    }
    nftnl_batch_end(mnl_nlmsg_batch_current(batch->messages),
                    batch->sequence++);
    mnl_nlmsg_batch_next(batch->messages);
    status =
        netlink_send_batch(netlink, mnl_nlmsg_batch_head(batch->messages),
                           mnl_nlmsg_batch_size(batch->messages), last, err);
    mnl_nlmsg_batch_stop(batch->messages);
    return status;
}

static void put_table(struct batch *batch, uint16_t type, uint16_t family,
                      uint16_t flags)
{
    struct nftnl_table *table = nftnl_table_alloc();
    struct nlmsghdr *header;

    if (table == NULL || batch->failed) {
        batch->failed = true;
        return;
    }
    nftnl_table_set_u32(table, NFTNL_TABLE_FAMILY, family);
    nftnl_table_set_str(table, NFTNL_TABLE_NAME, batch->name);
    if (type == NFT_MSG_NEWTABLE)
        nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
    header = batch_header(batch, type, family, flags);
    nftnl_table_nlmsg_build_payload(header, table);
    nftnl_table_free(table);
    mnl_nlmsg_batch_next(batch->messages);
}

/* Where a chain of ours stands. */
struct place
{
    uint16_t family;
    const char *name;
    uint32_t hook;
    int32_t priority;
    const struct rule_devices *devices; /* or NULL */
};

static void put_devices(struct nftnl_chain *chain,
                        const struct rule_devices *devices)
{
    const char *names[RULE_DEVICES_MAX + 1];

    for (size_t i = 0; i < devices->count; i++)
        names[i] = devices->names[i];
    names[devices->count] = NULL;
    nftnl_chain_set_array(chain, NFTNL_CHAIN_DEVICES, names);
}

static void put_chain(struct batch *batch, const struct place *place)
{
    struct nftnl_chain *chain = nftnl_chain_alloc();
    struct nlmsghdr *header;

    if (chain == NULL || batch->failed) {
        batch->failed = true;
        return;
    }
    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, batch->name);
    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, place->name);
    nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
    nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, place->hook);
    nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, place->priority);
    nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    if (place->devices != NULL)
        put_devices(chain, place->devices);
    header = batch_header(batch, NFT_MSG_NEWCHAIN, place->family, NLM_F_CREATE);
    nftnl_chain_nlmsg_build_payload(header, chain);
    nftnl_chain_free(chain);
    mnl_nlmsg_batch_next(batch->messages);
}

static struct nftnl_expr *add_expression(struct nftnl_rule *rule,
                                         const char *name)
{
    struct nftnl_expr *expression = nftnl_expr_alloc(name);

    if (expression != NULL)
        nftnl_rule_add_expr(rule, expression);
    return expression;
}

static bool put_compare(struct nftnl_rule *rule, const void *data,
                        uint32_t size)
{
    struct nftnl_expr *compare = add_expression(rule, "cmp");

    if (compare == NULL)
        return false;
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
    nftnl_expr_set(compare, NFTNL_EXPR_CMP_DATA, data, size);
    return true;
}

static bool put_is_tcp(struct nftnl_rule *rule)
{
    struct nftnl_expr *meta = add_expression(rule, "meta");
    uint8_t protocol = IPPROTO_TCP;

    if (meta == NULL)
        return false;
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, NFT_REG_1);
    return put_compare(rule, &protocol, sizeof(protocol));
}

/* (field of the TCP header & mask) == value, all in network order. */
static bool put_masked(struct nftnl_rule *rule, uint32_t offset,
                       const void *mask, const void *value, uint32_t size)
{
    struct nftnl_expr *payload = add_expression(rule, "payload");
    struct nftnl_expr *bitwise = add_expression(rule, "bitwise");
    uint32_t zero = 0;

    if (payload == NULL || bitwise == NULL)
        return false;
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE,
                       NFT_PAYLOAD_TRANSPORT_HEADER);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, size);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, size);
    nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, mask, size);
    nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, &zero, size);
    return put_compare(rule, value, size);
}

static bool put_mark(struct nftnl_rule *rule)
{
    struct nftnl_expr *immediate = add_expression(rule, "immediate");
    struct nftnl_expr *meta = add_expression(rule, "meta");
    uint8_t on = 1;

    if (immediate == NULL || meta == NULL)
        return false;
    nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
    nftnl_expr_set(immediate, NFTNL_EXPR_IMM_DATA, &on, sizeof(on));
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_NFTRACE);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, NFT_REG_1);
    return true;
}

/* field is where the number stands.  A segment without ACK carries a zero
 * there that means nothing. */
static void put_rule(struct batch *batch, const struct order *order,
                     const struct place *place, uint32_t field, uint16_t flags)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    uint32_t mask = htonl(ORDER_ISN_MASK);
    uint32_t value = htonl(order->isn_base & ORDER_ISN_MASK);
    uint8_t ack = TCP_FLAG_ACK;
    bool built;

    if (rule == NULL || batch->failed) {
        batch->failed = true;
        return;
    }
    nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, place->family);
    nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, batch->name);
    nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, place->name);
    built = put_is_tcp(rule) &&
            (field != TCP_ACKNOWLEDGE ||
             put_masked(rule, TCP_FLAGS, &ack, &ack, sizeof(ack))) &&
            put_masked(rule, field, &mask, &value, sizeof(mask)) &&
            put_mark(rule);
    nftnl_rule_nlmsg_build_payload(
        batch_header(batch, NFT_MSG_NEWRULE, place->family,
                     (uint16_t)(NLM_F_CREATE | NLM_F_APPEND | flags)),
        rule);
    nftnl_rule_free(rule);
    mnl_nlmsg_batch_next(batch->messages);
    if (!built)
        batch->failed = true;
}

/* A chain that marks, in a table of its family; the first of a family brings
 * the table along. */
static void put_marker(struct batch *batch, const struct order *order,
                       const struct place *place, bool with_table, bool is_last)
{
    if (with_table)
        put_table(batch, NFT_MSG_NEWTABLE, place->family,
                  NLM_F_CREATE | NLM_F_EXCL);
    put_chain(batch, place);
    put_rule(batch, order, place, TCP_SEQUENCE, 0);
    put_rule(batch, order, place, TCP_ACKNOWLEDGE, is_last ? NLM_F_ACK : 0);
}

int rule_table_create(struct netlink *netlink, const struct order *order,
                      const struct rule_marks *marks, struct err *err)
{
    const struct place ingress = {NFPROTO_NETDEV, "ingress", NF_NETDEV_INGRESS,
                                  FIRST_PRIORITY, &marks->ingress};
    static const struct place bridge = {
        NFPROTO_BRIDGE, "prerouting", NF_BR_PRE_ROUTING, FIRST_PRIORITY, NULL};
    static const struct place prerouting = {
        NFPROTO_INET, "prerouting", NF_INET_PRE_ROUTING, PRIORITY, NULL};
    static const struct place output = {NFPROTO_INET, "output",
                                        NF_INET_LOCAL_OUT, PRIORITY, NULL};
    CLEAN_FREE struct batch *batch = malloc(sizeof(*batch));

    if (batch == NULL)
        return err_set(err, -ENOMEM, "the rule trace's table: out of memory");
    batch_begin(batch, order);
    if (marks->ingress.count > 0)
        put_marker(batch, order, &ingress, true, false);
    if (marks->bridge)
        put_marker(batch, order, &bridge, true, false);
    put_marker(batch, order, &prerouting, true, false);
    put_marker(batch, order, &output, false, true);
    return batch_send(batch, netlink, err);
}

int rule_table_remove(struct netlink *netlink, const struct order *order,
                      const struct rule_marks *marks, struct err *err)
{
    CLEAN_FREE struct batch *batch = malloc(sizeof(*batch));

    if (batch == NULL)
        return err_set(err, -ENOMEM, "the rule trace's table: out of memory");
    batch_begin(batch, order);
    if (marks->ingress.count > 0)
        put_table(batch, NFT_MSG_DELTABLE, NFPROTO_NETDEV, 0);
    if (marks->bridge)
        put_table(batch, NFT_MSG_DELTABLE, NFPROTO_BRIDGE, 0);
    put_table(batch, NFT_MSG_DELTABLE, NFPROTO_INET, NLM_F_ACK);
    return batch_send(batch, netlink, err);
}

struct table_search
{
    const char *name; /* wanted, or NULL */
    unsigned foreign;
    bool found;
};

static int read_table(const struct nlmsghdr *message, void *data)
{
    struct table_search *search = data;
    struct nftnl_table *table = nftnl_table_alloc();
    const char *name = NULL;

    if (table == NULL)
        return -ENOMEM;
    if (nftnl_table_nlmsg_parse(message, table) == 0)
        name = nftnl_table_get_str(table, NFTNL_TABLE_NAME);
    if (name != NULL &&
        strncmp(name, RULE_TABLE_PREFIX, sizeof(RULE_TABLE_PREFIX) - 1) != 0)
        search->foreign++;
    if (name != NULL && search->name != NULL && strcmp(name, search->name) == 0)
        search->found = true;
    nftnl_table_free(table);
    return 0;
}

static int list_tables(struct table_search *search, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    char buffer[NETLINK_REQUEST_SIZE];
    int status = netlink_open(NETLINK_NETFILTER, &netlink, err);

    if (status < 0)
        return status;
    return netlink_ask(netlink,
                       nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETTABLE,
                                             NFPROTO_UNSPEC, NLM_F_DUMP, 0),
                       read_table, search, err);
}

int rule_table_count(unsigned *count, struct err *err)
{
    struct table_search search = {0};
    int status = 0;

    if (!kernel_module_is_absent("nf_tables"))
        status = list_tables(&search, err);
    *count = search.foreign;
    return status;
}

bool rule_table_exists(const struct order *order)
{
    char name[RULE_TABLE_NAME_SIZE];
    struct table_search search = {.name = name};

    table_name(order, name);
    return list_tables(&search, NULL) == 0 && search.found;
}
