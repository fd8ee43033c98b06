#include "agent/worker/permission.h"

#include <errno.h>

#include <net/if.h>

#include "agent/keeper/policy.h"
#include "agent/probe/allowance.h"
#include "agent/probe/identity.h"
#include "agent/worker/resolve.h"
#include "agent/worker/worker_state.h"
#include "common/base/err.h"

static int go_inside(struct worker *worker, struct err *err)
{
    int status =
        inside_open(&worker->inside, &worker->loop, worker->order.inside, err);

    if (status == 0)
        inside_begin(&worker->inside);
    return status;
}

/* Whom and what the probe needs of this host. */
static int check_manner(struct worker *worker, struct err *err)
{
    const struct order *order = &worker->order;
    struct user user = {0};
    int status = policy_check_manner(&worker->policy, order, err);

    if (status == 0 && order->as_user[0] != '\0')
        status = identity_find(order->as_user, &user, err);
    if (status == 0 && order->inside[0] != '\0')
        status = go_inside(worker, err);
    if (status == 0 && order->device[0] != '\0' &&
        if_nametoindex(order->device) == 0)
        status = err_set(err, -ENODEV,
                         "there is no device %s here: 'ip link' lists them",
                         order->device);
    return status;
}

/* Is the address the name's?  Else one name would stand for every address. */
static int check_named(const struct worker *worker, struct err *err)
{
    const struct order *order = &worker->order;
    char text[ADDRESS_TEXT_SIZE];
    bool is_its_own =
        worker->resolve != NULL && resolve_has_found(worker->resolve)
            ? resolve_found(worker->resolve, &worker->peer)
            : address_equal(&worker->peer, &order->told);

    if (is_its_own)
        return 0;
    return err_set(err, -EPERM,
                   "%s is no address of %s on this host, and is not probed",
                   address_print(&worker->peer, text), order->name);
}

int permission_to_arm(struct worker *worker, struct err *err)
{
    const struct order *order = &worker->order;
    bool is_named = !address_is_set(&order->destination);
    int status = 0;

    if (order->role != ROLE_SOURCE || !address_is_set(&worker->peer))
        return 0;
    if (is_named)
        status = check_named(worker, err);
    if (status == 0)
        status = policy_check_address(&worker->policy, &worker->peer, err);
    if (status == 0 && is_named)
        status = allowance_ask(HANDOFF_ATTEMPTS, &worker->peer, order->attempts,
                               err);
    return status < 0 ? status : check_manner(worker, err);
}
