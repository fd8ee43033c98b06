#include "controller/engine/view/silence.h"

#include "controller/engine/view/hops.h"

#define ATTEMPTS_FOR_PROOF 3

/* Until when the other end's capture watched; NULL if it did not say. */
static const struct evidence *watch_end(const struct view *view, enum role from)
{
    return view_end(view, view_peer(from))->capture_after;
}

/* The first packet of the trial that this one answers. */
static const struct evidence *find_tried(const struct view *view,
                                         const struct evidence *answer)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_TRIAL && item->role == answer->role &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            evidence_word(item, KEY_TRIAL) ==
                evidence_word(answer, KEY_TRIAL) &&
            evidence_number(item, KEY_SOURCE_PORT, 0) ==
                evidence_number(answer, KEY_DESTINATION_PORT, 0))
            return item;
    }
    return NULL;
}

static int64_t trial_trip_ns(const struct view *view, enum role from)
{
    int64_t least = 0;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        const struct evidence *tried;

        if (item->kind != EVIDENCE_TRIAL || item->role != (uint8_t)from ||
            evidence_word(item, KEY_DIRECTION) != DIRECTION_IN ||
            !evidence_has(item, KEY_PACKET))
            continue;
        tried = find_tried(view, item);
        if (tried != NULL && item->at_ns > tried->at_ns &&
            (least == 0 || item->at_ns - tried->at_ns < least))
            least = item->at_ns - tried->at_ns;
    }
    return least;
}

/* How long the far end itself took to answer something from that end; 0 if it
 * answered nothing. */
static int64_t round_trip_ns(const struct view *view, enum role from)
{
    const struct evidence *answer = hops_far_answer(view, from);

    return answer == NULL ? trial_trip_ns(view, from)
                          : evidence_us_as_ns(answer, KEY_RTT_US);
}

static bool was_watched(const struct evidence *sent,
                        const struct evidence *after, int64_t for_ns)
{
    return sent != NULL && after != NULL &&
           after->at_ns - sent->at_ns >= for_ns;
}

bool silence_may_be_slowness(const struct view *view, enum packet packet)
{
    enum role from = view_sender(packet);
    const struct evidence *after = watch_end(view, from);
    int64_t trip_ns = round_trip_ns(view, from);
    int64_t wait_ns = SILENCE_LONG_NS;

    if (trip_ns > 0 && 2 * trip_ns < wait_ns)
        wait_ns = 2 * trip_ns;
    for (unsigned n = 1; n <= view->attempt_count; n++)
        if (was_watched(
                view_left(view, &view->attempts[n], from, packet)->first, after,
                wait_ns))
            return false;
    return true;
}

/* A host that freed the packet itself, for whatever reason, may be the one that
 * lost it: below the device where the capture saw it, or above. */
static bool was_freed(const struct attempt_view *attempt, enum packet packet)
{
    return attempt->source.drop_event[packet] != NULL ||
           attempt->destination.drop_event[packet] != NULL;
}

bool silence_is_proven(const struct view *view, enum packet packet)
{
    enum role from = view_sender(packet);
    const struct evidence *after = watch_end(view, from);
    unsigned lost = 0;
    bool again = false;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        const struct sight *left = view_left(view, attempt, from, packet);

        if (view_went_on(attempt, from, packet) || was_freed(attempt, packet))
            return false;
        lost += left->first != NULL;
        again |= was_watched(left->again, after, SILENCE_AGAIN_NS);
    }
    return lost >= ATTEMPTS_FOR_PROOF && again &&
           !silence_may_be_slowness(view, packet);
}
