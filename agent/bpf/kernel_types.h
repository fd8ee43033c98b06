/* The few members of kernel structs that the program reads.  Where they really
 * are is looked up in the running kernel's BTF when the program is loaded, so
 * neither their order nor what stands between them matters here. */
#ifndef BPF_KERNEL_TYPES_H
#define BPF_KERNEL_TYPES_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), \
                             apply_to = record)

struct ns_common
{
    unsigned int inum;
};

struct net
{
    struct ns_common ns;
};

typedef struct
{
    struct net *net;
} possible_net_t;

struct net_device
{
    possible_net_t nd_net;
    char name[16];
};

struct sock_common
{
    volatile unsigned char skc_state;
    possible_net_t skc_net;
};

struct sock
{
    struct sock_common __sk_common;
    __u32 sk_ack_backlog;
    __u32 sk_max_ack_backlog;
};

struct dst_entry
{
    struct net_device *dev;
    short error;
};

struct sk_buff
{
    struct net_device *dev;
    struct sock *sk;
    unsigned long _skb_refdst;
    int skb_iif;
    __be16 protocol;
    __u16 network_header;
    __u16 mac_header;
    unsigned int tail;
    unsigned char *head;
    unsigned char *data;
};

#pragma clang attribute pop

#endif
