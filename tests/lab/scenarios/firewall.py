"""Firewalls on the hosts: every hook, every backend, drop and reject."""
from scenario import FAIR, SURE, Expect, Scenario

# What a host must go on hearing: its management and neighbour discovery.
ESSENTIAL = ('iifname { "lo", "mgmt0" } accept; '
             "meta l4proto { icmp, ipv6-icmp } accept;")
HEARS = "ct state established,related accept; " + ESSENTIAL


def nft(host, hook, rules, priority="filter", more="", table="inet fw"):
    """A base chain named as its hook, with these rules."""
    return (host, "nft -f - <<'EOF'\n"
            f"table {table} {{\n{more}\n"
            f"  chain {hook} {{ type filter hook {hook} priority {priority};\n"
            f"    {rules}\n  }}\n}}\nEOF")


def place(cause, role, stage, packet, **more):
    host = {"source": "hostA", "destination": "hostB"}[role]
    more.setdefault("confidence", SURE)
    return Expect(cause, role, host, stage, packet, **more)


def at_input(cause="firewall-drop", **more):
    return place(cause, "destination", "input", "syn", **more)


def drop_and_reject():
    """The same rule in every hook that the packet or its answer meets."""
    places = (
        ("source-output", "hostA", "output", "tcp dport 8080", "source",
         "output", "syn"),
        ("source-input", "hostA", "input", "tcp sport 8080", "source",
         "input", "syn-ack"),
        ("prerouting", "hostB", "prerouting", "tcp dport 8080", "destination",
         "prerouting", "syn"),
        ("input", "hostB", "input", "tcp dport 8080", "destination", "input",
         "syn"),
        ("output", "hostB", "output", "tcp sport 8080", "destination",
         "output", "syn-ack"),
    )
    rows = {"source-output": ("F01", "F02", "F02"),
            "source-input": ("A01", "", ""), "input": ("I01", "I05", "I04"),
            "output": ("V02", "", "")}
    for name, host, hook, match, role, stage, packet in places:
        drop, reset, icmp = rows.get(name, ("", "", ""))
        yield Scenario(
            f"nft-drop-{name}",
            place("firewall-drop", role, stage, packet, outcome="timed-out",
                  detail=("inet fw", hook, f"{match} drop")),
            faults=(nft(host, hook, f"{match} drop"),), fix=True, row=drop)
        for kind, words in (("reset", "tcp reset"),
                            ("icmp", "icmpx admin-prohibited")):
            yield Scenario(
                f"nft-reject-{kind}-{name}",
                place("firewall-reject", role, stage, packet,
                      detail=("inet fw", hook, "reject")),
                faults=(nft(host, hook, f"{match} reject with {words}"),),
                fix=kind == "reset",
                row=reset if kind == "reset" else icmp)


def shapes():
    """The input chain's many ways to say no."""
    jumps = ("  chain deep { tcp dport 8080 drop; }\n"
             "  chain first { jump deep; }\n")
    banned = ("  set banned { type @settype; elements = { @A } }\n")
    return (
        Scenario("nft-policy-input", at_input(detail=("inet fw", "policy")),
                 faults=(nft("hostB", "input",
                             "policy drop; " + ESSENTIAL
                             + " tcp dport 22 accept"),), fix=True,
                 row="I02"),
        Scenario("nft-policy-output",
                 place("firewall-drop", "destination", "output", "syn-ack",
                       detail=("policy",)),
                 faults=(nft("hostB", "output", "policy drop; "
                             + ESSENTIAL.replace("iif", "oif")),), fix=True),
        Scenario("nft-policy-source-output",
                 place("firewall-drop", "source", "output", "syn",
                       detail=("policy",)),
                 faults=(nft("hostA", "output", "policy drop; "
                             + ESSENTIAL.replace("iif", "oif")),), fix=True),
        Scenario("nft-user-chain", at_input(detail=("inet fw", "deep")),
                 faults=(nft("hostB", "input", "jump first", more=jumps),),
                 fix=True, row="I06"),
        Scenario("nft-later-chain", at_input(detail=("inet late",)),
                 faults=(nft("hostB", "input", "tcp dport 8080 accept"),
                         nft("hostB", "input", "tcp dport 8080 drop",
                             "filter + 10", table="inet late")), fix=True,
                 row="I08"),
        Scenario("nft-reject-end-of-chain",
                 at_input("firewall-reject", detail=("inet fw", "reject")),
                 faults=(nft("hostB", "input", ESSENTIAL + " tcp dport 22 "
                             "accept; reject with icmpx port-unreachable"),),
                 fix=True),
        Scenario("nft-banned-set", at_input(detail=("banned",)),
                 faults=(nft("hostB", "input", "@l3 saddr @banned drop",
                             more=banned),), fix=True, row="I07"),
        Scenario("nft-own-family", at_input(detail=("@l3 own",)),
                 faults=(nft("hostB", "input", "tcp dport 8080 drop",
                             table="@l3 own"),), fix=True),
        Scenario("nft-two-tables-other-family",
                 Expect("connected"), families=(4,),
                 faults=(nft("hostB", "input", "tcp dport 8080 drop",
                             table="ip6 own"),)),
        Scenario("nft-ingress",
                 place("firewall-drop", "destination", "ingress", "syn"),
                 faults=(("hostB", "nft 'table netdev fw { chain in { type "
                          "filter hook ingress device eth0 priority 0; "
                          "tcp dport 8080 drop; }; }'"),), fix=True,
                 row="D07"),
    )


