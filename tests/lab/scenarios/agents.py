"""Addresses that an agent of the controller holds, or held: it is named where
a packet went to it in place of the right host."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.path import HOST_B_DROPS, LOST, forward

NAMED = "is an address of hostC"


def is_told(address, host=""):
    """That host, or any, has told the controller of its address: with no
    programs of ours there is nobody to tell it."""
    return ("ctl", "type probectl >/dev/null 2>&1 || exit 0; until probectl "
            f"agents | grep -qE '{host}.* {address}( |$)'; do sleep 0.05; done")


def wrong_gateway(name, expect, *faults, gateway="@C", **more):
    """hostC takes what is sent to it, and says nothing."""
    return Scenario(name, expect,
                    faults=(("hostA", f"@ip route replace @B/@len via {gateway} "
                             "dev eth0"),) + faults, **more)


GATEWAYS = [
    wrong_gateway("gateway-is-an-agents-host",
                  Expect(LOST, "path", packet="syn", detail=("@C", NAMED))),
    # Who says so is then no agent that is heard.
    wrong_gateway("gateway-of-an-agent-that-is-away",
                  Expect(LOST, "path", packet="syn", detail=(
                      "@C is an address of hostC, whose agent is offline",)),
                  stop_agents=("hostC",)),
    # Its other address is nobody's business.
    wrong_gateway("gateway-is-no-agents-host",
                  Expect("connected", silent=("hostC",)), gateway="@R1"),
    wrong_gateway("gateway-is-nobody-though-agents-are",
                  Expect("neighbour-unresolved", "source",
                         silent=("hostC",)), gateway="@absentA"),
    # It passes on what it gets.
    wrong_gateway("gateway-of-an-agent-that-routes", Expect("connected"),
                  ("hostC", "sysctl -qw net.ipv4.ip_forward=1 "
                   "net.ipv6.conf.all.forwarding=1")),
]

# hostC's address moves to hostB; the routers know the way to hostB's link.
MOVED = (("hostC", "ip addr del 192.0.2.30/24 dev eth0"),
         ("hostB", "ip addr add 192.0.2.30/32 dev eth0"),
         ("hostA", "ip route add 192.0.2.30/32 via 192.0.2.1"),
         ("R1", "ip route add 192.0.2.30/32 via 203.0.113.2"),
         ("R2", "ip route add 192.0.2.30/32 dev lanB"))
# The switch knows where the old holder is, so that hostB sees nothing of it.
ELSEWHERE = ("R1", "ip link add gone link lanB address @macC type macvlan && "
             "sysctl -qw net.ipv4.conf.gone.forwarding=0 && "
             "ip link set gone up")
STALE = ("R2", "ip neigh replace 192.0.2.30 lladdr @macC dev lanB "
         "nud permanent")
HELD = "hostC held 192.0.2.30 until"


def moved(name, expect, *faults, **more):
    more.setdefault("argv", ("hostA", "192.0.2.30:8080", "--to", "hostB"))
    return Scenario(name, expect, families=(4,), faults=MOVED + faults,
                    told=(("hostC", "192.0.2.30", False),
                          ("hostB", "192.0.2.30", True)), **more)


MOVES = [
    moved("moved-address-led-to-old-holder",
          Expect("neighbour-wrong-address", "path", packet="syn",
                 outcome="timed-out", confidence=("possible",),
                 detail=(HELD,)), ELSEWHERE, STALE, traces=3),
    # The switch floods, and hostB sees frames for another host.
    moved("moved-address-flooded",
          Expect("neighbour-wrong-address", "path", packet="syn",
                 outcome="timed-out", detail=("hostC",)), STALE, traces=3),
    moved("moved-address-found", Expect("connected", silent=("hostC",)),
          ("R2", "ip neigh flush all")),
    # The router asked anew, and knows.
    moved("moved-address-firewalled-at-its-host",
          Expect("firewall-drop", "destination", "hostB", confidence=SURE,
                 silent=("hostC",)),
          HOST_B_DROPS),
    moved("moved-address-lost-before-the-last-router",
          Expect(LOST, "path", packet="syn", confidence=("possible", "likely"),
                 silent=(HELD,)), # other ports come to hostB
          forward("R1", "tcp dport 8080 drop")),
]

# hostC held hostB's address until a moment ago, and is the gateway now: it passes
# on all but that port, so that no entry leads there.
def held_before(name, expect, *faults, **more):
    return Scenario(name, expect, families=(4,), faults=(
        ("hostC", "ip addr add @B/32 dev lo"),
        ("hostC", "ip addr del @B/32 dev lo; sysctl -qw net.ipv4.ip_forward=1 "
         "net.ipv4.conf.all.send_redirects=0 "
         "net.ipv4.conf.eth0.send_redirects=0"),
        ("hostA", "ip route replace @B/32 via @C dev eth0"), *faults), **more)


BEFORE = [
    held_before("held-before-by-a-gateway-that-filters",
                Expect(LOST, "path", packet="syn",
                       silent=("held @B until", "neighbour-wrong-address")),
                forward("hostC", "tcp dport 8080 drop")),
    held_before("held-before-by-a-gateway-that-passes-on",
                Expect("connected", silent=("held @B until",))),
]

# The destination has lost it, and another agent has it now: no second holder is
# made by the fix.
TAKEN = [
    Scenario("taken-over-by-another-agent", families=(4,),
             expect=Expect("address-not-local", "destination", "hostB",
                           detail=("hostC holds 198.51.100.10",), fixes=(0,),
                           confidence=FAIR + ("possible",)),
             faults=(("hostB", "ip addr del 198.51.100.10/24 dev eth0; "
                      "ip addr add 198.51.100.12/24 dev eth0; "
                      "ip route replace default via 198.51.100.2"),
                     ("hostC", "ip addr add 198.51.100.10/32 dev lo")),
             argv=("hostA", "198.51.100.10:8080", "--to", "hostB"),
             told=(("hostC", "198.51.100.10", True),)),
]

GONE = (("hostB", "ip addr del 198.51.100.10/24 dev eth0; "
         "ip addr add 198.51.100.12/24 dev eth0; "
         "ip route replace default via 198.51.100.2"),)
# R2 has no agent, and takes it.
OVER = GONE + (("R2", "ip addr add 198.51.100.10/32 dev lo && "
                "ip neigh flush all"),)


def former(name, expect, faults=GONE, **more):
    """Asked for by an address that hostB gave up just now."""
    return Scenario(name, expect, families=(4,), faults=faults,
                    argv=("hostA", "198.51.100.10:8080"),
                    told=(("hostB", "198.51.100.10", False),), **more)


FORMER = [
    former("address-given-up",
           Expect("address-not-local", "destination", "hostB",
                  confidence=FAIR + ("possible",))),
    former("given-up-and-taken-by-no-agents-host", Expect("connected"), OVER,
           service=(("R2", "@any 8080"),)),
    former("given-up-and-refused-by-no-agents-host",
           Expect(("not-listening", "undetermined"), exit=(1, 4),
                  confidence=("likely", "possible"), outcome="refused"),
           OVER, service=()),
]

SCENARIOS = GATEWAYS + MOVES + BEFORE + TAKEN + FORMER
