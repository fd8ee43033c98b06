/* What the rules of a chain on a hook do with a packet, worked out rule by
 * rule, jumps and gotos followed.
 *
 * Where a rule may match or not, both ways are followed; a chain surely stops a
 * packet only if every way ends so. */
#ifndef OBSERVE_RULING_H
#define OBSERVE_RULING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/observe/firewall/rule_flow.h"
#include "agent/observe/firewall/rule_view.h"
#include "common/trace/front_end.h"

struct legacy_rule;

struct ruling
{
    enum rule_act act; /* ACT_ACCEPT, _DROP, _REJECT; ACT_UNKNOWN: not sure */
    bool is_policy;    /* no rule decides, but the chain's policy */
    uint64_t handle;   /* of the rule, in nftables; 0: none */
    unsigned position; /* in its chain, from 1 */
    const struct legacy_rule *legacy; /* the rule or policy there, or NULL */
    size_t depth;                     /* of levels */
    struct rule_level levels[RULE_DEPTH_MAX]; /* the base chain first */
    unsigned
        front_ends; /* bits of those whose chains the packet went through */
    char zone[FRONT_END_NAME_SIZE]; /* which firewalld chose, or "" */
};

/* A packet on its way through one chain on a hook. */
struct passage
{
    struct rule_view *packet;
    bool is_sure;      /* that it comes to the rule that is next */
    unsigned possible; /* how it may end, as bits */
    unsigned rules;    /* that were asked */
    size_t depth;
    struct rule_level levels[RULE_DEPTH_MAX];
    bool goes_on[RULE_DEPTH_MAX];  /* or may, behind the last rule met */
    bool returned[RULE_DEPTH_MAX]; /* or may have, to the chain before */
    struct ruling ruling;          /* the last that was met */
    void (*each_rule)(struct passage *passage, const char *chain, void *data);
    void *data; /* for each_rule, which shows passage_meet() every rule */
};

struct met_rule
{
    uint64_t handle;
    unsigned position;
    const struct legacy_rule *legacy;
    struct rule_outcome outcome;
};

/* Goes through the base chain; packet, each_rule and data must be set, all else
 * be zero.  policy is what it does with those that come to its end.  each_rule
 * must show the named chain's rules in their order until passage_meet() says
 * no. */
void passage_run(struct passage *passage, const char *chain,
                 enum rule_act policy, struct ruling *ruling);

/* Does the packet go on, or may it, behind this rule? */
bool passage_meet(struct passage *passage, const struct met_rule *rule);

/* The rules could not be read to their end. */
void passage_give_up(struct passage *passage);

#endif
