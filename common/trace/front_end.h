/* The programs that write a host's firewall rules for its owner, and how their
 * rules are told from the owner's own: by the names of tables and chains, and by
 * what the agent has read in the rule (KEY_FRONT_END, KEY_RESEMBLES).  Agent and
 * engine ask the same table (front_end.c). */
#ifndef TRACE_FRONT_END_H
#define TRACE_FRONT_END_H

#include <stdbool.h>

#include "common/trace/words.h"

struct evidence;

#define FRONT_END_NAME_SIZE 64 /* a zone, a policy, a jail */

#define FRONT_END_BIT(owner) (1u << (owner))

/* Who made the rule or policy that this evidence (EVIDENCE_RULE,
 * EVIDENCE_RULE_COUNTER or EVIDENCE_FORESEEN) names.  What a built-in chain of iptables holds has no
 * name of its own: it is a front end's if it looks like one's and the packet
 * passed one of its chains, a bit of each in passed.  With 0 only names tell. */
enum front_end front_end_of_rule(const struct evidence *rule, unsigned passed);

/* The bits of those whose the chain of that name is. */
unsigned front_end_of_chain(const char *chain);

/* The bits of the front ends whose chain this step is in, or leads to. */
unsigned front_end_passed(const struct evidence *step);

/* What a chain of firewalld's is for: "filter_IN_public_deny" is for the zone
 * public, and so is "IN_public". */
struct front_end_zone
{
    char name[FRONT_END_NAME_SIZE];
    const char *part; /* "pre", "log", "deny", "allow", "post"; "": itself */
    bool is_policy;   /* a policy's, as far as the name tells */
};

/* False when the chain is for no zone or policy. */
bool front_end_zone(const char *chain, struct front_end_zone *out);

/* Does the rule end a packet's way? */
bool front_end_is_deadly(const struct evidence *rule);

#endif
