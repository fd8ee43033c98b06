/* Losses that follow the source port: of several equal ways one is dead, and they
 * may part at the source's own route. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

static void print_leg(const struct evidence *leg, char *text, size_t size)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address via = evidence_address(leg, KEY_GATEWAY);

    text_format(text, size, "%s%s dev %s",
                address_is_set(&via) ? "via " : "on link",
                address_is_set(&via) ? address_print(&via, address) : "",
                evidence_text(leg, KEY_INTERFACE, "?"));
}

static const struct evidence *find_leg(const struct view *view, int64_t index)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_ROUTE_LEG &&
            view->items[i]->role == ROLE_SOURCE &&
            evidence_number(view->items[i], KEY_INDEX, 0) == index &&
            view_is_earlier(view->items[i], found))
            found = view->items[i];
    return found;
}

/* The next hops of the source's route, joined by commas.  How many. */
static unsigned list_legs(const struct view *view, struct finding *finding,
                          char *text, size_t size)
{
    const struct evidence *leg;
    unsigned count = 0;
    size_t used = 0;

    text[0] = '\0';
    while ((leg = find_leg(view, count + 1)) != NULL) {
        char one[ADDRESS_TEXT_SIZE + 32];

        print_leg(leg, one, sizeof(one));
        text_format(text + used, size - used, "%s%s", count > 0 ? ", " : "",
                    one);
        used = strlen(text);
        finding_cite(finding, leg);
        count++;
    }
    return count;
}

void explain_legs(const struct view *view, struct finding *finding)
{
    char legs[256];

    if (list_legs(view, finding, legs, sizeof(legs)) < 2) {
        finding_append(finding, ": ",
                       "one of several equal ways between the hosts, chosen by "
                       "the ports, is dead");
        return;
    }
    finding_add_text(finding, "next_hops", legs);
    finding_append(finding,
                   ", by which the source's route chooses between "
                   "several next hops (",
                   legs);
    finding_append(finding, "): ", "one of them may be dead");
}
