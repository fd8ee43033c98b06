/* Facts from routes, links, neighbours and addresses of both hosts. */
#include <string.h>

#include "controller/engine/facts/derive.h"
#include "controller/engine/view/ways.h"

static bool route_is(const struct evidence *route, const char *type)
{
    return strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), type) == 0;
}

static const struct evidence *latest_link(const struct view *view,
                                          enum role role, const char *name,
                                          const char *where)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != EVIDENCE_LINK || item->role != role ||
            strcmp(evidence_text(item, KEY_NAMESPACE, ""), where) != 0 ||
            strcmp(evidence_text(item, KEY_INTERFACE, ""), name) != 0)
            continue;
        if (found == NULL || view_is_earlier(found, item))
            found = item;
    }
    return found;
}

const struct evidence *facts_latest_link(const struct view *view,
                                         enum role role, const char *name)
{
    return latest_link(view, role, name, "");
}

const struct evidence *facts_link_of(const struct view *view,
                                     const struct evidence *sight)
{
    return latest_link(view, (enum role)sight->role,
                       evidence_text(sight, KEY_INTERFACE, ""),
                       evidence_text(sight, KEY_NAMESPACE, ""));
}

bool facts_link_is_down(const struct evidence *link)
{
    return evidence_number(link, KEY_UP, 1) == 0 ||
           evidence_number(link, KEY_CARRIER, 1) == 0;
}

/* The interface that holds an address of that host, by its ADDRESS evidence:
 * any global one if address is NULL. */
static const struct evidence *down_link_with_address(const struct view *view,
                                                     enum role role,
                                                     const struct address *only)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address;
        const struct evidence *link;

        if (item->kind != EVIDENCE_ADDRESS || item->role != role)
            continue;
        address = evidence_address(item, KEY_ADDRESS);
        if (only != NULL && !address_equal(&address, only))
            continue;
        link = facts_latest_link(view, role,
                                 evidence_text(item, KEY_INTERFACE, ""));
        if (link != NULL && facts_link_is_down(link) &&
            !address_is_loopback(&address))
            return link;
    }
    return NULL;
}

static void derive_source_link(struct known *known, const struct view *view,
                               const struct evidence *route)
{
    const struct evidence *link = NULL;

    if (route == NULL)
        return;
    if (route_is(route, "none")) {
        link = down_link_with_address(view, ROLE_SOURCE, NULL);
        if (link == NULL && view->source.addresses != NULL &&
            view->source.down_link != NULL &&
            view->subject->destination.family == 6 &&
            evidence_number(view->source.down_link, KEY_UP, 1) == 0 &&
            !evidence_has(view->source.down_link, KEY_LINK_KIND))
            link = view->source.down_link; /* going down, it lost its address */
        facts_say(known, F(SOURCE, LINK_DOWN), link != NULL,
                  link != NULL ? link : route);
        return;
    }
    link = facts_latest_link(view, ROLE_SOURCE,
                             evidence_text(route, KEY_INTERFACE, ""));
    if (link != NULL)
        facts_say(known, F(SOURCE, LINK_DOWN), facts_link_is_down(link), link);
}

static bool neighbour_is_failed(const struct evidence *neighbour)
{
    const char *state = evidence_text(neighbour, KEY_NEIGHBOUR_STATE, "");

    return strcmp(state, "FAILED") == 0 || strcmp(state, "INCOMPLETE") == 0;
}

/* That host's own view of its subnet leaves the other's address out. */
static bool excludes_peer(const struct end_view *end,
                          const struct address *peer)
{
    struct address own = evidence_address(end->own_address, KEY_ADDRESS);
    int64_t prefix = evidence_number(end->own_address, KEY_PREFIX, 0);

    return !address_same_prefix(&own, peer, (unsigned)prefix);
}

/* One end takes the other for a neighbour: does the other agree?  Only a prefix
 * of an own address can be too wide, and only if the other's is longer. */
