"""What hostB passes on: judged by what became of the SYN behind it, in a
container, and by hostB's own routes for where it goes; never by hostB's own
sockets for the called port."""
from scenario import FAIR, SURE, Expect, Scenario

# The container of either family: a namespace "box" behind the bridge br0.
BOX = ("hostB", "sysctl -qw net.ipv4.ip_forward=1 "
       "net.ipv6.conf.all.forwarding=1 && ip netns add box && "
       "ip link add br0 type bridge && ip addr add 203.0.113.65/28 dev br0 && "
       "ip addr add 2001:db8:77::1/64 dev br0 nodad && ip link set br0 up && "
       "ip link add box0 type veth peer name eth0 netns box && "
       "ip link set box0 master br0 up && "
       "ip -n box link set lo up && ip -n box link set eth0 up && "
       "ip -n box addr add 203.0.113.66/28 dev eth0 && "
       "ip -n box addr add 2001:db8:77::2/64 dev eth0 nodad && "
       "ip -n box route add default via 203.0.113.65 && "
       "ip -n box route add default via 2001:db8:77::1")


PUBLISH = ("hostB", "nft 'table @l3 nat { chain pre { type nat hook "
           "prerouting priority dstnat; @l3 daddr @B tcp dport 8080 "
           "dnat to @boxPort; }; }'")
INSIDE = (("hostB", "netns:box @any 80"),)
# What stands on hostB's own port says nothing of what is passed on.
DECOY = ("hostB", "@any 8080")


def inside(cause, stage="socket", packet="syn", **more):
    return Expect(cause, "destination", "hostB", stage, packet,
                  namespace="box", fixes=(0,), **more)


def rules(hook, rule):
    return ("hostB", "ip netns exec box nft 'table inet f { chain c { type "
            f"filter hook {hook} priority 0; {rule}; }}; }}'")


def rejected(packet, **more):
    return Expect("route-rejects", "destination", "hostB", "prerouting",
                  packet, confidence=SURE, **more)


def refused():
    common = {"faults": (BOX, PUBLISH)}
    # In a namespace without any process, which nobody knows for this host's.
    yield Scenario("passed-on-closed", service=(), **common,
                   expect=Expect("not-listening", "destination", "hostB",
                                 "socket", "syn", confidence=("likely",),
                                 outcome="refused", namespace="@box",
                                 detail=("@box", "80"), fixes=(0,)))
    yield Scenario("passed-on-closed-decoy", service=(
        DECOY, ("hostB", "netns:box @any 3000")), **common,
                   expect=inside("not-listening", confidence=SURE,
                                 outcome="refused", detail=("@box", "80"),
                                 steps=(("listener", "bad", "@box"),)))
    yield Scenario("passed-on-loopback", service=(
        ("hostB", "netns:box @loop 80"), DECOY), **common,
                   expect=inside("listening-on-loopback", confidence=SURE,
                                 outcome="refused",
                                 detail=("@loop", "python3")))
    # A rule sends the reset, and somebody listens.
    yield Scenario("passed-on-reset-inside", service=INSIDE,
                   faults=(BOX, PUBLISH, rules(
                       "input", "tcp dport 80 reject with tcp reset")),
                   expect=inside("firewall-reject", "input", outcome="refused",
                                 silent=("nothing listens",)))
    yield Scenario("passed-on-rejected-inside", service=INSIDE,
                   faults=(BOX, PUBLISH, rules("input", "tcp dport 80 reject")),
                   expect=inside("firewall-reject", "input",
                                 silent=("nothing listens",)))
    yield Scenario("passed-on-connected", Expect("connected"),
                   faults=(BOX, PUBLISH), service=INSIDE)


def dropped_inside():
    common = {"service": INSIDE}
    yield Scenario("passed-on-dropped-inside", **common,
                   faults=(BOX, PUBLISH, rules("input", "tcp dport 80 drop")),
                   expect=inside("firewall-drop", "input", confidence=FAIR,
                                 outcome="timed-out"))
    yield Scenario("passed-on-answer-dropped-inside", **common,
                   faults=(BOX, PUBLISH, rules("output", "tcp sport 80 drop")),
                   expect=inside("firewall-drop", "output", "syn-ack",
                                 confidence=FAIR, outcome="timed-out"))
    # The kernel drops no packet there that anybody is told of: none is made.
    for name, command in (
            ("no-route", "@ip -n box route del default"),
            ("blackhole", "@ip -n box route add blackhole @A/@len")):
        yield Scenario(f"passed-on-{name}-inside", **common,
                       faults=(BOX, PUBLISH, ("hostB", command)),
                       expect=Expect("undetermined", outcome="timed-out",
                                     detail=("namespace box", "route back"),
                                     says=("ip route, nft list ruleset",)))
    yield Scenario("passed-on-other-dropped-inside", Expect("connected"),
                   service=INSIDE, faults=(
                       BOX, PUBLISH, rules("input", "tcp dport 81 drop")))


def rejecting():
    for kind in ("prohibit", "unreachable", "blackhole"):
        yield Scenario(f"passed-on-route-{kind}", service=INSIDE,
                       expect=rejected("syn", detail=(kind,), fixes=(0,)),
                       faults=(BOX, PUBLISH, (
                           "hostB", f"@ip route add {kind} @box/@len")))
        yield Scenario(f"passed-on-answer-{kind}", fix=True,
                       service=INSIDE, expect=rejected(
                           "syn-ack", detail=(kind,), command="route del"),
                       faults=(BOX, PUBLISH, (
                           "hostB", f"@ip route add {kind} @A/@len")))
    # A policy rule that says unreachable looks like no route at all.
    yield Scenario("passed-on-rule-unreachable", service=INSIDE,
                   expect=Expect(("nat-target-gone", "route-rejects"),
                                 "destination", "hostB", packet="syn",
                                 confidence=("likely",), fixes=(0,),
                                 detail=("policy rule",)),
                   faults=(BOX, PUBLISH, (
                       "hostB", "@ip rule add pref 90 to @box unreachable")))
    yield Scenario("passed-on-throw", service=INSIDE,
                   expect=Expect("nat-target-gone", "destination", "hostB",
                                 packet="syn", confidence=("likely",)),
                   faults=(BOX, PUBLISH, (
                       "hostB", "@ip route add throw @box/@len")))
    yield Scenario("passed-on-other-rejected", Expect("connected"),
                   service=INSIDE, faults=(BOX, PUBLISH, (
                       "hostB", "@ip route add prohibit @boxNext/@len")))


SCENARIOS = [*refused(), *dropped_inside(), *rejecting()]
