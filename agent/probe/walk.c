#include "agent/probe/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keeper/policy.h"
#include "agent/probe/allowance.h"
#include "agent/probe/own_address.h"
#include "agent/probe/tcp_packet.h"
#include "agent/probe/trial_number.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

struct hop
{
    int64_t sent_ns;     /* last */
    int64_t answered_ns; /* 0: not answered */
    bool is_icmp;
    enum packet packet; /* if not ICMP */
    struct address offender;
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct segment_labels labels;
};

struct walk
{
    struct worker *worker;
    walk_done done;
    uv_timer_t timer;
    struct walk_way way;
    int fd;
    unsigned rounds; /* of what did not answer, so far */
    unsigned sent;
    int64_t begun_ns;
    struct hop hops[WALK_MAX_TTL + 1]; /* by TTL */
};

static struct tcp_packet copy_for(const struct walk *walk, unsigned ttl)
{
    const struct walk_way *way = &walk->way;
    struct tcp_packet packet = {
        .source = way->flow.own,
        .destination = way->flow.peer,
        .source_port = way->flow.own_port,
        .destination_port = way->flow.peer_port,
        .flags = SEGMENT_SYN,
        .sequence =
            walk_sequence(worker_order(walk->worker), way->attempt, ttl),
    };

    if (way->is_syn_ack) {
        packet.flags = SEGMENT_SYN | SEGMENT_ACK;
        packet.sequence = walk_number(way->sequence, ttl);
        packet.acknowledge = walk_number(way->acknowledge, ttl);
    }
    return packet;
}

static int send_copy(struct walk *walk, unsigned ttl)
{
    const struct tcp_packet packet = copy_for(walk, ttl);

    walk->hops[ttl].sent_ns = clock_monotonic_ns();
    walk->sent++;
    return tcp_packet_send(walk->fd, &packet, ttl);
}

static int send_copies(struct walk *walk, struct err *err)
{
    const struct probe_flow *flow = &walk->way.flow;
    char text[ADDRESS_TEXT_SIZE];

    for (unsigned ttl = 1; ttl <= walk->way.max_ttl; ttl++) {
        int status = send_copy(walk, ttl);

        if (status < 0)
            return err_set(err, status, "cannot send a copy to %s: %s",
                           address_print(&flow->peer, text), strerror(-status));
    }
    return 0;
}

#define BEHIND_ALL 3 /* so that what is acknowledged is no attempt's, either */

/* A listener that got a copy, and whose answer was lost, would wait for what
 * never comes.  A reset ends that, if its number is in the window of whichever
 * copy was taken. */
static void take_back(struct walk *walk)
{
    struct tcp_packet packet = copy_for(walk, WALK_MAX_TTL);

    if (walk->way.is_syn_ack)
        return;
    packet.flags = SEGMENT_RST;
    packet.sequence += BEHIND_ALL;
    tcp_packet_send(walk->fd, &packet, 0);
}

/* "24001/0/1 16/0/1": label, traffic class, TTL. */
static void add_labels(struct evidence *evidence,
                       const struct segment_labels *labels)
{
    char text[SEGMENT_MAX_LABELS * 24] = "";
    size_t used = 0;

    for (unsigned i = 0; i < labels->count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u/%u/%u",
                                 used == 0 ? "" : " ", labels->list[i] >> 12,
                                 labels->list[i] >> 9 & 7u,
                                 labels->list[i] & 0xffu);
    if (used > 0)
        evidence_set_text(evidence, KEY_LABELS, text);
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
        add_labels(&evidence, &hop->labels);
    } else {
        evidence_set_word(&evidence, KEY_PACKET, (int)hop->packet);
    }
    worker_emit(walk->worker, &evidence);
}

static void tell_walk(struct walk *walk)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_WALK, walk->begun_ns);
    evidence_set_number(&evidence, KEY_ATTEMPT, walk->way.attempt);
    evidence_set_number(&evidence, KEY_TTL, walk->way.max_ttl);
    evidence_set_number(&evidence, KEY_COUNT, walk->sent);
    worker_emit(walk->worker, &evidence);
}

