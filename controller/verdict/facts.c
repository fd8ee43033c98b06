#include "controller/verdict/facts.h"

#include <errno.h>
#include <string.h>

#define FACT_INFO(name, yes, no) {#name, yes, no},

const struct fact_info fact_infos[FACT_COUNT] = {VERDICT_FACTS(FACT_INFO)};

static void say(struct known *known, enum fact fact, bool yes,
                const struct evidence *because)
{
    if (yes)
        known->yes |= FACT_BIT(fact);
    else
        known->no |= FACT_BIT(fact);
    known->because[fact] = because;
}

/* Would a packet of this attempt have been captured there, had it come by?
 * Only if the capture was armed before the attempt, is known to work, lost
 * nothing, and the wait was long enough. */
static bool was_watching(const struct view *view, enum role role,
                         const struct attempt_view *attempt)
{
    const struct end_view *end = view_end(view, role);
    const struct subject *subject = view->subject;

    if (end->capture_armed == NULL || view->lost[role] != NULL)
        return false;
    if (!subject->wait_over && !subject->collected)
        return false;
    if (attempt->start != NULL &&
        end->capture_armed->at_ns > attempt->start->at_ns)
        return false;
    if (end->capture_after == NULL)
        return evidence_number(end->capture_armed, KEY_ALIVE, 0) != 0;
    return evidence_number(end->capture_after, KEY_LOST, 1) == 0 &&
           evidence_number(end->capture_after, KEY_ALIVE, 0) != 0;
}

static void derive_sight(struct known *known, enum fact fact,
                         const struct sight *sight, bool watching,
                         const struct evidence *watcher)
{
    if (sight->first != NULL)
        say(known, fact, true, sight->first);
    else if (watching)
        say(known, fact, false, watcher);
}

static bool is_icmp_error(const struct evidence *icmp, bool *prohibited,
                          bool *expired)
{
    struct address about = evidence_address(icmp, KEY_DESTINATION);
    int64_t type = evidence_number(icmp, KEY_ICMP_TYPE, -1);
    int64_t code = evidence_number(icmp, KEY_ICMP_CODE, -1);

    if (about.family == 6) {
        *prohibited =
            type == 1 && (code == 1 || code == 4 || code == 5 || code == 6);
        *expired = type == 3;
        return type == 1 || type == 3;
    }
    *prohibited = type == 3 && (code == 2 || code == 3 || code == 9 ||
                                code == 10 || code == 13);
    *expired = type == 11;
    return (type == 3 && code != 4) || type == 11;
}

static void derive_packets(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    bool at_source = was_watching(view, ROLE_SOURCE, attempt);
    bool at_destination = was_watching(view, ROLE_DESTINATION, attempt);
    const struct end_sights *a = &attempt->source;
    const struct end_sights *b = &attempt->destination;
    const struct evidence *source_watch = view->source.capture_after;
    const struct evidence *destination_watch = view->destination.capture_after;
    const struct
    {
        enum fact fact;
        const struct sight *sight;
        bool watching;
        const struct evidence *watcher;
    } sights[] = {
        {FACT_SYN_LEFT, &a->packets[PACKET_SYN][DIRECTION_OUT], at_source,
         source_watch},
        {FACT_SYN_ARRIVED, &b->packets[PACKET_SYN][DIRECTION_IN],
         at_destination, destination_watch},
        {FACT_SYN_ACK_LEFT, &b->packets[PACKET_SYN_ACK][DIRECTION_OUT],
         at_destination, destination_watch},
        {FACT_SYN_ACK_ARRIVED, &a->packets[PACKET_SYN_ACK][DIRECTION_IN],
         at_source, source_watch},
        {FACT_ACK_ARRIVED, &b->packets[PACKET_ACK][DIRECTION_IN],
         at_destination, destination_watch},
        {FACT_RST_LEFT, &b->packets[PACKET_RST][DIRECTION_OUT], at_destination,
         destination_watch},
        {FACT_RST_ARRIVED, &a->packets[PACKET_RST][DIRECTION_IN], at_source,
         source_watch},
        {FACT_ICMP_LEFT, &b->packets[PACKET_ICMP][DIRECTION_OUT],
         at_destination, destination_watch},
        {FACT_ICMP_ARRIVED, &a->packets[PACKET_ICMP][DIRECTION_IN], at_source,
         source_watch},
    };

    for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
        derive_sight(known, sights[i].fact, sights[i].sight, sights[i].watching,
                     sights[i].watcher);
}

