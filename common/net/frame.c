#include "common/net/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"

void frame_reader_init(struct frame_reader *reader, size_t max)
{
    *reader = (struct frame_reader){.max = max};
}

void frame_reader_fini(struct frame_reader *reader)
{
    free(reader->body);
    reader->body = NULL;
}

void frame_reader_want(struct frame_reader *reader, uint8_t **room,
                       size_t *size)
{
    if (reader->used < FRAME_HEAD_SIZE) {
        *room = reader->head + reader->used;
        *size = FRAME_HEAD_SIZE - reader->used;
        return;
    }
    assert(reader->body != NULL);
    *room = reader->body + (reader->used - FRAME_HEAD_SIZE);
    *size = reader->size - (reader->used - FRAME_HEAD_SIZE);
    assert(*size > 0);
}

/* The head is whole: the length is the peer's word, so it is checked before it
 * is believed. */
static int begin_body(struct frame_reader *reader, struct err *err)
{
    const uint8_t *head = reader->head;
    uint32_t size = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
                    (uint32_t)head[2] << 8 | head[3];

    if (size > reader->max)
        return err_set(err, -EMSGSIZE,
                       "the peer announced a frame of %u bytes, %zu are "
                       "allowed",
                       size, reader->max);
    if (size == 0)
        return err_set(err, -EBADMSG, "the peer sent an empty frame");
    reader->body = malloc(size);
    if (reader->body == NULL)
        return err_set(err, -ENOMEM, "no memory for a frame of %u bytes", size);
    reader->size = size;
    return 0;
}

int frame_reader_put(struct frame_reader *reader, size_t size, struct err *err)
{
    int status;

    reader->used += size;
    if (reader->used < FRAME_HEAD_SIZE)
        return 0;
    if (reader->body == NULL) {
        assert(reader->used == FRAME_HEAD_SIZE);
        status = begin_body(reader, err);
        if (status < 0)
            return status;
    }
    assert(reader->used <= FRAME_HEAD_SIZE + reader->size);
    return reader->used == FRAME_HEAD_SIZE + reader->size;
}

const uint8_t *frame_reader_frame(const struct frame_reader *reader,
                                  size_t *size)
{
    *size = reader->size;
    return reader->body;
}

void frame_reader_release(struct frame_reader *reader)
{
    frame_reader_fini(reader);
    reader->used = 0;
    reader->size = 0;
}

void frame_write_head(uint8_t head[static FRAME_HEAD_SIZE], uint32_t size)
{
    head[0] = (uint8_t)(size >> 24);
    head[1] = (uint8_t)(size >> 16);
    head[2] = (uint8_t)(size >> 8);
    head[3] = (uint8_t)size;
}
