#include "controller/verdict/drops.h"

#include <string.h>

#include "controller/verdict/facts_parts.h"
#include "controller/verdict/view_programs.h"

/* Reasons are the names of enum skb_drop_reason in the running kernel's BTF
 * (include/net/dropreason-core.h); where a reason is shared, the function that
 * dropped it decides.  Role and packet come from the event, and the stage too
 * where the row names none: IPv6 decides in its forwarding path what is a matter
 * of the routing decision. */
static const struct
{
    const char *reason;
    const char *function; /* NULL: any */
    struct row row;
} meanings[] = {
    {"IP_RPFILTER",
     NULL,
     {.cause = CAUSE_RP_FILTER,
      .needs_no = {F(DESTINATION, NO_ROUTE), F(DESTINATION, ROUTE_REJECTS)}}},
    {"IP_INADDRERRORS", /* not the host's own, and it would know whither */
     NULL,
     {.cause = CAUSE_FORWARDING_DISABLED,
      .stage = STAGE_PREROUTING,
      .needs = {F(DESTINATION, FORWARDING_OFF), F(DESTINATION, ROUTES_ON)}}},
    {"IP_INADDRERRORS",
     NULL,
     {.cause = CAUSE_ADDRESS_NOT_LOCAL,
      .stage = STAGE_PREROUTING,
      .needs = {F(DESTINATION, ADDRESS_NOT_LOCAL)},
      .needs_no = {F(DESTINATION, ROUTES_ON)}}},
    {"IP_INADDRERRORS",
     NULL,
     {.cause = CAUSE_FORWARDING_DISABLED,
      .stage = STAGE_PREROUTING,
      .needs = {F(DESTINATION, FORWARDING_OFF)},
      .needs_no = {F(DESTINATION, ADDRESS_NOT_LOCAL)}}},
    {"IP_LOCALNET", NULL, {.cause = CAUSE_MARTIAN_SOURCE}},
    {"IP_LOCAL_SOURCE", NULL, {.cause = CAUSE_MARTIAN_SOURCE}},
    {"IP_INVALID_SOURCE", NULL, {.cause = CAUSE_MARTIAN_SOURCE}},
    {"IPV6DISABLED", NULL, {.cause = CAUSE_IPV6_DISABLED}},
    {"TC_INGRESS", NULL, {.cause = CAUSE_TC_DROP}},
    {"TC_EGRESS", NULL, {.cause = CAUSE_TC_DROP}},
    {"XDP", NULL, {.cause = CAUSE_XDP_DROP}},
    {"NOT_SPECIFIED", "do_xdp_generic", {.cause = CAUSE_XDP_DROP}},
    {"NOT_SPECIFIED", "veth_xdp_rcv_skb", {.cause = CAUSE_XDP_DROP}},
    {"NOT_SPECIFIED", "nf_queue", {.cause = CAUSE_NFQUEUE_WITHOUT_READER}},
    {"CPU_BACKLOG", NULL, {.cause = CAUSE_NIC_DROP}},
    {"FULL_RING", NULL, {.cause = CAUSE_NIC_DROP}},
    {"TCP_CSUM", NULL, {.cause = CAUSE_BAD_CHECKSUM}},
    {"IP_CSUM", NULL, {.cause = CAUSE_BAD_CHECKSUM}},
    {"BPF_CGROUP_EGRESS", NULL, {.cause = CAUSE_BPF_DROP}},
    {"SOCKET_FILTER", NULL, {.cause = CAUSE_SOCKET_FILTER_DROP}},
    {"TCP_MD5NOTFOUND", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_MD5UNEXPECTED", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_MD5FAILURE", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_AONOTFOUND", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_MINTTL", NULL, {.cause = CAUSE_MIN_TTL}},
    {"XFRM_POLICY", NULL, {.cause = CAUSE_IPSEC_POLICY_DROP}},
    {"PROTO_MEM", NULL, {.cause = CAUSE_TCP_MEMORY}},
    {"TCP_RFC7323_TW_PAWS", NULL, {.cause = CAUSE_STALE_CONNECTION}},
    {"TCP_RFC7323_PAWS", NULL, {.cause = CAUSE_STALE_CONNECTION}},
    {"TCP_INVALID_SYN", NULL, {.cause = CAUSE_STALE_CONNECTION}},
    {"TCP_LISTEN_OVERFLOW", NULL, {.cause = CAUSE_ACCEPT_QUEUE_FULL}},
    {"QDISC_DROP", NULL, {.cause = CAUSE_QDISC_DROP}},
    {"QDISC_OVERLIMIT", NULL, {.cause = CAUSE_QDISC_DROP}},
};

#define MEANING_COUNT (sizeof(meanings) / sizeof(meanings[0]))

