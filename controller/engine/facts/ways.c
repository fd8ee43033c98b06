/* Facts about the way that a host chose, against the ways that it had. */
#include "controller/engine/view/ways.h"

#include <string.h>

#include "controller/engine/facts/derive.h"

#define TTL_LOW 32 /* hops; no ordinary system starts with fewer */

static const struct
{
    enum role role;
    enum packet packet; /* that leaves there */
    fact_ref asked_in_vain;
    fact_ref neighbour_wrong;
    fact_ref arp_unanswered;
    fact_ref marked;
} ends[] = {
    {ROLE_SOURCE, PACKET_SYN, F(SOURCE, ASKED_IN_VAIN),
     F(SOURCE, NEIGHBOUR_WRONG), F(SOURCE, ARP_UNANSWERED), F(SOURCE, MARKED)},
    {ROLE_DESTINATION, PACKET_SYN_ACK, F(DESTINATION, ASKED_IN_VAIN),
     F(DESTINATION, NEIGHBOUR_WRONG), F(DESTINATION, ARP_UNANSWERED),
     F(DESTINATION, MARKED)},
};

/* Does the route lead into a tunnel behind which the peer is?  It is, if its
 * address stands on a tunnel as well, or on no device that leads out of its
 * host: a container's bridge, loopback. */
static const struct evidence *tunnel_of(const struct view *view, enum role role,
                                        const struct evidence *route)
{
    enum role other = view_peer(role);
    const struct evidence *link =
        facts_latest_link(view, role, evidence_text(route, KEY_INTERFACE, ""));
    const struct evidence *own = view_end(view, other)->own_address;
    const struct evidence *there;

    if (link == NULL || !ways_is_tunnel(link) || own == NULL)
        return NULL;
    there =
        facts_latest_link(view, other, evidence_text(own, KEY_INTERFACE, ""));
    return there != NULL && ways_is_wired(there) ? NULL : link;
}

/* What carries the packet was dropped by the host itself, on its way out: the
 * device counts it. */
static void derive_tunnel_drops(struct known *known, const struct view *view,
                                enum role role, const struct evidence *link)
{
    const char *name = evidence_text(link, KEY_INTERFACE, "");
    const struct evidence *first = NULL;

    for (size_t i = 0; i < view->count && first == NULL; i++)
        if (view->items[i]->kind == EVIDENCE_LINK &&
            view->items[i]->role == (uint8_t)role &&
            view_is_own(view->items[i]) &&
            strcmp(evidence_text(view->items[i], KEY_INTERFACE, ""), name) == 0)
            first = view->items[i];
    if (first == NULL || first == link || !evidence_has(first, KEY_TX_DROPPED))
        return;
    facts_say(known, fact_at(role, FACT_TUNNEL_DROPPED),
              evidence_number(link, KEY_TX_DROPPED, 0) >
                  evidence_number(first, KEY_TX_DROPPED, 0),
              link);
}

static void derive_tunnel(struct known *known, const struct view *view,
                          const struct attempt_view *attempt, enum role role)
{
    const struct evidence *route = ways_route(view, role, attempt);
    const struct evidence *own = view_end(view, role)->own_address;
    const struct evidence *link;

    if (route == NULL && own != NULL) { /* nothing came to answer yet */
        link = facts_latest_link(view, role,
                                 evidence_text(own, KEY_INTERFACE, ""));
        if (link != NULL && ways_is_tunnel(link))
            derive_tunnel_drops(known, view, role, link);
    }
    if (route == NULL || !evidence_has(route, KEY_INTERFACE))
        return;
    link = tunnel_of(view, role, route);
    facts_say(known, fact_at(role, FACT_TUNNELLED), link != NULL,
              link != NULL ? link : route);
    if (link != NULL)
        derive_tunnel_drops(known, view, role, link);
}

/* Does the route lead away from where the host's other routes know the peer?
 * It does if a policy rule chose it; if it is the more specific one and leads
 * to a device inside the host; or to a link where the peer is no neighbour by
 * any address of ours. */
