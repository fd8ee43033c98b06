/* Ways that lead elsewhere, and addresses that nobody can answer: what is said,
 * and which command mends it. */
#include "controller/engine/view/ways.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"

void fix_start_ip(struct command_line *line, const struct address *address)
{
    command_start(line, COMMAND_IN_NETWORK, "ip");
    if (address->family == 6)
        command_fixed(line, "-6");
}

bool explain_may_go(const struct evidence *route)
{
    const char *type = evidence_text(route, KEY_ROUTE_TYPE, "");
    struct address matched = evidence_address(route, KEY_ADDRESS);
    int64_t table = evidence_number(route, KEY_TABLE_ID, COMMAND_TABLE_MAIN);
    bool leads = strcmp(type, "unicast") == 0 || strcmp(type, "") == 0;

    if (!address_is_set(&matched) || strcmp(type, "local") == 0 || table <= 0 ||
        table > UINT32_MAX || table == COMMAND_TABLE_LOCAL)
        return false;
    return evidence_number(route, KEY_PREFIX, 0) > 0 || !leads;
}

static int host_prefix(const struct address *address)
{
    return address->family == 6 ? 128 : 32;
}

const char *prefix_print(const struct evidence *item,
                         char text[static PREFIX_TEXT_SIZE])
{
    char address[ADDRESS_TEXT_SIZE];
    struct address prefix = evidence_address(item, KEY_ADDRESS);

    text_format(text, PREFIX_TEXT_SIZE, "%s/%lld",
                address_print(&prefix, address),
                (long long)evidence_number(item, KEY_PREFIX, 0));
    return text;
}

/* As `ip route` writes a route's prefix. */
static const char *print_route(const struct evidence *route,
                               char text[static PREFIX_TEXT_SIZE])
{
    struct address matched = evidence_address(route, KEY_ADDRESS);

    return evidence_number(route, KEY_PREFIX, 0) == 0 ||
                   !address_is_set(&matched)
               ? "default"
               : prefix_print(route, text);
}

static void add_route(struct finding *finding, const struct evidence *route)
{
    char prefix[PREFIX_TEXT_SIZE];

    finding_add_text(finding, "interface",
                     evidence_text(route, KEY_INTERFACE, NULL));
    if (evidence_has(route, KEY_PREFIX))
        finding_add_text(finding, "route", print_route(route, prefix));
    if (evidence_has(route, KEY_TABLE_ID))
        finding_add_number(finding, "table",
                           evidence_number(route, KEY_TABLE_ID, 0));
    if (evidence_has(route, KEY_MARK))
        finding_add_number(finding, "mark",
                           evidence_number(route, KEY_MARK, 0));
    finding_add_text(finding, "policy_rule",
                     evidence_text(route, KEY_RULE, NULL));
    finding_cite(finding, route);
}

/* What chose the way: a rule, or a route's prefix. */
static void print_chooser(const struct evidence *route, char *text, size_t size)
{
    char prefix[PREFIX_TEXT_SIZE];

    if (evidence_has(route, KEY_RULE))
        text_format(text, size, "the policy rule '%s'",
                    evidence_text(route, KEY_RULE, ""));
    else
        text_format(text, size, "the route %s",
                    evidence_has(route, KEY_PREFIX) ? print_route(route, prefix)
                                                    : "to it");
}

static void say_foreign_source(const struct case_file *file,
                               const struct words *words,
                               struct finding *finding)
{
    const struct evidence *syn =
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    char address[ADDRESS_TEXT_SIZE];
    struct address used;

    if (syn == NULL)
        return;
    used = evidence_address(syn, KEY_SOURCE);
    finding_add_text(finding, "source_address", address_print(&used, address));
    finding_add_text(finding, "interface",
                     evidence_text(syn, KEY_INTERFACE, NULL));
    finding_say(finding,
                "%s sends the SYN from %s, which is no address of %s: what %s "
                "answers does not come back",
                words->host, address, evidence_text(syn, KEY_INTERFACE, "?"),
                words->destination);
}

