"""Ways that lead elsewhere: routes, policy rules, prefixes, neighbours, link
addresses, and the way back."""
from judge import judge
from programs import start_service
from scenario import FAIR, WEAK, Expect, Scenario

C_SERVICE = {"service": (("hostC", "@any 8080"),),
             "argv": ("hostA", "hostC:8080")}
LEG = ("ip link add leg0 type veth peer name leg1 && ip link set leg0 up && "
       "ip link set leg1 up && ")
# As a container's bridge: one port, with carrier.
BRIDGE = LEG + ("ip link add br-x type bridge && ip link set br-x up && "
                "ip link set leg0 master br-x && ")
EMPTY_BRIDGE = "ip link add br-x type bridge && ip link set br-x up && "
# A VPN whose program runs and loses everything.
TUNNEL = ("python3 -S -c \"import fcntl, os, struct; "
          "tun = os.open('/dev/net/tun', os.O_RDWR); "
          "fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'tun9', "
          "0x1001)); [os.read(tun, 2000) for _ in iter(int, 1)]\" "
          "< /dev/null > /dev/null 2>&1 & "
          "until ip link set tun9 up 2> /dev/null; do sleep 0.02; done; ")
# Else hostA asks again only after a second.
ASK_ANEW = (("hostA", "@ip neigh del @C dev eth0"),)
NO_SUCH_HOST = "02:de:ad:00:00:01"


def mark(port):
    """A rule that marks what goes to, or comes from, the service."""
    return ("nft 'table inet m { chain o { type route hook output priority "
            "mangle; tcp " + port + " 8080 meta mark set 1; }; }' && ")


def at_source(cause, **more):
    more.setdefault("stage", "output")
    return Expect(cause, "source", "hostA", packet="syn", **more)


def at_answer(cause, **more):
    more.setdefault("stage", "output")
    return Expect(cause, "destination", "hostB", packet="syn-ack", **more)

OVERLAY_NAMES = (("hostA", "127.0.0.1 localhost\n10.244.1.2 hostB\n"),)
OVERLAY = tuple(
    (host, f"ip link add vx address 02:00:00:00:42:0{n} type vxlan id 42 "
     f"local {own} remote {peer} dstport 4789 && "
     f"ip addr add 10.244.1.{n}/24 dev vx && ip link set vx up")
    for host, n, own, peer in (("hostA", 1, "@A", "@B"),
                               ("hostB", 2, "@B", "@A")))


def outer(host, hook):
    """That host drops what carries the overlay."""
    return (host, f"nft 'table inet f {{ chain f {{ type filter hook {hook} "
            "priority 0; udp dport 4789 drop; }; }'")


