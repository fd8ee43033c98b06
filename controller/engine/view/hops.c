#include "controller/engine/view/hops.h"

#define HOPS_MAX 64 /* that are looked at */

static bool is_hop(const struct evidence *item, enum role from)
{
    return item->kind == EVIDENCE_HOP && item->role == from;
}

static int64_t ttl_of(const struct evidence *hop)
{
    return evidence_number(hop, KEY_TTL, 0);
}

const struct evidence *hops_at(const struct view *view, enum role from,
                               int64_t ttl)
{
    for (size_t i = 0; i < view->count; i++)
        if (is_hop(view->items[i], from) && ttl_of(view->items[i]) == ttl)
            return view->items[i];
    return NULL;
}

const struct evidence *hops_last(const struct view *view, enum role from)
{
    const struct evidence *last = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *hop = view->items[i];

        if (is_hop(hop, from) && evidence_has(hop, KEY_OFFENDER) &&
            !evidence_has(hop, KEY_PACKET) && /* the far end itself */
            (last == NULL || ttl_of(hop) > ttl_of(last)))
            last = hop;
    }
    return last;
}

bool hops_is_expired(const struct evidence *hop)
{
    bool prohibited;
    bool expired;

    return hop != NULL && evidence_has(hop, KEY_OFFENDER) &&
           !evidence_has(hop, KEY_PACKET) &&
           view_is_refusal(hop, &prohibited, &expired) && expired;
}

static bool comes_again(const struct view *view, enum role from,
                        const struct evidence *hop, int64_t last)
{
    struct address first = evidence_address(hop, KEY_OFFENDER);
    bool has_other = false;

    for (int64_t ttl = ttl_of(hop) + 1; ttl <= last; ttl++) {
        const struct evidence *later = hops_at(view, from, ttl);
        struct address address;

        if (!hops_is_expired(later))
            continue;
        address = evidence_address(later, KEY_OFFENDER);
        if (has_other && address_equal(&address, &first))
            return true;
        has_other |= !address_equal(&address, &first);
    }
    return false;
}

const struct evidence *hops_repeated(const struct view *view, enum role from)
{
    const struct evidence *farthest = hops_last(view, from);
    int64_t last = farthest == NULL ? 0 : ttl_of(farthest);

    if (last > HOPS_MAX)
        last = HOPS_MAX;
    for (int64_t ttl = 1; ttl <= last; ttl++) {
        const struct evidence *hop = hops_at(view, from, ttl);

        if (hops_is_expired(hop) && comes_again(view, from, hop, last))
            return hop;
    }
    return NULL;
}

const struct evidence *hops_far_answer(const struct view *view, enum role from)
{
    const struct evidence *first = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *hop = view->items[i];

        if (is_hop(hop, from) && evidence_has(hop, KEY_PACKET) &&
            (first == NULL || ttl_of(hop) < ttl_of(first)))
            first = hop;
    }
    return first;
}
