/* Programs that drop the packets of one TCP port, both ways, at every hook that
 * the lab attaches them to.  -DPORT=N chooses the port. */

/* libbpf's headers take the kernel's types from those before them. */
/* clang-format off */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

#ifndef PORT
#    define PORT 8080
#endif

char program_license[] SEC("license") = "GPL";

/* Does the IP packet at this offset go to the port, or come from it? */
static __always_inline int is_meant(void *data, void *end, int offset)
{
    struct iphdr *v4 = data + offset;
    struct ipv6hdr *v6 = data + offset;
    struct tcphdr *tcp;

    if ((void *)(v4 + 1) > end)
        return 0;
    if (v4->version == 4 && v4->protocol == IPPROTO_TCP)
        tcp = (void *)(v4 + 1);
    else if (v4->version == 6 && (void *)(v6 + 1) <= end &&
             v6->nexthdr == IPPROTO_TCP)
        tcp = (void *)(v6 + 1);
    else
        return 0;
    if ((void *)(tcp + 1) > end)
        return 0;
    return tcp->dest == bpf_htons(PORT) || tcp->source == bpf_htons(PORT);
}

#define IS_MEANT(context, offset)                    \
    is_meant((void *)(unsigned long)(context)->data, \
             (void *)(unsigned long)(context)->data_end, (offset))

SEC("xdp")
int lab_xdp(struct xdp_md *context)
{
    return IS_MEANT(context, ETH_HLEN) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int lab_tc(struct __sk_buff *context)
{
    return IS_MEANT(context, ETH_HLEN) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

SEC("cgroup_skb/ingress")
int lab_ingress(struct __sk_buff *context)
{
    return !IS_MEANT(context, 0);
}

SEC("cgroup_skb/egress")
int lab_egress(struct __sk_buff *context)
{
    return !IS_MEANT(context, 0);
}

SEC("cgroup/connect4")
int lab_connect4(struct bpf_sock_addr *context)
{
    return context->user_port != bpf_htons(PORT);
}

SEC("cgroup/connect6")
int lab_connect6(struct bpf_sock_addr *context)
{
    return context->user_port != bpf_htons(PORT);
}