static bool is_astray(const struct view *view, const struct evidence *route,
                      const struct evidence *other)
{
    const struct evidence *link = facts_latest_link(
        view, ROLE_SOURCE, evidence_text(route, KEY_INTERFACE, ""));
    bool specific = evidence_number(route, KEY_PREFIX, 0) >
                    evidence_number(other, KEY_PREFIX, 0);

    if (strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), "local") == 0)
        return false; /* to the host itself, which no device leads to */
    if (tunnel_of(view, ROLE_SOURCE, route) != NULL)
        return false;
    if (evidence_has(route, KEY_MARK))
        return true;
    /* By the very address that we send from is the plain way of a host with
     * several uplinks, if it is one. */
    if (evidence_has(route, KEY_RULE) && !evidence_has(route, KEY_BY_SOURCE))
        return true;
    if (link != NULL && !ways_is_wired(link) &&
        !ways_goes_on(view, ROLE_SOURCE, PACKET_SYN, route))
        return specific || evidence_has(route, KEY_RULE);
    return specific && !evidence_has(route, KEY_GATEWAY) &&
           !ways_is_connected(view, ROLE_SOURCE, route);
}

/* A gateway, a tunnel or a neighbour of ours may lead to the peer, though other
 * routes know it elsewhere: what is lost there tells nothing of the choice. */
static bool is_open(const struct view *view, enum role role, enum packet packet,
                    const struct evidence *route)
{
    const struct evidence *link =
        facts_latest_link(view, role, evidence_text(route, KEY_INTERFACE, ""));

    if (evidence_has(route, KEY_GATEWAY) || link == NULL)
        return true;
    if (ways_is_inner(link))
        return ways_goes_on(view, role, packet, route);
    return !ways_is_wired(link) || ways_is_connected(view, role, route) != NULL;
}

static void derive_open(struct known *known, const struct view *view,
                        const struct attempt_view *attempt, size_t i)
{
    const struct evidence *route = ways_route(view, ends[i].role, attempt);

    if (route != NULL && evidence_has(route, KEY_INTERFACE))
        facts_say(known, fact_at(ends[i].role, FACT_WAY_OPEN),
                  is_open(view, ends[i].role, ends[i].packet, route), route);
}

static void derive_astray(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *route = ways_route(view, ROLE_SOURCE, attempt);
    const struct evidence *left =
        view_left(view, attempt, ROLE_SOURCE, PACKET_SYN)->first;
    const struct evidence *other;
    bool astray;
    bool went;

    if (route == NULL || !evidence_has(route, KEY_INTERFACE))
        return;
    went = ways_saw_leave(view, ROLE_SOURCE, PACKET_SYN,
                          evidence_text(route, KEY_INTERFACE, ""));
    other = ways_other(view, ROLE_SOURCE, route, false);
    if (other == NULL &&
        (view->source.route == NULL ||
         evidence_word(view->source.route, KEY_PHASE) != PHASE_AFTER))
        return; /* not asked for yet */
    /* What was seen to leave by another device went another way. */
    astray = other != NULL && is_astray(view, route, other) &&
             (left == NULL || went);
    facts_say(known, F(SOURCE, ROUTE_ASTRAY), astray, route);
    facts_say(known, F(SOURCE, LEFT_ASTRAY), astray && went, route);
}

/* Of iptables-legacy only counters tell, and of no packet in particular. */
static bool counted_marks(const struct view *view, enum role role)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_RULE_COUNTER && item->role == role &&
            strstr(evidence_text(item, KEY_TARGET, ""), "MARK") != NULL)
            return true;
    }
    return false;
}

/* The last mark that a rule gave the packet, 0 for none. */
static void derive_mark(struct known *known, const struct view *view,
                        const struct attempt_view *attempt, size_t i)
{
    const struct evidence *step = NULL;

    if (ways_mark(view, ends[i].role, attempt, &step) != 0)
        facts_say(known, ends[i].marked, true, step);
    else if (facts_traced_rules(view, ends[i].role, attempt) &&
             facts_listed_legacy(view, ends[i].role, attempt) &&
             !counted_marks(view, ends[i].role))
        facts_say(known, ends[i].marked, false,
                  view_end(view, ends[i].role)->rule_trace_after);
}

static bool is_about(const struct evidence *item, const struct address *target,
                     const char *device, enum direction direction)
{
    struct address address = evidence_address(item, KEY_ADDRESS);

    return item->kind == EVIDENCE_ARP &&
           evidence_word(item, KEY_DIRECTION) == (int)direction &&
           address_equal(&address, target) &&
           (device == NULL ||
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0);
}

struct questions
{
    int64_t asked;
    int64_t answered;
    const struct evidence *last;
};

/* Questions for that address that went that way at one end: the last count of
 * each interface; of one alone, if device is given. */
