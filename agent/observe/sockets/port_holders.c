#include "agent/observe/sockets/port_holders.h"

#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/observe/sockets/port_range.h"
#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define HOLDERS_MAX_SOCKETS 128 /* whose processes are looked for */
#define HOLDERS_TOLD        3

struct holders
{
    struct worker *worker;
    uint16_t local_port; /* 0: those towards the peer, of the kernel's range */
    struct port_range range;
    struct process_query queries[HOLDERS_MAX_SOCKETS];
    size_t count;
    unsigned closed; /* TIME_WAIT and the like: no process has them */
};

static void note_socket(const struct socket_info *info, void *data)
{
    struct holders *holders = data;
    struct address peer = worker_peer(holders->worker);

    if (holders->local_port == 0 &&
        (!address_equal(&info->remote, &peer) ||
         !port_range_holds(&holders->range, info->local_port)))
        return;
    if (info->inode == 0)
        holders->closed++;
    else if (holders->count < HOLDERS_MAX_SOCKETS)
        holders->queries[holders->count++].inode = info->inode;
}

static int list_sockets(struct holders *holders)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    uint16_t port = worker_order(holders->worker)->port;
    uint32_t states = SOCKET_STATES_CONNECTION;
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, NULL);

    if (holders->local_port != 0)
        states |= SOCKET_STATES_LISTEN;
    for (int family = 4; status == 0 && family <= 6; family += 2)
        status = socket_diag_list(netlink, family, states, holders->local_port,
                                  holders->local_port != 0 ? 0 : port,
                                  note_socket, holders, NULL);
    return status;
}

/* The sockets of the process of the first query from there on; theirs are
 * forgotten. */
static unsigned count_of(struct holders *holders, size_t from)
{
    int pid = holders->queries[from].process.pid;
    unsigned count = 0;

    for (size_t i = from; i < holders->count; i++)
        if (holders->queries[i].process.pid == pid) {
            count++;
            if (i > from)
                holders->queries[i].process.pid = 0;
        }
    return count;
}

static void tell(const struct holders *holders, const struct process *process,
                 unsigned count)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PORT_HOLDER, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COUNT, count);
    if (process == NULL) {
        evidence_set_text(&evidence, KEY_STATE, "TIME_WAIT");
    } else {
        evidence_set_number(&evidence, KEY_PID, process->pid);
        evidence_set_text(&evidence, KEY_PROCESS, process->name);
    }
    worker_emit(holders->worker, &evidence);
}

/* Those with most sockets first. */
static void tell_processes(struct holders *holders)
{
    unsigned counts[HOLDERS_MAX_SOCKETS] = {0};

    for (size_t i = 0; i < holders->count; i++)
        if (holders->queries[i].process.pid != 0)
            counts[i] = count_of(holders, i);
    for (int told = 0; told < HOLDERS_TOLD; told++) {
        size_t most = 0;

        for (size_t i = 1; i < holders->count; i++)
            if (counts[i] > counts[most])
                most = i;
        if (counts[most] == 0)
            return;
        tell(holders, &holders->queries[most].process, counts[most]);
        counts[most] = 0;
    }
}

void port_holders_report(struct worker *worker, uint16_t local_port,
                         int64_t budget_ns)
{
    CLEAN_FREE struct holders *holders = calloc(1, sizeof(*holders));

    if (holders == NULL)
        return;
    holders->worker = worker;
    holders->local_port = local_port;
    port_range_read(&holders->range);
    if (list_sockets(holders) < 0)
        return;
    if (holders->count > 0)
        processes_find(holders->queries, holders->count, budget_ns);
    tell_processes(holders);
    if (holders->closed > 0)
        tell(holders, NULL, holders->closed);
}