/* In the source host's own namespace, which passes on what another one sends. */
static const struct
{
    const char *reason;
    const char *function;
    struct row row;
} outside_meanings[] = {
    {"IP_INADDRERRORS",
     NULL,
     {.cause = CAUSE_FORWARDING_DISABLED, .stage = STAGE_PREROUTING}},
    {"IP_INNOROUTES", NULL, {.cause = CAUSE_NO_ROUTE, .stage = STAGE_FORWARD}},
    {"NOT_SPECIFIED",
     "ip_error",
     {.cause = CAUSE_ROUTE_REJECTS, .stage = STAGE_FORWARD}},
};

#define OUTSIDE_COUNT (sizeof(outside_meanings) / sizeof(outside_meanings[0]))

static bool is_about(const struct evidence *event, const char *reason,
                     const char *function)
{
    return strcmp(evidence_text(event, KEY_REASON, ""), reason) == 0 &&
           (function == NULL ||
            strcmp(evidence_text(event, KEY_FUNCTION, ""), function) == 0);
}

/* What some meanings need are facts of how the SYN comes to the destination. */
static bool is_arrival(const struct evidence *event)
{
    return event->role == ROLE_DESTINATION &&
           evidence_word(event, KEY_PACKET) == PACKET_SYN;
}

static const struct row *find_outside(const struct evidence *event,
                                      struct ruling *ruling)
{
    if (event->role != ROLE_SOURCE || !view_is_outside(event))
        return NULL;
    for (size_t i = 0; i < OUTSIDE_COUNT; i++)
        if (is_about(event, outside_meanings[i].reason,
                     outside_meanings[i].function)) {
            *ruling = (struct ruling){.standing = STANDING_HOLDS,
                                      .confidence = CONFIDENCE_PROVEN};
            return &outside_meanings[i].row;
        }
    return NULL;
}

static const struct row link_down = {.cause = CAUSE_LINK_DOWN};
static const struct row astray = {.cause = CAUSE_ROUTE_ELSEWHERE,
                                  .stage = STAGE_OUTPUT};

/* Was it sent to a device from which the peer is not reached anyway? */
static bool is_astray(const struct evidence *event, const struct known *known)
{
    int packet = evidence_word(event, KEY_PACKET);

    return event->role == ROLE_SOURCE
               ? packet == PACKET_SYN &&
                     fact_is(known, F(SOURCE, ROUTE_ASTRAY), YES)
               : packet == PACKET_SYN_ACK &&
                     fact_is(known, F(DESTINATION, ROUTE_ASTRAY), YES);
}

/* A device that is down or without carrier drops in its queue discipline as
 * well; of a device that was not looked at, nobody knows. */
static const struct row *doubt_qdisc(const struct view *view,
                                     const struct evidence *event,
                                     const struct row *row,
                                     struct ruling *ruling)
{
    const struct evidence *link = facts_link_of(view, event);

    if (link != NULL && !facts_link_is_down(link))
        return row;
    ruling->confidence = CONFIDENCE_LIKELY;
    return link == NULL ? row : &link_down;
}

static const struct row by_group = {.cause = CAUSE_BPF_DROP};

/* A program on the socket's control group and a filter on the socket itself
 * drop with the same words.  The probe's own sockets have no filter. */
static const struct row *doubt_filter(const struct view *view,
                                      const struct evidence *event,
                                      const struct row *row,
                                      struct ruling *ruling)
{
    enum role role = (enum role)event->role;
    int programs = view_count_programs(view, role, "cgroup-ingress", NULL);
    int filters = role == ROLE_SOURCE
                      ? 0
                      : view_count_programs(view, role, "socket-filter", NULL);

    if ((programs > 0) == (filters > 0) || programs < 0 || filters < 0)
        ruling->confidence = CONFIDENCE_LIKELY;
    return programs > 0 || filters == 0 ? &by_group : row;
}

/* A queue that is read drops with the same words when it is full. */
static const struct row *doubt_queue(const struct view *view,
                                     const struct evidence *event,
                                     const struct row *row,
                                     struct ruling *ruling)
{
    enum role role = (enum role)event->role;
    enum packet packet = (enum packet)evidence_word(event, KEY_PACKET);
    const struct evidence *rule = view_queue_rule(view, role, packet);
    int queue = rule == NULL ? -1 : view_queue_number(rule);

    if (view_is_queue_read(view, role, queue) != 0)
        ruling->confidence = CONFIDENCE_LIKELY;
    return row;
}

static const struct row looped = {.cause = CAUSE_ROUTING_LOOP};

/* What this very host sent cannot be forged: it came back, by a router that
 * takes the host for the way on. */
static const struct row *doubt_martian(const struct view *view,
                                       const struct evidence *event,
                                       const struct row *row,
                                       struct ruling *ruling)
{
    enum packet sent = event->role == ROLE_SOURCE ? PACKET_SYN : PACKET_SYN_ACK;

