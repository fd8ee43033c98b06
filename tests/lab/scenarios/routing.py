"""Routes, neighbours, devices, names and addresses of the two hosts."""
from scenario import WEAK, Expect, Scenario

TO_LIMBO = ("hostB", "ip link add limbo0 type veth peer name limbo1 && "
            "ip link set limbo0 up && ip link set limbo1 up && "
            "@ip route replace @netA dev limbo0")
STRICT = ("hostB", "sysctl -qw net.ipv4.conf.all.rp_filter=1 "
          "net.ipv4.conf.eth0.rp_filter=1")
FOUR_PORTS = ("hostA",
              "sysctl -qw net.ipv4.ip_local_port_range='40000 40003'")
# R2 goes on sending frames for the address that hostB has lost.
KEEP_NEIGHBOUR = ("R2", "@ip neigh replace @B lladdr @macB nud permanent "
                  "dev lanB")
LOSE_ADDRESS = ("hostB", "@ip addr flush dev eth0 scope global && "
                "@ip addr add @other/@mask dev eth0 nodad && "
                "@ip route replace default via @R2 dev eth0")
OUTWARD = ("output", "egress")


def at_source(cause, **more):
    more.setdefault("stage", "output")
    return Expect(cause, "source", "hostA", packet="syn", **more)


def at_answer(cause, **more):
    more.setdefault("stage", "output")
    return Expect(cause, "destination", "hostB", packet="syn-ack", **more)


def held(address, count):
    """A client on hostA that keeps source ports."""
    return (("hostA", f"{address} 8080 --hold {address} {count}"),)


def hosts_without(text):
    return ("127.0.0.1 localhost\n::1 localhost\n@A hostA\n@C hostC\n"
            + text + "\n")


def rejecting(kind):
    return (
        Scenario(f"route-{kind}-at-source",
                 at_source("route-rejects", detail=(kind,)),
                 faults=(("hostA", f"@ip route add {kind} @B/@len"),),
                 fix=True, row="R02"),
        Scenario(f"route-{kind}-at-destination",
                 at_answer("route-rejects", detail=(kind,)),
                 faults=(("hostB", f"@ip route add {kind} @A/@len"),),
                 fix=True, row="V11"),
        Scenario(f"route-{kind}-elsewhere", Expect("connected"),
                 faults=(("hostA", f"@ip route add {kind} @absentB/@len"),
                         ("hostB", f"@ip route add {kind} @C/@len")),
                 near="R02 V11"),
    )


