#include "agent/observe/sockets/connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/netlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/observe/interest.h"
#include "agent/observe/sockets/port_range.h"
#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define POLL_MS   20
#define LIFE_MS   1000 /* a sign of it, while nothing is accepted */
#define REST_MS   1500 /* of the trace's time, for all that comes after */
#define HOLDER_NS (50 * (int64_t)NS_PER_MS) /* only where an old one is there */

/* One attempt's socket. */
struct end
{
    uint16_t port; /* the source's, 0: not known yet */
    struct address source;
    bool is_found;
    struct socket_info info;
    int64_t waited_ms; /* unaccepted */
    bool is_moving;    /* the queue, while it waited */
};

struct connections
{
    struct worker *worker;
    int64_t armed_ns;
    struct end ends[ORDER_MAX_ATTEMPTS + 1]; /* by attempt */
    struct end old; /* with the port that the first attempt shall have */
    struct process old_holder;
    struct port_range range;
    int64_t towards_peer; /* sockets from the range's ports, at the source */
    uint32_t half_open;   /* connections of the port, at the destination */
};

int connections_new(struct connections **out, struct worker *worker,
                    struct err *err)
{
    struct connections *connections = calloc(1, sizeof(*connections));

    if (connections == NULL)
        return err_set(err, -ENOMEM, "sockets: out of memory");
    connections->worker = worker;
    connections->armed_ns = clock_monotonic_ns();
    *out = connections;
    return 0;
}

void connections_free(struct connections *connections)
{
    free(connections);
}

static bool is_source(const struct connections *connections)
{
    return worker_order(connections->worker)->role == ROLE_SOURCE;
}

static void keep_old(const struct socket_info *info, void *data)
{
    struct connections *connections = data;
    const struct order *order = worker_order(connections->worker);
    struct address peer = worker_peer(connections->worker);

    if (info->remote_port != order->from_port ||
        (address_is_set(&peer) && !address_equal(&peer, &info->remote)))
        return;
    connections->old.is_found = true;
    connections->old.info = *info;
}

void connections_look_for_old(struct connections *connections)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    const struct order *order = worker_order(connections->worker);
    struct process_query query = {0};

    if (order->from_port == 0 || is_source(connections) ||
        netlink_open(NETLINK_SOCK_DIAG, &netlink, NULL) < 0)
        return;
    for (int family = 4; family <= 6; family += 2)
        (void)socket_diag_list(netlink, family, SOCKET_STATES_CONNECTION,
                               order->port, order->from_port, keep_old,
                               connections, NULL);
    query.inode = connections->old.info.inode;
    if (query.inode != 0)
        processes_find(&query, 1, HOLDER_NS);
    connections->old_holder = query.process;
}

void connections_notice(struct connections *connections,
                        const struct evidence *evidence)
{
    int64_t attempt = evidence_number(evidence, KEY_ATTEMPT, 0);
    int64_t port = evidence_number(evidence, KEY_SOURCE_PORT, 0);
    struct end *end;

    if (attempt < 1 || attempt > ORDER_MAX_ATTEMPTS || port < 1 ||
        port > UINT16_MAX)
        return;
    if (is_source(connections) ? evidence->kind != EVIDENCE_ATTEMPT_START
                               : !interest_is_arrival(evidence))
        return;
    end = &connections->ends[attempt];
    if (end->port != 0)
        return;
    end->port = (uint16_t)port;
    end->source = evidence_address(evidence, KEY_SOURCE);
}

static void keep(struct end *end, const struct socket_info *info)
{
    end->is_found = true;
    end->info = *info;
}

static void match_source(const struct socket_info *info, void *data)
{
    struct connections *connections = data;
    struct address peer = worker_peer(connections->worker);

    if (!address_equal(&info->remote, &peer))
        return;
    connections->towards_peer +=
        port_range_holds(&connections->range, info->local_port);
    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++)
        if (connections->ends[i].port == info->local_port)
            keep(&connections->ends[i], info);
}

static bool is_state(const struct socket_info *info, const char *state)
{
    return strcmp(info->state, state) == 0;
}

static void match_destination(const struct socket_info *info, void *data)
{
    struct connections *connections = data;

    connections->half_open += is_state(info, "SYN_RECV");
    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++)
        if (connections->ends[i].port == info->remote_port &&
            address_equal(&info->remote, &connections->ends[i].source))
            keep(&connections->ends[i], info);
}

