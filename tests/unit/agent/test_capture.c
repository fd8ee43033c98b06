/* The capture's filter, run as the kernel would run it, and its matching. */
#include <errno.h>
#include <string.h>

#include <pcap/pcap.h>

#include "agent/observe/capture/capture_filter.h"
#include "agent/observe/capture/capture_match.h"
#include "agent/probe/tcp_packet.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

#define PACKET_SIZE 128

struct raw_packet
{
    uint8_t data[PACKET_SIZE];
    size_t size;
};

static struct order an_order(void)
{
    return (struct order){.role = ROLE_SOURCE,
                          .attempts = 3,
                          .port = 8080,
                          .isn_base = 0xfffff005}; /* wraps nowhere inside */
}

static struct address an_address(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static size_t add_ip(uint8_t *at, const struct address *source,
                     const struct address *destination, uint8_t protocol,
                     size_t payload)
{
    bool is_ipv6 = source->family == 6;
    size_t size = address_size(source);

    memset(at, 0, 40);
    at[0] = is_ipv6 ? 0x60 : 0x45;
    at[is_ipv6 ? 5 : 3] = (uint8_t)(is_ipv6 ? payload : payload + 20);
    at[is_ipv6 ? 6 : 9] = protocol;
    at[is_ipv6 ? 7 : 8] = 64;
    memcpy(at + (is_ipv6 ? 8 : 12), source->bytes, size);
    memcpy(at + (is_ipv6 ? 8 : 12) + size, destination->bytes, size);
    return is_ipv6 ? 40 : 20;
}

static struct raw_packet tcp(const char *source, const char *destination,
                             uint32_t sequence, uint32_t acknowledge,
                             uint8_t flags)
{
    struct tcp_packet header = {.source = an_address(source),
                                .destination = an_address(destination),
                                .source_port = 40000,
                                .destination_port = 8080,
                                .sequence = sequence,
                                .acknowledge = acknowledge,
                                .flags = flags};
    struct raw_packet packet = {.size = 0};

    packet.size = add_ip(packet.data, &header.source, &header.destination, 6,
                         TCP_PACKET_SIZE);
    tcp_packet_build(&header, packet.data + packet.size);
    packet.size += TCP_PACKET_SIZE;
    return packet;
}

/* An ICMP error quoting the first octets of the packet's TCP header. */
static struct raw_packet quote(const char *offender,
                               const struct raw_packet *inner, uint8_t type,
                               size_t octets)
{
    struct address from = an_address(offender);
    size_t header = from.family == 6 ? 40 : 20;
    struct address to = address_from_bytes(
        inner->data + (from.family == 6 ? 8 : 12), address_size(&from));
    struct raw_packet packet = {.size = 0};

    packet.size = add_ip(packet.data, &from, &to, from.family == 6 ? 58 : 1,
                         8 + header + octets);
    packet.data[packet.size] = type;
    packet.size += 8;
    memcpy(packet.data + packet.size, inner->data, header + octets);
    packet.size += header + octets;
    return packet;
}

static bool passes(const struct order *order, bool exact,
                   const struct address *peer, const struct raw_packet *packet)
{
    pcap_t *dead = pcap_open_dead(DLT_RAW, 262144);
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)packet->size,
                                 .len = (bpf_u_int32)packet->size};
    char text[CAPTURE_FILTER_SIZE];
    struct bpf_program program;
    bool passed;

    assert_int_equal(
        capture_filter_build(text, sizeof(text), order, exact, peer), 0);
    /* DLT_RAW knows no ARP; the rest is the filter itself. */
    if (pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
        fail_msg("%s: %s", pcap_geterr(dead), text);
    passed = pcap_offline_filter(&program, &header, packet->data) != 0;
    pcap_freecode(&program);
    pcap_close(dead);
    return passed;
}

static bool passes_exact(const struct raw_packet *packet)
{
    struct order order = an_order();

    return passes(&order, true, &order.destination, packet);
}

