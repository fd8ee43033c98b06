#include "agent/observe/ruleset/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>

#include "agent/observe/firewall/legacy_listing.h"
#include "agent/observe/firewall/legacy_rules.h"
#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/ruleset/legacy_chains.h"
#include "agent/observe/ruleset/nft_rules.h"
#include "common/base/err.h"
#include "common/trace/evidence.h"

#define LEGACY_CHAINS_MAX 32
#define CHAINS_MAX        (RULE_CHAINS_MAX + LEGACY_CHAINS_MAX)

struct hook_chain
{
    int family; /* NFPROTO_ARP, _BRIDGE, _NETDEV, or 0: IP's */
    uint32_t hook;
    int32_t priority;
    bool translates;
    const struct rule_chain *nft;     /* either this one */
    const struct legacy_rule *legacy; /* or the policy there */
};

struct ruleset
{
    struct nft_rules *nft;
    struct legacy_rules *legacy; /* NULL: not in use */
    const char *legacy_family;
    size_t count;
    struct hook_chain chains[CHAINS_MAX]; /* by priority */
};

void ruleset_free(struct ruleset *ruleset)
{
    if (ruleset == NULL)
        return;
    nft_rules_free(ruleset->nft);
    legacy_rules_free(ruleset->legacy);
    free(ruleset);
}

const char *ruleset_trouble(const struct ruleset *ruleset)
{
    return nft_rules_trouble(ruleset->nft);
}

/* Of two with the same priority the kernel asks the younger first, and lists it
 * behind the other. */
static void add_chain(struct ruleset *ruleset, const struct hook_chain *chain)
{
    size_t at = ruleset->count;

    if (ruleset->count == CHAINS_MAX)
        return;
    ruleset->count++;
    for (; at > 0 && ruleset->chains[at - 1].priority >= chain->priority; at--)
        ruleset->chains[at] = ruleset->chains[at - 1];
    ruleset->chains[at] = *chain;
}

/* Inet's ingress is a device's, too. */
static struct hook_chain hooked_of(const struct rule_chain *chain)
{
    bool at_ingress =
        chain->family == NFPROTO_INET && chain->hook == NF_INET_INGRESS;
    bool is_link = chain->family == NFPROTO_ARP ||
                   chain->family == NFPROTO_BRIDGE ||
                   chain->family == NFPROTO_NETDEV;

    return (struct hook_chain){
        .family = at_ingress ? NFPROTO_NETDEV : (is_link ? chain->family : 0),
        .hook = at_ingress ? NF_NETDEV_INGRESS : chain->hook,
        .priority = chain->priority,
        .translates = chain->translates,
        .nft = chain};
}

static void add_nft(struct ruleset *ruleset, unsigned family)
{
    const struct rule_chains *chains = nft_rules_chains(ruleset->nft);
    int own = family == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

    for (size_t i = 0; i < chains->count; i++) {
        const struct rule_chain *chain = &chains->items[i];
        const struct hook_chain hooked = hooked_of(chain);

        if ((chain->family == NFPROTO_INET || chain->family == own ||
             hooked.family != 0) &&
            hooked.hook < NF_INET_NUMHOOKS &&
            strncmp(chain->table, RULE_TABLE_PREFIX,
                    sizeof(RULE_TABLE_PREFIX) - 1) != 0)
            add_chain(ruleset, &hooked);
    }
}

static void add_legacy(struct ruleset *ruleset)
{
    for (size_t i = 0; ruleset->legacy != NULL && i < ruleset->legacy->count;
         i++) {
        const struct legacy_rule *rule = &ruleset->legacy->items[i];
        struct hook_chain hooked = {.legacy = rule};

        if (!rule->is_policy ||
            !legacy_chain_find(rule, &hooked.hook, &hooked.priority))
            continue;
        hooked.translates = legacy_chain_translates(rule);
        add_chain(ruleset, &hooked);
    }
}

static int read_legacy(struct ruleset *ruleset, unsigned family,
                       struct err *err)
{
    size_t index = family == 6;
    unsigned wanted[LEGACY_FAMILIES] = {0};
    struct legacy_rules *rules[LEGACY_FAMILIES];
    int status = legacy_listing_count(index, &wanted[index], err);

