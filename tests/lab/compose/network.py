"""The two hosts' routes, neighbours, addresses, settings and queues."""
from topology import hosts_file

from .fault import WHILE_OPEN, Fault

LEG = ("ip link add {0} type veth peer name {0}p && ip link set {0} up && "
       "ip link set {0}p up")
NO_SUCH_HOST = "02:de:ad:00:00:01"
# end: (packet, host, the other end, its network, own gateway, an address of
# the LAN that nobody holds)
ENDS = {
    "A": ("syn", "hostA", "@B", "@netB", "@R1", "@absentA"),
    "B": ("syn-ack", "hostB", "@A", "@netA", "@R2", "@absentB"),
}
NOT_AT_THE_ROUTE = (("neighbour-unresolved", "source"),
                    ("neighbour-unresolved", "destination"))


def at_end(hand, kind, end, stage, causes, make, undo, **more):
    packet, host = ENDS[end][:2]
    return Fault(kind, f"{packet} {end} {stage}", causes,
                 ((host, hand.text(make)),), ((host, hand.text(undo)),),
                 **more)


def routes_of(end):
    return frozenset({f"routes of {end}"})


def no_route(hand):
    end = hand.pick("A", "B")
    gateway = ENDS[end][4]
    return at_end(hand, "no route", end, "route", ("no-route",),
                  "@ip route del default",
                  f"@ip route replace default via {gateway} dev eth0",
                  uses=routes_of(end))


def rejecting(hand):
    """A route or a rule, of the host or of the network."""
    end = hand.pick("A", "B")
    peer = hand.pick(ENDS[end][2] + "/@len", ENDS[end][3])
    kind = hand.pick("blackhole", "unreachable", "prohibit")
    how = hand.pick("route", "route", "rule", "table")
    pref, table = hand.number(300, 3000), hand.number(20, 240)
    if how == "route" and peer in ("@netA", "@netB"):
        peer = ENDS[end][2] + "/@len" if hand.chance(0.5) else peer
    make, undo = {
        "route": (f"@ip route add {kind} {peer}",
                  f"@ip route del {kind} {peer}"),
        "rule": (f"@ip rule add pref {pref} to {peer} {kind}",
                 f"@ip rule del pref {pref}"),
        "table": (f"@ip route add {kind} {peer} table {table} && "
                  f"@ip rule add pref {pref} to {peer} lookup {table}",
                  f"@ip rule del pref {pref}; @ip route flush table {table}"),
    }[how]
    return at_end(hand, f"{kind} {how} to {peer}", end, "route",
                  ("route-rejects",), make, undo, uses=routes_of(end))


def elsewhere(hand):
    """Out of a device behind which there is nobody."""
    end = hand.pick("A", "B")
    peer = hand.pick(ENDS[end][2] + "/@len", ENDS[end][3])
    device, pref = hand.name()[:8], hand.number(300, 3000)
    table = hand.number(20, 240)
    word = "dport" if end == "A" else "sport"
    how = hand.pick("route", "rule", "port", "bridge")
    if how == "port" and end == "B":
        how = "rule"
    leg = LEG.format(device)
    undo = f"ip link del {device}"
    rule_undo = f"@ip rule del pref {pref}; {undo}"
    make = {
        "route": f"{leg} && @ip route add {peer} dev {device}",
        "rule": f"{leg} && @ip route add {peer} dev {device} table {table} && "
                f"@ip rule add pref {pref} to {peer} lookup {table}",
        "port": f"{leg} && @ip route add default dev {device} table {table} "
                f"&& @ip rule add pref {pref} ipproto tcp {word} 8080 lookup "
                f"{table}",
        "bridge": f"{leg} && ip link add {device}b type bridge && ip link set "
                  f"{device}b up && ip link set {device} master {device}b && "
                  f"@ip route add {peer} dev {device}b",
    }[how]
    undo = {"route": undo, "rule": rule_undo, "port": rule_undo,
            "bridge": f"ip link del {device}b; {undo}"}[how]
    packet = ENDS[end][0]
    return at_end(hand, f"{how} to {device}", end, "route",
                  ("route-elsewhere",), make, undo, uses=routes_of(end),
                  names=(device,), turn=f"{packet} {end} postrouting",
                  alike=NOT_AT_THE_ROUTE)


