/* One captured frame, summarised: TCP over IPv4 or IPv6, an ICMP error with the
 * TCP packet that it quotes, a question or answer for a link address, or what a
 * trial sends beside TCP: a datagram or an echo whose data begins with a number.
 *
 * Pure and bounds-checked: a frame comes from the network and is hostile.  What
 * a short capture or a short quote leaves out is told as missing, never read
 * from beyond the end. */
#ifndef SEGMENT_SEGMENT_H
#define SEGMENT_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"

#define SEGMENT_SLL2_SIZE       20 /* bytes of the cooked header, version 2 */
#define SEGMENT_MAX_EXTENSIONS  8  /* IPv6 extension headers followed */
#define SEGMENT_MAX_TAGS        2  /* VLAN tags followed */
#define SEGMENT_MAX_LABELS      6  /* of an MPLS stack that are kept */
#define SEGMENT_FLAGS_TEXT_SIZE 9

enum segment_flag
{
    SEGMENT_FIN = 0x01,
    SEGMENT_SYN = 0x02,
    SEGMENT_RST = 0x04,
    SEGMENT_PSH = 0x08,
    SEGMENT_ACK = 0x10,
    SEGMENT_URG = 0x20,
    SEGMENT_ECE = 0x40,
    SEGMENT_CWR = 0x80,
};

enum segment_kind
{
    SEGMENT_TCP,
    SEGMENT_ICMP_ERROR, /* tcp, addresses of the quoted packet in quoted_* */
    SEGMENT_NEIGHBOUR,  /* ARP, neighbour solicitation or advertisement */
    SEGMENT_UDP,        /* the ports stand in tcp */
    SEGMENT_ECHO, /* ICMP's call for an echo, or with is_answer the echo */
};

/* What the packet type of the cooked header says (linux/if_packet.h). */
enum segment_travel
{
    SEGMENT_TO_US = 0,
    SEGMENT_BROADCAST = 1,
    SEGMENT_MULTICAST = 2,
    SEGMENT_TO_OTHER = 3,
    SEGMENT_OUTGOING = 4,
};

enum segment_checksum
{
    SEGMENT_CHECKSUM_UNKNOWN, /* no TCP, or not captured as a whole */
    SEGMENT_CHECKSUM_RIGHT,
    SEGMENT_CHECKSUM_WRONG, /* or not filled in yet: see packet_socket.h */
};

struct segment_tcp
{
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t sequence;
    bool complete;        /* the next three are there: not for short quotes */
    uint32_t acknowledge; /* meaningful with SEGMENT_ACK */
    uint8_t flags;        /* enum segment_flag */
    uint16_t payload;     /* octets of data behind the header */

    /* Options, where the whole header is there (has_options). */
    bool has_options;
    bool has_mss;
    uint16_t mss;
    bool has_scale;
    uint8_t scale; /* of the window, as a shift */
    bool has_sack; /* selective acknowledgements are permitted */
    bool has_timestamp;
    uint32_t timestamp; /* the sender's clock */
};

/* The MPLS label stack with which the packet came to the router that quotes it
 * (RFC 4950), the outermost first, as 32-bit entries: label 20 bits, traffic
 * class 3, bottom of stack 1, TTL 8. */
struct segment_labels
{
    uint8_t count;
    uint32_t list[SEGMENT_MAX_LABELS];
};

struct segment
{
    enum segment_kind kind;

    /* From the cooked header; interface 0 when there was none. */
    uint32_t interface;
    enum segment_travel travel;
    uint16_t device_type; /* ARPHRD_ of net/if_arp.h */
    uint8_t link_size;    /* octets used of link */
    uint8_t link[8];      /* the sender's link address */

    /* IP; of ARP the sender's address, and no destination. */
    struct address source;
    struct address destination;
    uint8_t ttl;
    uint8_t class;   /* traffic class: DSCP in the upper 6 bits, ECN below */
    uint16_t length; /* of the whole IP packet, as its header says */

    enum segment_checksum checksum; /* of TCP */
    struct segment_tcp tcp; /* of the quoted packet if SEGMENT_ICMP_ERROR */

    /* SEGMENT_ICMP_ERROR */
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct address quoted_source;
    struct address quoted_destination;
    struct segment_labels labels;

    /* SEGMENT_UDP, SEGMENT_ECHO: how the data begins. */
    uint32_t number;

    /* SEGMENT_NEIGHBOUR: who is asked for, or who answers. */
    struct address target;
    bool is_answer;
};

/* Summarises a frame that begins with a cooked header (DLT_LINUX_SLL2), an
 * Ethernet header, or an IP header.  -EBADMSG when it is malformed or cut too
 * short, -EPROTONOSUPPORT when it is sound but none of these kinds; *out
 * is then unspecified. */
int segment_parse_sll2(const void *frame, size_t size, struct segment *out);
int segment_parse_ethernet(const void *frame, size_t size, struct segment *out);
int segment_parse_ip(const void *packet, size_t size, struct segment *out);

/* The flags' letters in the order FSRPAUEC, e.g. "SA".  Returns buffer. */
const char *segment_print_flags(uint8_t flags,
                                char buffer[static SEGMENT_FLAGS_TEXT_SIZE]);

#endif