static void derive_prefix(struct known *known, const struct view *view,
                          enum role role, const struct evidence *route,
                          fact_ref fact)
{
    const struct end_view *other = view_end(view, view_peer(role));
    const struct address *own = role == ROLE_SOURCE
                                    ? &view->subject->source
                                    : &view->subject->destination;
    bool wide;

    if (!route_is(route, "unicast") || evidence_has(route, KEY_GATEWAY) ||
        other->own_address == NULL || !address_is_set(own) ||
        evidence_number(other->own_address, KEY_PREFIX, 0) ==
            (own->family == 6 ? 128 : 32)) /* it tells of no subnet */
        return;
    wide = !evidence_has(route, KEY_PREFIX) ||
           (ways_is_connected(view, role, route) != NULL &&
            evidence_number(route, KEY_PREFIX, 0) <
                evidence_number(other->own_address, KEY_PREFIX, 0));
    facts_say(known, fact, wide && excludes_peer(other, own),
              other->own_address);
}

static void derive_on_link(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    const struct evidence *out = ways_route(view, ROLE_SOURCE, attempt);
    const struct evidence *back = ways_route(view, ROLE_DESTINATION, attempt);

    if (out != NULL) {
        facts_say(known, F(SOURCE, ON_LINK),
                  route_is(out, "unicast") && !evidence_has(out, KEY_GATEWAY),
                  out);
        derive_prefix(known, view, ROLE_SOURCE, out, F(SOURCE, PREFIX_WIDE));
        if (evidence_has(out, KEY_GATEWAY) ||
            view->subject->destination_host[0] == '\0')
            facts_say(known, F(SOURCE, PREFIX_WIDE), false, out);
    }
    if (back != NULL) {
        facts_say(known, F(DESTINATION, ON_LINK),
                  route_is(back, "unicast") && !evidence_has(back, KEY_GATEWAY),
                  back);
        derive_prefix(known, view, ROLE_DESTINATION, back,
                      F(DESTINATION, PREFIX_WIDE));
        if (evidence_has(back, KEY_GATEWAY))
            facts_say(known, F(DESTINATION, PREFIX_WIDE), false, back);
    }
}

/* Rules by user send another one's packets another way. */
static bool is_of_user(const struct view *view, const struct evidence *route)
{
    return view->subject->as_user[0] == '\0' || evidence_has(route, KEY_USER);
}

/* The first that may stop the question for that neighbour, or the answer. */
static const struct evidence *
find_open_question(const struct view *view, enum role role,
                   const struct evidence *neighbour)
{
    struct address asked = evidence_address(neighbour, KEY_ADDRESS);

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_QUESTION_RULE &&
            item->role == (uint8_t)role && !evidence_has(item, KEY_VERDICT) &&
            address_equal(&address, &asked))
            return item;
    }
    return NULL;
}

static void derive_answers_judged(struct known *known, const struct view *view,
                                  enum role role,
                                  const struct evidence *neighbour)
{
    const struct evidence *open = find_open_question(view, role, neighbour);

    facts_say(known, fact_at(role, FACT_ANSWERS_JUDGED), open == NULL,
              open == NULL ? neighbour : open);
}

/* Where no route leads out, no next hop is asked for. */
static void derive_neighbour(struct known *known, const struct view *view,
                             enum role role, const struct evidence *route)
{
    const struct evidence *neighbour = view_end(view, role)->neighbour;
    fact_ref failed = fact_at(role, FACT_NEIGHBOUR_FAILED);

    if (route != NULL && evidence_has(route, KEY_FROM_INTERFACE) &&
        neighbour != NULL &&
        strcmp(evidence_text(route, KEY_INTERFACE, ""),
               evidence_text(neighbour, KEY_INTERFACE, "")) != 0)
        return; /* the next hop of the host's own packets is another one */
    if (neighbour != NULL) {
        facts_say(known, failed, neighbour_is_failed(neighbour), neighbour);
        derive_answers_judged(known, view, role, neighbour);
    } else if (route != NULL && !route_is(route, "unicast")) {
        facts_say(known, failed, false, route);
    }
}

