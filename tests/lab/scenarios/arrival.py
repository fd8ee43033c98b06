"""Connection tracking, arrival at the destination, and how the source takes
the answer."""
from scenario import FAIR, SURE, WEAK, Expect, Scenario
from scenarios.container import BOX, PUBLISH
from scenarios.firewall import nft
from scenarios.routing import KEEP_NEIGHBOUR, LOSE_ADDRESS

FORWARDS = ("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
            "&& ")
CALL_A = dict(service=(("hostA", "@any 8080"),), argv=("hostC", "hostA:8080"))


def at_b(cause, stage, packet="syn", **more):
    return Expect(cause, "destination", "hostB", stage, packet, **more)


def at_a(cause, stage, packet="syn-ack", **more):
    return Expect(cause, "source", "hostA", stage, packet, **more)


def mangle(router, rules):
    """Changes packets on their way through a router, without tracking them."""
    return (router, "nft 'table inet mangle { chain forward { type filter "
            f"hook forward priority 0; {rules}; }}; }}'")


def translate(router, hook, rules):
    """NAT on a router: what it does not translate it tracks all the same."""
    priority = {"prerouting": "dstnat", "postrouting": "srcnat"}[hook]
    return (router, f"nft 'table inet nat {{ chain {hook} {{ type nat hook "
            f"{hook} priority {priority}; {rules}; }}; }}'")


def published(name, service, expect, *faults, **more):
    """R1 passes on port 80 of its own address to hostB's port 8088."""
    return Scenario(name, expect, service=service, families=(4,),
                    argv=("hostA", "@R1:80", "--to", "hostB"),
                    faults=(translate("R1", "prerouting", "ip daddr @R1 tcp "
                                      "dport 80 dnat ip to @B:8088"),)
                    + faults, **more)


def offload_off(host, device):
    """The kernel itself fills in the checksums of what it sends there."""
    return (host, "python3 -S @here/offload.py " + device)


def tracking(host):
    """Connection tracking is at work, but for what goes to the controller."""
    return (host, "nft 'table inet track { chain pre { type filter hook "
            "prerouting priority raw; iifname mgmt0 notrack; }; chain out { "
            "type filter hook output priority raw; oifname mgmt0 notrack; }; "
            "chain input { type filter hook input priority 0; ct state "
            "established accept; }; }'")


def tracked(host, count):
    """So many entries that the kernel may not give up for a new one."""
    return (host, f"python3 -S @here/tracked.py {count} | conntrack -R - "
            "> /dev/null 2>&1 || :")


def publish(target):
    """hostB translates its port 8080 to a container's port 80."""
    return ("hostB", "nft 'table ip nat; delete table ip nat; table ip nat { "
            "chain pre { type nat hook prerouting priority dstnat; "
            f"ip daddr 198.51.100.10 tcp dport 8080 dnat to {target}:80; "
            "}; }'")


def knock(port):
    """hostA has called from this port before, in vain."""
    return ("hostA", "python3 -S @here/knock.py @B 8080 --times 1 --wait 0.1 "
            f"--from {port}")


GOOD, GONE = "203.0.113.66", "203.0.113.77"
FOUR_PORTS = ("hostA", "sysctl -qw net.ipv4.ip_local_port_range="
              "'40000 40003'")
INSIDE = (("hostB", "netns:box 0.0.0.0 80"),)

def slow(milliseconds):
    """hostB's answers take so long on their way."""
    return ("R2", f"python3 -S @here/relay.py lanB {milliseconds} "
            "> /run/relay 2>&1 & while ! grep -q ready /run/relay; do sleep 0.02; done")


ROOM = 2000  # more than any other lab's host needs at the same time
# Where not even the drop events' own trial packet finds room, nobody listens to
# the kernel.
FULL = FAIR + ("possible",)
LIMIT = (("net.netfilter.nf_conntrack_max", str(ROOM)),)

