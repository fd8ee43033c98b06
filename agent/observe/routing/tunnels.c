#include "agent/observe/routing/tunnels.h"

#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "agent/observe/host/netlink.h"
#include "common/base/array.h"
#include "common/trace/evidence.h"

#define DATA_MAX 64 /* attributes; more than any kind has */

/* Where each kind keeps it; 0: nowhere. */
static const struct
{
    const char *kind;
    unsigned remote, remote6, port, id;
} kinds[] = {
    {"vxlan", IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6, IFLA_VXLAN_PORT,
     IFLA_VXLAN_ID},
    {"geneve", IFLA_GENEVE_REMOTE, IFLA_GENEVE_REMOTE6, IFLA_GENEVE_PORT,
     IFLA_GENEVE_ID},
    {"gre", IFLA_GRE_REMOTE, 0, 0, 0},
    {"gretap", IFLA_GRE_REMOTE, 0, 0, 0},
    {"ip6gre", IFLA_GRE_REMOTE, 0, 0, 0},
    {"ip6gretap", IFLA_GRE_REMOTE, 0, 0, 0},
    {"ipip", IFLA_IPTUN_REMOTE, 0, 0, 0},
    {"ip6tnl", IFLA_IPTUN_REMOTE, 0, 0, 0},
    {"sit", IFLA_IPTUN_REMOTE, 0, 0, 0},
    {"vti", IFLA_VTI_REMOTE, 0, 0, 0},
    {"vti6", IFLA_VTI_REMOTE, 0, 0, 0},
};

static void put_data(struct evidence *evidence,
                     const struct nlattr *const *data, size_t i)
{
    struct address remote = netlink_address(data[kinds[i].remote]);
    const struct nlattr *port = data[kinds[i].port];

    if (!address_is_set(&remote) && kinds[i].remote6 != 0)
        remote = netlink_address(data[kinds[i].remote6]);
    evidence_set_address(evidence, KEY_REMOTE, &remote);
    if (kinds[i].port != 0 && port != NULL &&
        mnl_attr_get_payload_len(port) >= sizeof(uint16_t))
        evidence_set_number(evidence, KEY_PORT, ntohs(mnl_attr_get_u16(port)));
    if (kinds[i].id != 0 && data[kinds[i].id] != NULL)
        evidence_set_number(evidence, KEY_TUNNEL_ID,
                            netlink_u32(data[kinds[i].id], 0));
}

void tunnel_put(struct evidence *evidence, const struct nlattr *info)
{
    const struct nlattr *table[IFLA_INFO_MAX + 1];
    const struct nlattr *data[DATA_MAX + 1];
    const char *kind;

    netlink_sort_nested(info, table, IFLA_INFO_MAX);
    kind = netlink_text(table[IFLA_INFO_KIND]);
    if (kind == NULL || table[IFLA_INFO_DATA] == NULL)
        return;
    netlink_sort_nested(table[IFLA_INFO_DATA], data, DATA_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            put_data(evidence, data, i);
}
