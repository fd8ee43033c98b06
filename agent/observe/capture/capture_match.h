/* Which attempt a captured packet belongs to, and which packet of a handshake
 * it is.  Pure. */
#ifndef OBSERVE_CAPTURE_MATCH_H
#define OBSERVE_CAPTURE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/segment/segment.h"
#include "common/trace/evidence.h"
#include "common/trace/order.h"

struct capture_match
{
    const struct order *order;
    bool exact; /* by sequence number; else by port and peer */
    struct address peer;
    uint16_t ports[ORDER_MAX_ATTEMPTS + 1]; /* by attempt; 0 unknown */
};

/* order must outlive it. */
void capture_match_init(struct capture_match *match, const struct order *order,
                        bool exact, const struct address *peer);

/* Learns the attempt's port from EVIDENCE_ATTEMPT_START. */
void capture_match_attempt_started(struct capture_match *match,
                                   const struct evidence *evidence);

/* Learns it from the attempt's SYN, as it came in at the destination. */
void capture_match_syn_arrived(struct capture_match *match, unsigned attempt,
                               const struct segment *segment);

/* The attempt that was made from this port of the source's; 0 if none. */
unsigned capture_match_port(const struct capture_match *match, uint16_t port);

/* 0 if it is no attempt's. */
unsigned capture_match_attempt(const struct capture_match *match,
                               const struct segment *segment);

/* A quote too short for flags is a SYN if its sequence number is exactly an
 * attempt's, which capture_match_attempt() makes sure of. */
enum packet capture_packet_of(const struct segment_tcp *tcp);

#endif
