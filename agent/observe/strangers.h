/* SYNs to the traced port that are no attempt's.
 *
 * A middlebox that renumbers sequences would hide the trace's SYNs from the
 * capture, which knows them by their numbers: a SYN from the source's address
 * that is no attempt's may be one of them, so that "it never arrived" is not
 * proven.  Pure. */
#ifndef OBSERVE_STRANGERS_H
#define OBSERVE_STRANGERS_H

#include <stddef.h>

#include "common/segment/segment.h"
#include "common/trace/order.h"

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
};

/* Counts the segment if it is an arriving SYN to the order's port with a
 * sequence number outside the trace's. */
void strangers_notice(struct strangers *strangers, const struct order *order,
                      const struct segment *segment);

/* How many may have come from that address; from any, if it is unset. */
unsigned strangers_count(const struct strangers *strangers,
                         const struct address *source);

#endif