def by_management(hand):
    """The answer leaves by mgmt0, towards a host that passes nothing on."""
    return at_end(hand, "route back by mgmt0", "B", "route",
                  ("route-elsewhere",),
                  "@ip route add @A/@len via @mgmtC",
                  "@ip route del @A/@len via @mgmtC", uses=routes_of("B"),
                  names=("mgmt0",), turn="syn-ack B postrouting",
                  alike=NOT_AT_THE_ROUTE)


def marked(hand):
    """A rule marks the packet, and the mark's route rejects it."""
    end = hand.pick("A", "B")
    packet, host = ENDS[end][:2]
    word = "dport" if end == "A" else "sport"
    name, mark = hand.name(), hand.number(3001, 9000)
    pref, table = hand.number(300, 3000), hand.number(20, 240)
    kind = hand.pick("blackhole", "unreachable", "prohibit")
    make = (f"nft 'table inet {name} {{ chain o {{ type route hook output "
            f"priority mangle; tcp {word} 8080 meta mark set {mark}; }}; }}' "
            f"&& @ip rule add pref {pref} fwmark {mark} lookup {table} && "
            f"@ip route add {kind} default table {table}")
    undo = (f"@ip rule del pref {pref}; @ip route flush table {table}; "
            f"nft delete table inet {name}")
    return Fault(f"mark and {kind}", f"{packet} {end} output",
                 ("route-rejects",), ((host, hand.text(make)),),
                 ((host, hand.text(undo)),), priority=-150,
                 uses=routes_of(end))


def gateway_gone(hand):
    end = hand.pick("A", "B")
    gateway, absent = ENDS[end][4:6]
    return at_end(hand, "gateway that nobody is", end, "neighbour",
                  ("neighbour-unresolved",),
                  f"@ip route replace default via {absent} dev eth0",
                  f"@ip route replace default via {gateway} dev eth0",
                  uses=routes_of(end) | {f"neighbours of {end}"})


def gateway_wrong(hand):
    end = hand.pick("A", "B")
    packet = ENDS[end][0]
    gateway = ENDS[end][4]
    return at_end(hand, "wrong link address of the gateway", end, "neighbour",
                  ("neighbour-wrong-address",),
                  f"@ip neigh replace {gateway} lladdr {NO_SUCH_HOST} nud "
                  "permanent dev eth0", f"@ip neigh del {gateway} dev eth0",
                  uses=frozenset({f"neighbours of {end}"}),
                  turn=f"{packet} {end} wire")


def prefix(hand):
    end = hand.pick("A", "B")
    if hand.family != 4:
        return None
    own = hand.words[end]
    return at_end(hand, "prefix too wide", end, "neighbour",
                  ("prefix-too-wide",), f"ip addr add {own}/1 dev eth0",
                  f"ip addr del {own}/1 dev eth0", uses=routes_of(end))


def rp_filter(hand):
    """Strict, and the way back is another."""
    if hand.family != 4:
        return None
    device = hand.name()[:8]
    where = hand.pick("all", "eth0")
    make = (f"sysctl -qw net.ipv4.conf.{where}.rp_filter=1 && "
            f"{LEG.format(device)} && "
            f"ip route replace {hand.pick('@netA', '@A/32')} dev {device}")
    undo = (f"sysctl -qw net.ipv4.conf.{where}.rp_filter=0; "
            f"ip link del {device}")
    return Fault("rp_filter", "syn B route-in", ("rp-filter",),
                 (("hostB", hand.text(make)),), (("hostB", undo),),
                 uses=routes_of("B"))


