"""Two faults in one packet's way: the kernel asks in an order, and the first that
says no is the cause.  What would stop the answer comes after it."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.container import BOX, INSIDE, PUBLISH
from scenarios.firewall import nft
from scenarios.listener_queue import at_socket, stuck
from scenarios.path import forward
from scenarios.programs import tc

NO_WAY_BACK = ("hostB", "@ip route del default")
REJECTED_BACK = ("hostB", "@ip route add unreachable @A/@len")
DEAD_GATEWAY = ("hostB", "@ip route replace default via @absentB")
# Of port 8080 nothing leaves, not even a reset.
NOTHING_OUT = tc("hostB", "egress")
NO_RESET = nft("hostB", "output", "tcp flags rst drop")
FULL = stuck("@any 8080 --backlog 1 --fill 2 --accept no")
ON_LOOPBACK = (("hostB", "@loop 8080"),)
BLOCKED = ("hostB", "ip xfrm policy add dir in src @A/@len action block")


def refused(name, fault, obstacles=(), cause="not-listening", service=(),
            **more):
    more.setdefault("confidence", SURE)
    return Scenario(name, faults=(fault,), service=service,
                    expect=at_socket(cause, "syn", obstacles=obstacles, **more))


# R1 sends what is for hostA back to R2.
SENT_BACK = (("R1", "@ip route add @A/@len via @R2link"),)
SHORT_LIVED = (("hostB", "sysctl -qw net.ipv4.ip_default_ttl=1 "
                "net.ipv6.conf.eth0.hop_limit=1"),)


def answer(cause, **more):
    return Expect(cause, "path", packet="syn-ack", outcome="timed-out", **more)


# What the hops tell the destination of its answer.
ERRORS = [
    Scenario("answer-loops-between-routers", answer("routing-loop"),
             faults=SENT_BACK),
    Scenario("answer-of-short-life", answer(
        "ttl-too-small", confidence=SURE, detail=("TTL of 1",),
        command="net.ipv"), faults=SHORT_LIVED, fix=True),
    Scenario("answer-rejected-on-path", answer("rejected-on-path",
                                               confidence=SURE),
             faults=(forward("R1", "tcp sport 8080 reject with icmpx "
                             "admin-prohibited"),)),
    Scenario("answer-of-others-rejected", Expect("connected"),
             faults=(forward("R1", "tcp sport 8081 reject with icmpx "
                             "admin-prohibited"),)),
    Scenario("answer-of-others-loops", Expect("connected"),
             faults=(("R1", "@ip route add @C/@len via @R2link"),)),
    Scenario("answer-of-shorter-life", Expect("connected"),
             faults=(("hostB", "sysctl -qw net.ipv4.ip_default_ttl=4 "
                      "net.ipv6.conf.eth0.hop_limit=4"),)),
]

BOX_TWO = ("hostB", "sysctl -qw net.bridge.bridge-nf-call-iptables=0 2> "
           "/dev/null || :; ip netns add box2 && ip link add box2 type veth "
           "peer name eth0 netns box2 && ip link set box2 master br0 up && "
           "ip -n box2 link set lo up && ip -n box2 link set eth0 up && "
           "ip -n box2 addr add 203.0.113.67/28 dev eth0 && "
           "ip -n box2 route add default via 203.0.113.65")
MASQUERADE = ("hostB", "nft 'table ip nat { chain post { type nat hook "
              "postrouting priority srcnat; ip daddr 203.0.113.66 tcp dport 80 "
              "masquerade; }; }'")
FROM_BOX_TWO = ("hostB", "198.51.100.10:8080", "--in", "box2")

# A container calls what its own host publishes: the reset of the caller, which
# does not know that answer, passes by and is no answer either.
GUESTS = [
    Scenario("guest-answers-guest", families=(4,), argv=FROM_BOX_TWO,
             expect=Expect("reply-bypasses-nat", packet="syn-ack",
                           outcome="timed-out"),
             faults=(BOX, PUBLISH, BOX_TWO), service=INSIDE),
    Scenario("guest-answers-guest-by-masquerade", Expect("connected"),
             families=(4,), argv=FROM_BOX_TWO,
             faults=(BOX, PUBLISH, BOX_TWO, MASQUERADE), service=INSIDE),
]

SCENARIOS = ERRORS + GUESTS + [
    refused("closed-and-no-route-back", NO_WAY_BACK, ("no-route",)),
    refused("closed-and-route-back-rejects", REJECTED_BACK, ("route-rejects",)),
    refused("closed-and-gateway-back-dead", DEAD_GATEWAY,
            ("neighbour-unresolved",)),
    refused("closed-and-nothing-leaves", NOTHING_OUT),
    refused("closed-and-reset-dropped", NO_RESET),
    refused("on-loopback-and-no-route-back", NO_WAY_BACK, ("no-route",),
            "listening-on-loopback", ON_LOOPBACK),
    refused("on-loopback-and-nothing-leaves", NOTHING_OUT, (),
            "listening-on-loopback", ON_LOOPBACK),
    refused("queue-full-and-no-route-back", NO_WAY_BACK, ("no-route",),
            "accept-queue-full", FULL, outcome="timed-out", confidence=FAIR),
    refused("queue-full-and-route-back-rejects", REJECTED_BACK,
            ("route-rejects",), "accept-queue-full", FULL,
            confidence=FAIR),
    Scenario("blocked-by-ipsec-and-closed", service=(), faults=(BLOCKED,),
             expect=at_socket("ipsec-policy-drop", "syn",
                              detail=("block", "dir in"))),
    # What only the way back stops.
    Scenario("open-and-no-route-back", faults=(NO_WAY_BACK,),
             expect=Expect("no-route", "destination", "hostB", "output",
                           "syn-ack")),
    Scenario("open-and-nothing-leaves", faults=(NOTHING_OUT,),
             expect=Expect("tc-drop", "destination", "hostB", "egress",
                           "syn-ack", SURE)),
    Scenario("open-and-reset-dropped", Expect("connected"), faults=(NO_RESET,)),
    Scenario("queue-moving-and-no-route-back", faults=(NO_WAY_BACK,),
             service=stuck("@any 8080 --backlog 8 --fill 5 --accept slowly"),
             expect=Expect("no-route", "destination", "hostB", "output",
                           "syn-ack")),
    Scenario("ipsec-blocks-another-and-closed", service=(),
             faults=(("hostB", "ip xfrm policy add dir in src @C/@len action "
                      "block"),),
             expect=at_socket("not-listening", "syn", confidence=SURE)),
]
