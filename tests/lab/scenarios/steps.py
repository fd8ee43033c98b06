"""What a report says beside its verdict: the five answers, and whom a fix lets in."""
from scenario import Expect, Scenario
from scenarios.firewall import at_input, nft

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
        argv=("hostA", "@absentB:8080"), families=(4,), service=())


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


SCENARIOS = [*answers(), *openings()]
