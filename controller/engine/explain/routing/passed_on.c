/* What the destination should pass on: what is said, and which command mends
 * it. */
#include <errno.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/inside.h"
#include "controller/engine/view/ways.h"

/* The setting of the device that it came in on, where that is what is off, and
 * not the one for all. */
static const struct evidence *device_setting(const struct case_file *file,
                                             const struct finding *finding)
{
    const struct evidence *sysctl =
        file->known->because[F(DESTINATION, FORWARDING_OFF)];

    return finding->role == ROLE_DESTINATION && sysctl != NULL &&
                   fact_is(file->known, F(DESTINATION, FORWARDING_OFF), YES) &&
                   evidence_has(sysctl, KEY_INTERFACE) &&
                   view_sysctl(file->view, ROLE_DESTINATION,
                               "net.ipv4.ip_forward", 0) != 0
               ? sysctl
               : NULL;
}

static void add_rule(const struct evidence *rule, struct finding *finding)
{
    finding_add_text(finding, "table", evidence_text(rule, KEY_TABLE, NULL));
    finding_add_text(finding, "chain", evidence_text(rule, KEY_CHAIN, NULL));
    finding_add_text(finding, "rule", evidence_text(rule, KEY_RULE, NULL));
    finding_cite(finding, rule);
}

/* Nobody asks a server to pass a SYN on but its own rule, which may be the
 * mistake: it is named first.  NULL: no such rule is known. */
static const struct evidence *sender_of(const struct case_file *file,
                                        const struct finding *finding)
{
    return finding->role == ROLE_DESTINATION && finding->packet == PACKET_SYN
               ? explain_translating_rule(file->view)
               : NULL;
}

/* "hostB's rule '...' sends the SYN on to another host, but " */
static void say_sender(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *rule = sender_of(file, finding);

    if (rule == NULL)
        return;
    add_rule(rule, finding);
    finding_say(finding,
                "%s's rule '%s' sends the SYN on to another host, but ",
                words->host, evidence_text(rule, KEY_RULE, "?"));
}

void sentence_forwarding(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct evidence *setting = device_setting(file, finding);
    char text[JUDGEMENT_TEXT_SIZE / 2];
    const char *name;

    say_sender(file, words, finding);
    if (setting == NULL && finding->summary[0] == '\0') {
        sentence_by_meaning(file, words, finding);
        return;
    }
    if (setting == NULL) {
        finding_append(finding, "",
                       "forwarding is off there, so that nothing is passed on");
        return;
    }
    name = evidence_text(setting, KEY_NAME, "?");
    finding_add_text(finding, "sysctl", name);
    finding_add_text(finding, "arrived_on",
                     evidence_text(setting, KEY_INTERFACE, NULL));
    finding_cite(finding, setting);
    text_format(text, sizeof(text),
                "%s must pass the %s on, and does so for what comes in on its "
                "other devices, but not on %s: %s is 0",
                words->host, words->packet,
                evidence_text(setting, KEY_INTERFACE, "?"), name);
    finding_append(finding, "", text);
}

/* What is not passed on asks for nobody: that somebody is at the other end of a
 * translation is not known, and a router is soon made of a server. */
static void write_proviso(const struct case_file *file,
                          const struct finding *finding, char *text,
                          size_t size)
{
    const struct evidence *rule = sender_of(file, finding);

    text[0] = '\0';
    if (rule != NULL)
        text_format(text, size,
                    "first see that somebody is where the rule '%s' sends it, "
                    "for nothing was sent there yet: if nobody is, take that "
                    "rule out instead; if somebody is, this ",
                    evidence_text(rule, KEY_RULE, "?"));
}

void fix_forwarding(const struct case_file *file, const struct finding *finding,
                    struct judgement *out)
{
    const struct evidence *setting = device_setting(file, finding);
    struct command_line line;
    char proviso[JUDGEMENT_TEXT_SIZE / 2];
    char text[JUDGEMENT_TEXT_SIZE];

