#include "agent/observe/routing/neighbour_ask.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/base/address.h"
#include "common/base/clean.h"
#include "common/segment/internet_sum.h"

#define LINK_SIZE          6
#define IPV6_HEADER_SIZE   40
#define SOLICITATION_SIZE  24
#define SOLICITATION_HOPS  255
#define SOLICITATION_GROUP "\xff\x02\0\0\0\0\0\0\0\0\0\x01\xff" /* RFC 4291 */
#define GROUP_PREFIX_SIZE  13

static size_t build_request(const struct address *target, const uint8_t *link,
                            uint8_t *out)
{
    static const uint8_t head[] = {
        0, ARPHRD_ETHER, ETHERTYPE_IP >> 8, ETHERTYPE_IP & 0xff, LINK_SIZE, 4,
        0, ARPOP_REQUEST};
    uint8_t *at = out;

    memcpy(at, head, sizeof(head));
    memcpy(at += sizeof(head), link, LINK_SIZE);
    memset(at += LINK_SIZE, 0, 4 + LINK_SIZE); /* from nobody, to whom? */
    memcpy(at += 4 + LINK_SIZE, target->bytes, 4);
    return (size_t)(at + 4 - out);
}

static void multicast_group(const struct address *target, uint8_t out[16])
{
    memcpy(out, SOLICITATION_GROUP, GROUP_PREFIX_SIZE);
    memcpy(out + GROUP_PREFIX_SIZE, target->bytes + GROUP_PREFIX_SIZE, 3);
}

/* Over the addresses, the length, the protocol and the message (RFC 8200). */
static uint16_t checksum(const uint8_t *packet)
{
    uint32_t sum =
        internet_sum_add(SOLICITATION_SIZE + IPPROTO_ICMPV6, packet + 8,
                         IPV6_HEADER_SIZE - 8 + SOLICITATION_SIZE);

    return htons((uint16_t)~internet_sum_fold(sum));
}

static size_t build_solicitation(const struct address *target, uint8_t *out)
{
    uint8_t *message = out + IPV6_HEADER_SIZE;
    uint16_t sum;

    memset(out, 0, IPV6_HEADER_SIZE + SOLICITATION_SIZE);
    out[0] = 6 << 4;
    out[5] = SOLICITATION_SIZE;
    out[6] = IPPROTO_ICMPV6;
    out[7] = SOLICITATION_HOPS;
    multicast_group(target, out + 24);
    message[0] = ND_NEIGHBOR_SOLICIT;
    memcpy(message + 8, target->bytes, 16);
    sum = checksum(out);
    memcpy(message + 2, &sum, sizeof(sum));
    return IPV6_HEADER_SIZE + SOLICITATION_SIZE;
}

size_t neighbour_question_build(const struct address *target,
                                const uint8_t own_link[static 6],
                                uint8_t out[static NEIGHBOUR_QUESTION_SIZE])
{
    return target->family == 6 ? build_solicitation(target, out)
                               : build_request(target, own_link, out);
}

/* To everybody on the link, or to the group that the target belongs to. */
static struct sockaddr_ll question_address(const struct address *target,
                                           unsigned index)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_ifindex = (int)index,
                             .sll_halen = LINK_SIZE};

    if (target->family == 6) {
        to.sll_protocol = htons(ETHERTYPE_IPV6);
        memcpy(to.sll_addr, "\x33\x33\xff", 3);
        memcpy(to.sll_addr + 3, target->bytes + GROUP_PREFIX_SIZE, 3);
    } else {
        to.sll_protocol = htons(ETHERTYPE_ARP);
        memset(to.sll_addr, 0xff, LINK_SIZE);
    }
    return to;
}

static int read_own_link(int fd, const char *interface, uint8_t *link)
{
    struct ifreq request = {0};

    strncpy(request.ifr_name, interface, sizeof(request.ifr_name) - 1);
    if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
        return -errno;
    if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return -EPROTONOSUPPORT;
    memcpy(link, request.ifr_hwaddr.sa_data, LINK_SIZE);
    return 0;
}

int neighbour_ask(const struct address *target, const char *interface,
                  unsigned index)
{
    struct sockaddr_ll to = question_address(target, index);
    uint8_t packet[NEIGHBOUR_QUESTION_SIZE];
    uint8_t link[LINK_SIZE];
    CLEAN_FD int fd = -1;
    size_t size;
    int status;

    fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* receives nothing */
    if (fd < 0)
        return -errno;
    status = read_own_link(fd, interface, link);
    if (status < 0)
        return status;
    size = neighbour_question_build(target, link, packet);
    if (sendto(fd, packet, size, MSG_DONTWAIT, (struct sockaddr *)&to,
               sizeof(to)) < 0)
        return -errno;
    return 0;
}
