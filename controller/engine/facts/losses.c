#include "controller/engine/facts/losses.h"

#include "controller/engine/facts/derive.h"

static bool is_later(const struct evidence *a, const struct evidence *b)
{
    return a != NULL && b != NULL && a->at_ns - b->at_ns >= SIGHT_AGAIN_NS;
}

/* It left more often than it came, and what came did so when it was sent again. */
static bool was_lost_between(const struct view *view,
                             const struct attempt_view *attempt,
                             enum packet packet, struct loss *out)
{
    bool is_syn = packet == PACKET_SYN;
    enum role from = is_syn ? ROLE_SOURCE : ROLE_DESTINATION;
    enum role to = is_syn ? ROLE_DESTINATION : ROLE_SOURCE;
    const struct sight *left = view_left(view, attempt, from, packet);
    const struct sight *came =
        is_syn ? &attempt->destination.packets[packet][DIRECTION_IN]
               : view_came_back(attempt, packet);

    if (left->rounds <= came->rounds || !is_later(came->first, left->first) ||
        !facts_was_watching(view, to, attempt))
        return false;
    *out = (struct loss){packet, ROLE_PATH, left->first, came->first};
    return true;
}

bool losses_find(const struct view *view, unsigned n, struct loss *out)
{
    const struct attempt_view *attempt = &view->attempts[n];
    const struct sight *left =
        view_left(view, attempt, ROLE_SOURCE, PACKET_SYN);
    const struct sight *came =
        &attempt->destination.packets[PACKET_SYN][DIRECTION_IN];
    const struct evidence *answer =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;

    if (is_later(left->first, attempt->start) &&
        facts_was_watching(view, ROLE_SOURCE, attempt)) {
        *out =
            (struct loss){PACKET_SYN, ROLE_SOURCE, attempt->start, left->first};
        return true;
    }
    if (was_lost_between(view, attempt, PACKET_SYN, out))
        return true;
    if (came->rounds > 1 && is_later(answer, came->first)) {
        *out = (struct loss){PACKET_SYN, ROLE_DESTINATION, came->first,
                             came->again};
        return true;
    }
    return was_lost_between(view, attempt, PACKET_SYN_ACK, out);
}
