"""Time: slow ways, packets that get through when they are sent again, errors
that come late, and the trace's own traffic, which must not be taken for the
application's."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.path import forward, on_path

LOST = ("lost-on-path", "port-filtered-on-path", "source-filtered-on-path")


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
           expect=on_path(LOST[:2], "syn", confidence=SURE),
           drops=(forward("R2", "tcp dport 8080 drop"),)),
    slowly("slow-way-drops-answer", ("R1", 300),
           expect=on_path(LOST[:2], "syn-ack", confidence=SURE),
           drops=(forward("R2", "tcp sport 8080 drop"),)),
    slowly("slow-way-firewall", ("R1", 300), budget_ms=1500,
           expect=Expect("firewall-drop", "destination", "hostB", "input",
                         "syn", SURE),
           drops=(("hostB", "nft 'table inet fw { chain input { type filter "
                   "hook input priority 0; tcp dport 8080 drop; }; }'"),)),
    slowly("slow-way-refused", ("R1", 300), service=(),
           expect=Expect("not-listening", "destination", "hostB",
                         confidence=SURE)),
]

AGAIN = [
    Scenario("first-syn-lost", later("connected"),
             faults=(first_of_each_flow("R2", "syn"),)),
    Scenario("first-answer-lost", later("connected"),
             faults=(first_of_each_flow("R2", "syn-ack"),)),
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
    # A filter that lets nothing through however often it is sent.
    Scenario("every-syn-lost", on_path(LOST[:2], "syn", confidence=SURE),
             budget_ms=2500, families=(4,),
             faults=(forward("R2", "tcp dport 8080 tcp flags syn drop"),)),
]

SCENARIOS = SLOW + AGAIN
