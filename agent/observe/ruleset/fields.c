#include "agent/observe/ruleset/fields.h"

#include <string.h>

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/icmp6.h>

#define HEADER_SIZE 40
#define IPV6_SIZE   16

static void put_octets(struct field *field, size_t at, const void *octets,
                       size_t size)
{
    memcpy(field->octets + at, octets, size);
    memset(field->known + at, 0xff, size);
}

static void put_octet(struct field *field, size_t at, uint8_t octet)
{
    put_octets(field, at, &octet, 1);
}

static void put_port(struct field *field, size_t at, uint16_t port)
{
    uint16_t turned = htons(port);

    if (port != 0)
        put_octets(field, at, &turned, sizeof(turned));
}

static void put_address(struct field *field, size_t at,
                        const struct address *address)
{
    if (address_is_set(address))
        put_octets(field, at, address->bytes, address_size(address));
}

static unsigned family_of(const struct rule_view *packet)
{
    return address_is_set(&packet->tuple.source)
               ? packet->tuple.source.family
               : packet->tuple.destination.family;
}

static uint8_t protocol_of(const struct rule_view *packet)
{
    return packet->protocol == RULE_NEIGHBOUR ? IPPROTO_ICMPV6 : IPPROTO_TCP;
}

static void write_arp(const struct rule_view *packet, struct field *field)
{
    static const uint8_t beginning[] = {0, ARPHRD_ETHER, 8, 0, 6, 4, 0};

    put_octets(field, 0, beginning, sizeof(beginning));
    put_octet(field, 7, packet->is_answer ? ARPOP_REPLY : ARPOP_REQUEST);
    put_address(field, 14, &packet->tuple.source);
    put_address(field, 24, &packet->tuple.destination);
}

static void write_neighbour(const struct rule_view *packet, struct field *field)
{
    put_octet(field, 0,
              packet->is_answer ? ND_NEIGHBOR_ADVERT : ND_NEIGHBOR_SOLICIT);
    put_octet(field, 1, 0);
    put_address(field, 8, &packet->target);
}

static void write_ip(const struct rule_view *packet, struct field *field)
{
    if (family_of(packet) == 4) {
        put_octet(field, 0, 0x45);
        put_octet(field, 6, 0);
        put_octet(field, 7, 0);
        field->known[6] = 0x3f; /* but for "do not fragment" */
        put_octet(field, 9, IPPROTO_TCP);
        put_address(field, 12, &packet->tuple.source);
        put_address(field, 16, &packet->tuple.destination);
    } else if (family_of(packet) == 6) {
        field->octets[0] = 0x60;
        field->known[0] = 0xf0;
        put_octet(field, 6, protocol_of(packet));
        if (packet->protocol == RULE_NEIGHBOUR)
            put_octet(field, 7, 255); /* the hop limit */
        put_address(field, 8, &packet->tuple.source);
        put_address(field, 24, &packet->tuple.destination);
    }
}

static void write_tcp(const struct rule_view *packet, struct field *field)
{
    put_port(field, 0, packet->tuple.source_port);
    put_port(field, 2, packet->tuple.destination_port);
    if (!packet->flags.is_known)
        return;
    put_octet(field, 13, (uint8_t)packet->flags.value);
    field->known[13] = 0x3f; /* but for those of ECN */
}

static uint16_t ethertype_of(const struct rule_view *packet)
{
    if (packet->protocol == RULE_ARP)
        return htons(ETH_P_ARP);
    return htons(family_of(packet) == 6 ? ETH_P_IPV6 : ETH_P_IP);
}

static void write_ethernet(const struct rule_view *packet, struct field *field)
{
    uint16_t type = ethertype_of(packet);

    if (family_of(packet) != 0)
        put_octets(field, 12, &type, sizeof(type));
}