static void derive_icmp(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    const struct evidence *icmp =
        attempt->source.packets[PACKET_ICMP][DIRECTION_IN].first;
    bool prohibited;
    bool expired;
    struct address offender;

    if (icmp == NULL && attempt->end != NULL &&
        evidence_has(attempt->end, KEY_ICMP_TYPE))
        icmp = attempt->end;
    if (icmp == NULL || !is_icmp_error(icmp, &prohibited, &expired))
        return;
    offender = evidence_address(icmp, KEY_OFFENDER);
    if (address_equal(&offender, &view->subject->source))
        return; /* our own kernel's: a neighbour or a rule, not the path */
    if ((known->yes & FACT_BIT(FACT_ICMP_ARRIVED)) == 0) {
        known->no &= ~FACT_BIT(FACT_ICMP_ARRIVED);
        say(known, FACT_ICMP_ARRIVED, true, icmp);
    }
    say(known, FACT_ICMP_PROHIBITED, prohibited, icmp);
    say(known, FACT_ICMP_EXPIRED, expired, icmp);
    say(known, FACT_DESTINATION_REPORTED,
        address_equal(&offender, &view->subject->destination), icmp);
}

/* Did connect() itself fail, for a reason found on this host? */
static bool is_own_error(const struct view *view, const struct evidence *end)
{
    struct address offender = evidence_address(end, KEY_OFFENDER);

    return !evidence_has(end, KEY_ICMP_TYPE) ||
           address_equal(&offender, &view->subject->source) ||
           address_is_loopback(&offender);
}

static void derive_errors(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *end = attempt->end;
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
    say(known, FACT_CONNECTED,
        evidence_word(end, KEY_OUTCOME) == OUTCOME_CONNECTED, end);
    say(known, FACT_ADDRESS_TAKEN, error == EADDRNOTAVAIL, end);
    if (error == EADDRNOTAVAIL)
        say(known, FACT_FROM_MISSING, missing, end);
    say(known, FACT_SOURCE_ROUTE_ERROR,
        own && !late && !evidence_has(end, KEY_ICMP_TYPE) &&
            (error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES ||
             error == EINVAL),
        end);
    say(known, FACT_SOURCE_NEIGHBOUR_ERROR,
        own && late && error == EHOSTUNREACH, end);
}

static bool route_is(const struct evidence *route, const char *type)
{
    return strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), type) == 0;
}

static bool route_rejects(const struct evidence *route)
{
    return route_is(route, "blackhole") || route_is(route, "unreachable") ||
           route_is(route, "prohibit");
}

static const struct evidence *latest_link(const struct view *view,
                                          enum role role, const char *name)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = &view->items[i];

        if (item->kind != EVIDENCE_LINK || item->role != role ||
            evidence_has(item, KEY_NAMESPACE) ||
            strcmp(evidence_text(item, KEY_INTERFACE, ""), name) != 0)
            continue;
        if (found == NULL || item->at_ns > found->at_ns ||
            (item->at_ns == found->at_ns && item->id > found->id))
            found = item;
    }
    return found;
}

static bool link_is_down(const struct evidence *link)
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
        const struct evidence *item = &view->items[i];
        struct address address;
        const struct evidence *link;

        if (item->kind != EVIDENCE_ADDRESS || item->role != role)
            continue;
        address = evidence_address(item, KEY_ADDRESS);
        if (only != NULL && !address_equal(&address, only))
            continue;
        link = latest_link(view, role, evidence_text(item, KEY_INTERFACE, ""));
        if (link != NULL && link_is_down(link) &&
            !address_is_loopback(&address))
            return link;
    }
    return NULL;
}

static void derive_source_link(struct known *known, const struct view *view)
{
    const struct evidence *route = view->source.route;
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
        say(known, FACT_SOURCE_LINK_DOWN, link != NULL,
            link != NULL ? link : route);
        return;
    }
    link =
        latest_link(view, ROLE_SOURCE, evidence_text(route, KEY_INTERFACE, ""));
    if (link != NULL)
        say(known, FACT_SOURCE_LINK_DOWN, link_is_down(link), link);
}

