"""Programs that a host lacks: the report says why a rule's words are not known,
and offers no command that cannot be typed there."""
from scenario import FAIR, Expect, Scenario
from scenarios.firewall import at_input, nft

IPTABLES = "@iptables-%s -A INPUT -p tcp --dport 8080 -j DROP"
INPUT = nft("hostB", "input", "tcp dport 8080 drop")


def without(*programs):
    """Each of them is no program any more, whatever leads there."""
    return ("hostB", " && ".join(
        f"mount --bind /dev/null $(readlink -f $(command -v {name}))"
        for name in programs))


def rule(backend):
    return ("hostB", IPTABLES % backend)


SCENARIOS = [
    Scenario("without-nft", row="I01",
             expect=at_input(detail=("its text is not known", "nft is not "
                                     "installed on hostB"), fixes=(0,),
                             says=("a command that does it needs nft",)),
             faults=(INPUT, without("nft"))),
    Scenario("without-nft-iptables-rule", row="I03", fix=True,
             expect=at_input(detail=("-A INPUT",),
                             command="tables-nft -t filter -I INPUT"),
             faults=(rule("nft"), without("nft"))),
    Scenario("without-iptables", row="I03", fix=True,
             expect=at_input(command="nft insert rule @l3 filter INPUT handle",
                             silent=("not known",)),
             faults=(rule("nft"), without("iptables-nft"))),
    Scenario("without-iptables-policy", row="I02", fix=True,
             expect=at_input(command="nft insert rule @l3 filter INPUT @l3",
                             detail=("policy",)),
             faults=(("hostB", "t=@iptables-nft; $t -A INPUT -i lo -j ACCEPT; "
                      "$t -A INPUT -i mgmt0 -j ACCEPT; $t -A INPUT -p "
                      "@l4icmp -j ACCEPT; $t -P INPUT DROP"),
                     without("iptables-nft"))),
    Scenario("without-either", row="I03",
             expect=at_input(detail=("nft is not installed",), fixes=(0,),
                             says=("needs ",)),
             faults=(rule("nft"), without("iptables-nft", "nft"))),
    Scenario("without-iptables-legacy", row="I03",
             expect=at_input(confidence=FAIR, fixes=(0,),
                             detail=("the program @iptables-legacy-save is not "
                                     "installed",)),
             faults=(rule("legacy"), without("iptables-legacy"))),
    # What is missing, and needed by nobody here.
    Scenario("without-others", near="I01", fix=True,
             expect=at_input(command="nft insert rule", silent=("needs ",)),
             faults=(INPUT, without("iptables-nft", "iptables-legacy"))),
    Scenario("without-all-and-connected", near="I01",
             expect=Expect("connected", silent=("not known",)),
             faults=(nft("hostB", "input", "tcp dport 8081 drop"),
                     without("nft", "iptables-nft", "iptables-legacy"))),
]
