"""The rules of a host, row by row: every hook, set and order of chains, and what
looks the same and must not be blamed."""
from scenario import Expect, Scenario
from scenarios.firewall import HEARS, at_input, nft, place

OTHER_HOST = "@l3 saddr @C tcp dport 8080 drop"


def at_source(packet="syn", cause="firewall-drop", stage="output", **more):
    return place(cause, "source", stage, packet, **more)


def device(host, hook, name, rules):
    """A chain of family netdev."""
    return (host, f"nft 'table netdev fw {{ chain {hook} {{ type filter hook "
            f"{hook} device {name} priority 0; {rules}; }}; }}'")


def sources():
    """F: what the source's own rules do to the SYN."""
    def to(address):
        return f"@l3 daddr {address} tcp dport 8080 drop"

    deny = "  set deny { type @settype; elements = { %s } }\n"
    yield Scenario("rules-output-other-address", Expect("connected"),
                   near="F01 F02",
                   faults=(nft("hostA", "output", to("@absentB") + "; tcp "
                               "dport 8081 reject"),))
    yield Scenario(
        "rules-legacy-output-beside-nft", row="F03", fix=True,
        expect=at_source(detail=("iptables-legacy", "OUTPUT")),
        faults=(nft("hostA", "output", "tcp dport 8080 accept"),
                ("hostA", "@iptables-legacy -A OUTPUT -d @B -p tcp --dport "
                 "8080 -m comment --comment 'old ban' -j DROP")))
    yield Scenario(
        "rules-legacy-output-other-port", Expect("connected"), near="F03",
        faults=(("hostA", "@iptables-legacy -A OUTPUT -d @B -p tcp --dport "
                 "8081 -j DROP"),),
        background=(("hostA", "held:python3 -S @here/knock.py @B 8081"),))
    yield Scenario(
        "rules-postrouting", row="F04", fix=True,
        expect=at_source(detail=("inet fw", "postrouting", to("@B"))),
        faults=(nft("hostA", "postrouting", to("@B")),))
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"rules-mangle-postrouting-{backend}", row="F04", fix=True,
            expect=at_source(detail=(f"iptables-{backend}", "mangle",
                                     "POSTROUTING")),
            faults=(("hostA", f"@iptables-{backend} -t mangle -A POSTROUTING "
                     "-d @B -p tcp --dport 8080 -j DROP"),))
    yield Scenario("rules-postrouting-other-address", Expect("connected"),
                   near="F04",
                   faults=(nft("hostA", "postrouting", to("@absentB")),))
    yield Scenario(
        "rules-egress", row="F06", fix=True,
        expect=at_source(stage="egress", detail=("netdev fw", "egress",
                                                 "tcp dport 8080 drop")),
        faults=(device("hostA", "egress", "eth0", "tcp dport 8080 drop"),))
    yield Scenario("rules-egress-other-device", Expect("connected"),
                   near="F06",
                   faults=(device("hostA", "egress", "mgmt0",
                                  "tcp dport 8080 drop"),))
    yield Scenario(
        "rules-output-deny-set", row="F12", fix=True,
        expect=at_source(detail=("element @B of the set deny",)),
        faults=(nft("hostA", "output", "@l3 daddr @deny drop",
                    more=deny % "@B, @absentB"),))
    yield Scenario(
        "rules-output-ipset", row="F12", fix=True,
        expect=at_source(detail=("iptables-nft", "element @netB of the set "
                                 "deny")),
        faults=(("hostA", "ipset create deny hash:net family @ipsetfamily && "
                 "ipset add deny @netB && @iptables-nft -A OUTPUT -m set "
                 "--match-set deny dst -j DROP"),))
    yield Scenario("rules-output-deny-set-of-others", Expect("connected"),
                   near="F12",
                   faults=(nft("hostA", "output", "@l3 daddr @deny drop",
                               more=deny % "@absentB"),))