static bool is_foreign_source(const struct case_file *file,
                              const struct finding *finding)
{
    return finding->role == ROLE_SOURCE &&
           file->row->decider == F(SOURCE, ADDRESS_FOREIGN);
}

/* It was seen to leave by a device that no lookup names. */
static bool say_captured(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct evidence *left = file->decider;

    if (left == NULL || left->kind != EVIDENCE_PACKET)
        return false;
    finding_add_text(finding, "left_by",
                     evidence_text(left, KEY_INTERFACE, NULL));
    finding_say(finding,
                "on %s, the SYN-ACK left by %s, and did not reach %s; the SYN "
                "came in on another device, and why the answer does not take "
                "that one, no lookup tells",
                words->host, evidence_text(left, KEY_INTERFACE, "?"),
                words->source);
    return true;
}

void sentence_elsewhere(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *other;
    char chooser[PREFIX_TEXT_SIZE + 192];

    if (is_foreign_source(file, finding)) {
        say_foreign_source(file, words, finding);
        return;
    }
    if (route == NULL)
        return;
    print_chooser(route, chooser, sizeof(chooser));
    add_route(finding, route);
    other = ways_other(file->view, finding->role, route, false);
    if (finding->role == ROLE_SOURCE && other != NULL) {
        finding_add_text(finding, "other_interface",
                         evidence_text(other, KEY_INTERFACE, NULL));
        finding_cite(finding, other);
        finding_say(
            finding,
            "on %s, %s sends the SYN to %s, where %s is not; without "
            "it, it would leave by %s",
            words->host, chooser, evidence_text(route, KEY_INTERFACE, "?"),
            words->destination, evidence_text(other, KEY_INTERFACE, "?"));
        return;
    }
    if (in != NULL)
        finding_add_text(finding, "arrived_on",
                         evidence_text(in, KEY_INTERFACE, NULL));
    finding_cite(finding, in);
    if (say_captured(file, words, finding) ||
        explain_passed_on(route, words, chooser, finding))
        return;
    finding_say(finding,
                "on %s, %s sends the SYN-ACK to %s, from where it does not "
                "reach %s; the SYN came in on %s",
                words->host, chooser, evidence_text(route, KEY_INTERFACE, "?"),
                words->source,
                in == NULL ? "another device"
                           : evidence_text(in, KEY_INTERFACE, "?"));
}

void fix_by_host_route(const struct evidence *other, enum role role,
                       const struct address *peer, const char *explanation,
                       struct judgement *out)
{
    struct address via = evidence_address(other, KEY_GATEWAY);
    struct command_line line;

    fix_start_ip(&line, peer);
    command_replace_route(&line, peer, &via,
                          evidence_text(other, KEY_INTERFACE, ""),
                          evidence_number(other, KEY_ON_LINK, 1) == 0);
    fix_add(out, role, OPENS_NOTHING, "until-reboot", explanation, &line);
}

void fix_by_route_del(const struct evidence *route, enum role role,
                      struct judgement *out)
{
    const struct command_route gone = {
        .address = evidence_address(route, KEY_ADDRESS),
        .prefix = evidence_number(route, KEY_PREFIX, 0),
        .via = evidence_address(route, KEY_GATEWAY),
        .device = evidence_text(route, KEY_INTERFACE, ""),
        .table = evidence_number(route, KEY_TABLE_ID, COMMAND_TABLE_MAIN),
    };
    struct command_line line;

    if (!explain_may_go(route))
        return;
    fix_start_ip(&line, &gone.address);
    command_delete_route(&line, &gone);
    fix_add(out, role, OPENS_NOTHING, "until-reboot",
            "removes the route that leads elsewhere, for all that use it",
            &line);
}

void fix_by_rule_del(const struct evidence *route, enum role role,
                     struct judgement *out)
{
    struct address peer = evidence_address(route, KEY_DESTINATION);
    struct command_line line;

