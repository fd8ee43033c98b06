/* Rules of a firewall: what is said, and which command mends it. */
#include <string.h>

#include "common/base/text.h"
#include "controller/verdict/explain_parts.h"
#include "controller/verdict/front_end.h"

#define QUOTED_SIZE 256

/* The same packet was accepted by another table's chain at that stage before:
 * an accept ends no more than the chain that says it. */
static const struct evidence *earlier_accept(const struct view *view,
                                             const struct evidence *rule)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = &view->items[i];

        if (item->kind == EVIDENCE_RULE && item->role == rule->role &&
            evidence_word(item, KEY_VERDICT) == VERDICT_ACCEPT &&
            evidence_has(item, KEY_HANDLE) &&
            evidence_word(item, KEY_STAGE) == evidence_word(rule, KEY_STAGE) &&
            evidence_word(item, KEY_PACKET) ==
                evidence_word(rule, KEY_PACKET) &&
            evidence_number(item, KEY_ATTEMPT, 0) ==
                evidence_number(rule, KEY_ATTEMPT, 0) &&
            view_is_earlier(item, rule) &&
            (found == NULL || view_is_earlier(found, item)))
            found = item;
    }
    return found;
}

static void add_details(const struct evidence *rule, struct finding *finding)
{
    bool policy = evidence_number(rule, KEY_POLICY, 0) != 0;

    finding_add_text(
        finding, "backend",
        word_name(&backend_words, evidence_word(rule, KEY_BACKEND)));
    finding_add_text(finding, "family",
                     evidence_text(rule, KEY_FIREWALL_FAMILY, NULL));
    finding_add_text(finding, "table", evidence_text(rule, KEY_TABLE, NULL));
    finding_add_text(finding, "chain", evidence_text(rule, KEY_CHAIN, NULL));
    finding_add_text(finding, "base_chain",
                     evidence_text(rule, KEY_BASE_CHAIN, NULL));
    finding_add_text(finding, "path", evidence_text(rule, KEY_PATH, NULL));
    if (evidence_has(rule, KEY_HANDLE))
        finding_add_number(finding, "handle",
                           evidence_number(rule, KEY_HANDLE, 0));
    finding_add_text(finding, "rule",
                     policy ? NULL : evidence_text(rule, KEY_RULE, NULL));
    if (policy)
        finding_add_text(finding, "policy", "drop");
    finding_add_text(finding, "set", evidence_text(rule, KEY_SET, NULL));
    finding_add_text(finding, "element",
                     evidence_text(rule, KEY_ELEMENT, NULL));
}

/* " (element 192.0.2.10 of the set banned)"; empty without a set. */
static void write_set(const struct evidence *rule, char *text, size_t size)
{
    const char *set = evidence_text(rule, KEY_SET, NULL);
    const char *element = evidence_text(rule, KEY_ELEMENT, NULL);

    text[0] = '\0';
    if (element != NULL)
        text_format(text, size, " (element %s%s%s)", element,
                    set == NULL ? "" : " of the set ", set == NULL ? "" : set);
    else if (set != NULL)
        text_format(text, size, " (set %s)", set);
}

void finding_name_rule(const struct evidence *rule, struct finding *finding,
                       char *text, size_t size)
{
    bool policy = evidence_number(rule, KEY_POLICY, 0) != 0;
    char set[JUDGEMENT_TEXT_SIZE];

    add_details(rule, finding);
    write_set(rule, set, sizeof(set));
    text_format(
        text, size, "table %s %s, chain %s, %s%s%s",
        evidence_text(rule, KEY_FIREWALL_FAMILY, "?"),
        evidence_text(rule, KEY_TABLE, "?"),
        evidence_text(rule, KEY_PATH, evidence_text(rule, KEY_CHAIN, "?")),
        policy ? "the chain's policy" : "rule ",
        policy ? "" : evidence_text(rule, KEY_RULE, "(text unknown)"), set);
}

void sentence_firewall(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const char *verb =
        finding->cause == CAUSE_FIREWALL_REJECT ? "rejects" : "drops";
    char place[JUDGEMENT_TEXT_SIZE];
    char before[JUDGEMENT_TEXT_SIZE] = "";
    char whose[JUDGEMENT_TEXT_SIZE / 2];
    const struct evidence *accept;

    if (rule != NULL && rule->kind == EVIDENCE_DROP) {
        finding_say(finding,
                    "%s's netfilter %s the %s at %s: the kernel says so, but "
                    "not which rule it was",
                    words->host, verb, words->packet,
                    word_name(&stage_words, (int)finding->stage));
        return;
    }
    if (rule == NULL || !evidence_has(rule, KEY_CHAIN)) {
        finding_say(
            finding,
            "a firewall on %s most likely %s the %s: nothing else on the host "
            "explains it",
            words->host, verb, words->packet);
        return;
    }
    finding_name_rule(rule, finding, place, sizeof(place));
    accept = earlier_accept(file->view, rule);
    if (accept != NULL) {
        text_format(before, sizeof(before),
                    "; %s %s of table %s %s accepted it before, which ends "
                    "only that chain",
                    front_end_accepts(file->view, accept, finding),
                    evidence_text(accept, KEY_BASE_CHAIN, "?"),
                    evidence_text(accept, KEY_FIREWALL_FAMILY, "?"),
                    evidence_text(accept, KEY_TABLE, "?"));
        finding_cite(finding, accept);
    }
    front_end_name(file, words, finding, whose, sizeof(whose));
    finding_say(finding, "%s %s the %s: %s%s", whose, verb, words->packet,
                place, before);
    explain_tracking(file, finding);
}

