/* Observer: the kernel's own routing decision towards the peer, before and
 * after.  At the destination the peer may be known only from the first SYN
 * that comes in, and behind a source NAT that is another one than expected. */
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>

#include "agent/observe/interest.h"
#include "agent/observe/netlink.h"
#include "agent/observe/observer.h"
#include "agent/observe/route_lookup.h"
#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_TARGETS 4

struct target
{
    struct address destination; /* of the lookup: the peer */
    struct address source;
};

struct routes
{
    struct worker *worker;
    struct netlink *netlink;
    struct target targets[MAX_TARGETS];
    size_t count;
    bool refused; /* a lookup that could not be made was reported */
};

static void emit_route(struct routes *routes, const struct target *target,
                       enum phase phase)
{
    struct route_answer answer;
    struct evidence evidence;
    struct err err = {0};

    if (route_lookup(routes->netlink, &target->destination, &target->source,
                     &answer, &err) < 0) {
        if (!routes->refused)
            worker_limit(routes->worker, "routes", "%s", err.text);
        routes->refused = true;
        return;
    }
    evidence_init(&evidence, EVIDENCE_ROUTE, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_address(&evidence, KEY_DESTINATION, &target->destination);
    evidence_set_address(&evidence, KEY_SOURCE, &target->source);
    evidence_set_text(&evidence, KEY_ROUTE_TYPE, answer.type);
    evidence_set_address(&evidence, KEY_GATEWAY, &answer.gateway);
    if (answer.interface[0] != '\0')
        evidence_set_text(&evidence, KEY_INTERFACE, answer.interface);
    evidence_set_address(&evidence, KEY_PREFERRED_SOURCE,
                         &answer.preferred_source);
    if (answer.table != 0)
        evidence_set_number(&evidence, KEY_TABLE_ID, answer.table);
    if (answer.prefix >= 0 && route_type_rejects(answer.type))
        evidence_set_address(&evidence, KEY_ADDRESS, &answer.matched);
    if (answer.prefix >= 0)
        evidence_set_number(&evidence, KEY_PREFIX, answer.prefix);
    if (answer.error != 0)
        evidence_set_number(&evidence, KEY_ERRNO, answer.error);
    worker_emit(routes->worker, &evidence);
}

/* A packet for an address that this host does not hold would go on: whither? */
static void emit_onward(struct routes *routes)
{
    struct address own = worker_own(routes->worker);
    const struct address none = {0};
    struct route_answer answer;
    struct evidence evidence;

    if (!address_is_set(&own) ||
        worker_order(routes->worker)->role != ROLE_DESTINATION ||
        route_lookup(routes->netlink, &own, &none, &answer, NULL) < 0)
        return;
    evidence_init(&evidence, EVIDENCE_ONWARD, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_ADDRESS, &own);
    evidence_set_text(&evidence, KEY_ROUTE_TYPE, answer.type);
    evidence_set_address(&evidence, KEY_GATEWAY, &answer.gateway);
    if (answer.interface[0] != '\0')
        evidence_set_text(&evidence, KEY_INTERFACE, answer.interface);
    worker_emit(routes->worker, &evidence);
}

static bool is_known(const struct routes *routes,
                     const struct address *destination)
{
    for (size_t i = 0; i < routes->count; i++)
        if (address_equal(&routes->targets[i].destination, destination))
            return true;
    return false;
}

static void add_target(struct routes *routes, struct address destination,
                       struct address source)
{
    struct target *target;

    if (!address_is_set(&destination) || routes->count == MAX_TARGETS ||
        is_known(routes, &destination))
        return;
    /* A link-local peer has a route on every link; an address does not say
     * which is meant. */
    if (address_is_link_local(&destination) && destination.family == 6) {
        worker_limit(routes->worker, "routes",
                     "a link-local peer's route cannot be looked up");
        return;
    }
    target = &routes->targets[routes->count++];
    target->destination = destination;
    target->source = source;
    emit_route(routes, target, PHASE_BEFORE);
}

static int routes_arm(struct worker *worker, void **state, struct err *err)
{
    struct routes *routes = calloc(1, sizeof(*routes));
    int status;

    if (routes == NULL)
        return err_set(err, -ENOMEM, "routes: out of memory");
    routes->worker = worker;
    status = netlink_open(NETLINK_ROUTE, &routes->netlink, err);
    if (status < 0) {
        free(routes);
        return status;
    }
    *state = routes;
    emit_onward(routes);
    add_target(routes, worker_peer(worker), worker_own(worker));
    return 0;
}

static void routes_notice(void *state, const struct evidence *evidence)
{
    struct routes *routes = state;

    if (worker_order(routes->worker)->role == ROLE_DESTINATION &&
        interest_is_arrival(evidence))
        add_target(routes, evidence_address(evidence, KEY_SOURCE),
                   evidence_address(evidence, KEY_DESTINATION));
}

static void routes_collect(void *state)
{
    struct routes *routes = state;

    for (size_t i = 0; i < routes->count; i++)
        emit_route(routes, &routes->targets[i], PHASE_AFTER);
}

static unsigned routes_disarm(void *state)
{
    struct routes *routes = state;

    netlink_close(routes->netlink);
    free(routes);
    return 0;
}

const struct observer routes_observer = {
    .name = "routes",
    .at_source = true,
    .at_destination = true,
    .arm = routes_arm,
    .notice = routes_notice,
    .collect = routes_collect,
    .disarm = routes_disarm,
};