ROUTES = [
    Scenario("route-elsewhere-bridge", row="R03",
             expect=at_source("route-elsewhere", detail=("br-x",)),
             faults=(("hostA", BRIDGE + "@ip addr add @R1b/@mask dev br-x"),),
             fix=True),
    Scenario("route-elsewhere-bridge-without-ports", row="R03",
             expect=at_source("route-elsewhere", detail=("br-x",)),
             faults=(("hostA",
                      EMPTY_BRIDGE + "@ip addr add @R1b/@mask dev br-x"),),
             fix=True),
    Scenario("route-elsewhere-tunnel", row="R03",
             expect=at_source("route-elsewhere", detail=("tun9",)),
             faults=(("hostA", TUNNEL + "@ip route add @B/@len dev tun9"),),
             fix=True),
    # An overlay that both share: no route is wrong, what carries it is lost.
    Scenario("tunnel-broken", families=(4,), hosts_files=OVERLAY_NAMES,
             expect=Expect("tunnel-broken", "path", packet="syn",
                           detail=("vx", "4789", "@B")),
             faults=(*OVERLAY, outer("R1", "forward"))),
    Scenario("tunnel-broken-with-neighbour-known", families=(4,),
             hosts_files=OVERLAY_NAMES,
             expect=Expect("tunnel-broken", "path", packet="syn",
                           # Nobody can ask whether the entry is right.
                           confidence=WEAK,
                           detail=("vx", "4789", "@B")),
             faults=(*OVERLAY,
                     ("hostA", "ip neigh replace 10.244.1.2 lladdr "
                      "02:00:00:00:42:02 nud permanent dev vx"),
                     outer("R1", "forward"))),
    Scenario("tunnel-works", Expect("connected"), families=(4,),
             hosts_files=OVERLAY_NAMES, faults=OVERLAY),
    Scenario("route-elsewhere-on-link", row="R03",
             expect=at_source("route-elsewhere", detail=("leg0",)),
             faults=(("hostA", LEG + "@ip route add @B/@len dev leg0"),),
             fix=True),
    Scenario("route-more-specific-and-right", Expect("connected"), near="R03",
             faults=(("hostA", "@ip route add @B/@len via @R1 dev eth0"),)),
    Scenario("route-bridge-beside-it", Expect("connected"), near="R03 V09",
             faults=(("hostA", BRIDGE + "@ip addr add @R1b/@len dev br-x"),
                     ("hostB", BRIDGE + "@ip addr add @R1/@len dev br-x"))),

    Scenario("route-elsewhere-policy-rule", row="R04",
             expect=at_source("route-elsewhere",
                              detail=("leg0", "lookup 50")),
             faults=(("hostA", LEG + "@ip route add @netB dev leg0 table 50 "
                      "&& @ip rule add to @B/@len lookup 50"),), fix=True),
    Scenario("route-elsewhere-policy-port", row="R04",
             expect=at_source("route-elsewhere",
                              detail=("leg0", "dport 8080")),
             faults=(("hostA", LEG + "@ip route add @netB dev leg0 table 50 "
                      "&& @ip rule add ipproto tcp dport 8080 lookup 50"),),
             fix=True),
    # A VPN's rule for all: this address goes before it, and the rule stays,
    # for what the host is reached by, or has no other way than, goes by it too.
    Scenario("route-elsewhere-by-rule-of-default", row="R04",
             expect=at_source("route-elsewhere", unoffered=("rule del",),
                              detail=("default way of hostA",),
                              command="rule add pref 99 to @B/@len lookup main"),
             faults=(("hostA", LEG + "@ip route add default dev leg0 table 50 "
                      "&& @ip rule add pref 90 to @netM lookup main && "
                      "@ip rule add pref 100 lookup 50"),), fix=True),
    Scenario("route-elsewhere-by-rule-of-agent", row="R04", families=(4,),
             expect=at_source("route-elsewhere", unoffered=("rule del",),
                              detail=("hostA reaches the controller",),
                              command="rule add pref 99 to @B/@len lookup main"),
             faults=(("hostA", LEG + "@ip route add @netB dev leg0 table 50 "
                      "&& @ip route add @netM dev mgmt0 table 50 && "
                      "@ip rule add pref 100 lookup 50"),), fix=True),
    # The same without the agent's: then both are offered, and the rule may go.
    Scenario("route-elsewhere-by-rule-of-others", row="R04", families=(4,),
             expect=at_source("route-elsewhere", fixes=(2,),
                              command="rule add pref 99 to @B/@len lookup main"),
             faults=(("hostA", LEG + "@ip route add @netB dev leg0 table 50 "
                      "&& @ip rule add pref 100 lookup 50"),),
             fix=True, fix_number=1),
    Scenario("route-policy-rule-for-another", Expect("connected"),
             near="R04 F11",
             faults=(("hostA", LEG + "@ip route add default dev leg0 table 50 "
                      "&& @ip rule add to @absentB/@len lookup 50 && "
                      "@ip rule add fwmark 7 lookup 50 && "
                      "@ip rule add ipproto tcp dport 8081 lookup 50"),)),
    Scenario("route-rejected-by-rule", row="R02 R04",
             expect=at_source("route-rejects",
                              detail=("prohibit", "pref 77")),
             faults=(("hostA", "@ip rule add pref 77 to @netB prohibit"),),
             fix=True),
    Scenario("route-back-rejected-by-rule", row="V10 V11",
             expect=at_answer("route-rejects",
                              detail=("unreachable", "pref 77")),
             faults=(("hostB", "@ip rule add pref 77 to @A unreachable"),),
             fix=True),

    Scenario("mark-and-blackhole", row="F11",
             expect=at_source("route-rejects",
                              detail=("blackhole", "fwmark 0x1")),
             faults=(("hostA", mark("dport") +
                      "@ip rule add fwmark 1 lookup 100 && "
                      "@ip route add blackhole default table 100"),),
             fix=True),
    Scenario("mark-legacy-and-blackhole", row="F11",
             expect=at_source("route-rejects",
                              detail=("blackhole", "fwmark 0x1")),
             faults=(("hostA", "@iptables-legacy -t mangle -A OUTPUT -p tcp "
                      "--dport 8080 -j MARK --set-mark 1 && "
                      "@ip rule add fwmark 1 lookup 100 && "
                      "@ip route add blackhole default table 100"),),
             fix=True),
    Scenario("mark-and-other-device", row="F11 R04",
             expect=at_source("route-elsewhere",
                              detail=("leg0", "fwmark 0x1")),
             faults=(("hostA", LEG + mark("dport") +
                      "@ip rule add fwmark 1 lookup 100 && "
                      "@ip route add default dev leg0 table 100"),),
             fix=True),
    Scenario("mark-and-no-rule", Expect("connected"), near="F11",
             faults=(("hostA", mark("dport") +
                      "@ip rule add fwmark 2 lookup 100 && "
                      "@ip route add blackhole default table 100"),)),

    Scenario("source-address-foreign", row="R10",
             expect=at_source("route-elsewhere", detail=("@loopA",)),
             faults=(("hostA", "@ip addr add @loopA/@len dev lo && "
                      "@ip route change default via @R1 dev eth0 "
                      "src @loopA"),), fix=True),
    Scenario("source-address-of-loopback-known", Expect("connected"),
             near="R10",
             faults=(("hostA", "@ip addr add @loopA/@len dev lo && "
                      "@ip route change default via @R1 dev eth0 "
                      "src @loopA"),
                     ("R1", "@ip route add @loopA/@len via @A"),
                     ("R2", "@ip route add @loopA/@len via @R1link"))),
    Scenario("source-translated", row="F10",
             expect=Expect("unreachable-on-path", "path", packet="syn-ack",
                           detail=("snat", "@loopA")),
             faults=(("hostA", "nft 'table @l3 n { chain p { type nat hook "
                      "postrouting priority srcnat; tcp dport 8080 "
                      "snat to @loopA; }; }'"),), fix=True),
    Scenario("source-translated-no-route-back", row="F10",
             expect=at_answer("no-route", detail=("snat", "@loopA")),
             faults=(("hostA", "nft 'table @l3 n { chain p { type nat hook "
                      "postrouting priority srcnat; tcp dport 8080 "
                      "snat to @loopA; }; }'"),
                     ("hostB", "@ip route add @netA via @R2 dev eth0 && "
                      "@ip route del default")), fix=True),
    Scenario("source-masqueraded", Expect("connected"), near="F10",
             faults=(("hostA", "nft 'table @l3 n { chain p { type nat hook "
                      "postrouting priority srcnat; masquerade; }; }'"),)),
    Scenario("local-route-to-destination", row="S11",
             expect=at_source("destination-address-on-source",
                              detail=("local", "lo")),
             faults=(("hostA", "@ip route add local @B dev lo"),)),
    Scenario("gateway-does-not-forward",
             expect=Expect("lost-on-path", "path", packet="syn",
                           detail=("@C",)),
             faults=(("hostA", "@ip route add @B via @C"),)),
    Scenario("destination-address-on-source", row="S11",
             expect=at_source("destination-address-on-source",
                              detail=("lo",)),
             faults=(("hostA", "@ip addr add @B/@len dev lo"),), fix=True),
    # The agent's own; IPv6's is not what it is connected from.
    Scenario("destination-address-is-the-agents", row="S11", families=(4,),
             expect=at_source("destination-address-on-source", fixes=(0,),
                              detail=("hostA reaches the controller",)),
             argv=("hostA", "@mgmtA:8080", "--to", "hostB")),
    Scenario("destination-address-is-not-the-agents", row="S11", families=(6,),
             expect=at_source("destination-address-on-source", fixes=(1,),
                              command="addr del @mgmtA/64 dev mgmt0"),
             argv=("hostA", "[@mgmtA]:8080", "--to", "hostB")),
    Scenario("destination-neighbour-on-source", Expect("connected"),
             near="S11",
             faults=(("hostA", "@ip addr add @absentB/@len dev lo"),)),
]

