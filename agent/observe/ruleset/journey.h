/* The trace's SYN and SYN-ACK on one host, as they come to its hooks, by what
 * the other observers have seen of them; and, where they never came, as they
 * would come. */
#ifndef OBSERVE_JOURNEY_H
#define OBSERVE_JOURNEY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/observe/firewall/rule_view.h"
#include "common/trace/words.h"

struct evidence;
struct order;

#define JOURNEY_SLAVES_MAX 16

struct journey
{
    struct rule_packet syn;    /* as this host has it; a port of 0: unknown */
    struct rule_device syn_by; /* the device by which the SYN comes or goes */
    struct rule_device answer_by; /* likewise, of the SYN-ACK */
    char route[IF_NAMESIZE];      /* the device on the way to the peer, or "" */
    bool is_forked;               /* the way has several next hops */
    char slaves[JOURNEY_SLAVES_MAX][IF_NAMESIZE]; /* what belongs to another */
    unsigned slave_count;
    char holder[IF_NAMESIZE]; /* the device that holds this host's address, as
                                 far as it is the only one, or "" */
    int64_t attempt;          /* the last one that was seen */
    bool is_open;             /* its handshake was completed */
    bool has_arrived;         /* at the destination: a SYN */
    bool comes_translated;    /* likewise: its source is not the peer\'s own
                              address, and not known */
    bool is_ruled;            /* the rule trace told what input did of it */
};

/* Takes into account what was seen: a PACKET, an ATTEMPT_START, a ROUTE, a
 * ROUTE_LEG, a LINK, a RULE. */
void journey_notice(struct journey *journey, const struct order *order,
                    const struct evidence *evidence);

/* Fills what nobody saw with what the order says: own and peer as known now.
 * Before what follows holder must be set. */
void journey_complete(struct journey *journey, const struct order *order,
                      const struct address *own, const struct address *peer);

/* The packet as it comes to this host's first hook on its way.  user: whose the
 * probe is.  syn: for the answer, what became of the SYN's view behind this
 * host's last hook. */
void journey_syn(const struct journey *journey, enum role role, uint32_t user,
                 struct rule_view *view);
void journey_answer(const struct journey *journey, enum role role,
                    const struct rule_view *syn, struct rule_view *view);

#endif