    write_proviso(file, finding, proviso, sizeof(proviso));
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    if (setting != NULL) {
        command_sysctl(&line, "net.ipv4.conf",
                       evidence_text(setting, KEY_INTERFACE, ""), "forwarding",
                       1);
        text_format(text, sizeof(text),
                    "%slets the host pass on what comes in on this device, as "
                    "far as its firewall allows; to keep it, put it into a "
                    "file of /etc/sysctl.d",
                    proviso);
        fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot", text,
                &line);
        return;
    }
    if (file->view->subject->destination.family == 6)
        command_forward_ipv6(&line);
    else
        command_fixed(&line, "net.ipv4.ip_forward=1");
    text_format(text, sizeof(text),
                "%slets the host pass packets on, between all of its networks, "
                "as far as its firewall allows; to keep it, put it into a file "
                "of /etc/sysctl.d",
                proviso);
    fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot", text, &line);
}

/* The SYN as it was seen to leave the destination again. */
static const struct evidence *seen_on(const struct view *view)
{
    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *out =
            view->attempts[n]
                .destination.packets[PACKET_SYN][DIRECTION_OUT]
                .first;

        if (out != NULL)
            return out;
    }
    return NULL;
}

static void say_guest(const struct view *view, const struct known *known,
                      struct finding *finding)
{
    const struct evidence *in = known->because[F(DESTINATION, HANDED_ON)];
    bool refused = fact_is(known, F(DESTINATION, RST), YES);
    char host[HOST_NAME_SIZE];
    char address[ADDRESS_TEXT_SIZE];

    address_print(&view->subject->destination, address);
    finding_add_text(finding, "guest", address);
    if (in != NULL)
        finding_add_text(finding, "arrived_on",
                         evidence_text(in, KEY_INTERFACE, NULL));
    if (refused)
        finding_cite(finding, known->because[F(DESTINATION, RST)]);
    finding_say(finding,
                "%s is a guest behind a device of %s (a virtual machine, a "
                "container): the SYN reached it, %s, and nobody watches "
                "inside to tell why",
                address, explain_host(view, ROLE_DESTINATION, host),
                refused ? "a reset came from there" : "no answer came");
}

/* The one who listens on the port that it was sent on to, in another network
 * namespace of the host; NULL for none, or several. */
static const struct evidence *lone_taker(const struct view *view,
                                         const struct evidence *out)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != EVIDENCE_LISTENER || item->role != ROLE_DESTINATION ||
            !evidence_has(item, KEY_NAMESPACE) ||
            evidence_number(item, KEY_PORT, -1) !=
                evidence_number(out, KEY_DESTINATION_PORT, -2))
            continue;
        if (found != NULL)
            return NULL;
        found = item;
    }
    return found;
}

/* What the captures leave: it went in, and nothing came out. */
static void say_suspicion(const struct view *view, const struct evidence *out,
                          struct finding *finding)
{
    const struct evidence *taker = lone_taker(view, out);
    char who[96];

    if (taker == NULL)
        return;
    process_name(taker, who, sizeof(who));
    finding_add_text(finding, "listener_namespace",
                     evidence_text(taker, KEY_NAMESPACE, NULL));
    finding_cite(finding, taker);
    finding_say_more(finding,
                     "; %s listens on that port in the network namespace %s: "
                     "if that is the one, suspect its route back, its rules "
                     "or its rp_filter, for nobody tells of a drop there",
                     who, evidence_text(taker, KEY_NAMESPACE, "?"));
}

void explain_handed_on(const struct view *view, const struct known *known,
                       struct finding *finding)
{
    const struct evidence *rule = explain_translating_rule(view);
    const struct evidence *out = seen_on(view);
    char host[HOST_NAME_SIZE];
    char whither[ADDRESS_TEXT_SIZE + 64] = "";
    char target[ADDRESS_TEXT_SIZE];
    struct address to;

