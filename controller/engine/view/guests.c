#include "controller/engine/view/guests.h"

#include <string.h>

static bool is_called(const struct view *view, const struct evidence *item,
                      enum evidence_key key)
{
    struct address address = evidence_address(item, key);

    return address_is_set(&address) &&
           address_equal(&address, &view->subject->destination);
}

/* It answered a SYN of the trace, or a question for its link address. */
static bool is_answer(const struct view *view, const struct evidence *item)
{
    int packet = evidence_word(item, KEY_PACKET);
    int direction = evidence_word(item, KEY_DIRECTION);

    if (item->kind == EVIDENCE_ARP)
        return direction == DIRECTION_IN &&
               is_called(view, item, KEY_ADDRESS) &&
               evidence_number(item, KEY_ANSWERED, 0) > 0;
    return item->kind == EVIDENCE_PACKET && direction == DIRECTION_OUT &&
           (packet == PACKET_SYN_ACK || packet == PACKET_RST) &&
           evidence_number(item, KEY_ATTEMPT, 0) > 0 &&
           strcmp(evidence_text(item, KEY_INTERFACE, ""), "lo") != 0 &&
           is_called(view, item, KEY_SOURCE);
}

static bool is_arrival(const struct evidence *item)
{
    return item->kind == EVIDENCE_PACKET &&
           evidence_word(item, KEY_PACKET) == PACKET_SYN &&
           evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
           evidence_number(item, KEY_ATTEMPT, 0) > 0;
}

bool view_finds_guest(const struct view *view)
{
    bool answers = false;
    bool strays = false; /* with another host's link address */

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        bool arrives = is_arrival(item);
        bool stray = arrives && evidence_number(item, KEY_OTHER_HOST, 0) != 0;

        if (item->role != ROLE_DESTINATION || !view_is_own(item))
            continue;
        if ((arrives && !stray) || (item->kind == EVIDENCE_ADDRESS &&
                                    is_called(view, item, KEY_ADDRESS)))
            return false;
        strays |= stray;
        answers |= is_answer(view, item);
    }
    return strays && answers;
}

bool view_is_guests(const struct view *view, const struct evidence *frame)
{
    int packet = evidence_word(frame, KEY_PACKET);

    return view->has_guest && frame->role == ROLE_DESTINATION &&
           packet != PACKET_SYN_ACK && packet != PACKET_RST;
}
