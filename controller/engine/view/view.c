#include "controller/engine/view/view.h"

#include <string.h>

#include "controller/engine/view/guests.h"
#include "controller/engine/view/order.h"

bool view_is_earlier(const struct evidence *a, const struct evidence *b)
{
    if (b == NULL)
        return true;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns;
    return a->id < b->id;
}

static void keep_earliest(const struct evidence **slot,
                          const struct evidence *evidence)
{
    if (view_is_earlier(evidence, *slot))
        *slot = evidence;
}

static void keep_latest(const struct evidence **slot,
                        const struct evidence *evidence)
{
    if (*slot == NULL || !view_is_earlier(evidence, *slot))
        *slot = evidence;
}

bool view_is_inside(const struct view *view)
{
    return view->subject->inside[0] != '\0';
}

bool view_is_own(const struct evidence *evidence)
{
    return !evidence_has(evidence, KEY_NAMESPACE);
}

bool view_is_outside(const struct evidence *evidence)
{
    return strcmp(evidence_text(evidence, KEY_NAMESPACE, ""),
                  EVIDENCE_HOST_NAMESPACE) == 0;
}

const struct sight *view_left(const struct view *view,
                              const struct attempt_view *attempt,
                              enum role role, enum packet packet)
{
    if (role != ROLE_SOURCE)
        return &attempt->destination.packets[packet][DIRECTION_OUT];
    return view_is_inside(view)
               ? &attempt->outside[packet][DIRECTION_OUT]
               : &attempt->source.packets[packet][DIRECTION_OUT];
}

const struct sight *view_came_back(const struct attempt_view *attempt,
                                   enum packet packet)
{
    const struct sight *own = &attempt->source.packets[packet][DIRECTION_IN];

    return own->first != NULL ? own : &attempt->outside[packet][DIRECTION_IN];
}

static struct end_view *end_of(struct view *view, enum role role)
{
    return role == ROLE_SOURCE ? &view->source : &view->destination;
}

const struct end_view *view_end(const struct view *view, enum role role)
{
    return role == ROLE_SOURCE ? &view->source : &view->destination;
}

/* The attempt that evidence belongs to, or NULL. */
static struct attempt_view *attempt_of(struct view *view,
                                       const struct evidence *evidence)
{
    int64_t n = evidence_number(evidence, KEY_ATTEMPT, 0);

    if (n < 1 || n > ORDER_MAX_ATTEMPTS)
        return NULL;
    return &view->attempts[n];
}

static struct end_sights *sights_of(struct view *view,
                                    const struct evidence *evidence)
{
    struct attempt_view *attempt = attempt_of(view, evidence);

    if (attempt == NULL)
        return NULL;
    return evidence->role == ROLE_SOURCE ? &attempt->source
                                         : &attempt->destination;
}

/* A packet on the loopback device has not left the host, unless source and
 * destination are the same one. */
static bool is_on_the_wire(const struct view *view,
                           const struct evidence *evidence)
{
    const struct subject *subject = view->subject;

    if (strcmp(subject->source_host, subject->destination_host) == 0)
        return true;
    return strcmp(evidence_text(evidence, KEY_INTERFACE, ""), "lo") != 0;
}

/* What the SYN and the SYN-ACK tell the meaning of. */
static bool comes_later(const struct evidence *evidence)
{
    int packet = evidence_word(evidence, KEY_PACKET);

    return packet == PACKET_ACK || packet == PACKET_RST;
}

/* The SYN-ACK as that end saw it, else as the other did. */
static const struct evidence *find_answer(const struct attempt_view *attempt,
                                          int role)
{
    const struct evidence *came =
        attempt->source.packets[PACKET_SYN_ACK][DIRECTION_IN].first;
    const struct evidence *left =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;

    if (role == ROLE_SOURCE)
        return came != NULL ? came : left;
    return left != NULL ? left : came;
}

/* A pure ACK of the source's that acknowledges more than the SYN-ACK (data, a
 * FIN) is none of the handshake's; nor is one that acknowledges less.  While the
 * SYN-ACK is not known, what became of an ACK tells nothing. */
static bool is_later_ack(const struct view *view,
                         const struct evidence *evidence, int packet)
{
    const struct attempt_view *attempt =
        &view->attempts[evidence_number(evidence, KEY_ATTEMPT, 0)];
    const struct evidence *answer;

    if (packet != PACKET_ACK || !evidence_has(evidence, KEY_ACKNOWLEDGEMENT))
        return false;
    answer = find_answer(attempt, evidence->role);
    if (answer == NULL || !evidence_has(answer, KEY_SEQUENCE))
        return evidence->kind != EVIDENCE_PACKET;
    return (uint32_t)evidence_number(evidence, KEY_ACKNOWLEDGEMENT, 0) !=
           (uint32_t)evidence_number(answer, KEY_SEQUENCE, 0) + 1;
}

