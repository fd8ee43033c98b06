/* The kernel's list of TCP sockets (inet_diag). */
#ifndef OBSERVE_SOCKET_DIAG_H
#define OBSERVE_SOCKET_DIAG_H

#include <stdint.h>

#include "common/base/address.h"

struct err;
struct netlink;

#define SOCKET_STATE_LISTEN 10
/* As bits; SYN_RECV stands for the half-open ones too. */
#define SOCKET_STATES_LISTEN     (1u << SOCKET_STATE_LISTEN)
#define SOCKET_STATES_CONNECTION (0x1fffu & ~SOCKET_STATES_LISTEN & ~(1u << 7))

struct socket_info
{
    const char *state;
    struct address local; /* a mapped IPv4 address as IPv4 */
    struct address remote;
    uint16_t local_port;
    uint16_t remote_port;
    uint32_t queue;       /* of a listener: connections not yet accepted */
    uint32_t queue_limit; /* of a listener: its backlog */
    uint32_t user;
    uint32_t interface; /* bound to this index, or 0 */
    uint32_t retransmits;
    uint64_t inode;
    uint64_t cgroup; /* the kernel's number of its control group, 0: not told */
    int v6_only;     /* -1: not told */
};

typedef void (*socket_fn)(const struct socket_info *info, void *data);

/* Shows all TCP sockets of the family (4 or 6) and the namespace in which
 * netlink (NETLINK_SOCK_DIAG) was opened, in one of these states, with these
 * ports; port 0 is any. */
int socket_diag_list(struct netlink *netlink, int family, uint32_t states,
                     uint16_t local_port, uint16_t remote_port, socket_fn fn,
                     void *data, struct err *err);

#endif
