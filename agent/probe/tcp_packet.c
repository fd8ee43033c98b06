#include "agent/probe/tcp_packet.h"

#include <errno.h>
#include <string.h>

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/clean.h"
#include "common/segment/segment.h"

#define TCP_PACKET_MSS 1220 /* what fits IPv6's least MTU */
#define CHECKSUM_AT    16

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

/* Adds an even number of octets to the one's complement sum (RFC 1071). */
static uint32_t add_octets(uint32_t sum, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)(data[i] << 8 | data[i + 1]);
    return sum;
}

static uint16_t checksum(const struct tcp_packet *packet, const uint8_t *header)
{
    size_t size = address_size(&packet->source);
    uint32_t sum = IPPROTO_TCP + TCP_PACKET_SIZE;

    sum = add_octets(sum, packet->source.bytes, size);
    sum = add_octets(sum, packet->destination.bytes, size);
    sum = add_octets(sum, header, TCP_PACKET_SIZE);
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)~sum;
}

void tcp_packet_build(const struct tcp_packet *packet,
                      uint8_t out[static TCP_PACKET_SIZE])
{
    memset(out, 0, TCP_PACKET_SIZE);
    put_u16(out, packet->source_port);
    put_u16(out + 2, packet->destination_port);
    put_u32(out + 4, packet->sequence);
    put_u32(out + 8, packet->acknowledge);
    out[12] = TCP_PACKET_SIZE / 4 << 4;
    out[13] = packet->flags;
    put_u16(out + 14, UINT16_MAX); /* window */
    if (packet->flags & SEGMENT_SYN) {
        out[20] = 2; /* maximum segment size */
        out[21] = 4;
        put_u16(out + 22, TCP_PACKET_MSS);
    }
    put_u16(out + CHECKSUM_AT, checksum(packet, out));
}

int tcp_packet_open(const struct address *source)
{
    /* A raw socket would get a copy of every TCP packet of the host. */
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    struct sockaddr_storage local;
    size_t size = address_to_sockaddr(source, 0, &local);
    CLEAN_FD int fd =
        socket(address_af(source), SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
               IPPROTO_TCP);

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                   sizeof(program)) < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&local, (socklen_t)size) < 0)
        return -errno;
    return TAKE_FD(fd);
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
    uint8_t data[TCP_PACKET_SIZE];
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(&packet->destination, 0, &remote);
    int status = ttl == 0 ? 0 : set_ttl(fd, &packet->source, (int)ttl);

    if (status < 0)
        return status;
    tcp_packet_build(packet, data);
    if (sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&remote,
               (socklen_t)size) < 0)
        return -errno;
    return 0;
}