static struct questions count_questions(const struct view *view, enum role role,
                                        const struct address *target,
                                        const char *device,
                                        enum direction direction)
{
    struct questions sum = {0};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->role != role || evidence_has(item, KEY_NAMESPACE) ||
            !is_about(item, target, device, direction))
            continue;
        if (evidence_number(item, KEY_COUNT, 0) > 0)
            sum.asked++;
        if (evidence_number(item, KEY_ANSWERED, 0) > 0)
            sum.answered++;
        if (sum.last == NULL || view_is_earlier(sum.last, item))
            sum.last = item;
    }
    return sum;
}

/* Are all questions and answers of the attempt's time counted? */
static bool is_counted(const struct view *view, enum role role,
                       const struct attempt_view *attempt)
{
    return view_end(view, role)->capture_after != NULL &&
           facts_was_watching(view, role, attempt);
}

const struct evidence *facts_asked_in_vain(const struct view *view,
                                           enum role role,
                                           const struct attempt_view *attempt,
                                           const struct address *address)
{
    struct questions questions =
        count_questions(view, role, address, NULL, DIRECTION_OUT);

    return questions.asked > 0 && questions.answered == 0 &&
                   is_counted(view, role, attempt)
               ? questions.last
               : NULL;
}

/* The next hop of the way that was taken did not answer. */
static void derive_asked(struct known *known, const struct view *view,
                         const struct attempt_view *attempt, size_t i)
{
    const struct evidence *route = ways_route(view, ends[i].role, attempt);
    struct questions questions;
    struct address hop;

    if (route == NULL || !evidence_has(route, KEY_INTERFACE) ||
        !is_counted(view, ends[i].role, attempt))
        return;
    hop = evidence_address(route, evidence_has(route, KEY_GATEWAY)
                                      ? KEY_GATEWAY
                                      : KEY_DESTINATION);
    questions =
        count_questions(view, ends[i].role, &hop,
                        evidence_text(route, KEY_INTERFACE, ""), DIRECTION_OUT);
    facts_say(known, ends[i].asked_in_vain,
              questions.asked > 0 && questions.answered == 0, questions.last);
}

/* The host's own address was asked for, and it kept silent. */
static void derive_silence(struct known *known, const struct view *view,
                           const struct attempt_view *attempt, size_t i)
{
    const struct end_view *end = view_end(view, ends[i].role);
    struct address own = view_traced_address(view, ends[i].role);
    struct questions questions;

    if (!is_counted(view, ends[i].role, attempt))
        return;
    if (end->own_address == NULL) { /* not its to answer for */
        if (end->addresses != NULL)
            facts_say(known, ends[i].arp_unanswered, false, end->addresses);
        return;
    }
    questions = count_questions(view, ends[i].role, &own, NULL, DIRECTION_IN);
    facts_say(known, ends[i].arp_unanswered,
              questions.asked > 0 && questions.answered == 0, questions.last);
}

/* The link address of the device that holds the peer's address, as its own
 * agent tells it; only where the hop is the peer itself. */
static const char *peer_link(const struct view *view, enum role peer,
                             const struct address *hop)
{
    const struct evidence *own = view_end(view, peer)->own_address;
    const struct evidence *link;
    struct address address;

    if (own == NULL)
        return NULL;
    address = evidence_address(own, KEY_ADDRESS);
    link = facts_latest_link(view, peer, evidence_text(own, KEY_INTERFACE, ""));
    return link != NULL && address_equal(&address, hop)
               ? evidence_text(link, KEY_LINK_ADDRESS, NULL)
               : NULL;
}

/* Who answers for the next hop, if its entry was set by hand, or the peer's own
 * agent: have they the link address that the host uses? */
static void derive_neighbour(struct known *known, const struct view *view,
                             size_t i)
{
    const struct evidence *entry = view_end(view, ends[i].role)->neighbour;
    enum role peer = view_peer(ends[i].role);
    const char *used, *right = NULL;
    struct questions questions = {0};
    struct address hop;

    if (entry == NULL)
        return;
    used = evidence_text(entry, KEY_LINK_ADDRESS, NULL);
    hop = evidence_address(entry, KEY_ADDRESS);
    if (strcmp(evidence_text(entry, KEY_NEIGHBOUR_STATE, ""), "PERMANENT") == 0)
        questions = count_questions(view, ends[i].role, &hop,
                                    evidence_text(entry, KEY_INTERFACE, ""),
                                    DIRECTION_OUT);
    if (questions.answered > 0)
        right = evidence_text(questions.last, KEY_LINK_ADDRESS, NULL);
    else if (questions.asked > 0)
        return; /* nobody answers: the entry may be all there is */
    if (right == NULL)
        right = peer_link(view, peer, &hop);
    facts_say(known, ends[i].neighbour_wrong,
              used != NULL && right != NULL && strcmp(used, right) != 0,
              questions.answered > 0 ? questions.last : entry);
}

