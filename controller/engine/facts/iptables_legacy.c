/* Facts from the counters of iptables-legacy, which the kernel's rule trace does
 * not show.  A counter that grew is not blamed for that alone: the rule must
 * stand where the packet died, must not ask for another packet, and must have
 * counted as many as were lost there. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/derive.h"

bool facts_listed_legacy(const struct view *view, enum role role,
                         const struct attempt_view *attempt)
{
    int family = view->subject->destination.family == 6 ? 1 : 0;

    return view_end(view, role)->legacy[family] != NULL &&
           facts_was_armed(view, role, attempt) &&
           (role != ROLE_SOURCE || !view_is_inside(view) ||
            view->outside_legacy[family] != NULL);
}

/* Whose rule is looked for. */
struct hunt
{
    const struct view *view;
    enum role role;
    bool answer;                  /* the SYN-ACK's, else the SYN's */
    bool rejects;                 /* a REJECT, else a DROP or a policy */
    bool forwards;                /* the host passes the packet on */
    int64_t due;                  /* packets that were lost there */
    const struct evidence *event; /* netfilter's drop event, or NULL */
};

/* Sights of the packet where it came in; a bridge shows each of them twice. */
static int64_t count_arrivals(const struct view *view, unsigned n,
                              enum role role, enum packet packet)
{
    const struct evidence *first = view_sights(&view->attempts[n], role)
                                       ->packets[packet][DIRECTION_IN]
                                       .first;
    int64_t count = 0;

    for (size_t i = 0; first != NULL && i < view->count; i++) {
        const struct evidence *item = view->items[i];

        count += item->kind == EVIDENCE_PACKET && item->role == role &&
                 evidence_number(item, KEY_ATTEMPT, 0) == n &&
                 evidence_word(item, KEY_PACKET) == (int)packet &&
                 evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
                 !evidence_has(item, KEY_NAMESPACE) &&
                 evidence_number(item, KEY_OTHER_HOST, 0) == 0 &&
                 strcmp(evidence_text(item, KEY_INTERFACE, ""),
                        evidence_text(first, KEY_INTERFACE, "")) == 0;
    }
    return count;
}

/* Made in another namespace: one that did not get past the source host's own
 * network, or past the namespace. */
static int64_t lost_passing_on(const struct attempt_view *attempt, bool answer)
{
    return answer
               ? attempt->outside[PACKET_SYN_ACK][DIRECTION_IN].first != NULL
               : attempt->start != NULL &&
                     attempt->outside[PACKET_SYN][DIRECTION_OUT].first == NULL;
}

/* How many of this attempt's packets were lost at that end. */
static int64_t lost_of_attempt(const struct view *view, unsigned n,
                               enum role role, bool answer)
{
    const struct attempt_view *attempt = &view->attempts[n];

    if (role == ROLE_DESTINATION)
        return attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT]
                           .first != NULL
                   ? 0
                   : count_arrivals(view, n, role, PACKET_SYN);
    if (attempt->end != NULL &&
        evidence_word(attempt->end, KEY_OUTCOME) == OUTCOME_CONNECTED)
        return 0;
    if (view_is_inside(view))
        return lost_passing_on(attempt, answer);
    if (answer)
        return count_arrivals(view, n, role, PACKET_SYN_ACK);
    return attempt->start != NULL &&
           attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first == NULL;
}

static int64_t packets_due(const struct view *view, enum role role, bool answer)
{
    int64_t due = 0;

    for (unsigned n = 1; n <= view->attempt_count; n++)
        due += lost_of_attempt(view, n, role, answer);
    return due;
}

/* outside: of the source host's own network, which passes on what the namespace
 * sends and what comes for it. */
static bool stage_suits(const struct hunt *hunt, int stage, bool outside)
{
    bool leaves = (hunt->role == ROLE_SOURCE) != hunt->answer;

    if (hunt->event != NULL && stage != evidence_word(hunt->event, KEY_STAGE))
        return false;
    if (outside)
        return stage == STAGE_PREROUTING || stage == STAGE_FORWARD ||
               stage == STAGE_OUTPUT;
    if (leaves)
        return stage == STAGE_OUTPUT || stage == STAGE_EGRESS;
    return stage == STAGE_INGRESS || stage == STAGE_PREROUTING ||
           (hunt->forwards ? stage == STAGE_FORWARD : stage == STAGE_INPUT);
}

static int64_t movement_of(const struct evidence *counter)
{
    return evidence_rise(counter, KEY_BEFORE, KEY_AFTER);
}

/* A counter of that target at the right place that moved, of a rule that does
 * not ask for another packet: it may have taken this one. */
static bool may_have_taken(const struct hunt *hunt, const struct evidence *item)
{
    unsigned family = hunt->view->subject->destination.family;

    return item->kind == EVIDENCE_RULE_COUNTER && item->role == hunt->role &&
           stage_suits(hunt, evidence_word(item, KEY_STAGE),
                       view_is_outside(item)) &&
           strcmp(evidence_text(item, KEY_FIREWALL_FAMILY, ""),
                  family == 6 ? "ip6" : "ip") == 0 &&
           strcasecmp(evidence_text(item, KEY_TARGET, ""),
                      hunt->rejects ? "reject" : "drop") == 0 &&
           movement_of(item) > 0 && !evidence_has(item, KEY_SPARED);
}

struct catch
{
    const struct evidence *rule; /* NULL: none */
    unsigned suspects;
    bool any_moved; /* of those that may have taken it */
};

