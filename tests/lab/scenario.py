"""What a scenario is: a fault, a question and the right answer.

Texts may hold words that stand for the family under test; see FAMILIES.
"""
import os
import re
from dataclasses import dataclass, field, replace

from topology import mac

FAMILIES = {
    4: {"A": "192.0.2.10", "B": "198.51.100.10", "C": "192.0.2.30",
        "R1": "192.0.2.1", "R2": "198.51.100.2", "R1b": "198.51.100.1",
        "R1link": "203.0.113.1", "R2link": "203.0.113.2",
        "netA": "192.0.2.0/24", "netB": "198.51.100.0/24",
        "absentA": "192.0.2.99", "absentB": "198.51.100.99",
        "other": "198.51.100.11", "nobody": "192.0.2.", "any": "0.0.0.0", "loop": "127.0.0.1",
        "len": "32", "mask": "24", "ip": "ip -4", "l3": "ip",
        "settype": "ipv4_addr", "icmp": "icmp", "iptables": "iptables",
        "l4icmp": "icmp", "ipsetfamily": "inet", "mgmtA": "203.0.113.131",
        "natB": "198.51.100.10:8080", "natTo": "198.51.100.10:9090",
        "listen": "0.0.0.0:8080"},
    6: {"A": "2001:db8:a::10", "B": "2001:db8:b::10", "C": "2001:db8:a::30",
        "R1": "2001:db8:a::1", "R2": "2001:db8:b::2", "R1b": "2001:db8:b::1",
        "R1link": "2001:db8:c::1", "R2link": "2001:db8:c::2",
        "netA": "2001:db8:a::/64", "netB": "2001:db8:b::/64",
        "absentA": "2001:db8:a::99", "absentB": "2001:db8:b::99",
        "other": "2001:db8:b::11", "nobody": "2001:db8:a::", "any": "::", "loop": "::1",
        "len": "128", "mask": "64", "ip": "ip -6", "l3": "ip6",
        "settype": "ipv6_addr", "icmp": "icmpv6", "iptables": "ip6tables",
        "l4icmp": "ipv6-icmp", "ipsetfamily": "inet6",
        "mgmtA": "2001:db8:f::131",
        "natB": "[2001:db8:b::10]:8080", "natTo": "[2001:db8:b::10]:9090", "listen": "[::]:8080"},
}
FAMILIES[4].update({"mgmtC": "203.0.113.133", "loopA": "192.168.77.1",
                    "R2a": "192.0.2.2", "mgmtB": "203.0.113.132",
                    "netM": "203.0.113.128/25"})
FAMILIES[4].update({"db": "10.20.0.10", "dbAbsent": "10.20.0.99"})
FAMILIES[6].update({"db": "2001:db8:dd::10", "dbAbsent": "2001:db8:dd::99"})
FAMILIES[6].update({"mgmtC": "2001:db8:f::133", "loopA": "2001:db8:77::1",
                    "R2a": "2001:db8:a::2", "mgmtB": "2001:db8:f::132",
                    "netM": "2001:db8:f::/64"})
FAMILIES[4].update({"box": "203.0.113.66", "boxPort": "203.0.113.66:80",
                    "boxNext": "203.0.113.67"})
FAMILIES[6].update({"box": "2001:db8:77::2", "boxPort": "[2001:db8:77::2]:80",
                    "boxNext": "2001:db8:77::3"})
for number, words in FAMILIES.items():
    words["family"] = str(number)
    words["macA"] = mac("hostA", "eth0")
    words["macMgmtA"] = mac("hostA", "mgmt0")
    words["macR1"] = mac("R1", "lanA")
    words["macR2"] = mac("R2", "lanB")
    words["macC"] = mac("hostC", "eth0")
    words["macB"] = mac("hostB", "eth0")
    words["here"] = os.path.dirname(os.path.abspath(__file__))
    words["af"] = {4: "AF_INET", 6: "AF_INET6"}[number]
SURE = ("proven",)
FAIR = ("proven", "likely")
WEAK = ("proven", "likely", "possible")