enum tri field_of_header(const struct rule_view *packet, uint32_t base,
                         uint32_t offset, size_t size, struct field *field)
{
    struct field header;

    field_forget(&header, HEADER_SIZE);
    field_forget(field, size);
    if (packet->protocol == RULE_ARP && base == NFT_PAYLOAD_TRANSPORT_HEADER)
        return TRI_NO; /* it has none */
    if (base == NFT_PAYLOAD_LL_HEADER)
        write_ethernet(packet, &header);
    else if (base == NFT_PAYLOAD_NETWORK_HEADER && packet->protocol == RULE_ARP)
        write_arp(packet, &header);
    else if (base == NFT_PAYLOAD_NETWORK_HEADER)
        write_ip(packet, &header);
    else if (packet->protocol == RULE_NEIGHBOUR)
        write_neighbour(packet, &header);
    else if (base == NFT_PAYLOAD_TRANSPORT_HEADER)
        write_tcp(packet, &header);
    if (offset <= HEADER_SIZE && field->size <= HEADER_SIZE - offset) {
        memcpy(field->octets, header.octets + offset, field->size);
        memcpy(field->known, header.known + offset, field->size);
    }
    return TRI_YES;
}

void field_write_header(struct rule_view *packet, uint32_t base)
{
    if (base == NFT_PAYLOAD_LL_HEADER)
        return;
    rule_view_move_source(packet);
    rule_view_move_destination(packet);
}

static void put_name(struct field *field, const struct rule_device *device)
{
    field_put(field, device->name, IF_NAMESIZE);
    if (!device->is_known)
        field_forget(field, IF_NAMESIZE);
    field->is_not_lo = !device->is_known && device->is_not_lo;
}

static void put_index(struct field *field, const struct rule_device *device)
{
    struct rule_number index = {.is_known = device->is_known};

    if (device->name[0] != '\0')
        index.value = if_nametoindex(device->name);
    field_put_number(field, &index);
    field->is_not_lo = !device->is_known && device->is_not_lo;
}

static void put_hardware(struct field *field, const struct rule_device *device)
{
    uint16_t type = ARPHRD_LOOPBACK;

    field_put(field, &type, sizeof(type));
    if (!device->is_known || strcmp(device->name, "lo") != 0)
        field_forget(field, sizeof(type));
}

static void put_ethertype(struct field *field, const struct rule_view *packet)
{
    uint16_t type = ethertype_of(packet);

    field_put(field, &type, sizeof(type));
    if (family_of(packet) == 0)
        field_forget(field, sizeof(type));
}

static void put_protocol_family(struct field *field, unsigned family)
{
    uint8_t number = family == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

    field_put(field, &number, 1);
    if (family == 0)
        field_forget(field, 1);
}

enum tri field_of_packet(const struct rule_view *packet, uint32_t key,
                         struct field *field)
{
    uint8_t octet = protocol_of(packet);

    if (packet->protocol == RULE_ARP && key == NFT_META_L4PROTO)
        return TRI_NO;
    switch (key) {
    case NFT_META_PROTOCOL: put_ethertype(field, packet); break;
    case NFT_META_NFPROTO: put_protocol_family(field, family_of(packet)); break;
    case NFT_META_L4PROTO: field_put(field, &octet, 1); break;
    case NFT_META_MARK: field_put_number(field, &packet->mark); break;
    case NFT_META_IIF: put_index(field, &packet->in); break;
    case NFT_META_OIF: put_index(field, &packet->out); break;
    case NFT_META_IIFNAME: put_name(field, &packet->in); break;
    case NFT_META_OIFNAME: put_name(field, &packet->out); break;
    case NFT_META_IIFTYPE: put_hardware(field, &packet->in); break;
    case NFT_META_OIFTYPE: put_hardware(field, &packet->out); break;
    case NFT_META_SKUID: field_put_number(field, &packet->user); break;
    case NFT_META_PKTTYPE:
        octet = 0; /* for this host */
        field_put(field, &octet, 1);
        if (packet->protocol != RULE_TCP)
            field_forget(field, 1); /* or for all, or for a group */
        break;
    default: field_forget(field, REGISTERS_SIZE); break;
    }
    if (key == NFT_META_SKUID || key == NFT_META_SKGID)
        return packet->from_socket;
    return TRI_YES;
}