SCENARIOS = [
    Scenario("tracking-full-at-source", row="F13", machine=LIMIT,
             expect=at_a("conntrack-full", "output", "syn", confidence=FULL,
                         outcome="timed-out", detail=(str(ROOM),)),
             faults=(tracking("hostA"), tracked("hostA", ROOM)), fix=True),
    Scenario("tracking-full-at-destination", row="N05", machine=LIMIT,
             expect=at_b("conntrack-full", "prerouting", confidence=FULL,
                         outcome="timed-out", detail=(str(ROOM),)),
             faults=(tracking("hostB"), tracked("hostB", ROOM)), fix=True),
    Scenario("tracking-nearly-full", Expect("connected"), near="F13 N05",
             machine=LIMIT,
             faults=(tracking("hostA"), tracked("hostA", ROOM * 4 // 5),
                     tracking("hostB"), tracked("hostB", ROOM * 4 // 5))),
    Scenario("tracking-was-full", Expect("connected"), near="N05",
             machine=LIMIT, families=(4,),
             faults=(tracking("hostB"), tracked("hostB", ROOM),
                     ("hostC", "python3 -S @here/knock.py @B 8080 --times 1 "
                      "--wait 1"),
                     ("hostB", "grep -q . /proc/net/stat/nf_conntrack && "
                      "conntrack -F"))),
    # Full, and yet a rule drops the packet before it gets there.
    Scenario("tracking-full-behind-a-rule", near="N05", machine=LIMIT,
             families=(4,),
             expect=at_b("firewall-drop", "prerouting", confidence=SURE),
             faults=(tracking("hostB"), tracked("hostB", ROOM),
                     nft("hostB", "prerouting", "tcp dport 8080 drop", "raw",
                         table="inet early"))),

    Scenario("old-entry-for-the-port", row="N13", families=(4,),
             expect=at_b("stale-conntrack", "prerouting", confidence=SURE,
                         outcome="timed-out", detail=(GONE, "40000")),
             argv=("hostA", "hostB:8080", "--from-port", "40000"),
             faults=(BOX, publish(GONE), knock(40000), publish(GOOD)),
             service=INSIDE, fix=True),
    Scenario("old-entry-for-one-of-four", row="N13", families=(4,),
             expect=at_b("stale-conntrack", "prerouting", confidence=SURE,
                         outcome="mixed", detail=(GONE, GOOD, "1 of 4")),
             argv=("hostA", "hostB:8080", "--count", "4"),
             faults=(BOX, publish(GONE), knock(40000), publish(GOOD),
                     FOUR_PORTS), service=INSIDE),
    Scenario("old-entry-for-another-port", Expect("connected"), near="N13",
             families=(4,),
             argv=("hostA", "hostB:8080", "--from-port", "40001"),
             faults=(BOX, publish(GONE), knock(40000), publish(GOOD)),
             service=INSIDE),
    # The entry is old, but the rule says the same to this day.
    Scenario("old-entry-and-the-same-rule", near="N13", families=(4,),
             expect=Expect(("nat-target-gone", "undetermined",
                            "neighbour-unresolved"), exit=(1, 4),
                           confidence=WEAK),
             argv=("hostA", "hostB:8080", "--from-port", "40000"),
             faults=(BOX, publish(GONE), knock(40000)), service=INSIDE),
    Scenario("invalid-dropped-at-destination", row="N06",
             expect=at_b("firewall-drop", "input", "ack", confidence=SURE,
                         detail=("ct state invalid", "has not seen the "
                                 "SYN-ACK")),
             faults=(nft("hostB", "output", "tcp sport 8080 notrack", "raw",
                         table="inet raw"),
                     nft("hostB", "input", "ct state invalid drop")),
             fix=True),
    Scenario("answer-untracked-at-source", row="A03",
             expect=at_a("firewall-drop", "input", confidence=SURE,
                         detail=("has no entry for the SYN",)),
             faults=(nft("hostA", "output", "tcp dport 8080 notrack", "raw",
                         table="inet raw"),
                     nft("hostA", "input", "iifname != eth0 accept; meta "
                         "l4proto { icmp, ipv6-icmp } accept; ct state "
                         "established accept; drop")), fix=True),
    Scenario("forwarding-off-behind-nat", row="N12", families=(4,),
             expect=at_b("forwarding-disabled", "prerouting",
                         confidence=SURE, detail=("hostB's rule 'ip daddr",)),
             service=(("hostB", "netns:box 0.0.0.0 80"),),
             faults=(BOX, PUBLISH,
                     ("hostB", "sysctl -qw net.ipv4.ip_forward=0")), fix=True),
    Scenario("forwarding-off-for-routed-address", row="N03", families=(4,),
             expect=at_b("forwarding-disabled", "prerouting",
                         confidence=SURE),
             service=(("hostB", "netns:box 0.0.0.0 80"),),
             faults=(BOX, ("R2", "ip route add 203.0.113.64/28 via @B"),
                     ("R1", "ip route add 203.0.113.64/28 via 203.0.113.2"),
                     ("hostB", "sysctl -qw net.ipv4.ip_forward=0")),
             argv=("hostA", "203.0.113.66:80", "--to", "hostB"), fix=True),
    Scenario("address-lost", row="D01",
             expect=at_b("address-not-local", "ingress"),
             # R2 still asks for it, once a second: the next SYN would wait.
             faults=(LOSE_ADDRESS,), fix=True,
             before_fix=(("R2", "@ip neigh flush dev lanB"),)),
    # Held, and looked up in vain: forwarding has no part in it.
    *(Scenario(f"address-out-of-local-table{name}", row="D01",
               expect=at_b("address-not-local", "prerouting",
                           detail=("table local", "@B"),
                           command="route add local @B dev eth0 table local"),
               faults=(KEEP_NEIGHBOUR,
                       ("hostB", f"{more}@ip route del local @B dev eth0 "
                        "table local")), fix=True)
      for name, more in (("", ""), ("-of-router", FORWARDS))),
    Scenario("no-rule-to-local-table", row="D01",
             # No route leads to loopback either; what tries out whether drops
             # are seen goes to the device.
             expect=at_b("address-not-local", "prerouting", confidence=SURE,
                         detail=("pref 0 lookup local",),
                         command="rule add pref 0 lookup local"),
             faults=(KEEP_NEIGHBOUR,
                     ("hostB", "@ip rule add pref 100 to @mgmtB lookup local "
                      "&& @ip rule del pref 0")), fix=True),
    # The entry is there, and something else comes first: to put it there again
    # mends nothing.
    Scenario("rule-before-local-table", families=(4, 6),
             expect=at_b("address-not-local", "prerouting", confidence=WEAK,
                         detail=("another policy rule",),
                         command="rule add pref 0 lookup local",
                         unoffered=("route add local",)),
             faults=(KEEP_NEIGHBOUR,
                     ("hostB", "@ip route add unreachable @B table 77 && "
                      "@ip rule add pref 5 to @B lookup 77 && "
                      "@ip rule add pref 10 lookup local && "
                      "@ip rule del pref 0")), fix=True),
    Scenario("address-rejected-in-local-table", families=(4,),
             expect=at_b("address-not-local", "prerouting", confidence=WEAK,
                         detail=("blackhole",), fixes=(0,)),
             faults=(KEEP_NEIGHBOUR,
                     ("hostB", "ip route del local @B dev eth0 table local && "
                      "ip route add blackhole @B table local"))),
    Scenario("other-rule-to-local-table", Expect("connected"), near="D01",
             faults=(("hostB", "@ip rule add pref 100 lookup local && "
                      "@ip rule del pref 0"),)),
    *(Scenario("source-address-out-of-local-table", row="D01",
               families=(family,),
               expect=Expect("address-not-local", "source", "hostA", stage,
                             packet, detail=("table local", "@A")),
               faults=(("R1", "@ip neigh replace @A lladdr @macA nud "
                        "permanent dev lanA"),
                       ("hostA", "@ip route del local @A dev eth0 table "
                        "local")), fix=True,
               before_fix=(("hostA", "@ip neigh flush dev eth0"),))
      # IPv6 takes not even its gateway's answer for its own.
      for family, stage, packet in ((4, "prerouting", "syn-ack"),
                                    (6, "egress", "syn"))),
    Scenario("wrong-link-address", row="D02",
             expect=Expect("neighbour-wrong-address", "path", packet="syn",
                           confidence=SURE),
             faults=(("R2", "@ip neigh replace @B lladdr 02:de:ad:00:00:01 "
                      "nud permanent dev lanB"),)),
    Scenario("checksum-broken-on-path", row="D05",
             expect=at_b("bad-checksum", "socket", confidence=SURE),
             faults=(offload_off("hostA", "eth0"),
                     mangle("R2", "tcp dport 8080 @th,128,16 set 0xdead"))),
    Scenario("answer-checksum-broken-on-path", row="A08",
             expect=at_a("bad-checksum", "socket", confidence=SURE),
             faults=(offload_off("hostB", "eth0"),
                     mangle("R2", "tcp sport 8080 @th,128,16 set 0xdead"))),
    Scenario("interface-down", row="D08",
             expect=at_b("link-down", "ingress"),
             faults=(("hostB", "ip link set eth0 down"),)),
    Scenario("interface-down-on-the-lan", row="D08", families=(4,),
             expect=Expect("link-down", "destination", "hostA"),
             faults=(("hostA", "ip link set eth0 down"),), fix=True,
             # Else hostC asks again only after a second.
             before_fix=(("hostC", "@ip neigh del @A dev eth0 || :"),),
             **CALL_A),
    Scenario("source-address-on-destination", row="D11", families=(4,),
             expect=at_b("martian-source", "prerouting", confidence=SURE,
                         detail=("@A", "lo")),
             faults=(("hostB", "@ip addr add @A/@len dev lo"),), fix=True),
    Scenario("source-address-on-destination", row="D11", families=(6,),
             expect=at_b("martian-source", "output", "syn-ack",
                         detail=("@A", "lo")),
             faults=(("hostB", "@ip addr add @A/@len dev lo nodad"),),
             fix=True),
    # Both ends claim it, and by it the agent of one is connected: no command.
    # IPv6's is not what the agent is connected from.
    Scenario("source-address-is-the-agents", row="D11", families=(4,),
             expect=at_b("martian-source", "prerouting", confidence=SURE,
                         detail=("@mgmtB", "hostB reaches the controller"),
                         fixes=(0,)),
             faults=(("hostA", "@ip addr add @mgmtB/@len dev lo"),),
             argv=("hostA", "hostB:8080", "--from", "@mgmtB")),
    Scenario("source-address-is-not-the-agents", row="D11", families=(6,),
             expect=at_b("martian-source", "output", "syn-ack",
                         detail=("@mgmtB", "mgmt0"), fixes=(1,)),
             faults=(("hostA", "@ip addr add @mgmtB/@len dev lo nodad"),),
             argv=("hostA", "hostB:8080", "--from", "@mgmtB")),
    Scenario("translated-to-loopback", row="D12", families=(4,),
             expect=at_b("martian-source", "prerouting", confidence=SURE,
                         detail=("route_localnet",)),
             service=(("hostB", "127.0.0.1 8080"),),
             faults=(translate("hostB", "prerouting", "tcp dport 8080 dnat "
                               "ip to 127.0.0.1:8080"),), fix=True),
    Scenario("loopback-source", row="D13", families=(4,),
             expect=at_b("martian-source", "prerouting", confidence=SURE,
                         detail=("127.0.0.9",)),
             faults=(KEEP_NEIGHBOUR,
                     translate("R2", "postrouting", "tcp dport 8080 snat ip "
                               "to 127.0.0.9"),)),
    Scenario("multicast-link-address", row="D15", families=(4,),
             expect=Expect("neighbour-wrong-address", "source", "hostC",
                           "egress", "syn", SURE),
             faults=(("hostC", "ip neigh replace @A lladdr 01:00:5e:01:02:03 "
                      "nud permanent dev eth0"),), fix=True, **CALL_A),
    Scenario("host-down", row="D16",
             expect=at_b("host-down", None), stop_agents=("hostB",),
             faults=(("switch", "ip link set hostB-eth0 down"),)),
    Scenario("sequence-rewritten", row="A05",
             expect=Expect("sequence-rewritten", "path", packet="syn-ack",
                           confidence=SURE, outcome="timed-out"),
             faults=(mangle("R2", "tcp dport 8080 tcp flags syn / syn,ack tcp "
                            "sequence set 0x12345678"),)),
    Scenario("ack-lost-on-path", row="A07",
             expect=Expect("lost-on-path", "path", packet="ack"),
             faults=(mangle("R2", "tcp dport 8080 tcp flags ack / "
                            "syn,ack,fin,rst,psh drop"),)),
    Scenario("ack-dropped-at-destination", row="A07",
             expect=at_b("firewall-drop", "input", "ack", confidence=SURE),
             faults=(nft("hostB", "input", "tcp dport 8080 tcp flags ack / "
                         "syn,ack drop"),)),

    # The first completes with somebody else, the others with hostB.
    Scenario("one-of-four-answered-by-other",
             Expect("answered-by-other", "path", packet="syn-ack",
                    outcome="connected", detail=("1 of 4",)),
             argv=("hostA", "hostB:8080", "--count", "4"),
             service=(("hostB", "@any 8080"), ("R2", "@any 8080")),
             faults=(translate("R2", "prerouting", "@l3 daddr @B tcp dport "
                               "8080 numgen inc mod 4 0 redirect"),)),
    Scenario("bound-to-the-address-s-device",
             expect=at_b("listening-on-other-device", "socket",
                         confidence=SURE, outcome="refused", detail=("lo",)),
             faults=(("hostB", "@ip addr add @other/@len dev lo"),
                     ("R2", "@ip route add @other/@len via @B")),
             service=(("hostB", "after:@any 8080 --bind-device lo"),),
             argv=("hostA", "@other:8080", "--to", "hostB"), families=(4,)),
    Scenario("bound-to-the-arrival-s-device", Expect("connected"),
             faults=(("hostB", "@ip addr add @other/@len dev lo"),
                     ("R2", "@ip route add @other/@len via @B")),
             service=(("hostB", "after:@any 8080 --bind-device eth0"),),
             argv=("hostA", "@other:8080", "--to", "hostB"), families=(4,)),
    Scenario("port-translated-on-path",
             expect=Expect("translated-elsewhere", "path", None, "path", "syn",
                           SURE, outcome="refused",
                           detail=("9090", "8080", "python")),
             faults=(translate("R2", "prerouting", "@l3 daddr @B tcp dport "
                               "8080 dnat @l3 to @B:9090"),), families=(4,)),
    # A router's own address and port stand for the service: what is said of the
    # destination's port is about the one that the SYN comes for.
    published("published-to-a-dead-port", (("hostB", "@any 80"),),
              at_b("not-listening", None, outcome="refused", confidence=SURE,
                   detail=("nothing listens on port 8088 of hostB",),
                   says=("127.0.0.1 port 8088 refuses",
                         "start the service on port 8088"),
                   silent=("nothing listens on port 80 ",
                           "127.0.0.1 port 80 "))),
    published("published-to-a-filtered-port", (("hostB", "@any 8088"),),
              at_b("firewall-drop", None, outcome="timed-out", confidence=SURE,
                   detail=("8088",), unoffered=("port 80 ", "port 80,")),
              ("hostB", "nft 'table inet fw { chain input { type filter hook "
               "input priority 0; tcp dport 8088 drop; }; }'"), fix=True),
    published("published-to-the-service", (("hostB", "@any 8088"),),
              Expect("connected")),
    Scenario("redirect-at-destination-to-a-dead-port",
             expect=at_b("not-listening", None, outcome="refused",
                         detail=("9090",)),
             faults=(translate("hostB", "prerouting", "tcp dport 8080 "
                               "redirect to :9090"),), fix=True),
    Scenario("redirect-at-destination-to-the-service", Expect("connected"),
             service=(("hostB", "@any 9090"),),
             faults=(translate("hostB", "prerouting", "tcp dport 8080 "
                               "redirect to :9090"),)),
    Scenario("port-translated-to-the-service", Expect("connected"),
             service=(("hostB", "@any 9090"),),
             faults=(translate("R2", "prerouting", "@l3 daddr @B tcp dport "
                               "8080 dnat @l3 to @B:9090"),), families=(4,)),

    # Near misses: the same looks, and nothing is wrong.
    Scenario("untracked-both-ways", Expect("connected"), near="N06 A03",
             faults=tuple(nft(host, hook, "tcp dport 8080 notrack; tcp sport "
                              "8080 notrack", "raw", table=f"inet raw{hook}")
                          for host in ("hostA", "hostB")
                          for hook in ("output", "prerouting"))
             + (nft("hostB", "input", "ct state invalid drop"),)),
    Scenario("forwarding-off-for-others", Expect("connected"),
             near="N03 N12", families=(4,),
             faults=(BOX, PUBLISH, ("hostB", "nft flush ruleset && sysctl "
                                    "-qw net.ipv4.ip_forward=0"))),
    Scenario("address-on-another-device", Expect("connected"), near="D01",
             families=(4,),
             faults=(("hostB", "ip addr del @B/24 dev eth0 && ip addr add "
                      "@B/32 dev lo && ip addr add @other/24 dev eth0 && "
                      "ip route replace default via @R2 dev eth0"),)),
    Scenario("link-address-pinned", Expect("connected"), near="D02",
             faults=(KEEP_NEIGHBOUR,)),
    Scenario("multicast-link-address-of-another", Expect("connected"),
             near="D15", families=(4,),
             faults=(("hostC", "ip neigh replace @absentA lladdr "
                      "01:00:5e:01:02:03 nud permanent dev eth0"),), **CALL_A),
    Scenario("checksum-left-to-the-device", Expect("connected"),
             near="D05 A08",
             faults=(offload_off("hostB", "eth0"),
                     mangle("R2", "tcp dport 8081 @th,128,16 set 0xdead"))),
    Scenario("checksum-broken-behind-offload", row="D05", families=(4,),
             expect=at_b("bad-checksum", "socket", confidence=SURE,
                         detail=("hostA leaves it to its device",)),
             faults=(offload_off("R1", "link"),
                     mangle("R2", "tcp dport 8080 @th,128,16 set 0xdead"))),
    Scenario("other-interface-down", Expect("connected"), near="D08",
             faults=(("hostB", "ip link add spare0 type veth peer name spare1 "
                      "&& ip addr add 203.0.113.65/28 dev spare0"),)),
    Scenario("neighbour-s-address-on-destination", Expect("connected"),
             near="D11", faults=(("hostB", "@ip addr add @C/@len dev lo"),)),
    Scenario("translated-to-loopback-and-let-in", Expect("connected"),
             near="D12", families=(4,),
             service=(("hostB", "127.0.0.1 8080"),),
             faults=(translate("hostB", "prerouting", "tcp dport 8080 dnat "
                               "ip to 127.0.0.1:8080"),
                     ("hostB", "sysctl -qw net.ipv4.conf.eth0."
                      "route_localnet=1"))),
    Scenario("source-translated-on-path", Expect("connected"), near="D13",
             families=(4,),
             faults=(translate("R2", "postrouting", "tcp dport 8080 "
                               "masquerade"),)),
    Scenario("agent-away-and-host-up", near="D16", stop_agents=("hostB",),
             expect=Expect("undetermined", outcome="connected", detail=(
                 "hostB's agent is not connected to the controller (last seen",
                 "who answered is not known"))),
    Scenario("agent-away-and-host-silent", Expect("undetermined"),
             near="D16", stop_agents=("hostB",), families=(4,),
             faults=(nft("hostB", "input", "tcp dport 8080 drop"),)),
    Scenario("sequence-of-another-port-rewritten", Expect("connected"),
             near="A05",
             faults=(mangle("R2", "tcp dport 8081 tcp flags syn / syn,ack tcp "
                            "sequence set 0x12345678"),)),
    Scenario("packets-doubled-on-path", Expect("connected"), near="A07",
             faults=(("R1", "@iptables-legacy -t mangle -A PREROUTING -p tcp "
                      "--dport 8080 -j TEE --gateway @R2"),)),
    # Some programs wait for less.
    Scenario("slow-path", row="S12", faults=(slow(300),),
             expect=Expect("connected", outcome="connected",
                           detail=("waits less",))),
    Scenario("not-so-slow-path", Expect("connected"), near="S12",
             faults=(slow(100),)),
]