static void exact_filter_takes_the_trace_only(void **state)
{
    static const char *const pairs[][3] = {
        {"192.0.2.1", "198.51.100.1", "192.0.2.254"},
        {"2001:db8::1", "2001:db8::2", "2001:db8::fe"}};
    struct order order = an_order();
    uint32_t isn = order_isn(&order, 2);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        const char *a = pairs[i][0], *b = pairs[i][1];
        struct raw_packet syn = tcp(a, b, isn, 0, SEGMENT_SYN);
        struct raw_packet answer = tcp(b, a, 77, isn + 1, SEGMENT_RST);
        struct raw_packet other = tcp(a, b, isn ^ 0x1000, 5, SEGMENT_SYN);
        uint8_t exceeded = i == 0 ? 11 : 3;
        struct raw_packet error = quote(pairs[i][2], &syn, exceeded, 8);
        struct raw_packet of_answer = quote(pairs[i][2], &answer, exceeded, 20);
        struct raw_packet of_other = quote(pairs[i][2], &other, exceeded, 20);
        struct raw_packet short_other = quote(pairs[i][2], &other, exceeded, 8);

        assert_true(passes_exact(&syn));
        assert_true(passes_exact(&answer));
        assert_false(passes_exact(&other));
        assert_true(passes_exact(&error));
        assert_true(passes_exact(&of_answer));
        assert_false(passes_exact(&of_other));
        assert_false(passes_exact(&short_other));
    }
}

static void port_filter_takes_the_peer_only(void **state)
{
    struct order order = an_order();
    struct address peer = an_address("198.51.100.1");
    struct raw_packet syn = tcp("192.0.2.1", "198.51.100.1", 5, 0, SEGMENT_SYN);
    struct raw_packet other =
        tcp("192.0.2.1", "198.51.100.9", 5, 0, SEGMENT_SYN);
    struct raw_packet error = quote("192.0.2.254", &syn, 3, 8);

    (void)state;
    assert_true(passes(&order, false, &peer, &syn));
    assert_true(passes(&order, false, &peer, &error));
    assert_false(passes(&order, false, &peer, &other));
}

static void filter_fits_or_says_so(void **state)
{
    struct order order = an_order();
    char text[CAPTURE_FILTER_SIZE];

    (void)state;
    assert_int_equal(capture_filter_build(text, 100, &order, true, NULL),
                     -ENOSPC);
    assert_int_equal(capture_filter_build(text, sizeof(text), &order, false,
                                          &order.destination),
                     -EINVAL);
}

static unsigned attempt_of(const struct raw_packet *packet, enum packet *kind)
{
    struct order order = an_order();
    struct capture_match match;
    struct segment segment;

    assert_int_equal(segment_parse_ip(packet->data, packet->size, &segment), 0);
    capture_match_init(&match, &order, true, &order.destination);
    *kind = capture_packet_of(&segment.tcp);
    return capture_match_attempt(&match, &segment);
}

static void assert_match(uint32_t sequence, uint32_t acknowledge, uint8_t flags,
                         unsigned attempt, enum packet kind)
{
    struct raw_packet packet =
        tcp("192.0.2.1", "198.51.100.1", sequence, acknowledge, flags);
    enum packet found;

    assert_int_equal(attempt_of(&packet, &found), attempt);
    if (attempt != 0)
        assert_int_equal(found, kind);
}

static void packets_find_their_attempt(void **state)
{
    struct order order = an_order();
    uint32_t isn = order_isn(&order, 3);
    struct raw_packet syn =
        tcp("192.0.2.1", "198.51.100.1", isn, 0, SEGMENT_SYN);
    struct raw_packet error = quote("192.0.2.254", &syn, 3, 8);
    enum packet kind;

    (void)state;
    assert_match(isn, 0, SEGMENT_SYN, 3, PACKET_SYN);
    assert_match(9, isn + 1, SEGMENT_SYN | SEGMENT_ACK, 3, PACKET_SYN_ACK);
    assert_match(0, isn + 1, SEGMENT_RST | SEGMENT_ACK, 3, PACKET_RST);
    assert_match(isn + 1, 9, SEGMENT_ACK, 3, PACKET_ACK);
    assert_match(isn + 1, 9, SEGMENT_FIN | SEGMENT_ACK, 3, PACKET_FIN);
    assert_match(isn + 1, 0, SEGMENT_RST, 3, PACKET_RST);
    assert_int_equal(attempt_of(&error, &kind), 3);
    assert_int_equal(kind, PACKET_SYN);
    /* Near, but nobody's: a walk's copy, attempt 0, attempt 4 of three. */
    assert_match(isn + 2, 0, SEGMENT_SYN, 0, PACKET_SYN);
    assert_match(9, isn + 3, SEGMENT_RST | SEGMENT_ACK, 0, PACKET_RST);
    assert_match(order_isn(&order, 0), 0, SEGMENT_SYN, 0, PACKET_SYN);
    assert_match(order_isn(&order, 4), 0, SEGMENT_SYN, 0, PACKET_SYN);
    /* A server's own number may look like ours; a SYN-ACK's does not count. */
    assert_match(isn + 1, 9, SEGMENT_SYN | SEGMENT_ACK, 0, PACKET_SYN_ACK);
}

