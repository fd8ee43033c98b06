#include "agent/probe/echo_packet.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include "agent/probe/raw_socket.h"
#include "common/segment/internet_sum.h"

struct echo
{
    uint8_t type;
    uint8_t code;
    uint16_t checksum; /* of ICMPv6 the kernel fills it in */
    uint16_t identifier;
    uint16_t sequence;
    uint32_t number;
    uint32_t padding;
};

int echo_packet_open(const struct address *source, const char *device)
{
    return raw_socket_open(
        source, source->family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, device);
}

int echo_packet_send(int fd, const struct address *destination, uint32_t number,
                     uint16_t sequence)
{
    bool v6 = destination->family == 6;
    struct echo echo = {.type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
                        .identifier = htons((uint16_t)number),
                        .sequence = htons(sequence),
                        .number = htonl(number)};
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(destination, 0, &remote);

    if (!v6)
        echo.checksum = htons((uint16_t)~internet_sum_fold(
            internet_sum_add(0, &echo, sizeof(echo))));
    if (sendto(fd, &echo, sizeof(echo), 0, (struct sockaddr *)&remote,
               (socklen_t)size) < 0)
        return -errno;
    return 0;
}