static bool neighbour_is_failed(const struct evidence *neighbour)
{
    const char *state = evidence_text(neighbour, KEY_NEIGHBOUR_STATE, "");

    return strcmp(state, "FAILED") == 0 || strcmp(state, "INCOMPLETE") == 0;
}

static void derive_routes(struct known *known, const struct view *view)
{
    const struct evidence *out = view->source.route;
    const struct evidence *back = view->destination.route;
    bool same_host = strcmp(view->subject->source_host,
                            view->subject->destination_host) == 0;

    if (out != NULL) {
        say(known, FACT_SOURCE_NO_ROUTE, route_is(out, "none"), out);
        say(known, FACT_SOURCE_ROUTE_REJECTS, route_rejects(out), out);
        say(known, FACT_SOURCE_OWNS_DESTINATION,
            !same_host && route_is(out, "local"), out);
    }
    derive_source_link(known, view);
    if (view->source.neighbour != NULL)
        say(known, FACT_SOURCE_NEIGHBOUR_FAILED,
            neighbour_is_failed(view->source.neighbour),
            view->source.neighbour);
    if (back != NULL) {
        say(known, FACT_NO_ROUTE_BACK, route_is(back, "none"), back);
        say(known, FACT_ROUTE_BACK_REJECTS, route_rejects(back), back);
    }
    if (view->destination.neighbour != NULL)
        say(known, FACT_NEIGHBOUR_BACK_FAILED,
            neighbour_is_failed(view->destination.neighbour),
            view->destination.neighbour);
}

static void derive_arrival_device(struct known *known, const struct view *view,
                                  const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *back = view->destination.route;

    if (syn == NULL || back == NULL || !evidence_has(back, KEY_INTERFACE))
        return;
    say(known, FACT_ROUTE_BACK_OTHER_DEVICE,
        strcmp(evidence_text(syn, KEY_INTERFACE, ""),
               evidence_text(back, KEY_INTERFACE, "")) != 0,
        back);
}

/* Did a device of that end drop packets during the trace, or run XDP? */
static void derive_device(struct known *known, const struct view *view,
                          enum role role, enum fact fact)
{
    const struct end_view *end = view_end(view, role);
    bool compared = false;

    if (end->xdp_link != NULL) {
        say(known, fact, true, end->xdp_link);
        return;
    }
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *first = &view->items[i];
        const struct evidence *last;

        if (first->kind != EVIDENCE_LINK || first->role != role ||
            evidence_word(first, KEY_PHASE) != PHASE_BEFORE)
            continue;
        last = latest_link(view, role, evidence_text(first, KEY_INTERFACE, ""));
        if (last == NULL || evidence_word(last, KEY_PHASE) != PHASE_AFTER)
            continue;
        compared = true;
        if (evidence_number(first, KEY_RX_DROPPED, 0) !=
            evidence_number(last, KEY_RX_DROPPED, 0)) {
            say(known, fact, true, last);
            return;
        }
    }
    if (compared)
        say(known, fact, false, NULL);
}

static void derive_destination(struct known *known, const struct view *view)
{
    const struct subject *subject = view->subject;
    const struct end_view *end = &view->destination;
    const struct evidence *link;

    if (subject->destination_host[0] == '\0')
        say(known, FACT_DESTINATION_AGENT, false, NULL);
    else if (end->capture_armed != NULL)
        say(known, FACT_DESTINATION_AGENT, true, end->capture_armed);
    if (end->addresses != NULL) {
        bool owned = end->own_address != NULL;

        say(known, FACT_ADDRESS_NOT_LOCAL, !owned,
            owned ? end->own_address : end->addresses);
        say(known, FACT_NAME_ELSEWHERE,
            !owned && subject->named_is_agent && !subject->expected_elsewhere,
            owned ? end->own_address : end->addresses);
        link = down_link_with_address(view, ROLE_DESTINATION,
                                      &subject->destination);
        if (owned)
            say(known, FACT_DESTINATION_LINK_DOWN, link != NULL, link);
    }
    derive_device(known, view, ROLE_DESTINATION,
                  FACT_DESTINATION_DEVICE_SUSPECT);
    derive_device(known, view, ROLE_SOURCE, FACT_SOURCE_DEVICE_SUSPECT);
}

