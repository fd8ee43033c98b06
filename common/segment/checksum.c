/* TCP's checksum, of frames that were captured whole. */
#include "common/segment/reader.h"

#define TCP_HEADER_SIZE 20
#define PROTOCOL_TCP    6

static uint32_t add_words(uint32_t sum, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)(data[i] << 8 | data[i + 1]);
    if (size % 2 != 0)
        sum += (uint32_t)data[size - 1] << 8;
    return sum;
}

/* RFC 9293, 3.1: over the header, the data and a pseudo header. */
static bool is_right(const uint8_t *tcp, size_t size,
                     const struct ip_header *ip)
{
    size_t octets = ip->source.family == 6 ? 16 : 4;
    uint32_t sum = PROTOCOL_TCP + (uint32_t)size;

    sum = add_words(sum, ip->source.bytes, octets);
    sum = add_words(sum, ip->destination.bytes, octets);
    sum = add_words(sum, tcp, size);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

enum segment_checksum read_checksum(const struct reader *reader,
                                    const struct ip_header *ip)
{
    if (ip->payload < TCP_HEADER_SIZE || !reader_has(reader, ip->payload) ||
        ip->source.family != ip->destination.family)
        return SEGMENT_CHECKSUM_UNKNOWN;
    return is_right(reader->data, ip->payload, ip) ? SEGMENT_CHECKSUM_RIGHT
                                                   : SEGMENT_CHECKSUM_WRONG;
}
