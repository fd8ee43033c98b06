/* SYNs to the traced port that are no attempt's, and answers to them.
 *
 * A middlebox that renumbers sequences would hide the trace's SYNs from the
 * capture, which knows them by their numbers: a SYN from the source's address
 * that is no attempt's may be one of them, so that "it never arrived" is not
 * proven.  The first few of either are told one by one, for their ports and
 * timestamps may show which attempt's they are.  Pure. */
#ifndef OBSERVE_STRANGERS_H
#define OBSERVE_STRANGERS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/segment/segment.h"
#include "common/trace/order.h"

#define STRANGERS_MAX_TOLD    16 /* one by one */
#define STRANGERS_MAX_SOURCES 64 /* more count for every address */

struct strangers
{
    struct
    {
        struct address source;
        unsigned count;
    } sources[STRANGERS_MAX_SOURCES];
    size_t used;
    unsigned others; /* from sources that found no room */
    unsigned told;
};

/* Counts the segment if it is an arriving SYN to the order's port with a
 * sequence number outside the trace's. */
void strangers_notice(struct strangers *strangers, const struct order *order,
                      const struct segment *segment);

/* Is the segment worth telling by itself: between these two, numbered unlike
 * the trace, and a SYN that arrives at the destination or a SYN-ACK that arrives
 * at the source?  At most STRANGERS_MAX_TOLD times. */
bool strangers_tell(struct strangers *strangers, const struct order *order,
                    const struct segment *segment, const struct address *peer);

/* How many may have come from that address; from any, if it is unset. */
unsigned strangers_count(const struct strangers *strangers,
                         const struct address *source);

#endif
