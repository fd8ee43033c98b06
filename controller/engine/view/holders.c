#include "controller/engine/view/holders.h"

#include <string.h>

/* An agent may not say so of another: its pieces bear its own role. */
static bool is_about(const struct evidence *item, const struct address *address)
{
    struct address held;

    if (item->kind != EVIDENCE_HELD_BY || item->role != ROLE_CONTROLLER ||
        !evidence_has(item, KEY_ADDRESS))
        return false;
    held = evidence_address(item, KEY_ADDRESS);
    return address_equal(&held, address);
}

static bool is_past(const struct evidence *item)
{
    return evidence_has(item, KEY_AGE_S);
}

const struct evidence *holders_of_link(const struct view *view,
                                       const char *link)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_HELD_BY && item->role == ROLE_CONTROLLER &&
            evidence_has(item, KEY_LINK_ADDRESS) &&
            strcmp(evidence_text(item, KEY_LINK_ADDRESS, ""), link) == 0)
            return item;
    }
    return NULL;
}

bool holders_is_away(const struct evidence *holder)
{
    return evidence_has(holder, KEY_TEXT);
}

/* Who is there now, or else was last. */
const struct evidence *holders_of(const struct view *view,
                                  const struct address *address)
{
    const struct evidence *found[2] = {NULL, NULL};

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        bool away = holders_is_away(item);

        if (!is_about(item, address) || is_past(item))
            continue;
        if (found[away] != NULL)
            return NULL;
        found[away] = item;
    }
    return found[0] != NULL ? found[0] : found[1];
}

/* Of that end's address, by another than its own host. */
static bool is_others(const struct view *view, enum role role,
                      const struct evidence *item)
{
    const struct subject *subject = view->subject;
    bool forward = role == ROLE_DESTINATION;

    return is_about(item, forward ? &subject->destination : &subject->source) &&
           strcmp(evidence_text(item, KEY_NAME, ""),
                  forward ? subject->destination_host : subject->source_host) !=
               0;
}

const struct evidence *holders_second(const struct view *view, enum role role)
{
    if (role == ROLE_DESTINATION && view->subject->destination_host[0] == '\0')
        return NULL;
    for (size_t i = 0; i < view->count; i++)
        if (is_others(view, role, view->items[i]) && !is_past(view->items[i]) &&
            !holders_is_away(view->items[i]))
            return view->items[i];
    return NULL;
}

const struct evidence *holders_away(const struct view *view, enum role role)
{
    for (size_t i = 0; i < view->count; i++)
        if (is_others(view, role, view->items[i]) &&
            holders_is_away(view->items[i]))
            return view->items[i];
    return NULL;
}

/* Whoever sends to the address and held it too hid it from itself: no entry of
 * a neighbour on the way ever led back to the sender. */
static bool is_an_end(const struct view *view, const struct evidence *item)
{
    const char *name = evidence_text(item, KEY_NAME, "");

    return strcmp(name, view->subject->source_host) == 0 ||
           strcmp(name, view->subject->destination_host) == 0;
}

/* A packet of ours that came in: of the attempts, or one that was tried. */
static bool is_arrival(const struct evidence *item, enum role role)
{
    return (item->kind == EVIDENCE_PACKET || item->kind == EVIDENCE_TRIAL) &&
           item->role == (uint8_t)role && view_is_own(item) &&
           evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
           evidence_number(item, KEY_OTHER_HOST, 0) == 0 &&
           strcmp(evidence_text(item, KEY_INTERFACE, ""), "lo") != 0;
}

/* What comes to the right host was led there by whatever entry there is. */
static bool is_reached(const struct view *view, enum role role)
{
    const struct address *wanted = role == ROLE_DESTINATION
                                       ? &view->subject->destination
                                       : &view->subject->source;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address to = evidence_address(item, KEY_DESTINATION);

        if (is_arrival(item, role) && address_equal(&to, wanted))
            return true;
    }
    return false;
}

const struct evidence *holders_before(const struct view *view, enum role role)
{
    const struct evidence *found = NULL;

    if (is_reached(view, role))
        return NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (is_others(view, role, item) && is_past(item) &&
            !is_an_end(view, item) &&
            (found == NULL || evidence_number(item, KEY_AGE_S, 0) <
                                  evidence_number(found, KEY_AGE_S, 0)))
            found = item;
    }
    return found;
}
