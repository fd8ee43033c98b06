"""What would stop the packet next: further rules of its way and of the answer's,
on either host, told in the first report, met in that order, mended by what it
offers; and rules that look as if they would, and would not."""
from scenario import Expect, Scenario
from scenarios.container import BOX, INSIDE, PUBLISH
from scenarios.firewall import HEARS, at_input, nft, place
from scenarios.front_ends import OPEN, front_end, zone
from scenarios.rules import BRIDGED, at_source

DROP = "tcp dport 8080 drop"
ANSWER = "tcp sport 8080 drop"
INPUT = nft("hostB", "input", DROP)


def ahead(*places, **expected):
    """The SYN is dropped at hostB's input, and then it meets these."""
    return at_input(ahead=places, **expected)


def later(hook, rules, priority, host="hostB", table="inet late", more=""):
    return nft(host, hook, rules, priority=priority, table=table, more=more)


def kube(tool):
    return ("hostB", f"{tool} -N KUBE-FIREWALL && {tool} -A INPUT -j "
            f"KUBE-FIREWALL && {tool} -A OUTPUT -j KUBE-FIREWALL && {tool} -A "
            "KUBE-FIREWALL -p tcp -m multiport --ports 8080 -m comment "
            "--comment 'block it' -j DROP")


def both_ways():
    """One chain that the way in and the way out lead to."""
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"ahead-one-chain-both-ways-{backend}", row="I06", fix=True,
            expect=at_input(
                confidence=("proven", "likely"),
                detail=("KUBE-FIREWALL",),
                ahead=(("firewall-drop hostB output syn-ack",
                        "OUTPUT > KUBE-FIREWALL"),)),
            faults=(kube(f"@iptables-{backend}"),))
    yield Scenario(
        "ahead-answer-dropped", ahead(("firewall-drop hostB output syn-ack",
                                       "table inet late, chain output",
                                       ANSWER)),
        row="I01 V02", fix=True,
        faults=(INPUT, later("output", ANSWER, 0)))
    yield Scenario(
        "ahead-answer-policy", ahead(("firewall-drop hostB output syn-ack",
                                      "the chain's policy")),
        row="I01 V02", fix=True,
        faults=(INPUT, later("output", "policy drop; " + " ".join(
            ('oifname { "lo", "mgmt0" } accept;',
             "meta l4proto { icmp, ipv6-icmp } accept;")), 0)))


def several():
    """More than one further rule, here and there."""
    yield Scenario(
        "ahead-three-tables", row="I01 I09", fix=True,
        expect=ahead(("firewall-drop hostB input syn", "@l3 second, chain in"),
                     ("firewall-reject hostB input syn", "inet third",
                      "would reject")),
        faults=(INPUT,
                ("hostB", "nft -f - <<'EOF'\ntable @l3 second {\n  chain in { "
                 "type filter hook input priority 10;\n    @l3 saddr @netA tcp "
                 "dport 8000-8100 drop\n  }\n}\nEOF"),
                later("input", "tcp dport { 22, 8080 } reject", 20,
                      table="inet third")))
    yield Scenario(
        "ahead-two-hosts", row="F01 I01", fix=True,
        expect=at_source(ahead=(("firewall-drop hostB input syn", DROP),
                                ("firewall-drop hostA input syn-ack",
                                 ANSWER))),
        faults=(nft("hostA", "output", DROP), INPUT,
                later("input", ANSWER, 0, host="hostA")))
    yield Scenario(
        "ahead-source-policy", row="F01", fix=True,
        expect=at_source(detail=("policy",),
                         ahead=(("firewall-drop hostB prerouting syn",),
                                ("firewall-drop hostB output syn-ack",))),
        faults=(nft("hostA", "output", "policy drop; " + " ".join(
            ('oifname { "lo", "mgmt0" } accept;',
             "meta l4proto { icmp, ipv6-icmp } accept;"))),
                later("prerouting", DROP, "mangle"),
                later("output", ANSWER, 0, table="inet out")))
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"ahead-reject-then-nft-{backend}", row="I04", fix=True,
            expect=at_input("firewall-reject",
                            confidence=("proven", "likely"),
                            ahead=(("firewall-drop hostB input syn",
                                    "inet late"),)),
            faults=(("hostB", f"@iptables-{backend} -A INPUT -p tcp --dport "
                     "8080 -j REJECT"), later("input", DROP, 50)))
    yield Scenario(
        "ahead-set-and-jump", row="I07", fix=True,
        expect=ahead(("firewall-drop hostB input syn", "input > bans",
                      "element @A of the set banned")),
        faults=(INPUT, later(
            "input", "tcp dport 8000-8999 jump bans", 10,
            more="  set banned { type @settype; elements = { @A, @absentA "
            "}; }\n  chain bans { @l3 saddr @banned drop; }\n")))
    yield Scenario(
        "ahead-verdict-map", row="I01", fix=True,
        expect=ahead(("firewall-drop hostB input syn", "8080 : drop")),
        faults=(INPUT, later(
            "input", "tcp dport vmap @ports", 10,
            more="  map ports { type inet_service : verdict; elements = { 22 "
            ": accept, 8080 : drop }; }\n")))


