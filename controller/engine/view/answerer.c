#include "controller/engine/view/answerer.h"

#include <string.h>

#include "common/base/array.h"
#include "controller/engine/view/hops.h"

int answerer_routers(int64_t ttl)
{
    static const int begins[] = {64, 128, 255};

    for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
        if (ttl <= begins[i])
            return begins[i] - (int)ttl;
    return 0;
}

enum likeness
{
    LIKENESS_UNKNOWN,
    LIKENESS_SAME,
    LIKENESS_OTHER,
};

/* Does it bear the link address of the source's next hop? */
static enum likeness compare_links(const struct view *view,
                                   const struct evidence *reset)
{
    const char *own = evidence_text(reset, KEY_LINK_ADDRESS, NULL);
    const struct evidence *entry = view->source.neighbour;
    const char *next =
        entry == NULL ? NULL : evidence_text(entry, KEY_LINK_ADDRESS, NULL);

    if (own == NULL || next == NULL)
        return LIKENESS_UNKNOWN;
    return strcmp(own, next) == 0 ? LIKENESS_SAME : LIKENESS_OTHER;
}

static enum answerer_place place_by_walk(const struct answerer *answerer)
{
    int64_t ttl = evidence_number(answerer->copy, KEY_TTL, 0);

    if (ttl == answerer->routers + 1)
        return ANSWERER_FITS;
    if (ttl == answerer->routers + 2 && answerer->before != NULL)
        return ANSWERER_NEARER;
    return ANSWERER_ODD;
}

struct answerer answerer_find(const struct view *view,
                              const struct evidence *reset)
{
    const struct evidence *route = view->source.route;
    const struct evidence *copy = hops_far_answer(view, ROLE_SOURCE);
    enum likeness link = compare_links(view, reset);
    struct answerer found = {.ttl = evidence_number(reset, KEY_TTL, 0)};

    found.routers = answerer_routers(found.ttl);
    if (copy != NULL && evidence_word(copy, KEY_PACKET) == PACKET_RST) {
        found.copy = copy;
        found.before =
            hops_at(view, ROLE_SOURCE, evidence_number(copy, KEY_TTL, 0) - 1);
        if (!hops_is_expired(found.before))
            found.before = NULL;
    }
    if (route != NULL && !evidence_has(route, KEY_GATEWAY)) {
        if (link != LIKENESS_UNKNOWN)
            found.place = link == LIKENESS_SAME ? ANSWERER_NEIGHBOUR
                                                : ANSWERER_OTHER_LINK;
        return found;
    }
    if (found.copy == NULL)
        return found;
    found.place = place_by_walk(&found);
    if (found.place == ANSWERER_FITS && found.routers == 0 &&
        link == LIKENESS_SAME)
        found.place = ANSWERER_IS_GATEWAY;
    if (found.place == ANSWERER_NEARER && found.routers == 0 &&
        link == LIKENESS_SAME)
        found.place = ANSWERER_GATEWAY;
    return found;
}
