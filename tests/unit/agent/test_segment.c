/* Frames written by hand, octet by octet. */
#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/segment/segment.h"
#include "tests/unit/test.h"

#define SLL2(type, travel) \
    type, 0, 0, 0, 0, 0, 3, 0, 1, travel, 6, 0x02, 0, 0, 0, 0, 0x01, 0, 0
#define IPV4_TO(protocol, length, ttl)                                       \
    0x45, 0, 0, length, 0x12, 0x34, 0x40, 0, ttl, protocol, 0, 0, 192, 0, 2, \
        1, 198, 51, 100, 1
#define IPV4_BACK(protocol, length, ttl)                                     \
    0x45, 0, 0, length, 0x12, 0x34, 0x40, 0, ttl, protocol, 0, 0, 192, 0, 2, \
        254, 192, 0, 2, 1
#define ADDRESS6(last) \
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define IPV6(next, length, hops) \
    0x60, 0, 0, 0, 0, length, next, hops, ADDRESS6(1), ADDRESS6(2)
#define TCP_START  0x9c, 0x40, 0x1f, 0x90, 0x5e, 0xed, 0x10, 0x27
#define TCP(flags) TCP_START, 0, 0, 0, 7, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0

static void assert_address(const struct address *address, const char *text)
{
    char buffer[ADDRESS_TEXT_SIZE];

    assert_string_equal(address_print(address, buffer), text);
}

static void assert_tcp(const struct segment_tcp *tcp)
{
    assert_int_equal(tcp->source_port, 40000);
    assert_int_equal(tcp->destination_port, 8080);
    assert_int_equal(tcp->sequence, 0x5eed1027);
}

/* Every shorter piece of a frame is refused or told incomplete, and nothing is
 * read beyond its end (the sanitizer looks at the heap copy). */
static void cut_everywhere(const uint8_t *frame, size_t size,
                           int (*parse)(const void *, size_t, struct segment *))
{
    for (size_t cut = 0; cut < size; cut++) {
        CLEAN_FREE uint8_t *copy = malloc(cut > 0 ? cut : 1);
        struct segment segment;

        assert_non_null(copy);
        memcpy(copy, frame, cut);
        parse(copy, cut, &segment);
    }
}

static void syn_over_ipv4(void **state)
{
    static const uint8_t frame[] = {0x08, SLL2(0x00, 4), IPV4_TO(6, 40, 64),
                                    TCP(0x02)};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_sll2(frame, sizeof(frame), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_TCP);
    assert_int_equal(segment.interface, 3);
    assert_int_equal(segment.travel, SEGMENT_OUTGOING);
    assert_int_equal(segment.device_type, 1);
    assert_int_equal(segment.link_size, 6);
    assert_int_equal(segment.link[0], 0x02);
    assert_int_equal(segment.ttl, 64);
    assert_int_equal(segment.length, 40);
    assert_address(&segment.source, "192.0.2.1");
    assert_address(&segment.destination, "198.51.100.1");
    assert_tcp(&segment.tcp);
    assert_true(segment.tcp.complete);
    assert_int_equal(segment.tcp.acknowledge, 7);
    assert_int_equal(segment.tcp.flags, SEGMENT_SYN);
    assert_int_equal(segment.tcp.payload, 0);
    cut_everywhere(frame, sizeof(frame), segment_parse_sll2);
    for (size_t cut = 0; cut < sizeof(frame); cut++)
        assert_true(segment_parse_sll2(frame, cut, &segment) < 0);
}

/* A SYN with a timestamp, its checksum reckoned elsewhere. */
static const uint8_t stamped[] = {IPV4_TO(6, 52, 64),
                                  TCP_START,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0x80,
                                  0x02,
                                  0xff,
                                  0xff,
                                  0x1b,
                                  0x4a,
                                  0,
                                  0,
                                  1,
                                  1,
                                  8,
                                  10,
                                  0x11,
                                  0x22,
                                  0x33,
                                  0x44,
                                  0,
                                  0,
                                  0,
                                  0};

