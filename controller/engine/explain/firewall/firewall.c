/* Rules of a firewall: what is said, and which command mends it. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/firewall/front_end.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/installed.h"

/* The same packet was accepted by another table's chain at that stage before:
 * an accept ends no more than the chain that says it. */
static const struct evidence *earlier_accept(const struct view *view,
                                             const struct evidence *rule)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

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

void finding_name_rule(const struct view *view, const struct evidence *rule,
                       struct finding *finding, char *text, size_t size)
{
    bool policy = evidence_number(rule, KEY_POLICY, 0) != 0;
    char words[EVIDENCE_TEXT_SIZE] = "";
    char set[JUDGEMENT_TEXT_SIZE];

    if (!policy)
        finding_rule_words(view, rule, words);
    add_details(rule, finding);
    write_set(rule, set, sizeof(set));
    text_format(
        text, size, "table %s %s, chain %s, %s%s%s",
        evidence_text(rule, KEY_FIREWALL_FAMILY, "?"),
        evidence_text(rule, KEY_TABLE, "?"),
        evidence_text(rule, KEY_PATH, evidence_text(rule, KEY_CHAIN, "?")),
        policy ? "the chain's policy" : "rule ", words, set);
}

static const char *verb_of(enum cause cause, bool foreseen)
{
    if (cause == CAUSE_FIREWALL_REJECT)
        return foreseen ? "would reject" : "rejects";
    return foreseen ? "would drop" : "drops";
}

