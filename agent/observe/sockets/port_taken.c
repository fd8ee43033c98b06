#include "agent/observe/sockets/port_taken.h"

#include <stdbool.h>
#include <stdlib.h>

#include <linux/netlink.h>

#include "agent/observe/host/kernel_module.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"

#define MAX_SOCKETS 64 /* looked at, per protocol */

struct taken
{
    uint16_t port;
    size_t count;
    struct socket_info items[MAX_SOCKETS];
    struct process_query queries[MAX_SOCKETS];
};

/* The kernel shows what is only bound whatever its port.  What no process has
 * any more, as TIME_WAIT, holds nobody up for long. */
static void keep(const struct socket_info *info, void *data)
{
    struct taken *taken = data;

    if (info->local_port != taken->port || info->inode == 0 ||
        taken->count == MAX_SOCKETS)
        return;
    taken->queries[taken->count].inode = info->inode;
    taken->items[taken->count++] = *info;
}

static int list(struct taken *taken, bool udp)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, NULL);

    for (int family = 4; status == 0 && family <= 6; family += 2)
        status = udp ? socket_diag_list_udp(netlink, family, taken->port, keep,
                                            taken, NULL)
                     : socket_diag_list(netlink, family,
                                        SOCKET_STATES_CONNECTION |
                                            SOCKET_STATES_BOUND,
                                        taken->port, 0, keep, taken, NULL);
    return status;
}

static void emit(struct worker *worker, const struct socket_info *info,
                 const struct process *process, const char *protocol)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PORT_TAKEN, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_PROTOCOL, protocol);
    evidence_set_address(&evidence, KEY_ADDRESS, &info->local);
    evidence_set_number(&evidence, KEY_PORT, info->local_port);
    if (info->remote_port != 0) {
        evidence_set_address(&evidence, KEY_DESTINATION, &info->remote);
        evidence_set_number(&evidence, KEY_DESTINATION_PORT, info->remote_port);
    }
    evidence_set_number(&evidence, KEY_PID, process->pid);
    evidence_set_text(&evidence, KEY_PROCESS, process->name);
    worker_emit(worker, &evidence);
}

/* A process once, by the first of its sockets. */
static bool is_told(const struct taken *taken, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (taken->queries[i].process.pid == taken->queries[index].process.pid)
            return true;
    return false;
}

static void report(struct worker *worker, bool udp, int64_t budget_ns)
{
    CLEAN_FREE struct taken *taken = calloc(1, sizeof(*taken));
    unsigned told = 0;

    if (taken == NULL)
        return;
    taken->port = worker_order(worker)->port;
    if (list(taken, udp) < 0 || taken->count == 0)
        return;
    (void)processes_find(taken->queries, taken->count, budget_ns);
    for (size_t i = 0; i < taken->count && told < PORT_TAKEN_MAX; i++) {
        const struct process *process = &taken->queries[i].process;

        if (process->pid == 0 || is_told(taken, i))
            continue;
        emit(worker, &taken->items[i], process, udp ? "udp" : "tcp");
        told++;
    }
}

void port_taken_report(struct worker *worker, int64_t budget_ns)
{
    report(worker, false, budget_ns);
    if (!kernel_module_is_absent("udp_diag"))
        report(worker, true, budget_ns);
}