static void checksum_and_timestamp(void **state)
{
    uint8_t frame[sizeof(stamped)];
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(stamped, sizeof(stamped), &segment), 0);
    assert_int_equal(segment.checksum, SEGMENT_CHECKSUM_RIGHT);
    assert_true(segment.tcp.has_timestamp);
    assert_int_equal(segment.tcp.timestamp, 0x11223344);
    for (size_t i = 20; i < sizeof(frame); i++) { /* any octet of TCP's */
        memcpy(frame, stamped, sizeof(frame));
        frame[i] ^= 0x10;
        if (segment_parse_ip(frame, sizeof(frame), &segment) == 0)
            assert_int_equal(segment.checksum, SEGMENT_CHECKSUM_WRONG);
    }
    /* Of what was cut short nothing is said. */
    for (size_t cut = 40; cut < sizeof(stamped); cut++) {
        assert_int_equal(segment_parse_ip(stamped, cut, &segment), 0);
        assert_int_equal(segment.checksum, SEGMENT_CHECKSUM_UNKNOWN);
    }
    cut_everywhere(stamped, sizeof(stamped), segment_parse_ip);
}

/* The first of each kind counts; what is none of ours is stepped over. */
static void options_of_a_syn(void **state)
{
    static const uint8_t options[] = {2, 4, 0x05, 0xb4, 4, 2, 254, 4, 9, 9,
                                      1, 3, 3,    7,    2, 4, 1,   2, 0, 0};
    /* Its checksum, and what the options are put over, are 0. */
    uint8_t frame[60] = {
        IPV4_TO(6, 60, 64), TCP_START, 0, 0, 0, 0, 0xa0, 0x02, 0xff, 0xff};
    struct segment segment;

    (void)state;
    frame[1] = 0x4b; /* AF21 and "congestion met" */
    memcpy(frame + 40, options, sizeof(options));
    assert_int_equal(segment_parse_ip(frame, sizeof(frame), &segment), 0);
    assert_int_equal(segment.class, 0x4b);
    assert_true(segment.tcp.has_options);
    assert_true(segment.tcp.has_mss);
    assert_int_equal(segment.tcp.mss, 1460);
    assert_true(segment.tcp.has_sack);
    assert_true(segment.tcp.has_scale);
    assert_int_equal(segment.tcp.scale, 7);
    assert_false(segment.tcp.has_timestamp);
    /* Cut short, none of them is said to be missing. */
    assert_int_equal(segment_parse_ip(frame, sizeof(frame) - 1, &segment), 0);
    assert_false(segment.tcp.has_options);
    cut_everywhere(frame, sizeof(frame), segment_parse_ip);
}

/* Options that lie about their sizes end the search. */
static void hostile_options(void **state)
{
    static const uint8_t options[][4] = {
        {8, 10, 0, 0}, {8, 0, 0, 0},  {8, 1, 0, 0}, {8, 255, 0, 0},
        {2, 0, 0, 0},  {0, 8, 10, 0}, {1, 1, 1, 8}, {254, 13, 8, 10}};
    struct segment segment;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        uint8_t frame[] = {IPV4_TO(6, 44, 64),
                           TCP_START,
                           0,
                           0,
                           0,
                           0,
                           0x60,
                           0x02,
                           0xff,
                           0xff,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0};

        memcpy(frame + 40, options[i], sizeof(options[i]));
        assert_int_equal(segment_parse_ip(frame, sizeof(frame), &segment), 0);
        assert_false(segment.tcp.has_timestamp);
        cut_everywhere(frame, sizeof(frame), segment_parse_ip);
    }
}

static void tagged_ethernet(void **state)
{
    static const uint8_t frame[] = {1,
                                    2,
                                    3,
                                    4,
                                    5,
                                    6,
                                    0x0a,
                                    0x0b,
                                    0x0c,
                                    0x0d,
                                    0x0e,
                                    0x0f,
                                    0x81,
                                    0x00,
                                    0x00,
                                    5,
                                    0x08,
                                    0x00,
                                    IPV4_TO(6, 45, 63),
                                    TCP(0x18)};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ethernet(frame, sizeof(frame), &segment), 0);
    assert_int_equal(segment.link[5], 0x0f);
    assert_int_equal(segment.tcp.payload, 5); /* by the header, not the cut */
    cut_everywhere(frame, sizeof(frame), segment_parse_ethernet);
}

