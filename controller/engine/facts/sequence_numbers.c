/* Facts about sequence numbers: did something on the way change them, on one
 * way only?  Ports and timestamps then tell whose packet it was. */
#include "controller/engine/facts/derive.h"

/* Is this strange SYN, seen at the destination, the attempt's own?  A proxy
 * that opens a connection of its own has another clock. */
static bool is_attempts_syn(const struct evidence *strange,
                            const struct evidence *syn)
{
    struct address arrived = evidence_address(strange, KEY_SOURCE);
    struct address sent = evidence_address(syn, KEY_SOURCE);

    if (evidence_has(syn, KEY_TIMESTAMP) &&
        evidence_has(strange, KEY_TIMESTAMP) &&
        evidence_number(syn, KEY_TIMESTAMP, 0) !=
            evidence_number(strange, KEY_TIMESTAMP, 0))
        return false;
    return address_equal(&arrived, &sent) &&
           evidence_number(strange, KEY_SOURCE_PORT, -1) ==
               evidence_number(syn, KEY_SOURCE_PORT, -2);
}

static bool is_stranger(const struct evidence *item, enum role role,
                        enum packet packet)
{
    return item->kind == EVIDENCE_STRANGER && item->role == role &&
           evidence_word(item, KEY_PACKET) == (int)packet;
}

const struct evidence *facts_find_renumbered(const struct view *view,
                                             const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count && syn != NULL; i++)
        if (is_stranger(view->items[i], ROLE_DESTINATION, PACKET_SYN) &&
            is_attempts_syn(view->items[i], syn) &&
            view_is_earlier(view->items[i], found))
            found = view->items[i];
    return found;
}

static uint32_t number_of(const struct evidence *evidence,
                          enum evidence_key key)
{
    return (uint32_t)evidence_number(evidence, key, 0);
}

/* The answer came back to the attempt's port and acknowledges what arrived at
 * the destination, not what the source sent: only the way there was changed. */
static const struct evidence *find_answer(const struct view *view,
                                          const struct attempt_view *attempt,
                                          const struct evidence *strange)
{
    const struct evidence *syn =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (is_stranger(item, ROLE_SOURCE, PACKET_SYN_ACK) &&
            evidence_number(item, KEY_ATTEMPT, 0) ==
                evidence_number(syn, KEY_ATTEMPT, -1) &&
            number_of(item, KEY_ACKNOWLEDGEMENT) ==
                number_of(strange, KEY_SEQUENCE) + 1 &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

static void derive_sequence(struct known *known, const struct view *view,
                            const struct attempt_view *attempt)
{
    const struct evidence *syn =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *came =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count && syn != NULL; i++) {
        const struct evidence *item = view->items[i];
        const struct evidence *answer;

        if (!is_stranger(item, ROLE_DESTINATION, PACKET_SYN) ||
            !is_attempts_syn(item, syn))
            continue;
        answer = find_answer(view, attempt, item);
        if (answer != NULL && view_is_earlier(answer, found))
            found = answer;
    }
    if (found != NULL || came != NULL)
        facts_say(known, F(SOURCE, SEQUENCE_CHANGED), found != NULL,
                  found != NULL ? found : came);
}

/* The SYN-ACK that arrived was sent with another number of its own. */
static void derive_answer(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *in =
        attempt->source.packets[PACKET_SYN_ACK][DIRECTION_IN].first;
    const struct evidence *out =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;

    if (in == NULL || out == NULL)
        return;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_PACKET) == PACKET_SYN_ACK &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            evidence_number(item, KEY_ATTEMPT, 0) ==
                evidence_number(in, KEY_ATTEMPT, -1) &&
            number_of(item, KEY_SEQUENCE) == number_of(in, KEY_SEQUENCE)) {
            facts_say(known, F(DESTINATION, SEQUENCE_CHANGED), false, item);
            return;
        }
    }
    facts_say(known, F(DESTINATION, SEQUENCE_CHANGED), true, in);
}

void facts_derive_numbers(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    derive_sequence(known, view, attempt);
    derive_answer(known, view, attempt);
}
