"""What the two routers do, in either direction."""
from .fault import LOST, Fault

FILTERED = ("rejected-on-path", "unreachable-on-path")
# router, direction: the device by which the packet comes
INWARD = {("R1", "syn"): "lanA", ("R2", "syn"): "link",
          ("R2", "syn-ack"): "lanB", ("R1", "syn-ack"): "link"}
R2_LINK = {4: "203.0.113.2", 6: "2001:db8:c::2"}


def lost(port, peer):
    """What a filter of this form may be called: by the port only if it asks
    for one, by the source only if it asks for one."""
    return LOST[:1] + LOST[1:2] * bool(port) + LOST[2:] * bool(peer)


def router_rule(hand):
    """Drop, reject or reset, by port, by address, by both or by none."""
    router, packet = hand.pick("R1", "R2"), hand.pick("syn", "syn", "syn-ack")
    hook = hand.pick("forward", "forward", "prerouting", "ingress")
    to_b = packet == "syn"
    word = "dport" if to_b else "sport"
    port = hand.pick("", f"tcp {word} 8080", f"tcp {word} 8000-8100",
                     f"tcp {word} {{ 22, 8080 }}", f"tcp {word} != 22")
    peer = hand.chance(0.3)
    whose = ("@l3 saddr @A " if to_b else "@l3 daddr @A ") if peer else ""
    fixed = "@l3 daddr @B " if to_b else "@l3 saddr @B "
    # Without an address, all ports but one are the SYN's own, too.
    if port and "!=" not in port and not whose and hand.chance(0.5):
        fixed = ""
    words = "drop"
    causes = lost(port, peer)
    if not port and hook != "forward":
        # Else it takes IPv6's neighbour discovery with it.
        port, causes = "meta l4proto tcp", lost(True, peer)
    speaks = ""
    if hook == "forward" and hand.chance(0.4) and port:
        words, causes = hand.pick(
            ("reject with icmpx admin-prohibited", FILTERED[:1]),
            ("reject with icmpx host-unreachable", FILTERED[1:]),
            ("reject with icmpx port-unreachable", FILTERED),
            ("reject with tcp reset", ("reset-injected",)))
        speaks = to_b * ("reset" if "tcp reset" in words else "icmp")
        if not to_b and "reset" in words:
            words, causes = "drop", lost(port, peer)
    name = hand.name()
    family, device = "inet", ""
    if hook == "ingress":
        family, device = "netdev", f' device "{INWARD[router, packet]}"'
    make = (f"nft 'table {family} {name} {{ chain c {{ type filter hook {hook}"
            f"{device} priority 0; {whose}{fixed}{port} {words}; }}; }}'")
    return Fault(f"{router} {hook}: {whose}{fixed}{port} {words}",
                 f"{packet} {router} {hook}", causes,
                 ((router, hand.text(make)),),
                 ((router, f"nft delete table {family} {name}"),),
                 speaks=speaks, alike=tuple((one, "path") for one in LOST
                                            if one not in causes))


def router_route(hand):
    """A router's route to an end rejects, or goes to and fro."""
    packet = hand.pick("syn", "syn", "syn-ack")
    router = hand.pick("R1", "R2")
    end, net = ("@B", "@netB") if packet == "syn" else ("@A", "@netA")
    last = {"syn": "R2", "syn-ack": "R1"}[packet]
    kind = hand.pick("blackhole", "unreachable", "prohibit", "loop")
    to = f"{end}/@len"
    if kind == "loop" and router == last:
        back = {"R2": "@R1link", "R1": R2_LINK[hand.family]}[router]
        words, causes = f"{to} via {back}", ("routing-loop",)
    else:
        if kind == "loop":
            kind = "blackhole"
        words = f"{kind} {to}"
        causes = {"blackhole": LOST[:1],
                  "unreachable": ("unreachable-on-path",),
                  "prohibit": ("rejected-on-path",)}[kind]
    return Fault(f"{router}: {kind} {to}", f"{packet} {router} route", causes,
                 ((router, hand.text(f"@ip route add {words}")),),
                 ((router, hand.text(f"@ip route del {words}")),),
                 turn=f"{packet} {router} postrouting" if kind == "loop"
                 else None, speaks="" if kind == "blackhole" else "icmp",
                 deafens=packet == "syn-ack", limited=hand.family == 4
                 and kind in ("unreachable", "prohibit"),
                 alike=tuple((one, "path") for one in LOST[1:]),
                 uses=frozenset({f"routes of {router} {packet}"}))


def wrong_neighbour(hand):
    """A router's frames for an end go to nobody."""
    ways = [("R2", "lanB", "@B", "syn")]
    if hand.family == 4:  # IPv6's answers to questions went there, too
        ways.append(("R1", "lanA", "@A", "syn-ack"))
    router, device, end, packet = hand.pick(*ways)
    return Fault(f"{router} knows a wrong link address of {end}",
                 f"{packet} {router} neighbour", ("neighbour-wrong-address",),
                 ((router, hand.text(f"@ip neigh replace {end} lladdr "
                                     "02:de:ad:00:00:01 nud permanent dev "
                                     f"{device}")),),
                 ((router, hand.text(f"@ip neigh del {end} dev {device}")),),
                 alike=(("lost-on-path", "path"),), deafens=end == "@A",
                 uses=frozenset({"neighbour B of R2"})
                 if end == "@B" else frozenset({"neighbour A of R1"}))


