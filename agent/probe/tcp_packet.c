#include "agent/probe/tcp_packet.h"

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/probe/raw_socket.h"
#include "common/segment/internet_sum.h"
#include "common/segment/segment.h"

#define TCP_PACKET_MSS 1220 /* what fits IPv6's least MTU */
#define CHECKSUM_AT    16
#define HEADER_SIZE    20

static void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, (uint16_t)(value >> 16));
    put_u16(at + 2, (uint16_t)value);
}

static uint16_t checksum(const struct tcp_packet *packet, const uint8_t *header,
                         size_t header_size)
{
    size_t size = address_size(&packet->source);
    uint32_t sum = IPPROTO_TCP + (uint32_t)header_size;

    sum = internet_sum_add(sum, packet->source.bytes, size);
    sum = internet_sum_add(sum, packet->destination.bytes, size);
    sum = internet_sum_add(sum, header, header_size);
    return (uint16_t)~internet_sum_fold(sum);
}

static size_t put_options(const struct tcp_packet *packet, uint8_t *at)
{
    if (packet->options_size > 0) {
        memcpy(at, packet->options, packet->options_size);
        return packet->options_size;
    }
    if (packet->flags & SEGMENT_SYN) {
        at[0] = 2; /* maximum segment size */
        at[1] = 4;
        put_u16(at + 2, TCP_PACKET_MSS);
    }
    return TCP_PACKET_SIZE - HEADER_SIZE;
}

size_t tcp_packet_build(const struct tcp_packet *packet,
                        uint8_t out[static TCP_PACKET_SIZE])
{
    size_t size;

    memset(out, 0, TCP_PACKET_SIZE);
    put_u16(out, packet->source_port);
    put_u16(out + 2, packet->destination_port);
    put_u32(out + 4, packet->sequence);
    put_u32(out + 8, packet->acknowledge);
    size = HEADER_SIZE + put_options(packet, out + HEADER_SIZE);
    out[12] = (uint8_t)(size / 4 << 4);
    out[13] = packet->flags;
    put_u16(out + 14, UINT16_MAX); /* window */
    put_u16(out + CHECKSUM_AT, checksum(packet, out, size));
    return size;
}

int tcp_packet_open(const struct address *source, const char *device)
{
    return raw_socket_open(source, IPPROTO_TCP, device);
}

static int set_ttl(int fd, const struct address *source, int ttl)
{
    int status =
        source->family == 6
            ? setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl))
            : setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));

    return status < 0 ? -errno : 0;
}

int tcp_packet_send(int fd, const struct tcp_packet *packet, unsigned ttl)
{
    uint8_t data[TCP_PACKET_MAX_SIZE];
    size_t data_size;
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(&packet->destination, 0, &remote);
    int status = ttl == 0 ? 0 : set_ttl(fd, &packet->source, (int)ttl);

    if (status < 0)
        return status;
    data_size = tcp_packet_build(packet, data);
    if (sendto(fd, data, data_size, 0, (struct sockaddr *)&remote,
               (socklen_t)size) < 0)
        return -errno;
    return 0;
}