void sentence_firewall(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *rule = file->decider;
    bool foreseen = rule != NULL && rule->kind == EVIDENCE_FORESEEN;
    const char *verb = verb_of(finding->cause, foreseen);
    char place[JUDGEMENT_TEXT_SIZE];
    char before[JUDGEMENT_TEXT_SIZE] = "";
    char whose[JUDGEMENT_TEXT_SIZE / 2];
    const struct evidence *accept;

    if (finding->packet == PACKET_SYN &&
        fact_is(file->known, F(DESTINATION, AGENT), NO) &&
        fact_is(file->known, F(DESTINATION, REPORTED), YES)) {
        sentence_icmp(file, words, finding);
        finding_append(finding, "; ",
                       "that is the address called itself, so its own "
                       "firewall rejects it, or one that speaks for it: TCP "
                       "answers no port so");
        return;
    }
    if (rule == NULL || !evidence_has(rule, KEY_CHAIN)) {
        explain_unseen_rule(file, words, verb, finding);
        return;
    }
    finding_name_rule(file->view, rule, finding, place, sizeof(place));
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

    if (rule != NULL &&
        (rule->kind == EVIDENCE_RULE || rule->kind == EVIDENCE_FORESEEN) &&
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
    way.from = from;
    way.to = to;
    return way;
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

/* What the host passes on it may translate, and the answer comes through the
 * same chain: there a rule goes by the connection's own beginning. */
static bool is_forwarded(const struct case_file *file,
                         const struct finding *finding, struct way *way)
{
    const struct attempt_view *attempt = file->attempt;
    const struct evidence *syn =
        finding->role == ROLE_SOURCE /* as a namespace of its own sent it */
            ? attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first
            : attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;

    if (finding->stage != STAGE_FORWARD || finding->role == ROLE_PATH ||
        syn == NULL || !evidence_has(syn, KEY_DESTINATION))
        return false;
    way->from = evidence_address(syn, KEY_SOURCE);
    way->to = evidence_address(syn, KEY_DESTINATION);
    way->port = (unsigned)evidence_number(syn, KEY_DESTINATION_PORT, 0);
    return true;
}

/* What an accept must ask for, in iptables' language. */
static void add_iptables_match(struct command_line *line,
                               const struct case_file *file,
                               const struct finding *finding)
{
    struct way way = way_of(file, finding);
    const char *user = user_of(file->view->subject, finding);

    if (is_forwarded(file, finding, &way)) {
        command_fixed(line, "-p tcp -m conntrack --ctorigsrc");
        command_address(line, &way.from);
        command_fixed(line, "--ctorigdst");
        command_address(line, &way.to);
        command_fixed(line, "--ctorigdstport");
        command_number(line, way.port);
        return;
    }
    command_fixed(line, "-s");
    command_address(line, &way.from);
    command_fixed(line, "-d");
    command_address(line, &way.to);
    command_fixed(line, "-p tcp");
    command_joined(line, "--", way.port_word, "");
    command_number(line, way.port);
    fix_limit_in_iptables(line, answer_limit(file, finding));
    if (user[0] != '\0') {
        command_fixed(line, "-m owner --uid-owner");
        command_word(line, user);
    }
}

/* The same in nft's.  No text of a rule is put into a command: nft reads its
 * arguments as one text, so that a rule's text may hold what ends a statement
 * and begins another.  Addresses, numbers and the user are all that is said
 * here; the rule itself is spoken of by its handle. */
static void add_nft_match(struct command_line *line,
                          const struct case_file *file,
                          const struct finding *finding)
{
    struct way way = way_of(file, finding);
    const char *user = user_of(file->view->subject, finding);
    /* A bridge translates nothing, and its tables know no connections. */
    bool forwarded =
        strcmp(evidence_text(file->decider, KEY_FIREWALL_FAMILY, ""),
               "bridge") != 0 &&
        is_forwarded(file, finding, &way);
    const char *ip = way.family == 6 ? "ip6" : "ip";

    if (forwarded)
        command_fixed(line, "meta l4proto tcp ct original");
    else
        fix_limit_in_nft(line, answer_limit(file, finding));
    command_word(line, ip);
    command_fixed(line, "saddr");
    command_address(line, &way.from);
    if (forwarded)
        command_fixed(line, "ct original");
    command_word(line, ip);
    command_fixed(line, "daddr");
    command_address(line, &way.to);
    if (forwarded) {
        command_fixed(line, "ct original proto-dst");
        command_number(line, way.port);
        return;
    }
    command_fixed(line, "tcp");
    command_word(line, way.port_word);
    command_number(line, way.port);
    if (user[0] == '\0')
        return;
    command_fixed(line, "meta skuid");
    if (user[strspn(user, "0123456789")] == '\0')
        command_word(line, user);
    else
        command_nft_name(line, user);
}

void fix_name_nft_table(struct command_line *line, const struct evidence *rule)
{
    static const char *const families[] = {"inet",   "ip",     "ip6", "arp",
                                           "bridge", "netdev", NULL};

    command_one_of(line, evidence_text(rule, KEY_FIREWALL_FAMILY, "inet"),
                   families);
    command_nft_name(line, evidence_text(rule, KEY_TABLE, ""));
}

/* Before the rule that stops it, or, where the policy does, before all others.
 * It is typed later, and the chain may be another one by then: a handle is still
 * that rule's, and the beginning is before whatever was added. */
void fix_start_in_nft(struct command_line *line, const struct evidence *rule)
{
    command_start(line, COMMAND_IN_NETWORK, "nft");
    command_fixed(line, "insert rule");
    fix_name_nft_table(line, rule);
    command_nft_name(line, evidence_text(rule, KEY_CHAIN, ""));
    if (evidence_has(rule, KEY_HANDLE)) {
        command_fixed(line, "handle");
        command_number(line, evidence_number(rule, KEY_HANDLE, 0));
    }
}

void fix_start_iptables(struct command_line *line, bool v6, bool legacy)
{
    if (v6 && legacy)
        command_start(line, COMMAND_IN_NETWORK, "ip6tables-legacy");
    else if (v6)
        command_start(line, COMMAND_IN_NETWORK, "ip6tables-nft");
    else if (legacy)
        command_start(line, COMMAND_IN_NETWORK, "iptables-legacy");
    else
        command_start(line, COMMAND_IN_NETWORK, "iptables-nft");
}

/* At the chain's beginning: a rule's number would be another one's after the
 * next change, so that the accept might come behind what stops the packet. */
void fix_start_in_iptables(struct command_line *line,
                           const struct evidence *rule)
{
    static const char *const tables[] = {"filter", "nat",      "mangle",
                                         "raw",    "security", NULL};

    fix_start_iptables(
        line,
        strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, "ip"), "ip6") == 0,
        evidence_word(rule, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY);
    command_fixed(line, "-t");
    command_one_of(line, evidence_text(rule, KEY_TABLE, ""), tables);
    command_fixed(line, "-I");
    command_word(line, evidence_text(rule, KEY_CHAIN, ""));
}

/* iptables-nft's rules are nftables', and nft adds to them as well. */
static bool is_typed_in_nft(const struct view *view,
                            const struct evidence *rule)
{
    static const char nft[] = "nft";
    enum role role = (enum role)rule->role;
    const char *own =
        strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, "ip"), "ip6") == 0
            ? "ip6tables-nft"
            : "iptables-nft";

    if (evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES)
        return true;
    return evidence_word(rule, KEY_BACKEND) == BACKEND_IPTABLES_NFT &&
           view_lacks(view, role, own, strlen(own)) &&
           !view_lacks(view, role, nft, sizeof(nft) - 1);
}

