/* A queue of bytes that grows: appended at the end, taken from the front.  An
 * empty one holds no memory, so that idle connections cost nothing here. */
#ifndef NET_BYTES_H
#define NET_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes
{
    uint8_t *data;
    size_t start; /* first byte not yet taken */
    size_t end;   /* past the last one */
    size_t capacity;
};

size_t bytes_size(const struct bytes *bytes);
const uint8_t *bytes_data(const struct bytes *bytes);

/* Room for size more bytes at the end; NULL when out of memory.  What is put
 * there counts after bytes_commit(). */
uint8_t *bytes_reserve(struct bytes *bytes, size_t size);
void bytes_commit(struct bytes *bytes, size_t size);

/* -ENOMEM leaves it as it was. */
int bytes_append(struct bytes *bytes, const void *data, size_t size);

/* Takes from the front; frees the memory once nothing is left. */
void bytes_drop(struct bytes *bytes, size_t size);
void bytes_fini(struct bytes *bytes);

#endif
