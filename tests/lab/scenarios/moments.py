"""What the destination does not keep for itself: the answer of a container is
routed while it still bears the container's address, devices have settings of
their own, a rule translates to nobody, a guest holds the address."""
from scenario import WEAK, Expect, Scenario
from scenarios.container import BOX
from scenarios.ways import TUNNEL

# As scenarios.container's box, by both families.
HOLDERS = {4: ("203.0.113.65/28", "203.0.113.66", "203.0.113.67"),
           6: ("2001:db8:d::65/64", "2001:db8:d::66", "2001:db8:d::67")}
BOX6 = ("hostB", "sysctl -qw net.ipv6.conf.all.forwarding=1 && "
        "ip netns add box && ip link add br0 type bridge && "
        "ip addr add 2001:db8:d::65/64 dev br0 nodad && "
        "ip link set br0 up && "
        "ip link add box0 type veth peer name eth0 netns box && "
        "ip link set box0 master br0 up && "
        "ip -n box link set lo up && ip -n box link set eth0 up && "
        "ip -n box addr add 2001:db8:d::66/64 dev eth0 nodad && "
        "ip -n box route add default via 2001:db8:d::65")
BOXES = {4: BOX, 6: BOX6}
INSIDE = {4: (("hostB", "netns:box 0.0.0.0 80"),),
          6: (("hostB", "netns:box :: 80"),)}
# Two uplinks: the host's own answers leave by the table of its address.
TWO_UPLINKS = ("hostB", "@ip rule add from @B table 100 && "
               "@ip route add default via @R2 table 100 && "
               "@ip route replace default via @mgmtC dev mgmt0")


def publish(family, target):
    host = target if family == 4 else f"[{target}]"
    l3 = {4: "ip", 6: "ip6"}[family]
    return ("hostB", f"nft 'table {l3} nat {{ chain pre {{ type nat hook "
            f"prerouting priority dstnat; {l3} daddr @B tcp dport 8080 dnat "
            f"to {host}:80; }}; }}'")


def boxed(name, family, expect, *faults, target=None, **more):
    """hostB passes its port 8080 on to the container, or to that target."""
    return Scenario(name, expect, families=(family,), service=INSIDE[family],
                    faults=(BOXES[family],
                            publish(family, target or HOLDERS[family][1]),
                            *(("hostB", fault) for fault in faults)), **more)


def back(cause, stage, family, **more):
    return Expect(cause, "destination", "hostB", stage, "syn-ack",
                  detail=(HOLDERS[family][1],), **more)


def answers(family):
    holder = HOLDERS[family][1]
    ip = {4: "ip", 6: "ip -6"}[family]
    rule = f"{ip} rule add from {holder}"
    return [
        boxed("translated-answer-by-other-uplink", family,
              back("route-elsewhere", "output", family, command=rule),
              TWO_UPLINKS[1], fix=True),
        boxed("translated-answer-by-right-uplink", family, Expect("connected"),
              TWO_UPLINKS[1], f"{rule} table 100"),
        boxed("translated-answer-without-route", family,
              back("no-route", "prerouting", family, command=rule),
              "@ip rule add from @B table 100 && @ip route add default "
              "via @R2 table 100 && @ip route del default", fix=True),
        boxed("translated-answer-rejected", family,
              back("route-rejects", None, family, confidence=WEAK),
              f"@ip rule add pref 99 from {holder} unreachable"),
        boxed("translated-answer-rejected-for-others", family,
              Expect("connected"), "@ip rule add pref 99 from @B unreachable "
              "iif br0"),
    ]


# Loose or strict, the filter asks for the way back from the container.
FILTERED = [
    boxed("rp-filter-of-what-is-translated", 4,
          Expect("rp-filter", "destination", "hostB", "prerouting", "syn",
                 detail=("translates",)), TWO_UPLINKS[1],
          "sysctl -qw net.ipv4.conf.eth0.rp_filter=1", fix=True),
    boxed("translated-answer-marked-elsewhere", 4,
          back("route-elsewhere", "output", 4),
          "nft 'table inet m { chain p { type filter hook prerouting priority "
          "mangle; tcp sport 80 meta mark set 7; }; }'; "
          "ip rule add fwmark 7 table 77; "
          "ip route add default via @mgmtC dev mgmt0 table 77", fix=True),
]


