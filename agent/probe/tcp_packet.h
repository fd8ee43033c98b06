/* A TCP header of our own, for raw sockets. */
#ifndef PROBE_TCP_PACKET_H
#define PROBE_TCP_PACKET_H

#include <stdint.h>

#include "common/base/address.h"

#define TCP_PACKET_SIZE        24 /* the header and one option, MSS or none */
#define TCP_PACKET_MAX_OPTIONS 40
#define TCP_PACKET_MAX_SIZE    (20 + TCP_PACKET_MAX_OPTIONS)

struct tcp_packet
{
    struct address source;
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t sequence;
    uint32_t acknowledge;
    uint8_t flags; /* enum segment_flag */
    /* Whole words of them, or none: then a SYN tells a small MSS. */
    uint8_t options[TCP_PACKET_MAX_OPTIONS];
    size_t options_size;
};

/* Writes the segment with its checksum over the pseudo header, and returns its
 * size: without options of its own TCP_PACKET_SIZE, else at most
 * TCP_PACKET_MAX_SIZE, for which out must have room. */
size_t tcp_packet_build(const struct tcp_packet *packet,
                        uint8_t out[static TCP_PACKET_SIZE]);

/* Opens a raw socket for such segments, bound to the source address, and to the
 * device if that is not empty, whose received packets are thrown away by the
 * kernel.  The descriptor or -errno. */
int tcp_packet_open(const struct address *source, const char *device);

/* Sends one; ttl 0 means the system's own.  0 or -errno. */
int tcp_packet_send(int fd, const struct tcp_packet *packet, unsigned ttl);

#endif
