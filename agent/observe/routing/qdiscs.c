/* Observer: the queue disciplines of the interfaces that the trace is about,
 * and how many packets each dropped meanwhile.  Other traffic moves these
 * counters too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/interface_name.h"
#include "agent/observe/host/netlink.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_QDISCS 512

struct qdisc
{
    int interface;
    uint32_t handle, parent;
    uint32_t drops;
};

struct qdiscs
{
    struct worker *worker;
    struct netlink *netlink;
    struct interest interest;
    enum phase phase; /* of the dump that is running */
    size_t count;
    bool cut; /* there were more */
    struct qdisc before[MAX_QDISCS];
    unsigned dropped[INTEREST_MAX]; /* of each interface, how many dropped */
};

/* -1 when the message does not tell. */
static int64_t read_drops(const struct nlattr *nest)
{
    const struct nlattr *table[TCA_STATS_MAX + 1];
    struct gnet_stats_queue stats;

    netlink_sort_nested(nest, table, TCA_STATS_MAX);
    if (table[TCA_STATS_QUEUE] == NULL ||
        mnl_attr_get_payload_len(table[TCA_STATS_QUEUE]) < sizeof(stats))
        return -1;
    memcpy(&stats, mnl_attr_get_payload(table[TCA_STATS_QUEUE]), sizeof(stats));
    return stats.drops;
}

static struct qdisc *find_before(struct qdiscs *qdiscs,
                                 const struct tcmsg *header)
{
    for (size_t i = 0; i < qdiscs->count; i++)
        if (qdiscs->before[i].interface == header->tcm_ifindex &&
            qdiscs->before[i].handle == header->tcm_handle &&
            qdiscs->before[i].parent == header->tcm_parent)
            return &qdiscs->before[i];
    return NULL;
}

/* What holds tc filters is no queue, and counts what they drop; a device
 * without a queue, as most of a container host's are, drops nothing by it. */
static bool is_queue(const char *kind)
{
    return strcmp(kind, "clsact") != 0 && strcmp(kind, "ingress") != 0 &&
           strcmp(kind, "noqueue") != 0;
}

static void compare(struct qdiscs *qdiscs, const struct tcmsg *header,
                    const char *kind, uint32_t drops)
{
    const struct qdisc *before = find_before(qdiscs, header);
    char name[INTERFACE_NAME_SIZE];
    struct evidence evidence;

    if (before == NULL || before->drops == drops)
        return;
    interface_name((unsigned)header->tcm_ifindex, name);
    for (size_t i = 0; i < qdiscs->interest.count; i++)
        if (strcmp(qdiscs->interest.names[i], name) == 0)
            qdiscs->dropped[i]++;
    if (!interest_has(&qdiscs->interest, name))
        return;
    evidence_init(&evidence, EVIDENCE_QDISC, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_INTERFACE, name);
    evidence_set_text(&evidence, KEY_KIND, kind);
    evidence_set_number(&evidence, KEY_HANDLE, header->tcm_handle);
    evidence_set_number(&evidence, KEY_PARENT, header->tcm_parent);
    evidence_set_number(&evidence, KEY_BEFORE, before->drops);
    evidence_set_number(&evidence, KEY_AFTER,
                        (int64_t)before->drops +
                            (uint32_t)(drops - before->drops));
    worker_emit(qdiscs->worker, &evidence);
}

/* How many there are that dropped, of each interface. */
static void emit_counts(struct qdiscs *qdiscs)
{
    for (size_t i = 0; i < qdiscs->interest.count; i++) {
        struct evidence evidence;

        evidence_init(&evidence, EVIDENCE_PROGRAMS, clock_monotonic_ns());
        evidence_set_text(&evidence, KEY_HOOK, "qdisc");
        evidence_set_text(&evidence, KEY_INTERFACE, qdiscs->interest.names[i]);
        evidence_set_number(&evidence, KEY_COUNT, qdiscs->dropped[i]);
        worker_emit(qdiscs->worker, &evidence);
    }
}

static int read_qdisc(const struct nlmsghdr *message, void *data)
{
    const struct tcmsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[TCA_MAX + 1];
    struct qdiscs *qdiscs = data;
    const char *kind;
    int64_t drops;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    netlink_sort(message, sizeof(*header), table, TCA_MAX);
    kind = netlink_text(table[TCA_KIND]);
    drops = read_drops(table[TCA_STATS2]);
    if (kind == NULL || drops < 0 || !is_queue(kind))
        return 0;
    if (qdiscs->phase == PHASE_AFTER) {
        compare(qdiscs, header, kind, (uint32_t)drops);
    } else if (qdiscs->count < MAX_QDISCS) {
        qdiscs->before[qdiscs->count++] =
            (struct qdisc){.interface = header->tcm_ifindex,
                           .handle = header->tcm_handle,
                           .parent = header->tcm_parent,
                           .drops = (uint32_t)drops};
    } else {
        qdiscs->cut = true;
    }
    return 0;
}

static void snapshot(struct qdiscs *qdiscs, enum phase phase)
{
    const struct tcmsg header = {0};
    struct err err = {0};

    qdiscs->phase = phase;
    if (netlink_list(qdiscs->netlink, RTM_GETQDISC, &header, sizeof(header),
                     read_qdisc, qdiscs, &err) < 0)
        worker_limit(qdiscs->worker, "qdiscs", "%s", err.text);
    else if (qdiscs->cut && phase == PHASE_AFTER)
        worker_limit(qdiscs->worker, "qdiscs",
                     "drops of queue disciplines beyond the first %d are not "
                     "compared",
                     MAX_QDISCS);
    else if (phase == PHASE_AFTER)
        emit_counts(qdiscs);
}

static int qdiscs_arm(struct worker *worker, void **state, struct err *err)
{
    struct qdiscs *qdiscs = calloc(1, sizeof(*qdiscs));
    int status;

    if (qdiscs == NULL)
        return err_set(err, -ENOMEM, "qdiscs: out of memory");
    qdiscs->worker = worker;
    status = netlink_open(NETLINK_ROUTE, &qdiscs->netlink, err);
    if (status < 0) {
        free(qdiscs);
        return status;
    }
    *state = qdiscs;
    snapshot(qdiscs, PHASE_BEFORE);
    return 0;
}

static void qdiscs_notice(void *state, const struct evidence *evidence)
{
    struct qdiscs *qdiscs = state;

    (void)interest_notice(&qdiscs->interest, evidence);
}

static void qdiscs_collect(void *state)
{
    struct qdiscs *qdiscs = state;

    interest_find(&qdiscs->interest, qdiscs->netlink, qdiscs->worker);
    snapshot(qdiscs, PHASE_AFTER);
}

static unsigned qdiscs_disarm(void *state)
{
    struct qdiscs *qdiscs = state;

    netlink_close(qdiscs->netlink);
    free(qdiscs);
    return 0;
}

const struct observer qdiscs_observer = {
    .name = "qdiscs",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_QDISC) | EVIDENCE_BIT(EVIDENCE_PROGRAMS),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET),
    .arm = qdiscs_arm,
    .notice = qdiscs_notice,
    .collect = qdiscs_collect,
    .disarm = qdiscs_disarm,
};
