/* Observer: whose program is in the packet's way.  What is read is what the
 * trace gives reason to read: an interface with an XDP program, a packet that
 * the kernel dropped where programs decide, a connect() that was refused.
 * Where drop events are not watched, every place is looked at. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "agent/observe/programs/cgroup_programs.h"
#include "agent/observe/programs/found_programs.h"
#include "agent/observe/programs/nfqueues.h"
#include "agent/observe/programs/socket_filter.h"
#include "agent/observe/programs/tc_filters.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define MAX_STATUS      8192
#define LINKS_LOOKED_AT 512
#define MAX_LISTENERS   4

enum want
{
    WANT_TC_INGRESS = 1 << 0,
    WANT_TC_EGRESS = 1 << 1,
    WANT_INGRESS = 1 << 2, /* programs on the socket's control group */
    WANT_EGRESS = 1 << 3,
    WANT_NETFILTER = 1 << 4,
    WANT_QUEUES = 1 << 5,
};

#define WANT_ALL                                                     \
    (WANT_TC_INGRESS | WANT_TC_EGRESS | WANT_INGRESS | WANT_EGRESS | \
     WANT_NETFILTER | WANT_QUEUES)

struct listening
{
    uint64_t inode, cgroup;
};

struct programs
{
    struct worker *worker;
    struct interest interest;
    unsigned wanted;
    bool drops_watched;
    bool refusals_read;
    struct found_programs found;
    struct listening listening[MAX_LISTENERS];
    size_t listening_count;
};

/* Where on its way a dropped packet met a program. */
static unsigned wanted_by_drop(const struct evidence *drop)
{
    static const struct
    {
        const char *reason, *function;
        unsigned want;
    } places[] = {
        {"TC_INGRESS", "", WANT_TC_INGRESS},
        {"TC_EGRESS", "", WANT_TC_EGRESS},
        {"SOCKET_FILTER", "", WANT_INGRESS},
        {"BPF_CGROUP_EGRESS", "", WANT_EGRESS},
        {"NOT_SPECIFIED", "nf_queue", WANT_QUEUES},
        {"NETFILTER_DROP", "nf_hook_slow", WANT_NETFILTER},
    };
    const char *reason = evidence_text(drop, KEY_REASON, "");
    const char *function = evidence_text(drop, KEY_FUNCTION, "");

    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (strcmp(reason, places[i].reason) == 0 &&
            strncmp(function, places[i].function, strlen(places[i].function)) ==
                0)
            return places[i].want;
    return 0;
}

static void notice_link(struct programs *programs, const struct evidence *link)
{
    const char *interface = evidence_text(link, KEY_INTERFACE, "");
    uint32_t id = (uint32_t)evidence_number(link, KEY_XDP, 0);
    struct found_program *item;

    if (id == 0)
        return;
    for (size_t i = 0; i < programs->found.count; i++)
        if (programs->found.items[i].program == id &&
            strcmp(programs->found.items[i].interface, interface) == 0)
            return;
    item = found_programs_add(&programs->found, "xdp");
    if (item == NULL)
        return;
    item->program = id;
    snprintf(item->interface, sizeof(item->interface), "%s", interface);
    snprintf(item->kind, sizeof(item->kind), "%s",
             evidence_text(link, KEY_KIND, ""));
}

static void emit_listed(struct programs *programs, const char *hook,
                        const char *interface)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PROGRAMS, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_HOOK, hook);
    if (interface != NULL)
        evidence_set_text(&evidence, KEY_INTERFACE, interface);
    evidence_set_number(
        &evidence, KEY_COUNT,
        (int64_t)found_programs_count(&programs->found, hook, interface));
    worker_emit(programs->worker, &evidence);
}

static void read_tc(struct programs *programs, struct netlink *netlink,
                    bool egress)
{
    struct address peer = worker_peer(programs->worker);
    struct err err = {0};

    for (size_t i = 0; i < programs->interest.count; i++) {
        const char *interface = programs->interest.names[i];

        if (tc_filters_find(netlink, interface, egress, peer.family,
                            &programs->found, &err) < 0) {
            worker_limit(programs->worker, "programs", "%s", err.text);
            continue;
        }
        emit_listed(programs, egress ? "tc-egress" : "tc-ingress", interface);
        emit_listed(programs, egress ? "tcx-egress" : "tcx-ingress", interface);
    }
}

