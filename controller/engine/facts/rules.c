/* Facts from the rule traces and from netfilter's drop events. */
#include <string.h>

#include "controller/engine/facts/derive.h"
#include "controller/engine/view/led.h"

static bool targets_reject(const struct evidence *rule)
{
    return strcasecmp(evidence_text(rule, KEY_TARGET, ""), "reject") == 0;
}

/* Is it known what the rule does, not only that the packet ended in it? */
static bool is_told(const struct evidence *rule)
{
    return evidence_has(rule, KEY_RULE) ||
           evidence_number(rule, KEY_POLICY, 0) != 0;
}

/* A rule whose text is not known rejects if the host answered the SYN. */
static bool rejects_it(const struct evidence *rule,
                       const struct end_sights *sights, enum packet packet)
{
    return targets_reject(rule) ||
           (packet == PACKET_SYN && !is_told(rule) &&
            (sights->packets[PACKET_RST][DIRECTION_OUT].first != NULL ||
             sights->packets[PACKET_ICMP][DIRECTION_OUT].first != NULL));
}

/* By source or not, SYN or answer: drops, rejects. */
static const fact_ref rule_facts[2][2][2] = {
    {{F(DESTINATION, RULE_DROPS_OUT), F(DESTINATION, RULE_REJECTS_OUT)},
     {F(DESTINATION, RULE_DROPS_IN), F(DESTINATION, RULE_REJECTS_IN)}},
    {{F(SOURCE, RULE_DROPS_IN), F(SOURCE, RULE_REJECTS_IN)},
     {F(SOURCE, RULE_DROPS_OUT), F(SOURCE, RULE_REJECTS_OUT)}},
};

/* A bridge that does not know where a link address lives sends copies out of
 * every port.  What is for the host itself goes up, so that one in the bridge's
 * forward is a copy. */
static bool is_flooded(const struct view *view, enum role role,
                       const struct evidence *rule)
{
    return evidence_word(rule, KEY_STAGE) == STAGE_FORWARD &&
           strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, ""), "bridge") ==
               0 &&
           !view_is_outside(rule) && /* which passes on what is for inside */
           (role == ROLE_SOURCE || view->destination.own_address != NULL ||
            view->destination.addresses == NULL); /* not told yet */
}

/* The same SYN was traced farther in than where that rule dropped it, or the
 * host's TCP answered it: the rule took a copy (a bridge's), or one of several
 * (a limiter's). */
static bool took_a_copy(const struct view *view,
                        const struct attempt_view *attempt, enum role role,
                        enum packet packet, const struct evidence *rule)
{
    const struct end_sights *end = view_sights(attempt, role);
    bool arrives = (role == ROLE_SOURCE) == (packet == PACKET_SYN_ACK);

    if (view_went_on(attempt, role, packet))
        return true;
    if (!arrives)
        return false;
    if (is_flooded(view, role, rule))
        return true;
    if (packet == PACKET_SYN && !targets_reject(rule) && is_told(rule) &&
        end->packets[PACKET_RST][DIRECTION_OUT].first != NULL)
        return true;
    return end->rule_stage[packet][STAGE_INPUT] != NULL &&
           evidence_word(rule, KEY_STAGE) != STAGE_INPUT;
}

/* "No" only when the rule trace was armed and lost nothing. */
static void derive_rule(struct known *known, const struct view *view,
                        const struct attempt_view *attempt, enum role role,
                        enum packet packet)
{
    const struct end_view *end = view_end(view, role);
    const struct evidence *trace = end->rule_trace_after;
    const struct end_sights *sights = view_sights(attempt, role);
    const struct evidence *rule = sights->drop_rule[packet];
    fact_ref drops = rule_facts[role == ROLE_SOURCE][packet == PACKET_SYN][0];
    fact_ref rejects = rule_facts[role == ROLE_SOURCE][packet == PACKET_SYN][1];

