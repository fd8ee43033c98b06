#include "agent/observe/firewall/legacy_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/iptables_text.h"
#include "common/base/array.h"
#include "common/base/err.h"
#include "common/trace/words.h"

static const struct
{
    const char *written;
    const char *word;
} targets[] = {
    {"DROP", "drop"},     {"REJECT", "reject"}, {"ACCEPT", "accept"},
    {"NFQUEUE", "queue"}, {"QUEUE", "queue"},   {"RETURN", "return"},
};

static const struct
{
    const char *chain;
    enum stage stage;
} builtin[] = {
    {"PREROUTING", STAGE_PREROUTING}, {"INPUT", STAGE_INPUT},
    {"FORWARD", STAGE_FORWARD},       {"OUTPUT", STAGE_OUTPUT},
    {"POSTROUTING", STAGE_OUTPUT},
};

static const char *target_word(const char *target)
{
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
        if (strcmp(targets[i].written, target) == 0)
            return targets[i].word;
    return target;
}

void legacy_rules_free(struct legacy_rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->items[i].chain);
        free(rules->items[i].target);
        free(rules->items[i].text);
    }
    for (size_t i = 0; i < rules->chain_count; i++)
        free(rules->chains[i].name);
    free(rules->chains);
    free(rules->items);
    free(rules->listing);
    free(rules);
}

static bool make_room(struct legacy_rules *rules)
{
    size_t room = rules->room == 0 ? 64 : rules->room * 2;
    struct legacy_rule *grown;

    if (rules->failed || rules->count == LEGACY_RULES_MAX)
        return false;
    if (rules->count < rules->room)
        return true;
    grown = reallocarray(rules->items, room, sizeof(*grown));
    if (grown == NULL)
        return false;
    rules->items = grown;
    rules->room = room;
    return true;
}

/* A chain's rules stand together. */
static unsigned next_position(const struct legacy_rules *rules,
                              const struct iptables_line *line)
{
    const struct legacy_rule *last =
        rules->count == 0 ? NULL : &rules->items[rules->count - 1];

    if (line->is_policy)
        return 0;
    if (last == NULL || last->table != line->table || last->chain == NULL ||
        strcmp(last->chain, line->chain) != 0)
        return 1;
    return last->position + 1;
}

static void keep_chain(struct legacy_rules *rules,
                       const struct iptables_line *line)
{
    size_t room = rules->chain_room == 0 ? 16 : rules->chain_room * 2;
    struct legacy_chain *grown = rules->chains;

    if (rules->chain_count == rules->chain_room)
        grown = rules->chain_count < LEGACY_RULES_MAX
                    ? reallocarray(rules->chains, room, sizeof(*grown))
                    : NULL;
    if (grown == NULL) {
        rules->failed = true;
        return;
    }
    if (rules->chain_count == rules->chain_room)
        rules->chain_room = room;
    rules->chains = grown;
    grown[rules->chain_count].table = line->table;
    grown[rules->chain_count].name = strdup(line->chain);
    rules->failed |= grown[rules->chain_count++].name == NULL;
}

static void keep_line(const struct iptables_line *line, void *data)
{
    struct legacy_rules *rules = data;
    unsigned position = next_position(rules, line);
    struct legacy_rule *rule;

    if (line->is_chain) {
        keep_chain(rules, line);
        return;
    }
    if (!make_room(rules)) {
        rules->failed = true;
        return;
    }
    rule = &rules->items[rules->count++];
    rule->position = position;
    rule->table = line->table;
    rule->chain = strdup(line->chain);
    rule->target = strdup(target_word(line->target));
    rule->text = strdup(line->text);
    rule->is_policy = line->is_policy;
    rule->packets = line->packets;
    if (rule->chain == NULL || rule->target == NULL || rule->text == NULL)
        rules->failed = true;
}

int legacy_rules_read(char *listing, struct legacy_rules **out, struct err *err)
{
    struct legacy_rules *rules = calloc(1, sizeof(*rules));
    int status;

    if (rules == NULL) {
        free(listing);
        return err_set(err, -ENOMEM, "iptables' rules: out of memory");
    }
    rules->listing = listing;
    status = iptables_text_read(listing, keep_line, rules);
    if (status == 0 && rules->failed)
        status = -ENOMEM;
    if (status < 0) {
        legacy_rules_free(rules);
        return err_set(err, status,
                       status == -ENOMEM
                           ? "too many rules of iptables to compare"
                           : "the output of iptables-save is not understood");
    }
    *out = rules;
    return 0;
}

