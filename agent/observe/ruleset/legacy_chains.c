#include "agent/observe/ruleset/legacy_chains.h"

#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include "agent/observe/firewall/legacy_rules.h"
#include "agent/observe/firewall/rule_flow.h"
#include "agent/observe/firewall/rule_keys.h"
#include "agent/observe/firewall/rule_match.h"
#include "agent/observe/firewall/rule_report.h"
#include "agent/observe/firewall/rule_set.h"
#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/trace/evidence.h"

#define BUDGET_NS NS_PER_S /* for a chain on a hook: somebody waits */

struct chain_walk
{
    const struct legacy_rules *rules;
    const char *table;
    int64_t deadline_ns;
};

bool legacy_chain_find(const struct legacy_rule *policy, uint32_t *hook,
                       int32_t *priority)
{
    static const struct
    {
        const char *name;
        int32_t number;
    } hooks[] = {{"PREROUTING", NF_INET_PRE_ROUTING},
                 {"INPUT", NF_INET_LOCAL_IN},
                 {"FORWARD", NF_INET_FORWARD},
                 {"OUTPUT", NF_INET_LOCAL_OUT},
                 {"POSTROUTING", NF_INET_POST_ROUTING}},
      tables[] = {{"raw", NF_IP_PRI_RAW},
                  {"mangle", NF_IP_PRI_MANGLE},
                  {"nat", NF_IP_PRI_NAT_DST},
                  {"filter", NF_IP_PRI_FILTER},
                  {"security", NF_IP_PRI_SECURITY}};
    bool found = false;

    for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
        if (strcmp(hooks[i].name, policy->chain) == 0) {
            *hook = (uint32_t)hooks[i].number;
            found = true;
        }
    if (!found)
        return false;
    found = false;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        if (strcmp(tables[i].name, policy->table) == 0) {
            *priority = tables[i].number;
            found = true;
        }
    if (legacy_chain_translates(policy) &&
        (*hook == NF_INET_LOCAL_IN || *hook == NF_INET_POST_ROUTING))
        *priority = NF_IP_PRI_NAT_SRC;
    return found;
}

bool legacy_chain_translates(const struct legacy_rule *policy)
{
    return strcmp(policy->table, "nat") == 0;
}

static bool is_chain(const char *name, void *data)
{
    const struct chain_walk *walk = data;

    return legacy_rules_has_chain(walk->rules, walk->table, name);
}

static void each_rule(struct passage *passage, const char *chain, void *data)
{
    struct chain_walk *walk = data;

    /* Each looks through the rules of all. */
    if (clock_monotonic_ns() > walk->deadline_ns) {
        passage_give_up(passage);
        return;
    }
    for (size_t i = 0; i < walk->rules->count; i++) {
        const struct legacy_rule *rule = &walk->rules->items[i];
        struct met_rule met = {.position = rule->position, .legacy = rule};

        if (rule->is_policy || rule->table != walk->table ||
            strcmp(rule->chain, chain) != 0)
            continue;
        rule_match(rule->text, passage->is_sure, is_chain, walk,
                   passage->packet, &met.outcome);
        if (!passage_meet(passage, &met))
            return;
    }
}

void legacy_chain_run(const struct legacy_rules *rules,
                      const struct legacy_rule *policy,
                      struct rule_view *packet, struct ruling *ruling)
{
    struct chain_walk walk = {rules, policy->table,
                              clock_monotonic_ns() + BUDGET_NS};
    struct passage passage = {
        .packet = packet, .each_rule = each_rule, .data = &walk};

    passage_run(&passage, policy->chain,
                strcmp(policy->target, "drop") == 0 ? ACT_DROP : ACT_ACCEPT,
                ruling);
}

void legacy_chain_report(const char *family, const struct legacy_rule *policy,
                         const struct rule_view *packet,
                         const struct ruling *ruling, struct evidence *evidence)
{
    static const char *const targets[] = {
        [ACT_ACCEPT] = "accept", [ACT_DROP] = "drop", [ACT_REJECT] = "reject"};
    const struct legacy_rule *rule =
        ruling->legacy == NULL ? policy : ruling->legacy;
    struct rule_subject subject = {.packet = packet->tuple};
    struct rule_flow flow = {.depth = ruling->depth};
    char path[RULE_PATH_SIZE];
    struct rule_keys keys;

    memcpy(subject.in, packet->in.name, sizeof(subject.in));
    memcpy(subject.out, packet->out.name, sizeof(subject.out));
    memcpy(flow.levels, ruling->levels, sizeof(flow.levels));
    evidence_set_word(evidence, KEY_BACKEND, BACKEND_IPTABLES_LEGACY);
    evidence_set_text(evidence, KEY_FIREWALL_FAMILY, family);
    evidence_set_text(evidence, KEY_TABLE, rule->table);
    evidence_set_text(evidence, KEY_CHAIN, rule->chain);
    evidence_set_text(evidence, KEY_BASE_CHAIN, policy->chain);
    evidence_set_text(evidence, KEY_TARGET, targets[ruling->act]);
    if (rule_flow_path(&flow, path)[0] != '\0')
        evidence_set_text(evidence, KEY_PATH, path);
    if (ruling->is_policy) {
        evidence_set_number(evidence, KEY_POLICY, 1);
    } else {
        evidence_set_number(evidence, KEY_POSITION, rule->position);
        (void)rule_report_ipset(rule->text, &subject, evidence);
        rule_keys_read(rule->text, &keys);
        rule_keys_put(&keys, evidence);
    }
    evidence_set_text(evidence, KEY_RULE, rule->text); /* last: may be cut */
}