static bool targets_reject(const struct evidence *rule)
{
    return strcasecmp(evidence_text(rule, KEY_TARGET, ""), "reject") == 0;
}

/* "No" only when the rule trace was armed and lost nothing. */
static void derive_rule(struct known *known, const struct view *view,
                        enum role role, const struct evidence *rule,
                        enum fact drops, enum fact rejects)
{
    const struct end_view *end = view_end(view, role);
    const struct evidence *trace = end->rule_trace_after;

    if (rule != NULL) {
        say(known, drops, !targets_reject(rule), rule);
        if (rejects != drops)
            say(known, rejects, targets_reject(rule), rule);
        return;
    }
    if (trace == NULL || evidence_number(trace, KEY_COMPLETE, 0) == 0 ||
        (!view->subject->wait_over && !view->subject->collected))
        return;
    say(known, drops, false, trace);
    if (rejects != drops)
        say(known, rejects, false, trace);
}

static const struct evidence *answer_rule(const struct end_sights *sights)
{
    static const enum packet answers[] = {PACKET_SYN_ACK, PACKET_RST};

    for (size_t i = 0; i < 2; i++)
        if (sights->drop_rule[answers[i]] != NULL)
            return sights->drop_rule[answers[i]];
    return NULL;
}

static void derive_rules(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    const struct evidence *ack_rule =
        attempt->source.drop_rule[PACKET_ACK] != NULL
            ? attempt->source.drop_rule[PACKET_ACK]
            : attempt->destination.drop_rule[PACKET_ACK];
    const struct evidence *trace = view->destination.rule_trace_after;

    derive_rule(known, view, ROLE_SOURCE, attempt->source.drop_rule[PACKET_SYN],
                FACT_SOURCE_RULE_DROPS_SYN, FACT_SOURCE_RULE_REJECTS_SYN);
    derive_rule(known, view, ROLE_SOURCE, answer_rule(&attempt->source),
                FACT_SOURCE_RULE_DROPS_ANSWER, FACT_SOURCE_RULE_REJECTS_ANSWER);
    derive_rule(known, view, ROLE_DESTINATION,
                attempt->destination.drop_rule[PACKET_SYN], FACT_RULE_DROPS_SYN,
                FACT_RULE_REJECTS_SYN);
    derive_rule(known, view, ROLE_DESTINATION,
                answer_rule(&attempt->destination), FACT_RULE_DROPS_ANSWER,
                FACT_RULE_REJECTS_ANSWER);
    if (ack_rule != NULL)
        say(known, FACT_RULE_DROPS_ACK, true, ack_rule);
    if (trace != NULL)
        say(known, FACT_RULES_UNSEEN,
            evidence_number(trace, KEY_COMPLETE, 0) == 0, trace);
    else if (view->subject->collected && view->destination.host != NULL)
        say(known, FACT_RULES_UNSEEN, true, NULL);
}

static bool stage_suits(int stage, bool leaving)
{
    if (leaving)
        return stage == STAGE_OUTPUT || stage == STAGE_EGRESS;
    return stage == STAGE_INGRESS || stage == STAGE_PREROUTING ||
           stage == STAGE_INPUT;
}

/* How many packets a rule that killed them all would have counted. */
static int64_t packets_due(const struct view *view, enum role role, bool answer)
{
    int64_t due = 0;

    if (role == ROLE_DESTINATION)
        return view->syns_arrived;
    for (unsigned n = 1; n <= view->attempt_count; n++)
        due += answer ? view->attempts[n]
                            .source.packets[PACKET_SYN_ACK][DIRECTION_IN]
                            .count
                      : view->attempts[n].start != NULL;
    return due;
}

