/* Rules that keep a question for a link address, or the answer, from where it
 * goes. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/firewall/front_end.h"
#include "controller/engine/explain/sentences.h"

/* The first that surely stops one, else the first that may. */
static const struct evidence *find_rule(const struct view *view, enum role role,
                                        const struct address *asked)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address;

        if (item->kind != EVIDENCE_QUESTION_RULE || item->role != role)
            continue;
        address = evidence_address(item, KEY_ADDRESS);
        if (!address_equal(&address, asked) ||
            (found != NULL && (evidence_has(found, KEY_VERDICT) ||
                               !evidence_has(item, KEY_VERDICT))))
            continue;
        found = item;
    }
    return found;
}

static const char *what_of(const struct evidence *rule)
{
    return evidence_number(rule, KEY_ANSWERED, 0) != 0 ? "the answer"
                                                       : "the question";
}

bool explain_has_question_rule(const struct view *view, enum role role,
                               const struct address *asked)
{
    return find_rule(view, role, asked) != NULL;
}

bool explain_was_answered(const struct view *view, enum role role,
                          const struct address *asked)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        struct address address = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_ARP && item->role == (uint8_t)role &&
            !evidence_has(item, KEY_NAMESPACE) &&
            evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT &&
            evidence_number(item, KEY_ANSWERED, 0) > 0 &&
            address_equal(&address, asked))
            return true;
    }
    return false;
}

void explain_question_rule(const struct view *view, const struct address *asked,
                           struct finding *finding, char *text, size_t size)
{
    const struct evidence *rule = find_rule(view, finding->role, asked);
    char place[JUDGEMENT_TEXT_SIZE];

    text[0] = '\0';
    if (rule == NULL)
        return;
    finding_name_rule(view, rule, finding, place, sizeof(place));
    finding_cite(finding, rule);
    if (evidence_has(rule, KEY_VERDICT))
        text_format(text, size,
                    ": by the rules as they stand, %s is dropped by %s",
                    what_of(rule), place);
    else
        text_format(text, size,
                    ": table %s %s, chain %s may drop %s, as not all of its "
                    "rules could be worked out",
                    evidence_text(rule, KEY_FIREWALL_FAMILY, "?"),
                    evidence_text(rule, KEY_TABLE, "?"),
                    evidence_text(rule, KEY_BASE_CHAIN, "?"), what_of(rule));
}

static bool is_of_arptables(const struct evidence *rule)
{
    const char *chain = evidence_text(rule, KEY_BASE_CHAIN, "");

    return strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, ""), "arp") == 0 &&
           strcmp(evidence_text(rule, KEY_TABLE, ""), "filter") == 0 &&
           (strcmp(chain, "INPUT") == 0 || strcmp(chain, "OUTPUT") == 0);
}

static void add_ends(struct command_line *line, const struct evidence *rule)
{
    struct address from = evidence_address(rule, KEY_SOURCE);
    struct address to = evidence_address(rule, KEY_DESTINATION);

    command_fixed(line, "-s");
    command_address(line, &from);
    command_fixed(line, "-d");
    command_address(line, &to);
}

/* arptables reads none of nft's own rules: one of those would end its listing. */
static void accept_by_arptables(struct command_line *line,
                                const struct evidence *rule)
{
    command_start(line, COMMAND_IN_NETWORK, "arptables-nft");
    command_fixed(line, "-I");
    command_word(line, evidence_text(rule, KEY_CHAIN, ""));
    add_ends(line, rule);
    command_fixed(line, "-j ACCEPT");
}

static void accept_by_ebtables(struct command_line *line,
                               const struct evidence *rule)
{
    fix_start_ebtables_arp(line, rule);
    command_fixed(line, "-j ACCEPT");
}

static void accept_by_ip6tables(struct command_line *line,
                                const struct evidence *rule)
{
    fix_start_in_iptables(line, rule);
    add_ends(line, rule);
    command_fixed(line, "-p ipv6-icmp --icmpv6-type");
    if (evidence_number(rule, KEY_ANSWERED, 0) != 0)
        command_fixed(line, "neighbour-advertisement");
    else
        command_fixed(line, "neighbour-solicitation");
    command_fixed(line, "-j ACCEPT");
}

static void accept_by_nft(struct command_line *line,
                          const struct evidence *rule)
{
    struct address from = evidence_address(rule, KEY_SOURCE);
    struct address to = evidence_address(rule, KEY_DESTINATION);
    bool v6 = from.family == 6;

    fix_start_in_nft(line, rule);
    if (v6)
        command_fixed(line, "ip6 saddr");
    else
        command_fixed(line, "arp saddr ip");
    command_address(line, &from);
    if (v6)
        command_fixed(line, "ip6 daddr");
    else
        command_fixed(line, "arp daddr ip");
    command_address(line, &to);
    if (v6 && evidence_number(rule, KEY_ANSWERED, 0) != 0)
        command_fixed(line, "icmpv6 type nd-neighbor-advert");
    else if (v6)
        command_fixed(line, "icmpv6 type nd-neighbor-solicit");
    command_fixed(line, "accept");
}

/* ARP knows IPv4's addresses, and neighbour discovery is IPv6's. */
static bool is_of_its_family(const struct evidence *rule)
{
    const char *family = evidence_text(rule, KEY_FIREWALL_FAMILY, "");
    struct address from = evidence_address(rule, KEY_SOURCE);
    struct address to = evidence_address(rule, KEY_DESTINATION);
    bool v6 = strcmp(family, "ip6") == 0 || strcmp(family, "inet") == 0;

    return from.family == to.family &&
           (strcmp(family, "bridge") == 0 || (v6 && from.family == 6) ||
            (strcmp(family, "arp") == 0 && from.family == 4));
}

void fix_question_rule(const struct view *view, enum role role,
                       const struct address *asked, struct judgement *out)
{
    const struct evidence *rule = find_rule(view, role, asked);
    struct command_line line;

    if (rule == NULL || !evidence_has(rule, KEY_VERDICT) ||
        !evidence_has(rule, KEY_SOURCE) || !is_of_its_family(rule))
        return;
    if (fix_is_of_ebtables(rule))
        accept_by_ebtables(&line, rule);
    else if (is_of_arptables(rule))
        accept_by_arptables(&line, rule);
    else if (evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES)
        accept_by_nft(&line, rule);
    else if (strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, ""), "ip6") == 0)
        accept_by_ip6tables(&line, rule);
    else
        return;
    fix_add(out, role, OPENS_OTHERS, "until-reload",
            "lets one of the two learn the other's link address, for all that "
            "it sends or passes on; to keep it, add it to the firewall's own "
            "configuration",
            &line);
}