static void extension_headers_are_followed(void **state)
{
    static const uint8_t packet[] = {IPV6(0, 36, 61), /* hop-by-hop next */
                                     44,
                                     0,
                                     1,
                                     4,
                                     0,
                                     0,
                                     0,
                                     0, /* fragment next */
                                     6,
                                     0,
                                     0,
                                     1,
                                     1,
                                     2,
                                     3,
                                     4,
                                     TCP(0x12)}; /* the first one */
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment), 0);
    assert_address(&segment.source, "2001:db8::1");
    assert_int_equal(segment.ttl, 61);
    assert_int_equal(segment.length, 76);
    assert_int_equal(segment.tcp.flags, SEGMENT_SYN | SEGMENT_ACK);
    assert_tcp(&segment.tcp);
    cut_everywhere(packet, sizeof(packet), segment_parse_ip);
}

static void endless_extensions_are_refused(void **state)
{
    uint8_t packet[40 + 8 * 64] = {IPV6(60, 0, 64)};
    struct segment segment;

    (void)state;
    packet[4] = 2; /* 512 octets */
    for (size_t at = 40; at < sizeof(packet); at += 8)
        packet[at] = 60; /* destination options, once more */
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment),
                     -EPROTONOSUPPORT);
}

static void later_fragments_are_no_segments(void **state)
{
    uint8_t packet4[] = {IPV4_TO(6, 40, 64), TCP(0x02)};
    const uint8_t packet6[] = {IPV6(44, 28, 64), 6, 0, 0, 8, 1, 2, 3, 4,
                               TCP(0x02)};
    struct segment segment;

    (void)state;
    packet4[7] = 1;
    assert_int_equal(segment_parse_ip(packet4, sizeof(packet4), &segment),
                     -EPROTONOSUPPORT);
    assert_int_equal(segment_parse_ip(packet6, sizeof(packet6), &segment),
                     -EPROTONOSUPPORT);
}

/* The least that a router must quote: 8 octets behind the IP header. */
static void short_quote_tells_ports_and_sequence(void **state)
{
    static const uint8_t packet[] = {
        IPV4_BACK(1, 56, 255), 11,       0, 0, 0, 0, 0, 0, 0,
        IPV4_TO(6, 60, 1),     TCP_START};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_ICMP_ERROR);
    assert_int_equal(segment.icmp_type, 11);
    assert_int_equal(segment.icmp_code, 0);
    assert_address(&segment.source, "192.0.2.254");
    assert_address(&segment.quoted_source, "192.0.2.1");
    assert_address(&segment.quoted_destination, "198.51.100.1");
    assert_tcp(&segment.tcp);
    assert_false(segment.tcp.complete);
    cut_everywhere(packet, sizeof(packet), segment_parse_ip);
}

static void icmpv6_quote_with_flags(void **state)
{
    static const uint8_t packet[] = {
        IPV6(58, 68, 255), 1, 4, 0, 0, 0, 0, 0, 0, IPV6(6, 20, 63), TCP(0x02)};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment), 0);
    assert_int_equal(segment.icmp_type, 1);
    assert_int_equal(segment.icmp_code, 4);
    assert_true(segment.tcp.complete);
    assert_int_equal(segment.tcp.flags, SEGMENT_SYN);
    assert_tcp(&segment.tcp);
    cut_everywhere(packet, sizeof(packet), segment_parse_ip);
}

/* ICMPv6's types mean other things than ICMP's, and the other way round. */
static void other_icmp_is_none(void **state)
{
    const uint8_t echo[] = {
        IPV4_BACK(1, 32, 64), 128, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
    const uint8_t udp[] = {IPV4_BACK(1, 56, 64), 3,        3, 0, 0, 0, 0, 0, 0,
                           IPV4_TO(17, 60, 1),   TCP_START};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(echo, sizeof(echo), &segment),
                     -EPROTONOSUPPORT);
    assert_int_equal(segment_parse_ip(udp, sizeof(udp), &segment),
                     -EPROTONOSUPPORT);
}

