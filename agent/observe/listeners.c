#include "agent/observe/listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <net/if.h>

#include "agent/keeper/policy.h"
#include "agent/observe/namespaces.h"
#include "agent/observe/netlink.h"
#include "agent/observe/processes.h"
#include "agent/observe/socket_diag.h"
#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_LISTENERS 64

struct listener
{
    struct socket_info info;
    char interface[IF_NAMESIZE];         /* bound to, or empty */
    char namespace[NAMESPACE_NAME_SIZE]; /* empty: our own */
};

struct listeners
{
    uint16_t port;
    const char *namespace; /* that is being listed, or empty */
    unsigned failed;       /* namespaces that could not be listed */
    size_t count;
    bool cut;
    struct listener items[MAX_LISTENERS];
    struct process_query queries[MAX_LISTENERS];
};

static void keep(const struct socket_info *info, void *data)
{
    struct listeners *listeners = data;
    struct listener *listener;

    if (listeners->count == MAX_LISTENERS) {
        listeners->cut = true;
        return;
    }
    listeners->queries[listeners->count].inode = info->inode;
    listener = &listeners->items[listeners->count++];
    listener->info = *info;
    snprintf(listener->namespace, sizeof(listener->namespace), "%s",
             listeners->namespace);
    if (info->interface == 0 ||
        if_indextoname(info->interface, listener->interface) == NULL)
        listener->interface[0] = '\0';
}

/* Lists the namespace in which the thread stands. */
static int list_here(struct listeners *listeners, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, err);

    if (status == 0)
        status = socket_diag_list(netlink, 4, SOCKET_STATES_LISTEN,
                                  listeners->port, 0, keep, listeners, err);
    if (status == 0)
        status = socket_diag_list(netlink, 6, SOCKET_STATES_LISTEN,
                                  listeners->port, 0, keep, listeners, err);
    return status;
}

static void list_namespace(const char *name, void *data)
{
    struct listeners *listeners = data;

    listeners->namespace = name;
    if (list_here(listeners, NULL) < 0)
        listeners->failed++;
}

static void put_text(struct evidence *evidence, enum evidence_key key,
                     const char *text)
{
    if (text[0] != '\0')
        evidence_set_text(evidence, key, text);
}

/* Where it belongs, and whether it is what the operator expects there. */
static void put_home(struct evidence *evidence, const struct process *process,
                     const char *service)
{
    int64_t age_s = processes_age_s(process);

    put_text(evidence, KEY_EXECUTABLE, process->path);
    put_text(evidence, KEY_UNIT, process->unit);
    put_text(evidence, KEY_USER_UNIT, process->user_unit);
    put_text(evidence, KEY_CONTAINER, process->container);
    if (age_s >= 0)
        evidence_set_number(evidence, KEY_AGE_S, age_s);
    if (service[0] != '\0')
        evidence_set_number(evidence, KEY_NAMED,
                            processes_is_called(process, service));
}

void listeners_put_process(struct evidence *evidence,
                           const struct process *process, const char *service)
{
    if (process->pid == 0)
        return;
    evidence_set_number(evidence, KEY_PID, process->pid);
    put_text(evidence, KEY_PROCESS, process->name);
    put_text(evidence, KEY_PROCESS_STATE, process->state);
    if (process->files >= 0)
        evidence_set_number(evidence, KEY_FILES, process->files);
    if (process->files_limit >= 0)
        evidence_set_number(evidence, KEY_FILES_LIMIT, process->files_limit);
    put_home(evidence, process, service);
}

static void emit_listener(struct worker *worker,
                          const struct listener *listener,
                          const struct process *process, enum phase phase)
{
    const struct socket_info *info = &listener->info;
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_LISTENER, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_address(&evidence, KEY_ADDRESS, &info->local);
    evidence_set_number(&evidence, KEY_PORT, info->local_port);
    if (info->v6_only >= 0)
        evidence_set_number(&evidence, KEY_V6_ONLY, info->v6_only);
    put_text(&evidence, KEY_INTERFACE, listener->interface);
    evidence_set_number(&evidence, KEY_QUEUE, info->queue);
    evidence_set_number(&evidence, KEY_QUEUE_LIMIT, info->queue_limit);
    evidence_set_number(&evidence, KEY_INODE, (int64_t)info->inode);
    evidence_set_number(&evidence, KEY_USER, info->user);
    put_text(&evidence, KEY_NAMESPACE, listener->namespace);
    listeners_put_process(&evidence, process, worker_order(worker)->service);
    worker_emit(worker, &evidence);
}

static void emit_summary(struct worker *worker,
                         const struct listeners *listeners, enum phase phase)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_LISTENERS, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_number(&evidence, KEY_PORT, listeners->port);
    evidence_set_number(&evidence, KEY_COUNT, (int64_t)listeners->count);
    evidence_set_number(&evidence, KEY_COMPLETE, !listeners->cut);
    worker_emit(worker, &evidence);
}

/* The others are where a listener may hide. */
static void list_elsewhere(struct worker *worker, struct listeners *listeners,
                           enum phase phase, int64_t budget_ns)
{
    struct namespaces_visit visit;
    struct err err = {0};
    int status;

    if (!worker_policy(worker)->containers) {
        if (phase == PHASE_AFTER)
            worker_limit(worker, "sockets",
                         "listeners in other network namespaces (containers) "
                         "are not looked for: forbidden by this host's policy");
        return;
    }
    status =
        namespaces_visit(budget_ns, list_namespace, listeners, &visit, &err);
    if (phase != PHASE_AFTER)
        return;
    if (status < 0)
        worker_limit(worker, "sockets", "%s", err.text);
    else if (visit.refused + listeners->failed > 0 || visit.cut)
        worker_limit(worker, "sockets",
                     "%u network namespaces were searched for listeners, %u "
                     "could not be%s",
                     visit.visited, visit.refused + listeners->failed,
                     visit.cut ? ", and the time ended the search" : "");
}

/* Our own namespace first: only that it was listed whole makes it complete. */
static int list_all(struct worker *worker, struct listeners *listeners,
                    enum phase phase, int64_t budget_ns, struct err *err)
{
    int status;

    listeners->namespace = "";
    status = list_here(listeners, err);
    if (status == 0)
        list_elsewhere(worker, listeners, phase, budget_ns);
    return status;
}

void listeners_report(struct worker *worker, uint16_t port, enum phase phase,
                      int64_t budget_ns)
{
    CLEAN_FREE struct listeners *listeners = calloc(1, sizeof(*listeners));
    struct err err = {0};

    if (listeners == NULL) {
        worker_limit(worker, "sockets", "listeners: out of memory");
        return;
    }
    listeners->port = port;
    if (list_all(worker, listeners, phase, budget_ns, &err) < 0) {
        worker_limit(worker, "sockets", "%s", err.text);
        return;
    }
    if (!processes_find(listeners->queries, listeners->count, budget_ns) &&
        phase == PHASE_AFTER)
        worker_limit(worker, "sockets",
                     "the search for the listeners' processes was cut short");
    for (size_t i = 0; i < listeners->count; i++)
        emit_listener(worker, &listeners->items[i],
                      &listeners->queries[i].process, phase);
    if (port == worker_order(worker)->port)
        emit_summary(worker, listeners, phase);
}
