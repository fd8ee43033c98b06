/* Observer: the listeners on the traced port, and what became of the attempts'
 * own sockets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "agent/observe/interest.h"
#include "agent/observe/listeners.h"
#include "agent/observe/netlink.h"
#include "agent/observe/observer.h"
#include "agent/observe/port_holders.h"
#include "agent/observe/socket_diag.h"
#include "common/base/address.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define BUDGET_BEFORE_NS (5 * (int64_t)NS_PER_MS) /* first packet waits */
#define BUDGET_AFTER_NS  (150 * (int64_t)NS_PER_MS)
#define PORT_RANGE_FILE  "/proc/sys/net/ipv4/ip_local_port_range"

/* One end of an attempt, as this host sees it. */
struct end
{
    uint16_t port; /* the source's, 0: not known yet */
    struct address source;
};

struct sockets
{
    struct worker *worker;
    struct end ends[ORDER_MAX_ATTEMPTS + 1]; /* by attempt */
    uint16_t translated;                     /* port behind a DNAT, or 0 */
    bool has_no_port;     /* an attempt found no source port */
    int64_t towards_peer; /* sockets counted */
};

static bool is_source(const struct sockets *sockets)
{
    return worker_order(sockets->worker)->role == ROLE_SOURCE;
}

static int sockets_arm(struct worker *worker, void **state, struct err *err)
{
    struct sockets *sockets = calloc(1, sizeof(*sockets));

    if (sockets == NULL)
        return err_set(err, -ENOMEM, "sockets: out of memory");
    sockets->worker = worker;
    *state = sockets;
    if (!is_source(sockets))
        listeners_report(worker, worker_order(worker)->port, PHASE_BEFORE,
                         BUDGET_BEFORE_NS);
    return 0;
}

/* A SYN that is seen going to another port was translated on this host. */
static void notice_translation(struct sockets *sockets,
                               const struct evidence *evidence)
{
    int64_t port = evidence_number(evidence, KEY_DESTINATION_PORT, 0);

    if (is_source(sockets) &&
        strcmp(evidence_text(evidence, KEY_INTERFACE, ""), "lo") != 0)
        return; /* it went to another host */
    if (port > 0 && port <= UINT16_MAX &&
        port != worker_order(sockets->worker)->port)
        sockets->translated = (uint16_t)port;
}

static bool is_want_of_port(int64_t error)
{
    return error == EADDRNOTAVAIL || error == EADDRINUSE;
}

static void sockets_notice(void *state, const struct evidence *evidence)
{
    struct sockets *sockets = state;
    int64_t attempt = evidence_number(evidence, KEY_ATTEMPT, 0);
    int64_t port = evidence_number(evidence, KEY_SOURCE_PORT, 0);
    struct end *end;

    if (evidence->kind == EVIDENCE_ATTEMPT_END && is_source(sockets) &&
        is_want_of_port(evidence_number(evidence, KEY_ERRNO, 0)))
        sockets->has_no_port = true;
    if (attempt < 1 || attempt > ORDER_MAX_ATTEMPTS || port < 1 ||
        port > UINT16_MAX)
        return;
    if (evidence->kind == EVIDENCE_PACKET &&
        evidence_word(evidence, KEY_PACKET) == PACKET_SYN)
        notice_translation(sockets, evidence);
    if (is_source(sockets) ? evidence->kind != EVIDENCE_ATTEMPT_START
                           : !interest_is_arrival(evidence))
        return;
    end = &sockets->ends[attempt];
    if (end->port != 0)
        return;
    end->port = (uint16_t)port;
    end->source = evidence_address(evidence, KEY_SOURCE);
}

static void emit_connection(struct sockets *sockets, unsigned attempt,
                            const struct socket_info *info)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_CONNECTION, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, PHASE_AFTER);
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt);
    evidence_set_text(&evidence, KEY_STATE, info->state);
    evidence_set_number(&evidence, KEY_RETRANSMITS, info->retransmits);
    evidence_set_number(&evidence, KEY_QUEUE, info->queue);
    worker_emit(sockets->worker, &evidence);
}

static void match_source(const struct socket_info *info, void *data)
{
    struct sockets *sockets = data;
    struct address peer = worker_peer(sockets->worker);

    if (!address_equal(&info->remote, &peer))
        return;
    sockets->towards_peer++;
    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++)
        if (sockets->ends[i].port == info->local_port)
            emit_connection(sockets, i, info);
}

static void match_destination(const struct socket_info *info, void *data)
{
    struct sockets *sockets = data;

    for (unsigned i = 1; i <= ORDER_MAX_ATTEMPTS; i++)
        if (sockets->ends[i].port == info->remote_port &&
            address_equal(&info->remote, &sockets->ends[i].source))
            emit_connection(sockets, i, info);
}

static void emit_ports(struct sockets *sockets)
{
    CLEAN_FREE char *text = NULL;
    struct evidence evidence;
    unsigned low, high;
    size_t size;

    if (fs_read(PORT_RANGE_FILE, 64, &text, &size, NULL) < 0 ||
        sscanf(text, "%u %u", &low, &high) != 2)
        return;
    evidence_init(&evidence, EVIDENCE_PORTS, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_RANGE_LOW, low);
    evidence_set_number(&evidence, KEY_RANGE_HIGH, high);
    evidence_set_number(&evidence, KEY_COUNT, sockets->towards_peer);
    worker_emit(sockets->worker, &evidence);
}

static int list_connections(struct sockets *sockets, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    uint16_t port = worker_order(sockets->worker)->port;
    bool source = is_source(sockets);
    int status = netlink_open(NETLINK_SOCK_DIAG, &netlink, err);

    /* An IPv6 socket may carry IPv4: both lists, whatever the trace's family.
     */
    for (int family = 4; status == 0 && family <= 6; family += 2)
        status = socket_diag_list(netlink, family, SOCKET_STATES_CONNECTION,
                                  source ? 0 : port, source ? port : 0,
                                  source ? match_source : match_destination,
                                  sockets, err);
    return status;
}

static void sockets_collect(void *state)
{
    struct sockets *sockets = state;
    struct err err = {0};

    sockets->towards_peer = 0;
    if (list_connections(sockets, &err) < 0)
        worker_limit(sockets->worker, "sockets", "%s", err.text);
    else if (is_source(sockets))
        emit_ports(sockets);
    if (sockets->has_no_port)
        port_holders_report(sockets->worker,
                            worker_order(sockets->worker)->from_port,
                            BUDGET_AFTER_NS);
    if (sockets->translated != 0)
        listeners_report(sockets->worker, sockets->translated, PHASE_AFTER,
                         BUDGET_AFTER_NS);
    if (is_source(sockets))
        return;
    listeners_report(sockets->worker, worker_order(sockets->worker)->port,
                     PHASE_AFTER, BUDGET_AFTER_NS);
}

static unsigned sockets_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer sockets_observer = {
    .name = "sockets",
    .at_source = true,
    .at_destination = true,
    .arm = sockets_arm,
    .notice = sockets_notice,
    .collect = sockets_collect,
    .disarm = sockets_disarm,
};
