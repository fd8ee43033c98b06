#include "agent/observe/routing/route_question.h"

#include <unistd.h>

#include "agent/worker/worker.h"
#include "common/base/users.h"

/* Rules of routing may ask for the user (`ip rule ... uidrange`): the one who
 * will call connect(). */
static void add_user(const struct order *order, struct route_question *question)
{
    struct user user = {.uid = geteuid()};

    if (order->as_user[0] != '\0' && !users_find(order->as_user, &user))
        return;
    question->has_user = true;
    question->user = user.uid;
}

struct route_question route_question_of(const struct worker *worker,
                                        struct address peer, struct address own)
{
    const struct order *order = worker_order(worker);
    struct route_question question = {.destination = peer, .source = own};

    if (order->role == ROLE_SOURCE) {
        question.peer_port = order->port;
        add_user(order, &question);
    } else
        question.own_port = order->port;
    return question;
}
