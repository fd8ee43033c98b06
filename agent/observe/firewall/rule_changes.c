#include "agent/observe/firewall/rule_changes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/host/netlink.h"
#include "common/trace/evidence.h"

#define MAX_READS 4096 /* a whole ruleset that was loaded anew */

/* Of a table, and of whatever is in one: its name stands in the same place. */
#define ATTRIBUTE_TABLE 1
_Static_assert((int)NFTA_TABLE_NAME == ATTRIBUTE_TABLE &&
                   (int)NFTA_CHAIN_TABLE == ATTRIBUTE_TABLE &&
                   (int)NFTA_RULE_TABLE == ATTRIBUTE_TABLE &&
                   (int)NFTA_SET_TABLE == ATTRIBUTE_TABLE &&
                   (int)NFTA_SET_ELEM_LIST_TABLE == ATTRIBUTE_TABLE,
               "one attribute names the table");

struct reading
{
    struct rule_changes *changes;
    bool is_foreign; /* the transaction at hand touched another's table */
};

int rule_changes_watch(struct netlink **out, struct err *err)
{
    struct netlink *netlink;
    int status = netlink_open(NETLINK_NETFILTER, &netlink, err);

    if (status < 0)
        return status;
    status = netlink_join(netlink, NFNLGRP_NFTABLES, err);
    if (status < 0)
        netlink_close(netlink);
    else
        *out = netlink;
    return status;
}

/* A transaction ends with the generation that it has made, and its maker. */
static void note_generation(struct reading *reading,
                            const struct nlmsghdr *message)
{
    const struct nlattr *table[NFTA_GEN_MAX + 1];
    const char *name;

    if (!reading->is_foreign)
        return;
    reading->is_foreign = false;
    reading->changes->count++;
    netlink_sort(message, sizeof(struct nfgenmsg), table, NFTA_GEN_MAX);
    name = netlink_text(table[NFTA_GEN_PROC_NAME]);
    reading->changes->pid = ntohl(netlink_u32(table[NFTA_GEN_PROC_PID], 0));
    snprintf(reading->changes->process, sizeof(reading->changes->process),
             "%.15s", name == NULL ? "" : name);
}

static int read_change(const struct nlmsghdr *message, void *data)
{
    struct reading *reading = data;
    const struct nlattr *table[ATTRIBUTE_TABLE + 1];
    const char *name;

    if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
        mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
        return 0;
    if (NFNL_MSG_TYPE(message->nlmsg_type) == NFT_MSG_NEWGEN) {
        note_generation(reading, message);
        return 0;
    }
    netlink_sort(message, sizeof(struct nfgenmsg), table, ATTRIBUTE_TABLE);
    name = netlink_text(table[ATTRIBUTE_TABLE]);
    if (name != NULL &&
        strncmp(name, RULE_TABLE_PREFIX, sizeof(RULE_TABLE_PREFIX) - 1) != 0)
        reading->is_foreign = true;
    return 0;
}

void rule_changes_take(struct netlink *netlink, struct rule_changes *out)
{
    struct reading reading = {.changes = out};
    int status = 0;

    for (unsigned i = 0; i < MAX_READS && (status == 0 || status == -ENOBUFS);
         i++) {
        status = netlink_receive(netlink, read_change, &reading);
        if (status == -ENOBUFS)
            reading.is_foreign = true;
    }
    if (reading.is_foreign)
        out->count++;
}

void rule_changes_put(const struct rule_changes *changes,
                      struct evidence *evidence)
{
    if (changes->count == 0)
        return;
    evidence_set_number(evidence, KEY_COUNT, changes->count);
    if (changes->process[0] == '\0')
        return;
    evidence_set_number(evidence, KEY_PID, changes->pid);
    evidence_set_text(evidence, KEY_PROCESS, changes->process);
}
