/* The kernel's list of TCP and UDP sockets (inet_diag). */
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

/* Bound to a port, and neither listening nor connected (Linux 6.8; earlier ones
 * list none). */
#define SOCKET_STATES_BOUND (1u << 13)

#define SOCKET_MAX_KEYS 8

/* Whose segments a listener wants signed (TCP MD5); never the key itself. */
struct socket_key
{
    struct address address;
    uint8_t prefix;
};

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
    uint64_t inode;  /* 0: no process has it, or has it yet */
    uint64_t cgroup; /* the kernel's number of its control group, 0: not told */
    int v6_only;     /* -1: not told */
    struct socket_key keys[SOCKET_MAX_KEYS];
    unsigned key_count;
};

typedef void (*socket_fn)(const struct socket_info *info, void *data);

/* Shows all TCP sockets of the family (4 or 6) and the namespace in which
 * netlink (NETLINK_SOCK_DIAG) was opened, in one of these states, with these
 * ports; port 0 is any. */
int socket_diag_list(struct netlink *netlink, int family, uint32_t states,
                     uint16_t local_port, uint16_t remote_port, socket_fn fn,
                     void *data, struct err *err);

/* Likewise the UDP sockets on a local port, in whatever state. */
int socket_diag_list_udp(struct netlink *netlink, int family,
                         uint16_t local_port, socket_fn fn, void *data,
                         struct err *err);

/* Likewise the listeners on a port, each with whose segments it wants signed. */
int socket_diag_list_signed(struct netlink *netlink, int family,
                            uint16_t local_port, socket_fn fn, void *data,
                            struct err *err);

/* Shows the one connection with these ends, if there is one. */
int socket_diag_find(struct netlink *netlink, const struct address *local,
                     uint16_t local_port, const struct address *remote,
                     uint16_t remote_port, socket_fn fn, void *data,
                     struct err *err);

/* What the kernel tells of a socket's keys: an attribute of this size.  The
 * keys' octets are passed over. */
void socket_diag_read_keys(const void *attribute, size_t size,
                           struct socket_info *info);

#endif
