/* The nftables table that marks the trace's packets for the kernel's rule
 * trace, and what else nftables holds. */
#ifndef OBSERVE_RULE_TABLE_H
#define OBSERVE_RULE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

struct err;
struct netlink;
struct order;

#define RULE_TABLE_PREFIX      "probectl-"
#define RULE_TABLE_NAME_SIZE   32
#define RULE_NAME_SIZE         128
#define RULE_CHAINS_MAX        512
#define RULE_DEVICES_MAX       64
#define RULE_CHAIN_DEVICES_MAX 4 /* of one chain, which are kept */

/* A chain that stands on a hook. */
struct rule_chain
{
    int family; /* NFPROTO_* */
    char table[RULE_NAME_SIZE];
    char chain[RULE_NAME_SIZE];
    uint32_t hook; /* of its family */
    int32_t priority;
    bool drops;      /* by its policy */
    bool translates; /* of type nat: sees a connection's first packet only */
    /* Of one on the hook of devices: these, if they are known. */
    unsigned device_count;
    char devices[RULE_CHAIN_DEVICES_MAX][IF_NAMESIZE];
};

/* The interfaces on whose ingress hook somebody else's chain stands (of family
 * netdev, or inet's ingress). */
struct rule_devices
{
    size_t count;
    bool cut; /* there are more than fit */
    char names[RULE_DEVICES_MAX][IF_NAMESIZE];
};

/* Where somebody else's chains see packets before IP's first hook does. */
struct rule_marks
{
    struct rule_devices ingress;
    bool bridge;
};

struct rule_chains
{
    size_t count;
    bool cut; /* there are more than fit */
    struct rule_chain items[RULE_CHAINS_MAX];
    struct rule_marks marks; /* that our own chains must set as well */
};

/* How many tables there are that no trace of ours made.  0 as well when this
 * kernel has not loaded nftables: asking would load it. */
int rule_table_count(unsigned *count, struct err *err);

/* Makes the table of this trace through netlink (NETLINK_NETFILTER), with which
 * it lives and dies.  It marks TCP packets whose sequence or acknowledgement
 * number is the trace's, at the first moment of prerouting and output.  Further
 * tables do so where marks say; egress hooks and the bridge's own output see the
 * mark that output has set. */
int rule_table_create(struct netlink *netlink, const struct order *order,
                      const struct rule_marks *marks, struct err *err);

/* marks: those that it was made with. */
int rule_table_remove(struct netlink *netlink, const struct order *order,
                      const struct rule_marks *marks, struct err *err);

/* Is the trace's table there?  For proof that it is not. */
bool rule_table_exists(const struct order *order);

/* The chains on hooks, of all tables. */
int rule_chains_read(struct netlink *netlink, struct rule_chains *chains,
                     struct err *err);

const struct rule_chain *rule_chains_find(const struct rule_chains *chains,
                                          int family, const char *table,
                                          const char *chain);

/* Is it a table that iptables-nft made?  By its name and those of its chains
 * on hooks, which are all iptables' own. */
bool rule_chains_is_iptables(const struct rule_chains *chains, int family,
                             const char *table);

/* "inet", "ip", ...: as nft writes it. */
const char *rule_family_name(int family);

#endif