static void ports_find_the_attempt_without_numbers(void **state)
{
    struct order order = an_order();
    struct address peer = an_address("198.51.100.1");
    struct raw_packet packet =
        tcp("192.0.2.1", "198.51.100.1", 5, 0, SEGMENT_SYN);
    struct capture_match match;
    struct evidence start;
    struct segment segment;

    (void)state;
    capture_match_init(&match, &order, false, &peer);
    segment_parse_ip(packet.data, packet.size, &segment);
    assert_int_equal(capture_match_attempt(&match, &segment), 0);
    evidence_init(&start, EVIDENCE_ATTEMPT_START, 0);
    evidence_set_number(&start, KEY_ATTEMPT, 2);
    evidence_set_number(&start, KEY_SOURCE_PORT, 40000);
    capture_match_attempt_started(&match, &start);
    assert_int_equal(capture_match_attempt(&match, &segment), 2);
    segment.tcp.source_port = 40001;
    assert_int_equal(capture_match_attempt(&match, &segment), 0);
}

/* What the server's TCP answers to what it knows nothing of acknowledges
 * nothing: the source's port tells whose it is, learnt from the SYN. */
static void a_bare_reset_finds_its_attempt(void **state)
{
    struct order order = an_order();
    struct raw_packet packet =
        tcp("192.0.2.1", "198.51.100.1", order_isn(&order, 3), 0, SEGMENT_SYN);
    struct capture_match match;
    struct segment syn;
    struct segment reset;

    (void)state;
    capture_match_init(&match, &order, true, &order.destination);
    assert_int_equal(segment_parse_ip(packet.data, packet.size, &syn), 0);
    reset = syn;
    reset.tcp.source_port = syn.tcp.destination_port;
    reset.tcp.destination_port = syn.tcp.source_port;
    reset.tcp.sequence = 77;
    reset.tcp.flags = SEGMENT_RST;
    assert_int_equal(capture_match_attempt(&match, &reset), 0);
    capture_match_syn_arrived(&match, 3, &syn);
    assert_int_equal(capture_match_attempt(&match, &reset), 3);
    reset.tcp.destination_port++;
    assert_int_equal(capture_match_attempt(&match, &reset), 0);
    reset.tcp.destination_port--;
    reset.tcp.flags = SEGMENT_ACK;
    assert_int_equal(capture_match_attempt(&match, &reset), 0);
}

static void built_header_has_a_true_checksum(void **state)
{
    struct raw_packet packet =
        tcp("192.0.2.1", "198.51.100.1", 0x01020304, 0, SEGMENT_SYN);
    uint32_t sum = 6 + TCP_PACKET_SIZE;

    (void)state;
    for (size_t i = 12; i < packet.size; i += 2) /* addresses, then TCP */
        sum += (uint32_t)(packet.data[i] << 8 | packet.data[i + 1]);
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    assert_int_equal(sum, UINT16_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_filter_takes_the_trace_only),
        cmocka_unit_test(port_filter_takes_the_peer_only),
        cmocka_unit_test(filter_fits_or_says_so),
        cmocka_unit_test(packets_find_their_attempt),
        cmocka_unit_test(ports_find_the_attempt_without_numbers),
        cmocka_unit_test(a_bare_reset_finds_its_attempt),
        cmocka_unit_test(built_header_has_a_true_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
