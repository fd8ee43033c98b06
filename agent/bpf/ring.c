#include "agent/bpf/ring.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include <sys/mman.h>

#include "agent/bpf/bpf_call.h"
#include "common/base/clean.h"
#include "common/base/err.h"

/* As the kernel lays it out: a page with how far we have read, a page with how
 * far it has written, then the data, mapped twice in a row so that no record
 * is ever broken. */
struct ring
{
    int fd;
    size_t page, size;
    unsigned long *read_to; /* ours to write */
    uint8_t *written;       /* a page, and the data behind it */
};

static void *map(int fd, size_t size, int protection, size_t offset)
{
    void *memory = mmap(NULL, size, protection, MAP_SHARED, fd, (off_t)offset);

    return memory == MAP_FAILED ? NULL : memory;
}

int ring_open(struct ring **out, size_t size, struct err *err)
{
    struct ring *ring = calloc(1, sizeof(*ring));
    int status;

    if (ring == NULL)
        return err_set(err, -ENOMEM, "a ring buffer: out of memory");
    ring->page = (size_t)sysconf(_SC_PAGESIZE);
    ring->size = size;
    ring->fd = bpf_call_make_ring((uint32_t)size);
    if (ring->fd >= 0) {
        ring->read_to = map(ring->fd, ring->page, PROT_READ | PROT_WRITE, 0);
        ring->written =
            map(ring->fd, ring->page + 2 * size, PROT_READ, ring->page);
    }
    if (ring->read_to == NULL || ring->written == NULL) {
        status = ring->fd < 0 ? ring->fd : -errno;
        ring_close(ring);
        return err_set(err, status, "cannot make a BPF ring buffer: %s",
                       strerror(-status));
    }
    *out = ring;
    return 0;
}

void ring_close(struct ring *ring)
{
    if (ring == NULL)
        return;
    if (ring->read_to != NULL)
        munmap(ring->read_to, ring->page);
    if (ring->written != NULL)
        munmap(ring->written, ring->page + 2 * ring->size);
    if (ring->fd >= 0)
        close(ring->fd);
    free(ring);
}

int ring_fd(const struct ring *ring)
{
    return ring->fd;
}

void ring_read(struct ring *ring, unsigned max, ring_fn fn, void *data)
{
    const unsigned long *end = (const unsigned long *)(void *)ring->written;
    unsigned long at = __atomic_load_n(ring->read_to, __ATOMIC_RELAXED);

    for (unsigned n = 0; n < max && at < __atomic_load_n(end, __ATOMIC_ACQUIRE);
         n++) {
        const uint8_t *head =
            ring->written + ring->page + (at & (ring->size - 1));
        uint32_t length = __atomic_load_n((const uint32_t *)(const void *)head,
                                          __ATOMIC_ACQUIRE);
        uint32_t size = length & ~(uint32_t)(BPF_RINGBUF_BUSY_BIT |
                                             BPF_RINGBUF_DISCARD_BIT);

        if ((length & BPF_RINGBUF_BUSY_BIT) != 0 || size > ring->size)
            return; /* still being written; its end wakes us again */
        if ((length & BPF_RINGBUF_DISCARD_BIT) == 0)
            fn(data, head + BPF_RINGBUF_HDR_SZ, size);
        at += (size + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
        __atomic_store_n(ring->read_to, at, __ATOMIC_RELEASE);
    }
}
