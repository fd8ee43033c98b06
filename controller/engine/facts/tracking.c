/* Facts from connection tracking: a full table, an entry that is too old. */
#include <string.h>

#include "controller/engine/facts/derive.h"

static bool is_full(const struct evidence *table)
{
    int64_t limit = evidence_number(table, KEY_LIMIT, 0);

    return limit > 0 && evidence_number(table, KEY_COUNT, 0) >= limit;
}

static void derive_table(struct known *known, const struct view *view,
                         enum role role, fact_ref fact)
{
    const struct evidence *const *tables = view_end(view, role)->tracking;

    for (unsigned i = 0; i < 2; i++)
        if (tables[i] != NULL && is_full(tables[i])) {
            facts_say(known, fact, true, tables[i]);
            return;
        }
    if (tables[0] != NULL && tables[1] != NULL)
        facts_say(known, fact, false, tables[1]);
}

/* Connection tracking drops in the first hook that the packet meets, and unlike
 * a rule of nftables (Linux 6.7) in nobody's name but the hook's.  So does a BPF
 * program there. */
static void derive_hook(struct known *known, const struct evidence *event,
                        enum stage stage, fact_ref program, fact_ref fact)
{
    if (event == NULL || fact_is(known, program, YES))
        return;
    facts_say(
        known, fact,
        strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") == 0 &&
            strcmp(evidence_text(event, KEY_FUNCTION, ""), "nf_hook_slow") ==
                0 &&
            evidence_word(event, KEY_STAGE) == (int)stage,
        event);
}

/* Where the entry sends the packet: to whom that shall answer. */
static bool same_target(const struct evidence *a, const struct evidence *b)
{
    struct address first = evidence_address(a, KEY_REPLY_SOURCE);
    struct address second = evidence_address(b, KEY_REPLY_SOURCE);

    return address_equal(&first, &second) &&
           evidence_number(a, KEY_REPLY_SOURCE_PORT, -1) ==
               evidence_number(b, KEY_REPLY_SOURCE_PORT, -1);
}

static bool translates(const struct evidence *entry)
{
    struct address called = evidence_address(entry, KEY_DESTINATION);
    struct address target = evidence_address(entry, KEY_REPLY_SOURCE);

    return !address_equal(&called, &target) ||
           evidence_number(entry, KEY_DESTINATION_PORT, -1) !=
               evidence_number(entry, KEY_REPLY_SOURCE_PORT, -1);
}

/* An attempt whose entry is its own shows where the rules send it now. */
static const struct evidence *find_younger(const struct view *view,
                                           enum role role)
{
    for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
        const struct attempt_view *other = &view->attempts[n];
        const struct end_sights *end = view_sights(other, role);

        if (end->tracked[0] == NULL && end->tracked[1] != NULL)
            return end->tracked[1];
    }
    return NULL;
}

/* Did the SYN die before tracking looked its entry up, or may it have? */
static bool is_freed_before(const struct evidence *event)
{
    return event != NULL &&
           (evidence_word(event, KEY_STAGE) == STAGE_INGRESS ||
            (evidence_word(event, KEY_STAGE) == STAGE_PREROUTING &&
             strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") ==
                 0));
}

static void derive_old_entry(struct known *known, const struct view *view,
                             const struct attempt_view *attempt)
{
    const struct end_sights *end = &attempt->destination;
    const struct evidence *old = end->tracked[0];
    const struct evidence *now = end->tracked[1];
    const struct evidence *table = view->destination.tracking[0];
    const struct evidence *younger;

    if (old == NULL || !translates(old)) {
        if (old != NULL ||
            (table != NULL && evidence_number(table, KEY_COMPLETE, 0) != 0))
            facts_say(known, F(DESTINATION, OLD_ENTRY), false,
                      old != NULL ? old : table);
        return;
    }
    facts_say(known, F(DESTINATION, OLD_ENTRY), true, old);
    facts_say(known, F(DESTINATION, HANDED_ON), true, old);
    younger = find_younger(view, ROLE_DESTINATION);
    /* Still the same entry after the SYN: then the SYN took it, if it came so
     * far. */
    if (now == NULL || !same_target(old, now) ||
        is_freed_before(end->drop_event[PACKET_SYN]))
        return;
    /* Of several targets that rules name each connection has another. */
    if (younger != NULL && !same_target(old, younger) &&
        evidence_number(now, KEY_RULED, 0) != 0)
        facts_suspect(known, F(DESTINATION, OLD_ENTRY_DISAGREES), younger);
    else if (younger != NULL)
        facts_say(known, F(DESTINATION, OLD_ENTRY_DISAGREES),
                  !same_target(old, younger), younger);
    else if (evidence_has(now, KEY_RULED))
        facts_say(known, F(DESTINATION, OLD_ENTRY_DISAGREES),
                  evidence_number(now, KEY_RULED, 1) == 0, now);
}

const struct evidence *facts_hiding_rule(const struct view *view,
                                         enum role role,
                                         const struct attempt_view *attempt)
{
    int64_t n = attempt - view->attempts;
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        bool own = item->kind == EVIDENCE_RULE_COUNTER ||
                   (item->kind == EVIDENCE_RULE &&
                    evidence_number(item, KEY_ATTEMPT, 0) == n &&
                    evidence_word(item, KEY_PACKET) == PACKET_SYN);

        if (own && item->role == role && !evidence_has(item, KEY_NAMESPACE) &&
            evidence_has(item, KEY_TRANSLATES) &&
            !translation_moves_target(evidence_word(item, KEY_TRANSLATES)) &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

/* A rule of source NAT, and whether its entries found a place. */
static void derive_clash(struct known *known, const struct view *view,
                         const struct attempt_view *attempt, enum role role)
{
    const struct evidence *rule = facts_hiding_rule(view, role, attempt);

    facts_derive_counter(known, view, attempt, role, "Conntrack.insert_failed",
                         fact_at(role, FACT_ENTRY_CLASHED));
    if (rule != NULL)
        facts_say(known, fact_at(role, FACT_HIDES_SOURCE), true, rule);
    else if (facts_traced_rules(view, role, attempt) &&
             facts_listed_legacy(view, role, attempt) &&
             (view->subject->wait_over || view->subject->collected))
        facts_say(known, fact_at(role, FACT_HIDES_SOURCE), false,
                  view_end(view, role)->rule_trace_after);
}

void facts_derive_tracking(struct known *known, const struct view *view,
                           const struct attempt_view *attempt)
{
    derive_table(known, view, ROLE_SOURCE, F(SOURCE, TRACKING_FULL));
    derive_table(known, view, ROLE_DESTINATION, F(DESTINATION, TRACKING_FULL));
    derive_hook(known, attempt->source.drop_event[PACKET_SYN], STAGE_OUTPUT,
                F(SOURCE, NETFILTER_PROGRAM), F(SOURCE, HOOK_DROPPED_SYN));
    derive_hook(known, attempt->destination.drop_event[PACKET_SYN],
                STAGE_PREROUTING, F(DESTINATION, NETFILTER_PROGRAM),
                F(DESTINATION, HOOK_DROPPED_SYN));
    facts_derive_counter(known, view, attempt, ROLE_SOURCE, "Conntrack.drop",
                         F(SOURCE, CONNTRACK_DROPPED));
    derive_old_entry(known, view, attempt);
    derive_clash(known, view, attempt, ROLE_SOURCE);
    derive_clash(known, view, attempt, ROLE_DESTINATION);
}
