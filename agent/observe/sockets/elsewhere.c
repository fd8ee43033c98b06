#include "agent/observe/sockets/elsewhere.h"

#include <stdlib.h>

#include <linux/netlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/observe/sockets/listeners.h"
#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"

struct other
{
    struct socket_info info;
    unsigned distance; /* of its port from the traced one */
};

struct others
{
    uint16_t port;
    size_t count;
    struct other items[ELSEWHERE_MAX];
    struct process_query queries[ELSEWHERE_MAX];
};

static void keep(const struct socket_info *info, void *data)
{
    struct others *others = data;
    int distance = abs((int)info->local_port - (int)others->port);

    if (distance == 0 || others->count == ELSEWHERE_MAX)
        return;
    others->items[others->count++] =
        (struct other){.info = *info, .distance = (unsigned)distance};
}

static int list(uint16_t port, socket_fn fn, void *data)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, NULL);

    for (int family = 4; status == 0 && family <= 6; family += 2)
        status = socket_diag_list(netlink, family, SOCKET_STATES_LISTEN, port,
                                  0, fn, data, NULL);
    return status;
}

static void count_one(const struct socket_info *info, void *data)
{
    (void)info;
    (*(int *)data)++;
}

int elsewhere_count(uint16_t port)
{
    int count = 0;

    return list(port, count_one, &count) < 0 ? -1 : count;
}

static int by_distance(const void *a, const void *b)
{
    const struct other *x = a, *y = b;

    return (x->distance > y->distance) - (x->distance < y->distance);
}

static void emit(struct worker *worker, const struct socket_info *info,
                 const struct process *process)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ELSEWHERE, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_ADDRESS, &info->local);
    evidence_set_number(&evidence, KEY_PORT, info->local_port);
    listeners_put_process(&evidence, process, worker_order(worker)->service);
    worker_emit(worker, &evidence);
}

void elsewhere_report(struct worker *worker, unsigned count,
                      elsewhere_fn wanted, void *data, int64_t budget_ns)
{
    CLEAN_FREE struct others *others = calloc(1, sizeof(*others));

    if (others == NULL)
        return;
    others->port = worker_order(worker)->port;
    if (list(0, keep, others) < 0)
        return;
    qsort(others->items, others->count, sizeof(others->items[0]), by_distance);
    for (size_t i = 0; i < others->count; i++)
        others->queries[i].inode = others->items[i].info.inode;
    (void)processes_find(others->queries, others->count, budget_ns);
    for (size_t i = 0; i < others->count && count > 0; i++) {
        const struct process *process = &others->queries[i].process;

        if (process->pid == 0 || (wanted != NULL && !wanted(process, data)))
            continue;
        emit(worker, &others->items[i].info, process);
        count--;
    }
}
