#include "agent/worker/trying.h"

#include "agent/probe/trials.h"
#include "agent/worker/steps.h"
#include "agent/worker/worker_state.h"
#include "common/base/err.h"

static void on_tried(struct worker *worker)
{
    worker_tell_phase(worker, PHASE_TRIED, NULL);
}

void trying_begin(struct worker *worker, const struct command *command)
{
    struct probe_flow flow = {.own = worker->own,
                              .peer = command->peer_address,
                              .peer_port = worker->order.port};
    struct err err = {0};
    int status = trials_check(worker, &flow.peer, &err);

    worker->has_tried = true;
    if (address_is_set(&command->own_address))
        flow.own = command->own_address;
    if (worker->order.role == ROLE_DESTINATION)
        flow.peer_port = worker->syn.tcp.source_port;
    if (status == 0)
        status = trials_start(&worker->trials, worker, &flow,
                              command->attempt != 0, on_tried, &err);
    if (status < 0) {
        worker_limit(worker, "trials", "%s", err.text);
        worker_tell_phase(worker, PHASE_TRIED, err.text);
    }
}
