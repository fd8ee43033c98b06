"""Between the hosts: what the routers do, and what nobody can see."""
from scenario import SURE, WEAK, Expect, Scenario

LOST = ("lost-on-path", "port-filtered-on-path", "source-filtered-on-path")

# R1 gives hostB another address towards LAN A.
PUBLISHED = ("nft 'table @l3 nat { chain pre { type nat hook prerouting "
             "priority dstnat; @l3 daddr @absentB dnat to @B; }; }'")

FORWARDS = "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
# What hostA itself sends goes through a namespace before it leaves by eth0.
OWN_FILTER = (
    FORWARDS + " net.ipv4.conf.all.accept_local=1 && ip netns add box && "
    "ip link add to0 type veth peer name in0 netns box && "
    "ip link add back0 type veth peer name out0 netns box && "
    "ip addr add 10.77.0.1/30 dev to0 && ip addr add 10.77.1.1/30 dev back0 && "
    "ip link set to0 up && ip link set back0 up && "
    "ip netns exec box sysctl -qw net.ipv4.ip_forward=1 && "
    "ip -n box addr add 10.77.0.2/30 dev in0 && "
    "ip -n box addr add 10.77.1.2/30 dev out0 && "
    "ip -n box link set in0 up && ip -n box link set out0 up && "
    "ip -n box route add default via 10.77.1.1 && "
    "ip rule add pref 100 iif back0 lookup main && "
    "ip rule add pref 200 to @B lookup 77 && "
    "ip route add default via 10.77.0.2 table 77 src @A")


def forward(router, rules):
    return (router, "nft 'table inet path { chain forward { type filter hook "
            f"forward priority 0; {rules}; }}; }}'")


def own(host, hook, rules):
    """That host's own rules."""
    return (host, f"nft 'table inet own {{ chain c {{ type filter hook {hook} "
            f"priority 0; {rules}; }}; }}'")


def on_path(cause, packet, **more):
    return Expect(cause, "path", packet=packet, **more)


# An end's own filter.
HOST_A_DROPS = ("hostA", "nft 'table inet fw { chain output { type filter hook "
                "output priority 0; tcp dport 8080 drop; }; }'")
HOST_B_DROPS = ("hostB", "nft 'table inet fw { chain input { type filter hook "
                "input priority 0; tcp dport 8080 drop; }; }'")
# The first packet of each flow, which is sent again.
FIRST_LOST = ("R1", "nft 'table inet first { set seen { type inet_service; flags "
              "dynamic; }; chain forward { type filter hook forward priority 0; "
              "tcp dport 8080 tcp flags syn / syn,ack tcp sport != @seen add "
              "@seen { tcp sport } drop; }; }'")

