"""Answers of another host than the one called, and of one that keeps silent."""
from scenario import FAIR, SURE, WEAK, Expect, Scenario
from scenarios.agents import is_told
from scenarios.path import forward

TAKES_SOURCE = (("hostC", "ip addr add 192.0.2.10/32 dev eth0"),
                ("R1", "ip neigh replace 192.0.2.10 lladdr @macC dev lanA "
                 "nud permanent"))
# Where the switch floods, hostA sees the frames for hostC.
STRAY = "neighbour-wrong-address"
TAKEN = ("answered-by-other", STRAY)
LOST = ("lost-on-path", STRAY)
TAKES_CALLED = (("hostC", "ip addr add 198.51.100.10/32 dev lo"),
                ("R1", "ip route add 198.51.100.10/32 via 192.0.2.30"))


SOURCES = [
    # hostC gets each SYN-ACK, and knows no connection.
    Scenario("source-address-of-another-agent-too", families=(4,),
             expect=Expect(TAKEN, "path", packet="syn-ack",
                           outcome="timed-out", confidence=FAIR, fixes=(0,),
                           detail=("hostC holds 192.0.2.10 as well",)),
             faults=TAKES_SOURCE, told=(("hostC", "192.0.2.10", True),),
             traces=3),
    # The address that is asked for is its own, and hostC's.
    Scenario("source-address-asked-for-is-another-agents", families=(4,),
             expect=Expect(TAKEN, "path", packet="syn-ack", fixes=(0,),
                           detail=("hostC holds 192.0.2.30 as well",)),
             faults=(("hostA", "ip addr add 192.0.2.30/32 dev eth0"),
                     ("R1", "ip neigh replace 192.0.2.30 lladdr @macC "
                      "dev lanA nud permanent")),
             argv=("hostA", "hostB:8080", "--from", "192.0.2.30"),
             told=(("hostA", "192.0.2.30", True),)),
    # A reset that a router makes: no host is named that does not hold it.
    Scenario("syn-ack-reset-on-path",
             Expect("reset-injected", "path", packet="syn-ack",
                    outcome="timed-out", confidence=FAIR, fixes=(0,),
                    silent=("hostC",)),
             faults=(forward("R1", "tcp sport 8080 reject with tcp reset"),)),
    # Nobody answers: hostC holds the address, and drops what comes.
    Scenario("source-address-of-a-silent-agent-too", families=(4,),
             expect=Expect(LOST, "path", packet="syn-ack",
                           detail=("hostC holds 192.0.2.10 as well",)),
             faults=TAKES_SOURCE + (
                 ("hostC", "nft 'table inet fw { chain input { type filter "
                  "hook input priority 0; tcp sport 8080 drop; }; }'"),),
             told=(("hostC", "192.0.2.10", True),)),
]

CALLED = [
    Scenario("called-address-refused-by-another-agent", families=(4,),
             expect=Expect("answered-by-other", "path", packet="syn",
                           outcome="refused", confidence=FAIR, fixes=(0,),
                           detail=("hostC holds 198.51.100.10 as well",)),
             faults=TAKES_CALLED, told=(("hostC", "198.51.100.10", True),)),
    # By an agent's host that has the called address as well: it is named.
    Scenario("called-address-answered-by-another-agent", families=(4,),
             expect=Expect("answered-by-other", "path", packet="syn-ack",
                           outcome="connected", confidence=("likely",),
                           detail=("hostC holds 198.51.100.10 as well",
                                   '"link_address": "@macC"'),
                           silent=('"hop":',)),
             service=(("hostB", "@any 8080"), ("hostC", "@any 8080")),
             faults=(("hostC", "ip addr add 198.51.100.10/32 dev lo"),
                     ("R1", "ip route add 198.51.100.10/32 via 192.0.2.30")),
             told=(("hostC", "198.51.100.10", True),)),
    # By a neighbour entry that leads to hostC, which is the gateway to itself.
    Scenario("called-address-behind-a-false-gateway", families=(4,),
             expect=Expect("answered-by-other", "path", packet="syn",
                           outcome="refused", confidence=FAIR, fixes=(0,),
                           detail=("hostC holds 198.51.100.10 as well",)),
             faults=(("hostC", "ip addr add 192.0.2.1/32 dev lo && "
                      "ip addr add 198.51.100.10/32 dev lo"),
                     ("hostA", "ip neigh replace 192.0.2.1 lladdr @macC "
                      "dev eth0 nud permanent")),
             told=(("hostC", "198.51.100.10", True),)),
    Scenario("translated-to-another-agent", families=(4,),
             expect=Expect("translated-elsewhere", "path", packet="syn",
                           confidence=FAIR, fixes=(0,),
                           detail=("192.0.2.30:8080",
                                   "192.0.2.30 is an address of hostC")),
             faults=(("R2", "nft 'table ip nat { chain pre { type nat hook "
                      "prerouting priority -100; tcp dport 8080 dnat to "
                      "192.0.2.30; }; }'"),)),
]