void facts_derive_routes(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    const struct evidence *out = ways_route(view, ROLE_SOURCE, attempt);
    const struct evidence *back = ways_route(view, ROLE_DESTINATION, attempt);
    bool same_host = strcmp(view->subject->source_host,
                            view->subject->destination_host) == 0;

    if (out != NULL) {
        facts_say(known, F(SOURCE, NO_ROUTE), route_is(out, "none"), out);
        if (ways_rejects(out) || is_of_user(view, out))
            facts_say(known, F(SOURCE, ROUTE_REJECTS), ways_rejects(out), out);
        facts_say(known, F(SOURCE, HOLDS_PEER),
                  !same_host && route_is(out, "local"), out);
    }
    derive_source_link(known, view, out);
    derive_on_link(known, view, attempt);
    derive_neighbour(known, view, ROLE_SOURCE, out);
    derive_neighbour(known, view, ROLE_DESTINATION, back);
    if (back != NULL) {
        facts_say(known, F(DESTINATION, NO_ROUTE), route_is(back, "none"),
                  back);
        facts_say(known, F(DESTINATION, ROUTE_REJECTS), ways_rejects(back),
                  back);
    }
}

static bool is_sight(const struct evidence *item, enum role role,
                     enum packet packet, enum direction direction)
{
    return item->kind == EVIDENCE_PACKET && item->role == role &&
           evidence_word(item, KEY_PACKET) == (int)packet &&
           evidence_word(item, KEY_DIRECTION) == (int)direction;
}

static bool leads_to(const struct evidence *route, const struct evidence *left)
{
    return strcmp(evidence_text(route, KEY_INTERFACE, ""),
                  evidence_text(left, KEY_INTERFACE, "")) == 0;
}

/* The attempt's SYN-ACK, if it was seen to leave, and only by devices that no
 * SYN came in on. */
static const struct evidence *left_elsewhere(const struct view *view,
                                             const struct attempt_view *attempt)
{
    const struct evidence *first =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;
    int64_t n = attempt - view->attempts;

    if (attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first == NULL)
        return NULL;
    for (size_t i = 0; first != NULL && i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (view_is_own(item) && evidence_number(item, KEY_ATTEMPT, 0) == n &&
            is_sight(item, ROLE_DESTINATION, PACKET_SYN_ACK, DIRECTION_OUT) &&
            view_came_in_on(view, evidence_text(item, KEY_INTERFACE, "")))
            return NULL;
    }
    return first;
}

void facts_derive_arrival_device(struct known *known, const struct view *view,
                                 const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *back = ways_route(view, ROLE_DESTINATION, attempt);

    const struct evidence *left = left_elsewhere(view, attempt);

    if (left != NULL) { /* what was seen beats what was asked */
        facts_say(known, F(DESTINATION, ROUTE_ASTRAY), true,
                  back != NULL && leads_to(back, left) ? back : left);
        return;
    }
    if (back != NULL && !route_is(back, "unicast")) /* it leads nowhere */
        facts_say(known, F(DESTINATION, ROUTE_ASTRAY), false, back);
    if (syn == NULL || back == NULL || !evidence_has(back, KEY_INTERFACE))
        return;
    facts_say(known, F(DESTINATION, ROUTE_ASTRAY),
              !view_came_in_on(view, evidence_text(back, KEY_INTERFACE, "")),
              back);
}

/* Did a device of that end drop packets during the trace, or run XDP? */
static void derive_device(struct known *known, const struct view *view,
                          enum role role, fact_ref fact)
{
    const struct end_view *end = view_end(view, role);
    bool compared = false;

    if (end->xdp_link != NULL) {
        facts_say(known, fact, true, end->xdp_link);
        return;
    }
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *first = view->items[i];
        const struct evidence *last;

