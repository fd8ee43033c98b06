/* Observer: the neighbour entry of the next hop towards the peer: before,
 * after, and every change of its state in between; and at the destination that
 * of the neighbour that brought the first SYN. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/host/watch.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "agent/observe/routing/neighbour_ask.h"
#include "agent/observe/routing/route_question.h"
#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define MAX_HOPS    4
#define MAX_CHANGES 64 /* reported; a flapping neighbour says no more */

struct hop
{
    struct address address;
    unsigned index;
    char interface[IF_NAMESIZE];
};

struct entry
{
    unsigned state; /* NUD_*, 0: no entry */
    unsigned index;
    struct address address;
    char link[NETLINK_LINK_SIZE];
};

struct neighbours
{
    struct worker *worker;
    struct netlink *netlink;
    struct netlink *changes;
    struct watch *watch;
    struct hop hops[MAX_HOPS];
    size_t count;
    unsigned reported;
    bool brought; /* the first SYN came: who brought it was looked for */
};

static const char *state_name(unsigned state)
{
    switch (state) {
    case NUD_INCOMPLETE: return "INCOMPLETE";
    case NUD_REACHABLE: return "REACHABLE";
    case NUD_STALE: return "STALE";
    case NUD_DELAY: return "DELAY";
    case NUD_PROBE: return "PROBE";
    case NUD_FAILED: return "FAILED";
    case NUD_NOARP: return "NOARP";
    case NUD_PERMANENT: return "PERMANENT";
    default: return "NONE";
    }
}

static int read_entry(const struct nlmsghdr *message, void *data)
{
    const struct ndmsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *table[NDA_MAX + 1];
    struct entry *entry = data;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    netlink_sort(message, sizeof(*header), table, NDA_MAX);
    entry->state = header->ndm_state;
    entry->index = (unsigned)header->ndm_ifindex;
    entry->address = netlink_address(table[NDA_DST]);
    netlink_print_link(table[NDA_LLADDR], entry->link);
    return 0;
}

static void emit_entry(struct neighbours *neighbours, const struct hop *hop,
                       const struct entry *entry, enum phase phase,
                       bool is_bringer)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_NEIGHBOUR, clock_monotonic_ns());
    evidence_set_word(&evidence, KEY_PHASE, (int)phase);
    evidence_set_address(&evidence, KEY_ADDRESS, &hop->address);
    evidence_set_text(&evidence, KEY_INTERFACE, hop->interface);
    evidence_set_text(&evidence, KEY_NEIGHBOUR_STATE, state_name(entry->state));
    if (entry->link[0] != '\0')
        evidence_set_text(&evidence, KEY_LINK_ADDRESS, entry->link);
    if (is_bringer) {
        evidence_set_number(&evidence, KEY_BRINGER, 1);
        evidence_set_number(
            &evidence, KEY_ON_LINK,
            route_is_on_link(neighbours->netlink, &hop->address, hop->index));
    }
    worker_emit(neighbours->worker, &evidence);
}

/* The kernel never asks again for an entry that a person has set: we do, and
 * the capture counts the answers.  They change nothing, for the entry stays. */
static void verify(struct neighbours *neighbours, const struct hop *hop)
{
    int status = neighbour_ask(&hop->address, hop->interface, hop->index);

    if (status < 0)
        worker_limit(neighbours->worker, "neighbours",
                     "the fixed link address of the next hop cannot be "
                     "verified: %s",
                     strerror(-status));
}

static void snapshot(struct neighbours *neighbours, const struct hop *hop,
                     enum phase phase)
{
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct entry entry = {0};
    struct err err = {0};
    struct ndmsg *header;
    int status;

    request->nlmsg_type = RTM_GETNEIGH;
    header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
    header->ndm_family = (unsigned char)address_af(&hop->address);
    header->ndm_ifindex = (int)hop->index;
    mnl_attr_put(request, NDA_DST, address_size(&hop->address),
                 hop->address.bytes);
    status =
        netlink_ask(neighbours->netlink, request, read_entry, &entry, &err);
    if (status < 0 && status != -ENOENT) {
        worker_limit(neighbours->worker, "neighbours", "%s", err.text);
        return;
    }
    emit_entry(neighbours, hop, &entry, phase, false);
    if (phase == PHASE_BEFORE && entry.state == NUD_PERMANENT)
        verify(neighbours, hop);
}

static void add_hop(struct neighbours *neighbours, struct address peer,
                    struct address own)
{
    struct route_question question =
        route_question_of(neighbours->worker, peer, own);
    struct hop hop = {0};
    struct route_answer answer;

    if (!address_is_set(&peer) || neighbours->count == MAX_HOPS ||
        route_lookup(neighbours->netlink, &question, &answer, NULL) < 0 ||
        strcmp(answer.type, "unicast") != 0 || answer.index == 0)
        return;
    hop.address = address_is_set(&answer.gateway) ? answer.gateway : peer;
    hop.index = answer.index;
    strcpy(hop.interface, answer.interface);
    for (size_t i = 0; i < neighbours->count; i++)
        if (neighbours->hops[i].index == hop.index &&
            address_equal(&neighbours->hops[i].address, &hop.address))
            return;
    neighbours->hops[neighbours->count++] = hop;
    snapshot(neighbours, &hop, PHASE_BEFORE);
}

/* Whose frame it was that brought the SYN. */
struct bringer
{
    const char *link; /* wanted */
    struct hop hop;
    struct entry entry; /* state 0: not found */
};