def chains():
    """I: jumps, policies, sets and later base chains at the destination."""
    jumps = ("  chain deep { tcp dport 22 drop; tcp dport 8080 drop; }\n"
             "  chain first { tcp dport 1-65535 %s deep; }\n")
    banned = "  set banned { type @settype; flags interval; " \
             "elements = { %s } }\n"
    ports = ("  chain web { @l3 saddr @A drop; }\n"
             "  map ports { type inet_service : verdict; "
             "elements = { 22 : accept, 8080 : %s } }\n")
    yield Scenario(
        "rules-jump-path", at_input(detail=("input > first > deep",
                                            "tcp dport 8080 drop")),
        row="I06", fix=True,
        faults=(nft("hostB", "input", "tcp dport 8080 jump first",
                    more=jumps % "jump"),))
    yield Scenario(
        "rules-goto-path", at_input(detail=("input > first > deep",)),
        row="I06", fix=True,
        faults=(nft("hostB", "input", "tcp dport 8080 goto first",
                    more=jumps % "goto"),))
    yield Scenario(
        "rules-policy-behind-goto", at_input(detail=("policy",)), row="I02",
        fix=True,
        faults=(nft("hostB", "input", "policy drop; " + HEARS
                    + "; tcp dport 8080 goto first",
                    more="  chain first { tcp dport 22 accept; }\n"),))
    yield Scenario(
        "rules-jump-and-return", Expect("connected"), near="I06",
        faults=(nft("hostB", "input", "tcp dport 8080 jump first",
                    more="  chain deep { tcp dport 22 drop; return; }\n"
                    "  chain first { jump deep; accept; drop; }\n"),))
    yield Scenario(
        "rules-set-of-networks", row="I07", fix=True,
        expect=at_input(detail=("element @netA of the set banned",)),
        faults=(nft("hostB", "input", "tcp dport 8080 @l3 saddr @banned drop",
                    more=banned % "@netA, @absentB"),))
    yield Scenario(
        "rules-set-of-others", Expect("connected"), near="I07",
        faults=(nft("hostB", "input", "@l3 saddr @banned drop",
                    more=banned % "@C"),))
    yield Scenario(
        "rules-set-behind-jump", row="I07 I06", fix=True,
        expect=at_input("firewall-reject",
                        detail=("input > f2b", "of the set banned")),
        faults=(nft("hostB", "input", "tcp dport 8080 @l3 saddr @banned jump "
                    "f2b", more=banned % "@A" + "  chain f2b { counter; "
                    "reject with icmpx admin-prohibited; }\n"),))
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"rules-ipset-{backend}", row="I07", fix=True,
            expect=at_input(detail=(f"iptables-{backend}",
                                    "INPUT > ban-web",
                                    "element @A of the set jail")),
            faults=(("hostB", "ipset create jail hash:ip family @ipsetfamily "
                     "&& ipset add jail @A && ipset add jail @absentA && "
                     f"@iptables-{backend} -N ban-web && @iptables-{backend} "
                     "-A INPUT -p tcp --dport 8080 -j ban-web && "
                     f"@iptables-{backend} -A ban-web -m set --match-set jail "
                     "src -j DROP"),))
        yield Scenario(
            f"rules-ipset-of-others-{backend}", Expect("connected"),
            near="I07",
            faults=(("hostB", "ipset create jail hash:ip family @ipsetfamily "
                     f"&& ipset add jail @C && @iptables-{backend} -A INPUT "
                     "-p tcp -m set --match-set jail src -j DROP"),))
    yield Scenario(
        "rules-verdict-map", row="I01", fix=True,
        expect=at_input(detail=("element 8080 : drop of the set ports",)),
        faults=(nft("hostB", "input", "tcp dport vmap @ports",
                    more=ports % "drop"),))
    yield Scenario(
        "rules-verdict-map-jump", row="I06", fix=True,
        expect=at_input(detail=("input > web", "8080 : jump web")),
        faults=(nft("hostB", "input", "tcp dport vmap @ports",
                    more=ports % "jump web"),))
    yield Scenario(
        "rules-verdict-map-accept", Expect("connected"), near="I01",
        faults=(nft("hostB", "input", "tcp dport vmap @ports",
                    more=ports % "accept"),
                nft("hostB", "input", OTHER_HOST, table="inet second")))
    yield Scenario(
        "rules-later-base-chain", row="I08", fix=True,
        expect=at_input(detail=("inet late", "chain input of table inet fw "
                                "accepted it before")),
        faults=(nft("hostB", "input", "tcp dport 8080 accept"),
                nft("hostB", "input", "tcp dport 8080 drop", "filter + 10",
                    table="inet late")))
    yield Scenario(
        "rules-later-policy", row="I08", fix=True,
        expect=at_input(detail=("ip", "INPUT", "policy")),
        faults=(nft("hostB", "input", "tcp dport 8080 accept", "-5"),
                ("hostB", " && ".join(
                    f"@iptables-nft -A INPUT {what} -j ACCEPT" for what in
                    ("-i lo", "-i mgmt0", "-p @l4icmp"))
                 + " && @iptables-nft -P INPUT DROP")))
    yield Scenario(
        "rules-two-accepts", Expect("connected"), near="I08",
        faults=(nft("hostB", "input", "tcp dport 8080 accept"),
                nft("hostB", "input", "tcp dport 8080 accept; tcp dport 8080 "
                    "drop", "filter + 10", table="inet late")))
    yield Scenario(
        "rules-same-text-twice", row="I01", fix=True,
        expect=at_input(detail=("inet b", OTHER_HOST.replace("@C", "@A"))),
        faults=tuple(
            nft("hostB", "input", f"@l3 saddr {source} tcp dport 8080 drop",
                f"filter + {index}", table=f"inet {table}")
            for index, (table, source) in enumerate((("a", "@C"), ("b", "@A"),
                                                     ("c", "@A"))))
        [:2])