/* Anything else of ICMP is not this attempt's answer. */
static bool is_beside_the_point(const struct evidence *evidence, int packet)
{
    bool prohibited;
    bool expired;

    return packet == PACKET_ICMP &&
           !view_is_refusal(evidence, &prohibited, &expired);
}

/* An answer to its own address does not leave the host. */
static bool is_answer_to_itself(const struct view *view,
                                const struct evidence *evidence, int packet)
{
    return packet == PACKET_SYN_ACK && evidence->role == ROLE_DESTINATION &&
           view_is_own(evidence) && !is_on_the_wire(view, evidence);
}

static void view_packet(struct view *view, const struct evidence *evidence)
{
    struct attempt_view *attempt = attempt_of(view, evidence);
    struct end_sights *sights;
    int packet = evidence_word(evidence, KEY_PACKET);
    int direction = evidence_word(evidence, KEY_DIRECTION);

    if (attempt == NULL || packet < 0 || direction < 0)
        return;
    if (is_answer_to_itself(view, evidence, packet))
        keep_earliest(&attempt->destination.answer_on_loopback, evidence);
    if (!is_on_the_wire(view, evidence) ||
        is_beside_the_point(evidence, packet) ||
        is_later_ack(view, evidence, packet) ||
        view_is_callers_own(attempt, evidence))
        return;
    if (evidence->role == ROLE_SOURCE && view_is_outside(evidence))
        sight_count(&attempt->outside[packet][direction], evidence);
    if (!view_is_own(evidence))
        return;
    sights = sights_of(view, evidence);
    if (evidence_number(evidence, KEY_OTHER_HOST, 0) != 0 &&
        !view_is_guests(view, evidence)) {
        keep_earliest(&sights->for_other_host[packet], evidence);
        return;
    }
    sight_count(&sights->packets[packet][direction], evidence);
    if (evidence->role == ROLE_DESTINATION && packet == PACKET_SYN &&
        direction == DIRECTION_IN)
        view->syns_arrived++;
}

/* How far on its way a packet is at that stage: the enum's order, but for the
 * socket that an arriving packet comes to last. */
static int depth_of(const struct evidence *evidence)
{
    int stage = evidence_word(evidence, KEY_STAGE);
    int packet = evidence_word(evidence, KEY_PACKET);
    bool arrives =
        (evidence->role == ROLE_SOURCE) == (packet == PACKET_SYN_ACK);

    return stage == STAGE_SOCKET && arrives ? STAGE_INPUT + 1 : stage;
}

/* A bridge floods copies: the one that came the farthest is the packet. */
static void keep_deepest(const struct evidence **slot,
                         const struct evidence *evidence)
{
    int depth = depth_of(evidence);

    if (*slot == NULL || depth > depth_of(*slot) ||
        (depth == depth_of(*slot) && view_is_earlier(evidence, *slot)))
        *slot = evidence;
}

static void view_rule(struct view *view, const struct evidence *evidence)
{
    struct end_sights *sights = sights_of(view, evidence);
    int packet = evidence_word(evidence, KEY_PACKET);
    int stage = evidence_word(evidence, KEY_STAGE);

    if (sights == NULL || packet < 0 || is_later_ack(view, evidence, packet))
        return;
    if (stage >= 0)
        keep_earliest(&sights->rule_stage[packet][stage], evidence);
    if (evidence_word(evidence, KEY_VERDICT) == VERDICT_DROP)
        keep_deepest(&sights->drop_rule[packet], evidence);
}

static void view_drop_event(struct view *view, const struct evidence *evidence)
{
    struct end_sights *sights = sights_of(view, evidence);
    int packet = evidence_word(evidence, KEY_PACKET);

    if (sights != NULL && packet >= 0 && !is_later_ack(view, evidence, packet))
        keep_deepest(&sights->drop_event[packet], evidence);
}

static void view_attempt(struct view *view, const struct evidence *evidence)
{
    struct attempt_view *attempt = attempt_of(view, evidence);
    unsigned n = (unsigned)evidence_number(evidence, KEY_ATTEMPT, 0);

    if (attempt == NULL || evidence->role != ROLE_SOURCE)
        return;
    if (n > view->attempt_count)
        view->attempt_count = n;
    keep_earliest(evidence->kind == EVIDENCE_ATTEMPT_START ? &attempt->start
                                                           : &attempt->end,
                  evidence);
}