# The router was refused an answer just before, and does not ask again at once.
CALLED_BEFORE = ("hostA", "timeout 2.1 bash -c '</dev/tcp/198.51.100.10/8080' "
                 "2>&1 || true")
FORGOTTEN = ("R2", "ip neigh flush dev lanB")

SILENT = [
    Scenario("arp-off-and-called-before", families=(4,),
             # Whether the router asked for this SYN or for the call before it
             # nobody can tell.
             expect=Expect("arp-not-answered", "destination", "hostB",
                           confidence=WEAK, detail=("NOARP",)),
             faults=(("hostB", "ip link set eth0 arp off"), FORGOTTEN,
                     CALLED_BEFORE), traces=2),
    # It would answer: the way is what is broken.
    Scenario("unreachable-by-the-last-router", families=(4,),
             expect=Expect("unreachable-on-path", "path", packet="syn",
                           confidence=SURE),
             faults=(("R2", "ip route add unreachable 198.51.100.10/32"),)),
]

ACKS = [
    Scenario("ack-lost-once", families=(4,),
             expect=Expect("lost-on-path", "path", packet="ack",
                           confidence=FAIR, fixes=(0,),
                           silent=("gateway",)),
             faults=(forward("R1", "tcp dport 8080 tcp flags & (syn|ack) == "
                             "ack drop"),)),
    # What comes next makes good for it.
    Scenario("some-acks-lost", families=(4, 6),
             argv=("hostA", "hostB:8080", "--count", "9"),
             expect=Expect("intermittent-loss", "path", packet="ack",
                           confidence=FAIR, fixes=(0,), outcome="connected",
                           detail=("opened though the handshake's ACK",)),
             faults=(forward("R1", "tcp dport 8080 tcp flags ack / "
                             "syn,ack,fin,rst,psh numgen inc mod 3 0 drop"),)),
    Scenario("every-ack-lost-of-some", families=(4,),
             argv=("hostA", "hostB:8080", "--count", "4"),
             expect=Expect("lost-on-path", "path", packet="ack",
                           confidence=FAIR, fixes=(0,)),
             faults=(forward("R1", "tcp dport 8080 tcp flags ack / "
                             "syn,ack,fin,rst,psh drop"),)),
]

# hostC's agent is away; what it told of the host is remembered.
DEAD_HOP = (("hostC", "ip link set eth0 down"),
            ("hostA", "@ip route add @B via @C"))
AWAY = [
    Scenario("next-hop-of-an-agent-that-is-away",
             Expect("neighbour-unresolved", "source", "hostA",
                    detail=("@C is an address of hostC, whose agent is "
                            "offline (last seen 2",)),
             faults=DEAD_HOP, stop_agents=("hostC",)),
    Scenario("next-hop-of-nobody-beside-an-agent-that-is-away",
             Expect("neighbour-unresolved", "source", "hostA",
                    silent=("hostC",)),
             faults=(("hostA", "@ip route add @B via @absentA"),),
             stop_agents=("hostC",)),
    # The source gave the address up: no neighbour entry leads there.
    Scenario("source-held-the-address-before", families=(4,),
             expect=Expect("port-filtered-on-path", "path", packet="syn",
                           silent=("hostA held",)),
             faults=(("hostA", "ip addr add 198.51.100.10/32 dev lo"),
                     is_told("198.51.100.10", "hostA"),
                     ("hostA", "ip addr del 198.51.100.10/32 dev lo"),
                     forward("R1", "tcp dport 8080 drop")),
             told=(("hostA", "198.51.100.10", False),)),
]



def entry_for_gateway(name, link, **more):
    return Scenario(name, Expect(
        "neighbour-wrong-address", "source", "hostA", packet="syn", **more),
        faults=(("hostA", f"@ip neigh replace @R1 lladdr {link} nud permanent "
                 "dev eth0"),))


LINKS = [
    entry_for_gateway("entry-of-an-agent", "@macC", detail=(
        "@macC is a link address of hostC",)),
    entry_for_gateway("entry-of-nobody", "02:00:00:00:00:ee",
                      silent=("is a link address",)),
]

SCENARIOS = SOURCES + CALLED + SILENT + ACKS + AWAY + LINKS
