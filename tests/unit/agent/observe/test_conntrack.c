/* Entries of connection tracking as the kernel tells them, and as it never
 * should; and what a listing of rules says of an address. */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "agent/observe/firewall/nat_rules.h"
#include "agent/observe/tracking/conntrack_table.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

#define MESSAGE_SIZE 1024

static struct address parse(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void put_tuple(struct nlmsghdr *message, uint16_t type,
                      const char *source, uint16_t source_port,
                      const char *destination, uint16_t destination_port,
                      uint8_t protocol)
{
    struct address from = parse(source);
    struct address to = parse(destination);
    struct nlattr *tuple = mnl_attr_nest_start(message, type);
    struct nlattr *part = mnl_attr_nest_start(message, CTA_TUPLE_IP);

    mnl_attr_put(message, CTA_IP_V4_SRC, 4, from.bytes);
    mnl_attr_put(message, CTA_IP_V4_DST, 4, to.bytes);
    mnl_attr_nest_end(message, part);
    part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(message, CTA_PROTO_NUM, protocol);
    mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(source_port));
    mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(destination_port));
    mnl_attr_nest_end(message, part);
    mnl_attr_nest_end(message, tuple);
}

static struct nlmsghdr *an_entry(char *buffer, uint8_t protocol)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct nlattr *info;
    struct nlattr *tcp;

    message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
    mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
    put_tuple(message, CTA_TUPLE_ORIG, "192.0.2.10", 40000, "198.51.100.10",
              8080, protocol);
    put_tuple(message, CTA_TUPLE_REPLY, "203.0.113.77", 80, "192.0.2.10", 40000,
              protocol);
    mnl_attr_put_u32(message, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_DST_NAT));
    mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(119));
    mnl_attr_put_u16(message, CTA_ZONE, htons(3));
    info = mnl_attr_nest_start(message, CTA_PROTOINFO);
    tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);
    mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, 1);
    mnl_attr_nest_end(message, tcp);
    mnl_attr_nest_end(message, info);
    return message;
}

static void reads_both_directions(void **state)
{
    char buffer[MESSAGE_SIZE];
    char status[CONNTRACK_STATUS_SIZE];
    char text[ADDRESS_TEXT_SIZE];
    struct conntrack_entry entry;

    (void)state;
    assert_int_equal(conntrack_read(an_entry(buffer, IPPROTO_TCP), &entry), 0);
    assert_string_equal(address_print(&entry.original.source, text),
                        "192.0.2.10");
    assert_int_equal(entry.original.source_port, 40000);
    assert_int_equal(entry.original.destination_port, 8080);
    assert_string_equal(address_print(&entry.reply.source, text),
                        "203.0.113.77");
    assert_int_equal(entry.reply.source_port, 80);
    assert_string_equal(entry.state, "SYN_SENT");
    assert_string_equal(conntrack_print_status(entry.status, status),
                        "unreplied dnat");
    assert_int_equal(entry.expires_s, 119);
    assert_int_equal(entry.zone, 3);
    assert_int_equal(entry.mark, -1); /* not told */
}

static void refuses_what_is_not_tcp(void **state)
{
    char buffer[MESSAGE_SIZE];
    struct conntrack_entry entry;
    struct nlmsghdr *message = an_entry(buffer, IPPROTO_UDP);

    (void)state;
    assert_int_equal(conntrack_read(message, &entry), -EPROTONOSUPPORT);
    message = an_entry(buffer, IPPROTO_TCP);
    message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8;
    assert_int_equal(conntrack_read(message, &entry), -EBADMSG);
}

/* A message that ends anywhere is read to its end and no farther, and one whose
 * octets are any is refused or read, never believed beyond its size. */
static void stands_what_is_cut_or_broken(void **state)
{
    char buffer[MESSAGE_SIZE];
    struct nlmsghdr *message = an_entry(buffer, IPPROTO_TCP);
    size_t size = message->nlmsg_len;
    struct conntrack_entry entry;
    uint32_t seed = 1;

    (void)state;
    for (size_t cut = sizeof(*message); cut < size; cut++) {
        message = an_entry(buffer, IPPROTO_TCP);
        memset(buffer + cut, 0xff, MESSAGE_SIZE - cut);
        message->nlmsg_len = (uint32_t)cut;
        (void)conntrack_read(message, &entry);
    }
    for (int i = 0; i < 5000; i++) {
        message = an_entry(buffer, IPPROTO_TCP);
        for (int flips = 0; flips < 4; flips++) {
            seed = seed * 1664525u + 1013904223u;
            buffer[sizeof(*message) + (seed >> 8) % (size - sizeof(*message))] =
                (char)(seed >> 24);
        }
        if (conntrack_read(message, &entry) == 0)
            assert_true(address_is_set(&entry.original.source));
    }
}

static void tells_tuples_apart(void **state)
{
    struct conntrack_tuple a = {.source = parse("192.0.2.1"),
                                .destination = parse("192.0.2.2"),
                                .source_port = 1,
                                .destination_port = 2};
    struct conntrack_tuple b = a;

    (void)state;
    assert_true(conntrack_tuple_equal(&a, &b));
    b.source_port = 3;
    assert_false(conntrack_tuple_equal(&a, &b));
    b = a;
    b.destination = parse("2001:db8::2");
    assert_false(conntrack_tuple_equal(&a, &b));
}

static void finds_the_address_in_rules(void **state)
{
    static const struct
    {
        const char *text;
        const char *target;
        bool mentioned;
    } cases[] = {
        {"ip daddr 198.51.100.10 tcp dport 8080 dnat to 203.0.113.77:80",
         "203.0.113.77", true},
        {"dnat to 203.0.113.77:80", "203.0.113.7", false},
        {"dnat to 1203.0.113.77:80", "203.0.113.77", false},
        {"dnat to 203.0.113.77.5", "203.0.113.77", false},
        {"-A PRE -j DNAT --to-destination 203.0.113.77:80", "203.0.113.77",
         true},
        {"elements = { 8080 : 203.0.113.77 . 80 }", "203.0.113.77", true},
        {"dnat to 203.0.113.60-203.0.113.80", "203.0.113.77", true},
        {"-j DNAT --to-destination 203.0.113.60-203.0.113.80", "192.0.2.1",
         true},
        {"dnat ip6 to [2001:db8::7]:80", "2001:db8::7", true},
        {"dnat ip6 to [2001:db8::7]:80", "2001:db8::77", false},
        {"tcp dport 8080 accept", "203.0.113.77", false},
        {"", "203.0.113.77", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address target = parse(cases[i].target);

        if (nat_text_mentions(cases[i].text, &target) != cases[i].mentioned)
            fail_msg("'%s' and %s", cases[i].text, cases[i].target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_directions),
        cmocka_unit_test(refuses_what_is_not_tcp),
        cmocka_unit_test(stands_what_is_cut_or_broken),
        cmocka_unit_test(tells_tuples_apart),
        cmocka_unit_test(finds_the_address_in_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