        if (first->kind != EVIDENCE_LINK || first->role != role ||
            !view_is_own(first) ||
            evidence_word(first, KEY_PHASE) != PHASE_BEFORE)
            continue;
        last = facts_latest_link(view, role,
                                 evidence_text(first, KEY_INTERFACE, ""));
        if (last == NULL || evidence_word(last, KEY_PHASE) != PHASE_AFTER)
            continue;
        compared = true;
        if (evidence_number(first, KEY_RX_DROPPED, 0) !=
            evidence_number(last, KEY_RX_DROPPED, 0)) {
            facts_say(known, fact, true, last);
            return;
        }
    }
    if (compared)
        facts_say(known, fact, false, NULL);
}

static bool leads_out(const struct evidence *link)
{
    return ways_is_uplink(link) && !facts_link_is_down(link);
}

/* An IPv6 address goes with its device when that is switched off. */
static const struct evidence *lost_with_link(const struct view *view)
{
    const struct evidence *link = view->destination.down_link;

    return view->subject->destination.family == 6 && link != NULL &&
                   evidence_number(link, KEY_UP, 1) == 0 && ways_is_uplink(link)
               ? link
               : NULL;
}

/* Did the packets of both ends go where the wire is?  For the answer, the way
 * that brought the SYN is known to lead to the source. */
static void derive_ways_out(struct known *known, const struct view *view)
{
    const struct evidence *syn[2] = {NULL, NULL}; /* elsewhere, by wire */
    const struct evidence *answer[2] = {NULL, NULL};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        const char *device = evidence_text(item, KEY_INTERFACE, "");

        if (is_sight(item, ROLE_SOURCE, PACKET_SYN, DIRECTION_OUT) &&
            (view_is_inside(view) ? view_is_outside(item)
                                  : view_is_own(item))) {
            const struct evidence *link = facts_link_of(view, item);

            syn[link != NULL && leads_out(link)] = item;
        }
        if (view_is_own(item) &&
            is_sight(item, ROLE_DESTINATION, PACKET_SYN_ACK, DIRECTION_OUT))
            answer[view_came_in_on(view, device)] = item;
    }
    if (syn[0] != NULL || syn[1] != NULL)
        facts_say(known, F(SOURCE, LEFT_BY_WIRE), syn[1] != NULL, NULL);
    if (answer[0] != NULL || answer[1] != NULL)
        facts_say(known, F(DESTINATION, LEFT_BY_WIRE), answer[1] != NULL, NULL);
}

/* Somebody answers for the address that this host gave up, and nobody meant the
 * host: then no agent watches where the address is now. */
static bool was_taken_over(const struct known *known, const struct view *view)
{
    return view->subject->destination_former &&
           view->destination.own_address == NULL &&
           (fact_is(known, F(SOURCE, CONNECTED), YES) ||
            fact_is(known, F(SOURCE, ARRIVED), YES) ||
            fact_is(known, F(SOURCE, RST), YES));
}

void facts_derive_destination(struct known *known, const struct view *view)
{
    const struct subject *subject = view->subject;
    const struct end_view *end = &view->destination;
    const struct evidence *link;

    if (subject->destination_host[0] == '\0' || was_taken_over(known, view))
        facts_say(known, F(DESTINATION, AGENT), false, NULL);
    else if (end->capture_armed != NULL)
        facts_say(known, F(DESTINATION, AGENT), true, end->capture_armed);
    if (end->addresses != NULL) {
        bool owned = end->own_address != NULL;

        facts_say(known, F(DESTINATION, ADDRESS_NOT_LOCAL), !owned,
                  owned ? end->own_address : end->addresses);
        link = down_link_with_address(view, ROLE_DESTINATION,
                                      &subject->destination);
        if (!owned && subject->destination_held)
            link = lost_with_link(view);
        if (link != NULL ||
            (view_first(view, ROLE_DESTINATION, EVIDENCE_LINK) != NULL &&
             (owned || end->down_link == NULL)))
            facts_say(known, F(DESTINATION, LINK_DOWN), link != NULL, link);
    }
    derive_ways_out(known, view);
    derive_device(known, view, ROLE_DESTINATION,
                  F(DESTINATION, DEVICE_SUSPECT));
    derive_device(known, view, ROLE_SOURCE, F(SOURCE, DEVICE_SUSPECT));
}
