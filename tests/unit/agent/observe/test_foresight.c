/* What rules would do with packets that never came to them, by rulesets of
 * nftables and of both backends of iptables, in a network namespace. */
#include "common/base/array.h"
#include "tests/unit/agent/observe/foresight_lab.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

static const struct rules_case cases[] = {
    {.name = "no rules", .setup = "true", .foreseen = "", .decision = "accept"},
    {.name = "a drop",
     .setup = INPUT("tcp dport 8080 drop"),
     .foreseen = IN_DROP,
     .decision = "drop inet/fw/in"},
    {.name = "a reject",
     .setup = INPUT("tcp dport 8080 reject with tcp reset"),
     .foreseen = "syn input inet/fw/in reject",
     .decision = "drop inet/fw/in"},
    {.name = "a policy",
     .setup = INPUT("policy drop; tcp dport 22 accept"),
     .foreseen = "syn input inet/fw/in drop policy",
     .decision = "drop inet/fw/in"},
    {.name = "an accept before the policy",
     .setup = INPUT("policy drop; tcp dport 8080 accept"),
     .foreseen = "",
     .decision = "accept inet/fw/in"},
    {.name = "an accept ends its own chain only",
     .setup = INPUT("tcp dport 8080 accept")
         NFT("table ip late { chain in { type filter hook input priority 10;\n"
             "tcp dport 8080 drop\n}\n}"),
     .foreseen = "syn input ip/late/in drop",
     .decision = "drop ip/late/in"},
    {.name = "three tables, by priority",
     .setup =
         NFT("table ip c { chain in { type filter hook input priority 30;\n"
             "tcp dport 8080 drop\n}\n}\n"
             "table ip a { chain in { type filter hook input priority 10;\n"
             "ip saddr 192.0.2.1 drop\n}\n}\n"
             "table inet b { chain in { type filter hook input priority "
             "20;\nip daddr 192.0.2.2 reject\n}\n}\n"
             "table ip pre { chain in { type filter hook prerouting "
             "priority 0;\ntcp flags syn drop\n}\n}"),
     .foreseen = "syn prerouting ip/pre/in drop; syn input ip/a/in drop; syn "
                 "input inet/b/in reject; syn input ip/c/in drop",
     .decision = "drop ip/pre/in"},
    {.name = "the answer's way",
     .setup = OUTPUT("tcp sport 8080 drop"),
     .foreseen = OUT_DROP,
     .decision = "accept"},
    {.name = "the answer belongs to a connection",
     .setup = OUTPUT("ct state established,related accept\n"
                     "tcp sport 8080 drop"),
     .foreseen = ""},
    {.name = "the SYN does not",
     .setup = INPUT("ct state established,related accept\nct state new drop"),
     .foreseen = IN_DROP},
    {.name = "nobody tracks it",
     .setup = NFT("table inet raw { chain pre { type filter hook prerouting "
                  "priority raw;\ntcp dport 8080 notrack\n}\n}")
         INPUT("ct state untracked drop"),
     .foreseen = IN_DROP},
    {.name = "not yet tracked",
     .setup = NFT("table inet raw { chain pre { type filter hook prerouting "
                  "priority raw;\nct state new drop\nct state invalid accept\n"
                  "drop\n}\n}"),
     .foreseen = ""},
    {.name = "an untracked SYN's answer is not known",
     .setup = NFT("table inet raw { chain pre { type filter hook prerouting "
                  "priority raw;\ntcp dport 8080 notrack\n}\n}")
         OUTPUT("ct state established accept\ntcp sport 8080 drop"),
     .foreseen = ""},
    {.name = "another port, address, interface, protocol",
     .setup = INPUT("tcp dport 8081 drop\nip saddr 192.0.2.3 drop\n"
                    "ip daddr != 192.0.2.2 drop\niifname \"eth0\" drop\n"
                    "meta l4proto udp drop\nip6 saddr ::/0 drop\n"
                    "tcp dport 1-1023 drop\nip saddr 192.0.3.0/24 drop\n"
                    "tcp flags & (syn|ack) == (syn|ack) drop\n"
                    "ip saddr 192.0.2.5-192.0.2.99 drop\niif \"lo\" drop\n"
                    "tcp dport { 80, 443, 9000-9100 } drop\n"
                    "fib daddr type broadcast drop\nmeta mark 0x7 drop\n"
                    "meta pkttype multicast drop"),
     .foreseen = "",
     .decision = "accept inet/fw/in"},
    {.name = "the same of this packet",
     .setup = INPUT("ip saddr 192.0.2.0/24 ip daddr 192.0.2.2-192.0.2.9 "
                    "iifname \"v*\" meta l4proto tcp tcp dport 8000-8099 "
                    "tcp flags & (fin|syn|rst|ack) == syn fib daddr type local "
                    "meta pkttype host meta mark & 0xff == 0 tcp dport != 22 "
                    "counter log drop"),
     .foreseen = IN_DROP},
    {.name = "a limit, and what nobody knows",
     .setup = INPUT("tcp dport 8080 limit rate over 1/second drop\n"
                    "ip ttl 9 drop\ntcp option maxseg size 1-500 drop\n"
                    "meta length 1-20 drop\ntcp window 5 drop\n"
                    "numgen random mod 2 0 drop\n"
                    "fib saddr . iif oif missing drop\nct mark 0x9 drop"),
     .foreseen = "",
     .decision = "?"},
    {.name = "what may accept before it drops",
     .setup = INPUT("tcp dport 8080 limit rate 1/second accept\ndrop"),
     .foreseen = "",
     .decision = "?"},
    {.name = "what drops at any rate",
     .setup = INPUT("tcp dport 8080 limit rate 1/second drop\ndrop"),
     .foreseen = IN_DROP},
    {.name = "a chain that nobody leads to",
     .setup = NFT("table inet fw { chain in { tcp dport 8080 drop\n }\n}"),
     .foreseen = ""},
    {.name = "jump, return, goto",
     .setup =
         NFT("table inet fw {\nchain deep { tcp dport 8080 drop\n }\n"
             "chain back { tcp dport 22 drop\nreturn\ndrop\n }\n"
             "chain first { jump back\ntcp dport 22 goto deep\n"
             "goto deep\naccept\n }\n" INPUT_CHAIN("jump first\naccept") "}"),
     .foreseen = "syn input inet/fw/deep drop in > first > deep"},
    {.name = "a goto comes back to the policy",
     .setup = NFT(
         "table inet fw {\nchain side { tcp dport 22 accept\n }\n" INPUT_CHAIN(
             "policy drop; goto side\naccept") "}"),
     .foreseen = "syn input inet/fw/in drop policy"},
    {.name = "a jump that may be, into a drop",
     .setup = NFT("table inet fw {\nchain side { drop\n }\n" INPUT_CHAIN(
         "ip ttl 9 jump side\naccept") "}"),
     .foreseen = ""},
    {.name = "a jump that may be, and a drop behind it",
     .setup = NFT(
         "table inet fw {\nchain side { tcp dport 22 accept\n }\n" INPUT_CHAIN(
             "ip ttl 9 jump side\ndrop") "}"),
     .foreseen = IN_DROP},
    {.name = "a return that may be",
     .setup = NFT(
         "table inet fw {\nchain side { ip ttl 9 return\ndrop\n }\n" INPUT_CHAIN(
             "jump side\naccept") "}"),
     .foreseen = ""},
    {.name = "named sets",
     .setup = NFT(
         "table inet fw {\nset bad { type ipv4_addr; flags interval; "
         "elements = { 192.0.2.0/30, 10.0.0.0/8 }; }\n"
         "set good { type ipv4_addr; elements = { 192.0.2.1 }; }\n" INPUT_CHAIN(
             "ip saddr != @good drop\nip saddr @bad drop") "}"),
     .foreseen = IN_DROP " bad 192.0.2.0/30"},
    {.name = "sets of others",
     .setup = NFT("table inet fw {\nset bad { type ipv4_addr; flags interval; "
                  "elements = { 192.0.2.2-192.0.2.99, 10.0.0.0/8 }; }\n"
                  "set none { type ipv4_addr; }\n" INPUT_CHAIN(
                      "ip saddr @bad drop\nip saddr @none drop\n"
                      "ip saddr . tcp dport { 192.0.2.1 . 80 } drop") "}"),
     .foreseen = ""},
#define BAD(more)                                                 \
    NFT("table inet fw {\nset bad { type ipv4_addr; " more        \
        "; elements = { 192.0.2.1 }; }\n" INPUT_CHAIN("ip saddr " \
                                                      "@bad drop") "}")
    {.name = "elements with a limit of their own",
     .setup = BAD("limit rate over 9/second"),
     .foreseen = "",
     .decision = "?"},
    {.name = "with a quota",
     .setup = BAD("quota over 1 mbytes"),
     .foreseen = "",
     .decision = "?"},
    {.name = "with a number of connections",
     .setup = BAD("ct count over 3"),
     .foreseen = "",
     .decision = "?"},
    {.name = "with counter and limit",
     .setup = BAD("counter; limit rate over 9/second"),
     .foreseen = "",
     .decision = "?"},
    {.name = "with a counter, which asks nothing",
     .setup = BAD("counter"),
     .foreseen = IN_DROP " bad 192.0.2.1"},
    {.name = "for a time that is not over",
     .setup = BAD("timeout 1h"),
     .foreseen = IN_DROP " bad 192.0.2.1"},
    {.name = "not one of a limited set",
     .setup = NFT("table inet fw {\nset good { type ipv4_addr; limit rate over "
                  "9/second; elements = { 192.0.2.9 }; }\n" INPUT_CHAIN(
                      "ip saddr @good accept\nip saddr != @good drop") "}"),
     .foreseen = IN_DROP},
    {.name = "a limited map of verdicts",
     .setup = NFT("table inet fw {\nmap ports { type inet_service : verdict; "
                  "limit rate over 9/second; elements = { 8080 : drop }; "
                  "}\n" INPUT_CHAIN("tcp dport vmap @ports") "}"),
     .foreseen = "",
     .decision = "?"},
    {.name = "a limited map, and a drop at any rate",
     .setup = NFT("table inet fw {\nmap ports { type inet_service : verdict; "
                  "limit rate over 9/second; elements = { 8080 : drop }; "
                  "}\n" INPUT_CHAIN("tcp dport vmap @ports\ndrop") "}"),
     .foreseen = IN_DROP},
    {.name = "a verdict map",
     .setup = NFT("table inet fw {\nchain web { ip saddr 192.0.2.1 drop\n }\n"
                  "map ports { type inet_service : verdict; elements = { 22 : "
                  "accept, 8080 : jump web }; }\n" INPUT_CHAIN(
                      "tcp dport vmap @ports") "}"),
     .foreseen = "syn input inet/fw/web drop in > web ports 8080 : jump "
                 "web"},
    {.name = "an anonymous map that accepts",
     .setup = INPUT("policy drop; ip saddr . tcp dport vmap { 192.0.2.1 . 8080 "
                    ": accept, 192.0.2.1 . 22 : drop }"),
     .foreseen = ""},
    {.name = "a map for all that is left",
     .setup = INPUT("tcp dport vmap { 22 : accept, * : drop }"),
     .foreseen = IN_DROP},
    {.name = "marks",
     .setup = INPUT("tcp dport 8080 meta mark set 0x5\nmeta mark 0x5 ct mark "
                    "set meta mark\nct mark 0x5 drop"),
     .foreseen = IN_DROP},
    {.name = "a mark that may be set",
     .setup = INPUT("ip ttl 9 meta mark set 0x5\nmeta mark 0x5 drop"),
     .foreseen = ""},
    {.name = "translated to another port",
     .setup =
         NFT("table ip nat { chain pre { type nat hook prerouting priority "
             "-100;\ntcp dport 8080 redirect to :80\n}\n}")
             INPUT("tcp dport 8080 drop") OUTPUT("tcp sport 8080 drop"),
     .foreseen = "",
     .decision = "?"},
    {.name = "translated, and perhaps passed on",
     .setup =
         NFT("table ip nat { chain pre { type nat hook prerouting priority "
             "-100;\ntcp dport 8080 dnat to 198.51.100.9:80\n}\n}")
             INPUT("policy drop;"),
     .foreseen = "",
     .decision = "?"},
    {.name = "not this one",
     .setup =
         NFT("table ip nat { chain pre { type nat hook prerouting priority "
             "-100;\ntcp dport 443 redirect to :80\n}\n}")
             INPUT("tcp dport 8080 drop"),
     .foreseen = IN_DROP},
    {.name = "NAT is not asked about the answer",
     .setup = NFT("table ip nat { chain post { type nat hook output priority "
                  "-100;\ndrop\n}\n}"),
     .foreseen = ""},
    {.name = "as firewalld asks whether it was translated",
     .setup = INPUT("ct status dnat accept\nct status assured accept\ndrop"),
     .foreseen = IN_DROP},
    {.name = "on the devices by which it comes and the answer goes",
     .setup = DEVICE("ingress", "vb", "tcp dport 8080 drop")
         DEVICE("ingress", "lo", "drop") INPUT("tcp dport 8080 drop"),
     .foreseen = "syn ingress netdev/d/c drop; " IN_DROP,
     .decision = "drop netdev/d/c"},
    {.name = "of others, on that device",
     .setup =
         DEVICE("ingress", "vb", "ip saddr 192.0.2.9 drop\ntcp dport 80 drop"),
     .foreseen = ""},
    {.name = "IPv6",
     .setup = INPUT("ip6 saddr 2001:db8::/64 tcp dport 8080 drop"),
     .foreseen = IN_DROP,
     .v6 = true},
    {.name = "IPv4's table, for IPv6",
     .setup =
         NFT("table ip fw { chain in { type filter hook input priority 0;\n"
             "drop\n}\n}"),
     .foreseen = "",
     .v6 = true},
    {.name = "nothing came: by what is known",
     .setup = INPUT("iifname \"lo\" accept\nip saddr 192.0.2.1 tcp dport 8080 "
                    "drop"),
     .foreseen = IN_DROP,
     .not_arrived = true},
    {.name = "nothing came: by which device, nobody knows",
     .setup = INPUT("iifname \"vb\" drop\ntcp sport 40000 drop"),
     .foreseen = "",
     .not_arrived = true,
     .unsure = true},
    {.name = "on its way out",
     .setup =
         OUTPUT("oifname \"lo\" accept\nmeta skuid != 0 drop\nmeta skuid 0 "
                "tcp dport 8080 drop"),
     .foreseen = "syn output inet/fw/out drop",
     .at_source = true},
    {.name = "its answer on its way in",
     .setup = INPUT("ct state new drop\ntcp sport 8080 tcp flags syn,ack / "
                    "syn,ack drop"),
     .foreseen = "syn-ack input inet/fw/in drop",
     .at_source = true},
    {.name = "a stateful workstation",
     .setup = INPUT("policy drop; ct state established,related accept")
         OUTPUT("oif \"lo\" accept"),
     .foreseen = "",
     .at_source = true},
#define KUBE(ipt)                                                       \
    ipt("-N KUBE-FIREWALL") ipt("-A INPUT -j KUBE-FIREWALL")            \
        ipt("-A OUTPUT -j KUBE-FIREWALL")                               \
            ipt("-A KUBE-FIREWALL -p tcp -m multiport --ports 8080 -m " \
                "comment --comment 'a b' -j DROP")
#define KUBE_BOTH                                                            \
    "syn input ip/filter/KUBE-FIREWALL drop INPUT > KUBE-FIREWALL; syn-ack " \
    "output ip/filter/KUBE-FIREWALL drop OUTPUT > KUBE-FIREWALL"
    {.name = "both ways through one chain",
     .setup = KUBE(IPT),
     .foreseen = KUBE_BOTH,
     .decision = "drop ip/filter/KUBE-FIREWALL"},
    {.name = "the same in the old backend",
     .setup = KUBE(IPTL),
     .foreseen = KUBE_BOTH,
     .decision = "drop ip/filter/KUBE-FIREWALL"},
#define STATEFUL(ipt)                                                        \
    ipt("-P INPUT DROP") ipt("-P OUTPUT DROP")                               \
        ipt("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT") \
            ipt("-A OUTPUT -m state --state ESTABLISHED -j ACCEPT")          \
                ipt("-A INPUT -p tcp -m tcp --dport 8080 --tcp-flags "       \
                    "FIN,SYN,RST,ACK SYN -m addrtype --dst-type LOCAL -m "   \
                    "iprange --src-range 192.0.2.1-192.0.2.9 -m pkttype "    \
                    "--pkt-type unicast -i v+ ! -s 192.0.2.3 -j ACCEPT")
    {.name = "what one writes by hand",
     .setup = STATEFUL(IPT),
     .foreseen = "",
     .decision = "accept ip/filter/INPUT"},
    {.name = "likewise, old",
     .setup = STATEFUL(IPTL),
     .foreseen = "",
     .decision = "accept ip/filter/INPUT"},
    {.name = "and its policies",
     .setup = IPTL("-P INPUT DROP") IPTL("-P OUTPUT DROP"),
     .foreseen = "syn input ip/filter/INPUT drop policy; syn-ack output "
                 "ip/filter/OUTPUT drop policy"},
#define UNKNOWN(ipt)                                      \
    ipt("-A INPUT -p tcp -m limit --limit 1/sec -j DROP") \
        ipt("-A INPUT -m length --length 1:20 -j DROP")   \
            ipt("-A INPUT -p tcp --dport 8081 -j DROP")   \
                ipt("-A INPUT -p udp -j DROP")            \
                    ipt("-A INPUT -m mark --mark 0x4/0x4 -j DROP")
    {.name = "nothing sure", .setup = UNKNOWN(IPT), .foreseen = ""},
    {.name = "nothing sure, old", .setup = UNKNOWN(IPTL), .foreseen = ""},
#define MARKED(ipt)                                                       \
    ipt("-t mangle -A PREROUTING -p tcp --dport 8080 -j MARK --set-mark " \
        "0x4") ipt("-N EMPTY") ipt("-A INPUT -j EMPTY")                   \
        ipt("-A INPUT -m mark --mark 0x4/0x4 -j REJECT")
    {.name = "by its mark",
     .setup = MARKED(IPT),
     .foreseen = "syn input ip/filter/INPUT reject"},
    {.name = "by its mark, old",
     .setup = MARKED(IPTL),
     .foreseen = "syn input ip/filter/INPUT reject"},
    {.name = "a REJECT, and a chain of nft's behind it",
     .setup = IPTL("-A INPUT -p tcp --dport 8080 -j REJECT") NFT(
         "table inet late { chain in { type filter hook input priority 50;\n"
         "tcp dport 8080 drop\n}\n}"),
     .foreseen = "syn input ip/filter/INPUT reject; syn input inet/late/in "
                 "drop"},
    {.name = "the owner of what goes out",
     .setup = IPT("-A OUTPUT -p tcp -m owner --uid-owner 33 -j DROP")
         IPT("-A OUTPUT -p tcp -m owner --uid-owner 0-10 -j DROP"),
     .foreseen = "syn output ip/filter/OUTPUT drop",
     .at_source = true},
};

static void foresees_what_rules_say(void **state)
{
    foresight_try(cases, ARRAY_SIZE(cases), state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(foresees_what_rules_say, lab_up,
                                        lab_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
