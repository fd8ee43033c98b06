/* Watches the kernel free packets (tracepoint skb:kfree_skb) and records those
 * of the traces that run.
 *
 * It sees every network namespace of the machine; its readers keep to theirs.
 * What is not TCP leaves after a few comparisons, because the tracepoint fires
 * for each packet that a flood loses. */

/* libbpf's headers take the kernel's types from those before them. */
/* clang-format off */
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
/* clang-format on */

#include "agent/bpf/drop_record.h"
#include "agent/bpf/kernel_types.h"

#define LISTEN         10 /* TCP_LISTEN */
#define IPV4_SIZE      20
#define IPV6_SIZE      40
#define TCP_SIZE       20
#define MAX_EXTENSIONS 4
#define NEXT_HOP       0 /* IPv6 extension headers that may be skipped */
#define NEXT_ROUTING   43
#define NEXT_FRAGMENT  44
#define NEXT_OPTIONS   60

char program_license[] SEC("license") = "GPL";

/* How many arguments the tracepoint has here; set before loading. */
const volatile __u32 kfree_arguments = 3;

struct
{
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, DROP_SLOTS);
    __type(key, __u32);
    __type(value, struct drop_slot);
} slots SEC(".maps");

struct ring
{
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, DROP_RING_SIZE);
};

/* The trace's own ring, put in by its worker. */
struct
{
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, DROP_SLOTS);
    __type(key, __u32);
    __array(values, struct ring);
} rings SEC(".maps");

/* The running kernel's names of reasons, filled in after loading. */
struct
{
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, DROP_REASONS);
    __type(key, __u32);
    __type(value, char[DROP_REASON_SIZE]);
} reasons SEC(".maps");

/* Where a record is put together; the kernel does not let the program run into
 * itself on one CPU. */
struct
{
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct drop_record);
} scratch SEC(".maps");

/* What is wanted of the headers. */
struct tcp
{
    __u32 sequence, acknowledge;
    __u16 source_port, destination_port;
    __u16 payload;
    __u8 flags;
    __u32 family; /* 4 or 6, of the destination's address */
    __u8 destination[16];
};

struct freed
{
    struct sk_buff *skb;
    struct sock *socket; /* that it was for, or NULL */
    __u64 location;
    __u32 reason;
};

/* Headers lie between head and tail; nothing else may be taken for one. */
static __always_inline int read_at(const struct sk_buff *skb, __u32 offset,
                                   void *out, __u32 size)
{
    if (offset + size > skb->tail)
        return -1;
    return (int)bpf_probe_read_kernel(out, size, skb->head + offset);
}

static __always_inline int read_tcp(const struct sk_buff *skb, __u32 offset,
                                    __u32 length, struct tcp *out)
{
    __u8 header[TCP_SIZE];
    __u32 size;

    if (read_at(skb, offset, header, sizeof(header)) != 0)
        return -1;
    size = (__u32)(header[12] >> 4) * 4;
    out->source_port = bpf_ntohs(*(__be16 *)header);
    out->destination_port = bpf_ntohs(*(__be16 *)(header + 2));
    out->sequence = bpf_ntohl(*(__be32 *)(header + 4));
    out->acknowledge = bpf_ntohl(*(__be32 *)(header + 8));
    out->flags = header[13];
    out->payload = length > size ? (__u16)(length - size) : 0;
    return 0;
}

static __always_inline int read_ipv4(const struct sk_buff *skb, __u32 offset,
                                     const __u8 *header, struct tcp *out)
{
    __u32 size = (__u32)(header[0] & 15) * 4;
    __u32 length = bpf_ntohs(*(__be16 *)(header + 2));

    if (header[9] != IPPROTO_TCP)
        return 1;
    if (size < IPV4_SIZE || length < size ||
        (bpf_ntohs(*(__be16 *)(header + 6)) & 0x1fff) != 0)
        return -1;
    out->family = 4;
    __builtin_memset(out->destination, 0, sizeof(out->destination));
    __builtin_memcpy(out->destination, header + 16, 4);
    return read_tcp(skb, offset + size, length - size, out);
}