def martian(hand):
    """The destination holds the source's address itself: IPv4 takes the SYN
    for a lie, IPv6 answers to itself."""
    at = "syn B route-in" if hand.family == 4 else "syn-ack B route"
    return Fault("the source's address on the destination", at,
                 ("martian-source",),
                 (("hostB", hand.text("@ip addr add @A/@len dev lo nodad")),),
                 (("hostB", hand.text("@ip addr del @A/@len dev lo")),),
                 uses=routes_of("B"), turn=None if hand.family == 4
                 else "syn-ack B postrouting")


def own_destination(hand):
    """The source holds the destination's address itself."""
    return Fault("the destination's address on the source", "syn A route",
                 ("destination-address-on-source",),
                 (("hostA", hand.text("@ip addr add @B/@len dev lo nodad")),),
                 (("hostA", hand.text("@ip addr del @B/@len dev lo")),),
                 uses=routes_of("A"), turn="syn A postrouting")


def not_local(hand):
    """Frames come, but the address is not in the table local."""
    return Fault("address out of table local", "syn B route-in",
                 ("address-not-local",),
                 (("R2", hand.text("@ip neigh replace @B lladdr @macB nud "
                                   "permanent dev lanB")),
                  ("hostB", hand.text("@ip route del local @B dev eth0 table "
                                      "local"))),
                 (("hostB", hand.text("@ip route replace local @B dev eth0 "
                                      "table local")),
                  ("R2", hand.text("@ip neigh del @B dev lanB"))),
                 uses=frozenset({"address of B", "neighbour B of R2",
                                 "routes of B"}))


def arp(hand):
    """The destination answers no question for its address."""
    if hand.family != 4:
        return None
    where, value = hand.pick("all", "eth0"), 8
    return Fault(f"arp_ignore of {where}", "syn R2 neighbour",
                 ("arp-not-answered",),
                 (("hostB", f"sysctl -qw net.ipv4.conf.{where}.arp_ignore="
                   f"{value}"), ("R2", "ip neigh flush dev lanB")),
                 (("hostB", f"sysctl -qw net.ipv4.conf.{where}.arp_ignore=0"),
                  ("R2", "ip neigh flush dev lanB")),
                 role="destination", uses=frozenset({"neighbour B of R2"}))


def without_ipv6(hand):
    if hand.family != 6:
        return None
    end = hand.pick("A", "B")
    host, gateway = ENDS[end][1], ENDS[end][4]
    switch = "sysctl -qw net.ipv6.conf.eth0.disable_ipv6="
    undo = (f"{switch}0 && (ip -6 addr add @{end}/@mask dev eth0 nodad || :) "
            f"&& ip -6 route replace default via {gateway} dev eth0")
    at = "syn A route" if end == "A" else "syn R2 neighbour"
    return Fault(f"IPv6 off at {end}", at, ("ipv6-disabled",),
                 ((host, switch + "1"),), ((host, hand.text(undo)),),
                 role=None if end == "A" else "destination",
                 alike=(("address-not-local", "destination"),), by_hand=True,
                 uses=routes_of(end) | {"neighbour B of R2",
                                        f"address of {end}"})


def ttl(hand):
    """Too few hops from the start, of the SYN or of the answer."""
    end = hand.pick("A", "B")
    packet, host = ENDS[end][:2]
    value = hand.between(1, 2)
    first, second = ("R1", "R2") if end == "A" else ("R2", "R1")
    name = "net.ipv4.ip_default_ttl" if hand.family == 4 else \
        "net.ipv6.conf.eth0.hop_limit"
    return Fault(f"TTL {value} of {end}",
                 f"{packet} {first if value == 1 else second} route",
                 ("ttl-too-small",), ((host, f"sysctl -qw {name}={value}"),),
                 ((host, f"sysctl -qw {name}=64"),), speaks="icmp",
                 alike=(("ttl-too-small", "source"),
                        ("ttl-too-small", "destination")),
                 uses=frozenset({f"ttl of {end}"}))


