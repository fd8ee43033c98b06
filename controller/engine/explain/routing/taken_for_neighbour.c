/* A route without a gateway to a network that is not on the link: the host asks
 * there for the link address of one that is behind a router. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/ways.h"

/* Told by that host's own agent. */
static bool is_other_host(const struct view *view, enum role role,
                          const struct address *next)
{
    const struct evidence *held = view_end(view, view_peer(role))->own_address;
    struct address address;

    if (held == NULL)
        return false;
    address = evidence_address(held, KEY_ADDRESS);
    return address_equal(&address, next);
}

/* Does an address of that end on that device make the other end a neighbour? */
static bool shares_link(const struct view *view, enum role role,
                        const char *device, const struct address *next)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address own = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS && item->role == (uint8_t)role &&
            !evidence_has(item, KEY_NAMESPACE) && own.family == next->family &&
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0 &&
            address_same_prefix(&own, next,
                                (unsigned)evidence_number(item, KEY_PREFIX, 0)))
            return true;
    }
    return false;
}

const struct evidence *explain_misled_route(const struct case_file *file,
                                            const struct finding *finding)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    struct address peer, next;
    const char *device;

    if (route == NULL || file->decider == NULL ||
        evidence_has(route, KEY_GATEWAY) || !evidence_has(route, KEY_INTERFACE))
        return NULL;
    peer = evidence_address(route, KEY_DESTINATION);
    next = evidence_address(file->decider, KEY_ADDRESS);
    device = evidence_text(route, KEY_INTERFACE, "");
    if (!address_equal(&peer, &next) ||
        !is_other_host(file->view, finding->role, &next) ||
        shares_link(file->view, finding->role, device, &next) ||
        explain_has_question_rule(file->view, finding->role, &next) ||
        explain_was_answered(file->view, finding->role, &next))
        return NULL;
    return route;
}

static const char *print_route(const struct evidence *route,
                               char text[static PREFIX_TEXT_SIZE])
{
    struct address address = evidence_address(route, KEY_ADDRESS);

    return address_is_set(&address) && evidence_has(route, KEY_PREFIX)
               ? prefix_print(route, text)
               : "to it";
}

void explain_misled(const struct evidence *route, const struct words *words,
                    struct finding *finding)
{
    bool at_source = finding->role == ROLE_SOURCE;
    const char *device = evidence_text(route, KEY_INTERFACE, "?");
    char text[PREFIX_TEXT_SIZE];
    const char *name = print_route(route, text);

    finding_add_text(finding, "route", name);
    finding_add_text(finding, "misled", "yes");
    finding_cite(finding, route);
    finding_say(finding,
                "on %s, the route %s dev %s, which has no gateway, takes %s's "
                "address %s for a neighbour's: nobody on that link answers for "
                "it, so the %s cannot leave",
                words->host, name, device,
                at_source ? words->destination : words->source,
                at_source ? words->destination_address : words->source_address,
                words->packet);
}

/* Only what a lookup without it, or the SYN's own way, shows to lead there. */
void fix_misled(const struct case_file *file, const struct finding *finding,
                const struct evidence *route, struct judgement *out)
{
    const struct evidence *other =
        ways_other(file->view, finding->role, route, true);

    if (other == NULL)
        other = ways_other(file->view, finding->role, route, false);
    if (finding->role == ROLE_DESTINATION)
        fix_route_back(file, finding, out);
    if (other != NULL && evidence_has(other, KEY_GATEWAY) &&
        !evidence_has(route, KEY_RULE))
        fix_by_route_del(route, finding->role, out);
}
