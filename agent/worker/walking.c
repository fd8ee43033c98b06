#include "agent/worker/walking.h"

#include <errno.h>

#include "agent/probe/connect.h"
#include "agent/probe/own_address.h"
#include "agent/probe/walk.h"
#include "agent/worker/steps.h"
#include "agent/worker/worker_state.h"
#include "common/base/err.h"

static void on_walked(struct worker *worker)
{
    worker->walk = NULL;
    worker_tell_phase(worker, PHASE_WALKED, NULL);
}

/* What the command says, else the attempt, else the kernel's choice. */
static struct probe_flow flow_of_syn(const struct worker *worker,
                                     const struct command *command)
{
    struct probe_flow flow = {.own = worker->own};

    if (worker->probe != NULL)
        probe_flow_of(worker->probe, command->attempt, &flow);
    flow.peer = command->peer_address;
    if (address_is_set(&command->own_address))
        flow.own = command->own_address;
    if (flow.own.family != flow.peer.family)
        flow.own = own_address_towards(&flow.peer);
    if (command->own_port != 0)
        flow.own_port = command->own_port;
    if (command->peer_port != 0)
        flow.peer_port = command->peer_port;
    return flow;
}

static int find_way(const struct worker *worker, const struct command *command,
                    struct walk_way *way, struct err *err)
{
    const struct captured_flow *captured;

    *way = (struct walk_way){.attempt = command->attempt,
                             .max_ttl = command->max_ttl};
    if (worker->order.role == ROLE_SOURCE) {
        way->flow = flow_of_syn(worker, command);
        return 0;
    }
    captured = flows_find(&worker->flows, command->attempt, err);
    if (captured == NULL)
        return -EPERM;
    way->flow = captured->flow;
    way->is_syn_ack = true;
    way->sequence = captured->sequence;
    way->acknowledge = captured->acknowledge;
    return 0;
}

int walking_start(struct worker *worker, const struct command *command,
                  struct err *err)
{
    struct walk_way way;
    int status = find_way(worker, command, &way, err);

    worker->has_walked = true;
    if (worker->probe != NULL) /* no attempt shares its ports with a walk */
        probe_give_up(worker->probe, command->attempt);
    if (status == 0)
        status = walk_check(worker, &way, err);
    return status < 0 ? status
                      : walk_start(&worker->walk, worker, &way, on_walked, err);
}