static __always_inline int read_ipv6(const struct sk_buff *skb, __u32 offset,
                                     const __u8 *header, struct tcp *out)
{
    __u32 length = bpf_ntohs(*(__be16 *)(header + 4));
    __u32 skipped = 0;
    __u8 next = header[6];
    __u8 extension[2];

    for (int i = 0; i < MAX_EXTENSIONS && next != IPPROTO_TCP; i++) {
        if ((next != NEXT_HOP && next != NEXT_ROUTING &&
             next != NEXT_FRAGMENT && next != NEXT_OPTIONS) ||
            read_at(skb, offset + IPV6_SIZE + skipped, extension,
                    sizeof(extension)) != 0)
            return -1;
        skipped += next == NEXT_FRAGMENT ? 8 : (extension[1] + 1u) * 8;
        next = extension[0];
    }
    if (next != IPPROTO_TCP || length < skipped ||
        read_at(skb, offset + 24, out->destination, sizeof(out->destination)) !=
            0)
        return -1;
    out->family = 6;
    return read_tcp(skb, offset + IPV6_SIZE + skipped, length - skipped, out);
}

/* 0 for an IP header with TCP behind it, 1 for an IP header with something
 * else, -1 for anything else.  Noinline: it is tried at several places, and the
 * verifier shall follow it once per place only. */
static __noinline int read_ip(struct sk_buff *skb, __u32 offset,
                              struct tcp *out)
{
    __u8 header[IPV4_SIZE];

    if (skb == NULL || out == NULL ||
        read_at(skb, offset, header, sizeof(header)) != 0)
        return -1;
    if (header[0] >> 4 == 4)
        return read_ipv4(skb, offset, header, out);
    if (header[0] >> 4 == 6)
        return read_ipv6(skb, offset, header, out);
    return -1;
}

static __always_inline int find_tcp(struct sk_buff *skb, struct tcp *out)
{
    __u32 network = skb->network_header;
    __u32 data = (__u32)(skb->data - skb->head);
    __u32 mac = skb->mac_header;
    int result = network == 0 ? -1 : read_ip(skb, network, out);

    if (result >= 0)
        return result;
    if (data != network && read_ip(skb, data, out) == 0)
        return 0;
    if (mac == 0xffff || mac + ETH_HLEN == network || mac + ETH_HLEN == data)
        return -1;
    return read_ip(skb, mac + ETH_HLEN, out);
}

/* TCP clears the packet's device: its route and its socket know the namespace
 * too, but not by which device it came.  Pointers are followed by the reading
 * helper, not directly: the verifier looks up each direct one among all types
 * of the kernel, for each state that it goes through. */
static __always_inline void fill_place(struct drop_record *record,
                                       const struct freed *freed)
{
    const struct sk_buff *skb = freed->skb;
    const struct net_device *device = BPF_CORE_READ(skb, dev);
    const struct sock *owner = BPF_CORE_READ(skb, sk);
    const struct sock *receiver = freed->socket;
    const struct dst_entry *route =
        (const struct dst_entry *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);
    struct net *net = NULL;

    record->interface = (__u32)BPF_CORE_READ(skb, skb_iif);
    if (device != NULL) {
        BPF_CORE_READ_STR_INTO(&record->device, device, name);
        net = BPF_CORE_READ(device, nd_net.net);
    }
    if (net == NULL && owner != NULL)
        net = BPF_CORE_READ(owner, __sk_common.skc_net.net);
    if (net == NULL && route != NULL)
        net = BPF_CORE_READ(route, dev, nd_net.net);
    if (net == NULL && receiver != NULL)
        net = BPF_CORE_READ(receiver, __sk_common.skc_net.net);
    if (net != NULL)
        record->namespace = BPF_CORE_READ(net, ns.inum);
    if (route != NULL)
        record->route_error = BPF_CORE_READ(route, error);
}

static __always_inline void fill_queue(struct drop_record *record,
                                       const struct sock *socket)
{
    if (socket == NULL ||
        BPF_CORE_READ(socket, __sk_common.skc_state) != LISTEN)
        return;
    record->is_listener = 1;
    record->queue = BPF_CORE_READ(socket, sk_ack_backlog);
    record->queue_limit = BPF_CORE_READ(socket, sk_max_ack_backlog);
}

