/* The kernel's table of tracked connections, asked over netlink (ctnetlink).
 * Reading never makes an entry, and nothing is asked where the table is not in
 * use: that would load what reads it. */
#ifndef OBSERVE_CONNTRACK_TABLE_H
#define OBSERVE_CONNTRACK_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/address.h"

struct err;
struct netlink;
struct nlmsghdr;

/* One direction of a connection, in host order. */
struct conntrack_tuple
{
    struct address source, destination;
    uint16_t source_port, destination_port;
};

#define CONNTRACK_STATUS_SIZE 64

struct conntrack_entry
{
    struct conntrack_tuple original;
    struct conntrack_tuple reply;  /* what is expected to come back */
    const char *state;             /* of TCP, NULL: not told */
    uint32_t status;               /* IPS_* of the kernel */
    int64_t mark, zone, expires_s; /* negative: not told */
};

typedef void (*conntrack_fn)(const struct conntrack_entry *entry, void *data);

/* How many entries this network namespace has, and how many it may have.
 * -ENOENT where connection tracking is not there. */
int conntrack_count(int64_t *count, int64_t *limit, struct err *err);

/* Shows the TCP connections to that address and port; only those from one
 * source if that is set.  The kernel walks through its whole table. */
int conntrack_list(struct netlink *netlink, const struct address *source,
                   const struct address *destination, uint16_t port,
                   conntrack_fn fn, void *data, struct err *err);

/* The entry of exactly this tuple, in the default zone.  -ENOENT if there is
 * none. */
int conntrack_get(struct netlink *netlink, const struct conntrack_tuple *tuple,
                  struct conntrack_entry *entry, struct err *err);

/* Reads one message of an answer.  -EBADMSG; -EPROTONOSUPPORT if it is not
 * about TCP. */
int conntrack_read(const struct nlmsghdr *message,
                   struct conntrack_entry *entry);

bool conntrack_tuple_equal(const struct conntrack_tuple *a,
                           const struct conntrack_tuple *b);

/* In words: "unreplied", "assured", "dnat", "snat". */
const char *conntrack_print_status(uint32_t status,
                                   char text[static CONNTRACK_STATUS_SIZE]);

#endif
