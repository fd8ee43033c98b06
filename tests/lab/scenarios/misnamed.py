"""A name that leads elsewhere, and what the source does with that address."""
from scenario import FAIR, WEAK, Expect, Scenario

OWN = "127.0.0.1 localhost\n::1 localhost\n@A hostA\n"
NAME = "name-resolves-elsewhere"
NOT_SURE = ("possible",)
# hostB is called by an address that it has not, and R2 translates.
FRONT = {4: "203.0.113.77", 6: "2001:db8:77::77"}


def named(line):
    return (("hostA", f"{OWN}{line}\n"),)


def front(family):
    address, l3 = FRONT[family], {4: "ip", 6: "ip6"}[family]
    return (("R2", f"nft 'table {l3} front {{ chain p {{ type nat hook "
             f"prerouting priority -100; {l3} daddr {address} dnat to @B; }}; "
             "}'"), ("R1", f"@ip route add {address} via @R2link"))


def on_output(rule):
    return (("hostA", "nft 'table inet fw { chain o { type filter hook output "
             f"priority 0; {rule}; }}; }}'"),)


def wrong(name, faults=(), confidence=FAIR, line="@absentB hostB", says=(),
          **more):
    more.setdefault("outcome", None)
    outcome = more.pop("outcome")
    return Scenario(name, Expect(
        NAME, "source", "hostA", "socket", "syn", confidence, outcome=outcome,
        command="/etc/hosts", opens="nothing",
        detail=("does not own",) + says), faults=faults,
        hosts_files=named(line), fix=True, **more)


# What stops it is about that address alone: the right name would pass.
STOPPED = [
    wrong("misnamed-blackhole", (("hostA", "@ip route add blackhole @absentB"),),
          NOT_SURE, says=("route of type blackhole",)),
    wrong("misnamed-rejecting-rule", (("hostA", "@ip rule add pref 1337 to "
                                       "@absentB unreachable"),),
          NOT_SURE, says=("pref 1337",)),
    wrong("misnamed-dropped", on_output("@l3 daddr @absentB drop"), NOT_SURE,
          says=("daddr @absentB drop",), outcome="timed-out"),
    wrong("misnamed-rejected", on_output("@l3 daddr @absentB tcp dport 8080 "
                                         "reject"),
          NOT_SURE, says=("daddr @absentB",), outcome="refused"),
    wrong("misnamed-dead-gateway", (("hostA", "@ip route add @absentB via "
                                     "@absentA"),),
          NOT_SURE, says=("no gateway on hostA's link eth0",)),
    wrong("misnamed-own-address",
          (("hostA", "@ip addr add @absentB/@len dev lo nodad"),),
          says=("one of hostA's own addresses",), outcome="refused"),
    wrong("misnamed-as-source", line="@A hostB", outcome="refused",
          says=("one of hostA's own addresses",)),
    # As installers leave it.
    Scenario("misnamed-loopback", families=(4,), fix=True,
             expect=Expect(NAME, "source", "hostA", outcome="refused",
                           detail=("127.0.1.1", "own addresses")),
             hosts_files=named("127.0.1.1 hostB")),
    # Beside the source, where nobody answers for it.
    wrong("misnamed-on-link", line="@absentA hostC",
          argv=("hostA", "hostC:8080"), service=(("hostC", "@any 8080"),),
          says=("nobody on hostA's link eth0",), outcome="unreachable"),
    # Routers send what nobody has to and fro.
    wrong("misnamed-loop", (("R1", "@ip route add @absentB via @R2link"),
                            ("R2", "@ip route add @absentB via @R1link"))),
]


def besides(name, cause, faults, **more):
    """It stops what goes to any address: the name is told beside it."""
    return Scenario(name, Expect(
        cause, "source", "hostA", confidence=("likely",),
        detail=("besides, the name may be wrong", "@absentB")), faults=faults,
        hosts_files=named("@absentB hostB"), **more)


BESIDES = [
    besides("misnamed-and-port-dropped", "firewall-drop",
            on_output("tcp dport 8080 drop")),
    besides("misnamed-and-no-route", "no-route",
            (("hostA", "@ip route del default"),)),
    besides("misnamed-and-net-rejected", "route-rejects",
            (("hostA", "@ip route add unreachable @netB"),)),
    besides("misnamed-and-link-down", "link-down",
            (("hostA", "ip link set eth0 down"),)),
]

# Another kind of wrong address: one of the source's own makes it take the called
# one for a neighbour.
OWN_NET = [
    Scenario("own-address-in-the-called-net",
             Expect("neighbour-unresolved", "source", "hostA", packet="syn",
                    outcome="unreachable",
                    detail=("because of its own address @absentB/@mask on eth0",),
                    fixes=(0,), says=("take @absentB/@mask off eth0",)),
             faults=(("hostA", "@ip addr add @absentB/@mask dev eth0 nodad"),)),
    # The one that it should have: nobody is there.
    Scenario("own-address-in-its-own-net", families=(4,),
             expect=Expect("neighbour-unresolved", "source", "hostA",
                           packet="syn", confidence=WEAK,
                           silent=("own address",)),
             service=(), argv=("hostA", "@absentA:8080")),
]

# Near misses: the name is right.
RIGHT = [
    Scenario("named-right-blackhole", near="S01",
             expect=Expect("route-rejects", "source", "hostA",
                           confidence=("proven",), silent=("name may be",)),
             faults=(("hostA", "@ip route add blackhole @B"),)),
    Scenario("named-right-dropped-by-address", near="S01",
             expect=Expect("firewall-drop", "source", "hostA",
                           confidence=("proven",), silent=("name may be",)),
             faults=on_output("@l3 daddr @B drop")),
]
for number in (4, 6):
    called = {"families": (number,),
              "hosts_files": named(f"{FRONT[number]} hostB")}
    RIGHT += [
        Scenario("named-by-a-front", Expect("connected"),
                 faults=front(number), **called),
        Scenario("named-by-a-front-closed",
                 Expect("not-listening", "destination", "hostB",
                        outcome="refused", confidence=("proven",)),
                 faults=front(number), service=(), **called),
        Scenario("named-by-a-front-dropped",
                 Expect("firewall-drop", "destination", "hostB",
                        confidence=("proven",)),
                 faults=front(number) + (
                     ("hostB", "nft 'table inet fw { chain i { type filter "
                      "hook input priority 0; tcp dport 8080 drop; }; }'"),),
                 **called),
        # Nobody can tell which it is: no packet went there.
        Scenario("named-by-a-front-blackholed",
                 Expect((NAME, "route-rejects"), "source", "hostA",
                        confidence=("possible", "likely"),
                        says=("route-rejects",)),
                 faults=front(number) + (
                     ("hostA", f"@ip route add blackhole {FRONT[number]}"),),
                 **called),
    ]

SCENARIOS = STOPPED + BESIDES + OWN_NET + RIGHT
