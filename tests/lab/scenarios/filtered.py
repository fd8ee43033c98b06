"""Filters between the hosts, and what each goes by: trials tell, which differ from
the lost SYN in one respect each."""
from scenario import Expect, Scenario
from scenarios.path import HOST_A_DROPS, HOST_B_DROPS, forward, on_path

PORT = "port-filtered-on-path"
SOURCE = "source-filtered-on-path"
LOST = "lost-on-path"
ECN = ("hostA", "sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_ecn_fallback=0")
DROPS_ECN = "tcp flags & (ecn | cwr) == ecn | cwr drop"
BUDGET = 1500


def only(*accepts):
    """A filter that lets in nothing else that is new."""
    return forward("R2", "policy drop; ct state established accept; " +
                   "; ".join(accepts + ("icmpv6 type { nd-neighbor-solicit, "
                                        "nd-neighbor-advert } accept",)))


def allowed(*lines):
    """The agent again, under a policy of these lines."""
    return " ".join(("python3 -S @here/under_policy.py",) + lines)


def option(match):
    return forward("R1", f"tcp flags & (syn | ack) == syn {match} drop")


SCENARIOS = [
    # --- the port ---
    Scenario("filter-port", budget_ms=BUDGET, row="P01",
             expect=on_path(PORT, "syn", confidence=("likely",),
                            outcome="timed-out",
                            detail=("TCP port 8081", "ping", "UDP port"),
                            says=("allow TCP from @A to @B, port 8080",)),
             faults=(forward("R2", "tcp dport 8080 drop"),)),
    # A security group that knows some ports alone.
    Scenario("filter-lets-one-port-in", row="P01",
             expect=on_path(PORT, "syn", detail=("TCP port 443",),
                            says=("allow TCP from @A to @B, port 8080",)),
             faults=(only("tcp dport 443 accept"),)),
    # Another host's SYN gets through to that very port.
    Scenario("filter-port-of-one-source",
             expect=on_path(PORT, "syn",
                            detail=("lets no TCP from @A to port 8080",),
                            says=("allow TCP from @A to @B, port 8080",)),
             faults=(forward("R2", "@l3 saddr @A tcp dport 8080 drop"),)),
    # Made for the wrong protocol.
    Scenario("filter-lets-udp-in",
             expect=on_path(PORT, "syn", detail=("UDP port 8080",)),
             faults=(only("udp dport 8080 accept"),)),
    Scenario("filter-lets-pings-in",
             expect=on_path(PORT, "syn", detail=("ping got through",)),
             faults=(only("@icmp type echo-request accept"),)),
    Scenario("filter-lets-nothing-in",
             expect=on_path(LOST, "syn", silent=("got through",)),
             faults=(only(),)),
    Scenario("filter-port-of-the-answer", budget_ms=BUDGET, row="V06",
             expect=on_path(PORT, "syn-ack", confidence=("likely",),
                            detail=("ping", "lets no answer from port 8080"),
                            says=("let the answers out",)),
             faults=(forward("R2", "tcp sport 8080 drop"),)),
    # A network ACL without the ports that clients call from.
    Scenario("filter-high-ports-of-the-answer", row="V06",
             expect=on_path(PORT, "syn-ack"),
             faults=(forward("R1", "@l3 saddr @B tcp dport 32768-65535 drop"),)),
    Scenario("filter-all-answers",
             expect=on_path(LOST, "syn-ack", silent=("got through",)),
             faults=(forward("R1", "@l3 saddr @B drop"),)),
    # Its own host's filter is no filter on the way, whatever trials say.
    Scenario("filter-port-at-destination", near="P01",
             expect=Expect("firewall-drop", "destination"),
             faults=(HOST_B_DROPS,)),
    Scenario("filter-port-at-source", near="P01",
             expect=Expect("firewall-drop", "source"),
             faults=(HOST_A_DROPS,)),
    # What the source's own rules stop of the trials was not sent.
    Scenario("filter-port-trials-held-at-source",
             expect=on_path(LOST, "syn", silent=("got through",)),
             faults=(forward("R2", "tcp dport 8080 drop"),
                     ("hostA", "nft 'table inet own { chain output { type "
                      "filter hook output priority 0; @l3 daddr @B tcp dport "
                      "!= 8080 drop; @l3 daddr @B udp dport 8080 drop; "
                      "@icmp type echo-request drop; }; }'"))),

    # --- ECN ---
    Scenario("filter-ecn", budget_ms=BUDGET, row="P26", fix=True,
             expect=on_path("ecn-syn-dropped", "syn", confidence=("likely",),
                            detail=("asks for ECN",),
                            command="net.ipv4.tcp_ecn=2"),
             faults=(ECN, forward("R1", DROPS_ECN))),
    # Both alike: the bits are not what is filtered.
    Scenario("filter-port-with-ecn", near="P26",
             expect=on_path(PORT, "syn", silent=("asks for ECN",)),
             faults=(ECN, forward("R1", "tcp dport 8080 drop"))),
    Scenario("filter-all-with-ecn", near="P26",
             expect=on_path(LOST, "syn", silent=("asks for ECN",)),
             faults=(ECN, forward("R1", "@l3 daddr @B drop"))),

    # --- options ---
    Scenario("filter-timestamps", budget_ms=BUDGET,
             expect=on_path(LOST, "syn", detail=("without TCP timestamps",
                                                 "timestamps"),
                            silent=("bare copy",),
                            says=("by their TCP options (timestamps)",)),
             faults=(option("tcp option timestamp exists"),)),
    Scenario("filter-sack",
             expect=on_path(LOST, "syn", detail=("SACK permitted",
                                                 "sack-permitted")),
             faults=(option("tcp option sack-perm exists"),)),
    Scenario("filter-window-scale",
             expect=on_path(LOST, "syn", detail=("without window scaling",
                                                 "window-scale")),
             faults=(option("tcp option window exists"),)),
    Scenario("filter-mss",
             expect=on_path(LOST, "syn", detail=("MSS of 536",)),
             faults=(option("tcp option maxseg size 1000-1500"),)),
    # Long headers: several options are one too many.
    Scenario("filter-long-headers",
             expect=on_path(LOST, "syn", detail=("several",)),
             faults=(option("tcp doff > 7"),)),
    Scenario("filter-answers-by-option",
             expect=on_path(LOST, "syn-ack", detail=('answer to a SYN without "SACK',
                                                     "sack-permitted")),
             faults=(forward("R1", "tcp flags & (syn | ack) == syn | ack tcp "
                             "option sack-perm exists drop"),)),
    Scenario("filter-options-of-another-port", Expect("connected"),
             faults=(forward("R1", "tcp dport 8081 tcp option timestamp exists "
                             "drop"),)),

    # --- what the source's host allows ---
    Scenario("filter-port-untried-by-policy", families=(4,),
             expect=on_path(LOST, "syn", silent=("got through",),
                            says=("(differential)",)),
             agents=(("hostA", allowed("differential=none")),),
             faults=(forward("R2", "tcp dport 8080 drop"),)),
    Scenario("filter-port-without-other-ports", families=(4,),
             expect=on_path(PORT, "syn", silent=("TCP port 443",),
                            detail=("ping",)),
             agents=(("hostA", allowed("other_ports=0")),),
             faults=(forward("R2", "tcp dport 8080 drop"),)),

    # --- the source, seen from a vantage point: hostC, beside it ---
    Scenario("filter-source", budget_ms=BUDGET, row="P23",
             expect=on_path(SOURCE, "syn", confidence=("likely",),
                            detail=("from hostC (@C) got through",),
                            says=("allow TCP from @A to @B, port 8080",)),
             faults=(forward("R1", "@l3 saddr @A @l3 daddr @B drop"),)),
    Scenario("filter-source-behind-second-hop",
             expect=on_path(SOURCE, "syn", detail=("hostC",)),
             faults=(forward("R2", "@l3 saddr @A @l3 daddr @B drop"),)),
    # By both: the port is what is to be asked for.
    Scenario("filter-source-and-port",
             expect=on_path(PORT, "syn", detail=("ping", "hostC")),
             faults=(forward("R1", "@l3 saddr @A tcp dport 8080 drop"),)),
    Scenario("filter-every-source",
             expect=on_path(LOST, "syn", silent=("hostC (@C) got",)),
             faults=(forward("R1", "@l3 daddr @B drop"),)),
    # Its packets go another way, past the filter.
    Scenario("filter-source-vantage-by-another-way",
             expect=on_path(LOST, "syn",
                            detail=("not known to be the same",)),
             faults=(forward("R1", "@l3 daddr @B drop"),
                     ("hostC", "@ip route replace default via @R2a"))),
    Scenario("filter-source-no-vantage", families=(4,),
             argv=("hostA", "hostB:8080", "--vantage", "none"),
             expect=on_path(LOST, "syn", silent=("from hostC",)),
             faults=(forward("R1", "@l3 saddr @A @l3 daddr @B drop"),)),
    Scenario("filter-source-named-vantage", families=(4,),
             argv=("hostA", "hostB:8080", "--vantage", "HOSTC"),
             expect=on_path(SOURCE, "syn", detail=("hostC",)),
             faults=(forward("R1", "@l3 saddr @A @l3 daddr @B drop"),)),
    Scenario("filter-source-vantage-refused-by-policy", families=(4,),
             expect=on_path(LOST, "syn", says=("hostC", "(vantage)"),
                            silent=("hostC (@C) got",)),
             agents=(("hostC", allowed("vantage=no")),),
             faults=(forward("R1", "@l3 saddr @A @l3 daddr @B drop"),)),
]
