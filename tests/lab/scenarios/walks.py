"""The way between the hosts, hop by hop, in the direction that failed."""
from scenario import FAIR, WEAK, Expect, Scenario
from scenarios.path import LOST, forward


# Routers that say little: nothing of what expires, or only of every other one.
def keeps_silent(router, when=""):
    return (router, "nft 'table inet quiet { chain out { type filter hook output "
            f"priority 0; icmp type time-exceeded {when} drop; icmpv6 type "
            f"time-exceeded {when} drop; }}; }}'")


SPARES = "numgen inc mod 2 0"

MASQUERADE = ("R1", "nft 'table @l3 n { chain post { type nat hook postrouting "
              "priority 100; tcp dport 8080 masquerade; }; }'")

# The SYNs of every other attempt are lost, whenever they are sent again, and all
# answers to the others.
BOTH_LOSE = (
    "R2", "nft 'table inet path { set lost { type inet_service; flags dynamic; }; "
    "set passed { type inet_service; flags dynamic; }; chain forward { type filter "
    "hook forward priority 0; tcp sport 8080 drop; tcp dport 8080 tcp sport @lost "
    "drop; tcp dport 8080 tcp sport @passed accept; tcp dport 8080 numgen inc mod "
    "2 1 add @lost { tcp sport } drop; tcp dport 8080 add @passed { tcp sport }; "
    "}; }'")


def lost(packet, *detail, **more):
    return Expect(LOST, "path", packet=packet, confidence=FAIR, detail=detail,
                  **more)


SCENARIOS = [
    # By the hop of the walk that goes back.
    Scenario("walk-back-names-hop", row="V06", faults=(forward("R1", "tcp sport "
             "8080 drop"),),
             expect=lost("syn-ack", "@R1link",
                         says=('"direction": "reverse"', '"silent_ttl": 3'))),
    Scenario("walk-back-passes-silent-hop", near="V06",
             faults=(forward("R1", "tcp sport 8080 drop"), keeps_silent("R2")),
             expect=lost("syn-ack", "@R1link", says=('"silent_ttl": 3',))),
    Scenario("walk-passes-silent-hop",
             faults=(forward("R2", "tcp dport 8080 drop"), keeps_silent("R1")),
             expect=lost("syn", "@R2link", says=('"silent_ttl": 3',))),
    Scenario("walk-asks-again", faults=(forward("R2", "tcp dport 8080 drop"),
                                        keeps_silent("R1", SPARES),
                                        keeps_silent("R2", SPARES)),
             expect=lost("syn", "@R2link", says=('"silent_ttl": 3',))),
    Scenario("walk-of-silent-hops",
             faults=(forward("R2", "tcp dport 8080 drop"), keeps_silent("R1"),
                     keeps_silent("R2")),
             expect=lost("syn",
                         says=('"silent_ttl": 1',))),
    # Behind translation the answer goes where its SYN came from.
    Scenario("walk-back-through-nat",
             faults=(MASQUERADE, forward("R1", "tcp sport 8080 drop")),
             expect=lost("syn-ack", "@R1link")),
    Scenario("walk-back-to-nat",
             faults=(MASQUERADE, forward("R2", "tcp sport 8080 drop")),
             expect=lost("syn-ack", "@R2", says=('"silent_ttl": 2',))),
    Scenario("walk-not-through-healthy-nat", faults=(MASQUERADE,),
             expect=Expect("connected", silent=('"walks"',))),
    # Another way back, which alone is broken; R1 tells one address or the other.
    Scenario("walk-back-another-way", near="V06",
             faults=(("hostB", "@ip route replace default via @R1b dev eth0"),
                     forward("R1", "tcp sport 8080 drop")),
             expect=lost("syn-ack", says=('"silent_ttl": 2',))),
    Scenario("walk-not-over-another-way-back",
             faults=(("hostB", "@ip route replace default via @R1b dev eth0"),
                     keeps_silent("R1")),
             expect=Expect("connected", silent=('"walks"',))),
    Scenario("walk-both-ways", faults=(BOTH_LOSE,),
             expect=Expect(LOST + ("intermittent-loss",), "path",
                           confidence=WEAK,
                           says=('"direction": "forward"',
                                 '"direction": "reverse"'))),
    # The errors about the attempts' own SYNs are lost: the copies tell.
    Scenario("walk-shows-circle",
             faults=(("R2", "@ip route add @B/@len via @R1link"),
                     keeps_silent("R1", "numgen inc mod 1000 < 4"),
                     keeps_silent("R2", "numgen inc mod 1000 < 4")),
             expect=Expect("routing-loop", "path", packet="syn",
                           confidence=FAIR, says=('"loop"',))),
    Scenario("walk-back-shows-circle",
             faults=(("R1", "@ip route add @A/@len via @R2link"),
                     keeps_silent("R1", "numgen inc mod 1000 < 4"),
                     keeps_silent("R2", "numgen inc mod 1000 < 4")),
             expect=Expect("routing-loop", "path", packet="syn-ack",
                           confidence=FAIR, says=('"loop"',))),
]
