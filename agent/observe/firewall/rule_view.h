/* A packet as a rule may ask about it, and what a rule does with it: the common
 * language of those that work out, by the text or by the kernel's own form of a
 * rule, what becomes of a packet that no rule trace has shown.
 *
 * Three answers there are: yes, no, and maybe, for whatever is not known of the
 * packet or not understood of the rule. */
#ifndef OBSERVE_RULE_VIEW_H
#define OBSERVE_RULE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "agent/observe/firewall/rule_step.h"

enum tri /* "and" is the lesser, "or" the greater of two */
{
    TRI_NO,
    TRI_MAYBE,
    TRI_YES,
};

static inline enum tri tri_of(bool is)
{
    return is ? TRI_YES : TRI_NO;
}

static inline enum tri tri_not(enum tri answer)
{
    return (enum tri)(TRI_YES - answer);
}

static inline enum tri tri_and(enum tri a, enum tri b)
{
    return a < b ? a : b;
}

static inline enum tri tri_or(enum tri a, enum tri b)
{
    return a > b ? a : b;
}

struct rule_device
{
    bool is_known;          /* the name; an empty one: there is none */
    bool is_not_lo;         /* if it is not known */
    char name[IF_NAMESIZE]; /* ended by a NUL */
};

struct rule_number /* that may not be known */
{
    bool is_known;
    uint32_t value;
};

/* Bits of connection tracking's answer, as nftables has them. */
enum rule_state
{
    RULE_STATE_INVALID = 1 << 0,
    RULE_STATE_ESTABLISHED = 1 << 1,
    RULE_STATE_RELATED = 1 << 2,
    RULE_STATE_NEW = 1 << 3,
    RULE_STATE_UNTRACKED = 1 << 6,
};

#define RULE_FLAG_SYN 0x02
#define RULE_FLAG_ACK 0x10

/* What the packet is: TCP's, or a question for a link address or the answer. */
enum rule_protocol
{
    RULE_TCP,
    RULE_ARP,
    RULE_NEIGHBOUR, /* of ICMPv6 */
};

struct rule_view
{
    enum rule_protocol protocol;
    bool is_answer;           /* not of TCP */
    struct address target;    /* likewise: whose link address is asked for */
    struct rule_packet tuple; /* unset, or a port of 0: not known */
    struct rule_device in;
    struct rule_device out;
    struct rule_number flags; /* of TCP, without those of ECN */
    struct rule_number mark;
    struct rule_number connection_mark;
    struct rule_number state; /* enum rule_state */
    struct rule_number reply; /* 1: the connection's answer, 0: not */
    struct rule_number user;  /* of the socket that sends it */
    enum tri from_socket;     /* has a socket sent it? */
    enum tri source_is_local; /* addresses of this host */
    enum tri destination_is_local;
    /* A rule gave it another address or port, or may have done. */
    bool source_moved;
    bool destination_moved;
    bool misses_device; /* a rule that may match asked for one not known */
};

enum rule_act
{
    ACT_NONE, /* on to the next rule */
    ACT_ACCEPT,
    ACT_DROP,
    ACT_REJECT,
    ACT_RETURN,
    ACT_JUMP,
    ACT_GOTO,
    ACT_UNKNOWN, /* the packet may end there, or may not */
};

struct rule_outcome
{
    enum tri matches;
    enum rule_act act;
    char chain[RULE_NAME_SIZE]; /* of ACT_JUMP and ACT_GOTO */
};

/* What was called is not known any more; or who called. */
static inline void rule_view_move_destination(struct rule_view *packet)
{
    packet->destination_moved = true;
    packet->tuple.destination = (struct address){0};
    packet->tuple.destination_port = 0;
    packet->destination_is_local = TRI_MAYBE;
}

static inline void rule_view_move_source(struct rule_view *packet)
{
    packet->source_moved = true;
    packet->tuple.source = (struct address){0};
    packet->tuple.source_port = 0;
}

#endif
