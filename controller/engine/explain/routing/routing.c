/* Routes, devices and neighbours: what is said, and which command mends it. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/ways.h"

/* A policy rule rejects it, or leads to the route that does. */
static void say_policy_rule(const struct evidence *route,
                            const struct words *words, const char *target,
                            struct finding *finding)
{
    const char *type = evidence_text(route, KEY_ROUTE_TYPE, "?");
    const char *rule = evidence_text(route, KEY_RULE, "?");

    finding_add_text(finding, "route_type", type);
    finding_add_text(finding, "policy_rule", rule);
    if (evidence_has(route, KEY_MARK))
        finding_add_number(finding, "mark",
                           evidence_number(route, KEY_MARK, 0));
    if (evidence_has(route, KEY_TABLE_ID)) {
        finding_add_number(finding, "table",
                           evidence_number(route, KEY_TABLE_ID, 0));
        finding_say(finding,
                    "a route of type %s on %s rejects %s: table %lld, to which "
                    "the policy rule '%s' leads",
                    type, words->host, target,
                    (long long)evidence_number(route, KEY_TABLE_ID, 0), rule);
    } else
        finding_say(finding,
                    "the policy rule '%s' on %s rejects %s: its action is %s",
                    rule, words->host, target, type);
}

/* A container's answer, which bears the container's address still. */
static bool say_routed_as(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    char address[ADDRESS_TEXT_SIZE];
    struct address from;

    if (route == NULL || !evidence_has(route, KEY_FROM_INTERFACE))
        return false;
    from = evidence_address(route, KEY_SOURCE);
    finding_add_text(finding, "routed_as", address_print(&from, address));
    finding_cite(finding, route);
    finding_say(finding,
                "%s has no route to %s for what %s sends, to which it passed "
                "the SYN on: the answer is routed while it still bears that "
                "address",
                words->host, words->source_address, address);
    return true;
}

void sentence_route(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    const struct evidence *route = file->decider;
    const char *target = finding->role == ROLE_SOURCE
                             ? words->destination_address
                             : words->source_address;
    char inside[INSIDE_NAME_SIZE + 24] = "";

    if (finding->cause == CAUSE_NO_ROUTE &&
        explain_unruled(route, words, target, finding))
        return;
    if (finding->cause == CAUSE_NO_ROUTE && say_routed_as(file, words, finding))
        return;
    if (finding->cause == CAUSE_NO_ROUTE) {
        if (explain_is_inside(file->view, finding, finding->role))
            text_format(inside, sizeof(inside), "the namespace %s on ",
                        file->view->subject->inside);
        finding_say(finding, "%s%s has no route to %s, so the %s cannot leave",
                    inside, words->host, target, words->packet);
        explain_translation(file, words, finding);
        return;
    }
    if (route != NULL && evidence_has(route, KEY_RULE)) {
        say_policy_rule(route, words, target, finding);
        return;
    }
    finding_add_text(
        finding, "route_type",
        route == NULL ? NULL : evidence_text(route, KEY_ROUTE_TYPE, NULL));
    finding_say(finding, "a route of type %s on %s rejects %s",
                route == NULL ? "?" : evidence_text(route, KEY_ROUTE_TYPE, "?"),
                words->host, target);
}

/* What decides may be a drop event, which tells the device's name alone. */
static const struct evidence *link_of(const struct case_file *file)
{
    return file->decider != NULL && file->decider->kind == EVIDENCE_DROP
               ? facts_link_of(file->view, file->decider)
               : file->decider;
}

/* Up again, the link has its own network back, and no gateway's routes. */
static void say_routes_gone(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;
    char text[JUDGEMENT_TEXT_SIZE / 2];

    if (finding->role == ROLE_PATH ||
        !fact_is(file->known, fact_at(finding->role, FACT_NO_ROUTE), YES))
        return;
    text_format(text, sizeof(text),
                "; with it went the route to %s: one through a gateway, such "
                "as a default route, must be added again",
                forward ? words->destination_address : words->source_address);
    finding_append(finding, "", text);
}

void sentence_link(const struct case_file *file, const struct words *words,
                   struct finding *finding)
{
    const struct evidence *link = link_of(file);
    const char *name =
        link == NULL ? "?" : evidence_text(link, KEY_INTERFACE, "?");
    bool up = link != NULL && evidence_number(link, KEY_UP, 1) != 0;

    finding_add_text(finding, "interface", name);
    finding_add_text(finding, "up", up ? "yes" : "no");
    finding_say(finding, "%s's interface %s %s", words->host, name,
                up ? "has no carrier" : "is down");
    say_routes_gone(file, words, finding);
}

/* The host's own address that makes it take the called one for a neighbour,
 * where the device has one of another network beside it: it may be the odd one. */
