/* Facts from ICMP errors about the SYN-ACK: what a hop tells the destination, as
 * one tells the source of the SYN; and from those about the walk's copies of the
 * SYN. */
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/hops.h"

enum complaint
{
    UNREACHABLE,
    PROHIBITED,
    EXPIRED,
    COMPLAINT_COUNT
};

/* Network or host; a port or a protocol is the source's own matter. */
static bool is_unreachable(const struct evidence *icmp)
{
    int64_t type = evidence_number(icmp, KEY_ICMP_TYPE, -1);
    int64_t code = evidence_number(icmp, KEY_ICMP_CODE, -1);
    struct address from = evidence_address(icmp, KEY_OFFENDER);

    return from.family == 6 ? type == 1 && (code == 0 || code == 3)
                            : type == 3 && code <= 1;
}

static bool says(const struct evidence *icmp, enum complaint complaint)
{
    bool prohibited;
    bool expired;

    if (complaint == UNREACHABLE)
        return is_unreachable(icmp);
    if (icmp->kind != EVIDENCE_PACKET || /* a walk's runs out by intent */
        !view_is_refusal(icmp, &prohibited, &expired))
        return false;
    return complaint == PROHIBITED ? prohibited : expired;
}

/* About this attempt's SYN-ACK, or a copy of one that the walk sent, by a hop:
 * what the source itself says of it is no matter of the way. */
static bool is_about_answer(const struct view *view, unsigned n,
                            const struct evidence *item)
{
    struct address from = evidence_address(item, KEY_OFFENDER);

    if (item->role != ROLE_DESTINATION || !evidence_has(item, KEY_OFFENDER) ||
        address_equal(&from, &view->subject->source))
        return false;
    return item->kind == EVIDENCE_HOP ||
           (item->kind == EVIDENCE_PACKET &&
            evidence_number(item, KEY_ATTEMPT, 0) == n &&
            evidence_word(item, KEY_PACKET) == PACKET_ICMP &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            evidence_word(item, KEY_PACKET_QUOTED) == PACKET_SYN_ACK);
}

static const struct evidence *find(const struct view *view, unsigned n,
                                   enum complaint complaint)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (is_about_answer(view, n, item) && says(item, complaint) &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

void facts_derive_answer_errors(struct known *known, const struct view *view,
                                const struct attempt_view *attempt)
{
    static const fact_ref facts[COMPLAINT_COUNT] = {
        [UNREACHABLE] = F(DESTINATION, ANSWER_UNREACHABLE),
        [PROHIBITED] = F(DESTINATION, ANSWER_PROHIBITED),
        [EXPIRED] = F(DESTINATION, ANSWER_EXPIRED),
    };
    bool watching = facts_was_watching(view, ROLE_DESTINATION, attempt);
    unsigned n = (unsigned)(attempt - view->attempts);

    for (int i = 0; i < COMPLAINT_COUNT; i++) {
        const struct evidence *found = find(view, n, (enum complaint)i);

        if (found != NULL || watching)
            facts_say(known, facts[i], found != NULL, found);
    }
}

/* Whoever answered a copy that was to die at the second router or behind it, or
 * nobody stands between the two hosts at all. */
static void derive_went_on(struct known *known, const struct view *view)
{
    const struct evidence *hop = hops_last(view, ROLE_SOURCE);
    const struct evidence *far = hops_far_answer(view, ROLE_SOURCE);

    if (fact_is(known, F(SOURCE, ON_LINK), YES))
        facts_say(known, F(SOURCE, COPIES_WENT_ON), true,
                  known->because[F(SOURCE, ON_LINK)]);
    else if (far != NULL)
        facts_say(known, F(SOURCE, COPIES_WENT_ON), true, far);
    else if (hop != NULL)
        facts_say(known, F(SOURCE, COPIES_WENT_ON),
                  evidence_number(hop, KEY_TTL, 0) > 1, hop);
}

static void derive_circle(struct known *known, const struct view *view,
                          const struct attempt_view *attempt, enum role from)
{
    const struct evidence *hop = hops_repeated(view, from);

    if (hop != NULL || facts_was_watching(view, from, attempt))
        facts_say(known, fact_at(from, FACT_HOPS_REPEAT), hop != NULL, hop);
}

/* A router that translates the SYN translates its own error about it back: a TTL
 * that ran out at the called address ran out before it. */
static void derive_translated(struct known *known, const struct view *view,
                              bool watching)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address from = evidence_address(item, KEY_OFFENDER);

        if (item->kind == EVIDENCE_HOP && item->role == ROLE_SOURCE &&
            address_equal(&from, &view->subject->destination) &&
            hops_is_expired(item) && view_is_earlier(item, found))
            found = item;
    }
    if (found != NULL || watching)
        facts_say(known, F(SOURCE, COPIES_TRANSLATED), found != NULL, found);
}

/* A hop that rejects each copy would have rejected the SYN as well, had it come so
 * far; routers tell few such errors in a second, so that the SYN itself may get
 * none.  What runs out does so by intent. */
void facts_derive_copies(struct known *known, const struct view *view,
                         const struct attempt_view *attempt)
{
    const struct evidence *prohibiting = NULL;
    const struct evidence *unreachable = NULL;
    bool watching = facts_was_watching(view, ROLE_SOURCE, attempt);

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address from = evidence_address(item, KEY_OFFENDER);
        bool prohibited;
        bool expired;

        if (item->kind != EVIDENCE_HOP || item->role != ROLE_SOURCE ||
            address_equal(&from, &view->subject->source) ||
            address_equal(&from, &view->subject->destination) ||
            !view_is_refusal(item, &prohibited, &expired) || expired)
            continue;
        if (prohibited && view_is_earlier(item, prohibiting))
            prohibiting = item;
        if (!prohibited && view_is_earlier(item, unreachable))
            unreachable = item;
    }
    derive_circle(known, view, attempt, ROLE_SOURCE);
    derive_circle(known, view, attempt, ROLE_DESTINATION);
    derive_went_on(known, view);
    derive_translated(known, view, watching);
    if (prohibiting != NULL || watching)
        facts_say(known, F(SOURCE, COPIES_PROHIBITED), prohibiting != NULL,
                  prohibiting);
    if (unreachable != NULL || watching)
        facts_say(known, F(SOURCE, COPIES_UNREACHABLE), unreachable != NULL,
                  unreachable);
}
