"""Rules that stop a question for a link address, or the answer to it, and rules
of a bridge; and what looks as if it would."""
from scenario import SURE, WEAK, Expect, Scenario
from scenarios.rules import BRIDGED
from scenarios.ways import ASK_ANEW, C_SERVICE

# Else it asks again only after a second.
A_ANEW = (("hostA", "ip -6 neigh flush dev eth0"),)
ON_C = dict(C_SERVICE, before_fix=ASK_ANEW)


def silent(*detail, host="hostC", **more):
    return Expect("arp-not-answered", "destination", host, packet="syn",
                  detail=detail, **more)


def table(name, hook, rules, more=""):
    return (f"nft -f - <<'EOF'\ntable {name} {{\n{more}\n  chain c {{ type filter "
            f"hook {hook} priority 0;\n    {rules}\n  }}\n}}\nEOF")


def arp():
    one = dict(families=(4,), **ON_C)
    yield Scenario(
        "arp-question-dropped", silent("arp quiet", "chain c", "the question"),
        faults=(("hostC", table("arp quiet", "input", "arp operation request arp "
                                "daddr ip @C drop")),), fix=True, row="D10", **one)
    yield Scenario(
        "arp-answer-dropped", silent("arp quiet", "the answer"),
        faults=(("hostC", table("arp quiet", "output", "arp operation reply arp "
                                "saddr ip @C drop")),), fix=True, row="D10", **one)
    yield Scenario(
        "arp-policy", silent("arp quiet", "policy"),
        faults=(("hostC", table("arp quiet", "input", "policy drop; iifname "
                                '"mgmt0" accept')),), fix=True, row="D10", **one)
    yield Scenario(
        "arptables-question-dropped",
        silent("arp filter", "INPUT", command="arptables-nft -I INPUT"),
        faults=(("hostC", "arptables-nft -A INPUT -s @absentA -j DROP && "
                 "arptables-nft -A INPUT -i eth0 --opcode 1 -s @A -j DROP"),),
        fix=True, row="D10", **one)
    yield Scenario(
        "arp-rules-for-others", Expect("connected"), near="D10", families=(4,),
        faults=(("hostC", table("arp quiet", "input", "arp saddr ip @absentA "
                                'drop; iifname "mgmt0" arp daddr ip @C drop')
                 + "\narptables-nft -A INPUT -s @absentA -j DROP"),),
        **C_SERVICE)
    yield Scenario(  # the sysctl keeps it silent, and these rules do not
        "arp-rules-for-others-and-a-sysctl",
        silent("arp_ignore", command="arp_ignore"), near="D10",
        faults=(("hostC", "sysctl -qw net.ipv4.conf.eth0.arp_ignore=8 && "
                 + table("arp quiet", "input", "arp saddr ip @absentA drop")),),
        fix=True, **one)
    yield Scenario(
        "arp-own-question-dropped", near="D10",
        expect=Expect("neighbour-unresolved", "source", "hostA", packet="syn",
                      detail=("arp quiet", "the question")),
        faults=(("hostA", table("arp quiet", "output", "arp daddr ip @C drop")),),
        fix=True, **one)


def discovery():
    one = dict(families=(6,), **ON_C)
    yield Scenario(
        "neighbour-solicitation-dropped",
        silent("chain c", "nd-neighbor-solicit", "the question"),
        faults=(("hostC", table("inet quiet", "input", "iifname eth0 icmpv6 type "
                                "nd-neighbor-solicit drop")),),
        fix=True, row="D10", **one)
    yield Scenario(
        "neighbour-discovery-forgotten", silent("policy"),
        faults=(("hostC", table(
            "inet fw", "input", "policy drop; ct state established,related "
            'accept; ct state invalid drop; iifname { "lo", "mgmt0" } accept; '
            "tcp dport { 22, 8080 } accept")),), fix=True, row="D10", **one)
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"neighbour-solicitation-dropped-iptables-{backend}",
            silent("INPUT", "the question"),
            faults=(("hostC", f"ip6tables-{backend} -A INPUT -i eth0 -p "
                     "ipv6-icmp --icmpv6-type 135 -j DROP"),),
            fix=True, row="D10", **one)


