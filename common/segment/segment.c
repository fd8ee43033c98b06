#include "common/segment/segment.h"

#include <errno.h>
#include <string.h>

#include <net/ethernet.h>
#include <netinet/in.h>

#include "common/segment/reader.h"

#define IPV4_HEADER_SIZE 20
#define IPV6_HEADER_SIZE 40
#define TCP_QUOTE_SIZE   8 /* ports and sequence number */
#define TCP_HEADER_SIZE  20
#define UDP_HEADER_SIZE  8
#define VLAN_TAG_SIZE    4
#define ARP_SIZE         28 /* for IPv4 over Ethernet */
#define ARP_REQUEST      1
#define ARP_REPLY        2

static int read_ipv4(struct reader *reader, struct ip_header *out)
{
    size_t header;

    if (!reader_has(reader, IPV4_HEADER_SIZE))
        return -EBADMSG;
    header = (size_t)(reader->data[0] & 0xf) * 4;
    if (header < IPV4_HEADER_SIZE || !reader_has(reader, header))
        return -EBADMSG;
    if ((read_u16(reader, 6) & 0x1fff) != 0) /* fragment offset */
        return -EPROTONOSUPPORT;
    out->length = read_u16(reader, 2);
    if (out->length < header)
        return -EBADMSG;
    out->payload = (uint16_t)(out->length - header);
    out->class = reader->data[1];
    out->ttl = reader->data[8];
    out->protocol = reader->data[9];
    out->source = address_from_bytes(reader->data + 12, 4);
    out->destination = address_from_bytes(reader->data + 16, 4);
    *reader = reader_after(reader, header);
    return 0;
}

/* How long the extension header at the reader is; 0 if protocol is none that
 * can be stepped over. */
static size_t extension_size(const struct reader *reader, uint8_t protocol)
{
    switch (protocol) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS: return ((size_t)reader->data[1] + 1) * 8;
    case IPPROTO_FRAGMENT: return 8;
    default: return 0;
    }
}

static int skip_extensions(struct reader *reader, struct ip_header *out)
{
    for (int i = 0; i < SEGMENT_MAX_EXTENSIONS; i++) {
        size_t size =
            reader_has(reader, 2) ? extension_size(reader, out->protocol) : 0;

        if (size == 0)
            return 0;
        if (!reader_has(reader, size) || out->payload < size)
            return -EBADMSG;
        if (out->protocol == IPPROTO_FRAGMENT &&
            (read_u16(reader, 2) & 0xfff8) != 0)
            return -EPROTONOSUPPORT;
        out->protocol = reader->data[0];
        out->payload = (uint16_t)(out->payload - size);
        *reader = reader_after(reader, size);
    }
    return -EPROTONOSUPPORT;
}

static int read_ipv6(struct reader *reader, struct ip_header *out)
{
    unsigned length;

    if (!reader_has(reader, IPV6_HEADER_SIZE))
        return -EBADMSG;
    out->payload = read_u16(reader, 4);
    length = out->payload + IPV6_HEADER_SIZE;
    out->length = (uint16_t)(length > UINT16_MAX ? UINT16_MAX : length);
    out->class = (uint8_t)(read_u16(reader, 0) >> 4);
    out->protocol = reader->data[6];
    out->ttl = reader->data[7];
    out->source = address_from_bytes(reader->data + 8, 16);
    out->destination = address_from_bytes(reader->data + 24, 16);
    *reader = reader_after(reader, IPV6_HEADER_SIZE);
    return skip_extensions(reader, out);
}

int read_ip(struct reader *reader, struct ip_header *out)
{
    if (!reader_has(reader, 1))
        return -EBADMSG;
    switch (reader->data[0] >> 4) {
    case 4: return read_ipv4(reader, out);
    case 6: return read_ipv6(reader, out);
    default: return -EBADMSG;
    }
}

int read_tcp(const struct reader *reader, const struct ip_header *ip,
             struct segment_tcp *out)
{
    size_t header;

    if (!reader_has(reader, TCP_QUOTE_SIZE))
        return -EBADMSG;
    out->source_port = read_u16(reader, 0);
    out->destination_port = read_u16(reader, 2);
    out->sequence = read_u32(reader, 4);
    out->complete = reader_has(reader, TCP_HEADER_SIZE);
    if (!out->complete)
        return 0;
    header = (size_t)(reader->data[12] >> 4) * 4;
    if (header < TCP_HEADER_SIZE)
        return -EBADMSG;
    out->acknowledge = read_u32(reader, 8);
    out->flags = reader->data[13];
    /* Some routers change the length in what they quote. */
    out->payload = (uint16_t)(ip->payload > header ? ip->payload - header : 0);
    return 0;
}

