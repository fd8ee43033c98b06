/* Frames are put together again however the bytes are cut. */
#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "common/net/frame.h"
#include "tests/unit/test.h"

#define MAX 16

struct seen
{
    unsigned count;
    size_t sizes[8];
    uint8_t bytes[8][MAX];
};

/* Pushes bytes through the reader as a connection does. */
static int push(struct frame_reader *reader, const uint8_t *bytes, size_t size,
                struct seen *seen, struct err *err)
{
    while (size > 0) {
        uint8_t *room;
        size_t want;
        int status;

        frame_reader_want(reader, &room, &want);
        assert_true(want > 0);
        if (want > size)
            want = size;
        memcpy(room, bytes, want);
        bytes += want;
        size -= want;
        status = frame_reader_put(reader, want, err);
        if (status < 0)
            return status;
        if (status == 1) {
            size_t got;
            const uint8_t *frame = frame_reader_frame(reader, &got);

            seen->sizes[seen->count] = got;
            memcpy(seen->bytes[seen->count++], frame, got);
            frame_reader_release(reader);
        }
    }
    return 0;
}

static const uint8_t stream[] = {0,   0,   0,   3,   'a', 'b', 'c', 0,
                                 0,   0,   1,   'd', 0,   0,   0,   MAX,
                                 '0', '1', '2', '3', '4', '5', '6', '7',
                                 '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

static void assert_stream(const struct seen *seen)
{
    assert_int_equal(seen->count, 3);
    assert_int_equal(seen->sizes[0], 3);
    assert_memory_equal(seen->bytes[0], "abc", 3);
    assert_int_equal(seen->sizes[1], 1);
    assert_memory_equal(seen->bytes[1], "d", 1);
    assert_int_equal(seen->sizes[2], MAX);
    assert_memory_equal(seen->bytes[2], "0123456789abcdef", MAX);
}

static void every_pair_of_cuts(void **state)
{
    (void)state;
    for (size_t one = 0; one <= sizeof(stream); one++) {
        for (size_t two = one; two <= sizeof(stream); two++) {
            struct frame_reader reader;
            struct seen seen = {0};

            frame_reader_init(&reader, MAX);
            push(&reader, stream, one, &seen, NULL);
            push(&reader, stream + one, two - one, &seen, NULL);
            push(&reader, stream + two, sizeof(stream) - two, &seen, NULL);
            assert_stream(&seen);
            frame_reader_fini(&reader);
        }
    }
}

static void byte_by_byte(void **state)
{
    struct frame_reader reader;
    struct seen seen = {0};

    (void)state;
    frame_reader_init(&reader, MAX);
    for (size_t i = 0; i < sizeof(stream); i++)
        assert_int_equal(push(&reader, stream + i, 1, &seen, NULL), 0);
    assert_stream(&seen);
    frame_reader_fini(&reader);
}

static void assert_head_refused(uint32_t size, int status, const char *words)
{
    struct frame_reader reader;
    struct seen seen = {0};
    struct err err = {0};
    uint8_t head[FRAME_HEAD_SIZE];

    frame_reader_init(&reader, MAX);
    frame_write_head(head, size);
    assert_int_equal(push(&reader, head, sizeof(head), &seen, &err), status);
    assert_null(reader.body); /* nothing was allocated on the peer's word */
    assert_non_null(strstr(err.text, words));
    frame_reader_fini(&reader);
}

static void lengths_out_of_bounds(void **state)
{
    (void)state;
    assert_head_refused(0, -EBADMSG, "empty");
    assert_head_refused(MAX + 1, -EMSGSIZE, "17 bytes, 16 are allowed");
    assert_head_refused(0x01000003, -EMSGSIZE, "16777219");
    assert_head_refused(UINT32_MAX, -EMSGSIZE, "4294967295");
}

static void half_a_frame_leaks_nothing(void **state)
{
    struct frame_reader reader;
    struct seen seen = {0};

    (void)state;
    frame_reader_init(&reader, MAX);
    assert_int_equal(push(&reader, stream, 6, &seen, NULL), 0);
    assert_int_equal(seen.count, 0);
    frame_reader_fini(&reader);
    frame_reader_fini(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_cuts),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(lengths_out_of_bounds),
        cmocka_unit_test(half_a_frame_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