def iptables():
    """Both backends of iptables, both families."""
    for backend in ("nft", "legacy"):
        command = f"@iptables-{backend}"
        rule = f"{command} -A INPUT -p tcp --dport 8080 -j "
        keep = " && ".join(
            f"{command} -A INPUT {what} -j ACCEPT"
            for what in ("-i lo", "-i mgmt0", "-p @l4icmp"))
        rows = {"policy": "I02"} if backend == "nft" else \
            {"drop": "I03", "policy": "I03", "user-chain": "I03"}
        where = {"confidence": FAIR,
                 "detail": (f"iptables-{backend}", "INPUT")}
        for name, cause, script in (
                ("drop", "firewall-drop", rule + "DROP"),
                ("reject", "firewall-reject", rule + "REJECT"),
                ("reject-reset", "firewall-reject",
                 rule + "REJECT --reject-with tcp-reset"),
                ("policy", "firewall-drop",
                 f"{keep} && {command} -P INPUT DROP"),
                ("user-chain", "firewall-drop",
                 f"{command} -N deep && {command} -A deep -j DROP && "
                 f"{rule}deep")):
            detail = dict(where)
            if name == "user-chain":
                detail["detail"] = (f"iptables-{backend}", "deep")
            yield Scenario(
                f"iptables-{backend}-{name}",
                place(cause, "destination", "input", "syn", **detail),
                faults=(("hostB", script),), fix=True, row=rows.get(name, ""))
        yield Scenario(
            f"iptables-{backend}-output",
            place("firewall-drop", "source", "output", "syn",
                  confidence=FAIR, detail=(f"iptables-{backend}", "OUTPUT")),
            faults=(("hostA", f"{command} -A OUTPUT -p tcp --dport 8080 "
                     "-j DROP"),), fix=True)
    yield Scenario(
        "iptables-legacy-beside-nft",
        place("firewall-drop", "destination", "input", "syn", confidence=FAIR,
              detail=("iptables-legacy",)),
        faults=(nft("hostB", "input", "tcp dport 8080 accept"),
                ("hostB", "@iptables-legacy -A INPUT -p tcp --dport 8080 "
                 "-j DROP")), fix=True, row="I03")
    yield Scenario(
        "iptables-legacy-rejects-answer",
        place("firewall-reject", "destination", "output", "syn-ack",
              detail=("iptables-legacy", "OUTPUT")),
        faults=(("hostB", "@iptables-legacy -A OUTPUT -p tcp --sport 8080 "
                 "-j REJECT --reject-with tcp-reset"),), fix=True)
    # The one that did it among two that moved.
    yield Scenario(
        "iptables-legacy-rejects-answers-elsewhere",
        place("firewall-drop", "destination", "output", "syn-ack",
              detail=("iptables-legacy", "DROP")),
        faults=(("hostB", "@iptables-legacy -A OUTPUT -p tcp --sport 8081 "
                 "-j REJECT --reject-with tcp-reset && @iptables-legacy -A "
                 "OUTPUT -p tcp --sport 8080 -j DROP"),))
    yield Scenario(
        "iptables-legacy-raw",
        place("firewall-drop", "destination", "prerouting", "syn",
              confidence=FAIR, detail=("raw", "PREROUTING")),
        faults=(("hostB", "@iptables-legacy -t raw -A PREROUTING -p tcp "
                 "--dport 8080 -j DROP"),), row="N04")


SCENARIOS = [*drop_and_reject(), *shapes(), *iptables()]