    if (facts_is_one_host(view) || !view_is_own(event) ||
        evidence_word(event, KEY_PACKET) != (int)sent ||
        strcmp(evidence_text(event, KEY_REASON, ""), "IP_LOCAL_SOURCE") != 0)
        return row;
    ruling->confidence = CONFIDENCE_LIKELY;
    return &looped;
}

typedef const struct row *doubt_fn(const struct view *view,
                                   const struct evidence *event,
                                   const struct row *row,
                                   struct ruling *ruling);

/* Words that need a second look at the host's state. */
static doubt_fn *const doubts[CAUSE_COUNT] = {
    [CAUSE_QDISC_DROP] = doubt_qdisc,
    [CAUSE_MARTIAN_SOURCE] = doubt_martian,
    [CAUSE_SOCKET_FILTER_DROP] = doubt_filter,
    [CAUSE_NFQUEUE_WITHOUT_READER] = doubt_queue,
};

static const struct row *find_meaning(const struct view *view,
                                      const struct evidence *event,
                                      const struct known *known,
                                      struct ruling *ruling)
{
    const struct row *outside = find_outside(event, ruling);

    if (outside != NULL)
        return outside;
    for (size_t i = 0; i < MEANING_COUNT; i++) {
        const struct row *row = &meanings[i].row;

        if (!is_about(event, meanings[i].reason, meanings[i].function) ||
            (row->needs[0] != NO_FACT && !is_arrival(event)))
            continue;
        *ruling = row_judge(row, known);
        ruling->confidence = CONFIDENCE_PROVEN;
        if (ruling->standing != STANDING_HOLDS)
            continue;
        if (doubts[row->cause] != NULL)
            row = doubts[row->cause](view, event, row, ruling);
        return row == &link_down && is_astray(event, known) ? &astray : row;
    }
    return NULL;
}

/* The event is about a copy, for the packet itself went on.  An ACK is only
 * missed when the source takes the connection for open; then it misses nothing
 * else, and drops the SYN-ACK that is sent again. */
static bool is_copy(const struct attempt_view *attempt, enum role role,
                    enum packet packet)
{
    bool open = attempt->end != NULL &&
                evidence_word(attempt->end, KEY_OUTCOME) == OUTCOME_CONNECTED;

    if (packet == PACKET_ACK)
        return !open;
    return (open && role == ROLE_SOURCE) ||
           view_went_on(attempt, role, packet) ||
           (packet == PACKET_SYN && role == ROLE_DESTINATION &&
            attempt->destination.packets[PACKET_RST][DIRECTION_OUT].first !=
                NULL);
}

/* Both ends in the packets' order: what stops first comes first. */
const struct row *drops_explain(const struct view *view,
                                const struct attempt_view *attempt,
                                const struct known *known,
                                const struct evidence **event,
                                struct ruling *ruling)
{
    static const struct
    {
        enum role role;
        enum packet packet;
    } in_order[] = {
        {ROLE_SOURCE, PACKET_SYN},          {ROLE_DESTINATION, PACKET_SYN},
        {ROLE_DESTINATION, PACKET_SYN_ACK}, {ROLE_SOURCE, PACKET_SYN_ACK},
        {ROLE_DESTINATION, PACKET_ACK},
    };

    for (size_t i = 0; i < sizeof(in_order) / sizeof(in_order[0]); i++) {
        enum packet packet = in_order[i].packet;
        const struct end_sights *end = in_order[i].role == ROLE_SOURCE
                                           ? &attempt->source
                                           : &attempt->destination;
        const struct evidence *here = end->drop_event[packet];
        const struct row *row;

        if (here == NULL || is_copy(attempt, in_order[i].role, packet))
            continue;
        row = find_meaning(view, here, known, ruling);
        if (row != NULL) {
            *event = here;
            return row;
        }
    }
    return NULL;
}

static bool fell_off_ring(const struct attempt_view *attempt,
                          const struct evidence *event)
{
    const struct end_sights *end =
        event->role == ROLE_SOURCE ? &attempt->source : &attempt->destination;
    const struct sight *left =
        &end->packets[evidence_word(event, KEY_PACKET)][DIRECTION_OUT];

    return strcmp(evidence_text(event, KEY_REASON, ""), "FULL_RING") == 0 &&
           left->count == 1 &&
           strcmp(evidence_text(left->first, KEY_INTERFACE, ""),
                  evidence_text(event, KEY_INTERFACE, "?")) == 0;
}

bool drops_is_no_copy(const struct attempt_view *attempt,
                      const struct evidence *event)
{
    bool arrives = (event->role == ROLE_SOURCE) ==
                   (evidence_word(event, KEY_PACKET) == PACKET_SYN_ACK);

    if (evidence_has(event, KEY_NAMESPACE))
        return false;
    return arrives ? evidence_word(event, KEY_STAGE) == STAGE_INGRESS
                   : fell_off_ring(attempt, event);
}
