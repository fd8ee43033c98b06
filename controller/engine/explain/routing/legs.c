/* Losses that follow the source port: the source's route has several next hops,
 * and one of them may be dead. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* What is lost by chance gets through when it is sent again: so many SYNs sent
 * again in vain, and hardly one with success, are no chance. */
#define ATTEMPTS_TO_FOLLOW 2
#define REPEATS_TO_FOLLOW  3
#define LATE_FEW           2 /* IPv6 leaves a hop that it takes for dead */

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

/* Do the same attempts fail, however often they are repeated? */
static bool follows_port(const struct view *view, const bool *failed)
{
    unsigned lost = 0;
    unsigned passed = 0;
    unsigned repeats = 0;
    unsigned late = 0;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct attempt_view *attempt = &view->attempts[n];
        unsigned sent =
            attempt->source.packets[PACKET_SYN][DIRECTION_OUT].count;
        bool connected =
            attempt->end != NULL &&
            evidence_word(attempt->end, KEY_OUTCOME) == OUTCOME_CONNECTED;

        late += connected && sent > 1; /* sent again, with success */
        passed += connected;
        lost += failed[n];
        if (sent > 1) /* the last one of a late success was not in vain */
            repeats += sent - 1 - connected;
    }
    return lost >= ATTEMPTS_TO_FOLLOW && passed >= ATTEMPTS_TO_FOLLOW &&
           repeats >= REPEATS_TO_FOLLOW + late * LATE_FEW;
}

void explain_legs(const struct view *view, const bool *failed,
                  struct finding *finding)
{
    char legs[256];
    size_t used = strlen(finding->summary);

    if (!follows_port(view, failed))
        return;
    finding_add_text(finding, "follows", "source-port");
    if (list_legs(view, finding, legs, sizeof(legs)) < 2)
        return;
    finding_add_text(finding, "next_hops", legs);
    text_format(finding->summary + used, sizeof(finding->summary) - used,
                "; it follows the source port, by which the source's route "
                "chooses between several next hops (%s): one of them may be "
                "dead",
                legs);
}