/* In the order of the TTLs.  Behind the first hop that answered as a host does
 * all others are the same host again. */
static void tell_hops(struct walk *walk)
{
    for (unsigned ttl = 1; ttl <= walk->way.max_ttl; ttl++) {
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
    take_back(walk);
    close(walk->fd);
    tell_walk(walk);
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

/* The hops that are worth a second copy: those in front of one that answered,
 * and a few behind the last. */
static unsigned farthest_again(const struct walk *walk)
{
    unsigned last = 0;

    for (unsigned ttl = 1; ttl <= walk->way.max_ttl; ttl++) {
        const struct hop *hop = &walk->hops[ttl];

        if (hop->answered_ns != 0 && !hop->is_icmp)
            return ttl;
        if (hop->answered_ns != 0)
            last = ttl;
    }
    last += WALK_AGAIN_MORE;
    return last < walk->way.max_ttl ? last : walk->way.max_ttl;
}

/* Another round changes nothing that is told already: where it cannot be sent,
 * the walk is as good as it was. */
static void send_again(struct walk *walk)
{
    unsigned farthest = farthest_again(walk);
    unsigned missing = 0;

    for (unsigned ttl = 1; ttl <= farthest; ttl++)
        missing += walk->hops[ttl].answered_ns == 0;
    if (missing == 0 ||
        allowance_ask(HANDOFF_WALK, &walk->way.flow.peer, missing, NULL) < 0)
        return;
    for (unsigned ttl = 1; ttl <= farthest; ttl++)
        if (walk->hops[ttl].answered_ns == 0)
            send_copy(walk, ttl);
}

static void on_round(uv_timer_t *timer)
{
    struct walk *walk = timer->data;

    send_again(walk);
    if (++walk->rounds < WALK_AGAIN_TIMES)
        uv_timer_start(timer, on_round, WALK_AGAIN_MS, 0);
    else
        uv_timer_start(timer, on_timer,
                       WALK_WAIT_MS - WALK_AGAIN_TIMES * WALK_AGAIN_MS, 0);
}

/* By what an error quotes, or a host answers; 0 if it answers no copy. */
static unsigned ttl_of_syn_ack(const struct walk *walk,
                               const struct segment *segment)
{
    const struct segment_tcp *tcp = &segment->tcp;
    const struct walk_way *way = &walk->way;

    if (segment->kind == SEGMENT_ICMP_ERROR)
        return tcp->source_port == way->flow.own_port
                   ? walk_ttl_by(way->sequence, tcp->sequence)
                   : 0;
    /* The socket's RST has the number we told it. */
    return tcp->flags & SEGMENT_RST
               ? walk_ttl_by(way->acknowledge, tcp->sequence)
               : 0;
}

static unsigned ttl_of_syn(const struct walk *walk,
                           const struct segment *segment)
{
    const struct order *order = worker_order(walk->worker);
    const struct segment_tcp *tcp = &segment->tcp;

    if (segment->kind == SEGMENT_ICMP_ERROR)
        return walk_ttl_of(order, walk->way.attempt, tcp->sequence);
    if ((tcp->flags & SEGMENT_ACK) == 0 ||
        (tcp->flags & (SEGMENT_SYN | SEGMENT_RST)) == 0)
        return 0;
    return walk_ttl_of(order, walk->way.attempt, tcp->acknowledge - 1);
}

static unsigned answered_ttl(const struct walk *walk,
                             const struct segment *segment)
{
    const struct segment_tcp *tcp = &segment->tcp;
    const struct probe_flow *flow = &walk->way.flow;

    if (segment->travel == SEGMENT_OUTGOING ||
        (segment->kind != SEGMENT_ICMP_ERROR &&
         (segment->kind != SEGMENT_TCP || tcp->source_port != flow->peer_port ||
          tcp->destination_port != flow->own_port)))
        return 0;
    return walk->way.is_syn_ack ? ttl_of_syn_ack(walk, segment)
                                : ttl_of_syn(walk, segment);
}

static bool is_over(const struct walk *walk)
{
    for (unsigned ttl = 1; ttl <= walk->way.max_ttl; ttl++) {
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

    if (ttl == 0 || ttl > walk->way.max_ttl)
        return false;
    if (hop->answered_ns != 0) /* seen on another interface already */
        return true;
    hop->answered_ns = at_ns;
    hop->offender = segment->source;
    hop->is_icmp = segment->kind == SEGMENT_ICMP_ERROR;
    if (hop->is_icmp) {
        hop->icmp_type = segment->icmp_type;
        hop->icmp_code = segment->icmp_code;
        hop->labels = segment->labels;
    } else {
        hop->packet =
            segment->tcp.flags & SEGMENT_RST ? PACKET_RST : PACKET_SYN_ACK;
    }
    if (is_over(walk))
        uv_timer_start(&walk->timer, on_timer, 0, 0);
    return true;
}

static void limit_ttl(struct walk *walk)
{
    if (walk->way.max_ttl <= WALK_MAX_TTL)
        return;
    walk->way.max_ttl = WALK_MAX_TTL;
    worker_limit(walk->worker, "walk", "hops beyond the %dth were not walked",
                 WALK_MAX_TTL);
}

int walk_check(const struct worker *worker, const struct walk_way *way,
               struct err *err)
{
    const struct order *order = worker_order(worker);
    const struct policy *policy = worker_policy(worker);
    const struct probe_flow *flow = &way->flow;
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
    if (order->vantage && way->attempt != trial_attempt(TRIAL_VANTAGE))
        return err_set(err, -EINVAL, "a vantage point walks by itself");
    if (!order->vantage && (way->attempt < 1 || way->attempt > order->attempts))
        return err_set(err, -EINVAL,
                       "cannot walk along attempt %u: the order has %d",
                       way->attempt, order->attempts);
    if (flow->own.family != flow->peer.family || flow->own_port == 0 ||
        flow->peer_port == 0)
        return err_set(err, -EINVAL,
                       "cannot walk: an address or port is not known");
    return 0;
}

/* One more than the copies: what takes them back. */
static int begin(struct walk *walk, struct err *err)
{
    const struct probe_flow *flow = &walk->way.flow;
    char text[ADDRESS_TEXT_SIZE];
    int status =
        allowance_ask(HANDOFF_WALK, &flow->peer, walk->way.max_ttl + 1, err);

    if (status < 0) {
        err_prefix(err, "not walked");
        return status;
    }
    walk->fd =
        own_address_is_local(&flow->own)
            ? tcp_packet_open(&flow->own, worker_order(walk->worker)->device)
            : -EADDRNOTAVAIL;
    if (walk->fd < 0)
        return err_set(err, walk->fd, "cannot send copies from %s: %s",
                       address_print(&flow->own, text), strerror(-walk->fd));
    status = send_copies(walk, err);
    if (status < 0)
        close(walk->fd);
    return status;
}

int walk_start(struct walk **out, struct worker *worker,
               const struct walk_way *way, walk_done done, struct err *err)
{
    CLEAN_FREE struct walk *walk = calloc(1, sizeof(*walk));
    int status;

    if (walk == NULL)
        return err_set(err, -ENOMEM, "no memory for a walk");
    walk->worker = worker;
    walk->done = done;
    walk->way = *way;
    walk->begun_ns = clock_monotonic_ns();
    limit_ttl(walk);
    status = begin(walk, err);
    if (status < 0)
        return status;
    uv_timer_init(worker_loop(worker), &walk->timer);
    walk->timer.data = walk;
    uv_timer_start(&walk->timer, on_round, WALK_AGAIN_MS, 0);
    *out = TAKE_PTR(walk);
    return 0;
}