SCENARIOS = [
    Scenario("path-drops-port", on_path(LOST[:2], "syn", outcome="timed-out"),
             faults=(forward("R2", "tcp dport 8080 drop"),)),
    Scenario("path-drops-port-at-ingress", on_path(LOST[:2], "syn"),
             faults=(("R1", "nft 'table netdev path { chain in { type filter "
                      "hook ingress device lanA priority 0; tcp dport 8080 "
                      "drop; }; }'"),)),
    Scenario("path-drops-all", on_path("lost-on-path", "syn"),
             faults=(forward("R2", "@l3 daddr @B drop"),)),
    Scenario("path-drops-source", on_path((LOST[0], LOST[2]), "syn"),
             faults=(forward("R2", "@l3 saddr @A @l3 daddr @B drop"),)),
    Scenario("path-drops-answer", row="V06", expect=on_path(LOST[:2], "syn-ack"),
             faults=(forward("R2", "tcp sport 8080 drop"),)),
    Scenario("path-drops-answer-all", row="V06", expect=on_path(LOST, "syn-ack"),
             faults=(forward("R1", "@l3 saddr @B drop"),)),
    Scenario("path-passes-ecn", Expect("connected"),
             faults=(("hostA", "sysctl -qw net.ipv4.tcp_ecn=1"),)),
    Scenario("path-drops-other-port", Expect("connected"),
             faults=(forward("R2", "tcp dport 8081 drop"),)),
    Scenario("path-drops-other-source", Expect("connected"),
             faults=(forward("R2", "@l3 saddr @C drop"),)),
    Scenario("path-returns-another-way", Expect("connected"), near="V06",
             faults=(("hostB",
                      "@ip route replace default via @R1b dev eth0"),)),
    Scenario("path-rejects",
             on_path("rejected-on-path", "syn", outcome="unreachable"),
             faults=(forward("R2", "tcp dport 8080 reject with icmpx "
                             "admin-prohibited"),)),
    # R2 tells the walk's copies, and has no error left for the SYN.
    Scenario("path-rejects-what-came-again", families=(4,),
             expect=on_path("rejected-on-path", "syn",
                            confidence=("proven", "likely"),
                            detail=("@R2link",)),
             faults=(("R2", "ip route add prohibit @B/32"), FIRST_LOST)),
    Scenario("path-loses-first", Expect("connected"), faults=(FIRST_LOST,)),
    # It rejects copies alone: not the SYN, which another rule drops.
    Scenario("path-rejects-copies-alone",
             on_path(("rejected-on-path", "lost-on-path"), "syn",
                     confidence=("likely", "possible")),
             faults=(forward("R2", "tcp dport 8080 tcp option timestamp exists "
                             "drop; tcp dport 8080 reject with icmpx "
                             "admin-prohibited"),)),
    Scenario("path-unreachable",
             on_path("unreachable-on-path", "syn", outcome="unreachable"),
             faults=(("R1", "@ip route add unreachable @B/@len"),)),
    Scenario("path-resets",
             on_path("reset-injected", "syn", outcome="refused"),
             faults=(forward("R2", "tcp dport 8080 reject with tcp reset"),)),
    Scenario("path-loops", on_path("routing-loop", "syn"),
             faults=(("R2", "@ip route add @B/@len via @R1link"),)),
    # The circle leads through the end itself, which passes packets on or not.
    Scenario("path-loops-through-source",
             on_path("routing-loop", "syn", confidence=SURE, detail=("@R1",)),
             faults=(("hostA", FORWARDS),
                     ("R1", "@ip route add @B/@len via @A"))),
    Scenario("path-loops-to-source",
             on_path("routing-loop", "syn", confidence=SURE, detail=("@R1",)),
             faults=(("R1", "@ip route add @B/@len via @A"),)),
    Scenario("path-loops-through-source-one-ended",
             on_path("routing-loop", "syn", confidence=SURE),
             argv=("hostA", "@other:80", "--timeout", "5"), families=(4,),
             faults=(("hostA", FORWARDS),
                     ("R1", "@ip route add @other/@len via @A"))),
    Scenario("path-loops-into-firewall-of-source",
             on_path("routing-loop", "syn", confidence=SURE),
             faults=(("hostA", FORWARDS + " && nft 'table inet f { chain f { "
                      "type filter hook forward priority 0; policy drop; }; "
                      "}'"),
                     ("R1", "@ip route add @B/@len via @A"))),
    Scenario("path-answer-loops-through-destination",
             on_path("routing-loop", "syn-ack", confidence=SURE,
                     detail=("@R2",)),
             faults=(("hostB", FORWARDS),
                     ("R2", "@ip route add @A/@len via @B"))),
    Scenario("path-answer-loops-to-destination",
             on_path("routing-loop", "syn-ack", confidence=SURE),
             faults=(("R2", "@ip route add @A/@len via @B"),)),
    Scenario("path-of-others-through-source", Expect("connected"),
             faults=(("hostA", FORWARDS),
                     ("R1", "@ip route add @other/@len via @A"),
                     ("R2", "@ip route add @C/@len via @B"))),
    # Out to a filter in a namespace of its own, in again, and then on.
    Scenario("path-through-own-filter", Expect("connected"), families=(4,),
             faults=(("hostA", OWN_FILTER),)),
    Scenario("path-loses-first-syn", families=(4,),
             expect=Expect(("intermittent-loss", "connected"),
                           exit=(0, 1), confidence=WEAK),
             argv=("hostA", "hostB:8080", "--count", "6", "-4"),
             faults=(forward("R2", "tcp dport 8080 tcp flags syn numgen inc "
                             "mod 2 0 drop"),)),

    # The answer bears an address that nobody called.
    Scenario("reply-from-other-address", row="V05",
             expect=Expect("reply-from-other-address", "destination", "hostB",
                           "output", "syn-ack", SURE, outcome="timed-out",
                           detail=("@other",)),
             faults=(("hostB", "nft 'table inet odd { chain out { type filter "
                      "hook output priority 200; tcp sport 8080 @l3 saddr set "
                      "@other; }; }'"),)),
    Scenario("reply-changed-on-path", row="V05",
             expect=on_path("reply-from-other-address", "syn-ack",
                            confidence=SURE, detail=("@other",)),
             faults=(("R2", "nft 'table inet odd { chain way { type filter "
                      "hook forward priority 0; tcp sport 8080 @l3 saddr set "
                      "@other; }; }'"),)),
    Scenario("reply-of-other-port-changed", Expect("connected"), near="V05",
             faults=(("hostB", "nft 'table inet odd { chain out { type filter "
                      "hook output priority 200; tcp sport 8081 @l3 saddr set "
                      "@other; }; }'"),)),
    Scenario("reply-bypasses-nat", row="V12",
             expect=on_path("reply-bypasses-nat", "syn-ack", confidence=SURE,
                            detail=("@absentB", "@B")),
             hosts_files=(("hostA", "@absentB hostB\n"),),
             faults=(("R1", PUBLISHED),
                     ("R2", "@ip route replace @netA dev lanA"))),
    Scenario("reply-through-nat", Expect("connected"), near="V12",
             hosts_files=(("hostA", "@absentB hostB\n"),),
             faults=(("R1", PUBLISHED),)),

    # Out of a device behind which there is nothing: not the path's fault.
    Scenario("route-to-unread-tun-at-source", families=(4,),
             expect=Expect(("route-elsewhere", "link-down"),
                           exit=(1, 4), confidence=("likely", "possible")),
             faults=(("hostA", "ip tuntap add dev tun9 mode tun && ip link set "
                      "tun9 up && ip route add @B/32 dev tun9 src @A"),)),
    Scenario("route-to-unread-tun-at-destination", families=(4,),
             expect=Expect(("route-elsewhere", "link-down"),
                           exit=(1, 4), confidence=("likely", "possible")),
             faults=(("hostB", "ip tuntap add dev tun9 mode tun && ip link set "
                      "tun9 up && ip route add @A/32 dev tun9"),)),

    # Translated on the way: the destination's rules meet other addresses.
    Scenario("translated-source-dropped", families=(4,),
             expect=Expect("firewall-drop", "destination", "hostB", "input",
                           "syn", SURE),
             faults=(("R2", "nft 'table ip n { chain post { type nat hook "
                      "postrouting priority 100; tcp dport 8080 masquerade; "
                      "}; }'"), HOST_B_DROPS)),

    # No agent at the other end: an answer, and nothing more than is known.
    Scenario("one-ended-connected", Expect("connected"), families=(4,),
             service=(("R2", "@any 8080"),), argv=("hostA", "@R2:8080")),
    Scenario("one-ended-connected", Expect("connected"), families=(6,),
             service=(("R2", "@any 8080"),), argv=("hostA", "[@R2]:8080")),
    Scenario("one-ended-silent", Expect("undetermined"), families=(4,),
             service=(("R2", "@any 8080"),), argv=("hostA", "@R2:8080"),
             faults=(("R2", "nft 'table inet fw { chain input { type filter "
                      "hook input priority 0; tcp dport 8080 drop; }; }'"),)),
    Scenario("one-ended-refused", families=(4,), service=(),
             expect=Expect(("not-listening", "undetermined"), exit=(1, 4),
                           confidence=("likely", "possible"),
                           outcome="refused"),
             argv=("hostA", "@R2:8080")),
    Scenario("destination-agent-missing", Expect("undetermined", exit=(3, 4)),
             stop_agents=("hostB",), families=(4,),
             faults=(HOST_B_DROPS,)),
    Scenario("source-drop-is-not-the-path", families=(4,),
             expect=Expect("firewall-drop", "source", "hostA", "output",
                           "syn", SURE),
             faults=(HOST_A_DROPS, forward("R2", "tcp dport 8080 drop"))),
]