def no_forwarding(hand):
    """The router has forgotten that it is one: for both directions, so the
    SYN is the first that it loses."""
    if hand.family != 4:
        return None
    router = hand.pick("R1", "R2")
    return Fault(f"{router} does not forward", f"syn {router} route",
                 LOST[:1], ((router, "sysctl -qw net.ipv4.ip_forward=0"),),
                 ((router, "sysctl -qw net.ipv4.ip_forward=1"),),
                 alike=(("unreachable-on-path", "path"),),
                 uses=frozenset({f"forwarding of {router}"}))


def link_cut(hand):
    """Between the routers."""
    router = hand.pick("R1", "R2")
    return Fault(f"link of {router} cut", "syn R1 wire",
                 ("lost-on-path", "unreachable-on-path"),
                 (("switch", f"ip link set {router}-link down"),),
                 (("switch", f"ip link set {router}-link up"),),
                 uses=frozenset({"link"}))


def redirected(hand):
    """R2 takes the connection for itself, and serves it."""
    name = hand.name()
    serve = (f"python3 -S @here/service.py @any 8080 > /run/{name} 2>&1 & "
             f"echo $! > /run/{name}.pid; until grep -q ready /run/{name}; do "
             "sleep 0.02; done; ")
    return Fault("R2 answers in hostB's place", "syn R2 prerouting",
                 ("answered-by-other",),
                 (("R2", hand.text(
                     f"{serve}nft 'table inet {name} {{ chain p {{ type nat "
                     "hook prerouting priority dstnat; @l3 daddr @B tcp dport "
                     "8080 redirect; }; }'")),),
                 (("R2", f"nft delete table inet {name}; "
                   f"kill $(cat /run/{name}.pid)"),), priority=-100,
                 speaks="reset", says="syn-ack", opens=True,
                 uses=frozenset({"nat of R2"}))


def ported(hand):
    """R2 sends the connection to a port of hostB where nobody is, and which no
    decoy bans (decoys.many_rules)."""
    if hand.family != 4:
        return None
    name, port = hand.name(), hand.between(9300, 9999)
    return Fault("R2 translates the port", "syn R2 prerouting",
                 ("translated-elsewhere",),
                 (("R2", hand.text(
                     f"nft 'table ip {name} {{ chain p {{ type nat hook "
                     "prerouting priority dstnat; ip daddr @B tcp dport 8080 "
                     f"dnat to @B:{port}; }}; }}'")),),
                 (("R2", f"nft delete table ip {name}"),), priority=-100,
                 turn="syn B input", names=(str(port),),
                 alike=(("not-listening", "destination"),),
                 uses=frozenset({"nat of R2"}))


def ecn(hand):
    """A middlebox of long ago."""
    name = hand.name()
    router = hand.pick("R1", "R2")
    bits = "tcp flags & (ecn | cwr) == (ecn | cwr)"
    return Fault(f"{router} drops SYNs with ECN", f"syn {router} forward",
                 ("ecn-syn-dropped",),
                 (("hostA", "sysctl -qw net.ipv4.tcp_ecn=1 "
                   "net.ipv4.tcp_ecn_fallback=0"),
                  (router, f"nft 'table inet {name} {{ chain f {{ type filter "
                   f"hook forward priority 0; {bits} drop; }}; }}'")),
                 ((router, f"nft delete table inet {name}"),
                  ("hostA", "sysctl -qw net.ipv4.tcp_ecn=2 "
                   "net.ipv4.tcp_ecn_fallback=1")), tried=True,
                 alike=tuple((one, "path") for one in LOST),
                 uses=frozenset({"ecn"}))


def renumbered(hand):
    """A middlebox changes the SYN's number, and not the answer's back."""
    name, router = hand.name(), hand.pick("R1", "R2")
    number = hand.between(1, 1 << 31)
    return Fault(f"{router} changes sequence numbers", f"syn {router} forward",
                 ("sequence-rewritten",),
                 ((router, f"nft 'table inet {name} {{ chain f {{ type filter "
                   "hook forward priority 0; tcp dport 8080 tcp flags syn / "
                   f"syn,ack tcp sequence set {number}; }}; }}'"),),
                 ((router, f"nft delete table inet {name}"),), says="syn-ack",
                 turn="syn-ack A input", uses=frozenset({"numbers"}))


def garbled(hand):
    """A router spoils the checksum; the sender's own device fills it in."""
    host, word, at, end = hand.pick(
        ("hostA", "dport", "syn B checksum", "B"),
        ("hostB", "sport", "syn-ack A checksum", "A"))
    name, router = hand.name(), hand.pick("R1", "R2")
    return Fault(f"{router} spoils checksums", at, ("bad-checksum",),
                 ((host, hand.text("python3 -S @here/offload.py eth0")),
                  (router, f"nft 'table inet {name} {{ chain f {{ type filter "
                   f"hook forward priority 0; tcp {word} 8080 @th,128,16 set "
                   "0xdead; }; }'")),
                 ((router, f"nft delete table inet {name}"),), legacy=True,
                 uses=frozenset({f"state of {end}"}))


KINDS = ((renumbered, 0.6), (garbled, 0.4), (redirected, 0.7), (ported, 0.5),
         (ecn, 0.5), (router_rule, 6), (router_route, 4), (wrong_neighbour, 1),
         (no_forwarding, 0.8), (link_cut, 0.8))