def policy(hand):
    """IPsec: blocked, or to be protected by nobody."""
    at, host, direction, side, other = hand.pick(
        ("syn A policy", "hostA", "out", "dst", "B"),
        ("syn B policy-in", "hostB", "in", "src", "A"),
        ("syn-ack B policy", "hostB", "out", "dst", "A"))
    what = f"dir {direction} {side} " + hand.pick(f"@{other}/@len",
                                                  f"@net{other}")
    more = hand.pick("action block",
                     "priority 100 tmpl proto ah mode transport")
    turn = None
    if "tmpl" in more and direction == "out":
        # Without a state the packet gets a route to loopback that discards it
        # behind the output hook (xfrm_lookup_route, make_blackhole); a block
        # is an error of the route lookup itself.
        turn = at.replace("policy", "output")
    return Fault(f"xfrm {what} {more}", at, ("ipsec-policy-drop",),
                 ((host, hand.text(f"ip xfrm policy add {what} {more}")),),
                 ((host, hand.text(f"ip xfrm policy del {what}")),),
                 turn=turn, uses=frozenset({f"{host} xfrm {direction}"}))


def program(hand):
    """tc and XDP programs of BPF that drop the port."""
    at, host, direction = hand.pick(
        ("syn A tc-egress", "hostA", "egress"),
        ("syn B tc-ingress", "hostB", "ingress"),
        ("syn B xdp", "hostB", "xdp"),
        ("syn-ack B tc-egress", "hostB", "egress"),
        ("syn-ack A tc-ingress", "hostA", "ingress"),
        ("syn-ack A xdp", "hostA", "xdp"))
    load = "@here/bpf/load 8080; "
    if direction == "xdp":
        make = load + ("ip link set dev eth0 xdpgeneric pinned "
                       "/run/bpf/8080/lab_xdp")
        undo = "ip link set dev eth0 xdpgeneric off"
        cause = "xdp-drop"
    else:
        make = load + (
            "tc qdisc add dev eth0 clsact 2> /dev/null || :; tc filter add "
            f"dev eth0 {direction} pref 7 bpf da object-pinned "
            "/run/bpf/8080/lab_tc")
        undo = f"tc filter del dev eth0 {direction} pref 7"
        cause = "tc-drop"
    return Fault(f"{cause} {direction}", at, (cause,),
                 ((host, hand.text(make)),), ((host, undo),),
                 uses=frozenset({f"{host} {direction}"}))


def queue(hand):
    end = hand.pick("A", "B")
    burst = 60 if hand.family == 4 else 90
    words = f"tbf rate 8kbit burst {burst} limit 200"
    return at_end(hand, "queue without room", end, "queue", ("qdisc-drop",),
                  f"tc qdisc add dev eth0 root {words}",
                  "tc qdisc del dev eth0 root",
                  uses=frozenset({f"queue of {end}"}))


def cable(hand):
    """No carrier: somebody pulled the plug."""
    end = hand.pick("A", "B")
    host = ENDS[end][1]
    at = "syn A neighbour" if end == "A" else "syn R2 neighbour"
    return Fault(f"cable of {end} pulled", at, ("link-down",),
                 (("switch", f"ip link set {host}-eth0 down"),),
                 (("switch", f"ip link set {host}-eth0 up"),),
                 role=None if end == "A" else "destination",
                 by_hand=True, uses=routes_of(end) | (
                     {"neighbour B of R2"} if end == "B" else frozenset()))


def odd_answer(hand):
    """The answer bears an address that nobody called."""
    name = hand.name()
    return Fault("answer from another address", "syn-ack B output",
                 ("reply-from-other-address",),
                 (("hostB", hand.text(
                     f"nft 'table inet {name} {{ chain out {{ type filter "
                     "hook output priority 200; tcp sport 8080 @l3 saddr set "
                     "@other; }; }'")),),
                 (("hostB", f"nft delete table inet {name}"),), priority=200,
                 turn="syn-ack A input", uses=frozenset({"state of A"})
                 | routes_of("B"))


