/* Frames: a 4-byte big-endian length, then that many bytes.  Pure: whoever has
 * bytes puts them where the reader wants them.
 *
 *     frame_reader_want(&reader, &room, &size);   where, and at most how many
 *     ... put n bytes there, 1 <= n <= size ...
 *     status = frame_reader_put(&reader, n);      1: a whole frame is there
 *
 * The reader never asks for bytes beyond the frame's end, so what follows stays
 * with the sender of bytes until it is wanted. */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define FRAME_HEAD_SIZE 4

struct frame_reader
{
    size_t max;  /* largest frame */
    size_t used; /* bytes of head and body that are there */
    size_t size; /* of the body, once the head is there */
    uint8_t head[FRAME_HEAD_SIZE];
    uint8_t *body; /* allocated while a frame is under way */
};

void frame_reader_init(struct frame_reader *reader, size_t max);
void frame_reader_fini(struct frame_reader *reader);

/* Where the next bytes go; size is never 0.  Not after a failure, and not while
 * a whole frame has yet to be released. */
void frame_reader_want(struct frame_reader *reader, uint8_t **room,
                       size_t *size);

/* size bytes were put there.  1: a whole frame, 0: not yet, -EMSGSIZE: longer
 * than max, -EBADMSG: empty, -ENOMEM.  A failure is the stream's end. */
int frame_reader_put(struct frame_reader *reader, size_t size, struct err *err);

/* The whole frame, until frame_reader_release(), which starts the next. */
const uint8_t *frame_reader_frame(const struct frame_reader *reader,
                                  size_t *size);
void frame_reader_release(struct frame_reader *reader);

void frame_write_head(uint8_t head[static FRAME_HEAD_SIZE], uint32_t size);

#endif