WAY_BACK = [
    Scenario("route-back-elsewhere-bridge", row="V09",
             expect=at_answer("route-elsewhere", detail=("br-x", "eth0")),
             faults=(("hostB", BRIDGE + "@ip addr add @R1/@mask dev br-x"),),
             fix=True),
    Scenario("route-back-elsewhere-tunnel", row="V10",
             expect=at_answer("route-elsewhere", detail=("tun9",)),
             faults=(("hostB", TUNNEL + "@ip route add @A/@len dev tun9"),),
             fix=True),
    Scenario("route-back-elsewhere-policy-rule", row="V10",
             expect=at_answer("route-elsewhere", detail=("lookup 77",)),
             faults=(("hostB", LEG + "@ip route add default dev leg0 table 77 "
                      "&& @ip rule add from @B/@len lookup 77"),), fix=True),
    Scenario("route-back-elsewhere-mark", row="V10",
             expect=at_answer("route-elsewhere", detail=("leg0",)),
             faults=(("hostB", LEG + mark("sport") +
                      "@ip rule add fwmark 1 lookup 100 && "
                      "@ip route add default dev leg0 table 100"),),
             fix=True),
    Scenario("route-back-rule-for-another", Expect("connected"), near="V10",
             faults=(("hostB", LEG + "@ip route add default dev leg0 table 77 "
                      "&& @ip rule add from @absentB/@len lookup 77 && "
                      "@ip rule add fwmark 7 lookup 77"),)),
    # hostC passes nothing on.
    Scenario("route-back-by-other-leg", row="V04",
             expect=at_answer("route-elsewhere", detail=("mgmt0", "eth0")),
             faults=(("hostB", "@ip route add @A/@len via @mgmtC"),),
             fix=True),
    Scenario("route-back-by-other-leg-that-works", Expect("connected"),
             near="V04 A02 N01",
             faults=(("hostB", "@ip route add @A/@len via @mgmtA"),)),
    Scenario("rp-filter-at-source", families=(4,), row="A02",
             expect=Expect("rp-filter", "source", "hostA", "prerouting",
                           "syn-ack", detail=("mgmt0", "eth0")),
             faults=(("hostA", "sysctl -qw net.ipv4.conf.all.rp_filter=1"),
                     ("hostB", "@ip route add @A/@len via @mgmtA && "
                      "ip neigh replace @mgmtA lladdr @macMgmtA nud permanent "
                      "dev mgmt0"))),
    Scenario("rp-filter-loose-and-route-elsewhere", families=(4,),
             row="N01 V04", near="N01",
             expect=at_answer("route-elsewhere"),
             faults=(("hostB", "sysctl -qw net.ipv4.conf.all.rp_filter=2"),
                     ("hostB", "@ip route add @A/@len via @mgmtC")),
             fix=True),
]

