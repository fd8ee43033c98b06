"""What other packets than the trace's own bring about: a question for the
destination's address, and a queue that eats the answer."""
from scenario import FAIR, Expect, Scenario
from scenarios.path import LOST, forward
from scenarios.ways import OVERLAY, OVERLAY_NAMES, outer

DEAF = ("hostB", "sysctl -qw net.ipv4.conf.eth0.arp_ignore=8")
ASKS_ANEW = (("R2", "ip neigh del @B dev lanB"),)
# hostC calls hostB, by the same last router.
CALLS = (("hostC", "sh:while :; do python3 -S @here/knock.py @B 8080 --times 1 "
          "--wait 0.05; sleep 0.2; done"),)
# Room for no packet at all.
FULL = "tc qdisc add dev eth0 root tbf rate 8bit burst 10 limit 1"


SCENARIOS = (
    # The question that hostB sees is for hostC's packets, as a rule at another
    # moment than hostA's would have come; if not, nobody can tell.
    Scenario("asked-for-another-host", families=(4,), background=CALLS,
             expect=Expect(("arp-not-answered",) + LOST, packet="syn",
                           confidence=("possible", "likely"),
                           outcome=("timed-out", "unreachable")),
             faults=(forward("R1", "ip saddr @A tcp dport 8080 drop"), DEAF,
                     ("R2", "ip neigh flush all"))),
    Scenario("queue-eats-answer-to-arp", families=(4,), fix=True,
             before_fix=ASKS_ANEW,
             expect=Expect("qdisc-drop", "destination", "hostB", "egress",
                           "syn", detail=("tbf", "the answer to the question"),
                           command="tc qdisc del dev eth0 root"),
             faults=(("hostB", FULL), ("R2", "ip neigh flush all"))),
    Scenario("queue-eats-answer-to-arp-nothing-listens", families=(4, 6),
             service=(),
             expect=Expect("qdisc-drop", "destination", "hostB", "egress",
                           "syn", obstacles=("not-listening",),
                           command="tc qdisc del dev eth0 root"),
             faults=(("hostB", FULL), ("R2", "ip neigh flush all"))),
    Scenario("arp-ignore-beside-a-queue", families=(4,), fix=True,
             before_fix=ASKS_ANEW,
             expect=Expect("arp-not-answered", "destination", "hostB",
                           packet="syn", detail=("arp_ignore",)),
             faults=(DEAF, ("hostB", "tc qdisc add dev eth0 root tbf rate "
                            "1mbit burst 10k limit 10k"),
                     ("R2", "ip neigh flush all"))),
    # Who sets a TTL that is too low for the way.
    Scenario("ttl-by-a-route", fix=True,
             expect=Expect("ttl-too-small", packet="syn", confidence=FAIR,
                           detail=("TTL of 1", "hostA's route to", "hoplimit"),
                           command="route replace @B"),
             faults=(("hostA", "@ip route replace default via @R1 dev eth0 "
                      "hoplimit 1"),)),
    Scenario("ttl-by-a-route-back", fix=True, families=(4,),
             expect=Expect("ttl-too-small", packet="syn-ack",
                           detail=("TTL of 1", "hostB's route to"),
                           command="ip route replace @A"),
             faults=(("hostB", "ip route replace default via @R2 dev eth0 "
                      "hoplimit 1"),)),
    Scenario("ttl-by-an-nft-rule-back", fix=True, families=(4,),
             expect=Expect("ttl-too-small", packet="syn-ack",
                           detail=("hostB's firewall sets it", "ip ttl set 1"),
                           command="nft insert rule ip m o handle"),
             faults=(("hostB", "nft 'table ip m { chain o { type filter hook "
                      "output priority mangle; ip ttl set 1; }; }'"),)),
    Scenario("ttl-by-a-legacy-rule", fix=True, families=(4, 6),
             expect=Expect("ttl-too-small", packet="syn",
                           detail=("hostA's firewall sets it", "mangle"),
                           command="-legacy -t mangle -I POSTROUTING"),
             faults=(("hostA", "@iptables-legacy -t mangle -A POSTROUTING -p "
                      "tcp --dport 8080 -j $(test @family = 6 && echo HL "
                      "--hl-set 1 || echo TTL --ttl-set 1)"),)),
    Scenario("ttl-rule-of-another-port", families=(4,),
             expect=Expect("ttl-too-small", packet="syn",
                           detail=("TTL of 1",), silent=("firewall sets it",),
                           command="ip_default_ttl=64"), fix=True,
             faults=(("hostA", "nft 'table ip m { chain o { type filter hook "
                      "output priority mangle; tcp dport 8081 ip ttl set 1; "
                      "}; }' && sysctl -qw net.ipv4.ip_default_ttl=1"),)),
    # A route that ends the search, a rule that counts no default route, an
    # address without a net around it.
    Scenario("no-route-by-throw", fix=True,
             expect=Expect("no-route", "source", "hostA", "output", "syn",
                           detail=("throw @B/@len", "ends the search"),
                           command="route del throw @B"),
             faults=(("hostA", "@ip route add throw @B"),)),
    Scenario("no-route-back-by-throw", fix=True, families=(4,),
             expect=Expect("no-route", "destination", "hostB", "output",
                           "syn-ack", detail=("throw @A/@len",),
                           command="ip route del throw @A"),
             faults=(("hostB", "@ip route add throw @A"),)),
    Scenario("no-route-but-throw", families=(4,),
             expect=Expect("no-route", "source", "hostA", "output", "syn",
                           fixes=(0,), silent=("throw",)),
             faults=(("hostA", "@ip route add throw @B && "
                      "@ip route del default"),)),
    Scenario("throw-before-a-later-table", Expect("connected"), families=(4,),
             faults=(("hostA", "@ip route add throw @B && @ip route add "
                      "default via @R1 dev eth0 table default"),)),
    Scenario("no-route-by-suppressed-default", fix=True, families=(4,),
             expect=Expect("no-route", "source", "hostA", "output", "syn",
                           detail=("'main'", "32766"),
                           command="ip rule add pref 32766 lookup main"),
             faults=(("hostA", "ip rule add pref 100 to 203.0.113.0/24 lookup "
                      "main; ip rule del pref 32766; ip rule add pref 32764 "
                      "lookup main suppress_prefixlength 0; ip rule add pref "
                      "32765 not fwmark 0xca6c lookup 51820"),)),
    Scenario("no-route-at-a-lone-address", families=(4,),
             expect=Expect("no-route", "source", "hostA", "output", "syn",
                           fixes=(0,), says=("onlink",)),
             faults=(("hostA", "ip addr del @A/24 dev eth0; "
                      "ip addr add @A/32 dev eth0"),)),
    # A rule of the very host that sends into the tunnel takes what carries it.
    Scenario("tunnel-stopped-by-own-rule", families=(4,),
             hosts_files=OVERLAY_NAMES,
             expect=Expect("tunnel-broken", "source", "hostA", "egress", "syn",
                           detail=("vx", "itself drops"), fixes=(0,),
                           says=("look on hostA for a rule",)),
             faults=(*OVERLAY, outer("hostA", "output"))),
    Scenario("tunnel-stopped-by-a-rule-of-the-answerer", families=(4,),
             hosts_files=OVERLAY_NAMES,
             expect=Expect("tunnel-broken", "destination", "hostB", "egress",
                           "syn", detail=("vx", "itself drops"), fixes=(0,)),
             faults=(*OVERLAY, outer("hostB", "output"))),
    Scenario("tunnel-stopped-by-a-rule-there", families=(4,),
             hosts_files=OVERLAY_NAMES,
             expect=Expect("tunnel-broken", "path", packet="syn",
                           detail=("vx", "4789"), silent=("itself drops",)),
             faults=(*OVERLAY, outer("hostB", "input"))),
    Scenario("tunnel-without-an-entry", families=(4,),
             hosts_files=OVERLAY_NAMES,
             expect=Expect("tunnel-broken", "source", "hostA", "egress", "syn",
                           detail=("vx", "no forwarding entry"), fixes=(0,)),
             faults=(*OVERLAY, ("hostA", "bridge fdb del 00:00:00:00:00:00 "
                                "dev vx dst @B || bridge fdb del "
                                "00:00:00:00:00:00 dev vx"))),
)