/* A datagram or an echo is known by the number that its data begins with. */
static void what_trials_send_beside_tcp(void **state)
{
    const uint8_t udp[] = {
        IPV4_TO(17, 32, 64), 0x9c, 0x40, 0x1f, 0x90, 0, 12, 0, 0, 1, 2, 3, 4};
    const uint8_t ping[] = {
        IPV4_TO(1, 32, 64), 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
    const uint8_t pong[] = {
        IPV6(58, 12, 64), 129, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(udp, sizeof(udp), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_UDP);
    assert_int_equal(segment.tcp.source_port, 40000);
    assert_int_equal(segment.tcp.destination_port, 8080);
    assert_int_equal(segment.number, 0x01020304);
    cut_everywhere(udp, sizeof(udp), segment_parse_ip);
    assert_int_equal(segment_parse_ip(ping, sizeof(ping), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_ECHO);
    assert_false(segment.is_answer);
    assert_int_equal(segment.number, 0x01020304);
    cut_everywhere(ping, sizeof(ping), segment_parse_ip);
    assert_int_equal(segment_parse_ip(pong, sizeof(pong), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_ECHO);
    assert_true(segment.is_answer);
    cut_everywhere(pong, sizeof(pong), segment_parse_ip);
}

static void arp_question_and_answer(void **state)
{
    uint8_t frame[] = {
        0x08, SLL2(0x06, 1), 0, 1, 8, 0, 6, 4, 0, 1, 2, 0,   0, 0, 0,
        1,    192,           0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 254};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_sll2(frame, sizeof(frame), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_NEIGHBOUR);
    assert_false(segment.is_answer);
    assert_address(&segment.target, "192.0.2.254");
    frame[SEGMENT_SLL2_SIZE + 7] = 2;
    assert_int_equal(segment_parse_sll2(frame, sizeof(frame), &segment), 0);
    assert_true(segment.is_answer);
    assert_address(&segment.target, "192.0.2.1");
    cut_everywhere(frame, sizeof(frame), segment_parse_sll2);
}

static void neighbour_solicitation(void **state)
{
    uint8_t packet[] = {IPV6(58, 24, 255), 135, 0, 0, 0, 0, 0, 0, 0,
                        ADDRESS6(9)};
    struct segment segment;

    (void)state;
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment), 0);
    assert_int_equal(segment.kind, SEGMENT_NEIGHBOUR);
    assert_false(segment.is_answer);
    assert_address(&segment.target, "2001:db8::9");
    packet[40] = 136;
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment), 0);
    assert_true(segment.is_answer);
    cut_everywhere(packet, sizeof(packet), segment_parse_ip);
}

static void malformed_headers_are_refused(void **state)
{
    uint8_t packet[] = {IPV4_TO(6, 40, 64), TCP(0x02)};
    struct segment segment;

    (void)state;
    packet[0] = 0x44; /* a header of 16 octets */
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment),
                     -EBADMSG);
    packet[0] = 0x55; /* version 5 */
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment),
                     -EBADMSG);
    packet[0] = 0x45;
    packet[3] = 19; /* shorter than its own header */
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment),
                     -EBADMSG);
    packet[3] = 40;
    packet[32] = 0x40; /* a TCP header of 16 octets */
    assert_int_equal(segment_parse_ip(packet, sizeof(packet), &segment),
                     -EBADMSG);
}

static void flags_have_letters(void **state)
{
    char text[SEGMENT_FLAGS_TEXT_SIZE];

    (void)state;
    assert_string_equal(segment_print_flags(0x12, text), "SA");
    assert_string_equal(segment_print_flags(0x14, text), "RA");
    assert_string_equal(segment_print_flags(0xff, text), "FSRPAUEC");
    assert_string_equal(segment_print_flags(0, text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_over_ipv4),
        cmocka_unit_test(checksum_and_timestamp),
        cmocka_unit_test(options_of_a_syn),
        cmocka_unit_test(hostile_options),
        cmocka_unit_test(tagged_ethernet),
        cmocka_unit_test(extension_headers_are_followed),
        cmocka_unit_test(endless_extensions_are_refused),
        cmocka_unit_test(later_fragments_are_no_segments),
        cmocka_unit_test(short_quote_tells_ports_and_sequence),
        cmocka_unit_test(icmpv6_quote_with_flags),
        cmocka_unit_test(other_icmp_is_none),
        cmocka_unit_test(what_trials_send_beside_tcp),
        cmocka_unit_test(arp_question_and_answer),
        cmocka_unit_test(neighbour_solicitation),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(flags_have_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
