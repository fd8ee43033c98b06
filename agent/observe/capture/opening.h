/* What a packet that opens a connection offers: compared at both ends, it tells
 * what was changed on the way. */
#ifndef OBSERVE_CAPTURE_OPENING_H
#define OBSERVE_CAPTURE_OPENING_H

#include <stdbool.h>

#include "common/segment/segment.h"
#include "common/trace/evidence.h"

/* Adds to the evidence of a SYN or SYN-ACK its options, its DSCP and ECN, and
 * whether its checksum is right; nothing of any other packet.  checksum_later:
 * the device is to fill it in. */
void opening_add(struct evidence *evidence, const struct segment *segment,
                 bool checksum_later);

#endif
