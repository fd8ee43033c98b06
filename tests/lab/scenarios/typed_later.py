"""A fix is typed some time after the report: the rules may be others by then."""
from scenario import Scenario
from scenarios.firewall import ESSENTIAL, at_input, nft

STOP = "-p tcp --dport 8080 -j DROP"
HEAR = ("t=@iptables-{0}; $t -A INPUT -i lo -j ACCEPT && $t -A INPUT -i mgmt0 "
        "-j ACCEPT && $t -A INPUT -p icmp -j ACCEPT && $t -A INPUT -p "
        "ipv6-icmp -j ACCEPT && ")


def scenarios():
    for backend in ("nft", "legacy"):
        tool = f"@iptables-{backend}"
        fair = dict(confidence=("proven", "likely"))
        yield Scenario(
            f"fix-after-rules-were-removed-{backend}",
            at_input(unoffered=("INPUT 1", "INPUT 3", "-D "), **fair),
            faults=(("hostB", f"{tool} -A INPUT -p tcp --dport 22 -j ACCEPT && "
                     f"{tool} -A INPUT -s @C -j DROP && {tool} -A INPUT {STOP}"),),
            before_fix=(("hostB", f"{tool} -D INPUT 1 && {tool} -D INPUT 1"),),
            fix=True)
        yield Scenario(
            f"fix-after-the-end-was-closed-{backend}",
            at_input(detail=("policy",), unoffered=("-A ",), **fair),
            faults=(("hostB", HEAR.format(backend) + "$t -P INPUT DROP"),),
            before_fix=(("hostB", f"{tool} -A INPUT {STOP}"),), fix=True)
    yield Scenario(
        "fix-after-rules-were-removed-nftables", at_input(),
        faults=(nft("hostB", "input", "tcp dport 22 accept; tcp dport 8080 drop"),),
        before_fix=(("hostB", "nft insert rule inet fw input counter && "
                     "nft delete rule inet fw input handle 2"),), fix=True)
    yield Scenario(
        "fix-after-the-end-was-closed-nftables", at_input(detail=("policy",)),
        faults=(nft("hostB", "input", f"policy drop; {ESSENTIAL}"),),
        before_fix=(("hostB", "nft add rule inet fw input tcp dport 8080 drop"),),
        fix=True)


SCENARIOS = tuple(scenarios())
