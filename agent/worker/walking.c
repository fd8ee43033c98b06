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

/* From the attempt's own address and port, which nobody else has: the command
 * chooses neither, or the copies could go along somebody's connection.  Where it
 * leads elsewhere than the attempt did, walk_check() says so. */
static int follow_attempt(const struct worker *worker,
                          const struct command *command, struct walk_way *way,
                          struct err *err)
{
    if (worker->probe == NULL ||
        !probe_flow_of(worker->probe, command->attempt, &way->flow))
        return err_set(err, -EPERM,
                       "not walked: no SYN of attempt %u left here, or it "
                       "opened, and is left alone",
                       command->attempt);
    way->flow.peer = command->peer_address;
    if (command->peer_port != 0)
        way->flow.peer_port = command->peer_port;
    return 0;
}

/* A vantage point makes no attempt that it could walk along: it has a port of its
 * own, which is held until the worker ends, and a number of no attempt. */
static int hold_port(struct worker *worker, const struct command *command,
                     struct walk_way *way, struct err *err)
{
    int fd;

    way->flow.own = own_address_towards(&command->peer_address);
    way->flow.peer = command->peer_address;
    way->flow.peer_port = command->peer_port;
    fd = held_port_open(&way->flow.own, SOCK_STREAM, "", &way->flow.own_port);
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
    if (worker->order.role == ROLE_SOURCE)
        return worker->order.vantage
                   ? hold_port(worker, command, way, err)
                   : follow_attempt(worker, command, way, err);
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
    int status;

    worker->has_walked = true;
    if (worker->probe != NULL) /* no attempt shares its ports with a walk */
        probe_give_up(worker->probe, command->attempt);
    status = find_way(worker, command, &way, err);
    if (status == 0)
        status = walk_check(worker, &way, err);
    return status < 0 ? status
                      : walk_start(&worker->walk, worker, &way, on_walked, err);
}
