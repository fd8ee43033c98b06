/* The packets on their way through the chains: which attempt's each is, and by
 * which jumps it came to where it is. */
#ifndef OBSERVE_RULE_FLOW_H
#define OBSERVE_RULE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/observe/firewall/rule_step.h"

#define RULE_FLOWS_MAX  64 /* packets followed at the same time */
#define RULE_DEPTH_MAX  18 /* more than the kernel's jumps */
#define RULE_PATH_SIZE  256
#define RULE_PATH_ARROW " > "

struct order;

/* A chain on the way, and the rule in it that led on. */
struct rule_level
{
    char chain[RULE_NAME_SIZE];
    uint64_t handle; /* 0: the packet is still in this chain */
};

/* A packet in a chain on a hook and in those that it jumped to. */
struct rule_flow
{
    uint32_t trace_id;
    unsigned attempt; /* 0: none of ours */
    enum packet packet;
    uint32_t acknowledgement;
    unsigned in_index;
    unsigned out_index;
    struct rule_packet headers; /* as this base chain sees them */
    size_t depth;               /* of levels; 0: the flow is not in use */
    struct rule_level levels[RULE_DEPTH_MAX]; /* the base chain first */
};

struct rule_flows
{
    unsigned next;
    struct rule_flow items[RULE_FLOWS_MAX];
};

/* Takes the step into account.  Returns the packet's flow as it stands at this
 * step, before what the step itself leads to; NULL when the packet's beginning
 * was not seen.  After a jump or goto call rule_flow_jump(). */
struct rule_flow *rule_flows_step(struct rule_flows *flows,
                                  const struct rule_step *step,
                                  const struct order *order);

/* The step leads on to another chain. */
void rule_flow_jump(struct rule_flow *flow, const struct rule_step *step);

/* "input > first > deep"; empty when the packet is in the base chain itself. */
const char *rule_flow_path(const struct rule_flow *flow,
                           char path[static RULE_PATH_SIZE]);

#endif
