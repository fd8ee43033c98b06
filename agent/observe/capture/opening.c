#include "agent/observe/capture/opening.h"

#define ECN_BITS 2 /* of the traffic class, below DSCP */

static void add_options(struct evidence *evidence,
                        const struct segment_tcp *tcp)
{
    if (!tcp->has_options)
        return;
    if (tcp->has_mss)
        evidence_set_number(evidence, KEY_MSS, tcp->mss);
    if (tcp->has_scale)
        evidence_set_number(evidence, KEY_WINDOW_SCALE, tcp->scale);
    evidence_set_number(evidence, KEY_SACK, tcp->has_sack);
}

static void add_checksum(struct evidence *evidence,
                         const struct segment *segment, bool is_later)
{
    if (is_later)
        evidence_set_text(evidence, KEY_CHECKSUM, "later");
    else if (segment->checksum != SEGMENT_CHECKSUM_UNKNOWN)
        evidence_set_text(
            evidence, KEY_CHECKSUM,
            segment->checksum == SEGMENT_CHECKSUM_RIGHT ? "right" : "wrong");
}

void opening_add(struct evidence *evidence, const struct segment *segment,
                 bool checksum_later)
{
    if (segment->kind != SEGMENT_TCP || !(segment->tcp.flags & SEGMENT_SYN))
        return;
    add_options(evidence, &segment->tcp);
    evidence_set_number(evidence, KEY_DSCP, segment->class >> ECN_BITS);
    evidence_set_number(evidence, KEY_ECN,
                        segment->class & ((1u << ECN_BITS) - 1));
    add_checksum(evidence, segment, checksum_later);
}
