/* TCP's checksum, of frames that were captured whole. */
#include "common/segment/internet_sum.h"
#include "common/segment/reader.h"

#define TCP_HEADER_SIZE 20
#define PROTOCOL_TCP    6

/* RFC 9293, 3.1: over the header, the data and a pseudo header. */
static bool is_right(const uint8_t *tcp, size_t size,
                     const struct ip_header *ip)
{
    size_t octets = ip->source.family == 6 ? 16 : 4;
    uint32_t sum = PROTOCOL_TCP + (uint32_t)size;

    sum = internet_sum_add(sum, ip->source.bytes, octets);
    sum = internet_sum_add(sum, ip->destination.bytes, octets);
    sum = internet_sum_add(sum, tcp, size);
    return internet_sum_fold(sum) == UINT16_MAX;
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
