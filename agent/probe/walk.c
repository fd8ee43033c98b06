#include "agent/probe/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keeper/policy.h"
#include "agent/probe/allowance.h"
#include "agent/probe/own_address.h"
#include "agent/probe/tcp_packet.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

struct hop
{
    int64_t sent_ns;
    int64_t answered_ns; /* 0: not answered */
    bool is_icmp;
    enum packet packet; /* if not ICMP */
    struct address offender;
    uint8_t icmp_type;
    uint8_t icmp_code;
};

struct walk
{
    struct worker *worker;
    walk_done done;
    uv_timer_t timer;
    unsigned attempt;
    bool is_syn_ack;
    struct probe_flow flow;
    uint32_t acknowledge; /* of the SYN-ACK that is copied */
    unsigned max_ttl;
    struct hop hops[WALK_MAX_TTL + 1]; /* by TTL */
};

/* The SYN-ACK's copy for TTL t acknowledges t less than it did, plus one. */
static uint32_t old_acknowledge(const struct walk *walk, unsigned ttl)
{
    return walk->acknowledge - ttl - WALK_SEQUENCE_SHIFT;
}

static int send_copies(struct walk *walk, struct err *err)
{
    const struct order *order = worker_order(walk->worker);
    struct tcp_packet packet = {
        .source = walk->flow.own,
        .destination = walk->flow.peer,
        .source_port = walk->flow.own_port,
        .destination_port = walk->flow.peer_port,
        .flags = walk->is_syn_ack ? SEGMENT_SYN | SEGMENT_ACK : SEGMENT_SYN,
    };
    char text[ADDRESS_TEXT_SIZE];
    CLEAN_FD int fd = own_address_is_local(&packet.source)
                          ? tcp_packet_open(&packet.source)
                          : -EADDRNOTAVAIL;

    if (fd < 0)
        return err_set(err, fd, "cannot send copies from %s: %s",
                       address_print(&packet.source, text), strerror(-fd));
    for (unsigned ttl = 1; ttl <= walk->max_ttl; ttl++) {
        int status;

        packet.sequence = walk_sequence(order, walk->attempt, ttl);
        if (walk->is_syn_ack)
            packet.acknowledge = old_acknowledge(walk, ttl);
        walk->hops[ttl].sent_ns = clock_monotonic_ns();
        status = tcp_packet_send(fd, &packet, ttl);
        if (status < 0)
            return err_set(err, status, "cannot send a copy to %s: %s",
                           address_print(&packet.destination, text),
                           strerror(-status));
    }
    return 0;
}

static void tell_hop(struct walk *walk, unsigned ttl)
{
    const struct hop *hop = &walk->hops[ttl];
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_HOP, hop->answered_ns);
    evidence_set_word(&evidence, KEY_DIRECTION, DIRECTION_OUT);
    evidence_set_number(&evidence, KEY_TTL, ttl);
    evidence_set_address(&evidence, KEY_OFFENDER, &hop->offender);
    evidence_set_number(&evidence, KEY_RTT_US,
                        (hop->answered_ns - hop->sent_ns) / NS_PER_US);
    if (hop->is_icmp) {
        evidence_set_number(&evidence, KEY_ICMP_TYPE, hop->icmp_type);
        evidence_set_number(&evidence, KEY_ICMP_CODE, hop->icmp_code);
    } else {
        evidence_set_word(&evidence, KEY_PACKET, (int)hop->packet);
    }
    worker_emit(walk->worker, &evidence);
}

/* In the order of the TTLs.  Behind the first hop that answered as a host does
 * all others are the same host again. */
static void tell_hops(struct walk *walk)
{
    for (unsigned ttl = 1; ttl <= walk->max_ttl; ttl++) {
        if (walk->hops[ttl].answered_ns == 0)
            continue;
        tell_hop(walk, ttl);
        if (!walk->hops[ttl].is_icmp)
            return;
    }
}

static void free_walk(uv_handle_t *handle)
{
    free(handle->data);
}

void walk_close(struct walk *walk)
{
    uv_timer_stop(&walk->timer);
    tell_hops(walk);
    uv_close((uv_handle_t *)&walk->timer, free_walk);
}

static void on_over(uv_timer_t *timer)
{
    struct walk *walk = timer->data;

    walk_close(walk);
    walk->done(walk->worker);
}

/* On a busy host the answers may wait beside the timer, which the loop looks at
 * first: one more turn reads them. */
static void on_timer(uv_timer_t *timer)
{
    uv_timer_start(timer, on_over, 0, 0);
}