/* The stack begins inside the tracing machinery; its users begin where the
 * freed packet's location is.  A return address lies behind its call, which may
 * be the last thing in a function: hence one less. */
static __always_inline void
fill_frames(void *context, struct drop_record *record, __u64 location)
{
    static const char format[] = "%ps\n%ps\n%ps\n%ps\n%ps\n"
                                 "%ps\n%ps\n%ps\n%ps\n%ps\n";
    __u64 frames[DROP_FRAMES] = {0};
    __u64 first = 0;

    bpf_get_stack(context, frames, sizeof(frames), 0);
    for (__u32 i = 0; i < DROP_FRAMES; i++)
        if (frames[i] == location)
            first = i;
    if (first > 0)
        bpf_get_stack(context, frames, sizeof(frames), first);
    else
        __builtin_memset(frames, 0, sizeof(frames));
    frames[0] = location;
    for (__u32 i = 0; i < DROP_FRAMES; i++)
        frames[i] -= frames[i] != 0;
    bpf_snprintf(record->frames, sizeof(record->frames), format, frames,
                 sizeof(frames));
}

static __always_inline void fill_record(void *context,
                                        struct drop_record *record,
                                        const struct freed *freed,
                                        const struct tcp *tcp)
{
    __builtin_memset(record, 0, sizeof(*record));
    record->at_ns = bpf_ktime_get_ns();
    record->reason = freed->reason;
    record->sequence = tcp->sequence;
    record->acknowledge = tcp->acknowledge;
    record->source_port = tcp->source_port;
    record->destination_port = tcp->destination_port;
    record->payload = tcp->payload;
    record->flags = tcp->flags;
    record->family = tcp->family;
    __builtin_memcpy(record->destination, tcp->destination,
                     sizeof(record->destination));
    fill_place(record, freed);
    fill_queue(record, freed->socket);
    fill_frames(context, record, freed->location);
}

static __always_inline void deliver(struct drop_record *record, __u32 number)
{
    void *ring = bpf_map_lookup_elem(&rings, &number);
    struct drop_slot *slot = bpf_map_lookup_elem(&slots, &number);

    if (ring != NULL && slot != NULL &&
        bpf_ringbuf_output(ring, record, sizeof(*record), 0) != 0)
        __sync_fetch_and_add(&slot->lost, 1);
}

static __always_inline __u32 is_wanted(__u32 number, const struct tcp *tcp)
{
    const struct drop_slot *slot = bpf_map_lookup_elem(&slots, &number);
    __u32 base = slot == NULL ? 0 : slot->isn_base;

    return (base != 0) & ((((tcp->sequence ^ base) & DROP_ISN_MASK) == 0) |
                          (((tcp->acknowledge ^ base) & DROP_ISN_MASK) == 0));
}

SEC("tp_btf/kfree_skb")
int drop_events(__u64 *context)
{
    struct freed freed = {.skb = (struct sk_buff *)context[0],
                          .location = context[1],
                          .reason = (__u32)context[2]};
    __be16 protocol = freed.skb->protocol;
    struct tcp tcp = {0};
    struct drop_record *record;
    __u32 wanted = 0;
    __u32 zero = 0;

    /* 0: not yet an IP packet, or sent from a raw socket. */
    if (protocol != 0 && protocol != bpf_htons(ETH_P_IP) &&
        protocol != bpf_htons(ETH_P_IPV6))
        return 0;
    if (find_tcp(freed.skb, &tcp) != 0)
        return 0;
    if (kfree_arguments >= 4)
        freed.socket = (struct sock *)context[3];
    for (__u32 i = 0; i < DROP_SLOTS; i++)
        wanted |= is_wanted(i, &tcp);
    record = wanted == 0 ? NULL : bpf_map_lookup_elem(&scratch, &zero);
    if (record == NULL)
        return 0;
    fill_record(context, record, &freed, &tcp);
    /* Several: the trace of a host with itself has two workers here. */
    for (__u32 i = 0; i < DROP_SLOTS; i++)
        if (is_wanted(i, &tcp))
            deliver(record, i);
    return 0;
}
