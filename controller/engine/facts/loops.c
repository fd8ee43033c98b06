/* Facts about packets that come back to the host that sent them: the same
 * packet, seen again with a lower TTL, goes round in a circle. */
#include "controller/engine/facts/derive.h"

/* Was it seen there at all, and on which side of the device last?  Each router
 * takes one from the TTL, so that the lowest is the latest, whatever clocks
 * say. */
struct round
{
    const struct evidence *out;  /* the first that left: the highest TTL */
    const struct evidence *back; /* the first that came in with a lower one */
    int64_t lowest_out;
    unsigned came_back;
};

static bool is_of(const struct evidence *item, enum role role,
                  enum packet packet, int64_t attempt)
{
    return item->kind == EVIDENCE_PACKET && item->role == role &&
           evidence_word(item, KEY_PACKET) == (int)packet &&
           evidence_number(item, KEY_ATTEMPT, 0) == attempt &&
           evidence_has(item, KEY_TTL) &&
           evidence_number(item, KEY_OTHER_HOST, 0) == 0;
}

static void note_out(struct round *round, const struct evidence *item)
{
    int64_t ttl = evidence_number(item, KEY_TTL, 0);

    if (round->out == NULL || ttl > evidence_number(round->out, KEY_TTL, 0))
        round->out = item;
    if (ttl < round->lowest_out)
        round->lowest_out = ttl;
}

/* On its way to the same end: what a translator on the way sends to the host
 * itself has arrived, and is no loop. */
static bool is_back(const struct round *round, const struct evidence *item)
{
    struct address sent = evidence_address(round->out, KEY_DESTINATION);
    struct address came = evidence_address(item, KEY_DESTINATION);

    return address_equal(&sent, &came) &&
           evidence_number(item, KEY_TTL, 0) <
               evidence_number(round->out, KEY_TTL, 0);
}

/* In the host's own namespace, or in the one that the trace is made in. */
static struct round follow(const struct view *view, enum role role,
                           enum packet packet, int64_t attempt,
                           bool (*is_there)(const struct evidence *))
{
    struct round round = {.lowest_out = INT64_MAX};

    for (size_t i = 0; i < view->count; i++)
        if (is_of(view->items[i], role, packet, attempt) &&
            is_there(view->items[i]) &&
            evidence_word(view->items[i], KEY_DIRECTION) == DIRECTION_OUT)
            note_out(&round, view->items[i]);
    for (size_t i = 0; i < view->count && round.out != NULL; i++) {
        const struct evidence *item = view->items[i];

        if (!is_of(item, role, packet, attempt) || !is_there(item) ||
            evidence_word(item, KEY_DIRECTION) != DIRECTION_IN ||
            !is_back(&round, item))
            continue;
        round.came_back++;
        if (round.back == NULL || evidence_number(item, KEY_TTL, 0) >
                                      evidence_number(round.back, KEY_TTL, 0))
            round.back = item;
    }
    return round;
}

/* It came back and did not go on, or it did so more than once.  Once, and on
 * again, is the way through a filter in a namespace of the host's own. */
static bool is_loop(const struct round *round)
{
    return round->back != NULL &&
           (round->came_back > 1 ||
            evidence_number(round->back, KEY_TTL, 0) < round->lowest_out);
}

static void derive_loop(struct known *known, const struct view *view,
                        const struct attempt_view *attempt, enum role role)
{
    enum packet packet = role == ROLE_SOURCE ? PACKET_SYN : PACKET_SYN_ACK;
    enum role peer = view_peer(role);
    fact_ref loops = fact_at(role, FACT_LOOPS);
    fact_ref arrived = fact_at(peer, FACT_ARRIVED);
    int64_t n = attempt - view->attempts;
    struct round own = follow(view, role, packet, n, view_is_own);
    struct round outside = follow(view, role, packet, n, view_is_outside);
    const struct round *round = is_loop(&own) ? &own : &outside;

    if (fact_is(known, arrived, YES))
        facts_say(known, loops, false, known->because[arrived]);
    else if (is_loop(round))
        facts_say(known, loops, true, round->back);
    else if (facts_was_watching(view, role, attempt))
        facts_say(known, loops, false, view_end(view, role)->capture_after);
}

void facts_derive_loops(struct known *known, const struct view *view,
                        const struct attempt_view *attempt)
{
    if (facts_is_one_host(view))
        return; /* what leaves comes in, by right */
    derive_loop(known, view, attempt, ROLE_SOURCE);
    derive_loop(known, view, attempt, ROLE_DESTINATION);
}
