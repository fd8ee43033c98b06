#include "agent/observe/ruleset/ruling.h"

#include <stdio.h>
#include <string.h>

#define RULES_MAX \
    200000 /* that one packet is asked of in one chain on a hook */

/* How the way may end. */
enum
{
    MAY_PASS = 1,
    MAY_STOP = 2,
    MAY_BE_ANYTHING = 4,
};

static void keep_ruling(struct passage *passage, const struct met_rule *rule,
                        enum rule_act act)
{
    struct ruling *ruling = &passage->ruling;

    ruling->act = act;
    ruling->is_policy = rule == NULL;
    ruling->handle = rule == NULL ? 0 : rule->handle;
    ruling->position = rule == NULL ? 0 : rule->position;
    ruling->legacy = rule == NULL ? NULL : rule->legacy;
    ruling->depth = rule == NULL ? 1 : passage->depth;
    memcpy(ruling->levels, passage->levels, sizeof(ruling->levels));
    ruling->levels[ruling->depth - 1].handle = ruling->handle;
}

static void end_at(struct passage *passage, const struct met_rule *rule,
                   enum rule_act act)
{
    if (act == ACT_UNKNOWN)
        passage->possible |= MAY_BE_ANYTHING;
    else
        passage->possible |= act == ACT_ACCEPT ? MAY_PASS : MAY_STOP;
    keep_ruling(passage, rule, act);
}

void passage_give_up(struct passage *passage)
{
    passage->possible |= MAY_BE_ANYTHING;
}

/* Goes through a chain.  Does the packet come out of it, or may it? */
static bool run_chain(struct passage *passage, const char *chain, bool is_sure)
{
    bool was_sure = passage->is_sure;
    size_t at = passage->depth;
    struct rule_level *level = &passage->levels[at];

    if (at == RULE_DEPTH_MAX) {
        passage_give_up(passage);
        return true;
    }
    passage->depth++;
    passage->goes_on[at] = true;
    passage->returned[at] = false;
    passage->is_sure = is_sure;
    snprintf(level->chain, sizeof(level->chain), "%s", chain);
    level->handle = 0;
    passage->each_rule(passage, chain, passage->data);
    passage->depth--;
    passage->is_sure = was_sure;
    return passage->goes_on[at] || passage->returned[at];
}

/* Where the packet surely goes: whose chain that is, and whose zone. */
static void note_chain(struct passage *passage, const char *from,
                       const char *chain)
{
    struct front_end_zone zone;

    passage->ruling.front_ends |= front_end_of_chain(chain);
    if (strstr(from, "_ZONES") != NULL && front_end_zone(chain, &zone))
        strcpy(passage->ruling.zone, zone.name);
}

/* A packet that comes out of where a goto led is back in the chain before. */
static bool follow(struct passage *passage, const struct met_rule *rule)
{
    const struct rule_outcome *outcome = &rule->outcome;
    bool surely = outcome->matches == TRI_YES;
    size_t at = passage->depth - 1;
    bool comes_out;

    passage->levels[at].handle = rule->handle;
    if (passage->is_sure && surely)
        note_chain(passage, passage->levels[at].chain, outcome->chain);
    comes_out = run_chain(passage, outcome->chain, passage->is_sure && surely);
    passage->levels[at].handle = 0;
    if (outcome->act == ACT_JUMP)
        return comes_out || !surely;
    passage->returned[at] |= comes_out;
    passage->is_sure &= surely || !comes_out;
    return !surely;
}

bool passage_meet(struct passage *passage, const struct met_rule *rule)
{
    const struct rule_outcome *outcome = &rule->outcome;
    bool surely = outcome->matches == TRI_YES;
    size_t at = passage->depth - 1;
    bool goes_on = true;

    if (passage->rules++ == RULES_MAX)
        passage_give_up(passage);
    if (passage->rules > RULES_MAX)
        goes_on = false;
    else if (outcome->matches == TRI_NO || outcome->act == ACT_NONE)
        return true;
    else if (outcome->act == ACT_JUMP || outcome->act == ACT_GOTO)
        goes_on = follow(passage, rule);
    else if (outcome->act == ACT_RETURN)
        passage->returned[at] = true;
    else
        end_at(passage, rule, outcome->act);
    if (outcome->act == ACT_RETURN)
        passage->is_sure &= surely;
    if (outcome->act != ACT_JUMP && outcome->act != ACT_GOTO)
        goes_on &= !surely;
    passage->goes_on[at] = goes_on;
    return goes_on;
}

void passage_run(struct passage *passage, const char *chain,
                 enum rule_act policy, struct ruling *ruling)
{
    if (run_chain(passage, chain, true))
        end_at(passage, NULL, policy);
    else if (passage->ruling.depth == 0)
        keep_ruling(passage, NULL, ACT_UNKNOWN); /* too many were asked */
    *ruling = passage->ruling;
    if (passage->possible != MAY_PASS && passage->possible != MAY_STOP)
        ruling->act = ACT_UNKNOWN;
}
