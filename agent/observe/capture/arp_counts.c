#include "agent/observe/capture/arp_counts.h"

#include <string.h>

#include "agent/observe/host/interface_name.h"

static bool is_watched(const struct arp_counts *counts,
                       const struct address *address)
{
    for (unsigned i = 0; i < counts->watched_count; i++)
        if (address_equal(&counts->watched[i], address))
            return true;
    return false;
}

void arp_counts_watch(struct arp_counts *counts, const struct address *address)
{
    if (address_is_set(address) && !is_watched(counts, address) &&
        counts->watched_count < ARP_MAX_WATCHED)
        counts->watched[counts->watched_count++] = *address;
}

static struct arp_count *find(struct arp_counts *counts,
                              const struct segment *segment,
                              enum direction direction)
{
    for (unsigned i = 0; i < counts->count; i++) {
        struct arp_count *count = &counts->counts[i];

        if (count->direction == direction &&
            count->interface == segment->interface &&
            address_equal(&count->address, &segment->target))
            return count;
    }
    return NULL;
}

static struct arp_count *find_unwatched(struct arp_counts *counts)
{
    for (unsigned i = 0; i < counts->count; i++)
        if (!is_watched(counts, &counts->counts[i].address))
            return &counts->counts[i];
    return NULL;
}

static struct arp_count *find_or_add(struct arp_counts *counts,
                                     const struct segment *segment,
                                     enum direction direction)
{
    struct arp_count *count = find(counts, segment, direction);

    if (count != NULL)
        return count;
    count = counts->count < ARP_MAX_COUNTS ? &counts->counts[counts->count++]
                                           : find_unwatched(counts);
    if (count == NULL)
        return NULL;
    *count = (struct arp_count){.address = segment->target,
                                .interface = segment->interface,
                                .direction = direction};
    return count;
}

static void tell(const struct arp_count *count, struct worker *worker)
{
    char name[INTERFACE_NAME_SIZE];
    char link[LINK_ADDRESS_TEXT_SIZE];
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ARP, count->last_ns);
    evidence_set_word(&evidence, KEY_DIRECTION, (int)count->direction);
    evidence_set_text(&evidence, KEY_INTERFACE,
                      interface_name(count->interface, name));
    evidence_set_address(&evidence, KEY_ADDRESS, &count->address);
    if (address_is_set(&count->asker))
        evidence_set_address(&evidence, KEY_SOURCE, &count->asker);
    evidence_set_number(&evidence, KEY_COUNT, count->asked);
    evidence_set_number(&evidence, KEY_ANSWERED, count->answered);
    if (count->link_size == sizeof(count->link))
        evidence_set_text(&evidence, KEY_LINK_ADDRESS,
                          link_address_print(count->link, link));
    worker_emit(worker, &evidence);
}

static void note_answerer(struct arp_count *count,
                          const struct segment *segment)
{
    if (count->answered++ == 0 && segment->link_size == sizeof(count->link)) {
        memcpy(count->link, segment->link, sizeof(count->link));
        count->link_size = sizeof(count->link);
    } else if (segment->link_size != count->link_size ||
               memcmp(count->link, segment->link, count->link_size) != 0)
        count->link_size = 0;
}

void arp_counts_notice(struct arp_counts *counts, struct worker *worker,
                       const struct segment *segment, int64_t at_ns)
{
    bool leaves = segment->travel == SEGMENT_OUTGOING;
    /* An answer comes against the direction of its question. */
    enum direction direction =
        leaves != segment->is_answer ? DIRECTION_OUT : DIRECTION_IN;
    bool watched = is_watched(counts, &segment->target);
    struct arp_count *count;

    /* Whose link address our host wants may turn out to matter later on. */
    if (!watched && direction == DIRECTION_IN)
        return;
    if (!watched && counts->count == ARP_MAX_COUNTS &&
        find(counts, segment, direction) == NULL)
        return;
    count = find_or_add(counts, segment, direction);
    if (count == NULL)
        return;
    count->last_ns = at_ns;
    if (segment->is_answer) {
        note_answerer(count, segment);
        return;
    }
    count->asker = segment->source;
    if (++count->asked == 1 && watched)
        tell(count, worker);
}

/* Our host may have asked for one that a rule of its translates to, which is
 * known only later: from connection tracking. */
static bool is_in_vain(const struct arp_count *count)
{
    return count->direction == DIRECTION_OUT && count->asked > 0 &&
           count->answered == 0;
}

void arp_counts_tell(const struct arp_counts *counts, struct worker *worker)
{
    for (unsigned i = 0; i < counts->count; i++)
        if (is_watched(counts, &counts->counts[i].address) ||
            is_in_vain(&counts->counts[i]))
            tell(&counts->counts[i], worker);
}
