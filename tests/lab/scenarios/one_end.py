"""One agent alone: the peer is somebody's database, behind both routers, where
no agent will ever be."""
from scenario import FAIR, SURE, WEAK, Expect, Scenario
from scenarios.path import forward, on_path, own

# A namespace behind R2 with an address of a network of its own.
DATABASE = (
    ("R2", "ip netns add db && ip link add db0 type veth peer name eth0 netns db "
     "&& ip link set db0 up && ip -n db link set lo up && "
     "ip -n db link set eth0 up && "
     "ip addr add 10.20.0.1/24 dev db0 && "
     "ip -n db addr add 10.20.0.10/24 dev eth0 && "
     "ip -n db route add default via 10.20.0.1 && "
     "ip addr add 2001:db8:dd::1/64 nodad dev db0 && "
     "ip -n db addr add 2001:db8:dd::10/64 nodad dev eth0 && "
     "ip -n db route add default via 2001:db8:dd::1"),
    ("R1", "ip route add 10.20.0.0/24 via 203.0.113.2 && "
     "ip route add 2001:db8:dd::/64 via 2001:db8:c::2"))
SERVED = (("R2", "netns:db @any 8080"),)
# 1.3 s, and what a busy machine adds.
SOON = 1000
REJECT = "tcp dport 8080 reject with tcp reset"


def in_db(rules, hook="input"):
    return ("R2", "ip netns exec db nft 'table inet f { chain c { type filter "
            f"hook {hook} priority 0; {rules}; }}; }}'")


def ask(name, expect, *faults, to="@db", more=(), **rest):
    """By both families."""
    rest.setdefault("service", SERVED)
    database = DATABASE if to.startswith("@db") else ()
    return [Scenario("one-end-" + name, expect, families=(family,),
                     faults=database + faults,
                     argv=("hostA", text, *more), **rest)
            for family, text in ((4, f"{to}:8080"), (6, f"[{to}]:8080"))]


def open_end(outcome, **more):
    return Expect("undetermined", outcome=outcome, confidence=("possible",),
                  **more)


def silent(*says, **more):
    return open_end("timed-out", says=("no answer", *says), **more)


def refused(*says, **more):
    return open_end("refused", says=says, **more)


# R2 gives hostA's packets to hostA itself, past R1.
SHORTER_BACK = ("R2", "@ip route add @A/@len dev lanA")
HOPS_KEEP_SILENT = tuple(
    own(router, "output", "icmp type time-exceeded drop; icmpv6 type "
        "time-exceeded drop") for router in ("R1", "R2"))