static void read_devices(struct programs *programs)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct err err = {0};

    if (netlink_open(NETLINK_ROUTE, &netlink, &err) < 0) {
        worker_limit(programs->worker, "programs", "%s", err.text);
        return;
    }
    interest_find(&programs->interest, netlink, programs->worker);
    if ((programs->wanted & WANT_TC_INGRESS) != 0)
        read_tc(programs, netlink, false);
    if ((programs->wanted & WANT_TC_EGRESS) != 0)
        read_tc(programs, netlink, true);
}

static void keep_listener(const struct socket_info *info, void *data)
{
    struct programs *programs = data;

    if (programs->listening_count < MAX_LISTENERS)
        programs->listening[programs->listening_count++] =
            (struct listening){.inode = info->inode, .cgroup = info->cgroup};
}

static void find_listeners(struct programs *programs)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    uint16_t port = worker_order(programs->worker)->port;

    programs->listening_count = 0;
    if (netlink_open(NETLINK_SOCK_DIAG, &netlink, NULL) < 0)
        return;
    for (int family = 4; family <= 6; family += 2)
        (void)socket_diag_list(netlink, family, SOCKET_STATES_LISTEN, port, 0,
                               keep_listener, programs, NULL);
}

static void read_group(struct programs *programs, const char *path,
                       const char *hook)
{
    struct err err = {0};

    if (cgroup_programs_find(path, hook, &programs->found, &err) < 0)
        worker_limit(programs->worker, "programs", "%s", err.text);
    else
        emit_listed(programs, hook, NULL);
}

static void read_own_group(struct programs *programs, const char *hook)
{
    char path[CGROUP_PATH_SIZE];
    struct err err = {0};

    if (cgroup_own(path, &err) < 0)
        worker_limit(programs->worker, "programs", "%s", err.text);
    else
        read_group(programs, path, hook);
}

/* A socket stays in the group in which it was made, wherever its process goes:
 * the kernel tells which. */
static void read_listeners_groups(struct programs *programs, const char *hook)
{
    char path[CGROUP_PATH_SIZE];
    struct err err = {0};

    for (size_t i = 0; i < programs->listening_count; i++) {
        bool is_known = false;

        for (size_t k = 0; k < i; k++)
            is_known |=
                programs->listening[k].cgroup == programs->listening[i].cgroup;
        if (is_known)
            continue;
        if (programs->listening[i].cgroup == 0)
            worker_limit(programs->worker, "programs",
                         "this kernel does not tell the listener's control "
                         "group");
        else if (cgroup_by_id(programs->listening[i].cgroup, path, &err) < 0)
            worker_limit(programs->worker, "programs", "%s", err.text);
        else
            read_group(programs, path, hook);
    }
}

static void read_filters(struct programs *programs)
{
    static const char *const kinds[] = {"", "classic", "bpf"};
    bool is_complete = programs->listening_count > 0;

    for (size_t i = 0; i < programs->listening_count; i++) {
        struct process holder;
        struct err err = {0};
        int filter =
            socket_filter_read(programs->listening[i].inode, &holder, &err);
        struct found_program *item;

        if (filter < 0) {
            is_complete = false;
            worker_limit(programs->worker, "programs", "%s", err.text);
        }
        if (filter <= SOCKET_FILTER_NONE)
            continue;
        item = found_programs_add(&programs->found, "socket-filter");
        if (item == NULL)
            return;
        snprintf(item->kind, sizeof(item->kind), "%s", kinds[filter]);
        item->holder = holder;
    }
    if (is_complete)
        emit_listed(programs, "socket-filter", NULL);
}

static void read_sockets(struct programs *programs)
{
    const struct order *order = worker_order(programs->worker);
    bool ingress = (programs->wanted & WANT_INGRESS) != 0;
    bool egress = (programs->wanted & WANT_EGRESS) != 0;

    if (order->role == ROLE_SOURCE) {
        if (ingress)
            read_own_group(programs, "cgroup-ingress");
        if (egress)
            read_own_group(programs, "cgroup-egress");
        return;
    }
    find_listeners(programs);
    if (ingress) {
        read_listeners_groups(programs, "cgroup-ingress");
        read_filters(programs);
    }
    if (egress)
        read_listeners_groups(programs, "cgroup-egress");
}

/* What could refuse the call itself: the probe is made by this process.  At
 * once, so that no more attempts are made than it takes. */
static void read_refusals(struct programs *programs)
{
    CLEAN_FREE char *status = NULL;
    const char *line;
    size_t size;

    if (programs->refusals_read)
        return;
    programs->refusals_read = true;
    read_own_group(programs, worker_peer(programs->worker).family == 6
                                 ? "cgroup-connect6"
                                 : "cgroup-connect4");
    if (fs_read("/proc/self/status", MAX_STATUS, &status, &size, NULL) < 0)
        return;
    line = strstr(status, "\nSeccomp:\t");
    if (line == NULL)
        return;
    if (line[10] == '2')
        (void)found_programs_add(&programs->found, "seccomp");
    emit_listed(programs, "seccomp", NULL);
}