def answers():
    """Rules that stop others' answers; rejects that are not the reason."""
    yield Scenario("rules-output-to-others", Expect("connected"),
                   near="V02", faults=(nft("hostB", "output", "@l3 daddr @C "
                                           "tcp sport 8080 drop"),))
    yield Scenario("rules-input-from-others", Expect("connected"),
                   near="A01", faults=(nft("hostA", "input", "@l3 saddr @C "
                                           "tcp sport 8080 drop"),))
    for kind, words in (("reset", "tcp reset"),
                        ("icmp", "icmpx admin-prohibited")):
        yield Scenario(
            f"rules-no-listener-beside-reject-{kind}",
            place("not-listening", "destination", "socket", "syn",
                  outcome="refused"), service=(), near="I04 I05",
            faults=(nft("hostB", "input", "@l3 saddr @C tcp dport 8080 reject "
                        f"with {words}"),))


def families():
    """I15: open for one family, closed for the other."""
    for backend in ("nft", "legacy"):
        closed = (("hostB", " && ".join(
            f"ip6tables-{backend} -A INPUT {what} -j ACCEPT" for what in
            ("-i lo", "-i mgmt0", "-p ipv6-icmp"))
            + f" && ip6tables-{backend} -P INPUT DROP && iptables-{backend} "
            "-A INPUT -p tcp --dport 8080 -j ACCEPT"),)
        yield Scenario(
            f"rules-closed-for-ipv6-{backend}", at_input(
                detail=("ip6", "INPUT", "policy")), row="I15", fix=True,
            families=(6,), faults=closed)
        yield Scenario(
            f"rules-closed-for-ipv6-only-{backend}", Expect("connected"),
            near="I15", families=(4,), faults=closed)


BRIDGED = ("hostB", "ip link add br0 address @macB type bridge mcast_snooping "
           "0 && ip link set br0 up && @ip addr flush dev eth0 scope global && "
           "ip link set eth0 master br0 && @ip addr add @B/@mask dev br0 && "
           "@ip route replace default via @R2 dev br0")


def bridges():
    """Rules of the bridge that the host's own address stands on."""
    for hook, stage in (("prerouting", "prerouting"), ("input", "input")):
        yield Scenario(
            f"rules-bridge-{hook}", row="P17", fix=True,
            expect=place("firewall-drop", "destination", stage, "syn",
                         detail=("bridge fw", hook, "tcp dport 8080 drop")),
            faults=(BRIDGED, nft("hostB", hook, "tcp dport 8080 drop",
                                 table="bridge fw")))
    yield Scenario(
        "rules-bridge-output", row="P17", fix=True,
        expect=place("firewall-drop", "destination", "output", "syn-ack",
                     detail=("bridge fw", "tcp sport 8080 drop")),
        faults=(BRIDGED, nft("hostB", "output", "tcp sport 8080 drop",
                             table="bridge fw")))
    yield Scenario("rules-bridge-other-port", Expect("connected"), near="P17",
                   faults=(BRIDGED, nft("hostB", "input",
                                        "tcp dport 8081 drop",
                                        table="bridge fw")))
    yield Scenario("rules-ingress-other-port", Expect("connected"),
                   near="D07", faults=(device("hostB", "ingress", "eth0",
                                              "tcp dport 8081 drop"),))


SCENARIOS = [*sources(), *chains(), *answers(), *families(), *bridges()]
