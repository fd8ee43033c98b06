#include "agent/observe/firewall/rule_report.h"

#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <linux/netfilter.h>
#include <net/if.h>

#include "agent/observe/firewall/ipset.h"
#include "agent/observe/firewall/rule_element.h"
#include "agent/observe/firewall/rule_keys.h"
#include "agent/observe/firewall/rule_set.h"
#include "agent/observe/firewall/rule_text.h"
#include "agent/observe/firewall/rule_words.h"
#include "common/base/array.h"
#include "common/trace/evidence.h"

/* -1 when the hook has no stage, or the chain is not known. */
static int stage_of(int family, uint32_t hook)
{
    /* The bridge's hooks have the same numbers. */
    static const int inet[] = {STAGE_PREROUTING, STAGE_INPUT,  STAGE_FORWARD,
                               STAGE_OUTPUT,     STAGE_OUTPUT, STAGE_INGRESS};
    static const int netdev[] = {STAGE_INGRESS, STAGE_EGRESS};

    if (family == NFPROTO_NETDEV)
        return hook < ARRAY_SIZE(netdev) ? netdev[hook] : -1;
    if (family == NFPROTO_ARP)
        return -1;
    return hook < ARRAY_SIZE(inet) ? inet[hook] : -1;
}

static int find_stage(const struct rule_chains *chains,
                      const struct rule_step *step,
                      const struct rule_flow *flow)
{
    const struct rule_chain *chain = rule_chains_find(
        chains, step->family, step->table, flow->levels[0].chain);

    return chain == NULL ? -1 : stage_of(chain->family, chain->hook);
}

static bool is_iptables(const struct rule_chains *chains,
                        const struct rule_step *step,
                        const struct rule_text *rule)
{
    return rule_chains_is_iptables(chains, step->family, step->table) ||
           (rule != NULL && (strstr(rule->nft, "xt target ") != NULL ||
                             strstr(rule->nft, "xt match ") != NULL));
}

static const struct rule_text *text_of(const struct rule_texts *texts,
                                       const struct rule_step *step)
{
    return step->is_policy || !step->has_handle
               ? NULL
               : rule_texts_find(texts, rule_family_name(step->family),
                                 step->table, step->chain, step->handle);
}

bool rule_report_sets_ttl(const struct rule_texts *texts,
                          const struct rule_step *step)
{
    const struct rule_text *rule =
        step->verdict == VERDICT_CONTINUE ? text_of(texts, step) : NULL;

    return rule != NULL && rule_words_set_ttl(rule_text_words(rule));
}

/* What the rule did, in a word that people use for it. */
static const char *target_of(const struct rule_step *step,
                             const struct rule_text *rule)
{
    if (step->verdict == VERDICT_JUMP || step->verdict == VERDICT_GOTO)
        return step->jump;
    if (step->verdict == VERDICT_DROP && rule != NULL &&
        (rule_words_have(rule->nft, "reject") ||
         (rule->iptables != NULL &&
          rule_words_have(rule->iptables, "REJECT")) ||
         strstr(rule->nft, "xt target \"REJECT\"") != NULL))
        return "reject";
    return word_name(&verdict_words, step->verdict);
}

static void put_interface(struct evidence *evidence,
                          const struct rule_subject *subject, int stage)
{
    bool leaving = stage == STAGE_OUTPUT || stage == STAGE_EGRESS;
    const char *name = leaving ? subject->out : subject->in;

    if (name[0] != '\0')
        evidence_set_text(evidence, KEY_INTERFACE, name);
}

static struct rule_subject subject_of(const struct rule_flow *flow)
{
    struct rule_subject subject = {.packet = flow->headers};

    if (flow->in_index != 0)
        (void)if_indextoname(flow->in_index, subject.in);
    if (flow->out_index != 0)
        (void)if_indextoname(flow->out_index, subject.out);
    return subject;
}

bool rule_report_ipset(const char *words, const struct rule_subject *subject,
                       struct evidence *evidence)
{
    char element[RULE_ELEMENT_SIZE] = "";
    struct ipset_use use;

    if (!rule_set_find_ipset(words, &use))
        return false;
    (void)ipset_find(&use, subject, element, NULL);
    evidence_set_text(evidence, KEY_SET, use.name);
    if (element[0] != '\0')
        evidence_set_text(evidence, KEY_ELEMENT, element);
    return true;
}

/* The set that the rule asks, and which of its elements the subject is. */
static bool put_set(const struct rule_step *step, const struct rule_text *rule,
                    const struct rule_subject *subject,
                    struct evidence *evidence)
{
    char element[RULE_ELEMENT_SIZE] = "";
    struct rule_set set;

    if (rule == NULL)
        return false;
    if (rule->iptables != NULL &&
        rule_report_ipset(rule->iptables, subject, evidence))
        return true;
    if (!rule_set_find(rule->nft, &set))
        return false;
    if (set.elements != NULL)
        (void)rule_set_match(&set, subject, element);
    else
        (void)rule_element_find(step->family, step->table, &set, subject,
                                element, NULL);
    if (set.name[0] != '\0')
        evidence_set_text(evidence, KEY_SET, set.name);
    if (element[0] != '\0')
        evidence_set_text(evidence, KEY_ELEMENT, element);
    return true;
}