SCENARIOS = [
    Scenario("no-route-at-source",
             at_source("no-route", outcome="unreachable"),
             faults=(("hostA", "@ip route del default"),),
             row="R01"),
    Scenario("no-route-at-destination",
             at_answer("no-route", outcome="timed-out"),
             faults=(("hostB", "@ip route del default"),), fix=True,
             row="V01"),
    Scenario("no-route-behind-rp-filter", families=(4,),
             expect=Expect("no-route", "destination", "hostB"),
             faults=(("hostB", "sysctl -qw net.ipv4.conf.all.rp_filter=2 "
                      "&& ip route del default"),), fix=True,
             row="V01"),
    # The route is there, and no rule leads to it.
    *(Scenario(f"no-rule-to-main-table-at-{end}", row=row,
               expect=expect("no-route", detail=("'main'", "32766"),
                             command="rule add pref 32766 lookup main"),
               faults=((host, "@ip rule add pref 100 to @netM lookup main && "
                        "@ip rule del pref 32766 && "
                        "(@ip rule del pref 32767 || :)"),), fix=True)
      for end, row, host, expect in (
          ("source", "R01", "hostA", at_source),
          ("destination", "V01", "hostB", at_answer))),
    Scenario("no-rule-to-default-table", row="V01", families=(4,),
             expect=at_answer("no-route", detail=("'default'", "32767"),
                              command="rule add pref 32767 lookup default"),
             faults=(("hostB", "ip route del default && ip route add default "
                      "via @R2 table 253 && ip rule del pref 32767"),),
             fix=True),
    Scenario("other-rule-to-main-table", Expect("connected"), near="V01",
             faults=(("hostB", "@ip rule add pref 100 lookup main && "
                      "@ip rule del pref 32766"),)),
    # A route through a gateway that no other one reaches.
    Scenario("no-route-back-beside-host-address", row="V01", families=(4,),
             expect=at_answer("no-route", command="onlink"),
             faults=(("hostB", "@ip addr flush dev eth0 scope global && "
                      "@ip addr add @B/@len dev eth0 nodad"),),
             fix=True),
    Scenario("no-default-route-but-a-better-one", Expect("connected"),
             faults=(("hostA", "@ip route add @netB via @R1 && "
                      "@ip route del default"),),
             near="R01"),
    Scenario("no-default-route-back-but-a-better-one", Expect("connected"),
             faults=(("hostB", "@ip route add @netA via @R2 && "
                      "@ip route del default"),), near="V01"),
    *rejecting("blackhole"), *rejecting("unreachable"),
    *rejecting("prohibit"),
    Scenario("route-blackhole-in-own-table",
             at_source("route-rejects", detail=("blackhole",)),
             faults=(("hostA", "@ip rule add to @B/@len lookup 100 && "
                      "@ip route add blackhole @netB table 100"),),
             fix=True,
             row="R02 R04"),

    Scenario("neighbour-unresolved-gateway",
             at_source("neighbour-unresolved", stage=OUTWARD),
             faults=(("hostA",
                      "@ip route replace default via @absentA dev eth0"),),
             row="R05"),
    Scenario("neighbour-unresolved-on-link",
             # no agent there can say why it does not answer
             at_source("neighbour-unresolved", stage=OUTWARD,
                       confidence=("possible",)), service=(),
             argv=("hostA", "@absentA:8080"), families=(4,)),
    Scenario("neighbour-unresolved-on-link",
             # no agent there can say why it does not answer
             at_source("neighbour-unresolved", stage=OUTWARD,
                       confidence=("possible",)), service=(),
             argv=("hostA", "[@absentA]:8080"), families=(6,)),
    # hostB's own route leads to a gateway that does not forward; and the same
    # route where it does.
    Scenario("gateway-back-does-not-forward", families=(4,), row="V06",
             expect=Expect("lost-on-path", "path", packet="syn-ack",
                           detail=("@R1b",),
                           says=("hop 1", "@R1b", "the SYN came in by @R2"),
                           silent=("security group",)),
             faults=(("hostB", "@ip route add @netA via @R1b"),
                     ("R1", "sysctl -qw net.ipv4.conf.lanB.forwarding=0"))),
    Scenario("gateway-back-forwards", Expect("connected"), families=(4,),
             near="V06", faults=(("hostB", "@ip route add @netA via @R1b"),)),
    Scenario("neighbour-unresolved-at-destination",
             at_answer("neighbour-unresolved", stage=OUTWARD),
             faults=(("hostB",
                      "@ip route replace default via @absentB dev eth0"),),
             row="V07"),
    Scenario("neighbour-entry-failed-elsewhere", Expect("connected"),
             background=(("hostA", "sh:while :; do python3 -S -c \"import "
                          "socket; socket.socket(socket.@af).connect_ex(("
                          "'@absentA', 8080))\"; done"),),
             near="R05"),

    Scenario("link-down-at-source",
             at_source("link-down", stage=OUTWARD,
                       detail=("with it went the route to",)),
             faults=(("hostA", "ip link set eth0 down"),),
             row="R09"),
    Scenario("loopback-down",
             Expect("link-down", "source", "hostB", packet="syn",
                    detail=("lo",)),
             argv=("hostB", "hostB:8080"), fix=True,
             faults=(("hostB", "ip link set lo down"),), row="R09"),
    Scenario("loopback-up", Expect("connected"), near="R09",
             argv=("hostB", "hostB:8080")),
    Scenario("no-carrier-at-source", at_source("link-down", stage=OUTWARD),
             faults=(("switch", "ip link set hostA-eth0 down"),),
             row="R09"),
    Scenario("link-down-at-destination",
             Expect("link-down", "destination", "hostB", packet="syn"),
             faults=(("switch", "ip link set hostB-eth0 down"),)),
    # What is behind it is told with the doubt that it came there at all.
    Scenario("link-down-behind-a-router-that-does-not-forward", families=(4,),
             expect=Expect(("lost-on-path", "link-down"), packet="syn",
                           confidence=("possible",), detail=("on the way",)),
             faults=(("R2", "sysctl -qw net.ipv4.ip_forward=0"),
                     ("switch", "ip link set hostB-eth0 down"))),
    Scenario("address-lost-behind-a-filter",
             Expect(("lost-on-path", "address-not-local"), packet="syn",
                    confidence=("possible",), detail=("on the way",)),
             faults=(LOSE_ADDRESS, ("R2", "nft 'table inet path { chain c { "
                     "type filter hook prerouting priority 0; @l3 daddr @B tcp "
                     "dport 8080 drop; }; }'"))),
    # A router's own word comes before what is behind it.
    *(Scenario(f"{name}-behind-a-router-that-rejects",
               Expect("rejected-on-path", "path", packet="syn"),
               faults=(fault, ("R1", "@ip route add prohibit @B/@len")))
      for name, fault in (
          ("address-lost", LOSE_ADDRESS),
          ("link-down", ("switch", "ip link set hostB-eth0 down")))),
    Scenario("other-link-down", Expect("connected"),
             faults=(("hostA", "ip link add spare0 type veth peer name "
                      "spare1 && ip addr add 203.0.113.65/28 dev spare0"),),
             near="R09"),

    Scenario("source-ports-exhausted",
             at_source("source-ports-exhausted", stage="socket",
                       outcome="error", detail=("python", "holds 4")),
             row="S03",
             faults=(FOUR_PORTS,), background=held("@B", 4), fix=True),
    Scenario("source-ports-nearly-exhausted", Expect("connected"), near="S03",
             faults=(FOUR_PORTS,), background=held("@B", 3)),
    Scenario("source-ports-held-elsewhere", Expect("connected"), near="S03",
             service=(("hostB", "@any 8080"), ("R2", "@any 8080")),
             faults=(FOUR_PORTS,), background=held("@R2", 4)),

    Scenario("name-not-resolved", families=(),
             expect=at_source("name-not-resolved", stage="socket"),
             service=(), argv=("hostA", "no-such-host.example:8080")),
    Scenario("name-in-hosts-file", Expect("connected"),
             hosts_files=(("hostA",
                           hosts_without("@B service.example")),),
             argv=("hostA", "service.example:8080")),
    Scenario("name-resolves-elsewhere", row="S01", fix=True,
             expect=at_source("name-resolves-elsewhere", stage="socket",
                       confidence=WEAK, detail=("@absentB", "@B", "line ")),
             hosts_files=(("hostA", hosts_without("@absentB hostB")),)),
    Scenario("name-resolves-to-other-host",
             at_source("name-resolves-elsewhere", stage="socket",
                       confidence=WEAK, detail=("@C",)),
             hosts_files=(("hostA", hosts_without("@C hostB")),)),
    Scenario("name-resolves-to-nat-address", Expect("connected"), near="S01",
             faults=(("R2", "nft 'table inet nat { chain pre { type nat hook "
                      "prerouting priority dstnat; @l3 daddr @absentB "
                      "dnat @l3 to @B; }; }'"),),
             hosts_files=(("hostA", hosts_without("@absentB hostB")),)),

    Scenario("rp-filter-strict", families=(4,),
             expect=Expect("rp-filter", "destination", "hostB", "prerouting",
                           "syn", outcome="timed-out"),
             faults=(STRICT, TO_LIMBO), fix=True,
             row="N01"),
    Scenario("rp-filter-strict-symmetric", Expect("connected"),
             faults=(STRICT,), families=(4,),
             near="N01"),
    Scenario("rp-filter-strict-other-source", Expect("connected"),
             families=(4,),
             faults=(STRICT, (TO_LIMBO[0],
                              TO_LIMBO[1].replace("@netA", "@C/@len"))),
             near="N01"),

    Scenario("address-not-local",
             Expect("address-not-local", "destination", "hostB",
                    "prerouting", "syn"),
             faults=(KEEP_NEIGHBOUR, LOSE_ADDRESS)),
    Scenario("address-kept-beside-another", Expect("connected"),
             faults=(KEEP_NEIGHBOUR,
                     ("hostB", "@ip addr add @other/@mask dev eth0 nodad"))),
]
