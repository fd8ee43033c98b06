/* Which chains stand on which hook: what rule_table.h says of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>

#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/host/netlink.h"
#include "common/base/array.h"
#include "common/base/err.h"

static void keep_device(struct rule_devices *devices, const char *name)
{
    for (size_t i = 0; i < devices->count; i++)
        if (strcmp(devices->names[i], name) == 0)
            return;
    if (strlen(name) >= IF_NAMESIZE || devices->count == RULE_DEVICES_MAX) {
        devices->cut = true;
        return;
    }
    strcpy(devices->names[devices->count++], name);
}

/* A chain that names no device stands on those that match a pattern, which
 * libnftnl does not tell. */
static void keep_every_device(struct rule_devices *devices)
{
    struct if_nameindex *list = if_nameindex();

    for (struct if_nameindex *item = list; item != NULL && item->if_index != 0;
         item++)
        keep_device(devices, item->if_name);
    if (list != NULL)
        if_freenameindex(list);
}

static void keep_devices(struct rule_devices *devices,
                         const struct nftnl_chain *chain)
{
    const char *one = nftnl_chain_get_str(chain, NFTNL_CHAIN_DEV);
    const char *const *several =
        nftnl_chain_get_array(chain, NFTNL_CHAIN_DEVICES);

    if (one == NULL && (several == NULL || several[0] == NULL))
        keep_every_device(devices);
    if (one != NULL)
        keep_device(devices, one);
    for (; several != NULL && *several != NULL; several++)
        keep_device(devices, *several);
}

/* None, where they are more than are kept, or named by a pattern. */
static void keep_own_devices(struct rule_chain *kept,
                             const struct nftnl_chain *chain)
{
    const char *one = nftnl_chain_get_str(chain, NFTNL_CHAIN_DEV);
    const char *const *several =
        nftnl_chain_get_array(chain, NFTNL_CHAIN_DEVICES);

    kept->device_count = 0;
    if (one != NULL && several == NULL)
        snprintf(kept->devices[kept->device_count++], IF_NAMESIZE, "%.*s",
                 IF_NAMESIZE - 1, one);
    for (; several != NULL && *several != NULL; several++) {
        if (kept->device_count == RULE_CHAIN_DEVICES_MAX) {
            kept->device_count = 0;
            return;
        }
        snprintf(kept->devices[kept->device_count++], IF_NAMESIZE, "%.*s",
                 IF_NAMESIZE - 1, *several);
    }
}

static bool is_ours(const char *table)
{
    return strncmp(table, RULE_TABLE_PREFIX, sizeof(RULE_TABLE_PREFIX) - 1) ==
           0;
}

static bool is_on_ingress(const struct rule_chain *chain)
{
    return (chain->family == NFPROTO_NETDEV &&
            chain->hook == NF_NETDEV_INGRESS) ||
           (chain->family == NFPROTO_INET && chain->hook == NF_INET_INGRESS);
}

static bool is_of_type(const struct nftnl_chain *chain, const char *wanted)
{
    const char *type = NULL;

    if (nftnl_chain_is_set(chain, NFTNL_CHAIN_TYPE))
        type = nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE);
    return type != NULL && strcmp(type, wanted) == 0;
}

static void keep_chain(struct rule_chains *chains,
                       const struct nftnl_chain *chain)
{
    const char *table = nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE);
    const char *name = nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME);
    struct rule_chain *kept;

    if (!nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM) || table == NULL ||
        name == NULL)
        return;
    if (chains->count == RULE_CHAINS_MAX) {
        chains->cut = true;
        return;
    }
    kept = &chains->items[chains->count++];
    kept->family = (int)nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY);
    kept->hook = nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM);
    kept->priority = nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO);
    kept->drops = nftnl_chain_is_set(chain, NFTNL_CHAIN_POLICY) &&
                  nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP;
    kept->translates = is_of_type(chain, "nat");
    keep_own_devices(kept, chain);
    snprintf(kept->table, sizeof(kept->table), "%s", table);
    snprintf(kept->chain, sizeof(kept->chain), "%s", name);
    if (is_ours(table))
        return;
    if (is_on_ingress(kept))
        keep_devices(&chains->marks.ingress, chain);
    chains->marks.bridge |= kept->family == NFPROTO_BRIDGE;
}

static int read_chain(const struct nlmsghdr *message, void *data)
{
    struct nftnl_chain *chain = nftnl_chain_alloc();

    if (chain == NULL)
        return -ENOMEM;
    if (nftnl_chain_nlmsg_parse(message, chain) == 0)
        keep_chain(data, chain);
    nftnl_chain_free(chain);
    return 0;
}

int rule_chains_read(struct netlink *netlink, struct rule_chains *chains,
                     struct err *err)
{
    char buffer[NETLINK_REQUEST_SIZE];

    chains->count = 0;
    chains->cut = false;
    memset(&chains->marks, 0, sizeof(chains->marks));
    return netlink_ask(netlink,
                       nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETCHAIN,
                                             NFPROTO_UNSPEC, NLM_F_DUMP, 0),
                       read_chain, chains, err);
}

const struct rule_chain *rule_chains_find(const struct rule_chains *chains,
                                          int family, const char *table,
                                          const char *chain)
{
    for (size_t i = 0; i < chains->count; i++)
        if (chains->items[i].family == family &&
            strcmp(chains->items[i].table, table) == 0 &&
            strcmp(chains->items[i].chain, chain) == 0)
            return &chains->items[i];
    return NULL;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool rule_chains_is_iptables(const struct rule_chains *chains, int family,
                             const char *table)
{
    static const char *const tables[] = {"filter", "nat", "mangle", "raw",
                                         "security"};
    static const char *const builtin[] = {"PREROUTING", "INPUT", "FORWARD",
                                          "OUTPUT", "POSTROUTING"};
    bool any = false;

    if ((family != NFPROTO_IPV4 && family != NFPROTO_IPV6) ||
        !is_one_of(table, tables, ARRAY_SIZE(tables)))
        return false;
    for (size_t i = 0; i < chains->count; i++) {
        const struct rule_chain *chain = &chains->items[i];

        if (chain->family != family || strcmp(chain->table, table) != 0)
            continue;
        if (!is_one_of(chain->chain, builtin, ARRAY_SIZE(builtin)))
            return false;
        any = true;
    }
    return any;
}

const char *rule_family_name(int family)
{
    switch (family) {
    case NFPROTO_INET: return "inet";
    case NFPROTO_IPV4: return "ip";
    case NFPROTO_IPV6: return "ip6";
    case NFPROTO_ARP: return "arp";
    case NFPROTO_BRIDGE: return "bridge";
    case NFPROTO_NETDEV: return "netdev";
    default: return "?";
    }
}