const struct evidence *facts_legacy_counter(const struct view *view,
                                            enum role role, bool answer,
                                            bool rejects)
{
    const char *family = view->subject->destination.family == 6 ? "ip6" : "ip";
    bool leaving = (role == ROLE_SOURCE) != answer;
    int64_t due = packets_due(view, role, answer);
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = &view->items[i];
        const char *target = evidence_text(item, KEY_TARGET, "");

        if (item->kind != EVIDENCE_RULE_COUNTER || item->role != role ||
            !stage_suits(evidence_word(item, KEY_STAGE), leaving) ||
            strcmp(evidence_text(item, KEY_FIREWALL_FAMILY, ""), family) != 0)
            continue;
        if (strcmp(target, rejects ? "REJECT" : "DROP") != 0 || due == 0 ||
            evidence_number(item, KEY_AFTER, 0) -
                    evidence_number(item, KEY_BEFORE, 0) !=
                due)
            continue;
        if (found == NULL || item->id < found->id)
            found = item;
    }
    return found;
}

static void derive_legacy_one(struct known *known, const struct view *view,
                              enum role role, bool answer, bool rejects,
                              enum fact fact)
{
    const struct evidence *counter =
        facts_legacy_counter(view, role, answer, rejects);
    int index = view->subject->destination.family == 6 ? 1 : 0;
    const struct evidence *read = view_end(view, role)->legacy[index];

    if (counter != NULL)
        say(known, fact, true, counter);
    else if (read != NULL)
        say(known, fact, false, read);
}

static void derive_legacy(struct known *known, const struct view *view)
{
    derive_legacy_one(known, view, ROLE_SOURCE, false, false,
                      FACT_SOURCE_LEGACY_DROPS_SYN);
    derive_legacy_one(known, view, ROLE_SOURCE, false, true,
                      FACT_SOURCE_LEGACY_REJECTS_SYN);
    derive_legacy_one(known, view, ROLE_SOURCE, true, false,
                      FACT_SOURCE_LEGACY_DROPS_ANSWER);
    derive_legacy_one(known, view, ROLE_DESTINATION, false, false,
                      FACT_LEGACY_DROPS_SYN);
    derive_legacy_one(known, view, ROLE_DESTINATION, false, true,
                      FACT_LEGACY_REJECTS_SYN);
    derive_legacy_one(known, view, ROLE_DESTINATION, true, false,
                      FACT_LEGACY_DROPS_ANSWER);
}

static bool counters_read(const struct view *view, enum role role)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i].kind == EVIDENCE_COUNTERS &&
            view->items[i].role == role)
            return true;
    return false;
}

static void derive_counter(struct known *known, const struct view *view,
                           enum role role, const char *name, enum fact fact)
{
    const struct evidence *counter = NULL;

    if (view_counter(view, role, name, &counter) > 0)
        say(known, fact, true, counter);
    else if (counters_read(view, role))
        say(known, fact, false, NULL);
}

/* Five ways for a listener on the port to miss this SYN, or to take it. */
static enum fact listener_fit(const struct view *view,
                              const struct evidence *listener)
{
    const struct address *wanted = &view->subject->destination;
    struct address address = evidence_address(listener, KEY_ADDRESS);
    const struct evidence *own = view->destination.own_address;
    bool any = address_is_any(&address);

    if (evidence_has(listener, KEY_NAMESPACE))
        return FACT_LISTENER_OTHER_NAMESPACE;
    if (evidence_has(listener, KEY_INTERFACE) && own != NULL &&
        strcmp(evidence_text(listener, KEY_INTERFACE, ""),
               evidence_text(own, KEY_INTERFACE, "")) != 0)
        return FACT_LISTENER_OTHER_DEVICE;
    if (address_is_loopback(&address) && !address_is_loopback(wanted))
        return FACT_LISTENER_LOOPBACK;
    if (address.family != wanted->family &&
        !(any && address.family == 6 &&
          evidence_number(listener, KEY_V6_ONLY, 0) == 0))
        return FACT_LISTENER_OTHER_FAMILY;
    if (any || address_equal(&address, wanted))
        return FACT_LISTENER_TAKES;
    return FACT_LISTENER_OTHER_ADDRESS;
}

static bool comes_before(const struct evidence *a, const struct evidence *b)
{
    return b == NULL || a->at_ns < b->at_ns ||
           (a->at_ns == b->at_ns && a->id < b->id);
}