NEIGHBOURS = [
    Scenario("prefix-too-wide-at-source", families=(4,), row="R06",
             expect=at_source("prefix-too-wide", stage="egress",
                              detail=("192.0.2.10/1", "eth0")),
             faults=(("hostA", "ip addr add 192.0.2.10/1 dev eth0"),),
             fix=True),
    Scenario("prefix-too-wide-at-source", families=(6,), row="R06",
             expect=at_source("prefix-too-wide", stage="egress",
                              detail=("2001:db8:a::10/32", "eth0")),
             faults=(("hostA", "ip addr del 2001:db8:a::10/64 dev eth0; "
                      "ip addr add 2001:db8:a::10/32 dev eth0 nodad; "
                      "ip -6 route replace default via 2001:db8:a::1"),),
             fix=True),
    Scenario("prefix-too-wide-at-destination", families=(4,), row="V08",
             expect=at_answer("prefix-too-wide", stage="egress",
                              detail=("198.51.100.10/1",)),
             faults=(("hostB", "ip addr add 198.51.100.10/1 dev eth0"),),
             fix=True),
    Scenario("prefix-wide-unused", Expect("connected"), families=(4,),
             near="R06 V08",
             faults=(("hostA", "ip addr add 203.0.113.70/1 dev eth0 "
                      "noprefixroute"),
                     ("hostB", "ip addr add 203.0.113.71/1 dev eth0 "
                      "noprefixroute"))),

    Scenario("neighbour-wrong-gateway", row="R07",
             expect=at_source("neighbour-wrong-address", stage="egress",
                              detail=(NO_SUCH_HOST,)),
             faults=(("hostA", "@ip neigh replace @R1 lladdr " + NO_SUCH_HOST
                      + " nud permanent dev eth0"),), fix=True),
    Scenario("neighbour-wrong-on-link", row="R07", **C_SERVICE,
             expect=at_source("neighbour-wrong-address", stage="egress",
                              detail=(NO_SUCH_HOST,)),
             faults=(("hostA", "@ip neigh replace @C lladdr " + NO_SUCH_HOST
                      + " nud permanent dev eth0"),), fix=True),
    Scenario("neighbour-wrong-gateway-at-destination", row="V07",
             expect=at_answer("neighbour-wrong-address", stage="egress",
                              detail=(NO_SUCH_HOST,)),
             faults=(("hostB", "@ip neigh replace @R2 lladdr " + NO_SUCH_HOST
                      + " nud permanent dev eth0"),), fix=True),
    Scenario("neighbour-wrong-at-router", row="D02",
             expect=Expect("neighbour-wrong-address", "path", packet="syn"),
             faults=(("R2", "@ip neigh replace @B lladdr " + NO_SUCH_HOST
                      + " nud permanent dev lanB"),)),
    Scenario("neighbour-wrong-unused", Expect("connected"), near="R07 V07",
             faults=(("hostA", "@ip neigh replace @absentA lladdr "
                      + NO_SUCH_HOST + " nud permanent dev eth0"),
                     ("hostB", "@ip neigh replace @absentB lladdr "
                      + NO_SUCH_HOST + " nud permanent dev eth0"))),
    Scenario("neighbour-permanent-and-right", Expect("connected"),
             near="R07 V07",
             faults=(("hostB", "@ip neigh replace @R2 lladdr @macR2 "
                      "nud permanent dev eth0"),)),
    Scenario("neighbour-permanent-and-path-drop", near="R07",
             expect=Expect("port-filtered-on-path", "path", packet="syn"),
             faults=(("hostA", "@ip neigh replace @R1 lladdr @macR1 "
                      "nud permanent dev eth0"),
                     ("R1", "nft 'table inet f { chain f { type filter hook "
                      "forward priority 0; tcp dport 8080 drop; }; }'"))),

    Scenario("ttl-too-small", families=(4,), row="R13",
             expect=Expect("ttl-too-small", packet="syn", detail=("1",)),
             faults=(("hostA", "sysctl -qw net.ipv4.ip_default_ttl=1"),),
             fix=True),
    Scenario("ttl-too-small", families=(6,), row="R13",
             expect=Expect("ttl-too-small", packet="syn"),
             faults=(("hostA", "sysctl -qw net.ipv6.conf.eth0.hop_limit=1"),),
             fix=True),
    Scenario("ttl-set-by-a-rule", families=(4,), row="R13",
             expect=Expect("ttl-too-small", packet="syn",
                           detail=("TTL of 2", "hostA's firewall sets it",
                                   "mangle", "TTL --ttl-set 2"),
                           command="iptables-nft -t mangle -I POSTROUTING"),
             fix=True,
             faults=(("hostA", "@iptables-nft -t mangle -A POSTROUTING -p tcp "
                      "--dport 8080 -j TTL --ttl-set 2"),)),
    Scenario("ttl-just-enough", Expect("connected"), near="R13",
             families=(4,),
             faults=(("hostA", "sysctl -qw net.ipv4.ip_default_ttl=3"),)),
    Scenario("routing-loop", near="R13",
             expect=Expect("routing-loop", "path", packet="syn",
                           detail=("a TTL of 64", "ran out at")),
             faults=(("R2", "@ip route del @netB; "
                      "@ip route add @netB via @R1link"),)),
]

