/* Facts about the service that should hold the port. */
#include "controller/engine/view/service.h"

#include "controller/engine/facts/derive.h"
#include "controller/engine/view/led.h"

#define MAX_TAKERS 16

static size_t find_takers(const struct view *view, enum phase phase,
                          const struct evidence *takers[static MAX_TAKERS])
{
    size_t count = 0;

    for (size_t i = 0; i < view->count && count < MAX_TAKERS; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_LISTENER && item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_PHASE) == (int)phase &&
            evidence_number(item, KEY_PORT, 0) == led_port(view) &&
            facts_listener_takes(view, item))
            takers[count++] = item;
    }
    return count;
}

const struct evidence *service_holder(const struct view *view)
{
    const struct evidence *takers[MAX_TAKERS];
    size_t count = find_takers(view, PHASE_AFTER, takers);
    const struct evidence *first = NULL;

    for (size_t i = 0; i < count; i++)
        if (view_is_earlier(takers[i], first))
            first = takers[i];
    return first;
}

/* Was the same socket there before the first SYN? */
static bool was_there(const struct view *view, const struct evidence *taker)
{
    const struct evidence *before[MAX_TAKERS];
    size_t count = find_takers(view, PHASE_BEFORE, before);

    for (size_t i = 0; i < count; i++)
        if (evidence_number(before[i], KEY_INODE, -1) ==
            evidence_number(taker, KEY_INODE, -2))
            return true;
    return false;
}

/* Of several that take the SYN, one of the service's is enough. */
static void derive_holder(struct known *known, const struct view *view)
{
    const struct evidence *takers[MAX_TAKERS];
    size_t count = find_takers(view, PHASE_AFTER, takers);
    const struct evidence *other = NULL;
    bool all_sure = true;

    for (size_t i = 0; i < count; i++) {
        bool sure;
        enum service_match match = service_match(view, takers[i], &sure);

        if (match == SERVICE_MATCH_YES) {
            facts_say(known, F(DESTINATION, SERVICE_MISSED), false, takers[i]);
            return;
        }
        if (match == SERVICE_MATCH_UNKNOWN)
            return;
        all_sure = all_sure && sure && was_there(view, takers[i]);
        if (view_is_earlier(takers[i], other))
            other = takers[i];
    }
    if (other == NULL)
        return;
    if (all_sure)
        facts_say(known, F(DESTINATION, SERVICE_MISSED), true, other);
    else /* it may still be the service's */
        facts_suspect(known, F(DESTINATION, SERVICE_MISSED), other);
}

/* The service's own listener, if there is one and it would take the SYN. */
static const struct evidence *own_taker(const struct view *view)
{
    const struct evidence *takers[MAX_TAKERS];
    size_t count = find_takers(view, PHASE_BEFORE, takers);

    for (size_t i = 0; i < count; i++) {
        bool sure;

        if (service_match(view, takers[i], &sure) == SERVICE_MATCH_YES && sure)
            return takers[i];
    }
    return NULL;
}

/* Who listens where a translated SYN goes, in whichever namespace. */
const struct evidence *service_diverted_to(const struct view *view,
                                           const struct evidence *syn)
{
    struct address wanted = evidence_address(syn, KEY_DESTINATION);
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address bound;

        if (item->kind != EVIDENCE_LISTENER || item->role != ROLE_DESTINATION ||
            !evidence_has(item, KEY_NAMESPACE) ||
            evidence_number(item, KEY_PORT, -1) !=
                evidence_number(syn, KEY_DESTINATION_PORT, -2))
            continue;
        bound = evidence_address(item, KEY_ADDRESS);
        if ((address_is_any(&bound) || address_equal(&bound, &wanted)) &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

static bool is_translated(const struct evidence *in, const struct evidence *out)
{
    struct address before = evidence_address(in, KEY_DESTINATION);
    struct address after = evidence_address(out, KEY_DESTINATION);

    return !address_equal(&before, &after) ||
           evidence_number(in, KEY_DESTINATION_PORT, 0) !=
               evidence_number(out, KEY_DESTINATION_PORT, 0);
}

/* It goes elsewhere, though the service listens itself where it was sent. */
static void derive_diverted(struct known *known, const struct view *view,
                            const struct attempt_view *attempt)
{
    const struct end_sights *sights = &attempt->destination;
    const struct evidence *in = sights->packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *out =
        sights->packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *other;
    enum service_match match = SERVICE_MATCH_UNKNOWN;
    bool sure = false;

    if (in == NULL || out == NULL || !is_translated(in, out) ||
        own_taker(view) == NULL)
        return;
    other = service_diverted_to(view, out);
    if (other != NULL)
        match = service_match(view, other, &sure);
    if (match == SERVICE_MATCH_YES)
        return;
    if (sure)
        facts_say(known, F(DESTINATION, SERVICE_DIVERTED), true, out);
    else /* who is there may still be the service */
        facts_suspect(known, F(DESTINATION, SERVICE_DIVERTED), out);
}

void facts_derive_service(struct known *known, const struct view *view,
                          const struct attempt_view *attempt)
{
    if (!service_is_asked(view)) {
        facts_say(known, F(DESTINATION, SERVICE_MISSED), false, NULL);
        facts_say(known, F(DESTINATION, SERVICE_DIVERTED), false, NULL);
    } else if (service_was_sought(view) &&
               fact_is(known, F(DESTINATION, HANDED_ON), YES))
        derive_diverted(known, view, attempt);
    else if (service_was_sought(view)) { /* the host's own listeners took it */
        facts_say(known, F(DESTINATION, SERVICE_DIVERTED), false, NULL);
        derive_holder(known, view);
    }
}