static void view_resolved(struct view *view, const struct evidence *evidence)
{
    if (evidence_has(evidence, KEY_ADDRESS))
        keep_earliest(&view->resolved, evidence);
    else
        keep_earliest(&view->unresolved, evidence);
}

static void view_capture(struct view *view, const struct evidence *evidence)
{
    struct end_view *end = end_of(view, evidence->role);
    bool own = view_is_own(evidence);

    if (evidence_word(evidence, KEY_PHASE) == PHASE_ARMED)
        keep_earliest(own ? &end->capture_armed : &view->outside_armed,
                      evidence);
    else
        keep_latest(own ? &end->capture_after : &view->outside_after, evidence);
}

static void view_rule_trace(struct view *view, const struct evidence *evidence)
{
    if (evidence_word(evidence, KEY_PHASE) != PHASE_ARMED)
        keep_latest(view_is_own(evidence)
                        ? &end_of(view, evidence->role)->rule_trace_after
                        : &view->outside_rules,
                    evidence);
}

/* Counters of loopback and of links that are merely unused tell nothing. */
static void view_link(struct view *view, const struct evidence *evidence)
{
    struct end_view *end = end_of(view, evidence->role);
    const char *name = evidence_text(evidence, KEY_INTERFACE, "");

    if (strcmp(name, "lo") == 0 || !view_is_own(evidence))
        return;
    if (evidence_number(evidence, KEY_UP, 1) == 0 ||
        evidence_number(evidence, KEY_CARRIER, 1) == 0)
        keep_latest(&end->down_link, evidence);
    if (evidence_number(evidence, KEY_XDP, 0) != 0)
        keep_earliest(&end->xdp_link, evidence);
}

static void view_listeners(struct view *view, const struct evidence *evidence)
{
    int phase = evidence_word(evidence, KEY_PHASE);

    if (evidence_number(evidence, KEY_COMPLETE, 0) == 0 ||
        evidence_number(evidence, KEY_PORT, view->subject->port) !=
            view->subject->port)
        return;
    keep_earliest(
        &end_of(view, evidence->role)->listeners[phase == PHASE_AFTER ? 1 : 0],
        evidence);
}

static void view_legacy(struct view *view, const struct evidence *evidence)
{
    bool v6 =
        strcmp(evidence_text(evidence, KEY_FIREWALL_FAMILY, ""), "ip6") == 0;

    if (evidence_number(evidence, KEY_COMPLETE, 0) == 0)
        return;
    if (view_is_own(evidence))
        keep_earliest(&end_of(view, evidence->role)->legacy[v6 ? 1 : 0],
                      evidence);
    else if (view_is_outside(evidence) && evidence->role == ROLE_SOURCE)
        keep_earliest(&view->outside_legacy[v6 ? 1 : 0], evidence);
}

static void view_self_test(struct view *view, const struct evidence *evidence)
{
    struct address address = evidence_address(evidence, KEY_ADDRESS);

    keep_earliest(address_is_loopback(&address) ? &view->self_test_loopback
                                                : &view->self_test_own,
                  evidence);
}

/* A route lookup after the probing replaces the one before it. */
static void view_route(struct view *view, const struct evidence *evidence)
{
    if (!evidence_has(evidence, KEY_MARK) &&
        !evidence_has(evidence, KEY_FROM_INTERFACE)) /* not every packet's */
        keep_latest(&end_of(view, evidence->role)->route, evidence);
}

static void view_neighbour(struct view *view, const struct evidence *evidence)
{
    if (!evidence_has(evidence, KEY_BRINGER)) /* not the next hop's entry */
        keep_latest(&end_of(view, evidence->role)->neighbour, evidence);
}

static void view_host(struct view *view, const struct evidence *evidence)
{
    const struct evidence **slot = &end_of(view, evidence->role)->host;

    /* Who only resolved the name was not in the namespace asked for. */
    if (*slot == NULL ||
        (evidence_has(evidence, KEY_PID) && !evidence_has(*slot, KEY_PID)))
        *slot = evidence;
}

static void view_ports(struct view *view, const struct evidence *evidence)
{
    keep_earliest(&end_of(view, evidence->role)->ports, evidence);
}

static void view_addresses(struct view *view, const struct evidence *evidence)
{
    keep_earliest(&end_of(view, evidence->role)->addresses, evidence);
}

static void view_refused(struct view *view, const struct evidence *evidence)
{
    keep_earliest(&end_of(view, evidence->role)->refused, evidence);
}

