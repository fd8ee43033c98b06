/* Memory for one frame: taken in chunks, freed as a whole, within a budget, so
 * that a small frame cannot unfold into a large message. */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena
{
    struct arena_chunk *chunks;
    size_t budget;  /* bytes that may still be taken from the system */
    bool exhausted; /* a request was refused */
};

/* Zeroed, aligned for anything; NULL when the budget or memory is used up. */
void *arena_alloc(struct arena *arena, size_t size);

/* Gives the chunks away, to be freed with arena_free_chunks(). */
void *arena_take(struct arena *arena);
void arena_free_chunks(void *chunks);

void arena_fini(struct arena *arena);

#endif
