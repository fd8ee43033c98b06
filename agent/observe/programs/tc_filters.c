#include "agent/observe/programs/tc_filters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "agent/observe/host/netlink.h"
#include "common/base/err.h"

/* Of enum bpf_attach_type; headers older than Linux 6.6 lack them. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47

struct search
{
    struct found_programs *found;
    const char *hook;
    const char *interface;
    unsigned family;
};

/* 0, ETH_P_ALL, or the family's own. */
static bool meets(uint16_t protocol, unsigned family)
{
    return protocol == 0 || protocol == ETH_P_ALL ||
           protocol == (family == 6 ? ETH_P_IPV6 : ETH_P_IP);
}

/* Without direct action a BPF filter names a class at most; what becomes of the
 * packet is up to an action behind it. */
static bool read_bpf(const struct nlattr *options, struct found_program *out)
{
    const struct nlattr *table[TCA_BPF_MAX + 1];

    netlink_sort_nested(options, table, TCA_BPF_MAX);
    out->program = netlink_u32(table[TCA_BPF_ID], 0);
    return table[TCA_BPF_ACT] != NULL || (netlink_u32(table[TCA_BPF_FLAGS], 0) &
                                          TCA_BPF_FLAG_ACT_DIRECT) != 0;
}

static bool read_u32(const struct nlattr *options)
{
    const struct nlattr *table[TCA_U32_MAX + 1];

    netlink_sort_nested(options, table, TCA_U32_MAX);
    return table[TCA_U32_ACT] != NULL;
}

bool tc_filters_parse(const struct nlmsghdr *message, unsigned family,
                      struct found_program *out)
{
    const struct tcmsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[TCA_MAX + 1];
    const char *kind;
    uint16_t protocol;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
        header->tcm_handle == 0) /* the list's head, not a filter */
        return false;
    netlink_sort(message, sizeof(*header), table, TCA_MAX);
    kind = netlink_text(table[TCA_KIND]);
    protocol = ntohs((uint16_t)TC_H_MIN(header->tcm_info));
    if (kind == NULL || !meets(protocol, family))
        return false;
    snprintf(out->kind, sizeof(out->kind), "%.15s", kind);
    out->preference = TC_H_MAJ(header->tcm_info) >> 16;
    out->handle = header->tcm_handle;
    out->chain = netlink_u32(table[TCA_CHAIN], 0);
    if (protocol != 0)
        snprintf(out->protocol, sizeof(out->protocol), "%s",
                 protocol == ETH_P_ALL    ? "all"
                 : protocol == ETH_P_IPV6 ? "ipv6"
                                          : "ip");
    if (strcmp(kind, "bpf") == 0)
        return read_bpf(table[TCA_OPTIONS], out);
    return strcmp(kind, "u32") != 0 || read_u32(table[TCA_OPTIONS]);
}

static int read_filter(const struct nlmsghdr *message, void *data)
{
    const struct search *search = data;
    struct found_program filter = {.hook = search->hook};
    struct found_program *out;

    if (message->nlmsg_type != RTM_NEWTFILTER ||
        !tc_filters_parse(message, search->family, &filter))
        return 0;
    snprintf(filter.interface, sizeof(filter.interface), "%s",
             search->interface);
    out = found_programs_add(search->found, search->hook);
    if (out != NULL)
        *out = filter;
    return 0;
}

static int list_filters(struct netlink *netlink, unsigned index, bool egress,
                        struct search *search, struct err *err)
{
    const struct tcmsg header = {
        .tcm_ifindex = (int)index,
        .tcm_parent =
            TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS),
    };

    return netlink_list(netlink, RTM_GETTFILTER, &header, sizeof(header),
                        read_filter, search, err);
}

/* A kernel without tcx has none. */
static void list_tcx(unsigned index, bool egress, struct search *search)
{
    uint32_t ids[FOUND_PROGRAMS_MAX];
    uint32_t count = FOUND_PROGRAMS_MAX;

    if (bpf_call_query((int)index, egress ? TCX_EGRESS : TCX_INGRESS, false,
                       ids, &count) < 0)
        return;
    for (uint32_t i = 0; i < count && i < FOUND_PROGRAMS_MAX; i++) {
        struct found_program *out = found_programs_add(
            search->found, egress ? "tcx-egress" : "tcx-ingress");

        if (out == NULL)
            return;
        out->program = ids[i];
        snprintf(out->interface, sizeof(out->interface), "%s",
                 search->interface);
    }
}

int tc_filters_find(struct netlink *netlink, const char *interface, bool egress,
                    unsigned family, struct found_programs *found,
                    struct err *err)
{
    struct search search = {.found = found,
                            .hook = egress ? "tc-egress" : "tc-ingress",
                            .interface = interface,
                            .family = family};
    unsigned index = if_nametoindex(interface);
    int status;

    if (index == 0)
        return err_set(err, -errno, "%s is gone", interface);
    status = list_filters(netlink, index, egress, &search, err);
    if (status == 0)
        list_tcx(index, egress, &search);
    return status;
}
