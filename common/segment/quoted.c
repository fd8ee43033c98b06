/* ICMP: errors that quote a TCP packet, and neighbour discovery. */
#include <errno.h>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "common/segment/reader.h"

#define ICMP_HEADER_SIZE  8
#define NEIGHBOUR_ND_SIZE 24 /* a neighbour message up to its target's end */

static bool is_error(uint8_t protocol, uint8_t type)
{
    if (protocol == IPPROTO_ICMPV6)
        return type >= ICMP6_DST_UNREACH && type <= ICMP6_PARAM_PROB;
    return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
           type == ICMP_PARAMETERPROB;
}

static int read_quote(const struct reader *icmp, struct segment *out)
{
    struct reader inner = reader_after(icmp, ICMP_HEADER_SIZE);
    struct ip_header ip;
    int status = read_ip(&inner, &ip);

    if (status < 0)
        return status;
    if (ip.protocol != IPPROTO_TCP)
        return -EPROTONOSUPPORT;
    out->kind = SEGMENT_ICMP_ERROR;
    out->icmp_type = icmp->data[0];
    out->icmp_code = icmp->data[1];
    out->quoted_source = ip.source;
    out->quoted_destination = ip.destination;
    return read_tcp(&inner, &ip, &out->tcp);
}

static int read_neighbour(const struct reader *icmp, struct segment *out)
{
    if (!reader_has(icmp, NEIGHBOUR_ND_SIZE))
        return -EBADMSG;
    out->kind = SEGMENT_NEIGHBOUR;
    out->is_answer = icmp->data[0] == ND_NEIGHBOR_ADVERT;
    out->target = address_from_bytes(icmp->data + 8, 16);
    return 0;
}

int read_icmp(const struct reader *reader, const struct ip_header *ip,
              struct segment *out)
{
    uint8_t type;

    if (!reader_has(reader, ICMP_HEADER_SIZE))
        return -EBADMSG;
    type = reader->data[0];
    if (is_error(ip->protocol, type))
        return read_quote(reader, out);
    if (ip->protocol == IPPROTO_ICMPV6 &&
        (type == ND_NEIGHBOR_SOLICIT || type == ND_NEIGHBOR_ADVERT))
        return read_neighbour(reader, out);
    return -EPROTONOSUPPORT;
}