static void programs_notice(void *state, const struct evidence *evidence)
{
    struct programs *programs = state;
    int64_t error;

    (void)interest_notice(&programs->interest, evidence);
    if (evidence->kind == EVIDENCE_DROPS)
        programs->drops_watched = true;
    else if (evidence->kind == EVIDENCE_DROP &&
             !evidence_has(evidence, KEY_NAMESPACE))
        programs->wanted |= wanted_by_drop(evidence);
    else if (evidence->kind == EVIDENCE_LINK)
        notice_link(programs, evidence);
    else if (evidence->kind == EVIDENCE_ATTEMPT_END) {
        error = evidence_number(evidence, KEY_ERRNO, 0);
        if (error == EPERM || error == EACCES)
            read_refusals(programs);
    }
}

static const char *const netfilter_hooks[] = {
    [NF_INET_PRE_ROUTING] = "netfilter-prerouting",
    [NF_INET_LOCAL_IN] = "netfilter-input",
    [NF_INET_FORWARD] = "netfilter-forward",
    [NF_INET_LOCAL_OUT] = "netfilter-output",
    [NF_INET_POST_ROUTING] = "netfilter-postrouting",
};

/* They are numbered for all of the machine; whose they are, their holders tell
 * (found_programs.h). */
static void read_netfilter(struct programs *programs)
{
    uint32_t family =
        worker_peer(programs->worker).family == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
    struct bpf_call_link link = {0};
    int status = 0;

    for (unsigned n = 0; n < LINKS_LOOKED_AT; n++) {
        struct found_program *item;

        status = bpf_call_next_link(link.id, &link);
        if (status < 0)
            break;
        if (link.type != BPF_CALL_LINK_NETFILTER ||
            link.netfilter.family != family ||
            link.netfilter.hook >= ARRAY_SIZE(netfilter_hooks))
            continue;
        item = found_programs_add(&programs->found,
                                  netfilter_hooks[link.netfilter.hook]);
        if (item == NULL)
            break;
        item->program = link.program;
        item->link = link.id;
        item->is_own_only = true;
    }
    if (status == -ENOENT) /* the end of the list */
        for (size_t i = 0; i < ARRAY_SIZE(netfilter_hooks); i++)
            emit_listed(programs, netfilter_hooks[i], NULL);
    else if (status < 0)
        worker_limit(programs->worker, "programs",
                     "BPF programs on netfilter cannot be listed: %s",
                     strerror(-status));
}

static int programs_arm(struct worker *worker, void **state, struct err *err)
{
    struct programs *programs = calloc(1, sizeof(*programs));

    if (programs == NULL)
        return err_set(err, -ENOMEM, "programs: out of memory");
    programs->worker = worker;
    *state = programs;
    return 0;
}

static void programs_collect(void *state)
{
    struct programs *programs = state;

    if (!programs->drops_watched)
        programs->wanted |= WANT_ALL;
    if ((programs->wanted & (WANT_TC_INGRESS | WANT_TC_EGRESS)) != 0)
        read_devices(programs);
    if ((programs->wanted & (WANT_INGRESS | WANT_EGRESS)) != 0)
        read_sockets(programs);
    if ((programs->wanted & WANT_NETFILTER) != 0)
        read_netfilter(programs);
    if ((programs->wanted & WANT_QUEUES) != 0)
        nfqueues_report(programs->worker);
    found_programs_tell(&programs->found, programs->worker);
}

static unsigned programs_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer programs_observer = {
    .name = "programs",
    .at_source = true,
    .at_destination = true,
    .produces =
        EVIDENCE_BIT(EVIDENCE_PROGRAM) | EVIDENCE_BIT(EVIDENCE_PROGRAMS) |
        EVIDENCE_BIT(EVIDENCE_NFQUEUE) | EVIDENCE_BIT(EVIDENCE_NFQUEUES),
    .reads = EVIDENCE_BIT(EVIDENCE_ATTEMPT_END) |
             EVIDENCE_BIT(EVIDENCE_PACKET) | EVIDENCE_BIT(EVIDENCE_DROP) |
             EVIDENCE_BIT(EVIDENCE_DROPS) | EVIDENCE_BIT(EVIDENCE_LINK),
    .arm = programs_arm,
    .notice = programs_notice,
    .collect = programs_collect,
    .disarm = programs_disarm,
};