def off(device, packet):
    at = f"net.ipv4.conf.{device}.forwarding"
    return Expect("forwarding-disabled", "destination", "hostB", "prerouting",
                  packet, detail=(at,), command=f"{at}=1")


def gone(family, target, **more):
    return Expect("nat-target-gone", "destination", "hostB", packet="syn",
                  detail=(target, "dnat to"), unoffered=("forward",), **more)


NOBODY = "10.99.99.9"
SETTINGS = [
    boxed("forwarding-off-on-device", 4, off("eth0", "syn"),
          "sysctl -qw net.ipv4.conf.eth0.forwarding=0", fix=True),
    boxed("forwarding-off-on-way-back", 4, off("br0", "syn-ack"),
          "sysctl -qw net.ipv4.conf.br0.forwarding=0", fix=True),
    boxed("forwarding-off-on-other-device", 4, Expect("connected"),
          "sysctl -qw net.ipv4.conf.mgmt0.forwarding=0"),
    # IPv6 asks the setting for all, whatever a device's own is.
    boxed("forwarding-off-on-device", 6, Expect("connected"),
          "sysctl -qw net.ipv6.conf.eth0.forwarding=0"),
    boxed("forwarding-off-behind-the-rule", 6,
          Expect("forwarding-disabled", "destination", "hostB", packet="syn",
                 command="net.ipv6.conf.all.forwarding=1"),
          "sysctl -qw net.ipv6.conf.all.forwarding=0", fix=True),
    # A host that forwards gives up what a router's advertisement told it.
    Scenario("forwarding-off-behind-an-advertised-route", families=(6,),
             service=INSIDE[6],
             expect=Expect("forwarding-disabled", "destination", "hostB",
                           packet="syn", fixes=(0,), detail=(
                               "accept_ra is not 2", "default way of hostB")),
             faults=(BOXES[6], publish(6, HOLDERS[6][1]),
                     ("hostB", "sysctl -qw net.ipv6.conf.all.forwarding=0 "
                      "net.ipv6.conf.eth0.accept_ra=1; ip -6 route del default"),
                     ("R2", "python3 -S @here/advertise.py lanB"),
                     ("hostB", "until ip -6 route show default proto ra | grep "
                      "-q fe80; do sleep 0.02; done"))),
    # Whether somebody is there shows once it is passed on.
    boxed("translated-to-nobody-and-forwarding-off", 4,
          Expect("forwarding-disabled", "destination", "hostB", packet="syn",
                 command="net.ipv4.ip_forward=1",
                 says=("first see that somebody is where", HOLDERS[4][2])),
          "sysctl -qw net.ipv4.ip_forward=0", target=HOLDERS[4][2]),
    boxed("translated-to-nobody", 4, gone(4, HOLDERS[4][2]),
          target=HOLDERS[4][2]),
    boxed("translated-to-nobody", 6, gone(6, HOLDERS[6][2]),
          target=HOLDERS[6][2]),
    # Nobody looks inside; its reset was seen to come out.
    Scenario("translated-to-a-closed-port", families=(4,), service=(),
             expect=Expect("not-listening", "destination", "hostB", "socket",
                           confidence=("likely",),
                           detail=("reset was seen to come in", "dnat to")),
             faults=(BOXES[4], publish(4, HOLDERS[4][1]))),
    boxed("translated-to-where-no-route-leads", 4, gone(4, NOBODY),
          "@ip route replace @netA via @R2; @ip route del default",
          target=NOBODY),
    boxed("translated-to-nobody-beyond-a-router", 4,
          Expect("undetermined", confidence=WEAK, detail=(NOBODY, "dnat to"),
                 unoffered=("forward",)), target=NOBODY),
    Scenario("rp-filter-of-the-device-alone", families=(4,), fix=True,
             expect=Expect("rp-filter", "destination", "hostB", "prerouting",
                           "syn"),
             faults=(("hostB", "sysctl -qw net.ipv4.conf.eth0.rp_filter=1; "
                      "ip route add @A/32 via @mgmtC dev mgmt0"),)),
    Scenario("rp-filter-loosened-on-the-device", families=(4,), fix=True,
             expect=Expect("route-elsewhere", "destination", "hostB",
                           packet="syn-ack"),
             faults=(("hostB", "sysctl -qw net.ipv4.conf.all.rp_filter=1 "
                      "net.ipv4.conf.eth0.rp_filter=2; "
                      "ip route add @A/32 via @mgmtC dev mgmt0"),)),
]

