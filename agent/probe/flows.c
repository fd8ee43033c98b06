#include "agent/probe/flows.h"

#include <errno.h>

#include "common/base/err.h"

static bool is_between(const struct segment *segment,
                       const struct address *source, uint16_t source_port,
                       const struct address *destination,
                       uint16_t destination_port)
{
    return segment->tcp.source_port == source_port &&
           segment->tcp.destination_port == destination_port &&
           address_equal(&segment->source, source) &&
           address_equal(&segment->destination, destination);
}

static void notice_incoming(struct captured_flow *flow,
                            const struct segment *segment)
{
    const struct segment_tcp *tcp = &segment->tcp;
    uint8_t flags = tcp->flags & (SEGMENT_SYN | SEGMENT_ACK | SEGMENT_RST);

    if (flags == SEGMENT_SYN && flow->flow.own_port == 0)
        flow->flow = (struct probe_flow){.own = segment->destination,
                                         .peer = segment->source,
                                         .own_port = tcp->destination_port,
                                         .peer_port = tcp->source_port};
    if (flags == SEGMENT_ACK && flow->flow.own_port != 0 &&
        is_between(segment, &flow->flow.peer, flow->flow.peer_port,
                   &flow->flow.own, flow->flow.own_port))
        flow->is_open = true;
}

void flows_notice(struct flows *flows, unsigned attempt,
                  const struct segment *segment)
{
    struct captured_flow *flow = &flows->list[attempt];
    const struct segment_tcp *tcp = &segment->tcp;

    if (segment->kind != SEGMENT_TCP || attempt == 0 ||
        attempt > ORDER_MAX_ATTEMPTS)
        return;
    if (segment->travel != SEGMENT_OUTGOING) {
        notice_incoming(flow, segment);
        return;
    }
    if ((tcp->flags & (SEGMENT_SYN | SEGMENT_ACK)) !=
            (SEGMENT_SYN | SEGMENT_ACK) ||
        flow->flow.own_port == 0 ||
        !is_between(segment, &flow->flow.own, flow->flow.own_port,
                    &flow->flow.peer, flow->flow.peer_port))
        return;
    flow->has_answered = true;
    flow->sequence = tcp->sequence;
    flow->acknowledge = tcp->acknowledge;
}

const struct captured_flow *flows_find(const struct flows *flows,
                                       unsigned attempt, struct err *err)
{
    const struct captured_flow *flow =
        attempt > ORDER_MAX_ATTEMPTS ? NULL : &flows->list[attempt];

    if (flow == NULL || flow->flow.own_port == 0) {
        err_set(err, -EPERM,
                "not walked: no SYN of attempt %u was captured here", attempt);
        return NULL;
    }
    if (flow->is_open) {
        err_set(err, -EPERM, "not walked: attempt %u opened, and is left alone",
                attempt);
        return NULL;
    }
    if (!flow->has_answered) {
        err_set(err, -EPERM,
                "not walked: no SYN-ACK of attempt %u was seen to leave",
                attempt);
        return NULL;
    }
    return flow;
}