@dataclass(frozen=True)
class Expect:
    """The right answer.  None: not looked at; a tuple: any of these."""
    cause: object
    role: object = None
    host: object = None
    stage: object = None
    packet: object = None
    confidence: tuple = FAIR
    exit: int = None  # by the cause, if not given
    outcome: object = None
    detail: tuple = ()  # texts somewhere in the verdict's detail or summary
    obstacles: tuple = ()  # causes that must be among them
    # All obstacles in their order: texts in "cause host stage packet summary";
    # with Scenario.fix they are walked, one by one, until it connects.
    ahead: object = None
    namespace: object = None
    command: object = None  # a text in the first fix's command
    unoffered: tuple = ()  # texts that no fix's command may hold
    fixes: object = None  # how many, any of these
    addresses: object = None  # (address, cause) of each that failed
    notes: tuple = ()  # texts in what is said first; none: nothing is
    opens: object = None  # whom the first fix lets in
    steps: tuple = ()  # (step, state, a text in it)
    says: tuple = ()  # texts anywhere in the report, its evidence aside
    silent: tuple = ()  # texts that may not be there

    def status(self):
        if self.exit is not None:
            return self.exit
        cause = self.cause if isinstance(self.cause, str) else self.cause[0]
        return {"connected": 0, "undetermined": 4}.get(cause, 1)


@dataclass(frozen=True)
class Scenario:
    name: str
    expect: Expect
    faults: tuple = ()  # (host, shell command)
    service: tuple = (("hostB", "@any 8080"),)  # (host, service.py arguments)
    argv: tuple = ("hostA", "hostB:8080")
    fix: bool = False  # the first fix must mend it
    fix_number: int = 0  # or that one, from 0
    before_fix: tuple = ()  # more to do first, e.g. start what was missing
    closed: tuple = ()  # (host, command): a call that fails after it, as before
    hosts_files: tuple = ()  # (host, text) in place of the lab's own
    background: tuple = ()  # (host, argv): runs during the trace
    stop_agents: tuple = ()
    # (host, address, is there): what the controller must know before the trace
    told: tuple = ()
    agents: tuple = ()  # (host, words before the agent's command line)
    traces: int = 1  # all must give the same answer
    budget_ms: int = 10000
    run: object = None  # a function of (lab) in place of fault and trace
    row: str = ""  # the catalogue's rows that it proves; see catalogue.py
    near: str = ""  # the rows whose near miss it is
    machine: tuple = ()  # (sysctl, value) that all hosts share; see machine.py
    families: tuple = field(default=(4, 6))

    def hosts(self):
        """The names of those in which it does something, or asks."""
        return {host for item in (self.faults, self.service, self.background,
                                  self.before_fix, self.closed,
                                  self.hosts_files)
                for host, _ in item} | {"hostA", "hostB", self.argv[0]}


def expand(value, words):
    """Replaces @word in texts, however deep in tuples."""
    if isinstance(value, str):
        return re.sub(r"@(\w+)", lambda m: words.get(m[1], m[0]), value)
    if isinstance(value, tuple):
        return tuple(expand(item, words) for item in value)
    if isinstance(value, Expect):
        return replace(value, **{name: expand(getattr(value, name), words)
                                 for name in ("detail", "host", "cause", "ahead",
                                              "stage", "command", "namespace",
                                              "unoffered", "addresses",
                                              "notes", "steps", "says",
                                              "silent")})
    return value


def for_families(scenario):
    """The scenario once for each family that it names; none: as it is."""
    if not scenario.families:
        return [scenario]
    result = []
    for family in scenario.families:
        words = FAMILIES[family]
        values = {name: expand(getattr(scenario, name), words)
                  for name in ("faults", "service", "argv", "before_fix",
                               "closed", "expect", "hosts_files", "background", "agents",
                               "told")}
        if not {"-4", "-6"} & set(values["argv"]):
            values["argv"] += (f"-{family}",)
        result.append(replace(scenario, name=f"{scenario.name}/v{family}",
                              **values))
    return result
