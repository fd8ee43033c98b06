/* Observer: the listeners on the traced port, and what became of the attempts'
 * own sockets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/observer.h"
#include "agent/observe/sockets/connections.h"
#include "agent/observe/sockets/elsewhere.h"
#include "agent/observe/sockets/listeners.h"
#include "agent/observe/sockets/port_holders.h"
#include "agent/observe/sockets/port_taken.h"
#include "agent/observe/translated.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define BUDGET_BEFORE_NS (5 * (int64_t)NS_PER_MS) /* first packet waits */
#define BUDGET_AFTER_NS  (150 * (int64_t)NS_PER_MS)

struct sockets
{
    struct worker *worker;
    struct connections *connections;
    struct translated translated;
    bool keys;        /* a SYN was dropped for want of a signature */
    bool has_no_port; /* an attempt found no source port */
};

static bool is_source(const struct sockets *sockets)
{
    return worker_order(sockets->worker)->role == ROLE_SOURCE;
}

static int sockets_arm(struct worker *worker, void **state, struct err *err)
{
    const struct listeners_wish wish = {.port = worker_order(worker)->port,
                                        .phase = PHASE_BEFORE,
                                        .budget_ns = BUDGET_BEFORE_NS};
    struct sockets *sockets = calloc(1, sizeof(*sockets));
    int status;

    if (sockets == NULL)
        return err_set(err, -ENOMEM, "sockets: out of memory");
    sockets->worker = worker;
    status = connections_new(&sockets->connections, worker, err);
    if (status < 0) {
        free(sockets);
        return status;
    }
    *state = sockets;
    connections_look_for_old(sockets->connections);
    if (!is_source(sockets))
        listeners_report(worker, &wish);
    return 0;
}

static bool is_want_of_port(int64_t error)
{
    return error == EADDRNOTAVAIL || error == EADDRINUSE;
}

static void sockets_notice(void *state, const struct evidence *evidence)
{
    struct sockets *sockets = state;

    if (evidence->kind == EVIDENCE_ATTEMPT_END && is_source(sockets) &&
        is_want_of_port(evidence_number(evidence, KEY_ERRNO, 0)))
        sockets->has_no_port = true;
    (void)translated_read(worker_order(sockets->worker), evidence,
                          &sockets->translated);
    if (evidence->kind == EVIDENCE_DROP &&
        strncmp(evidence_text(evidence, KEY_REASON, ""), "TCP_MD5", 7) == 0)
        sockets->keys = true;
    connections_notice(sockets->connections, evidence);
}

static void sockets_collect(void *state)
{
    struct sockets *sockets = state;
    struct listeners_wish wish = {.port = sockets->translated.port,
                                  .phase = PHASE_AFTER,
                                  .budget_ns = BUDGET_AFTER_NS,
                                  .keys = sockets->keys};
    bool all_stopped = false;

    if (sockets->has_no_port)
        port_holders_report(sockets->worker,
                            worker_order(sockets->worker)->from_port,
                            BUDGET_AFTER_NS);
    if (wish.port != 0 && (is_source(sockets) ||
                           wish.port != worker_order(sockets->worker)->port))
        listeners_report(sockets->worker, &wish);
    if (!is_source(sockets)) {
        wish.port = worker_order(sockets->worker)->port;
        all_stopped = listeners_report(sockets->worker, &wish);
        if (elsewhere_count(wish.port) == 0)
            port_taken_report(sockets->worker, BUDGET_AFTER_NS);
    }
    connections_report(sockets->connections, all_stopped);
}

static unsigned sockets_disarm(void *state)
{
    struct sockets *sockets = state;

    connections_free(sockets->connections);
    free(sockets);
    return 0;
}

const struct observer sockets_observer = {
    .name = "sockets",
    .at_source = true,
    .at_destination = true,
    .produces =
        EVIDENCE_BIT(EVIDENCE_LISTENER) | EVIDENCE_BIT(EVIDENCE_LISTENERS) |
        EVIDENCE_BIT(EVIDENCE_CONNECTION) | EVIDENCE_BIT(EVIDENCE_PORTS) |
        EVIDENCE_BIT(EVIDENCE_PORT_HOLDER) | EVIDENCE_BIT(EVIDENCE_PORT_TAKEN) |
        EVIDENCE_BIT(EVIDENCE_HALF_OPEN) | EVIDENCE_BIT(EVIDENCE_UNACCEPTED),
    .reads = EVIDENCE_BIT(EVIDENCE_ATTEMPT_START) |
             EVIDENCE_BIT(EVIDENCE_ATTEMPT_END) |
             EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_DROP) |
             EVIDENCE_BIT(EVIDENCE_TRACKED),
    .arm = sockets_arm,
    .notice = sockets_notice,
    .collect = sockets_collect,
    .disarm = sockets_disarm,
};
