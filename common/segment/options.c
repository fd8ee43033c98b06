/* TCP's options, of headers that were captured whole. */
#include "common/segment/reader.h"

#define TCP_HEADER_SIZE 20

/* RFC 9293, 7323 and 2018: kinds, and their sizes with kind and size. */
#define OPTION_END       0
#define OPTION_NOTHING   1
#define OPTION_MSS       2
#define MSS_SIZE         4
#define OPTION_SCALE     3
#define SCALE_SIZE       3
#define OPTION_SACK      4
#define SACK_SIZE        2
#define OPTION_TIMESTAMP 8
#define TIMESTAMP_SIZE   10

/* The option at the reader, of which size octets are there: the first that says
 * it counts. */
static void read_option(const struct reader *reader, size_t size,
                        struct segment_tcp *out)
{
    uint8_t kind = reader->data[0];

    if (kind == OPTION_MSS && size == MSS_SIZE && !out->has_mss) {
        out->has_mss = true;
        out->mss = read_u16(reader, 2);
    } else if (kind == OPTION_SCALE && size == SCALE_SIZE && !out->has_scale) {
        out->has_scale = true;
        out->scale = reader->data[2];
    } else if (kind == OPTION_SACK && size == SACK_SIZE) {
        out->has_sack = true;
    } else if (kind == OPTION_TIMESTAMP && size == TIMESTAMP_SIZE &&
               !out->has_timestamp) {
        out->has_timestamp = true;
        out->timestamp = read_u32(reader, 2);
    }
}

/* How long it is with kind and size; 0: it lies about that, or was the last. */
static size_t option_size(const struct reader *reader)
{
    if (!reader_has(reader, 1) || reader->data[0] == OPTION_END)
        return 0;
    if (reader->data[0] == OPTION_NOTHING)
        return 1;
    if (!reader_has(reader, 2) || reader->data[1] < 2 ||
        !reader_has(reader, reader->data[1]))
        return 0;
    return reader->data[1];
}

void read_options(const struct reader *reader, struct segment_tcp *out)
{
    size_t end = (size_t)(reader->data[12] >> 4) * 4;
    struct reader options;
    size_t size;

    if (!reader_has(reader, end))
        return;
    options = reader_after(reader, TCP_HEADER_SIZE);
    options.size = end - TCP_HEADER_SIZE;
    out->has_options = true;
    while ((size = option_size(&options)) != 0) {
        read_option(&options, size, out);
        options = reader_after(&options, size);
    }
}