    if (!evidence_has(route, KEY_RULE))
        return;
    fix_start_ip(&line, &peer);
    command_delete_rule(&line, peer.family, evidence_text(route, KEY_RULE, ""));
    if (strcmp(evidence_text(route, KEY_ROUTE_TYPE, "unicast"), "unicast") == 0)
        fix_add(out, role, OPENS_NOTHING, "until-reboot",
                "removes the policy rule that chooses this way, for all that "
                "it leads: who is connected by it may be cut off",
                &line);
    else if (line.takes.table > 0)
        fix_add(out, role, OPENS_OTHERS, "until-reboot",
                "removes the policy rule that leads to the table which rejects "
                "it, for all that it leads: it may stand there on purpose, and "
                "who is connected by it may be cut off",
                &line);
    else
        fix_add(out, role, OPENS_OTHERS, "until-reboot",
                "removes the policy rule that rejects it: it may stand there "
                "on purpose, as a ban; see who put it there",
                &line);
}

/* A VPN's rule is there for all that goes that way: this address alone is asked
 * for before it, where another table knows a way. */
static void fix_before_rule(const struct evidence *route,
                            const struct evidence *other, enum role role,
                            struct judgement *out)
{
    struct address peer = evidence_address(route, KEY_DESTINATION);
    struct command_line line;

    if (other == NULL || !evidence_has(other, KEY_TABLE_ID) ||
        evidence_number(other, KEY_TABLE_ID, 0) ==
            evidence_number(route, KEY_TABLE_ID, 0))
        return;
    fix_start_ip(&line, &peer);
    command_add_rule_before(&line, evidence_text(route, KEY_RULE, ""), &peer,
                            evidence_number(other, KEY_TABLE_ID, 0));
    fix_add(out, role, OPENS_NOTHING, "until-reboot",
            "sends to this address by the table that knows the way, and leaves "
            "the rule to all others",
            &line);
}

/* The route that it took, with the address of the device that it left by. */
static void fix_foreign_source(const struct case_file *file,
                               struct judgement *out)
{
    const struct address *destination = &file->view->subject->destination;
    const struct evidence *route = file->view->source.route;
    const struct evidence *syn =
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *natural;
    const char *device;
    struct address used, via, address;
    struct command_line line;

    if (syn == NULL || route == NULL)
        return;
    used = evidence_address(syn, KEY_SOURCE);
    device = evidence_text(syn, KEY_INTERFACE, "");
    natural = ways_natural_source(file->view, device, &used);
    if (natural == NULL)
        return;
    via = evidence_address(route, KEY_GATEWAY);
    address = evidence_address(natural, KEY_ADDRESS);
    fix_start_ip(&line, destination);
    command_replace_route(&line, destination, &via, device,
                          evidence_number(route, KEY_ON_LINK, 1) == 0);
    command_fixed(&line, "src");
    command_address(&line, &address);
    fix_add(out, ROLE_SOURCE, OPENS_NOTHING, "until-reboot",
            "sends to this address from the address of the device", &line);
}

void fix_elsewhere(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    const struct evidence *other;
    struct address peer;
    bool exact;

    if (is_foreign_source(file, finding)) {
        fix_foreign_source(file, out);
        return;
    }
    if (route == NULL || fact_is(file->known, F(SOURCE, BOUND_AWAY), YES))
        return; /* then --device is wrong, and no route */
    peer = evidence_address(route, KEY_DESTINATION);
    other = ways_other(file->view, finding->role, route, false);
    if (file->decider != NULL && file->decider->kind == EVIDENCE_PACKET)
        return; /* what sent it there is not known */
    fix_rule_from(file, finding, out);
    if (evidence_has(route, KEY_RULE)) {
        fix_before_rule(route, other, finding->role, out);
        fix_by_rule_del(route, finding->role, out);
        return;
    }
    exact = evidence_number(route, KEY_PREFIX, 0) == host_prefix(&peer);
    if (exact)
        fix_by_route_del(route, finding->role, out);
    if (finding->role == ROLE_DESTINATION)
        fix_route_back(file, finding, out);
    else if (other != NULL)
        fix_by_host_route(other, finding->role, &peer,
                          "sends to this address the way that its other "
                          "routes know",
                          out);
    if (!exact)
        fix_by_route_del(route, finding->role, out);
}

