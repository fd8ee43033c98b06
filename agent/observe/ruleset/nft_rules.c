#include "agent/observe/ruleset/nft_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>

#include "agent/observe/firewall/rule_listing.h"
#include "agent/observe/firewall/rule_match.h"
#include "agent/observe/firewall/rule_report.h"
#include "agent/observe/firewall/rule_text.h"
#include "agent/observe/host/kernel_module.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/ruleset/nft_rule.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/trace/words.h"

#define BUDGET_NS NS_PER_S /* for all chains together: somebody waits */

struct nft_rules
{
    uv_loop_t *loop;
    struct rule_chains chains;
    const struct rule_texts *texts; /* NULL: not asked for yet */
    struct rule_texts *own_texts;   /* NULL: they are another's */
    size_t next_text;               /* where the last one was found */
    int64_t deadline_ns;
    struct err trouble;
};

static const struct rule_outcome not_known = {TRI_MAYBE, ACT_UNKNOWN, ""};

/* One chain's rules on their way from the kernel. */
struct chain_reading
{
    struct nft_rules *rules;
    struct passage *passage;
    const struct rule_chain *base;
    unsigned position;
};

void nft_rules_free(struct nft_rules *rules)
{
    if (rules == NULL)
        return;
    rule_texts_free(rules->own_texts);
    free(rules);
}

const struct rule_chains *nft_rules_chains(const struct nft_rules *rules)
{
    return &rules->chains;
}

const char *nft_rules_trouble(const struct nft_rules *rules)
{
    return rules->trouble.text;
}

int nft_rules_open(uv_loop_t *loop, const struct rule_texts *texts,
                   struct nft_rules **out, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct nft_rules *rules = calloc(1, sizeof(*rules));
    int status = 0;

    if (rules == NULL)
        return err_set(err, -ENOMEM, "the rules: out of memory");
    rules->loop = loop;
    rules->deadline_ns = clock_monotonic_ns() + BUDGET_NS;
    rules->texts = texts;
    if (!kernel_module_is_absent("nf_tables")) {
        status = netlink_open(NETLINK_NETFILTER, &netlink, err);
        if (status == 0)
            status = rule_chains_read(netlink, &rules->chains, err);
    }
    if (status < 0) {
        nft_rules_free(rules);
        return status;
    }
    *out = rules;
    return 0;
}

static bool is_too_late(const struct nft_rules *rules)
{
    return clock_monotonic_ns() > rules->deadline_ns;
}

static void on_texts(void *data)
{
    (void)data; /* they are waited for */
}

static bool has_iptables(const struct nft_rules *rules, int family)
{
    static const char *const tables[] = {"filter", "nat", "mangle", "raw",
                                         "security"};

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (rule_chains_is_iptables(&rules->chains, family, tables[i]))
            return true;
    return false;
}

/* Never NULL but for want of memory; empty if they cannot be read. */
static const struct rule_texts *get_texts(struct nft_rules *rules)
{
    struct rule_listing *listing;

    if (rules->texts != NULL)
        return rules->texts;
    rules->texts = rules->own_texts = rule_texts_new();
    if (rules->texts == NULL ||
        rule_listing_open(rules->loop, has_iptables(rules, NFPROTO_IPV4),
                          has_iptables(rules, NFPROTO_IPV6), on_texts, NULL,
                          &listing, &rules->trouble) < 0)
        return rules->texts;
    (void)rule_listing_take(listing, rules->own_texts, &rules->trouble);
    rule_listing_close(listing);
    rules->deadline_ns = clock_monotonic_ns() + BUDGET_NS; /* it has its own */
    return rules->texts;
}

/* Rules are looked for in the order in which they stand. */
static const struct rule_text *find_text(struct nft_rules *rules,
                                         const struct rule_chain *base,
                                         const char *chain, uint64_t handle)
{
    const struct rule_texts *texts = get_texts(rules);
    const char *family = rule_family_name(base->family);
    const struct rule_text *next;

    if (texts == NULL)
        return NULL;
    next = rule_texts_at(texts, rules->next_text++);
    if (next != NULL && next->handle == handle &&
        strcmp(next->chain, chain) == 0 &&
        strcmp(next->table, base->table) == 0 &&
        strcmp(next->family, family) == 0)
        return next;
    next = rule_texts_find(texts, family, base->table, chain, handle);
    if (next != NULL)
        rules->next_text = (size_t)(next - rule_texts_at(texts, 0)) + 1;
    return next;
}

static bool is_jump(const char *name, void *data)
{
    return nft_rule_leads_to(data, name);
}

