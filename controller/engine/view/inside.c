#include "controller/engine/view/inside.h"

#include <string.h>

#include "common/base/array.h"

const struct evidence *inside_passed(const struct attempt_view *attempt)
{
    return attempt->destination.packets[PACKET_SYN][DIRECTION_OUT].first;
}

static bool is_from(const struct evidence *answer, const struct evidence *syn)
{
    bool icmp = evidence_word(answer, KEY_PACKET) == PACKET_ICMP;
    struct address from =
        evidence_address(answer, icmp ? KEY_OFFENDER : KEY_SOURCE);
    struct address to = evidence_address(syn, KEY_DESTINATION);

    if (icmp)
        return address_equal(&from, &to);
    return address_equal(&from, &to) &&
           evidence_number(answer, KEY_SOURCE_PORT, -1) ==
               evidence_number(syn, KEY_DESTINATION_PORT, -2);
}

const struct evidence *inside_refusal(const struct view *view,
                                      const struct attempt_view *attempt,
                                      enum packet packet)
{
    const struct evidence *passed = inside_passed(attempt);
    int64_t n = attempt - view->attempts;

    for (size_t i = 0; passed != NULL && i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == ROLE_DESTINATION &&
            view_is_own(item) &&
            evidence_word(item, KEY_PACKET) == (int)packet &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            evidence_number(item, KEY_ATTEMPT, 0) == n && is_from(item, passed))
            return item;
    }
    return NULL;
}

const struct evidence *inside_drop(const struct attempt_view *attempt,
                                   enum packet packet)
{
    const struct evidence *event = attempt->destination.drop_event[packet];

    return event == NULL || view_is_own(event) ? NULL : event;
}

const char *inside_name(const struct view *view,
                        const struct attempt_view *attempt)
{
    static const enum packet packets[] = {PACKET_SYN, PACKET_SYN_ACK};

    (void)view;
    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        const struct evidence *event = inside_drop(attempt, packets[i]);

        if (event != NULL)
            return evidence_text(event, KEY_NAMESPACE, NULL);
    }
    return NULL;
}

const struct evidence *inside_listener(const struct view *view,
                                       const struct attempt_view *attempt,
                                       bool on_loopback)
{
    const char *name = inside_name(view, attempt);
    const struct evidence *passed = inside_passed(attempt);
    struct address to;

    if (name == NULL || passed == NULL)
        return NULL;
    to = evidence_address(passed, KEY_DESTINATION);
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address bound = evidence_address(item, KEY_ADDRESS);

        if (item->kind != EVIDENCE_LISTENER || item->role != ROLE_DESTINATION ||
            strcmp(evidence_text(item, KEY_NAMESPACE, ""), name) != 0 ||
            evidence_number(item, KEY_PORT, -1) !=
                evidence_number(passed, KEY_DESTINATION_PORT, -2))
            continue;
        if (on_loopback ? address_is_loopback(&bound)
                        : address_is_any(&bound) || address_equal(&bound, &to))
            return item;
    }
    return NULL;
}
