/* Which rules of iptables a packet cannot have met. */
#include <string.h>

#include "agent/observe/firewall/rule_match.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

enum excluded
{
    NONE,
    THIS_PACKET,
    ANY_PACKET, /* of TCP, to one host */
};

/* A SYN from 192.0.2.10 port 40000 to 198.51.100.10 port 8080. */
static const struct
{
    const char *rule;
    enum excluded excluded;
} rules[] = {
    {"-A INPUT -j DROP", NONE},
    {"-P INPUT DROP", NONE},
    {"", NONE},
    {"-A INPUT -s 192.0.2.30/32 -j DROP", THIS_PACKET},
    {"-A INPUT -s 192.0.2.0/24 -j DROP", NONE},
    {"-A INPUT -s 192.0.3.0/24 -j DROP", THIS_PACKET},
    {"-A INPUT ! -s 192.0.2.30/32 -j DROP", NONE},
    {"-A INPUT ! -s 192.0.2.10/32 -j DROP", THIS_PACKET},
    {"-A INPUT -s 192.0.2.0/255.255.255.0 -j DROP", NONE},
    {"-A INPUT -s 2001:db8::/32 -j DROP", NONE},
    {"-A INPUT -s 192.0.2.300/24 -j DROP", NONE},
    {"-A INPUT -s 192.0.3.0/99999999999999999999 -j DROP", NONE},
    {"-A INPUT -s 192.0.3.0/-1 -j DROP", NONE},
    {"-A INPUT -s / -j DROP", NONE},
    {"-A INPUT -d 198.51.100.11/32 -j DROP", THIS_PACKET},
    {"-A INPUT -d 198.51.100.10/32 -p tcp -m tcp --dport 8080 -j DROP", NONE},
    {"-A INPUT -p tcp -m tcp --dport 8081 -j DROP", THIS_PACKET},
    {"-A INPUT -p tcp -m tcp --dport 8000:8079 -j DROP", THIS_PACKET},
    {"-A INPUT -p tcp -m tcp --dport 8000:8081 -j DROP", NONE},
    {"-A INPUT -p tcp -m tcp --dport :8081 -j DROP", NONE},
    {"-A INPUT -p tcp -m tcp ! --dport 22 -j DROP", NONE},
    {"-A INPUT -p tcp -m multiport --dports 22,80,443 -j DROP", THIS_PACKET},
    {"-A INPUT -p tcp -m multiport --dports 22,8000:9000 -j DROP", NONE},
    {"-A INPUT -p tcp -m multiport --dports 22,,80 -j DROP", NONE},
    {"-A INPUT -p tcp -m multiport --ports 22 -j DROP", THIS_PACKET},
    {"-A INPUT -p tcp -m multiport --ports 22,40000 -j DROP", NONE},
    {"-A INPUT -p tcp -m tcp ! --dport 8080 -j DROP", THIS_PACKET},
    {"-A INPUT -s 192.0.3.0/255.255.255.0 -j DROP", THIS_PACKET},
    {"-A INPUT -m iprange --src-range 192.0.2.11-192.0.2.99 -j DROP",
     THIS_PACKET},
    {"-A INPUT -m iprange --src-range 192.0.2.1-192.0.2.99 -j DROP", NONE},
    {"-A INPUT -m iprange --src-range 192.0.2.11 -j DROP", NONE},
    {"-A INPUT -m pkttype --pkt-type multicast -j DROP", ANY_PACKET},
    {"-A INPUT -m conntrack --ctstate NEW -j DROP", NONE},
    {"-A INPUT -m mark --mark 0x1/0xff -j DROP", NONE},
    {"-A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN -j DROP", NONE},
    {"-A INPUT -m owner --uid-owner 0 -j DROP", NONE},
    {"-A INPUT -m addrtype --dst-type BROADCAST -j DROP", ANY_PACKET},
    {"-A INPUT -m addrtype --dst-type LOCAL,BROADCAST -j DROP", NONE},
    {"-A INPUT -p tcp -m tcp --sport 22 -j DROP", THIS_PACKET},
    {"-A INPUT -p udp -j DROP", ANY_PACKET},
    {"-A INPUT -p all -j DROP", NONE},
    {"-A INPUT -p 6 -j DROP", NONE},
    {"-A INPUT -i lo -j DROP", THIS_PACKET},
    {"-A INPUT ! -i lo -j DROP", NONE},
    {"-A INPUT -i eth9 -j DROP", NONE},
    {"-A INPUT -m set --match-set jail src -j DROP", NONE},
    {"-A INPUT -m recent --rcheck --name bad -j DROP", NONE},
    {"-A INPUT -m comment --comment \"-p udp -j x\" -j DROP", NONE},
    {"-A INPUT -m comment --comment \"a \\\" -p udp -j x\" -j DROP", NONE},
    {"-A INPUT -m comment --comment -s -d 198.51.100.11/32 -j DROP",
     THIS_PACKET},
    {"-A INPUT -m comment --comment -s 192.0.3.1 -j DROP", NONE},
    {"-A INPUT -m string --string \"-p udp \" -p tcp -j DROP", NONE},
    {"-A INPUT -s 192.0.3", NONE}, /* a text that was cut */
    {"-A INPUT -p tcp -m tcp --dport 808", NONE},
    {"-A INPUT -s", NONE},
    {"! ! -s", NONE},
    {"\"", NONE},
};

static void tells_who_is_meant(void **state)
{
    struct rule_packet packet = {
        .source_port = 40000,
        .destination_port = 8080,
    };
    struct rule_packet unknown = {0};

    (void)state;
    address_parse("192.0.2.10", &packet.source);
    address_parse("198.51.100.10", &packet.destination);
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rule_match_excludes(rules[i].rule, &packet, true) !=
            (rules[i].excluded != NONE))
            fail_msg("%s", rules[i].rule);
        if (rule_match_excludes(rules[i].rule, &unknown, false) !=
            (rules[i].excluded == ANY_PACKET))
            fail_msg("of any packet: %s", rules[i].rule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_is_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
