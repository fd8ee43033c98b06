/* The evidence put in order: who saw which packet of which attempt, and which
 * piece tells what about each end.  Pointers into the caller's evidence.
 *
 * Where several pieces tell the same, the earliest counts (ties: the lower id),
 * so that the order in which evidence came in never matters.  A view is large:
 * some hundred KiB. */
#ifndef VERDICT_VIEW_H
#define VERDICT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/engine/subject.h"

/* One kind of packet of one attempt at one end in one direction. */
struct sight
{
    const struct evidence *first; /* NULL: not seen */
    const struct evidence *last;  /* of all copies */
    const struct evidence *again; /* the first copy of the last time that it
                                     was sent; NULL: it was sent once */
    unsigned count;               /* copies and retransmissions */
    unsigned rounds;              /* how often it was sent */
};

/* Between two transmissions of one packet (the kernel's first comes after 1 s),
 * and not between its copies on several devices. */
#define SIGHT_AGAIN_NS 500000000

/* Adds one; they come in the order of time. */
void sight_count(struct sight *sight, const struct evidence *evidence);

struct end_sights /* of one attempt, at one end */
{
    struct sight packets[PACKET_COUNT][DIRECTION_COUNT];
    /* Arrived with the link address of another host. */
    const struct evidence *for_other_host[PACKET_COUNT];
    /* The rule that dropped this attempt's packet of that kind here; of
     * several, the last on the packet's way. */
    const struct evidence *drop_rule[PACKET_COUNT];
    /* The rule trace followed this packet at least into that stage. */
    const struct evidence *rule_stage[PACKET_COUNT][STAGE_COUNT];
    /* The kernel's drop event for this packet; likewise. */
    const struct evidence *drop_event[PACKET_COUNT];
    /* A SYN-ACK that this host sent to itself. */
    const struct evidence *answer_on_loopback;
    /* Connection tracking's entry of the tuple: before the SYN, after. */
    const struct evidence *tracked[2];
};

struct attempt_view
{
    const struct evidence *start;
    const struct evidence *end;
    struct end_sights source;
    struct end_sights destination;
    /* Made in another namespace: in the source host's own. */
    struct sight outside[PACKET_COUNT][DIRECTION_COUNT];
};

struct end_view /* of one host */
{
    const struct evidence *host;
    const struct evidence *capture_armed;
    const struct evidence *capture_after;
    const struct evidence *rule_trace_after;
    const struct evidence *route;       /* latest lookup towards the peer */
    const struct evidence *neighbour;   /* latest entry of the next hop */
    const struct evidence *own_address; /* the traced address, if it owns it */
    const struct evidence *addresses;
    const struct evidence *ports;
    const struct evidence *down_link; /* a link that is down and matters */
    const struct evidence *xdp_link;
    const struct evidence *listeners[2]; /* complete scans: before, after */
    const struct evidence *legacy[2];    /* counters read: ip, ip6 */
    const struct evidence *refused;
    const struct evidence *onward;      /* route for the traced address */
    const struct evidence *tracking[2]; /* table: before, after */
};

struct view
{
    const struct subject *subject;
    /* All evidence in the order of time. */
    const struct evidence *items[VERDICT_MAX_EVIDENCE];
    size_t count;
    const struct evidence *unresolved; /* the resolver's error */
    const struct evidence *resolved;   /* its first address */
    const struct evidence *lost[ROLE_COUNT];
    /* Of what watches the host's own namespace beside another. */
    const struct evidence *outside_armed, *outside_after, *outside_rules;
    const struct evidence *outside_legacy[2]; /* as of an end */
    struct end_view source;
    struct end_view destination;
    const struct evidence *self_test_loopback;
    const struct evidence *self_test_own;
    struct attempt_view attempts[ORDER_MAX_ATTEMPTS + 1]; /* from 1 */
    unsigned attempt_count; /* the highest attempt that began */
    unsigned syns_arrived;  /* all copies, all attempts */
    bool has_guest;         /* of the destination: see guests.h */
};