LOOPBACK = ("hostB", "nft 'table ip nat { chain pre { type nat hook prerouting "
            "priority dstnat; tcp dport 8080 dnat to 127.0.0.1:8080; }; }'")
ON_LOOPBACK = (("hostB", "127.0.0.1 8080"),)


def localnet(name, expect, where, **more):
    return Scenario(f"route-localnet-{name}", expect, families=(4,),
                    service=ON_LOOPBACK,
                    faults=(LOOPBACK, ("hostB", f"sysctl -qw net.ipv4.conf."
                                       f"{where}.route_localnet=1")), **more)


def own_source(name, expect, setting):
    """hostB holds hostA's address, too."""
    return Scenario(f"accept-local-{name}", expect, families=(4,),
                    faults=(("hostB", "ip addr add @A/32 dev lo"),
                            ("hostB", f"sysctl -qw net.ipv4.conf.{setting}")))


# The setting for all and the device's are added up, or the device's counts.
LOCAL = [
    localnet("of-another-device",
             Expect("martian-source", "destination", "hostB", "prerouting",
                    "syn", command="net.ipv4.conf.eth0.route_localnet=1"),
             "mgmt0", fix=True),
    localnet("of-all-devices", Expect("connected"), "all"),
    own_source("on-the-device",
               Expect("martian-source", "destination", "hostB",
                      packet="syn-ack", detail=("@A",)),
               "eth0.accept_local=1"),
    own_source("on-all-devices",
               Expect("martian-source", "destination", "hostB",
                      packet="syn-ack", detail=("@A",)),
               "all.accept_local=1"),
    own_source("on-another-device",
               Expect("martian-source", "destination", "hostB", "prerouting",
                      "syn", detail=("@A",)), "mgmt0.accept_local=1"),
]

SNAT = ("hostA", "nft 'table ip nat { chain post { type nat hook postrouting "
        "priority srcnat; tcp dport 8080 snat to 192.0.2.10:50000-50001; }; "
        "}'")
# Both of its ports are another connection's.
TAKEN = ("hostA", "for port in 50000 50001; do conntrack -I -p tcp "
         "-s 192.0.2.10 -d 198.51.100.10 --sport $((port - 20000)) "
         "--dport 8080 -r 198.51.100.10 -q 192.0.2.10 --reply-port-src 8080 "
         "--reply-port-dst $port --state ESTABLISHED -t 600; done")
PORTS = [
    Scenario("snat-ports-taken", families=(4,), faults=(SNAT, TAKEN),
             expect=Expect("nat-ports-exhausted", "source", "hostA", "output",
                           "syn", detail=("50000-50001",))),
    Scenario("snat-ports-free", Expect("connected"), families=(4,),
             faults=(SNAT,)),
    Scenario("snat-ports-free-and-rule-drops", families=(4,),
             expect=Expect("firewall-drop", "source", "hostA", "output",
                           "syn"),
             faults=(SNAT, ("hostA", "nft 'table inet f { chain o { type "
                            "filter hook postrouting priority 0; "
                            "tcp dport 8080 drop; }; }'"))),
]

IN_GUEST = ("ip -n guest link set g0 up && "
            "ip -n guest addr add 198.51.100.50/24 dev g0 && "
            "ip -n guest route add default via @R2")
MACVLAN = ("hostB", "ip netns add guest && ip link add link eth0 name g0 type "
           "macvlan mode bridge && ip link set g0 netns guest && " + IN_GUEST)
