"""Time: slow ways, packets that get through when they are sent again, errors
that come late, and the trace's own traffic, which must not be taken for the
application's."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.path import HOST_B_DROPS, LOST, forward, on_path, own


def slow(router, words):
    """What that router sends to the other one comes so many ms later."""
    queue = {"R1": 7, "R2": 8}[router]
    return ((router, "@iptables-legacy -A FORWARD -o link -j NFQUEUE "
             f"--queue-num {queue}"),
            (router, f"@held:python3 -S @here/nfqueue_reader.py {queue} "
             f"{words}"))


def slowly(name, *ways, drops=(), **more):
    """A scenario with slow ways: (router, words)."""
    made = [slow(*way) for way in ways]
    more.setdefault("expect", Expect("connected", confidence=SURE))
    return Scenario(name, families=more.pop("families", (4,)),
                    faults=tuple(one[0] for one in made) + tuple(drops),
                    background=tuple((router, argv[1:])
                                     for _, (router, argv) in made), **more)


def first_of_each_flow(router, packet):
    """That router drops the first such packet of each flow."""
    mine, other, flags = (("sport", "dport", "syn") if packet == "syn" else
                          ("dport", "sport", "syn,ack"))
    return (router, "nft 'table inet path { set seen { type inet_service; "
            "flags dynamic,timeout; timeout 20s; }; chain forward { type "
            f"filter hook forward priority 0; tcp {other} 8080 tcp flags "
            f"{flags} / syn,ack,rst tcp {mine} != @seen add @seen "
            f"{{ tcp {mine} }} counter drop; }}; }}'")


def some_held_back(host, hook, port, flags, role, packet):
    return Scenario(
        f"some-held-back-by-{host}-{hook}", families=(4,), fix=True,
        expect=Expect("intermittent-loss", role, host, hook, packet,
                      confidence=SURE, outcome=("connected", "mixed"),
                      detail=("numgen",)),
        argv=("hostA", "hostB:8080", "--count", "9"),
        faults=(own(host, hook, f"tcp {port} 8080 tcp flags {flags} / "
                    "syn,ack,rst numgen inc mod 3 0 drop"),))


def later(cause, packet=None, **more):
    """It opens once that packet is sent again."""
    return Expect(cause, packet=packet, detail=("was lost",), **more)


# One way is slow, the other is not; and both are.
SLOW = [slowly(f"slow-way-{name}-{ms}", (router, ms), budget_ms=4000,
               families=(4, 6) if ms == 300 else (4,))
        for ms in (20, 100, 300, 500)
        for name, router in (("there", "R1"), ("back", "R2"))]
SLOW += [
    slowly("slow-way-both", ("R1", 250), ("R2", 250)),
    slowly("slow-way-jitter", ("R1", "150 120"), ("R2", "40 30"), traces=3),
    # Slow, and something else.
    slowly("slow-way-drops-port", ("R1", 300),
           # The router behind answers the walk as late.
           expect=on_path(LOST[:2], "syn", detail=("203.0.113.2",)),
           drops=(forward("R2", "tcp dport 8080 drop"),)),
    slowly("slow-way-drops-port-farther", ("R1", 500),
           expect=on_path(LOST[:2], "syn", detail=("203.0.113.2",)),
           drops=(forward("R2", "tcp dport 8080 drop"),)),
    slowly("slow-way-drops-answer", ("R1", 300),
           expect=on_path(LOST[:2], "syn-ack"),
           drops=(forward("R2", "tcp sport 8080 drop"),)),
    slowly("slow-way-firewall", ("R1", 300), budget_ms=1500,
           expect=Expect("firewall-drop", "destination", "hostB", "input",
                         "syn", SURE),
           drops=(HOST_B_DROPS,)),
    slowly("slow-way-refused", ("R1", 300), service=(),
           expect=Expect("not-listening", "destination", "hostB",
                         confidence=SURE)),
]

AGAIN = [
    Scenario("first-syn-lost", later("connected"),
             faults=(first_of_each_flow("R2", "syn"),)),
    Scenario("first-answer-lost", later("connected"),
             faults=(first_of_each_flow("R2", "syn-ack"),)),
    # What stops those that got through is the cause, not the loss of the one that
    # was given up for the walk before its SYN was sent again.
    Scenario("first-syn-lost-and-no-way-back",
             Expect("route-rejects", "destination", "hostB", "output",
                    "syn-ack"), fix=True,
             faults=(first_of_each_flow("R2", "syn"),
                     ("hostB", "@ip route add blackhole @A/@len"))),
    Scenario("first-answer-lost-and-dropped",
             Expect("firewall-drop", "source", "hostA", "input", "syn-ack"),
             fix=True, faults=(
                 first_of_each_flow("R2", "syn-ack"),
                 ("hostA", "@iptables-legacy -A INPUT -p tcp --sport 8080 -j "
                  "DROP"))),
    Scenario("first-syn-lost-and-the-others",
             Expect(LOST, "path", packet="syn"), families=(4,),
             faults=(first_of_each_flow("R2", "syn"),
                     forward("R1", "tcp dport 8080 drop"))),
    Scenario("first-syn-lost-of-each",
             on_path("intermittent-loss", "syn", outcome="connected",
                     confidence=FAIR, detail=("5 of 5", "was lost")),
             argv=("hostA", "hostB:8080", "--count", "5"), families=(4,),
             faults=(first_of_each_flow("R2", "syn"),)),
    Scenario("some-answers-lost",
             on_path("intermittent-loss", "syn-ack",
                     detail=("SYN-ACK", "sent again")),
             argv=("hostA", "hostB:8080", "--count", "12"),
             faults=(forward("R2", "tcp sport 8080 tcp flags syn,ack / "
                             "syn,ack,rst numgen inc mod 3 0 drop"),)),
    Scenario("some-syns-lost",
             on_path("intermittent-loss", "syn", detail=("SYN", "sent again")),
             argv=("hostA", "hostB:8080", "--count", "12"), families=(4,),
             faults=(forward("R2", "tcp dport 8080 tcp flags syn / "
                             "syn,ack,rst numgen inc mod 3 0 drop"),)),
    Scenario("no-packet-lost-of-many", Expect("connected", confidence=SURE),
             argv=("hostA", "hostB:8080", "--count", "12"), families=(4,),
             faults=(forward("R2", "tcp sport 8081 drop"),)),
    # A host's own rule takes some, and what is sent again passes: not the way.
    *(some_held_back(host, hook, port, flags, *place)
      for host, hook, port, flags, *place in (
          ("hostB", "output", "sport", "syn,ack", "destination", "syn-ack"),
          ("hostA", "input", "sport", "syn,ack", "source", "syn-ack"),
          ("hostA", "output", "dport", "syn", "source", "syn"),
          ("hostB", "input", "dport", "syn", "destination", "syn"))),
    Scenario("some-answers-lost-behind-a-rule", families=(4,),
             expect=on_path("intermittent-loss", "syn-ack", fixes=(0,)),
             argv=("hostA", "hostB:8080", "--count", "9"),
             faults=(own("hostB", "output", "tcp sport 8080 accept"),
                     forward("R2", "tcp sport 8080 tcp flags syn,ack / "
                             "syn,ack,rst numgen inc mod 3 0 drop"))),
    # A filter that lets nothing through however often it is sent.
    Scenario("every-syn-lost", on_path(LOST[:2], "syn"),
             budget_ms=2500, families=(4,),
             faults=(forward("R2", "tcp dport 8080 tcp flags syn drop"),)),
]

# Errors that come after three seconds: told, whether they are awaited or not.
LATE = [
    Scenario("late-error-of-own-host",
             Expect("neighbour-unresolved", "source", "hostA", packet="syn",
                    outcome="unreachable"), budget_ms=2500,
             faults=(("hostA", "@ip route replace @B/@len via @absentA "
                      "dev eth0"),)),
    Scenario("late-error-of-last-router",
             on_path("unreachable-on-path", "syn", outcome="unreachable",
                     confidence=("likely",), detail=("host is down",)),
             argv=("hostA", "@absentB:8080"), budget_ms=5000, families=(4,)),
    Scenario("late-error-of-last-router",
             on_path("unreachable-on-path", "syn", outcome="unreachable",
                     confidence=("likely",), detail=("host is down",)),
             argv=("hostA", "[@absentB]:8080"), budget_ms=5000, families=(6,)),
    Scenario("late-error-of-router-that-asks-in-vain", families=(4,),
             expect=Expect("arp-not-answered", "destination", "hostB",
                           packet="syn", outcome="unreachable"),
             budget_ms=2500,
             faults=(("hostB", "sysctl -qw net.ipv4.conf.all.arp_ignore=8"),
                     ("R2", "@ip neigh flush all"))),
    # Nobody says anything, and nobody is going to.
    Scenario("no-late-error-of-a-filter", families=(4,), budget_ms=5000,
             expect=Expect("undetermined", outcome="timed-out",
                           confidence=("possible",)),
             argv=("hostA", "@absentB:8080"),
             faults=(forward("R2", "ip daddr @absentB drop"),)),
    Scenario("no-late-error-of-own-host-that-connects", families=(4,),
             expect=Expect("connected"),
             faults=(("hostA", "@ip route replace @absentB/@len via @absentA "
                      "dev eth0"),)),
]

# What the trace itself sends, and what it must not change.
OWN = [
    # The self-test's question for a neighbour would tell the router where hostB
    # is, and the SYNs that wait there would come after all.
    Scenario("self-test-teaches-nobody", families=(4,),
             expect=Expect("address-not-local", "destination", "hostB",
                           packet="syn", command="ip route add local @B"),
             faults=(("hostB", "@ip route del local @B dev eth0 table local"),
                     ("R2", "@ip neigh flush all"))),
    # A copy of the walk comes through where the attempts do not.
    Scenario("walk-reaches-what-it-looks-for",
             on_path("lost-on-path", "syn", detail=("got through",)),
             families=(4,),
             faults=(forward("R1", "tcp dport 8080 tcp flags syn tcp option "
                             "sack-perm exists drop"),)),
    Scenario("walk-does-not-reach-it", families=(4,),
             expect=on_path("port-filtered-on-path", "syn",
                            confidence=("likely",)),
             faults=(forward("R1", "tcp dport 8080 drop"),)),
]

# So many attempts as were asked for, or told why not.
COUNT = [
    Scenario("count-within-its-time", Expect("connected"), families=(4,),
             argv=("hostA", "hostB:8080", "--count", "20", "--timeout", "6"),
             budget_ms=6000),
    Scenario("count-beyond-its-time", families=(4,),
             expect=Expect("connected", notes=("of 100 attempts were made",)),
             argv=("hostA", "hostB:8080", "--count", "100", "--timeout", "2"),
             budget_ms=3000, traces=8),
]

SCENARIOS = SLOW + AGAIN + LATE + OWN + COUNT
