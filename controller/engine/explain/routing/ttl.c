/* A TTL that is too low for the way: who chose it, and what gives the usual one
 * back. */
#include <strings.h>

#include "common/base/text.h"
#include "common/trace/sysctl_name.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/ways.h"

static const struct evidence *packet_sent(const struct case_file *file,
                                          const struct finding *finding)
{
    return view_sights(file->attempt, view_sender(finding->packet))
        ->packets[finding->packet][DIRECTION_OUT]
        .first;
}

static bool is_v6(const struct case_file *file)
{
    return file->view->subject->destination.family == 6;
}

/* A rule that gives this very packet another TTL, or one of iptables-legacy that
 * counted meanwhile. */
static bool sets_it(const struct evidence *item, const struct case_file *file,
                    const struct finding *finding)
{
    const char *target = evidence_text(item, KEY_TARGET, "");
    int64_t n = file->attempt - file->view->attempts;

    if (item->role != (uint8_t)view_sender(finding->packet) ||
        (strcasecmp(target, "ttl") != 0 && strcasecmp(target, "hl") != 0))
        return false;
    if (item->kind == EVIDENCE_RULE)
        return evidence_number(item, KEY_ATTEMPT, 0) == n &&
               evidence_word(item, KEY_PACKET) == (int)finding->packet;
    return item->kind == EVIDENCE_RULE_COUNTER &&
           evidence_rise(item, KEY_BEFORE, KEY_AFTER) > 0;
}

/* The last one that met it; NULL if none is known. */
static const struct evidence *setting_rule(const struct case_file *file,
                                           const struct finding *finding)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < file->view->count; i++)
        if (sets_it(file->view->items[i], file, finding))
            found = file->view->items[i];
    return found;
}

/* The route that it left by, if that one has a hop limit of its own, the one that
 * the packet had; NULL if not. */
static const struct evidence *setting_route(const struct case_file *file,
                                            const struct finding *finding)
{
    const struct evidence *sent = packet_sent(file, finding);
    const struct evidence *route =
        ways_route(file->view, view_sender(finding->packet), file->attempt);

    return route != NULL && evidence_has(route, KEY_TTL) &&
                   evidence_number(route, KEY_TTL, 0) ==
                       evidence_number(sent, KEY_TTL, -1)
               ? route
               : NULL;
}

static int64_t usual_ttl(const struct case_file *file,
                         const struct finding *finding)
{
    const char *device =
        evidence_text(packet_sent(file, finding), KEY_INTERFACE, "all");
    char name[SYSCTL_NAME_SIZE] = "net.ipv4.ip_default_ttl";

    if (is_v6(file))
        sysctl_name("net.ipv6.conf", device, "hop_limit", name);
    return view_sysctl(file->view, view_sender(finding->packet), name, 64);
}

static void say_rule(const struct case_file *file, const struct evidence *rule,
                     const char *from, struct finding *finding)
{
    char place[JUDGEMENT_TEXT_SIZE];
    char text[JUDGEMENT_TEXT_SIZE];

    finding_name_rule(file->view, rule, finding, place, sizeof(place));
    finding_cite(finding, rule);
    text_format(text, sizeof(text), "%s's firewall sets it: %s", from, place);
    finding_append(finding, "; ", text);
}

static void say_route(const struct evidence *route, const char *from,
                      struct finding *finding)
{
    char prefix[PREFIX_TEXT_SIZE];
    char text[160];

    finding_add_text(finding, "route", prefix_print(route, prefix));
    finding_cite(finding, route);
    text_format(text, sizeof(text), "%s's route to %s sets it (hoplimit)", from,
                prefix);
    finding_append(finding, "; ", text);
}

/* A rule has the last word, then a route; a TTL that is neither's nor the host's
 * own setting was chosen by the program itself, or by a rule that nobody saw. */
static void say_chosen_ttl(const struct case_file *file, const char *from,
                           struct finding *finding)
{
    const struct evidence *rule = setting_rule(file, finding);
    const struct evidence *route = setting_route(file, finding);
    int64_t usual = usual_ttl(file, finding);
    char text[128];

