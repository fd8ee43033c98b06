/* Questions and answers for link addresses, counted per address, interface and
 * direction. */
#ifndef OBSERVE_ARP_COUNTS_H
#define OBSERVE_ARP_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/worker/worker.h"
#include "common/base/link_address.h"
#include "common/segment/segment.h"

#define ARP_MAX_COUNTS  32
#define ARP_MAX_WATCHED 16

struct arp_count
{
    struct address address;
    struct address asker; /* the last one; of a check for duplicates unset */
    uint32_t interface;
    enum direction direction; /* of the questions */
    int64_t last_ns;
    uint32_t asked;
    uint32_t answered;
    uint8_t link
        [LINK_ADDRESS_SIZE]; /* who answered, if all answers came from one */
    uint8_t link_size;       /* 0: nobody, or several */
};

struct arp_counts
{
    struct address watched[ARP_MAX_WATCHED];
    unsigned watched_count;
    struct arp_count counts[ARP_MAX_COUNTS];
    unsigned count;
};

/* From now on tells of this address. */
void arp_counts_watch(struct arp_counts *counts, const struct address *address);

/* Counts one, if the address is watched or our host asks for it; emits it if it
 * is the first question of its kind for an address that is watched. */
void arp_counts_notice(struct arp_counts *counts, struct worker *worker,
                       const struct segment *segment, int64_t at_ns);

/* Emits the totals of the addresses that are watched by now, and of those that
 * our host asked for in vain. */
void arp_counts_tell(const struct arp_counts *counts, struct worker *worker);

#endif
