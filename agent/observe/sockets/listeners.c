#include "agent/observe/sockets/listeners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <net/if.h>

#include "agent/keeper/policy.h"
#include "agent/observe/host/namespaces.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_LISTENERS 64
#define MAX_NEAR      3 /* that are told */

struct listener
{
    struct socket_info info;
    char interface[IF_NAMESIZE];         /* bound to, or empty */
    char namespace[NAMESPACE_NAME_SIZE]; /* empty: our own */
};

struct listeners
{
    const struct listeners_wish *wish;
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
    listeners->queries[listeners->count] = (struct process_query){
        .inode = info->inode,
        .all = listeners->wish->phase == PHASE_AFTER && info->queue > 0,
        .all_if_stopped = listeners->wish->phase == PHASE_AFTER};
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
    uint16_t port = listeners->wish->port;
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, err);

    for (int family = 4; status == 0 && family <= 6; family += 2)
        status = listeners->wish->keys
                     ? socket_diag_list_signed(netlink, family, port, keep,
                                               listeners, err)
                     : socket_diag_list(netlink, family, SOCKET_STATES_LISTEN,
                                        port, 0, keep, listeners, err);
    return status;
}

static void list_namespace(const char *name, void *data)
{
    struct listeners *listeners = data;

    listeners->namespace = name;
    if (list_here(listeners, NULL) < 0)
        listeners->failed++;
}

/* Where it belongs, and whether it is what the operator expects there. */
static void put_home(struct evidence *evidence, const struct process *process,
                     const char *service)
{
    int64_t age_s = processes_age_s(process);

    evidence_put_text(evidence, KEY_EXECUTABLE, process->path);
    evidence_put_text(evidence, KEY_UNIT, process->unit);
    evidence_put_text(evidence, KEY_USER_UNIT, process->user_unit);
    evidence_put_text(evidence, KEY_CONTAINER, process->container);
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
    evidence_put_text(evidence, KEY_PROCESS, process->name);
    evidence_put_text(evidence, KEY_PROCESS_STATE, process->state);
    if (process->files >= 0)
        evidence_set_number(evidence, KEY_FILES, process->files);
    if (process->files_limit >= 0)
        evidence_set_number(evidence, KEY_FILES_LIMIT, process->files_limit);
    if (process->files_hard >= 0)
        evidence_set_number(evidence, KEY_FILES_HARD, process->files_hard);
    put_home(evidence, process, service);
}

/* The key that covers the peer, if any does. */
static void put_signature(struct evidence *evidence,
                          const struct socket_info *info,
                          const struct address *peer)
{
    for (unsigned i = 0; i < info->key_count; i++) {
        const struct socket_key *key = &info->keys[i];

        if (key->address.family != peer->family ||
            !address_same_prefix(&key->address, peer, key->prefix))
            continue;
        evidence_set_address(evidence, KEY_SIGNED_PREFIX, &key->address);
        evidence_set_number(evidence, KEY_PREFIX, key->prefix);
        return;
    }
}

static void emit_listener(struct worker *worker,
                          const struct listener *listener,
                          const struct process_query *query, enum phase phase)
{
    const struct socket_info *info = &listener->info;
    struct address peer = worker_peer(worker);
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_LISTENER, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_address(&evidence, KEY_ADDRESS, &info->local);
    evidence_set_number(&evidence, KEY_PORT, info->local_port);
    if (info->v6_only >= 0)
        evidence_set_number(&evidence, KEY_V6_ONLY, info->v6_only);
    evidence_put_text(&evidence, KEY_INTERFACE, listener->interface);
    evidence_set_number(&evidence, KEY_QUEUE, info->queue);
    evidence_set_number(&evidence, KEY_QUEUE_LIMIT, info->queue_limit);
    evidence_set_number(&evidence, KEY_INODE, (int64_t)info->inode);
    evidence_set_number(&evidence, KEY_USER, info->user);
    evidence_put_text(&evidence, KEY_NAMESPACE, listener->namespace);
    listeners_put_process(&evidence, &query->process,
                          worker_order(worker)->service);
    if (query->holders > 0) {
        evidence_set_number(&evidence, KEY_HOLDERS, query->holders);
        evidence_set_number(&evidence, KEY_STOPPED, query->stopped);
    }
    if (address_is_set(&peer))
        put_signature(&evidence, info, &peer);
    worker_emit(worker, &evidence);
}

static void emit_summary(struct worker *worker,
                         const struct listeners *listeners, enum phase phase)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_LISTENERS, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_number(&evidence, KEY_PORT, listeners->wish->port);
    evidence_set_number(&evidence, KEY_COUNT, (int64_t)listeners->count);
    evidence_set_number(&evidence, KEY_COMPLETE, !listeners->cut);
    worker_emit(worker, &evidence);
}

/* The others are where a listener may hide. */
static void list_elsewhere(struct worker *worker, struct listeners *listeners)
{
    enum phase phase = listeners->wish->phase;
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
    status = namespaces_visit(listeners->wish->budget_ns, list_namespace,
                              listeners, &visit, &err);
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
                    struct err *err)
{
    int status;

    listeners->namespace = "";
    status = list_here(listeners, err);
    if (status == 0)
        list_elsewhere(worker, listeners);
    return status;
}

static bool is_left_alone(const struct listeners *listeners)
{
    bool has_queue = false;

    for (size_t i = 0; i < listeners->count; i++) {
        const struct process_query *query = &listeners->queries[i];

        if (listeners->items[i].info.queue == 0)
            continue;
        has_queue = true;
        if (query->holders == 0 || query->stopped < query->holders)
            return false;
    }
    return has_queue;
}

/* Some holders were not seen: how many there are is not known. */
static void note_cut(struct worker *worker, struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        listeners->queries[i].holders = 0;
    if (listeners->wish->phase == PHASE_AFTER)
        worker_limit(worker, "sockets",
                     "the search for the listeners' processes was cut short");
}

static void find_processes(struct worker *worker, struct listeners *listeners)
{
    if (!processes_find(listeners->queries, listeners->count,
                        listeners->wish->budget_ns))
        note_cut(worker, listeners);
}

bool listeners_report(struct worker *worker, const struct listeners_wish *wish)
{
    CLEAN_FREE struct listeners *listeners = calloc(1, sizeof(*listeners));
    struct err err = {0};

    if (listeners == NULL) {
        worker_limit(worker, "sockets", "listeners: out of memory");
        return false;
    }
    listeners->wish = wish;
    if (list_all(worker, listeners, &err) < 0) {
        worker_limit(worker, "sockets", "%s", err.text);
        return false;
    }
    find_processes(worker, listeners);
    for (size_t i = 0; i < listeners->count; i++)
        emit_listener(worker, &listeners->items[i], &listeners->queries[i],
                      wish->phase);
    emit_summary(worker, listeners, wish->phase);
    return is_left_alone(listeners);
}
