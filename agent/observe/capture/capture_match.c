#include "agent/observe/capture/capture_match.h"

void capture_match_init(struct capture_match *match, const struct order *order,
                        bool exact, const struct address *peer)
{
    *match =
        (struct capture_match){.order = order, .exact = exact, .peer = *peer};
}

void capture_match_attempt_started(struct capture_match *match,
                                   const struct evidence *evidence)
{
    int64_t n = evidence_number(evidence, KEY_ATTEMPT, 0);

    if (n >= 1 && n <= ORDER_MAX_ATTEMPTS)
        match->ports[n] =
            (uint16_t)evidence_number(evidence, KEY_SOURCE_PORT, 0);
}

void capture_match_syn_arrived(struct capture_match *match, unsigned attempt,
                               const struct segment *segment)
{
    if (segment->kind == SEGMENT_TCP && match->ports[attempt] == 0 &&
        capture_packet_of(&segment->tcp) == PACKET_SYN)
        match->ports[attempt] = segment->tcp.source_port;
}

/* The server's, in answer to what its TCP knows nothing of. */
static bool is_bare_reset(const struct capture_match *match,
                          const struct segment *segment)
{
    return segment->kind == SEGMENT_TCP && segment->tcp.complete &&
           (segment->tcp.flags & (SEGMENT_RST | SEGMENT_ACK)) == SEGMENT_RST &&
           segment->tcp.source_port == match->order->port;
}

/* A SYN has the attempt's number itself; what follows it from the source has
 * one more; what answers acknowledges one more. */
static unsigned match_exactly(const struct order *order,
                              const struct segment_tcp *tcp)
{
    bool is_syn = !tcp->complete ||
                  (tcp->flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN;
    unsigned attempt = 0;

    if (is_syn)
        return order_attempt_of(order, tcp->sequence);
    if (tcp->flags & SEGMENT_ACK)
        attempt = order_attempt_of(order, tcp->acknowledge - 1);
    if (attempt == 0 && (tcp->flags & SEGMENT_SYN) == 0)
        attempt = order_attempt_of(order, tcp->sequence - 1);
    return attempt;
}

unsigned capture_match_port(const struct capture_match *match, uint16_t port)
{
    for (unsigned n = 1; n <= match->order->attempts && port != 0; n++)
        if (match->ports[n] == port)
            return n;
    return 0;
}

static unsigned match_port(const struct capture_match *match,
                           const struct address *source,
                           const struct address *destination,
                           const struct segment_tcp *tcp)
{
    bool from_peer = address_equal(source, &match->peer) &&
                     tcp->source_port == match->order->port;
    bool to_peer = address_equal(destination, &match->peer) &&
                   tcp->destination_port == match->order->port;
    uint16_t port = to_peer ? tcp->source_port : tcp->destination_port;

    return from_peer || to_peer ? capture_match_port(match, port) : 0;
}

unsigned capture_match_attempt(const struct capture_match *match,
                               const struct segment *segment)
{
    unsigned attempt;

    if (match->exact) {
        attempt = match_exactly(match->order, &segment->tcp);
        if (attempt == 0 && is_bare_reset(match, segment))
            attempt = capture_match_port(match, segment->tcp.destination_port);
        return attempt;
    }
    if (segment->kind == SEGMENT_ICMP_ERROR)
        return match_port(match, &segment->quoted_source,
                          &segment->quoted_destination, &segment->tcp);
    return match_port(match, &segment->source, &segment->destination,
                      &segment->tcp);
}

enum packet capture_packet_of(const struct segment_tcp *tcp)
{
    uint8_t flags = tcp->flags;

    if (!tcp->complete)
        return PACKET_SYN;
    if (flags & SEGMENT_RST)
        return PACKET_RST;
    if (flags & SEGMENT_SYN)
        return flags & SEGMENT_ACK ? PACKET_SYN_ACK : PACKET_SYN;
    if (flags & SEGMENT_FIN)
        return PACKET_FIN;
    if (tcp->payload > 0)
        return PACKET_DATA;
    return flags & SEGMENT_ACK ? PACKET_ACK : PACKET_OTHER;
}
