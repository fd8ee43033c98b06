/* The reading end of a BPF ring buffer. */
#ifndef BPF_RING_H
#define BPF_RING_H

#include <stddef.h>

struct err;
struct ring;

/* A record; it is gone when this returns. */
typedef void (*ring_fn)(void *data, const void *record, size_t size);

/* Makes a ring of size bytes, a power of two.  On success *out is the caller's
 * to close; on failure untouched. */
int ring_open(struct ring **out, size_t size, struct err *err);
void ring_close(struct ring *ring); /* NULL is fine */

/* The map: to be put where the program finds it, and readable when there is a
 * record. */
int ring_fd(const struct ring *ring);

/* Calls fn for each record that is complete, max at most. */
void ring_read(struct ring *ring, unsigned max, ring_fn fn, void *data);

#endif
