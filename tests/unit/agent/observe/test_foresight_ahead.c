/* Of a SYN that nobody saw come: by which device it would, and as whom. */
#include "common/base/array.h"
#include "tests/unit/agent/observe/foresight_lab.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

static const struct rules_case cases[] = {
    {.name = "nothing came: by the way back, whose device has the address",
     .setup = INPUT("iifname \"vb\" tcp dport 8080 drop")
         DEVICE("ingress", "vb", "tcp dport 8080 drop"),
     .foreseen = "syn ingress netdev/d/c drop; " IN_DROP,
     .not_arrived = true,
     .route = "vb"},
    {.name = "by it, a policy but for others",
     .setup = INPUT("policy drop; iifname { lo, mgmt0 } accept"),
     .foreseen = IN_DROP " policy",
     .not_arrived = true,
     .route = "vb"},
    {.name = "by it, which is let in",
     .setup = INPUT("iifname \"vb\" accept; drop"),
     .foreseen = "",
     .not_arrived = true,
     .route = "vb"},
    {.name = "the way back leaves by another device",
     .setup = INPUT("iifname \"vb\" drop"),
     .foreseen = "",
     .not_arrived = true,
     .route = "lo",
     .unsure = true},
    {.name = "or by several",
     .setup = DEVICE("ingress", "vb", "tcp dport 8080 drop"),
     .foreseen = "",
     .not_arrived = true,
     .route = "vb vc",
     .unsure = true},
    {.name = "or it is a port of a bridge",
     .setup = IPT("-A INPUT -i vb -p tcp --dport 8080 -j DROP"),
     .foreseen = "",
     .not_arrived = true,
     .route = "vb",
     .master = "br0",
     .unsure = true},
    {.name = "and no rule that matches hangs on it",
     .setup = INPUT("iifname \"vb\" tcp dport 8081 drop; tcp dport 8080 drop")
         DEVICE("ingress", "vb", "tcp dport 8081 drop"),
     .foreseen = IN_DROP,
     .not_arrived = true},
    {.name = "nor one beside what nobody knows",
     .setup = INPUT("iifname \"vb\" tcp dport 8081 drop; ip ttl 9 drop")
         IPTL("-A INPUT -i vb -p tcp --dport 8081 -j DROP")
             IPTL("-A INPUT -m length --length 1:20 -j DROP"),
     .foreseen = "",
     .not_arrived = true},
    {.name = "a private address that calls a public one comes as another",
     .setup = INPUT("ip saddr 10.0.0.0/8 drop\nip saddr 0.0.0.0/1 tcp dport "
                    "8081 drop"),
     .foreseen = "",
     .not_arrived = true,
     .peer = "10.1.2.3"},
    {.name = "whatever it comes as",
     .setup = INPUT("tcp dport 8080 drop"),
     .foreseen = IN_DROP,
     .not_arrived = true,
     .peer = "10.1.2.3"},
};

static void foresees_before_a_packet_came(void **state)
{
    foresight_try(cases, ARRAY_SIZE(cases), state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(foresees_before_a_packet_came, lab_up,
                                        lab_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
