#include "agent/observe/route_question.h"

#include "agent/worker/worker.h"

struct route_question route_question_of(const struct worker *worker,
                                        struct address peer, struct address own)
{
    const struct order *order = worker_order(worker);
    struct route_question question = {.destination = peer, .source = own};

    if (order->role == ROLE_SOURCE)
        question.peer_port = order->port;
    else
        question.own_port = order->port;
    return question;
}