    if (rule != NULL && took_a_copy(view, attempt, role, packet, rule)) {
        if (!targets_reject(rule))
            facts_say(known, rejects, false, rule);
        return;
    }
    if (rule != NULL) {
        bool is_reject = rejects_it(rule, sights, packet);

        facts_say(known, drops, !is_reject, rule);
        facts_say(known, rejects, is_reject, rule);
        return;
    }
    if (!facts_traced_rules(view, role, attempt) ||
        (!view->subject->wait_over && !view->subject->collected))
        return;
    facts_say(known, drops, false, trace);
    facts_say(known, rejects, false, trace);
}

bool facts_rule_translates(const struct evidence *item)
{
    return evidence_has(item, KEY_TRANSLATES) &&
           translation_moves_target(evidence_word(item, KEY_TRANSLATES));
}

/* To another port of the host itself. */
static bool redirects(const struct evidence *rule)
{
    return evidence_has(rule, KEY_TRANSLATES) &&
           evidence_word(rule, KEY_TRANSLATES) == TRANSLATION_REDIRECT;
}

/* What happens to a packet that the destination translates or forwards is not
 * told by the destination's own listeners and routes. */
static bool translates_arrival(const struct evidence *item)
{
    return item->role == ROLE_DESTINATION &&
           (item->kind == EVIDENCE_RULE ||
            item->kind == EVIDENCE_RULE_COUNTER) &&
           evidence_word(item, KEY_STAGE) == STAGE_PREROUTING &&
           facts_rule_translates(item);
}

/* The rule that translated this very SYN; else one that may have: it did so with
 * another attempt's, or only counted. */
static const struct evidence *find_translation(const struct view *view,
                                               int64_t n, bool *is_its_own)
{
    const struct evidence *found = NULL;

    *is_its_own = false;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (!translates_arrival(item))
            continue;
        if (item->kind == EVIDENCE_RULE &&
            evidence_number(item, KEY_ATTEMPT, 0) == n) {
            *is_its_own = true;
            return item;
        }
        if (found == NULL)
            found = item;
    }
    return found;
}

/* The kernel looked for a socket of the host's own for it: then it stayed. */
static const struct evidence *stayed(const struct attempt_view *attempt)
{
    const struct evidence *event = attempt->destination.drop_event[PACKET_SYN];

    return event != NULL && view_is_own(event) &&
                   strcmp(evidence_text(event, KEY_REASON, ""), "NO_SOCKET") ==
                       0
               ? event
               : NULL;
}

/* The host's own rules lead it to another of its own ports or addresses, and so
 * it is not handed on.  rule: that may have done it, or NULL. */
static bool derive_led(struct known *known, const struct view *view,
                       const struct attempt_view *attempt,
                       const struct evidence *rule)
{
    struct address address;
    unsigned port;
    const struct evidence *told = led_here(view, attempt, &address, &port);

    if (told == NULL)
        return false;
    facts_say(known, F(DESTINATION, HANDED_ON), false, told);
    facts_say(known, F(DESTINATION, LED_TO_LOOPBACK),
              address_is_loopback(&address), told);
    facts_say(known, F(DESTINATION, REDIRECTED_HERE), true,
              rule != NULL ? rule : told);
    return true;
}

static void derive_handed_on(struct known *known, const struct view *view,
                             const struct attempt_view *attempt)
{
    const struct evidence *out =
        attempt->destination.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *kept = stayed(attempt);
    const struct evidence *rule;
    bool is_its_own;

    if (strcmp(view->subject->source_host, view->subject->destination_host) ==
        0)
        return;
    if (out != NULL) {
        facts_say(known, F(DESTINATION, HANDED_ON), true, out);
        return;
    }
    rule = find_translation(view, attempt - view->attempts, &is_its_own);
    if (derive_led(known, view, attempt, rule))
        return;
    if (kept != NULL && !is_its_own) {
        facts_say(known, F(DESTINATION, HANDED_ON), false, kept);
        return;
    }
    if (rule == NULL)
        return;
    facts_say(known, F(DESTINATION, HANDED_ON), true, rule);
    if (is_its_own && (kept != NULL || redirects(rule)))
        facts_say(known, F(DESTINATION, REDIRECTED_HERE), true, rule);
}

/* Silence is evidence only where somebody watched, and lost no event. */
static void derive_netfilter(struct known *known,
                             const struct attempt_view *attempt, enum role role,
                             enum packet packet, enum fact fact)
{
    const struct end_sights *end = view_sights(attempt, role);
    const struct evidence *event = end->drop_event[packet];
    fact_ref watched = fact_at(role, FACT_KERNEL_WATCHED);

