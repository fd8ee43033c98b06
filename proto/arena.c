#include "proto/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"

#define CHUNK_SIZE 8192u
#define ALIGNMENT  16u

struct arena_chunk
{
    struct arena_chunk *next;
    size_t used, size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
    size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    struct arena_chunk *chunk;

    if (room > arena->budget)
        room = size;
    if (room > arena->budget) {
        arena->exhausted = true;
        return NULL;
    }
    chunk = malloc(sizeof(*chunk) + room);
    if (chunk == NULL) {
        arena->exhausted = true;
        return NULL;
    }
    arena->budget -= room;
    *chunk = (struct arena_chunk){arena->chunks, 0, room};
    arena->chunks = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->chunks;
    void *start;

    if (size > arena->budget + CHUNK_SIZE) {
        arena->exhausted = true;
        return NULL;
    }
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (chunk == NULL || chunk->size - chunk->used < size)
        chunk = add_chunk(arena, size);
    if (chunk == NULL)
        return NULL;
    start = chunk->bytes + chunk->used;
    chunk->used += size;
    memset(start, 0, size);
    return start;
}

void *arena_take(struct arena *arena)
{
    return TAKE_PTR(arena->chunks);
}

void arena_free_chunks(void *chunks)
{
    struct arena_chunk *chunk = chunks;

    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

void arena_fini(struct arena *arena)
{
    arena_free_chunks(arena_take(arena));
}