static int list(struct connections *connections, struct netlink *netlink,
                struct err *err)
{
    uint16_t port = worker_order(connections->worker)->port;
    bool source = is_source(connections);
    int status = 0;

    connections->towards_peer = 0;
    connections->half_open = 0;
    /* An IPv6 socket may carry IPv4: both lists, whatever the trace's family.
     */
    for (int family = 4; status == 0 && family <= 6; family += 2)
        status = socket_diag_list(netlink, family, SOCKET_STATES_CONNECTION,
                                  source ? 0 : port, source ? port : 0,
                                  source ? match_source : match_destination,
                                  connections, err);
    return status;
}

/* A socket that is open, and that no process has: the handshake is over, and
 * accept() did not return it.  (One that its process closed is closing.) */
static bool is_waiting(const struct end *end)
{
    return end->is_found && end->info.inode == 0 &&
           (is_state(&end->info, "ESTABLISHED") ||
            is_state(&end->info, "CLOSE_WAIT"));
}

static void look_again(const struct socket_info *info, void *data)
{
    struct end *end = data;

    if (info->remote_port == end->port)
        keep(end, info);
}

static void add_queue(const struct socket_info *info, void *data)
{
    *(uint32_t *)data += info->queue;
}

static uint32_t sum_queues(struct netlink *netlink, uint16_t port)
{
    uint32_t queue = 0;

    for (int family = 4; family <= 6; family += 2)
        (void)socket_diag_list(netlink, family, SOCKET_STATES_LISTEN, port, 0,
                               add_queue, &queue, NULL);
    return queue;
}

/* Returns whether any is waiting still. */
static bool look_for_waiting(struct connections *connections,
                             struct netlink *netlink, int64_t waited_ms)
{
    bool any = false;

    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++) {
        struct end *end = &connections->ends[i];
        struct socket_info last = end->info;

        if (!is_waiting(end))
            continue;
        end->is_found = false;
        (void)socket_diag_find(netlink, &last.local, last.local_port,
                               &last.remote, last.remote_port, look_again, end,
                               NULL);
        end->waited_ms = waited_ms;
        any = any || is_waiting(end);
    }
    return any;
}

/* To watch for so long, where the trace has the time. */
static int64_t limit_of(const struct connections *connections, bool all_stopped)
{
    int64_t used_ms =
        (clock_monotonic_ns() - connections->armed_ns) / NS_PER_MS;
    int64_t left_ms = (int64_t)worker_order(connections->worker)->deadline_ms -
                      used_ms - REST_MS;

    if (all_stopped)
        return CONNECTIONS_WAIT_STOPPED_MS;
    if (left_ms > CONNECTIONS_WAIT_MS)
        return CONNECTIONS_WAIT_MS;
    return left_ms > CONNECTIONS_WAIT_LEAST_MS ? left_ms
                                               : CONNECTIONS_WAIT_LEAST_MS;
}

/* The controller waits for those only that are heard of. */
static void show_life(const struct connections *connections, int64_t waited_ms)
{
    struct evidence evidence;

    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++) {
        if (!is_waiting(&connections->ends[i]))
            continue;
        evidence_init(&evidence, EVIDENCE_UNACCEPTED, clock_monotonic_ns());
        evidence_set_number(&evidence, KEY_ATTEMPT, i);
        evidence_set_number(&evidence, KEY_WAITED_MS, waited_ms);
        worker_emit(connections->worker, &evidence);
        return; /* one will do */
    }
}

static void pause_ms(long milliseconds)
{
    const struct timespec pause = {.tv_nsec = milliseconds * NS_PER_MS};

    nanosleep(&pause, NULL);
}

/* All else is over by now, so that waiting holds nothing up.  A queue that
 * shrinks shows a process that works, however slowly. */
static void await_accept(struct connections *connections,
                         struct netlink *netlink, int64_t limit_ms)
{
    uint16_t port = worker_order(connections->worker)->port;
    int64_t started_ns = clock_monotonic_ns();
    bool is_moving = false;
    int64_t waited_ms = 0;
    int64_t life_ms = LIFE_MS;
    uint32_t queue;

