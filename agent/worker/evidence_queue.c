#include "agent/worker/evidence_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct queued_evidence
{
    STAILQ_ENTRY(queued_evidence) next;
    size_t size;
    char data[];
};

void evidence_queue_init(struct evidence_queue *queue)
{
    *queue = (struct evidence_queue){.count = 0};
    STAILQ_INIT(&queue->items);
}

void evidence_queue_clear(struct evidence_queue *queue)
{
    while (!evidence_queue_is_empty(queue))
        evidence_queue_drop(queue);
}

bool evidence_queue_is_empty(const struct evidence_queue *queue)
{
    return queue->count == 0;
}

static unsigned room_for(const struct evidence *evidence)
{
    bool is_one_of_many =
        evidence->kind == EVIDENCE_PACKET || evidence->kind == EVIDENCE_RULE;

    return EVIDENCE_QUEUE_MAX - (is_one_of_many ? EVIDENCE_QUEUE_RESERVED : 0);
}

void evidence_queue_put(struct evidence_queue *queue,
                        const struct evidence *evidence)
{
    size_t size = evidence_size(evidence);
    struct queued_evidence *item = NULL;

    if (queue->count < room_for(evidence))
        item = malloc(sizeof(*item) + size);
    if (item == NULL) {
        queue->lost++;
        return;
    }
    item->size = size;
    memcpy(item->data, evidence, size);
    STAILQ_INSERT_TAIL(&queue->items, item, next);
    queue->count++;
}

const void *evidence_queue_first(const struct evidence_queue *queue,
                                 size_t *size)
{
    const struct queued_evidence *first = STAILQ_FIRST(&queue->items);

    assert(first != NULL);
    *size = first->size;
    return first->data;
}

void evidence_queue_drop(struct evidence_queue *queue)
{
    struct queued_evidence *first = STAILQ_FIRST(&queue->items);

    assert(first != NULL);
    STAILQ_REMOVE_HEAD(&queue->items, next);
    queue->count--;
    free(first);
}

unsigned evidence_queue_take_lost(struct evidence_queue *queue)
{
    unsigned lost = queue->lost;

    queue->lost = 0;
    return lost;
}