bool legacy_rules_match(const struct legacy_rules *before,
                        const struct legacy_rules *after)
{
    if (before->count != after->count)
        return false;
    for (size_t i = 0; i < before->count; i++)
        if (strcmp(before->items[i].table, after->items[i].table) != 0 ||
            strcmp(before->items[i].text, after->items[i].text) != 0 ||
            before->items[i].packets > after->items[i].packets)
            return false;
    return true;
}

bool legacy_rules_has_chain(const struct legacy_rules *rules, const char *table,
                            const char *chain)
{
    for (size_t i = 0; i < rules->chain_count; i++)
        if (strcmp(rules->chains[i].name, chain) == 0 &&
            strcmp(rules->chains[i].table, table) == 0)
            return true;
    return false;
}

bool legacy_rule_is_deadly(const struct legacy_rule *rule)
{
    return strcmp(rule->target, "drop") == 0 ||
           strcmp(rule->target, "reject") == 0 ||
           strcmp(rule->target, "queue") == 0;
}

static int builtin_stage(const char *chain)
{
    for (size_t i = 0; i < ARRAY_SIZE(builtin); i++)
        if (strcmp(builtin[i].chain, chain) == 0)
            return (int)builtin[i].stage;
    return -1;
}

/* Chains that lead to one, each looked at once: a host of containers has
 * thousands, and as many jumps between them. */
struct ascent
{
    unsigned stages; /* a bit for each that is reached */
    size_t count;
    const char *chains[LEGACY_CALLERS_MAX];
    bool cut;
};

static void climb_to(struct ascent *ascent, const char *chain)
{
    int stage = builtin_stage(chain);

    if (stage >= 0) {
        ascent->stages |= 1u << stage;
        return;
    }
    for (size_t i = 0; i < ascent->count; i++)
        if (strcmp(ascent->chains[i], chain) == 0)
            return;
    if (ascent->count == LEGACY_CALLERS_MAX)
        ascent->cut = true;
    else
        ascent->chains[ascent->count++] = chain;
}

static bool is_ambiguous(unsigned stages)
{
    return (stages & (stages - 1)) != 0;
}

int legacy_rules_stage(const struct legacy_rules *rules,
                       const struct legacy_rule *rule)
{
    struct ascent ascent = {0};

    climb_to(&ascent, rule->chain);
    for (size_t next = 0; next < ascent.count; next++)
        for (size_t i = 0; i < rules->count; i++) {
            if (ascent.cut || is_ambiguous(ascent.stages))
                return -1;
            if (strcmp(rules->items[i].target, ascent.chains[next]) == 0 &&
                strcmp(rules->items[i].table, rule->table) == 0)
                climb_to(&ascent, rules->items[i].chain);
        }
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (ascent.stages == 1u << stage)
            return stage;
    return -1;
}

/* The rules that lead to the chain, of those that moved by at least so many
 * packets: how many, and the last of them. */
static size_t count_callers(const struct legacy_rules *before,
                            const struct legacy_rules *after,
                            const struct legacy_rule *inner, uint64_t moved,
                            const struct legacy_rule **caller)
{
    size_t count = 0;

    for (size_t i = 0; i < after->count; i++) {
        const struct legacy_rule *rule = &after->items[i];

        if (rule->is_policy || strcmp(rule->target, inner->chain) != 0 ||
            strcmp(rule->table, inner->table) != 0 ||
            strcmp(rule->chain, inner->chain) == 0 ||
            rule->packets - before->items[i].packets < moved)
            continue;
        *caller = rule;
        count++;
    }
    return count;
}

bool legacy_rules_way(const struct legacy_rules *before,
                      const struct legacy_rules *after, size_t rule,
                      struct legacy_way *way)
{
    const struct legacy_rule *inner = &after->items[rule];
    uint64_t moved = inner->packets - before->items[rule].packets;

    way->depth = 0;
    while (builtin_stage(inner->chain) < 0) {
        const struct legacy_rule *caller = NULL;

        if (way->depth == LEGACY_DEPTH_MAX ||
            count_callers(before, after, inner, moved, &caller) != 1)
            return false;
        way->jumps[way->depth++] = caller;
        inner = caller;
    }
    return true;
}
