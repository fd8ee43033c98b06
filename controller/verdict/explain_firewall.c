/* Rules of a firewall: what is said, and which command mends it. */
#include "common/base/text.h"
#include "controller/verdict/explain_parts.h"

void sentence_firewall(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const char *verb =
        finding->cause == CAUSE_FIREWALL_REJECT ? "rejects" : "drops";
    bool policy;

    if (rule == NULL || !evidence_has(rule, KEY_CHAIN)) {
        finding_say(
            finding,
            "a firewall on %s most likely %s the %s: nothing else on the host "
            "explains it",
            words->host, verb, words->packet);
        return;
    }
    policy = evidence_number(rule, KEY_POLICY, 0) != 0;
    finding_add_text(
        finding, "backend",
        word_name(&backend_words, evidence_word(rule, KEY_BACKEND)));
    finding_add_text(finding, "family",
                     evidence_text(rule, KEY_FIREWALL_FAMILY, NULL));
    finding_add_text(finding, "table", evidence_text(rule, KEY_TABLE, NULL));
    finding_add_text(finding, "chain", evidence_text(rule, KEY_CHAIN, NULL));
    finding_add_text(finding, "base_chain",
                     evidence_text(rule, KEY_BASE_CHAIN, NULL));
    if (evidence_has(rule, KEY_HANDLE))
        finding_add_number(finding, "handle",
                           evidence_number(rule, KEY_HANDLE, 0));
    finding_add_text(finding, "rule",
                     policy ? NULL : evidence_text(rule, KEY_RULE, NULL));
    if (policy)
        finding_add_text(finding, "policy", "drop");
    finding_say(finding, "%s's firewall %s the %s: table %s %s, chain %s, %s%s",
                words->host, verb, words->packet,
                evidence_text(rule, KEY_FIREWALL_FAMILY, "?"),
                evidence_text(rule, KEY_TABLE, "?"),
                evidence_text(rule, KEY_CHAIN, "?"),
                policy ? "the chain's policy" : "rule ",
                policy ? "" : evidence_text(rule, KEY_RULE, "(text unknown)"));
}

struct way way_of(const struct case_file *file, const struct finding *finding)
{
    const struct subject *subject = file->view->subject;
    bool answer = finding->packet == PACKET_SYN_ACK;
    const struct evidence *syn =
        finding->role == ROLE_DESTINATION
            ? file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first
            : NULL;
    struct way way = {.port_word = answer ? "sport" : "dport",
                      .port = subject->port,
                      .family = subject->destination.family};
    struct address client = subject->source;
    struct address server = subject->destination;

    if (syn != NULL && evidence_has(syn, KEY_SOURCE) &&
        evidence_has(syn, KEY_DESTINATION)) { /* translated on the way? */
        client = evidence_address(syn, KEY_SOURCE);
        server = evidence_address(syn, KEY_DESTINATION);
        way.port =
            (unsigned)evidence_number(syn, KEY_DESTINATION_PORT, subject->port);
        way.family = server.family;
    }
    address_print(answer ? &server : &client, way.from);
    address_print(answer ? &client : &server, way.to);
    return way;
}

static void fix_nftables(const struct evidence *rule, const struct way *way,
                         struct fix *fix)
{
    const char *ip = way->family == 6 ? "ip6" : "ip";

    text_format(
        fix->command, sizeof(fix->command),
        "nft insert rule %s '%s' '%s' %s saddr %s %s daddr %s tcp %s %u "
        "accept",
        evidence_text(rule, KEY_FIREWALL_FAMILY, "inet"),
        evidence_text(rule, KEY_TABLE, ""), evidence_text(rule, KEY_CHAIN, ""),
        ip, way->from, ip, way->to, way->port_word, way->port);
}

static void fix_iptables(const struct evidence *rule, const struct way *way,
                         struct fix *fix)
{
    bool legacy = evidence_word(rule, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY;

    text_format(fix->command, sizeof(fix->command),
                "%s-%s -t %s -I %s 1 -s %s -d %s -p tcp --%s %u -j ACCEPT",
                way->family == 6 ? "ip6tables" : "iptables",
                legacy ? "legacy" : "nft", evidence_text(rule, KEY_TABLE, ""),
                evidence_text(rule, KEY_CHAIN, ""), way->from, way->to,
                way->port_word, way->port);
}

void fix_firewall(const struct case_file *file, const struct finding *finding,
                  struct judgement *out)
{
    const struct evidence *rule = file->decider;
    struct way way = way_of(file, finding);
    struct fix *fix;

    if (rule == NULL || !evidence_has(rule, KEY_CHAIN))
        return;
    fix = fix_add(out, finding->role, "until-reload",
                  "accepts this connection before the rule that stops it; to "
                  "keep it, add it to the firewall's own configuration");
    if (fix == NULL)
        return;
    if (evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES)
        fix_nftables(rule, &way, fix);
    else
        fix_iptables(rule, &way, fix);
}
