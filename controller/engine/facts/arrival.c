/* Facts about the packet's arrival: whose addresses, which way on, connection
 * tracking, and what a middlebox did to its numbers. */
#include <string.h>

#include "common/base/array.h"
#include "common/trace/sysctl_name.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/holders.h"
#include "controller/engine/view/ways.h"

bool facts_is_one_host(const struct view *view)
{
    return strcmp(view->subject->source_host,
                  view->subject->destination_host) == 0;
}

/* The source's address as the destination sees it: of the SYN that arrived. */
static struct address arrived_from(const struct view *view,
                                   const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;

    return syn != NULL && evidence_has(syn, KEY_SOURCE)
               ? evidence_address(syn, KEY_SOURCE)
               : view->subject->source;
}

const struct evidence *facts_own_address(const struct view *view,
                                         enum role role,
                                         const struct address *address)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count && address_is_set(address); i++) {
        const struct evidence *item = view->items[i];
        struct address own;

        if (item->kind != EVIDENCE_ADDRESS || item->role != role ||
            !view_is_own(item))
            continue;
        own = evidence_address(item, KEY_ADDRESS);
        if (address_equal(&own, address) && view_is_earlier(item, found))
            found = item;
    }
    return found;
}

static void derive_source_address(struct known *known, const struct view *view,
                                  const struct attempt_view *attempt)
{
    struct address source = arrived_from(view, attempt);
    const struct evidence *held =
        facts_own_address(view, ROLE_DESTINATION, &source);

    if (view->destination.addresses == NULL || facts_is_one_host(view))
        return;
    facts_say(known, F(DESTINATION, HOLDS_PEER), held != NULL,
              held != NULL ? held : view->destination.addresses);
    if (attempt->destination.answer_on_loopback != NULL ||
        facts_was_watching(view, ROLE_DESTINATION, attempt))
        facts_say(known, F(DESTINATION, ANSWER_STAYED),
                  attempt->destination.answer_on_loopback != NULL,
                  attempt->destination.answer_on_loopback);
}

/* Was the destination asked for the address it should hold, and kept silent? */
static const struct evidence *asked_in_vain(const struct view *view)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address;

        if (item->kind != EVIDENCE_ARP || item->role != ROLE_DESTINATION ||
            evidence_word(item, KEY_DIRECTION) != DIRECTION_IN)
            continue;
        address = evidence_address(item, KEY_ADDRESS);
        if (!address_equal(&address, &view->subject->destination) ||
            evidence_number(item, KEY_COUNT, 0) == 0)
            continue;
        if (evidence_number(item, KEY_ANSWERED, 0) > 0)
            return NULL;
        if (view_is_earlier(item, found))
            found = item;
    }
    return found;
}

static bool route_is(const struct evidence *route, const char *type)
{
    return strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), type) == 0;
}

static bool is_known_type(const struct evidence *route)
{
    return route_is(route, "local") || route_is(route, "unicast") ||
           route_is(route, "none") || ways_rejects(route);
}

/* An address of the host's that its own lookup sends elsewhere, or nowhere: the
 * entry of the local table is gone, or the rule that leads there.  One that is
 * still being tried out has no entry yet. */
static void derive_looked_up(struct known *known, const struct view *view,
                             enum role role)
{
    const struct evidence *onward = view_end(view, role)->onward;
    const struct evidence *held;
    struct address own;

    if (onward == NULL)
        return;
    own = evidence_address(onward, KEY_ADDRESS);
    held = facts_own_address(view, role, &own);
    if (held == NULL && view_end(view, role)->addresses != NULL) /* not its */
        facts_say(known, fact_at(role, FACT_NOT_LOOKED_UP), false, onward);
    if (held == NULL || evidence_number(held, KEY_TENTATIVE, 0) != 0 ||
        evidence_number(held, KEY_DAD_FAILED, 0) != 0)
        return;
    if (is_known_type(onward))
        facts_say(known, fact_at(role, FACT_NOT_LOOKED_UP),
                  !route_is(onward, "local"), onward);
}

/* The destination would send it on by another device than those that it came in
 * on: below a bond or a bridge there are several. */
static void derive_onward(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *onward = view->destination.onward;

    if (onward == NULL || syn == NULL)
        return;
    facts_say(
        known, F(DESTINATION, ROUTES_ON),
        strcmp(evidence_text(onward, KEY_ROUTE_TYPE, ""), "unicast") == 0 &&
            evidence_has(onward, KEY_INTERFACE) &&
            !view_came_in_on(view, evidence_text(onward, KEY_INTERFACE, "")),
        onward);
}

/* Was a question for the address answered?  Whoever asked knows it since. */
static bool is_answered(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ARP && item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            evidence_number(item, KEY_ANSWERED, 0) > 0 &&
            address_equal(&address, &view->subject->destination))
            return true;
    }
    return false;
}

static void derive_moved(struct known *known, const struct view *view)
{
    const struct evidence *before = holders_before(view, ROLE_DESTINATION);
    bool moved = before != NULL &&
                 (view->destination.own_address != NULL ||
                  view->subject->destination_host[0] == '\0') &&
                 evidence_number(before, KEY_AGE_S, 0) <= HOLDERS_LATELY_S &&
                 !is_answered(view);

    facts_say(known, F(DESTINATION, ADDRESS_MOVED), moved, before);
    if (!moved)
        facts_say(known, F(DESTINATION, OLD_HOLDER_CALLED), false, NULL);
    else if (fact_is(known, F(DESTINATION, FOR_OTHER_HOST), YES))
        facts_say(known, F(DESTINATION, OLD_HOLDER_CALLED), true,
                  known->because[F(DESTINATION, FOR_OTHER_HOST)]);
}