    if (view->has_guest) {
        say_guest(view, known, finding);
        return;
    }
    if (rule == NULL)
        return;
    add_rule(rule, finding);
    if (out != NULL) {
        to = evidence_address(out, KEY_DESTINATION);
        finding_cite(finding, out);
        text_format(whither, sizeof(whither), ": to %s port %lld by %s",
                    address_print(&to, target),
                    (long long)evidence_number(out, KEY_DESTINATION_PORT, 0),
                    evidence_text(out, KEY_INTERFACE, "?"));
    }
    finding_say(finding,
                "%s's rule '%s' sends the SYN on%s; it is not followed there "
                "yet, and %s back",
                explain_host(view, ROLE_DESTINATION, host),
                evidence_text(rule, KEY_RULE, "?"), whither,
                fact_is(known, F(SOURCE, RST), YES) ? "a reset came"
                                                    : "no answer came");
    if (out != NULL && fact_is(known, F(SOURCE, RST), NO))
        say_suspicion(view, out, finding);
}

void sentence_nat_target(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct evidence *rule = explain_translating_rule(file->view);
    const struct evidence *entry = file->attempt->destination.tracked[1];
    bool silent = fact_is(file->known, F(DESTINATION, TARGET_SILENT), YES);
    char target[ADDRESS_TEXT_SIZE] = "an address";
    char by[256] = "";
    struct address address;

    if (entry != NULL) {
        address = evidence_address(entry, KEY_REPLY_SOURCE);
        address_print(&address, target);
        finding_add_text(finding, "target", target);
        finding_cite(finding, entry);
    }
    if (rule != NULL) {
        add_rule(rule, finding);
        text_format(by, sizeof(by), ", by the rule '%s'",
                    evidence_text(rule, KEY_RULE, "?"));
    }
    finding_say(finding, "%s sends the SYN on to %s%s, and %s", words->host,
                target, by,
                silent ? "nobody there answers for that address"
                       : "has no route to it, or a policy rule that says "
                         "unreachable");
}

bool explain_is_inside_there(const struct row *row)
{
    return row->position == POSITION_HANDED_ON &&
           (row->decider == F(DESTINATION, TARGET_REFUSED) ||
            row->decider == F(DESTINATION, TARGET_REJECTS) ||
            row->decider == F(DESTINATION, STOPPED_INSIDE));
}

/* "203.0.113.66, to which hostB's rule '...' sends the SYN on" */
static void say_target(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *rule = explain_translating_rule(file->view);
    const struct evidence *passed = inside_passed(file->attempt);
    char target[ADDRESS_TEXT_SIZE];
    struct address to;

    if (passed == NULL) {
        finding_say(finding, "what is behind %s, to which the SYN is passed on",
                    words->host);
        return;
    }
    to = evidence_address(passed, KEY_DESTINATION);
    finding_add_text(finding, "target", address_print(&to, target));
    finding_add_number(finding, "target_port",
                       evidence_number(passed, KEY_DESTINATION_PORT, 0));
    finding_cite(finding, passed);
    finding_say(finding, "%s, to which %s", target, words->host);
    if (rule != NULL) {
        add_rule(rule, finding);
        finding_say_more(finding, "'s rule '%s' sends the SYN on",
                         evidence_text(rule, KEY_RULE, "?"));
    } else
        finding_say_more(finding, " passes the SYN on");
}

/* ", in the network namespace box", if that is known. */
static void say_where(const struct case_file *file, struct finding *finding)
{
    const char *name = inside_name(file->view, file->attempt);

    if (name != NULL)
        finding_say_more(finding, ", in the network namespace %s", name);
}

/* The other reasons of a reset would be a rule's: nobody saw one. */
static void say_refusal(const struct case_file *file, struct finding *finding)
{
    const struct evidence *listener =
        finding->cause == CAUSE_LISTENING_ON_LOOPBACK
            ? file->known->because[F(DESTINATION, TARGET_ON_LOOPBACK)]
            : NULL;
    char address[ADDRESS_TEXT_SIZE];
    char who[96];
    struct address bound;

    finding_say_more(finding, ", refuses port %lld itself: ",
                     (long long)finding_number(finding, "target_port"));
    if (listener == NULL) {
        finding_append(finding, "", "nothing listens on it there");
    } else {
        bound = evidence_address(listener, KEY_ADDRESS);
        listener_describe(finding, listener, who, sizeof(who));
        finding_say_more(finding, "%s listens on %s alone there", who,
                         address_print(&bound, address));
    }
    say_where(file, finding);
    if (file->decider->kind != EVIDENCE_DROP)
        finding_append(finding, "",
                       "; its reset was seen to come in, and nobody watches "
                       "inside to tell whether a rule there sent it");
}