    if (status < 0)
        return status;
    status = legacy_listing_read(wanted, rules, err);
    ruleset->legacy = rules[index];
    ruleset->legacy_family = legacy_listings[index].family;
    return status;
}

int ruleset_open(uv_loop_t *loop, unsigned family,
                 const struct rule_texts *texts, struct ruleset **out,
                 struct err *err)
{
    struct ruleset *ruleset = calloc(1, sizeof(*ruleset));
    int status;

    if (ruleset == NULL)
        return err_set(err, -ENOMEM, "the rules: out of memory");
    status = nft_rules_open(loop, texts, &ruleset->nft, err);
    if (status == 0)
        status = read_legacy(ruleset, family, err);
    if (status == 0 && nft_rules_chains(ruleset->nft)->cut)
        status = err_set(err, -EFBIG, "more chains on hooks than can be read");
    if (status < 0) {
        ruleset_free(ruleset);
        return status;
    }
    add_nft(ruleset, family);
    add_legacy(ruleset);
    *out = ruleset;
    return 0;
}

static void run(struct ruleset *ruleset, const struct hook_chain *chain,
                struct rule_view *packet, struct ruling *ruling)
{
    if (chain->nft != NULL)
        nft_rules_run(ruleset->nft, chain->nft, packet, ruling);
    else
        legacy_chain_run(ruleset->legacy, chain->legacy, packet, ruling);
}

/* Connection tracking stands on two hooks; before it has seen the packet, it
 * calls it invalid, or untracked if a rule there said so. */
static void run_untracked(struct ruleset *ruleset,
                          const struct hook_chain *chain,
                          struct rule_view *packet, struct ruling *ruling)
{
    struct rule_number state = packet->state;
    struct rule_number reply = packet->reply;
    bool was_untracked = state.value == RULE_STATE_UNTRACKED;

    if (!was_untracked || packet->protocol != RULE_TCP)
        packet->state = (struct rule_number){true, RULE_STATE_INVALID};
    packet->reply.is_known = false;
    run(ruleset, chain, packet, ruling);
    if (packet->protocol == RULE_TCP &&
        packet->state.value == RULE_STATE_UNTRACKED)
        return;
    packet->state = state;
    packet->reply = reply;
}

/* On the hook of a device by which it may come or go, or not: what its chain
 * would stop, it may stop. */
static void doubt_device(struct rule_view *packet, struct ruling *ruling)
{
    packet->misses_device |= ruling->act != ACT_ACCEPT;
    if (packet->misses_device)
        ruling->act = ACT_UNKNOWN;
}

static void ask_chain(struct ruleset *ruleset, const struct hook_chain *chain,
                      struct rule_view *packet, ruled_fn fn, void *data)
{
    bool is_tracked =
        chain->family == 0 && (chain->hook == NF_INET_PRE_ROUTING ||
                               chain->hook == NF_INET_LOCAL_OUT);
    struct ruling ruling;
    const struct ruled ruled = {.ruleset = ruleset,
                                .chain = chain,
                                .packet = packet,
                                .ruling = &ruling};

    packet->misses_device = false;
    if (is_tracked && chain->priority < NF_IP_PRI_CONNTRACK)
        run_untracked(ruleset, chain, packet, &ruling);
    else
        run(ruleset, chain, packet, &ruling);
    if (chain->family == NFPROTO_NETDEV &&
        !(chain->hook == NF_NETDEV_EGRESS ? packet->out : packet->in).is_known)
        doubt_device(packet, &ruling);
    fn(&ruled, data);
}

void ruleset_ask(struct ruleset *ruleset, uint32_t hook, bool is_first,
                 struct rule_view *packet, ruled_fn fn, void *data)
{
    for (size_t i = 0; i < ruleset->count; i++) {
        const struct hook_chain *chain = &ruleset->chains[i];

        if (chain->family == 0 && chain->hook == hook &&
            (is_first || !chain->translates))
            ask_chain(ruleset, chain, packet, fn, data);
    }
}

void ruleset_ask_link(struct ruleset *ruleset, int family, uint32_t hook,
                      struct rule_view *packet, ruled_fn fn, void *data)
{
    for (size_t i = 0; i < ruleset->count; i++)
        if (ruleset->chains[i].family == family &&
            ruleset->chains[i].hook == hook)
            ask_chain(ruleset, &ruleset->chains[i], packet, fn, data);
}

