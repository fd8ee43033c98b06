/* Observer: the IPsec policy that decides about the trace's packets, for each
 * direction: of those that select them the one with the lowest priority. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>

#include "agent/observe/host/kernel_module.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "agent/observe/routing/ipsec_policy.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

struct ipsec
{
    struct worker *worker;
    struct ipsec_flow syn; /* as this host sees it */
    bool is_told;
};

struct search
{
    uint8_t direction;
    struct ipsec_flow flow;
    unsigned matches;
    struct ipsec_policy best; /* if there are matches */
};

static int ipsec_arm(struct worker *worker, void **state, struct err *err)
{
    struct ipsec *ipsec = calloc(1, sizeof(*ipsec));

    if (ipsec == NULL)
        return err_set(err, -ENOMEM, "ipsec: out of memory");
    ipsec->worker = worker;
    *state = ipsec;
    return 0;
}

static uint16_t port_of(const struct evidence *evidence, enum evidence_key key)
{
    int64_t port = evidence_number(evidence, key, 0);

    return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static void complete(struct ipsec *ipsec)
{
    bool is_source = worker_order(ipsec->worker)->role == ROLE_SOURCE;
    struct address own = worker_own(ipsec->worker);
    struct address peer = worker_peer(ipsec->worker);

    if (!address_is_set(&ipsec->syn.source))
        ipsec->syn.source = is_source ? own : peer;
    if (!address_is_set(&ipsec->syn.destination))
        ipsec->syn.destination = is_source ? peer : own;
    if (ipsec->syn.destination_port == 0)
        ipsec->syn.destination_port = worker_order(ipsec->worker)->port;
    ipsec->syn.family = ipsec->syn.destination.family;
}

static struct ipsec_flow answer_to(const struct ipsec_flow *syn)
{
    return (struct ipsec_flow){.family = syn->family,
                               .source = syn->destination,
                               .destination = syn->source,
                               .source_port = syn->destination_port,
                               .destination_port = syn->source_port};
}

/* Of equal ones the kernel takes the older, which it lists first. */
static int keep_best(const struct nlmsghdr *message, void *data)
{
    struct search *search = data;
    struct ipsec_policy policy;

    if (!ipsec_policy_parse(message, &search->flow, &policy) ||
        policy.direction != search->direction)
        return 0;
    if (search->matches++ == 0 || policy.priority < search->best.priority)
        search->best = policy;
    return 0;
}

static void emit(struct ipsec *ipsec, const struct search *search)
{
    enum direction direction =
        search->direction == XFRM_POLICY_IN ? DIRECTION_IN : DIRECTION_OUT;
    const struct ipsec_policy *best = &search->best;
    struct evidence evidence;

    if (search->matches > 0) {
        evidence_init(&evidence, EVIDENCE_IPSEC_POLICY, clock_monotonic_ns());
        evidence_set_word(&evidence, KEY_DIRECTION, (int)direction);
        evidence_set_number(&evidence, KEY_INDEX, best->index);
        evidence_set_number(&evidence, KEY_PRIORITY, best->priority);
        evidence_set_text(&evidence, KEY_ACTION,
                          best->blocks ? "block" : "allow");
        evidence_set_text(&evidence, KEY_RULE, best->rule);
        evidence_set_number(&evidence, KEY_COUNT, best->protections);
        worker_emit(ipsec->worker, &evidence);
    }
    evidence_init(&evidence, EVIDENCE_IPSEC_POLICIES, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_DIRECTION, (int)direction);
    evidence_set_number(&evidence, KEY_COUNT, search->matches);
    worker_emit(ipsec->worker, &evidence);
}

static int list_policies(struct search *search, struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    const struct xfrm_userpolicy_id header = {0};
    int status = netlink_open(NETLINK_XFRM, &netlink, err);

    if (status < 0)
        return status;
    return netlink_list(netlink, XFRM_MSG_GETPOLICY, &header, sizeof(header),
                        keep_best, search, err);
}

/* Asking would load what answers.  Without it, and without the old interface,
 * nobody can have made a policy. */
static bool is_unused(void)
{
    return kernel_module_is_absent("xfrm_user") &&
           kernel_module_is_absent("af_key");
}

/* A kernel without IPsec has no such policies. */
static void report(struct ipsec *ipsec)
{
    bool is_source = worker_order(ipsec->worker)->role == ROLE_SOURCE;
    struct search in = {.direction = XFRM_POLICY_IN};
    struct search out = {.direction = XFRM_POLICY_OUT};
    struct err err = {0};
    int status;

    if (ipsec->is_told)
        return;
    ipsec->is_told = true;
    complete(ipsec);
    out.flow = is_source ? ipsec->syn : answer_to(&ipsec->syn);
    in.flow = is_source ? answer_to(&ipsec->syn) : ipsec->syn;
    status = is_unused() ? -EPROTONOSUPPORT : list_policies(&in, &err);
    if (status == 0)
        status = list_policies(&out, &err);
    if (status < 0 && status != -EPROTONOSUPPORT) {
        worker_limit(ipsec->worker, "ipsec", "%s", err.text);
        return;
    }
    emit(ipsec, &in);
    emit(ipsec, &out);
}

/* The first attempt's addresses stand for all.  A connect() that was refused is
 * explained at once, so that no more attempts are made than it takes. */
static void ipsec_notice(void *state, const struct evidence *evidence)
{
    struct ipsec *ipsec = state;

    int64_t error = evidence_number(evidence, KEY_ERRNO, 0);

    if (evidence->kind == EVIDENCE_ATTEMPT_END &&
        (error == EPERM || error == EACCES))
        report(ipsec);
    if (ipsec->syn.source_port != 0 ||
        (evidence->kind != EVIDENCE_ATTEMPT_START &&
         !interest_is_arrival(evidence)))
        return;
    ipsec->syn.source = evidence_address(evidence, KEY_SOURCE);
    ipsec->syn.destination = evidence_address(evidence, KEY_DESTINATION);
    ipsec->syn.source_port = port_of(evidence, KEY_SOURCE_PORT);
    ipsec->syn.destination_port = port_of(evidence, KEY_DESTINATION_PORT);
}

static void ipsec_collect(void *state)
{
    report(state);
}

static unsigned ipsec_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer ipsec_observer = {
    .name = "ipsec",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_IPSEC_POLICY) |
                EVIDENCE_BIT(EVIDENCE_IPSEC_POLICIES),
    .reads = EVIDENCE_BIT(EVIDENCE_ATTEMPT_START) |
             EVIDENCE_BIT(EVIDENCE_ATTEMPT_END) | EVIDENCE_BIT(EVIDENCE_PACKET),
    .arm = ipsec_arm,
    .notice = ipsec_notice,
    .collect = ipsec_collect,
    .disarm = ipsec_disarm,
};