bool field_misses_device(const struct rule_view *packet, uint32_t key)
{
    switch (key) {
    case NFT_META_IIF:
    case NFT_META_IIFNAME:
    case NFT_META_IIFTYPE: return !packet->in.is_known;
    case NFT_META_OIF:
    case NFT_META_OIFNAME:
    case NFT_META_OIFTYPE: return !packet->out.is_known;
    default: return false;
    }
}

/* The address or port with which the connection began, or that of its answer. */
static void put_end(const struct rule_view *packet, bool is_source,
                    bool is_port, struct field *field)
{
    const struct rule_packet *tuple = &packet->tuple;
    bool first = is_source == (packet->reply.value == 0);
    const struct address *address =
        first ? &tuple->source : &tuple->destination;
    uint16_t port = first ? tuple->source_port : tuple->destination_port;

    field_forget(field, is_port ? 2 : IPV6_SIZE);
    if (packet->source_moved || packet->destination_moved ||
        !packet->reply.is_known)
        return;
    if (is_port) {
        put_port(field, 0, port);
    } else if (address_is_set(address)) {
        field->size = address_size(address);
        put_address(field, 0, address);
    }
}

/* Of a connection's first packet: what has not happened yet.  Whether it was
 * translated is known where no rule did that, or may have done it. */
static void put_status(const struct rule_view *packet, struct field *field)
{
    uint32_t known = IPS_EXPECTED | IPS_SEEN_REPLY | IPS_ASSURED;

    field_forget(field, sizeof(known));
    if (!packet->state.is_known || packet->state.value != RULE_STATE_NEW)
        return;
    if (!packet->destination_moved)
        known |= IPS_DST_NAT;
    if (!packet->source_moved)
        known |= IPS_SRC_NAT;
    memcpy(field->known, &known, sizeof(known));
}

void field_of_connection(const struct rule_view *packet, uint32_t key,
                         bool has_direction, bool is_reply, struct field *field)
{
    uint8_t octet = (uint8_t)packet->reply.value;
    bool source = is_reply;

    field_forget(field, REGISTERS_SIZE);
    switch (key) {
    case NFT_CT_STATE: field_put_number(field, &packet->state); return;
    case NFT_CT_MARK: field_put_number(field, &packet->connection_mark); return;
    case NFT_CT_STATUS: put_status(packet, field); return;
    case NFT_CT_DIRECTION:
        if (packet->reply.is_known)
            field_put(field, &octet, 1);
        return;
    case NFT_CT_SRC:
    case NFT_CT_SRC_IP:
    case NFT_CT_SRC_IP6: source = !is_reply; break;
    case NFT_CT_DST:
    case NFT_CT_DST_IP:
    case NFT_CT_DST_IP6: break;
    case NFT_CT_PROTO_SRC: put_end(packet, !is_reply, true, field); return;
    case NFT_CT_PROTO_DST: put_end(packet, is_reply, true, field); return;
    default: return;
    }
    if (has_direction)
        put_end(packet, source, false, field);
}

void field_of_route(const struct rule_view *packet, uint32_t result,
                    uint32_t flags, struct field *field)
{
    enum tri is_local = (flags & NFTA_FIB_F_SADDR) != 0
                            ? packet->source_is_local
                            : packet->destination_is_local;
    uint32_t type = is_local == TRI_YES ? RTN_LOCAL : RTN_UNICAST;

    field_put(field, &type, sizeof(type));
    if (result != NFT_FIB_RESULT_ADDRTYPE || is_local == TRI_MAYBE ||
        (flags & (NFTA_FIB_F_IIF | NFTA_FIB_F_OIF | NFTA_FIB_F_PRESENT)) != 0)
        field_forget(field, REGISTERS_SIZE);
}