static const struct evidence *odd_address(const struct case_file *file,
                                          const struct address *next,
                                          const char *device)
{
    const struct view *view = file->view;
    const struct evidence *route = ways_route(view, ROLE_SOURCE, file->attempt);
    const struct evidence *own =
        file->place.role != ROLE_SOURCE || route == NULL ||
                !address_equal(next, &view->subject->destination)
            ? NULL
            : ways_is_connected(view, ROLE_SOURCE, route);

    for (size_t i = 0; i < view->count && own != NULL; i++) {
        const struct evidence *item = view->items[i];
        struct address other = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ADDRESS && item->role == ROLE_SOURCE &&
            !evidence_has(item, KEY_NAMESPACE) &&
            other.family == next->family && !address_is_link_local(&other) &&
            strcmp(evidence_text(item, KEY_INTERFACE, ""), device) == 0 &&
            !address_same_prefix(&other, next,
                                 (unsigned)evidence_number(own, KEY_PREFIX, 0)))
            return own;
    }
    return NULL;
}

static void say_odd_address(const struct evidence *own,
                            const struct words *words, const char *device,
                            struct finding *finding)
{
    char text[PREFIX_TEXT_SIZE];
    char said[JUDGEMENT_TEXT_SIZE / 2];

    finding_add_text(finding, "own_address", prefix_print(own, text));
    finding_cite(finding, own);
    text_format(said, sizeof(said),
                "; %s takes it for a neighbour there because of its own "
                "address %s on %s",
                words->host, text, device);
    finding_append(finding, "", said);
}

/* Its own capture sees an answer that the host then drops. */
static void say_unresolved(const struct case_file *file,
                           const struct words *words, struct finding *finding,
                           const char *why)
{
    const char *device = evidence_text(file->decider, KEY_INTERFACE, "?");
    struct address next = evidence_address(file->decider, KEY_ADDRESS);
    const char *protocol = next.family == 6 ? "neighbour discovery" : "ARP";
    char address[ADDRESS_TEXT_SIZE];

    address_print(&next, address);
    if (explain_was_answered(file->view, finding->role, &next)) {
        finding_add_text(finding, "answered", address);
        finding_say(finding,
                    "%s's next hop %s answers %s on %s, and %s does not take "
                    "the answer, so the %s cannot leave%s",
                    words->host, address, protocol, device, words->host,
                    words->packet, why);
        return;
    }
    finding_say(finding,
                "%s's next hop %s does not answer %s on %s, so the %s cannot "
                "leave%s",
                words->host, address, protocol, device, words->packet, why);
}

void sentence_neighbour(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *neighbour = file->decider;
    const struct evidence *misled;
    const struct evidence *own;
    char why[JUDGEMENT_TEXT_SIZE];
    struct address next;

    if (neighbour == NULL)
        return;
    next = evidence_address(neighbour, KEY_ADDRESS);
    address_print(&next, address);
    finding_add_text(finding, "address", address);
    finding_add_text(finding, "interface",
                     evidence_text(neighbour, KEY_INTERFACE, NULL));
    finding_add_text(finding, "state",
                     evidence_text(neighbour, KEY_NEIGHBOUR_STATE, NULL));
    explain_question_rule(file->view, &next, finding, why, sizeof(why));
    if (address_equal(&next, &file->view->subject->destination) &&
        fact_is(file->known, F(DESTINATION, AGENT), NO)) {
        finding_add_text(finding, "unanswered", address);
        finding_say(finding,
                    "nobody answers %s for %s on %s, which is %s's own "
                    "network: the address is not in use there, or its host is "
                    "down, so the %s cannot leave%s",
                    next.family == 6 ? "neighbour discovery" : "ARP", address,
                    evidence_text(neighbour, KEY_INTERFACE, "?"), words->host,
                    words->packet, why);
        return;
    }
    misled = explain_misled_route(file, finding);
    if (misled != NULL) {
        explain_misled(misled, words, finding);
        return;
    }
    say_unresolved(file, words, finding, why);
    own = odd_address(file, &next, evidence_text(neighbour, KEY_INTERFACE, ""));
    if (own != NULL)
        say_odd_address(own, words,
                        evidence_text(neighbour, KEY_INTERFACE, "?"), finding);
}

/* Of what the host passes on (a container's answer) the filter asks for the way
 * to whom it came from, which is not the trace's other end. */
static bool is_passed_on(const struct finding *finding)
{
    return (finding->role == ROLE_SOURCE) !=
           (finding->packet == PACKET_SYN_ACK);
}

static void say_passed_on(const struct case_file *file,
                          const struct words *words, struct finding *finding)
{
    const char *device = explain_interface(file);

    finding_add_text(finding, "arrived_on", device);
    finding_say(finding,
                "reverse path filtering on %s drops the %s, which came in on "
                "%s and is passed on: the route back to its sender uses "
                "another device",
                words->host, words->packet, device);
}

