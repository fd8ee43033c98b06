/* Evidence that waits: a queue with an end, for the channel (until the link
 * reads) and for the observers (until they are shown it).
 *
 * What does not fit is dropped and counted.  Packets and rules, of which there
 * may be any number, leave EVIDENCE_QUEUE_RESERVED places to the rest. */
#ifndef WORKER_EVIDENCE_QUEUE_H
#define WORKER_EVIDENCE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/queue.h>

#include "common/trace/evidence.h"

#define EVIDENCE_QUEUE_MAX      4096
#define EVIDENCE_QUEUE_RESERVED 512

struct queued_evidence;

struct evidence_queue
{
    STAILQ_HEAD(, queued_evidence) items;
    unsigned count;
    unsigned lost; /* since evidence_queue_take_lost() */
};

/* Makes it empty; evidence_queue_clear() frees what it holds later on. */
void evidence_queue_init(struct evidence_queue *queue);
void evidence_queue_clear(struct evidence_queue *queue);

bool evidence_queue_is_empty(const struct evidence_queue *queue);

/* Keeps a copy; counts it as lost if there is no room, or no memory. */
void evidence_queue_put(struct evidence_queue *queue,
                        const struct evidence *evidence);

/* The first one's bytes, as evidence_size() counts them; not to be called on
 * an empty queue.  The queue keeps them until evidence_queue_drop(). */
const void *evidence_queue_first(const struct evidence_queue *queue,
                                 size_t *size);
void evidence_queue_drop(struct evidence_queue *queue);

/* How many were lost; then counts from nothing again. */
unsigned evidence_queue_take_lost(struct evidence_queue *queue);

#endif