/* The larger of the two is in force. */
static int64_t arp_ignore(const struct view *view, const char *device)
{
    char name[SYSCTL_NAME_SIZE];
    int64_t all =
        view_sysctl(view, ROLE_DESTINATION, "net.ipv4.conf.all.arp_ignore", 0);
    int64_t own = view_sysctl(
        view, ROLE_DESTINATION,
        sysctl_name("net.ipv4.conf", device, "arp_ignore", name), 0);

    return all > own ? all : own;
}

#define ARP_IGNORE_ALL 8 /* no own address is answered for */

/* A router that was refused an answer a moment ago does not ask again: that
 * nobody asked during the trace tells nothing. */
static void derive_mute(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    const struct evidence *own = view->destination.own_address;
    const struct evidence *route = ways_route(view, ROLE_DESTINATION, attempt);
    const struct evidence *link;
    const char *device, *holder;
    int64_t ignored;

    if (view->subject->destination.family != 4)
        facts_say(known, F(DESTINATION, ARP_MUTE), false, NULL);
    if (own == NULL || view->subject->destination.family != 4)
        return;
    holder = evidence_text(own, KEY_INTERFACE, "");
    device =
        route == NULL ? holder : evidence_text(route, KEY_INTERFACE, holder);
    link = facts_latest_link(view, ROLE_DESTINATION, device);
    if (link == NULL)
        return;
    ignored = arp_ignore(view, device);
    facts_say(known, F(DESTINATION, ARP_MUTE),
              evidence_number(link, KEY_NO_ARP, 0) != 0 ||
                  ignored >= ARP_IGNORE_ALL ||
                  (ignored > 0 && strcmp(device, holder) != 0),
              link);
}

static void derive_holders(struct known *known, const struct view *view)
{
    static const enum role roles[] = {ROLE_SOURCE, ROLE_DESTINATION};

    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        const struct evidence *second = holders_second(view, roles[i]);

        facts_say(known, fact_at(roles[i], FACT_SECOND_HOLDER), second != NULL,
                  second);
    }
}

static void derive_address(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    const struct subject *subject = view->subject;
    const struct evidence *asked = asked_in_vain(view);

    if (subject->destination_host[0] != '\0')
        facts_say(known, F(DESTINATION, ADDRESS_LOST),
                  subject->destination_held &&
                      view->destination.addresses != NULL &&
                      view->destination.own_address == NULL,
                  view->destination.addresses);
    if (asked != NULL &&
        fact_is(known, F(DESTINATION, LINK_DOWN), NOT_OBSERVED))
        facts_say(known, F(DESTINATION, LINK_DOWN), false, asked);
    if (asked != NULL)
        facts_say(known, F(DESTINATION, ADDRESS_ASKED_FOR), true, asked);
    else if (subject->collected &&
             facts_was_watching(view, ROLE_DESTINATION, attempt))
        facts_say(known, F(DESTINATION, ADDRESS_ASKED_FOR), false,
                  view->destination.capture_after);
}

/* The last router says that the host does not answer ARP, or we are on its
 * link and find so ourselves: and its agent is away. */
static void derive_host_down(struct known *known, const struct view *view,
                             const struct attempt_view *attempt)
{
    const struct evidence *icmp = view_icmp_of(attempt);
    bool v6 = view->subject->destination.family == 6;
    struct address from;

    if (icmp != NULL) {
        from = evidence_address(icmp, KEY_OFFENDER);
        if (address_equal(&from, &view->subject->source))
            icmp = NULL; /* the source's own kernel's: of its next hop */
    }
    if (view->subject->absent_host[0] == '\0' ||
        fact_is(known, F(SOURCE, CONNECTED), YES)) {
        facts_say(known, F(DESTINATION, HOST_SEEMS_DOWN), false, NULL);
        return;
    }
    if (icmp != NULL &&
        evidence_number(icmp, KEY_ICMP_TYPE, -1) == (v6 ? 1 : 3) &&
        evidence_number(icmp, KEY_ICMP_CODE, -1) == (v6 ? 3 : 1))
        facts_say(known, F(DESTINATION, HOST_SEEMS_DOWN), true, icmp);
    else if (icmp != NULL)
        facts_say(known, F(DESTINATION, HOST_SEEMS_DOWN), false, icmp);
    else if (fact_is(known, F(SOURCE, NEIGHBOUR_FAILED), YES) &&
             fact_is(known, F(SOURCE, ON_LINK), YES))
        facts_say(known, F(DESTINATION, HOST_SEEMS_DOWN), true,
                  view->source.neighbour);
}

void facts_derive_arrival(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    derive_source_address(known, view, attempt);
    derive_onward(known, view, attempt);
    derive_looked_up(known, view, ROLE_SOURCE);
    derive_looked_up(known, view, ROLE_DESTINATION);
    derive_address(known, view, attempt);
    derive_moved(known, view);
    derive_holders(known, view);
    derive_mute(known, view, attempt);
    derive_host_down(known, view, attempt);
}
