#include "agent/observe/firewall/rule_dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/host/netlink.h"
#include "common/base/clean.h"
#include "common/base/err.h"

struct writing
{
    FILE *out;
    int family; /* of the last rule, and so on */
    char table[RULE_NAME_SIZE];
    char chain[RULE_NAME_SIZE];
};

static int write_expression(struct nftnl_expr *expression, void *data)
{
    fprintf(data, "%s ", nftnl_expr_get_str(expression, NFTNL_EXPR_NAME));
    return 0;
}

static void write_place(struct writing *writing, const struct nftnl_rule *rule)
{
    int family = (int)nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY);
    const char *table = nftnl_rule_get_str(rule, NFTNL_RULE_TABLE);
    const char *chain = nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN);

    if (family == writing->family && strcmp(table, writing->table) == 0 &&
        strcmp(chain, writing->chain) == 0)
        return;
    writing->family = family;
    snprintf(writing->table, sizeof(writing->table), "%s", table);
    snprintf(writing->chain, sizeof(writing->chain), "%s", chain);
    fprintf(writing->out, "table %s %s {\n\tchain %s {\n",
            rule_family_name(family), table, chain);
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    struct writing *writing = data;

    if (rule == NULL)
        return -ENOMEM;
    if (nftnl_rule_nlmsg_parse(message, rule) == 0 &&
        nftnl_rule_is_set(rule, NFTNL_RULE_TABLE) &&
        nftnl_rule_is_set(rule, NFTNL_RULE_CHAIN)) {
        write_place(writing, rule);
        fputs("\t\t( ", writing->out);
        nftnl_expr_foreach(rule, write_expression, writing->out);
        fprintf(writing->out, ") # handle %" PRIu64 "\n",
                nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE));
    }
    nftnl_rule_free(rule);
    return 0;
}

int rule_dump_read(char **listing, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    char buffer[NETLINK_REQUEST_SIZE];
    struct writing writing = {.family = -1};
    char *text = NULL;
    size_t size;
    int status = netlink_open(NETLINK_NETFILTER, &netlink, err);

    if (status < 0)
        return status;
    writing.out = open_memstream(&text, &size);
    if (writing.out == NULL)
        return err_set(err, -ENOMEM, "the rules: out of memory");
    status = netlink_ask(netlink,
                         nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETRULE,
                                               NFPROTO_UNSPEC, NLM_F_DUMP, 0),
                         read_rule, &writing, err);
    if (fclose(writing.out) != 0 && status == 0)
        status = err_set(err, -ENOMEM, "the rules: out of memory");
    if (status < 0)
        free(text);
    else
        *listing = text;
    return status;
}