/* Judged by what became of the SYN that was passed on, never by the sockets of
 * the host that did so. */
void sentence_inside(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    say_target(file, words, finding);
    if (finding->cause == CAUSE_NOT_LISTENING ||
        finding->cause == CAUSE_LISTENING_ON_LOOPBACK) {
        say_refusal(file, finding);
        return;
    }
    finding_say_more(finding, ", %s the %s itself: netfilter does so there",
                     finding->cause == CAUSE_FIREWALL_DROP ? "drops"
                                                           : "rejects",
                     words->packet);
    say_where(file, finding);
    finding_append(finding, "",
                   "; by which rule was not seen, for rules are not traced "
                   "inside");
}

void sentence_onward_rejected(const struct case_file *file,
                              const struct words *words,
                              struct finding *finding)
{
    static const struct
    {
        int error;
        const char *type;
    } types[] = {{EINVAL, "blackhole"},
                 {EHOSTUNREACH, "unreachable"},
                 {EACCES, "prohibit"}};
    const struct evidence *rule = explain_translating_rule(file->view);
    int64_t error = evidence_number(file->decider, KEY_ERRNO, 0);
    const char *type = "rejecting";

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (types[i].error == error)
            type = types[i].type;
    finding_add_text(finding, "route_type", type);
    finding_add_text(finding, "passed_on", "syn");
    if (rule != NULL)
        add_rule(rule, finding);
    finding_say(finding,
                "%s passes the SYN on%s%s%s, and has a route of type %s, or a "
                "policy rule that says so, for where it goes",
                words->host, rule == NULL ? "" : " by its rule '",
                rule == NULL ? "" : evidence_text(rule, KEY_RULE, "?"),
                rule == NULL ? "" : "'", type);
}

bool explain_passed_on(const struct evidence *route, const struct words *words,
                       const char *chooser, struct finding *finding)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address from = evidence_address(route, KEY_SOURCE);

    if (!evidence_has(route, KEY_FROM_INTERFACE) || !address_is_set(&from))
        return false;
    finding_add_text(finding, "routed_as", address_print(&from, address));
    finding_add_text(finding, "from_interface",
                     evidence_text(route, KEY_FROM_INTERFACE, NULL));
    finding_say(finding,
                "on %s, %s sends the SYN-ACK to %s, from where it does not "
                "reach %s: the SYN was passed on to %s, and its answer is "
                "routed while it still bears that address",
                words->host, chooser, evidence_text(route, KEY_INTERFACE, "?"),
                words->source, address);
    return true;
}

void fix_rule_from(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    const struct evidence *route =
        ways_route(file->view, finding->role, file->attempt);
    const struct evidence *own = view_end(file->view, finding->role)->route;
    struct command_line line;
    struct address from;
    int64_t table;

    if (route == NULL || !evidence_has(route, KEY_FROM_INTERFACE) ||
        own == NULL || !evidence_has(own, KEY_GATEWAY) ||
        !view_came_in_on(file->view, evidence_text(own, KEY_INTERFACE, "")))
        return;
    table = evidence_number(own, KEY_TABLE_ID, 0);
    if (table == COMMAND_TABLE_MAIN || table == COMMAND_TABLE_DEFAULT ||
        table == evidence_number(route, KEY_TABLE_ID, 0))
        return;
    from = evidence_address(route, KEY_SOURCE);
    fix_start_ip(&line, &from);
    command_add_rule_from(&line, evidence_text(route, KEY_RULE, ""), &from,
                          table);
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "sends what comes from there by the table that the host's own "
            "answers take",
            &line);
}