/* The destination's address as its own host sees it: what the SYN asks for on
 * arrival, after any translation on the path; else the one that was called. */
struct address view_called_address(const struct view *view);

/* That end's traced address, as its own host sees it. */
struct address view_traced_address(const struct view *view, enum role role);

/* The called port, as the destination's host sees it. */
unsigned view_called_port(const struct view *view);

/* Did a SYN of the trace come in on this device of the destination?  A bond, a
 * bridge or a VLAN shows it after the device below. */
bool view_came_in_on(const struct view *view, const char *device);

/* The SYN's last sight as it came in at the destination: on a bond, a bridge or
 * a VLAN, where the addresses are, not on the device below.  NULL for none. */
const struct evidence *view_arrival(const struct view *view,
                                    const struct attempt_view *attempt);

/* Is it a reset that the caller itself sent, where the capture of that end would
 * take it for an answer?  Whoever called resets a SYN-ACK that it does not know. */
bool view_is_callers_own(const struct attempt_view *attempt,
                         const struct evidence *evidence);

/* Copies of a packet die without harm when another one went on: is there proof
 * that this attempt's SYN or SYN-ACK got past that end? */
bool view_went_on(const struct attempt_view *attempt, enum role role,
                  enum packet packet);

/* The error about the attempt that came back, captured or told by the kernel;
 * NULL if none did. */
const struct evidence *view_icmp_of(const struct attempt_view *attempt);

/* Does this error tell why a packet went no farther?  One that asks for smaller
 * packets or another gateway does not. */
bool view_is_refusal(const struct evidence *icmp, bool *prohibited,
                     bool *expired);

/* Of more evidence than VERDICT_MAX_EVIDENCE the rest is left out. */
void view_build(struct view *view, const struct subject *subject,
                const struct evidence *items, size_t count);

/* The first piece of that kind that this end told; NULL if it told none. */
const struct evidence *view_first(const struct view *view, enum role role,
                                  enum evidence_kind kind);

/* Does that observer of this end say that it missed something? */
bool view_is_limited(const struct view *view, enum role role,
                     const char *observer);
const struct evidence *view_limit(const struct view *view, enum role role,
                                  const char *observer); /* NULL: no */

/* The counter's movement at that end; 0 if it stood still or was not read. */
int64_t view_counter(const struct view *view, enum role role, const char *name,
                     const struct evidence **evidence);

/* A sysctl's value at that end as a number, or the fallback. */
int64_t view_sysctl(const struct view *view, enum role role, const char *name,
                    int64_t fallback);

/* The end whose packet of the handshake it is: the destination's SYN-ACK, else
 * the source's; and the other end (of ROLE_PATH itself). */
enum role view_sender(enum packet packet);
enum role view_peer(enum role role);

/* The view of that end; ROLE_SOURCE or ROLE_DESTINATION. */
const struct end_view *view_end(const struct view *view, enum role role);

/* What was seen of the attempt at that end; likewise. */
const struct end_sights *view_sights(const struct attempt_view *attempt,
                                     enum role role);

/* Is the trace made in another namespace than the source host's own? */
bool view_is_inside(const struct view *view);

/* Is it of the namespace that the trace is made in; is it of the host's own,
 * when that is another? */
bool view_is_own(const struct evidence *evidence);
bool view_is_outside(const struct evidence *evidence);

/* The packets of that kind that left that host for good. */
const struct sight *view_left(const struct view *view,
                              const struct attempt_view *attempt,
                              enum role role, enum packet packet);

/* Those that came back to the source, or to its host. */
const struct sight *view_came_back(const struct attempt_view *attempt,
                                   enum packet packet);

/* Those that came to the end that the handshake's packet is for. */
const struct sight *view_came(const struct attempt_view *attempt,
                              enum packet packet);

/* Does a come before b?  By time, then by id; true if b is NULL. */
bool view_is_earlier(const struct evidence *a, const struct evidence *b);

#endif
