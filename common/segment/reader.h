/* Reading octets in network order with the end in sight.  Private to segment.
 */
#ifndef SEGMENT_READER_H
#define SEGMENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/segment/segment.h"

struct reader
{
    const uint8_t *data;
    size_t size; /* octets that are there */
};

static inline bool reader_has(const struct reader *reader, size_t size)
{
    return reader->size >= size;
}

/* The caller has made sure with reader_has() that they are there. */
static inline uint16_t read_u16(const struct reader *reader, size_t at)
{
    return (uint16_t)(reader->data[at] << 8 | reader->data[at + 1]);
}

static inline uint32_t read_u32(const struct reader *reader, size_t at)
{
    return (uint32_t)read_u16(reader, at) << 16 | read_u16(reader, at + 2);
}

/* What lies behind the first size octets; nothing if there are not as many. */
static inline struct reader reader_after(const struct reader *reader,
                                         size_t size)
{
    if (reader->size < size)
        return (struct reader){reader->data + reader->size, 0};
    return (struct reader){reader->data + size, reader->size - size};
}

/* One IP header, with IPv6 extension headers, up to the upper layer. */
struct ip_header
{
    struct address source;
    struct address destination;
    uint8_t ttl;
    uint8_t class;    /* traffic class: DSCP and ECN */
    uint8_t protocol; /* of the upper layer */
    uint16_t length;  /* of the whole packet */
    uint16_t payload; /* of the upper layer, as the headers say */
};

/* Reads it and moves the reader behind it.  -EBADMSG; -EPROTONOSUPPORT for a
 * fragment that does not begin the packet. */
int read_ip(struct reader *reader, struct ip_header *out);

/* Reads a TCP header: at least the first 8 octets, as an ICMP quote has. */
int read_tcp(const struct reader *reader, const struct ip_header *ip,
             struct segment_tcp *out);

/* Is the TCP checksum right?  Unknown unless the packet is there as a whole. */
enum segment_checksum read_checksum(const struct reader *reader,
                                    const struct ip_header *ip);

/* Reads the options of a header whose first 20 octets are there. */
void read_options(const struct reader *reader, struct segment_tcp *out);

/* Reads an ICMP or ICMPv6 message that is an error quoting TCP, an echo or one of
 * neighbour discovery. */
int read_icmp(const struct reader *reader, const struct ip_header *ip,
              struct segment *out);

#endif