/* The TTL of the copy that this packet answers, 0 if none. */
static unsigned answered_ttl(const struct walk *walk,
                             const struct segment *segment)
{
    const struct order *order = worker_order(walk->worker);
    const struct segment_tcp *tcp = &segment->tcp;
    uint32_t number;

    if (segment->travel == SEGMENT_OUTGOING)
        return 0;
    if (segment->kind == SEGMENT_ICMP_ERROR)
        return walk_ttl_of(order, walk->attempt, tcp->sequence);
    if (segment->kind != SEGMENT_TCP ||
        tcp->source_port != walk->flow.peer_port ||
        tcp->destination_port != walk->flow.own_port)
        return 0;
    if (walk->is_syn_ack) { /* the socket's RST has the number we told it */
        number = walk->acknowledge - tcp->sequence - WALK_SEQUENCE_SHIFT;
        return tcp->flags & SEGMENT_RST && number >= 1 &&
                       number <= walk->max_ttl
                   ? number
                   : 0;
    }
    if ((tcp->flags & SEGMENT_ACK) == 0 ||
        (tcp->flags & (SEGMENT_SYN | SEGMENT_RST)) == 0)
        return 0;
    return walk_ttl_of(order, walk->attempt, tcp->acknowledge - 1);
}

static bool is_over(const struct walk *walk)
{
    for (unsigned ttl = 1; ttl <= walk->max_ttl; ttl++) {
        if (walk->hops[ttl].answered_ns == 0)
            return false;
        if (!walk->hops[ttl].is_icmp)
            return true;
    }
    return true;
}

bool walk_notice(struct walk *walk, const struct segment *segment,
                 int64_t at_ns)
{
    unsigned ttl = answered_ttl(walk, segment);
    struct hop *hop = &walk->hops[ttl];

    if (ttl == 0 || ttl > walk->max_ttl)
        return false;
    if (hop->answered_ns != 0) /* seen on another interface already */
        return true;
    hop->answered_ns = at_ns;
    hop->offender = segment->source;
    hop->is_icmp = segment->kind == SEGMENT_ICMP_ERROR;
    if (hop->is_icmp) {
        hop->icmp_type = segment->icmp_type;
        hop->icmp_code = segment->icmp_code;
    } else {
        hop->packet =
            segment->tcp.flags & SEGMENT_RST ? PACKET_RST : PACKET_SYN_ACK;
    }
    if (is_over(walk))
        uv_timer_start(&walk->timer, on_timer, 0, 0);
    return true;
}

static void limit_ttl(struct walk *walk, unsigned max_ttl)
{
    walk->max_ttl = max_ttl;
    if (max_ttl <= WALK_MAX_TTL)
        return;
    walk->max_ttl = WALK_MAX_TTL;
    worker_limit(walk->worker, "walk", "hops beyond the %dth were not walked",
                 WALK_MAX_TTL);
}

int walk_check(const struct worker *worker, const struct probe_flow *flow,
               struct err *err)
{
    const struct order *order = worker_order(worker);
    const struct policy *policy = worker_policy(worker);
    struct address peer = worker_peer(worker);
    int status = policy_check_address(policy, &flow->peer, err);

    if (status < 0)
        return status;
    if (!policy->walk)
        return err_set(err, -EACCES,
                       "not walked: the policy of this host allows no walks "
                       "(walk)");
    if (order->role == ROLE_SOURCE &&
        (!address_equal(&flow->peer, &peer) || flow->peer_port != order->port))
        return err_set(
            err, -EINVAL,
            "not walked: the walk would go elsewhere than the trace");
    return 0;
}

int walk_start(struct walk **out, struct worker *worker,
               const struct command *command, const struct probe_flow *flow,
               walk_done done, struct err *err)
{
    const struct order *order = worker_order(worker);
    CLEAN_FREE struct walk *walk = calloc(1, sizeof(*walk));
    int status;

    if (command->attempt < 1 || command->attempt > order->attempts)
        return err_set(err, -EINVAL,
                       "cannot walk along attempt %d: the order "
                       "has %d",
                       command->attempt, order->attempts);
    if (flow->own.family != flow->peer.family || flow->own_port == 0 ||
        flow->peer_port == 0)
        return err_set(err, -EINVAL,
                       "cannot walk: an address or port is not known");
    if (walk == NULL)
        return err_set(err, -ENOMEM, "no memory for a walk");
    walk->worker = worker;
    walk->done = done;
    walk->attempt = command->attempt;
    walk->flow = *flow;
    walk->is_syn_ack = order->role == ROLE_DESTINATION;
    walk->acknowledge = command->acknowledge != 0
                            ? command->acknowledge
                            : order_isn(order, command->attempt) + 1;
    limit_ttl(walk, command->max_ttl);
    status = allowance_ask(HANDOFF_WALK, &flow->peer, walk->max_ttl, err);
    if (status < 0) {
        err_prefix(err, "not walked");
        return status;
    }
    status = send_copies(walk, err);
    if (status < 0)
        return status;
    uv_timer_init(worker_loop(worker), &walk->timer);
    walk->timer.data = walk;
    uv_timer_start(&walk->timer, on_timer, WALK_WAIT_MS, 0);
    *out = TAKE_PTR(walk);
    return 0;
}