    if (event != NULL)
        facts_say(
            known, fact_at(role, fact),
            strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") == 0,
            event);
    else if (fact_is(known, watched, YES))
        facts_say(known, fact_at(role, fact), false, known->because[watched]);
}

static void derive_netfilter_drops(struct known *known, const struct view *view,
                                   const struct attempt_view *attempt)
{
    derive_netfilter(known, attempt, ROLE_SOURCE, PACKET_SYN,
                     FACT_NETFILTER_DROPPED_OUT);
    derive_netfilter(known, attempt, ROLE_SOURCE, PACKET_SYN_ACK,
                     FACT_NETFILTER_DROPPED_IN);
    derive_netfilter(known, attempt, ROLE_DESTINATION, PACKET_SYN,
                     FACT_NETFILTER_DROPPED_IN);
    derive_netfilter(known, attempt, ROLE_DESTINATION, PACKET_SYN_ACK,
                     FACT_NETFILTER_DROPPED_OUT);
    facts_derive_counter(known, view, attempt, ROLE_DESTINATION,
                         "Conntrack.drop", F(DESTINATION, CONNTRACK_DROPPED));
}

static const struct evidence *find_ack_rule(const struct view *view,
                                            const struct attempt_view *attempt)
{
    const struct evidence *rule = attempt->source.drop_rule[PACKET_ACK];

    if (rule != NULL)
        return rule;
    rule = attempt->destination.drop_rule[PACKET_ACK];
    return rule != NULL && took_a_copy(view, attempt, ROLE_DESTINATION,
                                       PACKET_ACK, rule)
               ? NULL
               : rule;
}

/* The rule trace tells of nftables alone; of an ACK that any other part of
 * netfilter dropped, the kernel. */
static bool is_ack_spared(const struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    return facts_traced_rules(view, ROLE_SOURCE, attempt) &&
           facts_traced_rules(view, ROLE_DESTINATION, attempt) &&
           fact_is(known, F(SOURCE, KERNEL_WATCHED), YES) &&
           fact_is(known, F(DESTINATION, KERNEL_WATCHED), YES) &&
           attempt->source.drop_event[PACKET_ACK] == NULL &&
           attempt->destination.drop_event[PACKET_ACK] == NULL;
}

void facts_derive_rules(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    const struct evidence *ack_rule = find_ack_rule(view, attempt);
    const struct evidence *trace = view->destination.rule_trace_after;
    const struct evidence *reset_rule =
        attempt->destination.drop_rule[PACKET_RST];

    for (enum role role = ROLE_SOURCE; role <= ROLE_DESTINATION; role++)
        if (role != ROLE_PATH) {
            derive_rule(known, view, attempt, role, PACKET_SYN);
            derive_rule(known, view, attempt, role, PACKET_SYN_ACK);
        }
    /* A reset that a rule stops on the way out was sent all the same; one that
     * is stopped on its way in is the source's. */
    if (reset_rule != NULL &&
        (evidence_word(reset_rule, KEY_STAGE) == STAGE_OUTPUT ||
         evidence_word(reset_rule, KEY_STAGE) == STAGE_EGRESS) &&
        !fact_is(known, F(DESTINATION, RST), YES))
        facts_say(known, F(DESTINATION, RST), true, reset_rule);
    derive_handed_on(known, view, attempt);
    derive_netfilter_drops(known, view, attempt);
    if (ack_rule != NULL)
        facts_say(known, F(ATTEMPT, RULE_DROPS_ACK), true, ack_rule);
    else if (is_ack_spared(known, view, attempt))
        facts_say(known, F(ATTEMPT, RULE_DROPS_ACK), false, trace);
    if (trace != NULL)
        facts_say(known, F(DESTINATION, RULES_UNSEEN),
                  evidence_number(trace, KEY_COMPLETE, 0) == 0, trace);
    else if (view->subject->collected && view->destination.host != NULL)
        facts_say(known, F(DESTINATION, RULES_UNSEEN), true, NULL);
}
