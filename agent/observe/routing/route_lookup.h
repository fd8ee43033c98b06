/* What the kernel's routing says about one destination: `ip route get`. */
#ifndef OBSERVE_ROUTE_LOOKUP_H
#define OBSERVE_ROUTE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#include "common/base/address.h"

struct err;
struct netlink;

#define ROUTE_LEGS_MAX       8
#define ROUTE_RULE_TEXT_SIZE 160

/* A connection's packet that is to leave.  What is unset or 0 is left open.  One
 * that this host passes on bears the address of another host: it is known by
 * the device that it comes in on. */
struct route_question
{
    struct address destination;
    struct address source;
    uint16_t own_port;
    uint16_t peer_port;
    uint32_t mark;
    unsigned device;                  /* only ways out of this interface */
    char from_interface[IF_NAMESIZE]; /* empty: the host's own packet */
    bool has_user;
    uint32_t user; /* whose socket sends it */
};

struct route_leg /* of a route with several next hops */
{
    struct address gateway; /* unset: the destination is on link */
    unsigned index;         /* of the interface */
};

struct route_answer
{
    const char *type;                /* unicast, local, ..., none */
    int error;                       /* the kernel's errno, 0 for a route */
    int prefix;                      /* of the route that matched, or -1 */
    struct address matched;          /* the address of that prefix */
    uint32_t table;                  /* 0: unknown */
    unsigned index;                  /* of the interface, 0: none */
    char interface[IF_NAMESIZE];     /* empty: none */
    struct address gateway;          /* unset: the destination is on link */
    struct address preferred_source; /* what the kernel would send from */
    char rule[ROUTE_RULE_TEXT_SIZE]; /* the policy rule that rejects it */
    unsigned hop_limit;              /* of what it sends; 0: the host's own */
    size_t leg_count;                /* 0: it has one next hop only */
    struct route_leg legs[ROUTE_LEGS_MAX];
};

/* Is the type one that turns packets away? */
bool route_type_rejects(const char *type);

/* Asks for the route, as connect() would for a socket without a source.  A source that this host does not hold is left out, but for
 * a packet that is passed on: the kernel answers it with EINVAL, which would look
 * like a blackhole.  A refusal
 * by the routing is an answer (type, error); a negative return means that it
 * could not be asked. */
int route_lookup(struct netlink *netlink, const struct route_question *question,
                 struct route_answer *answer, struct err *err);

/* Would a packet for this address leave by that interface, and by no gateway?
 * The kernel takes no gateway in a route that is not such (but with "onlink"). */
bool route_is_on_link(struct netlink *netlink, const struct address *address,
                      unsigned index);

/* Does this host hold the address? */
bool route_is_local(struct netlink *netlink, const struct address *address);

#endif
