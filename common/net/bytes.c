#include "common/net/bytes.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t bytes_size(const struct bytes *bytes)
{
    return bytes->end - bytes->start;
}

const uint8_t *bytes_data(const struct bytes *bytes)
{
    return bytes->data + bytes->start;
}

uint8_t *bytes_reserve(struct bytes *bytes, size_t size)
{
    size_t used = bytes_size(bytes);
    size_t capacity = bytes->capacity;
    uint8_t *data;

    if (bytes->capacity - bytes->end >= size && bytes->data != NULL)
        return bytes->data + bytes->end;
    while (capacity < used + size)
        capacity = capacity == 0 ? size : capacity * 2;
    data = malloc(capacity);
    if (data == NULL)
        return NULL;
    if (used > 0)
        memcpy(data, bytes->data + bytes->start, used);
    free(bytes->data);
    *bytes = (struct bytes){.data = data, .end = used, .capacity = capacity};
    return data + used;
}

void bytes_commit(struct bytes *bytes, size_t size)
{
    assert(size <= bytes->capacity - bytes->end);
    bytes->end += size;
}

int bytes_append(struct bytes *bytes, const void *data, size_t size)
{
    uint8_t *room;

    if (size == 0)
        return 0;
    room = bytes_reserve(bytes, size);
    if (room == NULL)
        return -ENOMEM;
    memcpy(room, data, size);
    bytes_commit(bytes, size);
    return 0;
}

void bytes_drop(struct bytes *bytes, size_t size)
{
    assert(size <= bytes_size(bytes));
    bytes->start += size;
    if (bytes->start == bytes->end)
        bytes_fini(bytes);
}

void bytes_fini(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}