static void derive_ttl(struct known *known, const struct evidence *sent,
                       enum role role)
{
    int64_t ttl;

    if (sent == NULL || !evidence_has(sent, KEY_TTL))
        return;
    ttl = evidence_number(sent, KEY_TTL, 0);
    facts_say(known, fact_at(role, FACT_TTL_LOW), ttl < TTL_LOW, sent);
    facts_say(known, fact_at(role, FACT_TTL_ONE), ttl <= 1, sent);
}

/* Which address did the SYN leave with? */
static void derive_source_address(struct known *known, const struct view *view,
                                  const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    struct address left, own;
    bool translated;

    if (syn == NULL || attempt->start == NULL ||
        !evidence_has(attempt->start, KEY_SOURCE))
        return;
    left = evidence_address(syn, KEY_SOURCE);
    own = evidence_address(attempt->start, KEY_SOURCE);
    translated = !address_equal(&left, &own);
    facts_say(known, F(SOURCE, ADDRESS_TRANSLATED), translated, syn);
    if (view->source.addresses != NULL)
        facts_say(known, F(SOURCE, ADDRESS_FOREIGN),
                  !translated &&
                      ways_natural_source(view,
                                          evidence_text(syn, KEY_INTERFACE, ""),
                                          &left) != NULL,
                  syn);
}

static void derive_rejected_marks(struct known *known, const struct view *view)
{
    const struct evidence *found = NULL;
    bool asked = false;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != EVIDENCE_ROUTE || item->role != ROLE_SOURCE)
            continue;
        asked |= evidence_word(item, KEY_PHASE) == PHASE_AFTER;
        if (evidence_has(item, KEY_MARK) && ways_rejects(item) &&
            view_is_earlier(item, found))
            found = item;
    }
    if (asked || found != NULL)
        facts_say(known, F(SOURCE, MARK_REJECTED), found != NULL, found);
}

static void derive_inward(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *answer =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;
    const struct evidence *link;

    if (answer == NULL)
        return;
    link = facts_latest_link(view, ROLE_DESTINATION,
                             evidence_text(answer, KEY_INTERFACE, ""));
    if (link != NULL)
        facts_say(known, F(DESTINATION, LEFT_INWARD), !ways_is_wired(link),
                  answer);
}

static void derive_duplicate(struct known *known, const struct view *view,
                             enum role role)
{
    const struct evidence *own = view_end(view, role)->own_address;

    if (own != NULL)
        facts_say(known, fact_at(role, FACT_DAD_FAILED),
                  evidence_number(own, KEY_DAD_FAILED, 0) != 0, own);
    else if (view_end(view, role)->addresses != NULL) /* not its to lose */
        facts_say(known, fact_at(role, FACT_DAD_FAILED), false,
                  view_end(view, role)->addresses);
}

void facts_derive_ways(struct known *known, const struct view *view,
                       const struct attempt_view *attempt)
{
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        derive_mark(known, view, attempt, i);
        derive_asked(known, view, attempt, i);
        derive_silence(known, view, attempt, i);
        derive_neighbour(known, view, i);
        derive_duplicate(known, view, ends[i].role);
        derive_open(known, view, attempt, i);
    }
    derive_astray(known, view, attempt);
    derive_tunnel(known, view, attempt, ROLE_SOURCE);
    derive_tunnel(known, view, attempt, ROLE_DESTINATION);
    derive_inward(known, view, attempt);
    derive_ttl(known, attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first,
               ROLE_SOURCE);
    derive_ttl(
        known,
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first,
        ROLE_DESTINATION);
    derive_source_address(known, view, attempt);
    derive_rejected_marks(known, view);
    if (ways_saw_leave(view, ROLE_SOURCE, PACKET_SYN, "lo"))
        facts_say(known, F(SOURCE, SYN_ON_LOOPBACK), true, NULL);
}