def bridge():
    one = dict(families=(4,), fix=True, row="D10",
               before_fix=(("R2", "ip neigh del @B dev lanB"),))
    yield Scenario(
        "ebtables-question-dropped",
        silent("bridge filter", "INPUT", host="hostB", command="ebtables-nft"),
        faults=(BRIDGED, ("hostB", "ebtables-nft -A INPUT -p ARP -j DROP"),
                ("R2", "ip neigh flush all")), **one)
    yield Scenario(
        "bridge-question-dropped", **one,
        expect=silent("bridge quiet", "the question", host="hostB"),
        faults=(BRIDGED, ("hostB", table("bridge quiet", "input", "arp daddr ip "
                                         "@B drop")), ("R2", "ip neigh flush all")))
    yield Scenario(
        "ebtables-drops-syn", row="P17", fix=True, families=(4,),
        expect=Expect("firewall-drop", "destination", "hostB", "input", "syn", SURE,
                      detail=("bridge filter", "INPUT"), command="ebtables-nft"),
        faults=(BRIDGED, ("hostB", "ebtables-nft -A INPUT -p IPv4 --ip-proto tcp "
                          "--ip-dport 8080 -j DROP")))


def answers():
    """The neighbour answers, and a rule of who asked drops the answer."""
    at_a = Expect("neighbour-unresolved", "source", "hostA", packet="syn",
                  detail=("the answer",))
    yield Scenario(
        "neighbour-advertisement-dropped", at_a, families=(6,), fix=True,
        faults=(("hostA", "ip6tables -A INPUT -i eth0 -p icmpv6 -j DROP && "
                 "ip -6 neigh flush dev eth0"),), row="D10",
        before_fix=A_ANEW)
    yield Scenario(
        "neighbour-advertisement-dropped-nft", at_a, families=(6,), fix=True,
        faults=(("hostA", table("inet quiet", "input", "iifname eth0 icmpv6 type "
                                "nd-neighbor-advert drop")
                 + "\nip -6 neigh flush dev eth0"),), row="D10",
        before_fix=A_ANEW)
    yield Scenario(  # what it matches besides, nobody can work out
        "neighbour-advertisement-perhaps-dropped", families=(6,), row="D10",
        expect=Expect("neighbour-unresolved", "source", "hostA", packet="syn",
                      confidence=WEAK, detail=("may drop the answer",), fixes=(0,)),
        faults=(("hostA", "ip6tables -A INPUT -i eth0 -p icmpv6 -m u32 --u32 "
                 "'37&0xFF=136' -j DROP && ip -6 neigh flush dev eth0"),))
    yield Scenario(
        "neighbour-advertisement-dropped-at-destination", families=(6,),
        expect=Expect("neighbour-unresolved", "destination", "hostB",
                      packet="syn-ack", detail=("the answer",)),
        faults=(("hostB", "ip6tables -A INPUT -i eth0 -p icmpv6 --icmpv6-type "
                 "136 -j DROP && ip -6 neigh flush dev eth0"),),
        fix=True, row="D10",
        before_fix=(("hostB", "ip -6 neigh flush dev eth0"),))
    yield Scenario(
        "arp-answer-dropped-by-who-asked", at_a, families=(4,), fix=True,
        faults=(("hostA", "arptables-nft -A INPUT -i eth0 --opcode 2 -j DROP && "
                 "ip neigh flush dev eth0"),), row="D10",
        before_fix=(("hostA", "ip neigh flush dev eth0"),))
    yield Scenario(
        "neighbour-advertisement-of-others-dropped", Expect("connected"),
        families=(6,), near="D10",
        faults=(("hostA", "ip6tables -A INPUT -i eth0 -s @absentA -p icmpv6 -j "
                 "DROP && ip -6 neigh flush dev eth0"),))


def misled():
    """A route without a gateway takes the other host for a neighbour."""
    yield Scenario(
        "other-host-taken-for-neighbour-at-destination",
        Expect("neighbour-unresolved", "destination", "hostB", packet="syn-ack",
               detail=("hostA",), says=("has no gateway",), command="ip"),
        faults=(("hostB", "@ip route add @netA dev eth0"),), fix=True, row="V07")
    yield Scenario(
        "other-host-taken-for-neighbour-at-source",
        Expect(("route-elsewhere", "neighbour-unresolved"), "source", "hostA",
               packet="syn", command="ip"),
        faults=(("hostA", "@ip route add @netB dev eth0"),), fix=True, row="R05")


SCENARIOS = (*arp(), *discovery(), *answers(), *misled(), *bridge())
