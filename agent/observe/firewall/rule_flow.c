#include "agent/observe/firewall/rule_flow.h"

#include <stdio.h>
#include <string.h>

static struct rule_flow *find_flow(struct rule_flows *flows, uint32_t trace_id)
{
    for (size_t i = 0; i < RULE_FLOWS_MAX; i++)
        if (flows->items[i].trace_id == trace_id && flows->items[i].depth > 0)
            return &flows->items[i];
    return NULL;
}

static void enter_level(struct rule_flow *flow, const char *chain)
{
    struct rule_level *level;

    if (flow->depth == RULE_DEPTH_MAX) /* cannot be: then show the last */
        flow->depth--;
    level = &flow->levels[flow->depth++];
    snprintf(level->chain, sizeof(level->chain), "%s", chain);
    level->handle = 0;
}

/* The packet enters a chain on a hook. */
static struct rule_flow *begin_flow(struct rule_flows *flows,
                                    const struct rule_step *step,
                                    const struct order *order)
{
    struct rule_flow *flow = find_flow(flows, step->trace_id);

    if (flow == NULL)
        flow = &flows->items[flows->next++ % RULE_FLOWS_MAX];
    memset(flow, 0, sizeof(*flow));
    flow->trace_id = step->trace_id;
    flow->attempt = rule_step_attempt(step, order, &flow->packet);
    flow->acknowledgement = step->acknowledgement;
    flow->in_index = step->in_index;
    flow->out_index = step->out_index;
    flow->headers = step->packet;
    enter_level(flow, step->chain);
    return flow;
}

/* Returns are not told one by one: a step in a chain further up says that the
 * packet is back there.  A chain stands on the way once, for the kernel refuses
 * loops. */
static void return_to(struct rule_flow *flow, const char *chain)
{
    for (size_t depth = flow->depth; depth > 0; depth--)
        if (strcmp(flow->levels[depth - 1].chain, chain) == 0) {
            flow->depth = depth;
            flow->levels[depth - 1].handle = 0;
            return;
        }
    flow->depth = 1; /* the jump's message was lost */
    enter_level(flow, chain);
}

struct rule_flow *rule_flows_step(struct rule_flows *flows,
                                  const struct rule_step *step,
                                  const struct order *order)
{
    struct rule_flow *flow;

    if (step->has_packet)
        return begin_flow(flows, step, order);
    flow = find_flow(flows, step->trace_id);
    if (flow != NULL)
        return_to(flow, step->chain);
    return flow;
}

void rule_flow_jump(struct rule_flow *flow, const struct rule_step *step)
{
    flow->levels[flow->depth - 1].handle = step->handle;
    enter_level(flow, step->jump);
}

const char *rule_flow_path(const struct rule_flow *flow,
                           char path[static RULE_PATH_SIZE])
{
    size_t used = 0;

    path[0] = '\0';
    for (size_t i = 0; flow->depth > 1 && i < flow->depth; i++) {
        int more =
            snprintf(path + used, RULE_PATH_SIZE - used, "%s%s",
                     i == 0 ? "" : RULE_PATH_ARROW, flow->levels[i].chain);

        if (more < 0 || (size_t)more >= RULE_PATH_SIZE - used)
            break;
        used += (size_t)more;
    }
    return path;
}
