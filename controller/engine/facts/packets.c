/* Facts from the captures and from connect() itself: how far packets came. */
#include <errno.h>

#include "controller/engine/facts/derive.h"
#include "controller/engine/facts/ecn.h"

static void derive_sight(struct known *known, fact_ref fact,
                         const struct sight *sight, bool watching,
                         const struct evidence *watcher)
{
    if (sight->first != NULL)
        facts_say(known, fact, true, sight->first);
    else if (watching)
        facts_say(known, fact, false, watcher);
}

/* A promiscuous device of one end saw the other's own frame to its gateway, where
 * no router has taken from the TTL yet: nothing is wrong there. */
static bool is_for_gateway(const struct view *view,
                           const struct attempt_view *attempt, enum role sender,
                           enum packet packet, const struct evidence *stray)
{
    const struct evidence *route = view_end(view, sender)->route;
    const struct evidence *left =
        view_left(view, attempt, sender, packet)->first;

    return route != NULL && left != NULL && evidence_has(route, KEY_GATEWAY) &&
           evidence_has(stray, KEY_TTL) &&
           evidence_number(stray, KEY_TTL, 0) ==
               evidence_number(left, KEY_TTL, -1);
}

/* Did what the other end sent come with another host's link address? */
static void derive_stray(struct known *known, const struct view *view,
                         const struct attempt_view *attempt, enum role role)
{
    bool at_source = role == ROLE_SOURCE;
    enum packet packet = at_source ? PACKET_SYN_ACK : PACKET_SYN;
    const struct end_sights *end =
        at_source ? &attempt->source : &attempt->destination;
    const struct evidence *stray = end->for_other_host[packet];
    fact_ref fact = fact_at(role, FACT_FOR_OTHER_HOST);

    if (stray != NULL)
        facts_say(
            known, fact,
            !is_for_gateway(view, attempt, view_peer(role), packet, stray),
            stray);
    else if (facts_was_watching(view, role, attempt))
        facts_say(known, fact, false, view_end(view, role)->capture_after);
}

/* Some devices drop SYNs with what they do not expect in them. */
static void derive_ecn(struct known *known, const struct evidence *syn)
{
    if (syn != NULL)
        facts_say(known, F(SOURCE, SYN_ASKS_ECN), ecn_is_asked_for(syn), syn);
}

void facts_derive_packets(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    bool at_source = facts_was_watching(view, ROLE_SOURCE, attempt);
    /* Nobody knows there by its number what came with another one. */
    bool at_destination = facts_was_watching(view, ROLE_DESTINATION, attempt) &&
                          facts_find_renumbered(view, attempt) == NULL;
    const struct end_sights *b = &attempt->destination;
    const struct evidence *source_watch = view->source.capture_after;
    const struct evidence *destination_watch = view->destination.capture_after;
    const struct
    {
        fact_ref fact;
        const struct sight *sight;
        bool watching;
        const struct evidence *watcher;
    } sights[] = {
        {F(SOURCE, SENT), view_left(view, attempt, ROLE_SOURCE, PACKET_SYN),
         at_source, source_watch},
        {F(DESTINATION, ARRIVED), &b->packets[PACKET_SYN][DIRECTION_IN],
         at_destination, destination_watch},
        {F(DESTINATION, SENT), &b->packets[PACKET_SYN_ACK][DIRECTION_OUT],
         at_destination, destination_watch},
        {F(SOURCE, ARRIVED), view_came_back(attempt, PACKET_SYN_ACK), at_source,
         source_watch},
        {F(SOURCE, ACK_LEFT), view_left(view, attempt, ROLE_SOURCE, PACKET_ACK),
         at_source, source_watch},
        {F(DESTINATION, ACK_ARRIVED), &b->packets[PACKET_ACK][DIRECTION_IN],
         at_destination, destination_watch},
        {F(DESTINATION, RST), &b->packets[PACKET_RST][DIRECTION_OUT],
         at_destination, destination_watch},
        {F(SOURCE, RST), view_came_back(attempt, PACKET_RST), at_source,
         source_watch},
        {F(DESTINATION, ICMP), &b->packets[PACKET_ICMP][DIRECTION_OUT],
         at_destination, destination_watch},
        {F(SOURCE, ICMP), view_came_back(attempt, PACKET_ICMP), at_source,
         source_watch},
    };

    derive_ecn(known, view_left(view, attempt, ROLE_SOURCE, PACKET_SYN)->first);
    derive_stray(known, view, attempt, ROLE_SOURCE);
    derive_stray(known, view, attempt, ROLE_DESTINATION);
    for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
        derive_sight(known, sights[i].fact, sights[i].sight, sights[i].watching,
                     sights[i].watcher);
}

