#include "controller/engine/view/hops.h"

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

bool hops_comes_again(const struct evidence *const hops[static HOPS_MAX + 1],
                      unsigned ttl)
{
    struct address first;
    bool has_other = false;

    if (!hops_is_expired(hops[ttl]))
        return false;
    first = evidence_address(hops[ttl], KEY_OFFENDER);
    for (unsigned later = ttl + 1; later <= HOPS_MAX; later++) {
        struct address address;

        if (!hops_is_expired(hops[later]))
            continue;
        address = evidence_address(hops[later], KEY_OFFENDER);
        if (has_other && address_equal(&address, &first))
            return true;
        has_other |= !address_equal(&address, &first);
    }
    return false;
}

const struct evidence *hops_repeated(const struct view *view, enum role from)
{
    const struct evidence *hops[HOPS_MAX + 1] = {NULL};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *hop = view->items[i];
        int64_t ttl = is_hop(hop, from) ? ttl_of(hop) : 0;

        if (ttl > 0 && ttl <= HOPS_MAX && hops[ttl] == NULL)
            hops[ttl] = hop;
    }
    for (unsigned ttl = 1; ttl <= HOPS_MAX; ttl++)
        if (hops_comes_again(hops, ttl))
            return hops[ttl];
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