    if (rule != NULL) {
        say_rule(file, rule, from, finding);
        return;
    }
    if (route != NULL) {
        say_route(route, from, finding);
        return;
    }
    if (usual == evidence_number(packet_sent(file, finding), KEY_TTL, 0))
        return;
    finding_add_number(finding, "default_ttl", usual);
    text_format(text, sizeof(text),
                "%s's setting is %lld: a rule or the program itself sets it",
                from, (long long)usual);
    finding_append(finding, "; ", text);
}

void sentence_ttl(const struct case_file *file, const struct words *words,
                  struct finding *finding)
{
    bool forward = view_sender(finding->packet) == ROLE_SOURCE;
    const char *from = forward ? words->source : words->destination;
    const struct evidence *sent = packet_sent(file, finding);
    const struct evidence *icmp =
        file->known->because[forward ? F(SOURCE, ICMP_EXPIRED)
                                     : F(DESTINATION, ANSWER_EXPIRED)];
    char address[ADDRESS_TEXT_SIZE];
    struct address hop;
    long long ttl;

    if (sent == NULL)
        return;
    ttl = (long long)evidence_number(sent, KEY_TTL, 0);
    finding_add_number(finding, "ttl", ttl);
    finding_cite(finding, sent);
    finding_cite(finding, icmp);
    if (icmp == NULL) {
        finding_say(finding,
                    "the %s left %s with a TTL of %lld, which is too low to "
                    "reach %s",
                    words->packet, from, ttl,
                    forward ? words->destination : words->source);
    } else {
        hop = evidence_address(icmp, KEY_OFFENDER);
        finding_add_text(finding, "hop", address_print(&hop, address));
        finding_say(finding,
                    "the %s left %s with a TTL of %lld, and at %s it ran out",
                    words->packet, from, ttl, address);
    }
    say_chosen_ttl(file, from, finding);
}

/* Only main's routes may be passed by with one of our own. */
static void fix_route(const struct finding *finding,
                      const struct evidence *route, struct judgement *out)
{
    struct address peer = evidence_address(route, KEY_DESTINATION);

    if (evidence_number(route, KEY_TABLE_ID, 0) == COMMAND_TABLE_MAIN)
        fix_by_host_route(route, view_sender(finding->packet), &peer,
                          "sends to this address by a route without a hop "
                          "limit; to keep it, take the hop limit from the "
                          "route where it is set up",
                          out);
}

static void fix_setting(const struct case_file *file,
                        const struct finding *finding, struct judgement *out)
{
    struct command_line line;

    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    if (is_v6(file))
        command_sysctl(
            &line, "net.ipv6.conf",
            evidence_text(packet_sent(file, finding), KEY_INTERFACE, "all"),
            "hop_limit", 64);
    else
        command_fixed(&line, "net.ipv4.ip_default_ttl=64");
    fix_add(out, view_sender(finding->packet), OPENS_NOTHING, "until-reboot",
            "gives new connections the usual TTL; to keep it, put it into a "
            "file of /etc/sysctl.d",
            &line);
}

/* It dies on the way, and the rule is the sender's. */
static void fix_at_sender(const struct case_file *file, struct finding finding,
                          const struct evidence *rule, struct judgement *out)
{
    finding.role = view_sender(finding.packet);
    if (evidence_has(rule, KEY_STAGE))
        finding.stage = (enum stage)evidence_word(rule, KEY_STAGE);
    fix_rule(file, &finding, rule, out);
}

/* What the program itself chose no command changes. */
void fix_ttl(const struct case_file *file, const struct finding *finding,
             struct judgement *out)
{
    const struct evidence *sent = packet_sent(file, finding);
    const struct evidence *rule;
    const struct evidence *route;

    if (sent == NULL)
        return;
    rule = setting_rule(file, finding);
    route = setting_route(file, finding);
    if (rule != NULL)
        fix_at_sender(file, *finding, rule, out);
    else if (route != NULL)
        fix_route(finding, route, out);
    else if (usual_ttl(file, finding) == evidence_number(sent, KEY_TTL, 0))
        fix_setting(file, finding, out);
}
