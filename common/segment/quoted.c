/* ICMP: errors that quote a TCP packet, echoes, and neighbour discovery. */
#include <errno.h>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "common/segment/internet_sum.h"
#include "common/segment/reader.h"

#define ICMP_HEADER_SIZE 8
#define OLD_QUOTE_SIZE   128 /* where extensions begin at the earliest */

/* Extensions of an error: RFC 4884, and 4950 for the labels. */
#define EXTENSION_HEADER_SIZE 4
#define EXTENSION_VERSION     2
#define OBJECT_HEADER_SIZE    4
#define OBJECT_MPLS           1
#define OBJECT_STACK          1
#define LABEL_SIZE            4

#define NEIGHBOUR_ND_SIZE 24 /* a neighbour message up to its target's end */

static bool is_error(uint8_t protocol, uint8_t type)
{
    if (protocol == IPPROTO_ICMPV6)
        return type >= ICMP6_DST_UNREACH && type <= ICMP6_PARAM_PROB;
    return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
           type == ICMP_PARAMETERPROB;
}

/* Where the extensions of an error begin, behind its own header; 0: it has none.
 * Its length field says how long the quote is (RFC 4884); routers that are older
 * than that put them behind 128 octets. */
static size_t extensions_at(const struct reader *icmp, uint8_t protocol)
{
    size_t length =
        protocol == IPPROTO_ICMPV6 ? icmp->data[4] * 8u : icmp->data[5] * 4u;

    if (icmp->data[0] == ICMP_PARAMETERPROB && protocol == IPPROTO_ICMP)
        return 0; /* its pointer stands where others have no meaning */
    if (length == 0)
        length = OLD_QUOTE_SIZE;
    return length < OLD_QUOTE_SIZE ? 0 : ICMP_HEADER_SIZE + length;
}

/* Over an even number of octets. */
static bool is_checksum_right(const struct reader *reader)
{
    size_t size = reader->size / 2 * 2;

    return internet_sum_fold(internet_sum_add(0, reader->data, size)) ==
           UINT16_MAX;
}

static void read_stack(const struct reader *object, size_t size,
                       struct segment_labels *out)
{
    for (size_t at = OBJECT_HEADER_SIZE;
         at + LABEL_SIZE <= size && out->count < SEGMENT_MAX_LABELS;
         at += LABEL_SIZE)
        out->list[out->count++] = read_u32(object, at);
}

/* What a short capture cuts off is left out.  Without its length field only the
 * checksum tells that there are any. */
static void read_labels(const struct reader *icmp, size_t icmp_size,
                        uint8_t protocol, struct segment_labels *out)
{
    size_t at = extensions_at(icmp, protocol);
    struct reader reader = reader_after(icmp, at);

    if (at == 0 || !reader_has(&reader, EXTENSION_HEADER_SIZE) ||
        reader.data[0] >> 4 != EXTENSION_VERSION)
        return;
    /* A checksum of 0 was not made.  What is cut cannot be checked. */
    if (read_u16(&reader, 2) != 0 && icmp->size == icmp_size &&
        !is_checksum_right(&reader))
        return;
    reader = reader_after(&reader, EXTENSION_HEADER_SIZE);
    while (reader_has(&reader, OBJECT_HEADER_SIZE)) {
        size_t size = read_u16(&reader, 0);

        if (size < OBJECT_HEADER_SIZE)
            return;
        if (reader.data[2] == OBJECT_MPLS && reader.data[3] == OBJECT_STACK)
            read_stack(&reader, size < reader.size ? size : reader.size, out);
        reader = reader_after(&reader, size);
    }
}

static int read_quote(const struct reader *icmp, const struct ip_header *outer,
                      struct segment *out)
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
    read_labels(icmp, outer->payload, outer->protocol, &out->labels);
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

static bool is_echo(uint8_t protocol, uint8_t type, bool *is_answer)
{
    bool v6 = protocol == IPPROTO_ICMPV6;

    *is_answer = type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY);
    return *is_answer || type == (v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
}

static int read_echo(const struct reader *icmp, struct segment *out)
{
    if (!reader_has(icmp, ICMP_HEADER_SIZE + sizeof(out->number)))
        return -EBADMSG;
    out->kind = SEGMENT_ECHO;
    out->number = read_u32(icmp, ICMP_HEADER_SIZE);
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
        return read_quote(reader, ip, out);
    if (is_echo(ip->protocol, type, &out->is_answer))
        return read_echo(reader, out);
    if (ip->protocol == IPPROTO_ICMPV6 &&
        (type == ND_NEIGHBOR_SOLICIT || type == ND_NEIGHBOR_ADVERT))
        return read_neighbour(reader, out);
    return -EPROTONOSUPPORT;
}