/* The packet as the deciding rule saw it, else the SYN as it came to the host:
 * either may be translated. */
static const struct evidence *seen_packet(const struct case_file *file,
                                          const struct finding *finding)
{
    const struct evidence *rule = file->decider;

    if (rule != NULL && rule->kind == EVIDENCE_RULE &&
        evidence_has(rule, KEY_SOURCE) && evidence_has(rule, KEY_DESTINATION))
        return rule;
    return finding->role == ROLE_DESTINATION
               ? file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN]
                     .first
               : NULL;
}

struct way way_of(const struct case_file *file, const struct finding *finding)
{
    const struct subject *subject = file->view->subject;
    bool answer = finding->packet == PACKET_SYN_ACK;
    const struct evidence *seen = seen_packet(file, finding);
    struct way way = {.port_word = answer ? "sport" : "dport",
                      .port = subject->port,
                      .family = subject->destination.family};
    struct address from = answer ? subject->destination : subject->source;
    struct address to = answer ? subject->source : subject->destination;

    if (seen != NULL && evidence_has(seen, KEY_SOURCE) &&
        evidence_has(seen, KEY_DESTINATION)) {
        bool turned = answer && seen->kind == EVIDENCE_PACKET; /* a SYN */

        from = evidence_address(seen, turned ? KEY_DESTINATION : KEY_SOURCE);
        to = evidence_address(seen, turned ? KEY_SOURCE : KEY_DESTINATION);
        way.port = (unsigned)evidence_number(
            seen, answer && !turned ? KEY_SOURCE_PORT : KEY_DESTINATION_PORT,
            subject->port);
        way.family = to.family;
    }
    address_print(&from, way.from);
    address_print(&to, way.to);
    return way;
}

/* A name as one word of a shell; plain ones as they are. */
static const char *quote(const char *name, char out[static QUOTED_SIZE])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/,";
    size_t used = 0;

    if (name[0] != '\0' && name[strspn(name, plain)] == '\0' &&
        strlen(name) < QUOTED_SIZE) {
        text_format(out, QUOTED_SIZE, "%s", name);
        return out;
    }
    out[used++] = '\'';
    for (; *name != '\0' && used + 6 < QUOTED_SIZE; name++) {
        if (*name == '\'') { /* ends the quotes, and begins them anew */
            memcpy(out + used, "'\\'", 3);
            used += 3;
        }
        out[used++] = *name;
    }
    out[used++] = '\'';
    out[used] = '\0';
    return out;
}

/* A packet that comes back from a goto meets no further rule of the base
 * chain: behind its last one nobody would see it. */
static bool met_goto(const struct view *view, const struct evidence *rule)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = &view->items[i];

        if ((item->kind == EVIDENCE_RULE &&
             evidence_word(item, KEY_VERDICT) == VERDICT_GOTO) ||
            (item->kind == EVIDENCE_RULE_COUNTER &&
             strstr(evidence_text(item, KEY_RULE, ""), " -g ") != NULL)) {
            if (item->role == rule->role)
                return true;
        }
    }
    return false;
}

/* Who makes the connection is known to rules where it leaves its host. */
static const char *user_of(const struct subject *subject,
                           const struct finding *finding)
{
    return finding->role == ROLE_SOURCE && finding->packet == PACKET_SYN &&
                   finding->stage == STAGE_OUTPUT
               ? subject->as_user
               : "";
}

/* What an accept must ask for, in nft's language or iptables'.  What the host
 * passes on it may translate, and the answer comes through the same chain: both
 * go by the connection's own beginning. */