static void view_lost(struct view *view, const struct evidence *evidence)
{
    keep_earliest(&view->lost[evidence->role], evidence);
}

static void view_onward(struct view *view, const struct evidence *evidence)
{
    keep_earliest(&end_of(view, evidence->role)->onward, evidence);
}

static unsigned half_of(const struct evidence *evidence)
{
    return evidence_word(evidence, KEY_PHASE) == PHASE_AFTER ? 1 : 0;
}

static void view_tracking(struct view *view, const struct evidence *evidence)
{
    keep_earliest(&end_of(view, evidence->role)->tracking[half_of(evidence)],
                  evidence);
}

static void view_tracked(struct view *view, const struct evidence *evidence)
{
    struct end_sights *sights = sights_of(view, evidence);

    if (sights != NULL)
        keep_earliest(&sights->tracked[half_of(evidence)], evidence);
}

/* Which function puts which kind in its place; the rest is single pieces or
 * read on demand. */
static void (*const viewers[EVIDENCE_KIND_COUNT])(struct view *view,
                                                  const struct evidence *) = {
    [EVIDENCE_PACKET] = view_packet,
    [EVIDENCE_RULE] = view_rule,
    [EVIDENCE_DROP] = view_drop_event,
    [EVIDENCE_ATTEMPT_START] = view_attempt,
    [EVIDENCE_ATTEMPT_END] = view_attempt,
    [EVIDENCE_RESOLVED] = view_resolved,
    [EVIDENCE_CAPTURE] = view_capture,
    [EVIDENCE_RULE_TRACE] = view_rule_trace,
    [EVIDENCE_LINK] = view_link,
    [EVIDENCE_LISTENERS] = view_listeners,
    [EVIDENCE_RULE_COUNTERS] = view_legacy,
    [EVIDENCE_SELF_TEST] = view_self_test,
    [EVIDENCE_ROUTE] = view_route,
    [EVIDENCE_NEIGHBOUR] = view_neighbour,
    [EVIDENCE_HOST] = view_host,
    [EVIDENCE_PORTS] = view_ports,
    [EVIDENCE_ADDRESSES] = view_addresses,
    [EVIDENCE_REFUSED] = view_refused,
    [EVIDENCE_AGENT_LOST] = view_lost,
    [EVIDENCE_ONWARD] = view_onward,
    [EVIDENCE_TRACKING] = view_tracking,
    [EVIDENCE_TRACKED] = view_tracked,
};

static bool has_answer_begun(const struct end_sights *sights)
{
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++)
        if (sights->rule_stage[PACKET_SYN_ACK][stage] != NULL)
            return true;
    return sights->packets[PACKET_SYN_ACK][DIRECTION_OUT].first != NULL;
}

bool view_went_on(const struct attempt_view *attempt, enum role role,
                  enum packet packet)
{
    const struct end_sights *b = &attempt->destination;

    if (packet == PACKET_SYN && role == ROLE_SOURCE)
        return b->packets[PACKET_SYN][DIRECTION_IN].first != NULL;
    if (packet == PACKET_SYN)
        return has_answer_begun(b);
    return packet == PACKET_SYN_ACK && role == ROLE_DESTINATION &&
           view_came_back(attempt, PACKET_SYN_ACK)->first != NULL;
}

static void find_own_addresses(struct view *view)
{
    struct address called = view_called_address(view);

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address;

        if (item->kind != EVIDENCE_ADDRESS || item->role == ROLE_VANTAGE)
            continue;
        address = evidence_address(item, KEY_ADDRESS);
        if (address_equal(&address, item->role == ROLE_SOURCE
                                        ? &view->subject->source
                                        : &called))
            keep_earliest(&end_of(view, item->role)->own_address, item);
    }
}

static void place_all(struct view *view, bool late)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (viewers[item->kind] != NULL && comes_later(item) == late &&
            item->role != ROLE_VANTAGE) /* it is of neither end */
            viewers[item->kind](view, item);
    }
}

void view_build(struct view *view, const struct subject *subject,
                const struct evidence *items, size_t count)
{
    memset(view, 0, sizeof(*view));
    view->subject = subject;
    view->count = count < VERDICT_MAX_EVIDENCE ? count : VERDICT_MAX_EVIDENCE;
    for (size_t i = 0; i < view->count; i++)
        view->items[i] = &items[i];
    evidence_sort(view->items, view->count);
    view->has_guest = view_finds_guest(view);
    place_all(view, false);
    place_all(view, true);
    find_own_addresses(view);
}
