/* Frames out of a hostile stream, cut in a way that the input decides: byte 0
 * is the longest piece that is put in at once, the rest is the stream. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/net/frame.h"

#define MAX_FRAME 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every byte of a frame is read, so that a sanitizer sees a wrong length; the
 * empty asm keeps the compiler from leaving it out. */
static void read_all(const uint8_t *bytes, size_t size)
{
    unsigned sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    __asm__ volatile("" : : "r"(sum));
}

/* Tells the reader of size new bytes and takes the frame that they complete. */
static int put(struct frame_reader *reader, size_t size)
{
    const uint8_t *frame;
    size_t frame_size;
    int status = frame_reader_put(reader, size, NULL);

    if (status != 1)
        return status;
    frame = frame_reader_frame(reader, &frame_size);
    if (frame_size == 0 || frame_size > MAX_FRAME)
        abort();
    read_all(frame, frame_size);
    frame_reader_release(reader);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_reader reader;
    size_t piece;
    int status = 0;

    if (size == 0)
        return 0;
    piece = data[0] == 0 ? 1 : data[0];
    data++;
    size--;
    frame_reader_init(&reader, MAX_FRAME);
    while (size > 0 && status == 0) {
        uint8_t *room;
        size_t want;

        frame_reader_want(&reader, &room, &want);
        if (want == 0)
            abort();
        if (want > piece)
            want = piece;
        if (want > size)
            want = size;
        memcpy(room, data, want);
        data += want;
        size -= want;
        status = put(&reader, want);
    }
    frame_reader_fini(&reader);
    return 0;
}
