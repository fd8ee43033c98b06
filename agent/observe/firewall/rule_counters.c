/* Observer: the packet counters of iptables-legacy, which the kernel's rule
 * trace does not show.  Only what moved during the trace is told, and only of
 * rules that end a packet's way or lead it on.  A host that does not use
 * iptables-legacy is left alone: asking would create its tables. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/legacy_listing.h"
#include "agent/observe/firewall/legacy_rules.h"
#include "agent/observe/firewall/owner_rules.h"
#include "agent/observe/firewall/rule_flow.h"
#include "agent/observe/firewall/rule_keys.h"
#include "agent/observe/firewall/rule_match.h"
#include "agent/observe/firewall/rule_report.h"
#include "agent/observe/firewall/rule_set.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_HARMLESS 64 /* accepts and jumps told of, for each family */

struct rule_counters
{
    struct worker *worker;
    struct rule_packet syn; /* the first that came in, as it was then */
    bool is_local;          /* a packet of the trace was on lo */
    bool translated;        /* a rule changes where packets go */

    unsigned tables[LEGACY_FAMILIES];
    struct legacy_rules *before[LEGACY_FAMILIES]; /* NULL: not in use */
};

static void free_families(struct legacy_rules **rules)
{
    for (size_t i = 0; i < LEGACY_FAMILIES; i++) {
        legacy_rules_free(rules[i]);
        rules[i] = NULL;
    }
}

static int rule_counters_arm(struct worker *worker, void **state,
                             struct err *err)
{
    struct rule_counters *counters = calloc(1, sizeof(*counters));
    int status = 0;

    if (counters == NULL)
        return err_set(err, -ENOMEM, "rule counters: out of memory");
    counters->worker = worker;
    for (size_t i = 0; status == 0 && i < LEGACY_FAMILIES; i++)
        status = legacy_listing_count(i, &counters->tables[i], err);
    if (status == 0)
        status = legacy_listing_read(counters->tables, counters->before, err);
    if (status < 0) {
        free_families(counters->before);
        free(counters);
        return status;
    }
    *state = counters;
    return 0;
}

/* As it came in; else as far as it is known. */
static struct rule_packet syn_of(const struct rule_counters *counters)
{
    const struct order *order = worker_order(counters->worker);
    bool at_source = order->role == ROLE_SOURCE;
    struct address own = worker_own(counters->worker);
    struct address peer = worker_peer(counters->worker);

    if (address_is_set(&counters->syn.source))
        return counters->syn;
    return (struct rule_packet){
        .source = at_source ? own : peer,
        .destination = at_source ? peer : own,
        .destination_port = order->port,
    };
}

/* The packet of the trace that comes by at that stage: this SYN or, on its way
 * back, the answer to it. */
static struct rule_packet packet_at(const struct rule_counters *counters,
                                    int stage, struct rule_packet syn)
{
    bool at_source = worker_order(counters->worker)->role == ROLE_SOURCE;
    bool leaving = stage == STAGE_OUTPUT || stage == STAGE_EGRESS;

    if (leaving == at_source)
        return syn;
    return (struct rule_packet){
        .source = syn.destination,
        .source_port = syn.destination_port,
        .destination = syn.source,
        .destination_port = syn.source_port,
    };
}

static struct rule_subject subject_of(const struct rule_counters *counters,
                                      int stage)
{
    return (struct rule_subject){
        .packet = packet_at(counters, stage, syn_of(counters))};
}

/* Does it ask for what no attempt's packet is?  Each has a port of its own, and
 * what a translation may have changed is not known. */
static bool spares_us(const struct rule_counters *counters, int stage,
                      const struct legacy_rule *rule)
{
    struct rule_packet syn = syn_of(counters);
    struct rule_packet packet;

    syn.source_port = 0;
    if (counters->translated) {
        syn.destination = (struct address){0};
        syn.destination_port = 0;
    }
    packet = packet_at(counters, stage, syn);
    return rule_match_excludes(rule->text, &packet, !counters->is_local);
}