SILENCE = [
    Scenario("arp-ignore", families=(4,), row="D10", **C_SERVICE,
             expect=Expect("arp-not-answered", "destination", "hostC",
                           packet="syn", detail=("arp_ignore", "8")),
             faults=(("hostC", "sysctl -qw net.ipv4.conf.eth0.arp_ignore=8"),),
             fix=True, before_fix=ASK_ANEW),
    Scenario("arp-ignore-behind-router", families=(4,), row="D10",
             expect=Expect("arp-not-answered", "destination", "hostB",
                           packet="syn", detail=("arp_ignore",)),
             faults=(("hostB", "sysctl -qw net.ipv4.conf.all.arp_ignore=8 "
                      "net.ipv4.conf.eth0.arp_ignore=8"),
                     ("R2", "ip neigh flush all")), fix=True,
             before_fix=(("R2", "ip neigh del @B dev lanB"),)),
    Scenario("arp-switched-off", families=(4,), row="D10", **C_SERVICE,
             expect=Expect("arp-not-answered", "destination", "hostC",
                           packet="syn", detail=("NOARP",)),
             faults=(("hostC", "ip link set eth0 arp off && "
                      "ip neigh replace @A lladdr @macA nud permanent "
                      "dev eth0"),), fix=True, before_fix=ASK_ANEW),
    Scenario("arp-ignore-other-device", Expect("connected"), families=(4,),
             near="D10 A09", **C_SERVICE,
             faults=(("hostC", "sysctl -qw net.ipv4.conf.mgmt0.arp_ignore=8 "
                      "net.ipv4.conf.eth0.arp_ignore=1"),)),
    Scenario("questions-dropped-by-firewall", row="D10", **C_SERVICE,
             expect=Expect("arp-not-answered", "destination", "hostC",
                           packet="syn"),
             faults=(("hostC", "nft 'table arp quiet { chain in { type filter "
                      "hook input priority 0; drop; }; }; table ip6 quiet { "
                      "chain in { type filter hook input priority 0; "
                      "iifname eth0 icmpv6 type nd-neighbor-solicit drop; }; "
                      "}'"),)),
    Scenario("duplicate-address", families=(6,), row="D14", **C_SERVICE,
             expect=Expect("address-not-local", "destination", "hostC",
                           packet="syn", detail=("duplicate",)),
             faults=(("R1", "ip addr add @C/@mask dev lanA nodad"),
                     ("hostC", "sysctl -qw net.ipv6.conf.all.accept_dad=1 "
                      "net.ipv6.conf.eth0.accept_dad=1 && "
                      "ip addr del @C/@mask dev eth0 && "
                      "ip addr add @C/@mask dev eth0 && "
                      "until ip -6 addr show dev eth0 | grep -q dadfailed; "
                      "do sleep 0.05; done"))),
    Scenario("address-checked-and-good", Expect("connected"), families=(6,),
             near="D14", **C_SERVICE,
             faults=(("hostC", "sysctl -qw net.ipv6.conf.all.accept_dad=1 "
                      "net.ipv6.conf.eth0.accept_dad=1 && "
                      "ip addr del @C/@mask dev eth0 && "
                      "ip addr add @C/@mask dev eth0 && "
                      "while ip -6 addr show dev eth0 | grep -q tentative; "
                      "do sleep 0.05; done"),)),
    Scenario("arp-ignore-at-source", families=(4,), row="A09",
             expect=Expect("arp-not-answered", "source", "hostA",
                           packet="syn-ack", detail=("arp_ignore",)),
             faults=(("hostA", "sysctl -qw net.ipv4.conf.eth0.arp_ignore=8 "
                      "&& ip neigh replace @R1 lladdr @macR1 nud permanent "
                      "dev eth0"),
                     ("R1", "ip neigh flush all")), fix=True,
             before_fix=(("R1", "ip neigh del @A dev lanA"),)),
]

