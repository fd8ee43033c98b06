/* The rules of iptables-legacy with their counters. */
#ifndef OBSERVE_LEGACY_RULES_H
#define OBSERVE_LEGACY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEGACY_RULES_MAX 20000

struct err;

struct legacy_rule
{
    const char *table;
    char *chain;
    char *target; /* drop, reject, accept, queue, return; else as written */
    char *text;
    bool is_policy;
    unsigned position; /* in its chain, from 1; a policy's is 0 */
    uint64_t packets;
};

struct legacy_chain /* of the user's */
{
    const char *table;
    char *name;
};

struct legacy_rules
{
    char *listing; /* the tables' names point into it */
    struct legacy_rule *items;
    size_t count;
    size_t room;
    struct legacy_chain *chains;
    size_t chain_count;
    size_t chain_room;
    bool failed; /* out of memory, or too many */
};

/* Reads the output of iptables-legacy-save -c, which must come from malloc()
 * and is taken over, whatever happens.  -EBADMSG, -ENOMEM. */
int legacy_rules_read(char *listing, struct legacy_rules **out,
                      struct err *err);

/* NULL is fine. */
void legacy_rules_free(struct legacy_rules *rules);

/* Are they the same rules, in places the same as before?  Not if a counter fell:
 * then they were written anew meanwhile. */
bool legacy_rules_match(const struct legacy_rules *before,
                        const struct legacy_rules *after);

/* Is there a chain of the user's of that name in the table? */
bool legacy_rules_has_chain(const struct legacy_rules *rules, const char *table,
                            const char *chain);

/* Can it end a packet's way? */
bool legacy_rule_is_deadly(const struct legacy_rule *rule);

#define LEGACY_CALLERS_MAX 256 /* chains that lead to one */

/* The stage (enum stage) at which the rule is asked; -1 when its chain is
 * reached from several, or by more chains than that. */
int legacy_rules_stage(const struct legacy_rules *rules,
                       const struct legacy_rule *rule);

#define LEGACY_DEPTH_MAX 16 /* of jumps that are followed back */

/* How packets came to a rule: by these jumps, the innermost first. */
struct legacy_way
{
    size_t depth;
    const struct legacy_rule *jumps[LEGACY_DEPTH_MAX];
};

/* The way to after's rule by the jumps (or gotos) that counted since before:
 * in each chain the only one, or the only one that counted as many as the rule
 * did.  False when it cannot be told; a rule of a built-in chain has a way of
 * no jumps.  before and after must match. */
bool legacy_rules_way(const struct legacy_rules *before,
                      const struct legacy_rules *after, size_t rule,
                      struct legacy_way *way);

#endif
