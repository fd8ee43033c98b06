/* Observer: the interfaces that the trace is about, before and after.  When a
 * link is down its routes are gone, and routing cannot tell which interface
 * would have carried the packet: so every link that is down or without
 * carrier is told of as well. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "agent/observe/routing/tunnels.h"
#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#ifndef IFF_LOWER_UP
#    define IFF_LOWER_UP 0x10000 /* net/if.h lacks it, linux/if.h clashes */
#endif
#define MAX_DOWN 16

struct links
{
    struct worker *worker;
    struct netlink *netlink;
    struct interest interest;
    enum phase phase; /* of the dump that is running */
    unsigned down;    /* links told of only because they are down */
};

static const char *link_kind(const struct ifinfomsg *header,
                             const struct nlattr *info)
{
    const struct nlattr *table[IFLA_INFO_MAX + 1];
    const char *kind;

    netlink_sort_nested(info, table, IFLA_INFO_MAX);
    kind = netlink_text(table[IFLA_INFO_KIND]);
    if (kind != NULL)
        return kind;
    if (header->ifi_type == ARPHRD_LOOPBACK)
        return "loopback";
    return header->ifi_type == ARPHRD_ETHER ? "ethernet" : "other";
}

/* The attribute without a mode is there too, and alone in old kernels. */
static void put_xdp(struct evidence *evidence, const struct nlattr *nest)
{
    static const struct
    {
        unsigned attribute;
        const char *mode;
    } modes[] = {
        {IFLA_XDP_DRV_PROG_ID, "native"},
        {IFLA_XDP_SKB_PROG_ID, "generic"},
        {IFLA_XDP_HW_PROG_ID, "offload"},
        {IFLA_XDP_PROG_ID, NULL},
    };
    const struct nlattr *table[IFLA_XDP_MAX + 1];

    netlink_sort_nested(nest, table, IFLA_XDP_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        uint32_t program = netlink_u32(table[modes[i].attribute], 0);

        if (program == 0)
            continue;
        evidence_set_number(evidence, KEY_XDP, program);
        evidence_set_text(evidence, KEY_KIND, modes[i].mode);
        return;
    }
}

/* Packets that the ring had no room for count as dropped on the way in. */
static void put_drops(struct evidence *evidence, const struct nlattr *attribute)
{
    struct rtnl_link_stats64 stats = {0};
    size_t size;

    if (attribute == NULL)
        return;
    size = mnl_attr_get_payload_len(attribute);
    memcpy(&stats, mnl_attr_get_payload(attribute),
           size < sizeof(stats) ? size : sizeof(stats));
    evidence_set_number(evidence, KEY_RX_DROPPED,
                        (int64_t)(stats.rx_dropped + stats.rx_missed_errors));
    evidence_set_number(evidence, KEY_TX_DROPPED, (int64_t)stats.tx_dropped);
}

static bool is_wanted(struct links *links, const struct ifinfomsg *header,
                      const char *name)
{
    if (interest_has(&links->interest, name))
        return true;
    if ((header->ifi_flags & IFF_UP) != 0 &&
        (header->ifi_flags & IFF_LOWER_UP) != 0)
        return false;
    return links->down++ < MAX_DOWN;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
    const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[IFLA_MAX + 1];
    char link[NETLINK_LINK_SIZE];
    char master[IF_NAMESIZE];
    struct links *links = data;
    struct evidence evidence;
    const char *name;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    netlink_sort(message, sizeof(*header), table, IFLA_MAX);
    name = netlink_text(table[IFLA_IFNAME]);
    if (name == NULL || !is_wanted(links, header, name))
        return 0;
    evidence_init(&evidence, EVIDENCE_LINK, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)links->phase);
    evidence_set_text(&evidence, KEY_INTERFACE, name);
    evidence_set_number(&evidence, KEY_UP, (header->ifi_flags & IFF_UP) != 0);
    evidence_set_number(&evidence, KEY_CARRIER,
                        (header->ifi_flags & IFF_LOWER_UP) != 0);
    if ((header->ifi_flags & (IFF_NOARP | IFF_LOOPBACK)) == IFF_NOARP)
        evidence_set_number(&evidence, KEY_NO_ARP, 1);
    evidence_set_text(&evidence, KEY_LINK_KIND,
                      link_kind(header, table[IFLA_LINKINFO]));
    tunnel_put(&evidence, table[IFLA_LINKINFO]);
    evidence_set_number(&evidence, KEY_MTU, netlink_u32(table[IFLA_MTU], 0));
    netlink_print_link(table[IFLA_ADDRESS], link);
    if (link[0] != '\0')
        evidence_set_text(&evidence, KEY_LINK_ADDRESS, link);
    put_xdp(&evidence, table[IFLA_XDP]);
    if (if_indextoname(netlink_u32(table[IFLA_MASTER], 0), master) != NULL)
        evidence_set_text(&evidence, KEY_MASTER, master);
    put_drops(&evidence, table[IFLA_STATS64]);
    worker_emit(links->worker, &evidence);
    return 0;
}

static void snapshot(struct links *links, enum phase phase)
{
    const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
    struct err err = {0};

    interest_find(&links->interest, links->netlink, links->worker);
    links->phase = phase;
    links->down = 0;
    if (netlink_list(links->netlink, RTM_GETLINK, &header, sizeof(header),
                     read_link, links, &err) < 0)
        worker_limit(links->worker, "links", "%s", err.text);
    if (links->down > MAX_DOWN)
        worker_limit(links->worker, "links",
                     "%u links are down: only %d of them were read",
                     links->down, MAX_DOWN);
}

static int links_arm(struct worker *worker, void **state, struct err *err)
{
    struct links *links = calloc(1, sizeof(*links));
    int status;

    if (links == NULL)
        return err_set(err, -ENOMEM, "links: out of memory");
    links->worker = worker;
    status = netlink_open(NETLINK_ROUTE, &links->netlink, err);
    if (status < 0) {
        free(links);
        return status;
    }
    *state = links;
    snapshot(links, PHASE_BEFORE);
    return 0;
}

static void links_notice(void *state, const struct evidence *evidence)
{
    struct links *links = state;

    (void)interest_notice(&links->interest, evidence);
    interest_notice_question(&links->interest, evidence);
}

static void links_collect(void *state)
{
    snapshot(state, PHASE_AFTER);
}

static unsigned links_disarm(void *state)
{
    struct links *links = state;

    netlink_close(links->netlink);
    free(links);
    return 0;
}

const struct observer links_observer = {
    .name = "links",
    .at_source = true,
    .at_destination = true,
    .outside = true,
    .produces = EVIDENCE_BIT(EVIDENCE_LINK),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_ARP),
    .arm = links_arm,
    .notice = links_notice,
    .collect = links_collect,
    .disarm = links_disarm,
};