void sentence_prefix(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    const struct evidence *own = NULL;
    const char *peer = finding->role == ROLE_SOURCE ? words->destination_address
                                                    : words->source_address;
    char address[ADDRESS_TEXT_SIZE];
    struct address held;

    if (route != NULL)
        own = ways_is_connected(file->view, finding->role, route);
    if (own == NULL) {
        sentence_by_meaning(file, words, finding);
        return;
    }
    held = evidence_address(own, KEY_ADDRESS);
    address_print(&held, address);
    finding_add_text(finding, "address", address);
    finding_add_number(finding, "prefix", evidence_number(own, KEY_PREFIX, 0));
    finding_add_text(finding, "interface",
                     evidence_text(own, KEY_INTERFACE, NULL));
    if (file->decider != NULL)
        finding_add_number(finding, "peer_prefix",
                           evidence_number(file->decider, KEY_PREFIX, 0));
    finding_cite(finding, own);
    finding_cite(finding, route);
    finding_say(finding,
                "%s takes %s for a neighbour on %s, because its own address "
                "is %s/%lld there: it asks for the link address in vain",
                words->host, peer, evidence_text(own, KEY_INTERFACE, "?"),
                address, (long long)evidence_number(own, KEY_PREFIX, 0));
}

void fix_prefix(const struct case_file *file, const struct finding *finding,
                struct judgement *out)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    const struct evidence *other;
    struct address peer;

    if (finding->role == ROLE_DESTINATION) {
        fix_route_back(file, finding, out);
        return;
    }
    if (route == NULL)
        return;
    peer = evidence_address(route, KEY_DESTINATION);
    other = ways_other(file->view, finding->role, route, true);
    if (other == NULL)
        other = ways_other(file->view, finding->role, route, false);
    if (other != NULL)
        fix_by_host_route(other, finding->role, &peer,
                          "sends to this address through the gateway; to mend "
                          "it for all, give the interface's address its right "
                          "prefix length",
                          out);
}

/* The answer goes to an address that is none of the device's. */
static bool is_badly_translated(const struct case_file *file,
                                struct address *left)
{
    const struct evidence *syn =
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;

    if (!fact_is(file->known, F(SOURCE, ADDRESS_TRANSLATED), YES) ||
        syn == NULL)
        return false;
    *left = evidence_address(syn, KEY_SOURCE);
    return ways_natural_source(
               file->view, evidence_text(syn, KEY_INTERFACE, ""), left) != NULL;
}

void explain_translation(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *rule;
    struct address left;

    if (finding->packet != PACKET_SYN_ACK || !is_badly_translated(file, &left))
        return;
    rule = facts_hiding_rule(file->view, ROLE_SOURCE, file->attempt);
    finding_add_text(finding, "translated_to", address_print(&left, address));
    finding_cite(finding, rule);
    finding_cite(finding, file->known->because[F(SOURCE, ADDRESS_TRANSLATED)]);
    if (rule != NULL) {
        finding_add_text(finding, "nat_table",
                         evidence_text(rule, KEY_TABLE, NULL));
        finding_add_text(finding, "nat_chain",
                         evidence_text(rule, KEY_CHAIN, NULL));
        finding_add_text(finding, "nat_rule",
                         evidence_text(rule, KEY_RULE, NULL));
    }
    finding_say_more(
        finding,
        "; the SYN bore the address %s, which %s's NAT rule '%s' gave "
        "it",
        address, words->source,
        rule == NULL ? "?" : evidence_text(rule, KEY_RULE, "?"));
}

void fix_translation(const struct case_file *file,
                     const struct finding *finding, struct judgement *out)
{
    struct finding syn = {.role = ROLE_SOURCE, .packet = PACKET_SYN};
    const struct evidence *rule =
        facts_hiding_rule(file->view, ROLE_SOURCE, file->attempt);
    size_t count = out->fix_count;
    struct address left;

    if (finding->packet != PACKET_SYN_ACK || rule == NULL ||
        !is_badly_translated(file, &left))
        return;
    fix_rule(file, &syn, rule, out);
    if (out->fix_count > count)
        text_format(out->fixes[count].explanation,
                    sizeof(out->fixes[count].explanation),
                    "lets this connection keep the source's own address; to "
                    "keep it, add it to the firewall's own configuration");
}