static void fix_by_rule(const struct case_file *file,
                        const struct finding *finding,
                        const struct evidence *rule, const char *why,
                        struct judgement *out)
{
    struct way way = way_of(file, finding);
    enum fix_opens opens = OPENS_CONNECTION;
    struct command_line line;

    if (fix_is_of_ebtables(rule)) {
        /* It knows no flags of TCP: what comes from that port may begin
         * connections, too. */
        if (finding->packet == PACKET_SYN_ACK)
            opens = OPENS_OTHERS;
        fix_start_ebtables_tcp(&line, rule, &way);
        command_fixed(&line, "-j ACCEPT");
    } else if (is_typed_in_nft(file->view, rule)) {
        fix_start_in_nft(&line, rule);
        add_nft_match(&line, file, finding);
        command_fixed(&line, "accept");
    } else {
        fix_start_in_iptables(&line, rule);
        add_iptables_match(&line, file, finding);
        command_fixed(&line, "-j ACCEPT");
    }
    if (fix_add(out, finding->role, opens, "until-reload", why, &line))
        fix_set(rule, finding, out);
}

void fix_rule(const struct case_file *file, const struct finding *finding,
              const struct evidence *rule, struct judgement *out)
{
    fix_by_rule(file, finding, rule, front_end_warning(file->view, rule), out);
}

void fix_past_translation(const struct case_file *file,
                          const struct finding *finding, struct judgement *out)
{
    struct case_file told = explain_with_rule(file, finding);
    struct front_end_owner owner;

    if (told.decider == NULL)
        return;
    front_end_find(file->view, told.decider, &owner);
    fix_by_rule(&told, finding, told.decider,
                owner.who == FRONT_END_NONE
                    ? "takes this connection out of the translation; to keep "
                      "it, change the rule where it is configured"
                    : "takes this connection out of the translation, until the "
                      "front end writes its rules anew; to keep it, take the "
                      "forwarded port out of the front end's settings",
                out);
}

static bool lack_programs(const struct view *view, size_t first,
                          const struct judgement *out)
{
    char program[PROGRAM_NAME_SIZE];

    for (size_t i = first; i < out->fix_count; i++)
        if (!fix_lacks_program(view, &out->fixes[i], program))
            return false;
    return true;
}

void fix_firewall(const struct case_file *file, const struct finding *finding,
                  struct judgement *out)
{
    struct case_file told = explain_with_rule(file, finding);
    size_t first = out->fix_count;

    if (told.decider == NULL)
        return;
    if (!front_end_fix(&told, finding, out) ||
        lack_programs(file->view, first, out))
        fix_rule(&told, finding, told.decider, out);
}