static void ask_rule(struct chain_reading *reading, struct nftnl_rule *rule,
                     struct met_rule *met)
{
    struct passage *passage = reading->passage;
    const struct rule_text *text = NULL;

    if (!nft_rule_needs_words(rule)) {
        nft_rule_match(rule, passage->is_sure, passage->packet, &met->outcome);
        return;
    }
    text = find_text(reading->rules, reading->base,
                     passage->levels[passage->depth - 1].chain, met->handle);
    if (text != NULL && text->iptables != NULL)
        rule_match(text->iptables, passage->is_sure, is_jump, rule,
                   passage->packet, &met->outcome);
    else
        met->outcome = not_known;
}

/* One that the library cannot read, for the kernel knows more expressions than
 * it, may do anything. */
static int read_rule(const struct nlmsghdr *message, void *data)
{
    struct chain_reading *reading = data;
    struct met_rule met = {.position = ++reading->position,
                           .outcome = not_known};
    struct nftnl_rule *rule;

    if (is_too_late(reading->rules))
        return -ETIMEDOUT;
    rule = nftnl_rule_alloc();
    if (rule == NULL)
        return -ENOMEM;
    if (nftnl_rule_nlmsg_parse(message, rule) == 0) {
        met.handle = nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE);
        ask_rule(reading, rule, &met);
    }
    nftnl_rule_free(rule);
    return passage_meet(reading->passage, &met) ? 0 : -ECANCELED;
}

static void read_chain(struct passage *passage, const char *chain, void *data)
{
    const struct chain_reading *whole = data;
    struct chain_reading reading = {whole->rules, passage, whole->base, 0};
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct nftnl_rule *wanted = nftnl_rule_alloc();
    char buffer[NETLINK_REQUEST_SIZE * 2];
    struct err err = {0};
    struct nlmsghdr *header;
    int status = -ENOMEM;

    if (is_too_late(whole->rules))
        status = -ETIMEDOUT;
    else if (wanted != NULL)
        status = netlink_open(NETLINK_NETFILTER, &netlink, &err);
    if (status == 0) {
        nftnl_rule_set_str(wanted, NFTNL_RULE_TABLE, whole->base->table);
        nftnl_rule_set_str(wanted, NFTNL_RULE_CHAIN, chain);
        header =
            nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETRULE,
                                  (uint16_t)whole->base->family, NLM_F_DUMP, 0);
        nftnl_rule_nlmsg_build_payload(header, wanted);
        status = netlink_ask(netlink, header, read_rule, &reading, &err);
    }
    if (wanted != NULL)
        nftnl_rule_free(wanted);
    if (status == 0 || status == -ECANCELED)
        return;
    passage_give_up(passage);
    if (whole->rules->trouble.code == 0)
        (void)err_set(&whole->rules->trouble, status,
                      "the chain %s of table %s: %s", chain, whole->base->table,
                      strerror(-status));
}

void nft_rules_run(struct nft_rules *rules, const struct rule_chain *chain,
                   struct rule_view *packet, struct ruling *ruling)
{
    struct chain_reading reading = {.rules = rules, .base = chain};
    struct passage passage = {
        .packet = packet, .each_rule = read_chain, .data = &reading};

    passage_run(&passage, chain->chain, chain->drops ? ACT_DROP : ACT_ACCEPT,
                ruling);
}

static unsigned index_of(const struct rule_device *device)
{
    return device->is_known && device->name[0] != '\0'
               ? if_nametoindex(device->name)
               : 0;
}

void nft_rules_report(struct nft_rules *rules, const struct rule_chain *chain,
                      const struct rule_view *packet,
                      const struct ruling *ruling, struct evidence *evidence)
{
    const struct rule_texts *texts = get_texts(rules);
    struct rule_flow flow = {
        .in_index = index_of(&packet->in),
        .out_index = index_of(&packet->out),
        .headers = packet->tuple,
        .depth = ruling->depth,
    };
    struct rule_step step = {
        .family = chain->family,
        .is_policy = ruling->is_policy,
        .has_handle = !ruling->is_policy,
        .handle = ruling->handle,
        .verdict = ruling->act == ACT_ACCEPT ? VERDICT_ACCEPT : VERDICT_DROP,
    };

    if (texts == NULL)
        return;
    memcpy(flow.levels, ruling->levels, sizeof(flow.levels));
    snprintf(step.table, sizeof(step.table), "%s", chain->table);
    snprintf(step.chain, sizeof(step.chain), "%s",
             flow.levels[flow.depth - 1].chain);
    rule_report_place(&rules->chains, texts, &step, &flow,
                      ruling->act == ACT_REJECT ? "reject" : NULL, evidence);
}
