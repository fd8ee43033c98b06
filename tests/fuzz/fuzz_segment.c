/* Any frame: the first octet picks the parser, the rest is the frame. */
#include <assert.h>
#include <string.h>

#include "common/segment/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(uint8_t which, const uint8_t *frame, size_t size,
                 struct segment *out)
{
    switch (which % 3) {
    case 0: return segment_parse_sll2(frame, size, out);
    case 1: return segment_parse_ethernet(frame, size, out);
    default: return segment_parse_ip(frame, size, out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char flags[SEGMENT_FLAGS_TEXT_SIZE];
    struct segment segment;

    if (size < 1 || parse(data[0], data + 1, size - 1, &segment) < 0)
        return 0;
    assert(segment.link_size <= sizeof(segment.link));
    assert(strlen(segment_print_flags(segment.tcp.flags, flags)) <= 8);
    switch (segment.kind) {
    case SEGMENT_TCP:
        assert(segment.tcp.complete);
        assert(segment.source.family == segment.destination.family);
        break;
    case SEGMENT_ICMP_ERROR:
        assert(address_is_set(&segment.quoted_source));
        assert(address_is_set(&segment.quoted_destination));
        break;
    case SEGMENT_UDP:
    case SEGMENT_ECHO:
        assert(segment.source.family == segment.destination.family);
        break;
    case SEGMENT_NEIGHBOUR: assert(address_is_set(&segment.target)); break;
    }
    return 0;
}
