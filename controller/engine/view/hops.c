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