SCENARIOS = [
    *ask("connected", Expect("connected", confidence=FAIR)),
    *ask("connected-by-a-shorter-way-back", Expect("connected",
                                                   confidence=FAIR),
         SHORTER_BACK),

    # Refused by the host itself, as far as it can be seen from here.
    *ask("closed", refused("@db refuses the SYN", "at hop 3", detail=("@db",)),
         service=()),
    *ask("rejected-by-host", refused("@db refuses the SYN", "at hop 3"),
         in_db(REJECT)),
    *ask("rejected-by-host-with-an-error",
         Expect("firewall-reject", "destination", confidence=("likely",),
                says=("@db answers the SYN",), outcome="refused"),
         in_db("tcp dport 8080 reject")),
    *ask("closed-and-hops-silent", refused("@db refuses the SYN"),
         *HOPS_KEEP_SILENT, service=()),
    *ask("closed-on-own-link", refused("@R1 refuses the SYN", "own network"),
         to="@R1", service=()),

    # By a router in front of it; and what looks the same from here.
    *ask("reset-by-gateway",
         on_path("reset-injected", "syn", outcome="refused",
                 confidence=("likely",), detail=("@R1",)),
         forward("R1", REJECT)),
    *ask("reset-by-second-router", refused("@R2link (hop 2)", "shorter way",
                                           detail=("@R2link", "@db")),
         forward("R2", REJECT)),
    *ask("closed-and-a-shorter-way-back",
         refused("(hop 2)", "shorter way"), SHORTER_BACK, service=()),
    *ask("reset-by-gateway-that-hides", refused("does not tell"),
         forward("R1", REJECT), HOPS_KEEP_SILENT[0]),
    *ask("closed-behind-a-router-that-hides", refused(
        "does not tell", silent=("reset-injected",)), service=(),
         *[forward("R1", "tcp sport 8080 ip ttl set 64; "
                   "tcp sport 8080 ip6 hoplimit set 64")]),
    *ask("redirected-to-gateway", refused("the gateway @R1 itself"),
         ("R1", "nft 'table inet n { chain c { type nat hook prerouting "
          "priority dstnat; tcp dport 8080 redirect to :9; }; }'")),
    *ask("rejected-by-gateway-with-an-error",
         on_path("rejected-on-path", "syn", confidence=SURE, detail=("@R1",)),
         forward("R1", "tcp dport 8080 reject with icmpx admin-prohibited")),

    # Nothing comes back: the place, and that one end cannot tell more.
    *ask("dropped-by-host", silent("@R2link is the last hop",
                                   detail=("@R2link (hop 2)",)),
         in_db("tcp dport 8080 drop"), budget_ms=SOON),
    *ask("dropped-by-second-router", silent("@R2link is the last hop"),
         forward("R2", "tcp dport 8080 drop"), budget_ms=SOON),
    *ask("dropped-by-gateway", silent("@R1 is the last hop"),
         forward("R1", "tcp dport 8080 drop"), budget_ms=SOON),
    *ask("answer-dropped-on-path", silent("@R2link is the last hop"),
         forward("R2", "tcp sport 8080 drop"), budget_ms=SOON),
    *ask("dropped-and-hops-silent", silent("no hop answers", "@R1"),
         in_db("tcp dport 8080 drop"), *HOPS_KEEP_SILENT, budget_ms=SOON),
    *ask("dropped-on-own-link", silent("own network and answers"),
         own("R1", "input", "tcp dport 8080 drop"), to="@R1",
         service=(("R1", "@any 8080"),), budget_ms=SOON),
    *ask("another-port-dropped", Expect("connected", confidence=FAIR),
         forward("R1", "tcp dport 8081 drop")),

    # Nobody has the address: who asks in vain says so after three seconds, and
    # is waited for in networks of ours, or with more time than usual.
    *ask("unused-behind-router-of-ours",
         on_path("unreachable-on-path", "syn", outcome="unreachable",
                 confidence=("likely",), detail=("@R2link",),
                 says=("nobody on that last link holds it",)),
         to="@other", service=()),
    *ask("unused-and-little-time", silent("@R2link is the last hop"),
         to="@dbAbsent", service=(), budget_ms=SOON),
    *ask("unused-and-more-time",
         on_path("unreachable-on-path", "syn", outcome="unreachable",
                 confidence=("likely",),
                 says=("nobody on that last link holds it",)),
         to="@dbAbsent", service=(), more=("--timeout", "15")),
    *ask("unused-on-own-link",
         Expect("neighbour-unresolved", "source", "hostA", packet="syn",
                confidence=WEAK, says=("the address is not in use there",)),
         to="@absentA", service=()),

    # The source's own routes and rules.
    *ask("gateway-passes-nothing-on", silent("not even that gateway", "@C",
                                             "is the right gateway"),
         ("hostA", "@ip route add @db/@len via @C"), budget_ms=SOON),
    *ask("gateway-absent",
         Expect("neighbour-unresolved", "source", "hostA", packet="syn"),
         ("hostA", "@ip route add @db/@len via @absentA")),
    *ask("no-route",
         Expect("no-route", "source", "hostA", packet="syn", confidence=SURE),
         ("hostA", "@ip route del default")),
    *ask("route-elsewhere",
         Expect("route-elsewhere", "source", "hostA", packet="syn",
                confidence=WEAK),
         ("hostA", "@ip route add @db/@len dev mgmt0")),
    *ask("no-route-at-gateway",
         on_path("unreachable-on-path", "syn", outcome="unreachable",
                 confidence=SURE, detail=("@R1",)),
         ("R1", "ip route del 10.20.0.0/24; ip route del 2001:db8:dd::/64")),
    *ask("loop", on_path("routing-loop", "syn"),
         ("R2", "@ip route add @db/@len via @R1link")),
    *ask("dropped-by-source",
         Expect("firewall-drop", "source", "hostA", "output", "syn", SURE),
         own("hostA", "output", "tcp dport 8080 drop")),
    *ask("answer-dropped-by-source",
         Expect("firewall-drop", "source", "hostA", "input", "syn-ack", SURE),
         own("hostA", "input", "tcp sport 8080 drop")),
]

# The host's policy lets it try other ports there, and they answer; or nothing
# does, or the policy does not.
ANY = (("hostA", "python3 -S @here/under_policy.py differential=any"),)
SCENARIOS += [
    *ask("dropped-by-host-and-others-answer",
         silent("which answers on TCP port", "keeps silent on port 8080"),
         in_db("tcp dport 8080 drop"), agents=ANY, budget_ms=SOON),
    *ask("dropped-by-gateway-and-others-answer",
         silent("which answers on TCP port", "at or behind @R1"),
         forward("R1", "tcp dport 8080 drop"), agents=ANY, budget_ms=SOON),
    *ask("all-dropped-by-gateway-and-others-tried",
         silent("@R1 is the last hop", silent=("which answers on",)),
         forward("R1", "@l3 daddr @db drop"), agents=ANY, budget_ms=SOON),
    *ask("dropped-and-policy-tries-none",
         silent("@R2link is the last hop", "(differential)",
                silent=("which answers on",)),
         in_db("tcp dport 8080 drop"), budget_ms=SOON),
]

# Its agent is known, and away: that is told before all else.
SCENARIOS += [
    Scenario("one-end-agent-away-and-dropped", stop_agents=("hostB",),
             expect=silent("hostB's agent is not connected",
                           "@R2link is the last hop",
                           "bring the agent on hostB back"),
             faults=(own("hostB", "input", "tcp dport 8080 drop"),)),
    Scenario("one-end-agent-away-and-closed", stop_agents=("hostB",),
             expect=refused("hostB's agent is not connected",
                            "@B refuses the SYN",
                            "bring the agent on hostB back"), service=()),
]
