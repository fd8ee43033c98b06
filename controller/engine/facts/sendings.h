/* Each time that a packet was sent, and whether that one arrived: the attempts'
 * own, and what the kernel sent again for them. */
#ifndef VERDICT_SENDINGS_H
#define VERDICT_SENDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/engine/view/view.h"

/* With the kernel's timers one packet is sent this often in 15 s. */
#define SENDINGS_OF_ATTEMPT 8
#define SENDINGS_MAX        (ORDER_MAX_ATTEMPTS * SENDINGS_OF_ATTEMPT)

struct sending
{
    unsigned attempt;
    bool again;                    /* not the attempt's first */
    bool came;                     /* the far end's capture saw it */
    const struct evidence *packet; /* as it left */
    const struct evidence *seen;   /* as it came; NULL if it did not */
};

struct sendings
{
    struct sending items[SENDINGS_MAX]; /* in the order of time */
    size_t count;
    unsigned lost;
    bool there_and_back; /* no far end watched: what was answered came */
    /* So many of an attempt go the same way, then its kernel may take another;
     * 0: all do. */
    unsigned keep_way;
};

/* Lists the SYNs or ACKs that left the source, or the SYN-ACKs that left the
 * destination, as far as it is known whether they came: the other end's capture watched from
 * before the attempt, lost nothing itself, and went on for long enough.  Where
 * nobody watches at the destination, a SYN came if it was answered. */
void sendings_list(const struct view *view, enum packet packet,
                   struct sendings *out);

#endif