def beside_others():
    """Rules ahead, and what is no rule."""
    yield Scenario(
        "ahead-output-and-loopback", row="L02",
        service=(("hostB", "@loop 8080"),),
        expect=Expect("listening-on-loopback", "destination", "hostB",
                      ahead=(("firewall-drop hostB output syn-ack", ANSWER),)),
        faults=(nft("hostB", "output", ANSWER + "; tcp sport 8081 drop"),),)
    yield Scenario(
        "ahead-loopback-behind-output-of-source", row="F01 L02",
        service=(("hostB", "@loop 8080"),),
        expect=at_source(ahead=(("listening-on-loopback hostB socket syn",),)),
        faults=(nft("hostA", "output", DROP),))
    yield Scenario(
        "ahead-path-then-input", row="P01",
        expect=Expect("port-filtered-on-path", "path", confidence=("likely",),
                      ahead=(("firewall-drop hostB input syn", DROP),)),
        faults=(nft("R1", "forward", DROP), INPUT))


def netdev(hook, rule, host="hostB", device="eth0"):
    return (host, f"nft 'table netdev late {{ chain c {{ type filter hook {hook} "
            f"device {device} priority 0; {rule}; }}; }}'")


def by_front_ends():
    """What firewalld and ufw would do behind the rule, with their own command."""
    before = nft("hostB", "prerouting", DROP)

    def behind(name, place_text, words, command, *faults):
        return Scenario(
            f"ahead-{name}", row="I02 I04", fix=True,
            expect=place("firewall-drop", "destination", "prerouting", "syn",
                         ahead=((place_text, *words),), says=(command,)),
            faults=(before, *faults))

    yield behind("firewalld", "firewall-reject hostB input syn",
                 ("firewalld on hostB, zone public", "does not allow 8080/tcp"),
                 "firewall-cmd --zone=public", front_end("firewalld"))
    yield behind("ufw", "firewall-drop hostB input syn",
                 ("ufw on hostB does not allow 8080/tcp",), "ufw allow from",
                 front_end("ufw"))
    for name, fault in (("firewalld", (zone("public", OPEN),
                                       front_end("firewalld"))),
                        ("ufw", (front_end("ufw"),
                                 ("hostB", "ufw allow 8080/tcp")))):
        yield Scenario(
            f"ahead-none-{name}-allows", near="I02 I04",
            expect=place("firewall-drop", "destination", "prerouting", "syn",
                         ahead=()), faults=(before, *fault))


def by_device():
    """Chains on the hooks of devices and of a bridge."""
    yield Scenario(
        "ahead-netdev-egress", row="D07", fix=True, faults=(
            INPUT, netdev("egress", ANSWER)),
        expect=ahead(("firewall-drop hostB egress syn-ack", "netdev late")))
    yield Scenario(
        "ahead-netdev-egress-of-source", row="D07", fix=True, faults=(
            nft("hostA", "output", DROP), netdev("egress", DROP, "hostA")),
        expect=at_source(ahead=(("firewall-drop hostA egress syn",
                                 "netdev late"),)))
    yield Scenario(
        "ahead-none-netdev-of-another-device", near="D07", expect=ahead(),
        faults=(INPUT, netdev("egress", ANSWER, device="mgmt0"),
                ("hostB", "nft add chain netdev late d '{ type filter hook "
                 "ingress device mgmt0 priority 0; }'; nft add rule netdev late "
                 "d " + DROP)))


def by_bridge():
    """The host's own address stands on a bridge with rules of its own."""
    yield Scenario(
        "ahead-bridge-output", row="P17", fix=True,
        expect=ahead(("firewall-drop hostB output syn-ack", "bridge late",
                      ANSWER)),
        faults=(BRIDGED, INPUT, later("output", ANSWER, 0,
                                      table="bridge late")))
    yield Scenario(
        "ahead-none-bridge-forward", near="P17", expect=ahead(),
        faults=(BRIDGED, INPUT, later("forward", "drop", 0,
                                      table="bridge late")))