# Two ways out of hostA, chosen by the ports.
TWO_LEGS = ("hostA", "sysctl -qw net.ipv4.fib_multipath_hash_policy=1 "
            "net.ipv6.fib_multipath_hash_policy=1 && "
            "@ip route replace default nexthop via @R1 dev eth0 "
            "nexthop via @R2a dev eth0")
LEGS = [
    Scenario("one-dead-leg", row="R12", families=(4,),
             expect=Expect("intermittent-loss", "path", outcome="mixed",
                           confidence=("likely",),
                           detail=("source-port", "@R2a")),
             faults=(TWO_LEGS,
                     ("R2", "nft 'table inet f { chain f { type filter hook "
                      "forward priority 0; iifname lanA drop; }; }'")),
             argv=("hostA", "hostB:8080", "--count", "30")),
    # IPv6 leaves a dead leg by itself after the third SYN.
    Scenario("one-dead-leg", row="R12", families=(6,),
             expect=Expect("intermittent-loss", "path", outcome="mixed",
                           confidence=("likely",)),
             faults=(TWO_LEGS,
                     ("R2", "nft 'table inet f { chain f { type filter hook "
                      "forward priority 0; iifname lanA drop; }; }'")),
             argv=("hostA", "hostB:8080", "--count", "12")),
    Scenario("two-legs-that-work", Expect("connected"), near="R12",
             faults=(TWO_LEGS,),
             argv=("hostA", "hostB:8080", "--count", "30")),
]