/* The kernel ended the attempt because of it. */
static bool is_believed(const struct evidence *end)
{
    return end != NULL && evidence_has(end, KEY_ICMP_TYPE) &&
           evidence_word(end, KEY_OUTCOME) != OUTCOME_CONNECTED;
}

/* What answered after all was not stopped by what the error tells: a soft one,
 * or a forged one. */
static bool is_disproved(const struct known *known,
                         const struct attempt_view *attempt)
{
    return (attempt->end != NULL &&
            evidence_word(attempt->end, KEY_OUTCOME) == OUTCOME_CONNECTED) ||
           fact_is(known, F(SOURCE, ARRIVED), YES);
}

/* Of a router that found nobody behind the address; in IPv4 also of one with an
 * unreachable route.  The last router says so of a host that is down as well. */
static bool is_no_host(const struct view *view, const struct evidence *icmp)
{
    bool v6 = view->subject->destination.family == 6;

    return evidence_number(icmp, KEY_ICMP_TYPE, -1) == (v6 ? 1 : 3) &&
           evidence_number(icmp, KEY_ICMP_CODE, -1) == (v6 ? 3 : 1);
}

void facts_derive_icmp(struct known *known, const struct view *view,
                       const struct attempt_view *attempt)
{
    const struct evidence *icmp = view_icmp_of(attempt);
    bool prohibited;
    bool expired;
    struct address offender;

    if (icmp == NULL || !view_is_refusal(icmp, &prohibited, &expired))
        return;
    offender = evidence_address(icmp, KEY_OFFENDER);
    if (address_equal(&offender, &view->subject->source))
        return; /* our own kernel's: a neighbour or a rule, not the path */
    if (is_disproved(known, attempt)) {
        facts_say(known, F(SOURCE, ICMP), false, icmp);
        return;
    }
    facts_say(known, F(SOURCE, ICMP), true, icmp);
    facts_say(known, F(SOURCE, ICMP_PROHIBITED), prohibited, icmp);
    facts_say(known, F(SOURCE, ICMP_EXPIRED), expired, icmp);
    facts_say(known, F(SOURCE, ICMP_NO_HOST), is_no_host(view, icmp), icmp);
    facts_say(known, F(DESTINATION, REPORTED),
              address_equal(&offender, &view->subject->destination), icmp);
    if (attempt->end != NULL)
        facts_say(known, F(SOURCE, ICMP_BELIEVED), is_believed(attempt->end),
                  attempt->end);
}

/* Did connect() itself fail, for a reason found on this host? */
static bool is_own_error(const struct view *view, const struct evidence *end)
{
    struct address offender = evidence_address(end, KEY_OFFENDER);

    return !evidence_has(end, KEY_ICMP_TYPE) ||
           address_equal(&offender, &view->subject->source) ||
           address_is_loopback(&offender);
}

void facts_derive_errors(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    const struct evidence *end = attempt->end;
    const struct evidence *ports = view->source.ports;
    bool missing = address_is_set(&view->subject->source) &&
                   view->source.addresses != NULL &&
                   view->source.own_address == NULL;
    int error;
    bool own;
    bool late;

    if (end == NULL)
        return;
    error = (int)evidence_number(end, KEY_ERRNO, 0);
    own = is_own_error(view, end);
    late = evidence_number(end, KEY_CONNECT_US, 0) > 500000;
    facts_say(known, F(SOURCE, CONNECTED),
              evidence_word(end, KEY_OUTCOME) == OUTCOME_CONNECTED, end);
    facts_say(known, F(SOURCE, ADDRESS_TAKEN), error == EADDRNOTAVAIL, end);
    if (error == EADDRNOTAVAIL)
        facts_say(known, F(SOURCE, FROM_MISSING), missing, end);
    if (ports != NULL)
        facts_say(known, F(SOURCE, PORTS_FREE),
                  evidence_number(ports, KEY_COUNT, 0) <=
                      evidence_rise(ports, KEY_RANGE_LOW, KEY_RANGE_HIGH),
                  ports);
    facts_say(known, F(SOURCE, ROUTE_ERROR),
              own && !late && !evidence_has(end, KEY_ICMP_TYPE) &&
                  (error == ENETUNREACH || error == EHOSTUNREACH ||
                   error == EACCES || error == EINVAL),
              end);
    facts_say(known, F(SOURCE, NEIGHBOUR_ERROR),
              own && late && error == EHOSTUNREACH, end);
}
