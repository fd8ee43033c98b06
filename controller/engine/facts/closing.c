/* Facts about what closed a connection as soon as it was open. */
#include "controller/engine/facts/derive.h"

/* Of what the destination passes on, some is the source's: what it sends behind
 * its SYN goes on with the SYN's number. */
static bool is_of_source(const struct attempt_view *attempt,
                         const struct evidence *packet)
{
    uint32_t first;

    if (attempt->start == NULL || !evidence_has(attempt->start, KEY_SEQUENCE))
        return false;
    first = (uint32_t)evidence_number(attempt->start, KEY_SEQUENCE, 0);
    return (uint32_t)evidence_number(packet, KEY_SEQUENCE, 0) - first <= 2;
}

const struct evidence *facts_own_closing(const struct attempt_view *attempt)
{
    static const enum packet packets[] = {PACKET_FIN, PACKET_RST};
    const struct evidence *found = NULL;

    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        const struct evidence *left =
            attempt->destination.packets[packets[i]][DIRECTION_OUT].first;

        if (left != NULL && !is_of_source(attempt, left) &&
            view_is_earlier(left, found))
            found = left;
    }
    return found;
}

/* Who says something and then closes has served, as daytime does; unless it says
 * that it will not. */
static bool is_service(const struct evidence *end)
{
    return evidence_word(end, KEY_FOLLOWED) == FOLLOWED_CLOSED &&
           evidence_number(end, KEY_RECEIVED, 0) > 0 &&
           evidence_number(end, KEY_REFUSES, 0) == 0;
}

void facts_derive_closing(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    const struct evidence *end = attempt->end;
    const struct evidence *own = facts_own_closing(attempt);

    if (end == NULL || !evidence_has(end, KEY_FOLLOWED))
        return;
    facts_say(known, F(SOURCE, CLOSED_EARLY),
              evidence_word(end, KEY_FOLLOWED) != FOLLOWED_NOTHING &&
                  !is_service(end),
              end);
    facts_say(known, F(SOURCE, RESET_OPEN),
              evidence_word(end, KEY_FOLLOWED) == FOLLOWED_RESET, end);
    if (own != NULL)
        facts_say(known, F(DESTINATION, CLOSED_ITSELF), true, own);
    else if (facts_was_watching(view, ROLE_DESTINATION, attempt))
        facts_say(known, F(DESTINATION, CLOSED_ITSELF), false,
                  view->destination.capture_after);
}
