#include "agent/observe/drops/drop_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/bpf/bpf_call.h"
#include "agent/bpf/handover.h"
#include "agent/bpf/ring.h"
#include "agent/keeper/handoff.h"
#include "common/base/clean.h"
#include "common/base/err.h"

#define MAX_READS 256 /* records at one go */

struct drop_source
{
    uint32_t slot;
    int fds[HANDOVER_COUNT];
    struct ring *ring;
};

struct reading
{
    drop_source_fn fn;
    void *data;
};

/* Whoever starts a worker without the keeper may have anything there. */
static bool is_channel(int fd)
{
    socklen_t size = sizeof(int);
    int domain;
    int type;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           domain == AF_UNIX &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

static int take(struct drop_source *source, struct err *err)
{
    struct handover handover;
    int status;

    if (!is_channel(HANDOFF_DROPS))
        return err_set(err, -ENOTCONN,
                       "the keeper handed nothing over to watch drops with");
    /* It stays open, so that nothing else comes to stand under its number. */
    fcntl(HANDOFF_DROPS, F_SETFD, FD_CLOEXEC);
    status = handover_receive(HANDOFF_DROPS, &handover, source->fds);
    if (status < 0)
        return err_set(err, status, "the keeper's handover is malformed");
    if (handover.status < 0)
        return err_set(err, handover.status, "%s", handover.text);
    source->slot = handover.slot;
    return 0;
}

static int watch_for(struct drop_source *source, uint32_t isn_base,
                     struct err *err)
{
    const struct drop_slot slot = {.isn_base = isn_base};
    int fd = ring_fd(source->ring);
    int status = bpf_call_write(source->fds[HANDOVER_RINGS], source->slot, &fd);

    if (status == 0)
        status =
            bpf_call_write(source->fds[HANDOVER_SLOTS], source->slot, &slot);
    if (status < 0)
        return err_set(err, status, "cannot tell the program what to watch: %s",
                       strerror(-status));
    return 0;
}

int drop_source_open(struct drop_source **out, uint32_t isn_base,
                     struct err *err)
{
    struct drop_source *source = calloc(1, sizeof(*source));
    int status;

    if (source == NULL)
        return err_set(err, -ENOMEM, "drop events: out of memory");
    status = take(source, err);
    if (status < 0) {
        free(source);
        return status;
    }
    status = ring_open(&source->ring, DROP_RING_SIZE, err);
    if (status == 0)
        status = watch_for(source, isn_base, err);
    if (status < 0) {
        drop_source_close(source);
        return status;
    }
    *out = source;
    return 0;
}

bool drop_source_close(struct drop_source *source)
{
    static const struct drop_slot nobody;
    int slot_status =
        bpf_call_write(source->fds[HANDOVER_SLOTS], source->slot, &nobody);
    int ring_status =
        bpf_call_delete(source->fds[HANDOVER_RINGS], source->slot);

    for (size_t i = 0; i < HANDOVER_COUNT; i++)
        close(source->fds[i]);
    ring_close(source->ring);
    free(source);
    return slot_status == 0 && (ring_status == 0 || ring_status == -ENOENT);
}

int drop_source_fd(const struct drop_source *source)
{
    return ring_fd(source->ring);
}

static void read_record(void *data, const void *bytes, size_t size)
{
    const struct reading *reading = data;
    struct drop_record record;

    if (size < sizeof(record))
        return;
    memcpy(&record, bytes, sizeof(record));
    record.device[sizeof(record.device) - 1] = '\0';
    record.frames[sizeof(record.frames) - 1] = '\0';
    reading->fn(reading->data, &record);
}

void drop_source_read(struct drop_source *source, drop_source_fn fn, void *data)
{
    struct reading reading = {.fn = fn, .data = data};

    ring_read(source->ring, MAX_READS, read_record, &reading);
}

uint32_t drop_source_lost(const struct drop_source *source)
{
    struct drop_slot slot = {0};

    bpf_call_read(source->fds[HANDOVER_SLOTS], source->slot, &slot);
    return slot.lost;
}

const char *drop_source_reason(const struct drop_source *source,
                               uint32_t reason,
                               char buffer[static DROP_REASON_SIZE])
{
    int status = bpf_call_read(source->fds[HANDOVER_REASONS], reason, buffer);

    buffer[DROP_REASON_SIZE - 1] = '\0';
    if (status < 0 || buffer[0] == '\0')
        snprintf(buffer, DROP_REASON_SIZE, "%u", reason);
    return buffer;
}