/* The rule's own set, else that of the jump that led to it. */
static void put_sets(const struct rule_texts *texts,
                     const struct rule_step *step, const struct rule_flow *flow,
                     const struct rule_text *rule,
                     const struct rule_subject *subject,
                     struct evidence *evidence)
{
    const char *family = rule_family_name(step->family);

    for (size_t depth = flow->depth; depth > 0; depth--) {
        const struct rule_level *level = &flow->levels[depth - 1];

        if (depth < flow->depth)
            rule = rule_texts_find(texts, family, step->table, level->chain,
                                   level->handle);
        if (put_set(step, rule, subject, evidence))
            return;
    }
}

static bool has_words(const struct rule_text *rule)
{
    return rule != NULL && rule_text_words(rule)[0] != '('; /* rule_dump.h */
}

/* Who decided: the rule, or the chain's policy. */
static void put_decider(const struct rule_step *step,
                        const struct rule_text *rule, struct evidence *evidence)
{
    if (step->is_policy) {
        evidence_set_number(evidence, KEY_POLICY, 1);
        return;
    }
    if (step->has_handle)
        evidence_set_number(evidence, KEY_HANDLE, (int64_t)step->handle);
    if (rule != NULL)
        evidence_set_number(evidence, KEY_POSITION, rule->position);
}

/* The packet as this chain sees it: it may be translated by now. */
static void put_packet(const struct rule_packet *packet,
                       struct evidence *evidence)
{
    if (!address_is_set(&packet->source) ||
        !address_is_set(&packet->destination) || packet->source_port == 0 ||
        packet->destination_port == 0)
        return;
    evidence_set_address(evidence, KEY_SOURCE, &packet->source);
    evidence_set_number(evidence, KEY_SOURCE_PORT, packet->source_port);
    evidence_set_address(evidence, KEY_DESTINATION, &packet->destination);
    evidence_set_number(evidence, KEY_DESTINATION_PORT,
                        packet->destination_port);
}

static void put_keys(const struct rule_text *rule, struct evidence *evidence)
{
    struct rule_keys keys;

    rule_keys_read(rule_text_words(rule), &keys);
    rule_keys_put(&keys, evidence);
}

void rule_report_place(const struct rule_chains *chains,
                       const struct rule_texts *texts,
                       const struct rule_step *step,
                       const struct rule_flow *flow, const char *target,
                       struct evidence *evidence)
{
    const char *family = rule_family_name(step->family);
    int stage = find_stage(chains, step, flow);
    struct rule_subject subject = subject_of(flow);
    const struct rule_text *rule = text_of(texts, step);
    char path[RULE_PATH_SIZE];

    if (stage >= 0)
        evidence_set_word(evidence, KEY_STAGE, stage);
    evidence_set_word(evidence, KEY_BACKEND,
                      is_iptables(chains, step, rule) ? BACKEND_IPTABLES_NFT
                                                      : BACKEND_NFTABLES);
    evidence_set_text(evidence, KEY_FIREWALL_FAMILY, family);
    evidence_set_text(evidence, KEY_TABLE, step->table);
    evidence_set_text(evidence, KEY_CHAIN, step->chain);
    evidence_set_text(evidence, KEY_BASE_CHAIN, flow->levels[0].chain);
    put_decider(step, rule, evidence);
    evidence_set_text(evidence, KEY_TARGET,
                      target != NULL ? target : target_of(step, rule));
    if (step->verdict == VERDICT_DROP)
        put_packet(&flow->headers, evidence);
    if (rule_flow_path(flow, path)[0] != '\0')
        evidence_set_text(evidence, KEY_PATH, path);
    put_sets(texts, step, flow, rule, &subject, evidence);
    if (!step->is_policy && rule != NULL)
        put_keys(rule, evidence);
    if (step->is_policy)
        evidence_set_text(evidence, KEY_RULE,
                          step->verdict == VERDICT_DROP ? "policy drop"
                                                        : "policy accept");
    else if (has_words(rule)) /* last: may be cut */
        evidence_set_text(evidence, KEY_RULE, rule_text_words(rule));
}

void rule_report(const struct rule_chains *chains,
                 const struct rule_texts *texts, const struct rule_step *step,
                 const struct rule_flow *flow, int64_t at_ns,
                 struct evidence *evidence)
{
    struct rule_subject subject = subject_of(flow);

    evidence_init(evidence, EVIDENCE_RULE, at_ns);
    evidence_set_number(evidence, KEY_ATTEMPT, flow->attempt);
    evidence_set_word(evidence, KEY_PACKET, (int)flow->packet);
    if (flow->packet == PACKET_ACK)
        evidence_set_number(evidence, KEY_ACKNOWLEDGEMENT,
                            flow->acknowledgement);
    evidence_set_word(evidence, KEY_VERDICT, step->verdict);
    put_interface(evidence, &subject, find_stage(chains, step, flow));
    if (step->mark != 0)
        evidence_set_number(evidence, KEY_MARK, step->mark);
    rule_report_place(chains, texts, step, flow,
                      rule_report_sets_ttl(texts, step) ? "ttl" : NULL,
                      evidence);
}