    if (!look_for_waiting(connections, netlink, 0))
        return;
    queue = sum_queues(netlink, port);
    while (look_for_waiting(connections, netlink, waited_ms) &&
           waited_ms < limit_ms && !is_moving) {
        uint32_t now;

        pause_ms(POLL_MS);
        now = sum_queues(netlink, port);
        is_moving = now < queue;
        queue = now;
        waited_ms = (clock_monotonic_ns() - started_ns) / NS_PER_MS;
        if (waited_ms >= life_ms) {
            show_life(connections, waited_ms);
            life_ms = waited_ms + LIFE_MS;
        }
    }
    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++)
        connections->ends[i].is_moving = is_moving;
}

static void emit_connection(struct connections *connections, unsigned attempt)
{
    const struct end *end = &connections->ends[attempt];
    struct evidence evidence;

    if (!end->is_found && (end->port == 0 || is_source(connections)))
        return;
    evidence_init(&evidence, EVIDENCE_CONNECTION, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, PHASE_AFTER);
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    if (!end->is_found) { /* its service is done with it, or never had it */
        evidence_set_text(&evidence, KEY_STATE, "CLOSED");
        worker_emit(connections->worker, &evidence);
        return;
    }
    evidence_set_text(&evidence, KEY_STATE, end->info.state);
    evidence_set_number(&evidence, KEY_RETRANSMITS, end->info.retransmits);
    evidence_set_number(&evidence, KEY_QUEUE, end->info.queue);
    if (!is_source(connections) && is_waiting(end)) {
        evidence_set_number(&evidence, KEY_ACCEPTED, 0);
        if (end->is_moving)
            evidence_set_number(&evidence, KEY_MOVED, 1);
    }
    if (end->waited_ms > 0)
        evidence_set_number(&evidence, KEY_WAITED_MS, end->waited_ms);
    worker_emit(connections->worker, &evidence);
}

static void emit_old(const struct connections *connections)
{
    const struct socket_info *old = &connections->old.info;
    const struct process *holder = &connections->old_holder;
    const struct end *first = &connections->ends[1];
    struct evidence evidence;

    if (!connections->old.is_found || first->port != old->remote_port ||
        !address_equal(&first->source, &old->remote))
        return;
    evidence_init(&evidence, EVIDENCE_CONNECTION, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, PHASE_BEFORE);
    evidence_set_number(&evidence, KEY_ATTEMPT, 1);
    evidence_set_text(&evidence, KEY_STATE, old->state);
    evidence_set_number(&evidence, KEY_QUEUE, old->queue);
    if (old->inode != 0)
        evidence_set_number(&evidence, KEY_INODE, (int64_t)old->inode);
    if (holder->pid != 0) {
        evidence_set_number(&evidence, KEY_PID, holder->pid);
        evidence_set_text(&evidence, KEY_PROCESS, holder->name);
    }
    worker_emit(connections->worker, &evidence);
}

static void emit_ports(struct connections *connections)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PORTS, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_RANGE_LOW, connections->range.low);
    evidence_set_number(&evidence, KEY_RANGE_HIGH, connections->range.high);
    evidence_set_number(&evidence, KEY_COUNT, connections->towards_peer);
    worker_emit(connections->worker, &evidence);
}

static void emit_half_open(struct connections *connections)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_HALF_OPEN, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, PHASE_AFTER);
    evidence_set_number(&evidence, KEY_PORT,
                        worker_order(connections->worker)->port);
    evidence_set_number(&evidence, KEY_COUNT, connections->half_open);
    worker_emit(connections->worker, &evidence);
}

void connections_report(struct connections *connections, bool all_stopped)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    bool has_range =
        is_source(connections) && port_range_read(&connections->range);
    struct err err = {0};
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, &err);

    if (status == 0)
        status = list(connections, netlink, &err);
    if (status < 0)
        worker_limit(connections->worker, "sockets", "%s", err.text);
    else if (!is_source(connections))
        await_accept(connections, netlink, limit_of(connections, all_stopped));
    else if (has_range)
        emit_ports(connections);
    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++)
        emit_connection(connections, i);
    if (!is_source(connections)) {
        emit_old(connections);
        if (connections->half_open > 0)
            emit_half_open(connections);
    }
}