def questions(hand):
    """A rule drops what asks for the destination's link address."""
    name = hand.name()
    text = (f"table arp {name} {{ chain i {{ type filter hook input priority "
            "0; iifname eth0 drop; }; }" if hand.family == 4 else
            f"table ip6 {name} {{ chain i {{ type filter hook input priority "
            "0; iifname eth0 icmpv6 type nd-neighbor-solicit drop; }; }")
    family = "arp" if hand.family == 4 else "ip6"
    return Fault("a rule drops questions for the link address",
                 "syn R2 neighbour", ("arp-not-answered",),
                 (("hostB", f"nft '{text}'"),
                  ("R2", "ip neigh flush dev lanB")),
                 (("hostB", f"nft delete table {family} {name}"),
                  ("R2", "ip neigh flush dev lanB")), role="destination",
                 uses=frozenset({"neighbour B of R2"}))


def no_local_rule(hand):
    """No rule leads to the table local any more."""
    return Fault("no rule to table local", "syn B route-in",
                 ("address-not-local",),
                 (("R2", hand.text("@ip neigh replace @B lladdr @macB nud "
                                   "permanent dev lanB")),
                  ("hostB", hand.text(
                      "@ip rule add pref 100 to @mgmtB lookup local && "
                      "@ip rule del pref 0"))),
                 (("hostB", hand.text("@ip rule add pref 0 lookup local; "
                                      "@ip rule del pref 100")),
                  ("R2", hand.text("@ip neigh del @B dev lanB"))),
                 uses=frozenset({"address of B", "neighbour B of R2",
                                 "routes of B"}))


def no_main_rule(hand):
    """The route is there, and no rule leads to it."""
    end = hand.pick("A", "B")
    return at_end(hand, "no rule to table main", end, "route", ("no-route",),
                  "@ip rule add pref 100 to @netM lookup main && @ip rule del "
                  "pref 32766 && (@ip rule del pref 32767 || :)",
                  "@ip rule add pref 32766 lookup main; @ip rule del pref 100"
                  + ("; @ip rule add pref 32767 lookup default"
                     if hand.family == 4 else ""), uses=routes_of(end))


def wrong_name(hand):
    """The source's hosts file knows another address, which nobody holds."""
    wrong = hand.text("@absentB hostB")
    text = f"127.0.0.1 localhost\n::1 localhost\n{wrong}\n"
    return Fault("another address in the hosts file", "syn A name",
                 ("name-resolves-elsewhere",),
                 (("hostA", f"cat > /etc/hosts <<'EOF'\n{text}EOF"),),
                 (("hostA", f"cat > /etc/hosts <<'EOF'\n{hosts_file()}EOF"),),
                 turn="syn R2 neighbour", uses=frozenset({"name"}),
                 names=(hand.words["absentB"],))


def no_ports(hand):
    """Four source ports, and a program that holds them."""
    make = ("sysctl -qw net.ipv4.ip_local_port_range='40000 40003'; "
            "python3 -S @here/service.py @B 8080 --hold @B 4 > /run/held 2>&1 "
            "& echo $! > /run/held.pid; until grep -q ready /run/held; do "
            "sleep 0.02; done")
    return Fault("no source port left", "syn A ports",
                 ("source-ports-exhausted",), (("hostA", hand.text(make)),),
                 (("hostA", "kill $(cat /run/held.pid); sysctl -qw "
                   "net.ipv4.ip_local_port_range='32768 60999'"),),
                 made=WHILE_OPEN,
                 uses=frozenset({"service of B", "ports of A"})
                 | routes_of("A"))


KINDS = ((no_ports, 0.8), (questions, 1), (no_local_rule, 0.7),
         (no_main_rule, 1), (wrong_name, 0.8), (no_route, 2), (rejecting, 4),
         (elsewhere, 3), (by_management, 0.7),
         (marked, 1.5), (gateway_gone, 1.5), (gateway_wrong, 1.5), (prefix, 1),
         (rp_filter, 1.5), (martian, 1), (own_destination, 1), (not_local, 1),
         (arp, 1), (without_ipv6, 1.5), (ttl, 1.2), (policy, 2.5),
         (program, 3), (queue, 1.5), (cable, 1), (odd_answer, 0.8))