def unfollowed():
    """Where nobody knows what became of the SYN; and where it goes elsewhere."""
    yield Scenario(
        "ahead-undetermined", row="A01", families=(4,),
        argv=("hostA", "@absentB:8080"),
        expect=Expect("undetermined", ahead=(
            ("firewall-drop hostA input syn-ack", ANSWER),)),
        faults=(nft("R2", "forward", DROP),
                later("input", ANSWER, 0, host="hostA")))
    yield Scenario(
        "ahead-none-undetermined", near="A01", families=(4,),
        argv=("hostA", "@absentB:8080"),
        expect=Expect("undetermined", ahead=()),
        faults=(nft("R2", "forward", DROP),
                later("input", ANSWER.replace("8080", "8081"), 0,
                      host="hostA")))
    # The host's own port, which is closed, is not where the SYN will go.
    yield Scenario(
        "ahead-none-of-the-host-but-the-container", near="I01 L01",
        families=(4,), service=INSIDE, fix=True,
        expect=place("firewall-drop", "destination", "prerouting", "syn",
                     ahead=()),
        faults=(BOX, PUBLISH, nft("hostB", "prerouting", "ip daddr @B " + DROP,
                                  "mangle")))


def nothing():
    """What would stop others, or may stop it, is not told."""
    near = dict(near="I01 V02")
    def plain(name, *faults):
        return Scenario(f"ahead-none-{name}", at_input(ahead=()),
                        faults=(INPUT, *faults), **near)

    yield plain("stateful-output", later(
        "output", "policy drop; " + HEARS.replace("iifname", "oifname")
        + " " + ANSWER, 0))
    yield plain("other-packets", later(
        "input", "tcp dport 8081 drop; @l3 saddr @C drop; @l3 daddr @other "
        'drop; iifname "mgmt0" tcp dport 8080 drop; tcp dport { 22, 443 } drop; '
        "meta l4proto udp drop; tcp flags syn,ack / syn,ack drop; "
        "meta mark 0x7 drop", 10))
    yield plain("limits-and-unknown", later(
        "input", "tcp dport 8080 limit rate over 100/second drop; "
        "tcp option maxseg size 1-100 drop; meta length 1-20 drop; "
        "numgen random mod 100000 0 drop", 10))
    yield plain("not-hooked",
                ("hostB", "nft 'table inet loose { chain in { tcp dport 8080 "
                 "drop; }; }'"))
    yield plain("accepts", later("input", "counter; log; tcp dport 8080 accept; "
                                 "tcp dport 8080 drop", 10))
    yield plain("set-of-others", later(
        "input", "@l3 saddr @banned drop", 10,
        more="  set banned { type @settype; elements = { @C, @absentA }; }\n"))
    limited = "limit rate over 1000/second; elements = { %s }; }\n"
    yield plain("set-with-limit", later(
        "input", "@l3 saddr @banned drop; tcp dport vmap @ports", 10,
        more="  set banned { type @settype; " + limited % "@A"
        + "  map ports { type inet_service : verdict; "
        + limited % "8080 : drop"))
    yield Scenario(
        "ahead-set-with-counter", row="I07", fix=True,
        expect=ahead(("firewall-drop hostB input syn",
                      "element @A of the set banned")),
        faults=(INPUT, later(
            "input", "@l3 saddr @banned drop", 10, more="  set banned { type "
            "@settype; counter; timeout 1h; elements = { @A }; }\n")))
    yield plain("goto-and-return", later(
        "input", "tcp dport 8080 jump back; goto side; drop", 10,
        more="  chain back { tcp dport 22 drop; return; drop; }\n"
        "  chain side { tcp dport 22 drop; }\n"))
    for backend in ("nft", "legacy"):
        yield plain(f"iptables-{backend}", (
            "hostB", f"t=@iptables-{backend}; $t -N E && $t -A INPUT -j E && "
            "$t -A INPUT -m conntrack --ctstate INVALID -j DROP && $t -A INPUT "
            "-p tcp -m limit --limit 1000/sec --dport 8081 -j DROP && $t -A "
            "INPUT -m length --length 1:20 -j DROP && $t -A INPUT -s @C -j "
            "DROP && $t -A OUTPUT -m state --state ESTABLISHED -j ACCEPT && $t "
            "-A OUTPUT -p tcp --sport 8080 -j DROP"))
    yield Scenario(
        "ahead-connected", Expect("connected"), near="I01",
        faults=(nft("hostB", "input", "tcp dport 8080 accept"),
                later("input", "tcp dport 8081 drop", 10)))


SCENARIOS = (*both_ways(), *several(), *beside_others(), *by_front_ends(),
             *by_device(), *by_bridge(), *unfollowed(), *nothing())
