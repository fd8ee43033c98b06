/* Rules of ebtables, which nftables holds and lists, but which are mended in
 * ebtables' words: one of nft's own among them ends its listing. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/explain/firewall/front_end.h"
#include "controller/engine/explain/sentences.h"

static const char *const tables[] = {"filter", "nat", NULL};

bool fix_is_of_ebtables(const struct evidence *rule)
{
    static const char *const chains[] = {"PREROUTING", "INPUT", "FORWARD",
                                         "OUTPUT", "POSTROUTING"};
    const char *table = evidence_text(rule, KEY_TABLE, "");
    const char *chain = evidence_text(rule, KEY_BASE_CHAIN, "");

    if (strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, ""), "bridge") != 0 ||
        (strcmp(table, tables[0]) != 0 && strcmp(table, tables[1]) != 0))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
        if (strcmp(chain, chains[i]) == 0)
            return true;
    return false;
}

static void start(struct command_line *line, const struct evidence *rule)
{
    command_start(line, COMMAND_IN_NETWORK, "ebtables-nft");
    command_fixed(line, "-t");
    command_one_of(line, evidence_text(rule, KEY_TABLE, ""), tables);
    command_fixed(line, "-I");
    command_word(line, evidence_text(rule, KEY_CHAIN, ""));
}

void fix_start_ebtables_tcp(struct command_line *line,
                            const struct evidence *rule, const struct way *way)
{
    bool v6 = way->family == 6;
    bool answers = strcmp(way->port_word, "sport") == 0;

    start(line, rule);
    if (v6)
        command_fixed(line, "-p IPv6 --ip6-source");
    else
        command_fixed(line, "-p IPv4 --ip-source");
    command_address(line, &way->from);
    if (v6)
        command_fixed(line, "--ip6-destination");
    else
        command_fixed(line, "--ip-destination");
    command_address(line, &way->to);
    if (v6)
        command_fixed(line, "--ip6-protocol tcp");
    else
        command_fixed(line, "--ip-protocol tcp");
    if (v6 && answers)
        command_fixed(line, "--ip6-source-port");
    else if (v6)
        command_fixed(line, "--ip6-destination-port");
    else if (answers)
        command_fixed(line, "--ip-source-port");
    else
        command_fixed(line, "--ip-destination-port");
    command_number(line, way->port);
}

void fix_start_ebtables_arp(struct command_line *line,
                            const struct evidence *rule)
{
    struct address from = evidence_address(rule, KEY_SOURCE);
    struct address to = evidence_address(rule, KEY_DESTINATION);

    start(line, rule);
    command_fixed(line, "-p ARP --arp-ip-src");
    command_address(line, &from);
    command_fixed(line, "--arp-ip-dst");
    command_address(line, &to);
    if (from.family != 4)
        command_drop(line);
}