/* "INPUT > first > deep", and the stage of the first. */
static void put_way(const struct legacy_rules *rules,
                    const struct legacy_rule *rule,
                    const struct legacy_way *way, struct evidence *evidence)
{
    const struct legacy_rule *base =
        way->depth == 0 ? rule : way->jumps[way->depth - 1];
    char path[RULE_PATH_SIZE] = "";
    size_t used = 0;

    evidence_set_word(evidence, KEY_STAGE, legacy_rules_stage(rules, base));
    evidence_set_text(evidence, KEY_BASE_CHAIN, base->chain);
    for (size_t i = way->depth; i > 0 && used < sizeof(path); i--)
        used += (size_t)snprintf(path + used, sizeof(path) - used, "%s%s",
                                 way->jumps[i - 1]->chain, RULE_PATH_ARROW);
    if (way->depth > 0 && used < sizeof(path)) {
        snprintf(path + used, sizeof(path) - used, "%s", rule->chain);
        evidence_set_text(evidence, KEY_PATH, path);
    }
}

/* The rule's own set, else that of a jump that led to it. */
static void put_sets(const struct rule_counters *counters,
                     const struct legacy_rule *rule,
                     const struct legacy_way *way, struct evidence *evidence)
{
    struct rule_subject subject =
        subject_of(counters, evidence_word(evidence, KEY_STAGE));
    bool found = rule_report_ipset(rule->text, &subject, evidence);

    for (size_t i = 0; !found && i < way->depth; i++)
        found = rule_report_ipset(way->jumps[i]->text, &subject, evidence);
}

static void emit_rule(struct rule_counters *counters, size_t family,
                      const struct legacy_rules *rules, size_t index)
{
    const struct legacy_rules *before = counters->before[family];
    const struct legacy_rule *rule = &rules->items[index];
    int stage = legacy_rules_stage(rules, rule);
    struct legacy_way way;
    struct rule_keys keys;
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_RULE_COUNTER, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_BACKEND, BACKEND_IPTABLES_LEGACY);
    evidence_set_text(&evidence, KEY_FIREWALL_FAMILY,
                      legacy_listings[family].family);
    evidence_set_text(&evidence, KEY_TABLE, rule->table);
    evidence_set_text(&evidence, KEY_CHAIN, rule->chain);
    evidence_set_text(&evidence, KEY_TARGET, rule->target);
    evidence_set_number(&evidence, KEY_BEFORE,
                        (int64_t)before->items[index].packets);
    evidence_set_number(&evidence, KEY_AFTER, (int64_t)rule->packets);
    if (rule->is_policy)
        evidence_set_number(&evidence, KEY_POLICY, 1);
    else
        evidence_set_number(&evidence, KEY_POSITION, rule->position);
    if (legacy_rules_way(before, rules, index, &way))
        put_way(rules, rule, &way, &evidence);
    else if (stage >= 0)
        evidence_set_word(&evidence, KEY_STAGE, stage);
    if (legacy_rule_is_deadly(rule))
        put_sets(counters, rule, &way, &evidence);
    if (legacy_rule_is_deadly(rule) &&
        spares_us(counters, evidence_word(&evidence, KEY_STAGE), rule))
        evidence_set_number(&evidence, KEY_SPARED, 1);
    if (!rule->is_policy) {
        rule_keys_read(rule->text, &keys);
        rule_keys_put(&keys, &evidence);
    }
    evidence_set_text(&evidence, KEY_RULE, rule->text); /* last: may be cut */
    worker_emit(counters->worker, &evidence);
}

/* Did a rule count that changes where packets go? */
static bool have_translated(const struct legacy_rules *before,
                            const struct legacy_rules *after)
{
    struct rule_keys keys;

    if (before == NULL || !legacy_rules_match(before, after))
        return false;
    for (size_t i = 0; i < after->count; i++) {
        if (after->items[i].packets == before->items[i].packets)
            continue;
        rule_keys_read(after->items[i].text, &keys);
        if (translation_moves_target(keys.translates))
            return true;
    }
    return false;
}

/* First those that end a packet's way, whatever their number. */
static void emit_moved(struct rule_counters *counters, size_t family,
                       const struct legacy_rules *after, bool deadly)
{
    const struct legacy_rules *before = counters->before[family];
    unsigned told = 0;

    for (size_t i = 0; i < after->count; i++) {
        const struct legacy_rule *rule = &after->items[i];

        if (rule->packets == before->items[i].packets ||
            legacy_rule_is_deadly(rule) != deadly)
            continue;
        if (deadly || told++ < MAX_HARMLESS)
            emit_rule(counters, family, after, i);
    }
}

