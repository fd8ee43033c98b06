/* Which rules of iptables a packet cannot have met. */
#include <string.h>

#include "agent/observe/firewall/rule_match.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

/* A SYN from 192.0.2.10 port 40000 to 198.51.100.10 port 8080. */
static const struct
{
    const char *rule;
    bool excluded;
} rules[] = {
    {"-A INPUT -j DROP", false},
    {"-P INPUT DROP", false},
    {"", false},
    {"-A INPUT -s 192.0.2.30/32 -j DROP", true},
    {"-A INPUT -s 192.0.2.0/24 -j DROP", false},
    {"-A INPUT -s 192.0.3.0/24 -j DROP", true},
    {"-A INPUT ! -s 192.0.2.30/32 -j DROP", false},
    {"-A INPUT ! -s 192.0.2.10/32 -j DROP", false}, /* not read so far */
    {"-A INPUT -s 192.0.2.0/255.255.255.0 -j DROP", false},
    {"-A INPUT -s 2001:db8::/32 -j DROP", false},
    {"-A INPUT -s 192.0.2.300/24 -j DROP", false},
    {"-A INPUT -s 192.0.3.0/99999999999999999999 -j DROP", false},
    {"-A INPUT -s 192.0.3.0/-1 -j DROP", false},
    {"-A INPUT -s / -j DROP", false},
    {"-A INPUT -d 198.51.100.11/32 -j DROP", true},
    {"-A INPUT -d 198.51.100.10/32 -p tcp -m tcp --dport 8080 -j DROP", false},
    {"-A INPUT -p tcp -m tcp --dport 8081 -j DROP", true},
    {"-A INPUT -p tcp -m tcp --dport 8000:8079 -j DROP", true},
    {"-A INPUT -p tcp -m tcp --dport 8000:8081 -j DROP", false},
    {"-A INPUT -p tcp -m tcp --dport :8081 -j DROP", false},
    {"-A INPUT -p tcp -m tcp ! --dport 22 -j DROP", false},
    {"-A INPUT -p tcp -m multiport --dports 22,80,443 -j DROP", true},
    {"-A INPUT -p tcp -m multiport --dports 22,8000:9000 -j DROP", false},
    {"-A INPUT -p tcp -m multiport --dports 22,,80 -j DROP", false},
    {"-A INPUT -p tcp -m multiport --ports 22 -j DROP", false},
    {"-A INPUT -p tcp -m tcp --sport 22 -j DROP", true},
    {"-A INPUT -p udp -j DROP", true},
    {"-A INPUT -p all -j DROP", false},
    {"-A INPUT -p 6 -j DROP", false},
    {"-A INPUT -i lo -j DROP", true},
    {"-A INPUT ! -i lo -j DROP", false},
    {"-A INPUT -i eth9 -j DROP", false},
    {"-A INPUT -m set --match-set jail src -j DROP", false},
    {"-A INPUT -m recent --rcheck --name bad -j DROP", false},
    {"-A INPUT -m comment --comment \"-p udp -j x\" -j DROP", false},
    {"-A INPUT -m comment --comment \"a \\\" -p udp -j x\" -j DROP", false},
    {"-A INPUT -m comment --comment -s -d 198.51.100.11/32 -j DROP", true},
    {"-A INPUT -m comment --comment -s 192.0.3.1 -j DROP", false},
    {"-A INPUT -m string --string \"-p udp \" -p tcp -j DROP", false},
    {"-A INPUT -s 192.0.3", false}, /* a text that was cut */
    {"-A INPUT -p tcp -m tcp --dport 808", false},
    {"-A INPUT -s", false},
    {"! ! -s", false},
    {"\"", false},
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
            rules[i].excluded)
            fail_msg("%s", rules[i].rule);
        if (strstr(rules[i].rule, "-p udp") == NULL)
            assert_false(rule_match_excludes(rules[i].rule, &unknown, false));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_is_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
