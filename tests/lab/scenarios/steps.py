"""What a report says beside its verdict: the five answers, and whom a fix lets in."""
from scenario import Expect, Scenario
from scenarios.firewall import at_input, nft
from wait import wait_until

CLOSED = ("policy drop; ct state established,related accept; "
          "iif lo accept; meta l4proto { icmp, icmpv6 } accept; "
          "tcp dport { 22, 7443 } accept; iifname mgmt0 accept")
BANNED = "  set banned { type @settype; flags interval; elements = { %s } }"
IN = "@l3 saddr @banned drop"


def hidden(port=8080):
    """R2 hides who calls hostB."""
    return ("R2", "nft 'table @l3 n { chain post { type nat hook postrouting "
            f"priority 100; tcp dport {port} masquerade; }}; }}'")


def answers():
    yield Scenario(
        "steps-connected-by-a-rule",
        Expect("connected", steps=(
            ("self-test", "ok", "not called again"),
            ("listener", "ok", "on @any port 8080, "),
            ("firewall", "ok", "lets the SYN in: table inet fw, chain input, "
             "rule tcp dport 8080 accept"),
            ("source", "ok", "1 attempt: connected"),
            ("captures", "ok", "hostB eth0: SYN in, SYN-ACK out"))),
        faults=(nft("hostB", "input", CLOSED + "; tcp dport 8080 accept"),))
    yield Scenario(
        "steps-connected-by-the-policy",
        Expect("connected", steps=(
            ("firewall", "ok", "chain input, the chain's policy"),)),
        faults=(nft("hostB", "input", "tcp dport 8081 drop"),))
    yield Scenario(
        "steps-connected-without-rules",
        Expect("connected", steps=(("firewall", "ok", "has no rules"),)))
    yield Scenario(
        "steps-drop-but-not-on-loopback",
        at_input(opens="connection", steps=(
            ("self-test", "ok", "@loop port 8080 answers, @B port 8080 "
             "answers"),
            ("firewall", "bad", "chain input, the chain's policy"),
            ("captures", "bad", "hostB eth0: SYN in, no answer"))),
        faults=(nft("hostB", "input", CLOSED),))
    yield Scenario(
        "steps-not-listening",
        Expect("not-listening", steps=(
            ("self-test", "bad", "@B port 8080 refuses"),
            ("listener", "bad", "nothing listens on port 8080"),
            ("firewall", "ok", "has no rules"),
            ("captures", "bad", "hostB eth0: SYN in, RST out"))),
        service=())
    yield Scenario(
        "steps-nobody-there",
        Expect(("undetermined", "lost-on-path"), confidence=("possible",),
               exit=4, steps=(
                   ("self-test", "unknown", "no agent watches there"),
                   ("listener", "unknown", "no agent watches there"),
                   ("firewall", "unknown", "no agent watches there"))),
        argv=("hostA", "@R2:8080"), families=(4,), service=(),
        faults=(nft("R2", "input", "tcp dport 8080 drop"),))


REDIRECT = ("nft 'table @l3 nat { chain pre { type nat hook prerouting "
            "priority dstnat; tcp dport 8080 redirect to :8081; }; }'")


def told_of():
    """What happens on the way is told where it works, too."""
    yield Scenario(
        "told-source-nat", families=(4,), faults=(hidden(),),
        expect=Expect("connected", detail=("source NAT", "@R2"),
                      steps=(("captures", "ok", "hostB eth0: SYN in"),)))
    yield Scenario("told-source-nat-of-others", families=(4,),
                   faults=(hidden(8081),),
                   expect=Expect("connected", silent=("source NAT",)))
    yield Scenario(
        "told-own-redirect", service=(("hostB", "@any 8081"),),
        faults=(("hostB", REDIRECT),),
        expect=Expect("connected", detail=("redirect to :8081",)))
    # Nothing listens, and every second SYN does not come so far.
    yield Scenario(
        "told-two-ways-to-fail", families=(4,), service=(),
        argv=("hostA", "hostB:8080", "--count", "6"),
        faults=(nft("hostB", "input", "tcp dport 8080 numgen inc mod 2 0 "
                    "drop"),),
        expect=Expect(("not-listening", "firewall-drop", "intermittent-loss"),
                      confidence=("proven", "likely", "possible"),
                      says=("of 6 attempts failed otherwise",)))


def change_rules(lab):
    """Somebody adds a rule to a table while hostB's rules are traced."""
    lab["hostB"].shell("nft 'table inet own { chain in { type filter hook "
                       "input priority 0; tcp dport 8080 drop; }; }'")
    trace = lab.pool.submit(lab.trace, ["hostA", "hostB:8080", "-4",
                                        "--count", "20"])
    wait_until(lambda: lab["hostB"].packet_sockets() > 0,
               "a capture on hostB", 5, 0.001)
    wait_until(lambda: "probectl-" in lab["hostB"].shell(
        "nft list tables").stdout, "a rule trace on hostB", 5, 0.001)
    lab["hostB"].shell("nft add rule inet own in tcp dport 9 drop")
    _, report, text = trace.result()
    lab["hostB"].shell("nft delete table inet own")
    summary = report["verdict"]["summary"] if report else text
    return [] if "changed during the trace (last by nft" in summary else \
        [f"not a word of the change: {summary}"]


def openings():
    yield Scenario(
        "fix-behind-source-nat", families=(4,), fix=True,
        expect=at_input(opens="others", says=("source NAT on the way",),
                        command="saddr @R2"),
        faults=(hidden(), nft("hostB", "input", "tcp dport 8080 drop")))
    yield Scenario(
        "fix-beside-source-nat", families=(4,), fix=True,
        expect=at_input(opens="connection", command="saddr @A"),
        faults=(hidden(8081), nft("hostB", "input", "tcp dport 8080 drop")))
    yield Scenario(
        "fix-set-of-a-network", fix=True,
        expect=at_input(opens="connection", command="insert rule", fixes=(2,),
                        says=("lets in others too",)),
        faults=(nft("hostB", "input", IN, more=BANNED % "@netA"),))
    yield Scenario(
        "fix-set-of-a-host", fix=True,
        expect=at_input(opens="connection", command="insert rule", fixes=(2,)),
        faults=(nft("hostB", "input", IN, more=BANNED % "@A"),))


SCENARIOS = [Scenario("told-rules-changed", Expect("-"), run=change_rules,
                      families=()), *answers(), *told_of(), *openings()]