static const struct evidence *find_listener(const struct view *view,
                                            enum fact fit, int phase)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->listener_count; i++)
        if (evidence_word(view->listeners[i], KEY_PHASE) == phase &&
            listener_fit(view, view->listeners[i]) == fit &&
            comes_before(view->listeners[i], found))
            found = view->listeners[i];
    return found;
}

static const enum fact fits[] = {
    FACT_LISTENER_TAKES,         FACT_LISTENER_LOOPBACK,
    FACT_LISTENER_OTHER_ADDRESS, FACT_LISTENER_OTHER_FAMILY,
    FACT_LISTENER_OTHER_DEVICE,  FACT_LISTENER_OTHER_NAMESPACE,
};

const struct evidence *facts_listener(const struct view *view)
{
    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
        const struct evidence *listener =
            find_listener(view, fits[i], PHASE_BEFORE);

        if (listener != NULL)
            return listener;
    }
    return NULL;
}

static bool is_full(const struct evidence *listener)
{
    return listener != NULL &&
           evidence_number(listener, KEY_QUEUE, 0) >
               evidence_number(listener, KEY_QUEUE_LIMIT, INT64_MAX);
}

static void derive_queue(struct known *known, const struct view *view)
{
    const struct evidence *before =
        find_listener(view, FACT_LISTENER_TAKES, PHASE_BEFORE);
    const struct evidence *after =
        find_listener(view, FACT_LISTENER_TAKES, PHASE_AFTER);

    if (is_full(before))
        say(known, FACT_QUEUE_FULL, true, before);
    else if (is_full(after))
        say(known, FACT_QUEUE_FULL, true, after);
    else if (before != NULL && after != NULL)
        say(known, FACT_QUEUE_FULL, false, before);
    derive_counter(known, view, ROLE_DESTINATION, "TcpExt.ListenOverflows",
                   FACT_QUEUE_OVERFLOWED);
}

/* The scan before the first SYN decides: a service that starts during the
 * trace does not undo the reset that was sent before. */
static void derive_listeners(struct known *known, const struct view *view)
{
    const struct evidence *scan = view->destination.listeners[0];

    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
        const struct evidence *listener =
            find_listener(view, fits[i], PHASE_BEFORE);

        if (listener != NULL)
            say(known, fits[i], true, listener);
        else if (scan != NULL)
            say(known, fits[i], false, scan);
    }
    derive_queue(known, view);
}

static void derive_names(struct known *known, const struct view *view)
{
    if (view->resolved != NULL)
        say(known, FACT_NAME_UNRESOLVED, false, view->resolved);
    else if (view->unresolved != NULL &&
             !address_is_set(&view->subject->destination))
        say(known, FACT_NAME_UNRESOLVED, true, view->unresolved);
}

/* An answer that came in at the source and never left the destination. */
static void derive_forgery(struct known *known)
{
    static const struct
    {
        enum fact arrived;
        enum fact left;
    } answers[] = {{FACT_RST_ARRIVED, FACT_RST_LEFT},
                   {FACT_SYN_ACK_ARRIVED, FACT_SYN_ACK_LEFT}};

    for (size_t i = 0; i < 2; i++)
        if ((known->yes & FACT_BIT(answers[i].arrived)) != 0 &&
            (known->no & FACT_BIT(answers[i].left)) != 0) {
            say(known, FACT_ANSWER_FORGED, true,
                known->because[answers[i].arrived]);
            return;
        }
}

void facts_derive(struct known *known, const struct view *view, unsigned n)
{
    const struct attempt_view *attempt = &view->attempts[n];

    memset(known, 0, sizeof(*known));
    derive_names(known, view);
    derive_packets(known, view, attempt);
    derive_icmp(known, view, attempt);
    derive_errors(known, view, attempt);
    derive_routes(known, view);
    derive_arrival_device(known, view, attempt);
    derive_destination(known, view);
    derive_rules(known, view, attempt);
    derive_legacy(known, view);
    derive_counter(known, view, ROLE_SOURCE, "TcpExt.IPReversePathFilter",
                   FACT_SOURCE_RP_FILTERED);
    derive_counter(known, view, ROLE_DESTINATION, "TcpExt.IPReversePathFilter",
                   FACT_RP_FILTERED);
    derive_listeners(known, view);
    derive_forgery(known);
}
