#include "controller/engine/facts/losses.h"

#include <strings.h>

#include "common/base/array.h"
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
    enum role from = view_sender(packet);
    const struct sight *left = view_left(view, attempt, from, packet);
    const struct sight *came = view_came(attempt, packet);

    if (left->rounds <= came->rounds || !is_later(came->first, left->first) ||
        !facts_was_watching(view, view_peer(from), attempt))
        return false;
    *out = (struct loss){packet, ROLE_PATH, left->first, came->first};
    return true;
}

/* The destination answered only what was sent again: it did not heed the SYN, or
 * its kernel says that the answer did not get out. */
static bool was_lost_there(const struct attempt_view *attempt, struct loss *out)
{
    const struct end_sights *b = &attempt->destination;
    const struct sight *came = &b->packets[PACKET_SYN][DIRECTION_IN];
    bool answered = b->drop_event[PACKET_SYN_ACK] != NULL &&
                    b->drop_event[PACKET_SYN] == NULL;

    if (came->rounds < 2 ||
        !is_later(b->packets[PACKET_SYN_ACK][DIRECTION_OUT].first, came->first))
        return false;
    *out = (struct loss){answered ? PACKET_SYN_ACK : PACKET_SYN,
                         ROLE_DESTINATION, came->first, came->again};
    return true;
}

/* The SYN-ACK came back twice, and the source took the second one. */
static bool was_lost_back_home(const struct attempt_view *attempt,
                               struct loss *out)
{
    const struct sight *came = view_came_back(attempt, PACKET_SYN_ACK);

    if (came->rounds < 2 || attempt->start == NULL || attempt->end == NULL ||
        attempt->start->at_ns +
                evidence_us_as_ns(attempt->end, KEY_CONNECT_US) -
                came->first->at_ns <
            SIGHT_AGAIN_NS)
        return false;
    *out = (struct loss){PACKET_SYN_ACK, ROLE_SOURCE, came->first, came->again};
    return true;
}

bool losses_find_end(const struct view *view, unsigned n, struct loss *out)
{
    const struct attempt_view *attempt = &view->attempts[n];
    const struct end_sights *a = &attempt->source;
    const struct end_sights *b = &attempt->destination;
    const struct sight *left =
        view_left(view, attempt, ROLE_SOURCE, PACKET_SYN);
    const struct sight *came = &b->packets[PACKET_SYN][DIRECTION_IN];
    const struct sight *answer = &b->packets[PACKET_SYN_ACK][DIRECTION_OUT];
    const struct sight *back = view_came_back(attempt, PACKET_SYN_ACK);

    *out = (struct loss){.packet = PACKET_SYN, .at = ROLE_PATH};
    if (answer->first != NULL || back->first != NULL) {
        out->packet = PACKET_SYN_ACK;
        out->first = answer->first;
        if (back->first != NULL)
            out->at = ROLE_SOURCE;
        return back->first == NULL || a->drop_event[PACKET_SYN_ACK] != NULL;
    }
    out->first = came->first != NULL ? came->first : left->first;
    if (came->first != NULL)
        out->at = ROLE_DESTINATION;
    else if (left->first == NULL && a->drop_event[PACKET_SYN] != NULL)
        out->at = ROLE_SOURCE;
    if (came->first == NULL || b->drop_event[PACKET_SYN] != NULL)
        return true;
    out->packet = PACKET_SYN_ACK;
    return b->drop_event[PACKET_SYN_ACK] != NULL;
}

bool losses_find(const struct view *view, unsigned n, struct loss *out)
{
    const struct attempt_view *attempt = &view->attempts[n];
    const struct sight *left =
        view_left(view, attempt, ROLE_SOURCE, PACKET_SYN);

    if (is_later(left->first, attempt->start) &&
        facts_was_watching(view, ROLE_SOURCE, attempt)) {
        *out =
            (struct loss){PACKET_SYN, ROLE_SOURCE, attempt->start, left->first};
        return true;
    }
    return was_lost_between(view, attempt, PACKET_SYN, out) ||
           was_lost_there(attempt, out) ||
           was_lost_between(view, attempt, PACKET_SYN_ACK, out) ||
           was_lost_back_home(attempt, out);
}

/* Who sent the packet, as that end saw it leave. */
static unsigned rounds_of(const struct view *view, unsigned n,
                          enum packet packet)
{
    return view_left(view, &view->attempts[n], view_sender(packet), packet)
        ->rounds;
}

bool losses_cut_short(const struct view *view, unsigned n)
{
    struct loss end;
    struct loss other;

    if (!losses_find_end(view, n, &end) || end.at != ROLE_PATH ||
        rounds_of(view, n, end.packet) != 1)
        return false;
    for (unsigned m = 1; m <= view->attempt_count; m++)
        if (m != n &&
            was_lost_between(view, &view->attempts[m], end.packet, &other))
            return true;
    return false;
}

/* What rejects has answered: nobody sends that again. */
static bool drops(const struct evidence *rule)
{
    return rule != NULL &&
           strcasecmp(evidence_text(rule, KEY_TARGET, ""), "reject") != 0;
}

bool losses_find_rule(const struct view *view, unsigned n,
                      struct held_back *out)
{
    const struct attempt_view *attempt = &view->attempts[n];
    const struct end_sights *a = &attempt->source;
    const struct end_sights *b = &attempt->destination;
    const struct sight *syn = &b->packets[PACKET_SYN][DIRECTION_IN];
    const struct sight *answer = &b->packets[PACKET_SYN_ACK][DIRECTION_OUT];
    bool left_late =
        is_later(view_left(view, attempt, ROLE_SOURCE, PACKET_SYN)->first,
                 attempt->start);
    bool answered_late = is_later(answer->first, syn->first);
    bool taken_late = view_came_back(attempt, PACKET_SYN_ACK)->rounds > 1;
    const struct
    {
        bool late;
        struct held_back held;
    } places[] = {
        {left_late,
         {ROLE_SOURCE, PACKET_SYN, F(SOURCE, RULE_DROPS_OUT),
          a->drop_rule[PACKET_SYN]}},
        {answered_late,
         {ROLE_DESTINATION, PACKET_SYN, F(DESTINATION, RULE_DROPS_IN),
          b->drop_rule[PACKET_SYN]}},
        {answered_late,
         {ROLE_DESTINATION, PACKET_SYN_ACK, F(DESTINATION, RULE_DROPS_OUT),
          b->drop_rule[PACKET_SYN_ACK]}},
        {taken_late,
         {ROLE_SOURCE, PACKET_SYN_ACK, F(SOURCE, RULE_DROPS_IN),
          a->drop_rule[PACKET_SYN_ACK]}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (places[i].late && drops(places[i].held.rule)) {
            *out = places[i].held;
            return true;
        }
    return false;
}