/* Below IP nobody has tracked the packet, or the hook does not tell. */
static struct rule_view untracked(const struct rule_view *packet)
{
    struct rule_view seen = *packet;

    if (packet->protocol == RULE_TCP) {
        seen.state.is_known = false;
        seen.reply.is_known = false;
        seen.connection_mark.is_known = false;
    }
    return seen;
}

void ruleset_ask_bridge(struct ruleset *ruleset, bool leaves,
                        const struct rule_view *packet, ruled_fn fn, void *data)
{
    static const uint32_t in[] = {NF_BR_PRE_ROUTING, NF_BR_LOCAL_IN};
    static const uint32_t out[] = {NF_BR_LOCAL_OUT, NF_BR_POST_ROUTING};
    struct rule_view seen = untracked(packet);

    /* It names the port, and not the bridge. */
    if (leaves)
        seen.out.is_known = false;
    else
        seen.in.is_known = false;
    for (size_t i = 0; i < 2; i++)
        ruleset_ask_link(ruleset, NFPROTO_BRIDGE, leaves ? out[i] : in[i],
                         &seen, fn, data);
}

/* Of a device that is not known: any but lo, if it is not that. */
static bool may_stand_on(const struct rule_chain *chain,
                         const struct rule_device *device)
{
    for (unsigned i = 0; i < chain->device_count; i++)
        if (device->is_known
                ? strcmp(chain->devices[i], device->name) == 0
                : !device->is_not_lo || strcmp(chain->devices[i], "lo") != 0)
            return true;
    return false;
}

void ruleset_ask_device(struct ruleset *ruleset, bool leaves,
                        const struct rule_view *packet, ruled_fn fn, void *data)
{
    const struct rule_device *by = leaves ? &packet->out : &packet->in;
    uint32_t hook = leaves ? NF_NETDEV_EGRESS : NF_NETDEV_INGRESS;
    struct rule_view seen = untracked(packet);

    for (size_t i = 0; i < ruleset->count; i++) {
        const struct hook_chain *chain = &ruleset->chains[i];

        if (chain->family == NFPROTO_NETDEV && chain->hook == hook &&
            may_stand_on(chain->nft, by))
            ask_chain(ruleset, chain, &seen, fn, data);
    }
}

static enum stage stage_of(uint32_t hook)
{
    static const enum stage stages[NF_INET_NUMHOOKS] = {
        [NF_INET_PRE_ROUTING] = STAGE_PREROUTING,
        [NF_INET_LOCAL_IN] = STAGE_INPUT,
        [NF_INET_FORWARD] = STAGE_FORWARD,
        [NF_INET_LOCAL_OUT] = STAGE_OUTPUT,
        [NF_INET_POST_ROUTING] = STAGE_OUTPUT,
    };

    return stages[hook];
}

/* Whose it is, by the chains that the packet went through. */
static void put_owner(const struct ruling *ruling, struct evidence *evidence)
{
    enum front_end owner = front_end_of_rule(evidence, ruling->front_ends);

    if (owner != FRONT_END_NONE && !evidence_has(evidence, KEY_FRONT_END))
        evidence_set_word(evidence, KEY_FRONT_END, (int)owner);
    if (owner == FRONT_END_FIREWALLD && ruling->zone[0] != '\0')
        evidence_set_text(evidence, KEY_FIREWALL_ZONE, ruling->zone);
}

static void report_place(const struct ruled *ruled, struct evidence *evidence)
{
    struct ruleset *ruleset = ruled->ruleset;

    if (ruled->chain->nft != NULL) {
        nft_rules_report(ruleset->nft, ruled->chain->nft, ruled->packet,
                         ruled->ruling, evidence);
        return;
    }
    evidence_set_word(evidence, KEY_STAGE, (int)stage_of(ruled->chain->hook));
    legacy_chain_report(ruleset->legacy_family, ruled->chain->legacy,
                        ruled->packet, ruled->ruling, evidence);
}

void ruleset_report(const struct ruled *ruled, struct evidence *evidence)
{
    report_place(ruled, evidence);
    put_owner(ruled->ruling, evidence);
}
