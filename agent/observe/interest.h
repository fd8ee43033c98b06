/* The interfaces that a trace is about: the one on the route to the peer, the
 * one that holds the traced address, and those where its packets came by. */
#ifndef OBSERVE_INTEREST_H
#define OBSERVE_INTEREST_H

#include <stdbool.h>
#include <stddef.h>

#include <net/if.h>

struct address;
struct evidence;
struct netlink;
struct worker;

#define INTEREST_MAX 8

struct interest
{
    char names[INTEREST_MAX][IF_NAMESIZE];
    size_t count;
};

/* Adds what routing and addresses say now; what was there stays. */
void interest_find(struct interest *interest, struct netlink *netlink,
                   struct worker *worker);

/* Adds the interface on which a packet of the trace came in or left.  True when it is
 * a new one. */
bool interest_notice(struct interest *interest,
                     const struct evidence *evidence);

/* Likewise one that a question for a next hop left by. */
void interest_notice_question(struct interest *interest,
                              const struct evidence *evidence);

bool interest_has(const struct interest *interest, const char *name);

/* Is this a SYN of the trace that came in on this host itself (not seen in a
 * container)? */
bool interest_is_arrival(const struct evidence *evidence);

#endif