def behind_own_device(lab):
    """hostB has a child of hostA's eth0, which hostA itself cannot reach."""
    lab["hostA"].net(["ip", "link", "add", "link", "eth0", "name", "child0",
                      "type", "macvlan", "mode", "bridge"])
    lab["hostA"].net(["ip", "link", "set", "child0", "netns",
                      str(lab["hostB"].pid)])
    lab["hostB"].shell("ip link set child0 up && "
                       "ip addr add 192.0.2.77/24 dev child0")
    start_service(lab, 0, "hostB", "0.0.0.0 8080")
    # Till the controller has heard of the address, nobody watches there.
    expect = at_source("neighbour-unresolved", stage="egress",
                       confidence=FAIR + ("possible",))
    wrong = judge(expect, *lab.trace(("hostA", "192.0.2.77:8080")))[0]
    # Another host of the LAN reaches it.
    return wrong + judge(Expect("connected"), *lab.trace(
        ("hostC", "192.0.2.77:8080")))[0]


CHILD = [Scenario("macvlan-child-of-own-device", families=(), row="D09",
                  near="D09",
                  expect=at_source("neighbour-unresolved"),
                  run=behind_own_device)]

SCENARIOS = CHILD + LEGS + ROUTES + WAY_BACK + NEIGHBOURS + SILENCE
