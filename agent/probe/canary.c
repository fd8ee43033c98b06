#include "agent/probe/canary.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include "agent/probe/tcp_packet.h"
#include "common/base/clean.h"
#include "common/segment/internet_sum.h"
#include "common/segment/segment.h"

#define IPV4_SIZE 20

static void build(const struct tcp_packet *packet,
                  uint8_t out[static IPV4_SIZE + TCP_PACKET_SIZE])
{
    struct iphdr ip = {.version = 4,
                       .ihl = IPV4_SIZE / 4,
                       .tot_len = htons(IPV4_SIZE + TCP_PACKET_SIZE),
                       .ttl = 64,
                       .protocol = IPPROTO_TCP};

    memcpy(&ip.saddr, packet->source.bytes, sizeof(ip.saddr));
    memcpy(&ip.daddr, packet->destination.bytes, sizeof(ip.daddr));
    ip.check = htons(
        (uint16_t)~internet_sum_fold(internet_sum_add(0, &ip, IPV4_SIZE)));
    memcpy(out, &ip, sizeof(ip));
    tcp_packet_build(packet, out + IPV4_SIZE);
}

/* Straight to the device: a rule, a full table of connections or the routing
 * (which may not even lead to loopback) lets nothing out, and those are not what
 * the canary is to try. */
static int send_below(const struct tcp_packet *packet)
{
    uint8_t data[IPV4_SIZE + TCP_PACKET_SIZE];
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_IP),
                             .sll_ifindex = (int)if_nametoindex("lo"),
                             .sll_halen = ETH_ALEN};
    CLEAN_FD int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || to.sll_ifindex == 0)
        return -errno;
    build(packet, data);
    if (sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)) <
        0)
        return -errno;
    return 0;
}

int canary_send(const struct order *order)
{
    struct tcp_packet packet = {.source_port = CANARY_PORT,
                                .destination_port = CANARY_PORT,
                                .sequence = order_isn(order, 0),
                                .flags = SEGMENT_RST};
    CLEAN_FD int fd = -1;
    int status;

    address_parse("127.0.0.1", &packet.source);
    packet.destination = packet.source;
    fd = tcp_packet_open(&packet.source, "");
    status = fd < 0 ? fd : tcp_packet_send(fd, &packet, 0);
    return status < 0 ? send_below(&packet) : 0;
}
