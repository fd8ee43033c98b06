#include "agent/worker/walking.h"

#include <errno.h>

#include <sys/socket.h>

#include "agent/probe/connect.h"
#include "agent/probe/held_port.h"
#include "agent/probe/own_address.h"
#include "agent/probe/trial_number.h"
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

/* A vantage point makes no attempt that it could walk along: it has a port of its
 * own, which is held until the worker ends, and a number of no attempt. */
static int hold_port(struct worker *worker, struct walk_way *way,
                     struct err *err)
{
    int fd =
        held_port_open(&way->flow.own, SOCK_STREAM, "", &way->flow.own_port);

    if (fd < 0)
        return err_set(err, fd, "not walked: no port can be had");
    worker->held_fd = fd;
    way->attempt = trial_attempt(TRIAL_VANTAGE);
    return 0;
}

static int find_way(struct worker *worker, const struct command *command,
                    struct walk_way *way, struct err *err)
{
    const struct captured_flow *captured;

    *way = (struct walk_way){.attempt = command->attempt,
                             .max_ttl = command->max_ttl};
    if (worker->order.role == ROLE_SOURCE) {
        way->flow = flow_of_syn(worker, command);
        return worker->order.vantage ? hold_port(worker, way, err) : 0;
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
