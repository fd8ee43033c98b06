/* Facts about the service that should hold the port. */
#include "controller/verdict/facts_parts.h"
#include "controller/verdict/service.h"

#define MAX_TAKERS 16

static size_t find_takers(const struct view *view, enum phase phase,
                          const struct evidence *takers[static MAX_TAKERS])
{
    size_t count = 0;

    for (size_t i = 0; i < view->count && count < MAX_TAKERS; i++) {
        const struct evidence *item = &view->items[i];

        if (item->kind == EVIDENCE_LISTENER && item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_PHASE) == (int)phase &&
            evidence_number(item, KEY_PORT, 0) == view->subject->port &&
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
            facts_say(known, FACT_SERVICE_MISSED, false, takers[i]);
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
    facts_say(known, FACT_SERVICE_MISSED, true, other);
    facts_say(known, FACT_HOLDER_DOUBTED, !all_sure, other);
}

void facts_derive_service(struct known *known, const struct view *view)
{
    if (!service_is_asked(view))
        facts_say(known, FACT_SERVICE_MISSED, false, NULL);
    else if (service_was_sought(view) &&
             !fact_is(known, FACT_HANDED_ON, YES)) /* its listeners took it */
        derive_holder(known, view);
}
