/* What is looked up in the view when it stands. */
#include <stdlib.h>
#include <string.h>

#include "controller/engine/view/guests.h"

bool view_is_refusal(const struct evidence *icmp, bool *prohibited,
                     bool *expired)
{
    struct address about = evidence_address(icmp, KEY_DESTINATION);
    int64_t type = evidence_number(icmp, KEY_ICMP_TYPE, -1);
    int64_t code = evidence_number(icmp, KEY_ICMP_CODE, -1);

    if (!address_is_set(&about))
        about = evidence_address(icmp, KEY_OFFENDER);
    if (about.family == 6) {
        *prohibited =
            type == 1 && (code == 1 || code == 4 || code == 5 || code == 6);
        *expired = type == 3;
        return type == 1 || type == 3;
    }
    *prohibited = type == 3 && (code == 2 || code == 3 || code == 9 ||
                                code == 10 || code == 13);
    *expired = type == 11;
    return (type == 3 && code != 4) || type == 11;
}

const struct evidence *view_first(const struct view *view, enum role role,
                                  enum evidence_kind kind)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == kind && view->items[i]->role == role)
            return view->items[i];
    return NULL;
}

const struct evidence *view_limit(const struct view *view, enum role role,
                                  const char *observer)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_LIMIT &&
            view->items[i]->role == role &&
            strcmp(evidence_text(view->items[i], KEY_OBSERVER, ""), observer) ==
                0)
            return view->items[i];
    return NULL;
}

bool view_is_limited(const struct view *view, enum role role,
                     const char *observer)
{
    return view_limit(view, role, observer) != NULL;
}

const struct evidence *view_icmp_of(const struct attempt_view *attempt)
{
    const struct evidence *seen =
        attempt->source.packets[PACKET_ICMP][DIRECTION_IN].first;

    if (seen == NULL && attempt->end != NULL &&
        evidence_has(attempt->end, KEY_ICMP_TYPE))
        return attempt->end;
    return seen;
}

/* The first attempt's SYN as it arrived; NULL if none did. */
static const struct evidence *find_arrival(const struct view *view)
{
    for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
        const struct evidence *syn =
            view->attempts[n]
                .destination.packets[PACKET_SYN][DIRECTION_IN]
                .first;

        if (syn != NULL && evidence_has(syn, KEY_DESTINATION))
            return syn;
    }
    return NULL;
}

struct address view_called_address(const struct view *view)
{
    const struct evidence *syn = find_arrival(view);

    return syn == NULL ? view->subject->destination
                       : evidence_address(syn, KEY_DESTINATION);
}

struct address view_traced_address(const struct view *view, enum role role)
{
    return role == ROLE_SOURCE ? view->subject->source
                               : view_called_address(view);
}

unsigned view_called_port(const struct view *view)
{
    const struct evidence *syn = find_arrival(view);

    return syn == NULL ? view->subject->port
                       : (unsigned)evidence_number(syn, KEY_DESTINATION_PORT,
                                                   view->subject->port);
}

static bool is_for_host(const struct view *view, const struct evidence *item)
{
    return evidence_number(item, KEY_OTHER_HOST, 0) == 0 ||
           view_is_guests(view, item);
}

const struct evidence *view_arrival(const struct view *view,
                                    const struct attempt_view *attempt)
{
    const struct evidence *last = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == ROLE_DESTINATION &&
            view_is_own(item) &&
            evidence_number(item, KEY_ATTEMPT, 0) == attempt - view->attempts &&
            evidence_word(item, KEY_PACKET) == PACKET_SYN &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            is_for_host(view, item) &&
            (last == NULL || view_is_earlier(last, item)))
            last = item;
    }
    return last;
}

bool view_came_in_on(const struct view *view, const char *device)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_PACKET && item->role == ROLE_DESTINATION &&
            view_is_own(item) &&
            evidence_word(item, KEY_PACKET) == PACKET_SYN &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
            is_for_host(view, item) &&
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0)
            return true;
    }
    return false;
}

int64_t view_counter(const struct view *view, enum role role, const char *name,
                     const struct evidence **evidence)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != EVIDENCE_COUNTER || item->role != role ||
            strcmp(evidence_text(item, KEY_NAME, ""), name) != 0)
            continue;
        if (evidence != NULL)
            *evidence = item;
        return evidence_rise(item, KEY_BEFORE, KEY_AFTER);
    }
    return 0;
}

int64_t view_sysctl(const struct view *view, enum role role, const char *name,
                    int64_t fallback)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_SYSCTL && item->role == role &&
            view_is_own(item) &&
            strcmp(evidence_text(item, KEY_NAME, ""), name) == 0)
            return strtoll(evidence_text(item, KEY_VALUE, "0"), NULL, 10);
    }
    return fallback;
}

enum role view_sender(enum packet packet)
{
    return packet == PACKET_SYN_ACK ? ROLE_DESTINATION : ROLE_SOURCE;
}

enum role view_peer(enum role role)
{
    return role == ROLE_SOURCE        ? ROLE_DESTINATION
           : role == ROLE_DESTINATION ? ROLE_SOURCE
                                      : role;
}

const struct sight *view_came(const struct attempt_view *attempt,
                              enum packet packet)
{
    return view_sender(packet) == ROLE_DESTINATION
               ? view_came_back(attempt, packet)
               : &attempt->destination.packets[packet][DIRECTION_IN];
}

const struct end_sights *view_sights(const struct attempt_view *attempt,
                                     enum role role)
{
    return role == ROLE_SOURCE ? &attempt->source : &attempt->destination;
}

static bool is_from_caller(const struct sight syns[DIRECTION_COUNT],
                           const struct evidence *reset)
{
    struct address from = evidence_address(reset, KEY_SOURCE);

    for (int i = 0; i < DIRECTION_COUNT; i++) {
        const struct evidence *syn = syns[i].first;
        struct address caller;

        if (syn == NULL)
            continue;
        caller = evidence_address(syn, KEY_SOURCE);
        if (address_equal(&caller, &from) &&
            evidence_number(syn, KEY_SOURCE_PORT, -1) ==
                evidence_number(reset, KEY_SOURCE_PORT, -2))
            return true;
    }
    return false;
}

bool view_is_callers_own(const struct attempt_view *attempt,
                         const struct evidence *evidence)
{
    enum direction of_answers =
        evidence->role == ROLE_SOURCE ? DIRECTION_IN : DIRECTION_OUT;

    return evidence_word(evidence, KEY_PACKET) == PACKET_RST &&
           evidence_word(evidence, KEY_DIRECTION) == (int)of_answers &&
           (is_from_caller(attempt->source.packets[PACKET_SYN], evidence) ||
            is_from_caller(attempt->destination.packets[PACKET_SYN],
                           evidence) ||
            is_from_caller(attempt->outside[PACKET_SYN], evidence));
}
