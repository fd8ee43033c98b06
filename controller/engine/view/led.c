#include "controller/engine/view/led.h"

/* Where a SYN stands. */
struct aim
{
    struct address address;
    unsigned port;
};

static struct aim aim_of(const struct evidence *item, enum evidence_key address,
                         enum evidence_key port)
{
    return (struct aim){evidence_address(item, address),
                        (unsigned)evidence_number(item, port, 0)};
}

static bool is_same(const struct aim *a, const struct aim *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

/* As it was when the kernel freed it; what died before the rules translated it
 * tells nothing of them. */
static bool is_behind_rules(const struct evidence *event)
{
    return evidence_word(event, KEY_STAGE) == STAGE_INPUT ||
           evidence_word(event, KEY_STAGE) == STAGE_SOCKET;
}

/* NULL: nobody told where that attempt's SYN stood on the host. */
static const struct evidence *find_aim(const struct attempt_view *attempt,
                                       struct aim *came, struct aim *now)
{
    const struct end_sights *end = &attempt->destination;
    const struct evidence *syn = end->packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *event = end->drop_event[PACKET_SYN];
    const struct evidence *entry = end->tracked[1];

    if (syn == NULL || !evidence_has(syn, KEY_DESTINATION))
        return NULL;
    *came = aim_of(syn, KEY_DESTINATION, KEY_DESTINATION_PORT);
    if (event != NULL && view_is_own(event) &&
        evidence_has(event, KEY_DESTINATION)) {
        *now = aim_of(event, KEY_DESTINATION, KEY_DESTINATION_PORT);
        if (is_behind_rules(event) || !is_same(came, now))
            return event;
    }
    if (entry == NULL)
        return NULL;
    *now = aim_of(entry, KEY_REPLY_SOURCE, KEY_REPLY_SOURCE_PORT);
    return entry;
}

const struct evidence *led_elsewhere(const struct attempt_view *attempt,
                                     struct address *address, unsigned *port)
{
    struct aim came, now;
    const struct evidence *because = find_aim(attempt, &came, &now);

    if (because == NULL || is_same(&came, &now))
        return NULL;
    *address = now.address;
    *port = now.port;
    return because;
}

static bool is_own(const struct view *view, const struct address *address)
{
    if (address_is_loopback(address))
        return true;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS && item->role == ROLE_DESTINATION &&
            view_is_own(item) && address_equal(&own, address))
            return true;
    }
    return false;
}

const struct evidence *led_here(const struct view *view,
                                const struct attempt_view *attempt,
                                struct address *address, unsigned *port)
{
    struct address to;
    unsigned at;
    const struct evidence *because = led_elsewhere(attempt, &to, &at);

    if (because == NULL || view->has_guest || !is_own(view, &to))
        return NULL;
    *address = to;
    *port = at;
    return because;
}

/* Two attempts that went different ways on the host leave it open. */
static bool find_only(const struct view *view, struct aim *only)
{
    bool found = false;

    for (unsigned n = 1; n <= ORDER_MAX_ATTEMPTS; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        struct aim came, now;

        if (find_aim(attempt, &came, &now) == NULL)
            continue;
        if (found && !is_same(only, &now))
            return false;
        *only = now;
        found = true;
    }
    return found && !view->has_guest && is_own(view, &only->address);
}

struct address led_address(const struct view *view)
{
    struct aim only;

    return find_only(view, &only) ? only.address : view_called_address(view);
}

unsigned led_port(const struct view *view)
{
    struct aim only;

    return find_only(view, &only) ? only.port : view_called_port(view);
}