static int read_udp(const struct reader *reader, struct segment *out)
{
    if (!reader_has(reader, UDP_HEADER_SIZE + sizeof(out->number)))
        return -EBADMSG;
    out->kind = SEGMENT_UDP;
    out->tcp.source_port = read_u16(reader, 0);
    out->tcp.destination_port = read_u16(reader, 2);
    out->number = read_u32(reader, UDP_HEADER_SIZE);
    return 0;
}

int segment_parse_ip(const void *packet, size_t size, struct segment *out)
{
    struct reader reader = {packet, size};
    struct ip_header ip;
    int status;

    memset(out, 0, sizeof(*out));
    status = read_ip(&reader, &ip);
    if (status < 0)
        return status;
    out->source = ip.source;
    out->destination = ip.destination;
    out->ttl = ip.ttl;
    out->class = ip.class;
    out->length = ip.length;
    if (ip.protocol == IPPROTO_ICMP || ip.protocol == IPPROTO_ICMPV6)
        return read_icmp(&reader, &ip, out);
    if (ip.protocol == IPPROTO_UDP)
        return read_udp(&reader, out);
    if (ip.protocol != IPPROTO_TCP)
        return -EPROTONOSUPPORT;
    out->kind = SEGMENT_TCP;
    status = read_tcp(&reader, &ip, &out->tcp);
    if (status < 0 || !out->tcp.complete)
        return status < 0 ? status : -EBADMSG;
    out->checksum = read_checksum(&reader, &ip);
    read_options(&reader, &out->tcp);
    return 0;
}

static int parse_arp(const struct reader *reader, struct segment *out)
{
    uint16_t operation;

    memset(out, 0, sizeof(*out));
    if (!reader_has(reader, ARP_SIZE))
        return -EBADMSG;
    if (read_u16(reader, 2) != ETHERTYPE_IP || reader->data[4] != 6 ||
        reader->data[5] != 4)
        return -EPROTONOSUPPORT;
    operation = read_u16(reader, 6);
    if (operation != ARP_REQUEST && operation != ARP_REPLY)
        return -EPROTONOSUPPORT;
    out->kind = SEGMENT_NEIGHBOUR;
    out->is_answer = operation == ARP_REPLY;
    out->source = address_from_bytes(reader->data + 14, 4);
    out->target =
        out->is_answer ? out->source : address_from_bytes(reader->data + 24, 4);
    return 0;
}

/* What follows an Ethernet type: VLAN tags are stepped over. */
static int parse_payload(struct reader reader, uint16_t type,
                         struct segment *out)
{
    for (int i = 0;
         i < SEGMENT_MAX_TAGS && (type == ETHERTYPE_VLAN || type == 0x88a8);
         i++) {
        if (!reader_has(&reader, VLAN_TAG_SIZE))
            return -EBADMSG;
        type = read_u16(&reader, 2);
        reader = reader_after(&reader, VLAN_TAG_SIZE);
    }
    if (type == ETHERTYPE_ARP)
        return parse_arp(&reader, out);
    if (type != ETHERTYPE_IP && type != ETHERTYPE_IPV6)
        return -EPROTONOSUPPORT;
    return segment_parse_ip(reader.data, reader.size, out);
}

int segment_parse_ethernet(const void *frame, size_t size, struct segment *out)
{
    struct reader reader = {frame, size};
    int status;

    if (!reader_has(&reader, ETHER_HDR_LEN))
        return -EBADMSG;
    status = parse_payload(reader_after(&reader, ETHER_HDR_LEN),
                           read_u16(&reader, 12), out);
    out->link_size = ETHER_ADDR_LEN;
    memcpy(out->link, reader.data + ETHER_ADDR_LEN, ETHER_ADDR_LEN);
    return status;
}

int segment_parse_sll2(const void *frame, size_t size, struct segment *out)
{
    struct reader reader = {frame, size};
    int status;

    if (!reader_has(&reader, SEGMENT_SLL2_SIZE))
        return -EBADMSG;
    if (reader.data[10] > SEGMENT_OUTGOING)
        return -EPROTONOSUPPORT;
    status = parse_payload(reader_after(&reader, SEGMENT_SLL2_SIZE),
                           read_u16(&reader, 0), out);
    out->interface = read_u32(&reader, 4);
    out->device_type = read_u16(&reader, 8);
    out->travel = (enum segment_travel)reader.data[10];
    out->link_size = reader.data[11];
    if (out->link_size > sizeof(out->link))
        out->link_size = sizeof(out->link);
    memcpy(out->link, reader.data + 12, sizeof(out->link));
    return status;
}

const char *segment_print_flags(uint8_t flags,
                                char buffer[static SEGMENT_FLAGS_TEXT_SIZE])
{
    static const char letters[] = "FSRPAUEC";
    size_t used = 0;

    for (unsigned i = 0; i < 8; i++)
        if (flags & 1u << i)
            buffer[used++] = letters[i];
    buffer[used] = '\0';
    return buffer;
}