static void write_match(const struct case_file *file,
                        const struct finding *finding, bool iptables,
                        char *text, size_t size)
{
    struct way way = way_of(file, finding);
    const char *ip = way.family == 6 ? "ip6" : "ip";
    const char *user = user_of(file->view->subject, finding);
    const struct evidence *syn =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    bool forwarded = finding->stage == STAGE_FORWARD &&
                     finding->role == ROLE_DESTINATION && syn != NULL &&
                     evidence_has(syn, KEY_DESTINATION);

    if (forwarded) {
        struct address from = evidence_address(syn, KEY_SOURCE);
        struct address to = evidence_address(syn, KEY_DESTINATION);

        address_print(&from, way.from);
        address_print(&to, way.to);
        way.port = (unsigned)evidence_number(syn, KEY_DESTINATION_PORT, 0);
    }
    if (forwarded && iptables)
        text_format(text, size,
                    "-p tcp -m conntrack --ctorigsrc %s --ctorigdst %s "
                    "--ctorigdstport %u",
                    way.from, way.to, way.port);
    else if (forwarded)
        text_format(text, size,
                    "meta l4proto tcp ct original %s saddr %s ct original %s "
                    "daddr %s ct original proto-dst %u",
                    ip, way.from, ip, way.to, way.port);
    else if (iptables)
        text_format(text, size, "-s %s -d %s -p tcp --%s %u%s%s", way.from,
                    way.to, way.port_word, way.port,
                    user[0] == '\0' ? "" : " -m owner --uid-owner ", user);
    else
        text_format(text, size, "%s saddr %s %s daddr %s tcp %s %u%s%s", ip,
                    way.from, ip, way.to, way.port_word, way.port,
                    user[0] == '\0' ? "" : " meta skuid ", user);
}

/* "insert rule" before the one that stops it, or at the end, before the
 * policy. */
static void fix_nftables(const struct evidence *rule, const char *match,
                         bool at_end, struct fix *fix)
{
    char table[QUOTED_SIZE];
    char chain[QUOTED_SIZE];
    char before[32] = "";

    if (evidence_has(rule, KEY_HANDLE))
        text_format(before, sizeof(before), "handle %lld ",
                    (long long)evidence_number(rule, KEY_HANDLE, 0));
    text_format(fix->command, sizeof(fix->command),
                "nft %s rule %s %s %s %s%s accept", at_end ? "add" : "insert",
                evidence_text(rule, KEY_FIREWALL_FAMILY, "inet"),
                quote(evidence_text(rule, KEY_TABLE, ""), table),
                quote(evidence_text(rule, KEY_CHAIN, ""), chain), before,
                match);
}

static void fix_iptables(const struct evidence *rule, const char *match,
                         bool at_end, struct fix *fix)
{
    bool legacy = evidence_word(rule, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY;
    bool v6 =
        strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, "ip"), "ip6") == 0;
    char table[QUOTED_SIZE];
    char chain[QUOTED_SIZE];
    char number[32] = "";

    if (!at_end)
        text_format(number, sizeof(number), " %lld",
                    (long long)evidence_number(rule, KEY_POSITION, 1));
    text_format(
        fix->command, sizeof(fix->command), "%s-%s -t %s -%s %s%s %s -j ACCEPT",
        v6 ? "ip6tables" : "iptables", legacy ? "legacy" : "nft",
        quote(evidence_text(rule, KEY_TABLE, ""), table), at_end ? "A" : "I",
        quote(evidence_text(rule, KEY_CHAIN, ""), chain), number, match);
}

/* The entry of a set that the packet is: out with it. */
static void fix_set(const struct evidence *rule, enum role role,
                    struct judgement *out)
{
    const char *set = evidence_text(rule, KEY_SET, NULL);
    const char *element = evidence_text(rule, KEY_ELEMENT, NULL);
    char words[4][QUOTED_SIZE];
    char braced[QUOTED_SIZE];
    struct fix *fix;

    if (set == NULL || element == NULL)
        return;
    fix = fix_add(out, role, "until-reload",
                  "takes the entry out of the set, for all that it stops; "
                  "whoever put it there may do so again");
    if (fix == NULL)
        return;
    text_format(braced, sizeof(braced), "{ %s }", element);
    if (evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES)
        text_format(fix->command, sizeof(fix->command),
                    "nft delete element %s %s %s %s",
                    evidence_text(rule, KEY_FIREWALL_FAMILY, "inet"),
                    quote(evidence_text(rule, KEY_TABLE, ""), words[0]),
                    quote(set, words[1]), quote(braced, words[2]));
    else
        text_format(fix->command, sizeof(fix->command), "ipset del %s %s",
                    quote(set, words[0]), quote(element, words[1]));
}

void fix_rule(const struct case_file *file, const struct finding *finding,
              const struct evidence *rule, struct judgement *out)
{
    bool is_nft = evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES;
    char match[JUDGEMENT_TEXT_SIZE];
    bool at_end = evidence_number(rule, KEY_POLICY, 0) != 0 &&
                  !met_goto(file->view, rule);
    struct fix *fix;

    fix = fix_add(out, finding->role, "until-reload",
                  front_end_warning(file->view, rule));
    if (fix == NULL)
        return;
    write_match(file, finding, !is_nft, match, sizeof(match));
    if (is_nft)
        fix_nftables(rule, match, at_end, fix);
    else
        fix_iptables(rule, match, at_end, fix);
    fix_set(rule, finding->role, out);
}

void fix_firewall(const struct case_file *file, const struct finding *finding,
                  struct judgement *out)
{
    if (file->decider != NULL && evidence_has(file->decider, KEY_CHAIN) &&
        !front_end_fix(file, finding, out))
        fix_rule(file, finding, file->decider, out);
}