static int find_bringer(const struct nlmsghdr *message, void *data)
{
    const unsigned usable =
        NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
    struct bringer *bringer = data;
    struct entry entry;

    /* A dump filtered by interface is so only on newer kernels. */
    if (bringer->entry.state == 0 && read_entry(message, &entry) == 0 &&
        entry.index == bringer->hop.index && (entry.state & usable) != 0 &&
        address_is_set(&entry.address) &&
        strcmp(entry.link, bringer->link) == 0)
        bringer->entry = entry;
    return 0;
}

/* A gateway to the peer, even if no route leads there. */
static void look_for_bringer(struct neighbours *neighbours,
                             const struct evidence *syn)
{
    struct bringer bringer = {.link = evidence_text(syn, KEY_LINK_ADDRESS, "")};
    const char *interface = evidence_text(syn, KEY_INTERFACE, "");
    struct address source = evidence_address(syn, KEY_SOURCE);
    char buffer[NETLINK_REQUEST_SIZE];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct ndmsg *header;

    neighbours->brought = true;
    bringer.hop.index = if_nametoindex(interface);
    if (bringer.hop.index == 0 || bringer.link[0] == '\0')
        return;
    strcpy(bringer.hop.interface, interface);
    request->nlmsg_type = RTM_GETNEIGH;
    request->nlmsg_flags = NLM_F_DUMP;
    header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
    header->ndm_family = (unsigned char)address_af(&source);
    mnl_attr_put_u32(request, NDA_IFINDEX, bringer.hop.index);
    /* A hint for the fix: without it there is one less. */
    (void)netlink_ask(neighbours->netlink, request, find_bringer, &bringer,
                      NULL);
    bringer.hop.address = bringer.entry.address;
    if (bringer.entry.state != 0)
        emit_entry(neighbours, &bringer.hop, &bringer.entry, PHASE_BEFORE,
                   true);
}

static int read_change(const struct nlmsghdr *message, void *data)
{
    struct neighbours *neighbours = data;
    struct entry entry = {0};

    if (message->nlmsg_type != RTM_NEWNEIGH &&
        message->nlmsg_type != RTM_DELNEIGH)
        return 0;
    if (read_entry(message, &entry) < 0)
        return 0;
    if (message->nlmsg_type == RTM_DELNEIGH)
        entry.state = NUD_NONE;
    for (size_t i = 0; i < neighbours->count; i++) {
        const struct hop *hop = &neighbours->hops[i];

        if (hop->index == entry.index &&
            address_equal(&hop->address, &entry.address) &&
            neighbours->reported < MAX_CHANGES) {
            neighbours->reported++;
            emit_entry(neighbours, hop, &entry, PHASE_AFTER, false);
        }
    }
    return 0;
}

static void on_change(void *data)
{
    struct neighbours *neighbours = data;

    /* What was lost shows in the second snapshot. */
    (void)netlink_receive(neighbours->changes, read_change, neighbours);
}

static unsigned neighbours_disarm(void *state)
{
    struct neighbours *neighbours = state;

    watch_stop(neighbours->watch);
    netlink_close(neighbours->changes);
    netlink_close(neighbours->netlink);
    free(neighbours);
    return 0;
}

static int start_watching(struct neighbours *neighbours, struct err *err)
{
    int status = netlink_open(NETLINK_ROUTE, &neighbours->changes, err);

    if (status == 0)
        status = netlink_join(neighbours->changes, RTNLGRP_NEIGH, err);
    if (status == 0)
        status = watch_start(worker_loop(neighbours->worker),
                             netlink_fd(neighbours->changes), on_change,
                             neighbours, &neighbours->watch, err);
    return status;
}

static int neighbours_arm(struct worker *worker, void **state, struct err *err)
{
    struct neighbours *neighbours = calloc(1, sizeof(*neighbours));
    int status;

    if (neighbours == NULL)
        return err_set(err, -ENOMEM, "neighbours: out of memory");
    neighbours->worker = worker;
    status = netlink_open(NETLINK_ROUTE, &neighbours->netlink, err);
    if (status == 0)
        status = start_watching(neighbours, err);
    if (status < 0) {
        neighbours_disarm(neighbours);
        return status;
    }
    *state = neighbours;
    add_hop(neighbours, worker_peer(worker), worker_own(worker));
    return 0;
}

static void neighbours_notice(void *state, const struct evidence *evidence)
{
    struct neighbours *neighbours = state;

    if (worker_order(neighbours->worker)->role != ROLE_DESTINATION ||
        !interest_is_arrival(evidence))
        return;
    if (!neighbours->brought)
        look_for_bringer(neighbours, evidence);
    if (neighbours->count < MAX_HOPS)
        add_hop(neighbours, evidence_address(evidence, KEY_SOURCE),
                evidence_address(evidence, KEY_DESTINATION));
}

static void neighbours_collect(void *state)
{
    struct neighbours *neighbours = state;

    for (size_t i = 0; i < neighbours->count; i++)
        snapshot(neighbours, &neighbours->hops[i], PHASE_AFTER);
}

const struct observer neighbours_observer = {
    .name = "neighbours",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_NEIGHBOUR),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET),
    .arm = neighbours_arm,
    .notice = neighbours_notice,
    .collect = neighbours_collect,
    .disarm = neighbours_disarm,
};