static bool is_better(const struct hunt *hunt, const struct evidence *rule,
                      const struct evidence *than)
{
    bool exact = movement_of(rule) == hunt->due;

    if (than == NULL || exact != (movement_of(than) == hunt->due))
        return than == NULL || exact;
    return rule->id < than->id;
}

/* One that counted more may have counted others' packets as well: it is held
 * for it only where the kernel says that netfilter dropped this packet there. */
static struct catch go_hunting(const struct hunt *hunt)
{
    struct catch found = {0};

    for (size_t i = 0; i < hunt->view->count; i++) {
        const struct evidence *item = hunt->view->items[i];

        if (!may_have_taken(hunt, item))
            continue;
        found.any_moved = true;
        if (hunt->due == 0 || movement_of(item) < hunt->due ||
            (movement_of(item) > hunt->due && hunt->event == NULL))
            continue;
        found.suspects++;
        if (is_better(hunt, item, found.rule))
            found.rule = item;
    }
    return found;
}

/* Netfilter's event for the packet; in nftables' own function it is none of
 * iptables-legacy. */
static const struct evidence *event_of(const struct attempt_view *attempt,
                                       enum role role, bool answer)
{
    const struct evidence *event =
        view_sights(attempt, role)
            ->drop_event[answer ? PACKET_SYN_ACK : PACKET_SYN];

    if (event == NULL ||
        strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") != 0)
        return NULL;
    return event;
}

static bool is_of_nftables(const struct evidence *event)
{
    return event != NULL && strncmp(evidence_text(event, KEY_FUNCTION, ""),
                                    "nft_do_chain", 12) == 0;
}

/* What is sought: whose rule, of which packet, that drops or rejects it. */
static const struct
{
    enum role role;
    bool answer, rejects;
    fact_ref fact;
    fact_ref dropped; /* by netfilter, as the kernel tells */
} sought[] = {
    {ROLE_SOURCE, false, false, F(SOURCE, RULE_DROPS_OUT),
     F(SOURCE, NETFILTER_DROPPED_OUT)},
    {ROLE_SOURCE, false, true, F(SOURCE, RULE_REJECTS_OUT),
     F(SOURCE, NETFILTER_DROPPED_OUT)},
    {ROLE_SOURCE, true, false, F(SOURCE, RULE_DROPS_IN),
     F(SOURCE, NETFILTER_DROPPED_IN)},
    {ROLE_SOURCE, true, true, F(SOURCE, RULE_REJECTS_IN),
     F(SOURCE, NETFILTER_DROPPED_IN)},
    {ROLE_DESTINATION, false, false, F(DESTINATION, RULE_DROPS_IN),
     F(DESTINATION, NETFILTER_DROPPED_IN)},
    {ROLE_DESTINATION, false, true, F(DESTINATION, RULE_REJECTS_IN),
     F(DESTINATION, NETFILTER_DROPPED_IN)},
    {ROLE_DESTINATION, true, false, F(DESTINATION, RULE_DROPS_OUT),
     F(DESTINATION, NETFILTER_DROPPED_OUT)},
    {ROLE_DESTINATION, true, true, F(DESTINATION, RULE_REJECTS_OUT),
     F(DESTINATION, NETFILTER_DROPPED_OUT)},
};

static struct catch seek(const struct known *known, const struct view *view,
                         const struct attempt_view *attempt, size_t i,
                         bool *inexact)
{
    enum role role = sought[i].role;
    const struct hunt hunt = {
        .view = view,
        .role = role,
        .answer = sought[i].answer,
        .rejects = sought[i].rejects,
        .forwards = role == ROLE_DESTINATION &&
                    fact_is(known, F(DESTINATION, HANDED_ON), YES),
        .due = packets_due(view, role, sought[i].answer),
        .event = event_of(attempt, role, sought[i].answer),
    };
    struct catch found = {0};

    if (!is_of_nftables(hunt.event))
        found = go_hunting(&hunt);
    if (found.rule != NULL)
        *inexact |= movement_of(found.rule) != hunt.due ||
                    view_counter(view, role, "Conntrack.drop", NULL) > 0;
    return found;
}

/* The rule trace's "no" holds for iptables-legacy as well only where its
 * counters stood still, or the kernel told of no such drop. */
static void rule_out(struct known *known, const struct view *view,
                     const struct attempt_view *attempt, size_t i,
                     const struct catch *found)
{
    bool stood =
        facts_listed_legacy(view, sought[i].role, attempt) && !found->any_moved;

    if (fact_is(known, sought[i].fact, NO) && !stood &&
        !fact_is(known, sought[i].dropped, NO))
        facts_forget(known, sought[i].fact);
}

/* Several that may have done it, one that counted more than was lost, or drops
 * of connection tracking, which show the same event, leave room for doubt; and
 * so does a rule trace that did not see all. */
void facts_derive_legacy(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    struct catch found[ARRAY_SIZE(sought)];
    unsigned suspects = 0;
    bool inexact = false;

    for (size_t i = 0; i < ARRAY_SIZE(sought); i++) {
        found[i] = seek(known, view, attempt, i, &inexact);
        suspects += found[i].suspects;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sought); i++) {
        if (found[i].rule == NULL)
            rule_out(known, view, attempt, i, &found[i]);
        else if (suspects == 1 && !inexact &&
                 fact_is(known, sought[i].fact, NO) &&
                 fact_is(known, sought[i].dropped, YES))
            facts_say(known, sought[i].fact, true, found[i].rule);
        else
            facts_suspect(known, sought[i].fact, found[i].rule);
    }
}