static void emit_state(struct rule_counters *counters, size_t family,
                       bool complete)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_RULE_COUNTERS, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_BACKEND, BACKEND_IPTABLES_LEGACY);
    evidence_set_text(&evidence, KEY_FIREWALL_FAMILY,
                      legacy_listings[family].family);
    evidence_set_number(&evidence, KEY_TABLES, counters->tables[family]);
    evidence_set_number(&evidence, KEY_COMPLETE, complete);
    worker_emit(counters->worker, &evidence);
}

static void report_family(struct rule_counters *counters, size_t family,
                          const struct legacy_rules *after)
{
    bool complete = true;

    if (counters->before[family] != NULL) {
        complete = legacy_rules_match(counters->before[family], after);
        if (complete) {
            emit_moved(counters, family, after, true);
            emit_moved(counters, family, after, false);
        }
    }
    emit_state(counters, family, complete);
    if (!complete)
        worker_limit(counters->worker, "rule-counters",
                     "the rules of %s changed during the trace",
                     legacy_listings[family].command[0]);
}

/* A table that came up in between was not read before. */
static bool tables_stayed(struct rule_counters *counters)
{
    bool all = true;

    for (size_t i = 0; i < LEGACY_FAMILIES; i++) {
        unsigned count;
        bool stayed = legacy_listing_count(i, &count, NULL) == 0 &&
                      count == counters->tables[i];

        all &= stayed;
        if (!stayed)
            emit_state(counters, i, false);
    }
    return all;
}

/* The first one will do: it says what to ask for. */
static void tell_owner_rules(struct worker *worker,
                             const struct legacy_rules *rules)
{
    uint16_t port = worker_order(worker)->port;

    if (rules == NULL || !owner_rules_matter(worker))
        return;
    for (size_t i = 0; i < rules->count; i++)
        if (owner_rules_concerns(rules->items[i].text, port)) {
            owner_rules_tell(worker, "rule-counters", rules->items[i].table,
                             rules->items[i].chain, rules->items[i].text);
            return;
        }
}

static void report(struct rule_counters *counters, struct legacy_rules **after)
{
    for (size_t i = 0; i < LEGACY_FAMILIES; i++)
        counters->translated |= have_translated(counters->before[i], after[i]);
    for (size_t i = 0; i < LEGACY_FAMILIES; i++) {
        report_family(counters, i, after[i]);
        if (i == (worker_peer(counters->worker).family == 6))
            tell_owner_rules(counters->worker, after[i]);
    }
}

static void rule_counters_collect(void *state)
{
    struct rule_counters *counters = state;
    struct legacy_rules *after[LEGACY_FAMILIES] = {NULL};
    struct err err = {0};

    if (!tables_stayed(counters))
        worker_limit(counters->worker, "rule-counters",
                     "tables of iptables-legacy came or went during the trace");
    else if (legacy_listing_read(counters->tables, after, &err) < 0)
        worker_limit(counters->worker, "rule-counters", "%s", err.text);
    else
        report(counters, after);
    free_families(after);
}

/* What was translated, and whether it stayed on this host.  The first SYN that came in tells whom it is from and where to, whatever was
 * translated on the path. */
static void rule_counters_notice(void *state, const struct evidence *evidence)
{
    struct rule_counters *counters = state;

    if (evidence->kind == EVIDENCE_RULE &&
        evidence_has(evidence, KEY_TRANSLATES))
        counters->translated |=
            translation_moves_target(evidence_word(evidence, KEY_TRANSLATES));
    if (evidence->kind == EVIDENCE_PACKET &&
        evidence_number(evidence, KEY_ATTEMPT, 0) > 0)
        counters->is_local |=
            strcmp(evidence_text(evidence, KEY_INTERFACE, ""), "lo") == 0;
    if (!interest_is_arrival(evidence) || address_is_set(&counters->syn.source))
        return;
    counters->syn = rule_packet_of(evidence);
}

static unsigned rule_counters_disarm(void *state)
{
    struct rule_counters *counters = state;

    free_families(counters->before);
    free(counters);
    return 0;
}

const struct observer rule_counters_observer = {
    .name = "rule-counters",
    .at_source = true,
    .at_destination = true,
    .outside = true,
    .produces = EVIDENCE_BIT(EVIDENCE_RULE_COUNTER) |
                EVIDENCE_BIT(EVIDENCE_RULE_COUNTERS),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_RULE),
    .arm = rule_counters_arm,
    .notice = rule_counters_notice,
    .collect = rule_counters_collect,
    .disarm = rule_counters_disarm,
};