void sentence_rp_filter(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    const struct evidence *back = view_end(file->view, finding->role)->route;
    const struct end_sights *sights = view_sights(file->attempt, finding->role);
    const struct evidence *in =
        sights->packets[finding->packet][DIRECTION_IN].first;
    const char *arrived =
        in == NULL ? "?" : evidence_text(in, KEY_INTERFACE, "?");
    const char *route =
        back == NULL ? "?" : evidence_text(back, KEY_INTERFACE, "?");

    if (is_passed_on(finding)) {
        say_passed_on(file, words, finding);
        return;
    }
    finding_add_text(finding, "arrived_on", arrived);
    finding_add_text(finding, "route_uses", route);
    finding_cite(finding, in);
    finding_cite(finding, back);
    finding_cite(finding, file->known->because[F(DESTINATION, RP_FILTERED)]);
    finding_cite(finding, file->known->because[F(SOURCE, RP_FILTERED)]);
    if (strcmp(arrived, route) == 0) {
        finding_say(finding,
                    "reverse path filtering on %s drops the %s, which came in "
                    "on %s: the way back is asked for as from the address that "
                    "a rule of the host translates it to, and uses another "
                    "device than the host's own answers, which leave by %s",
                    words->host, words->packet, arrived, route);
        return;
    }
    finding_say(
        finding,
        "reverse path filtering on %s drops the %s: it came in on %s, and the "
        "route back uses %s",
        words->host, words->packet, arrived, route);
}

void fix_link(const struct case_file *file, const struct finding *finding,
              struct judgement *out)
{
    const struct evidence *link = link_of(file);
    struct command_line line;

    if (link == NULL || evidence_number(link, KEY_UP, 1) != 0)
        return; /* no carrier: a cable, a peer, nothing to type here */
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_fixed(&line, "link set dev");
    command_device(&line, evidence_text(link, KEY_INTERFACE, ""));
    command_fixed(&line, "up");
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "switches the interface on; routes through a gateway that went "
            "with it must be added again",
            &line);
}

/* A route with the very prefix that the lookup matched, when it is known. */
void fix_route_rejects(const struct case_file *file,
                       const struct finding *finding, struct judgement *out)
{
    const struct evidence *route = file->decider;
    struct command_route gone;
    struct command_line line;

    if (route == NULL)
        return;
    if (!evidence_has(route, KEY_PREFIX)) {
        fix_by_rule_del(route, finding->role, out);
        return;
    }
    gone = (struct command_route){
        .type = evidence_text(route, KEY_ROUTE_TYPE, ""),
        .address = evidence_address(route, KEY_ADDRESS),
        .prefix = evidence_number(route, KEY_PREFIX, 0),
        .table = evidence_number(route, KEY_TABLE_ID, COMMAND_TABLE_MAIN),
    };
    fix_start_ip(&line, &gone.address);
    command_delete_route(&line, &gone);
    if (explain_may_go(route))
        fix_add(
            out, finding->role, OPENS_OTHERS, "until-reboot",
            "removes the route that rejects the address: it may stand there "
            "on purpose, as a ban or as what is left of a network that is "
            "routed in parts; see who put it there",
            &line);
    fix_by_rule_del(route, finding->role, out);
}

/* The neighbour that brought the SYN is a gateway to where it came from. */
static const struct evidence *bringer_of(const struct case_file *file)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const char *link =
        in == NULL ? NULL : evidence_text(in, KEY_LINK_ADDRESS, NULL);
    const struct view *view = file->view;

    if (link == NULL)
        return NULL;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_NEIGHBOUR &&
            evidence_has(item, KEY_BRINGER) && item->role == ROLE_DESTINATION &&
            address.family == view->subject->source.family &&
            strcmp(evidence_text(item, KEY_LINK_ADDRESS, ""), link) == 0)
            return item;
    }
    return NULL;
}

void fix_route_back(const struct case_file *file, const struct finding *finding,
                    struct judgement *out)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *bringer;
    struct address from;
    struct address via;
    struct command_line line;

    if (finding->role != ROLE_DESTINATION ||
        (finding->cause == CAUSE_RP_FILTER && is_passed_on(finding)))
        return;
    bringer = bringer_of(file);
    if (bringer == NULL)
        return;
    from = evidence_address(in, KEY_SOURCE); /* perhaps translated */
    if (!address_is_set(&from))
        from = file->view->subject->source;
    via = evidence_address(bringer, KEY_ADDRESS);
    if (address_equal(&via, &from)) /* it is on the link */
        via = (struct address){.family = 0};
    fix_start_ip(&line, &from);
    command_replace_route(&line, &from, &via,
                          evidence_text(bringer, KEY_INTERFACE, ""),
                          evidence_number(bringer, KEY_ON_LINK, 1) == 0);
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "sends the answers back the way that the SYN came", &line);
}

void fix_no_route(const struct case_file *file, const struct finding *finding,
                  struct judgement *out)
{
    if (fix_unruled(file->decider, finding->role, out))
        return;
    fix_rule_from(file, finding, out);
    fix_translation(file, finding, out);
    fix_route_back(file, finding, out);
}