BRIDGE = ("hostB", "ip netns add guest && ip link add br0 type bridge && "
          "ip link set br0 up && ip link set eth0 master br0 && "
          "ip addr del @B/24 dev eth0 && ip addr add @B/24 dev br0 && "
          "ip route replace default via @R2 && "
          "ip link add g1 type veth peer name g0 netns guest && "
          "ip link set g1 master br0 up && " + IN_GUEST)
SILENT = ("hostB", "ip netns exec guest nft 'table inet f { chain i { type "
          "filter hook input priority 0; tcp dport 8080 drop; }; }'")


def guest(name, expect, *faults, service=True, **more):
    return Scenario(name, expect, families=(4,), faults=faults, **more,
                    argv=("hostA", "198.51.100.50:8080", "--to", "hostB"),
                    service=(("hostB", "netns:guest 0.0.0.0 8080"),)
                    if service else ())


def told(cause, stage, *detail, **more):
    """By the kernel's own word of the guest's namespace, or by a reset that
    came out of it: no rule traced and no socket seen inside proves it."""
    return Expect(cause, "destination", "hostB", stage, "syn",
                  confidence=WEAK, fixes=(0,), detail=detail, **more)


def unseen(*detail):
    return Expect("undetermined", confidence=WEAK, fixes=(0,),
                  detail=("198.51.100.50", "guest") + detail)


GUESTS = [
    guest("guest-by-macvlan", Expect("connected"), MACVLAN),
    guest("guest-by-bridge", Expect("connected"), BRIDGE),
    guest("guest-by-macvlan-closed", unseen("reset"), MACVLAN, service=False),
    guest("guest-by-bridge-closed",
          told("not-listening", "socket", "198.51.100.50", "8080",
               outcome="refused"), BRIDGE, service=False),
    guest("guest-by-macvlan-silent",
          told("firewall-drop", "input", "behind hostB", "namespace guest",
               outcome="timed-out"), MACVLAN, SILENT),
    guest("guest-by-bridge-silent",
          told("firewall-drop", "input", "198.51.100.50", "namespace guest",
               outcome="timed-out"), BRIDGE, SILENT),
    # A bridge's table knows no connections: what lets it in must not ask.
    guest("guest-by-bridge-filtered",
          Expect("firewall-drop", "destination", "hostB", "forward", "syn",
                 unoffered=("ct original",)), BRIDGE,
          ("hostB", "nft 'table bridge b { chain f { type filter hook forward "
           "priority 0; tcp dport 8080 drop; }; }'"), fix=True),
]


def own_rule(name, expect, way, family=4, **more):
    """hostA's policy for its own address: an IPv4 socket without one is given
    it by a first lookup, and goes by a second."""
    return Scenario(name, expect, families=(family,), faults=(
        ("hostA", way + " table 100 && @ip rule add pref 200 from @A "
         "lookup 100"),), **more)


LOST = TUNNEL + "@ip route add default dev tun9"
OWN_RULES = [
    own_rule("own-address-rule-into-a-tunnel",
             Expect("route-elsewhere", "source", "hostA", "output", "syn",
                    detail=("tun9", "from 192.0.2.10"),
                    command="ip rule add pref 199"), LOST, fix=True),
    own_rule("own-address-rule-into-a-tunnel", Expect("connected"), LOST, 6),
    own_rule("own-address-rule-to-the-gateway", Expect("connected"),
             "@ip route add default via @R1"),
    own_rule("own-address-rule-to-a-dead-gateway",
             Expect("neighbour-unresolved", "source", "hostA", "egress", "syn",
                    detail=("192.0.2.99",)),
             "ip route add default via 192.0.2.99 dev eth0"),
    own_rule("own-address-rule-rejects",
             Expect("route-rejects", "source", "hostA", "output", "syn"),
             "ip route add blackhole default"),
]

SCENARIOS = (LOCAL + answers(4) + answers(6) + FILTERED + SETTINGS + PORTS +
             GUESTS + OWN_RULES)
