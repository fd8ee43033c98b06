"""Rules that ask for more than addresses, rules that change, many rules, and
what others do to their counters during the trace."""
from programs import start_service
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.container import BOX, INSIDE, PUBLISH
from scenarios.firewall import HEARS, at_input, nft, place

KNOCK = ("hostC", "held:python3 -S @here/knock.py @B 8080")


def matches():
    """I: rules that ask for a device, a rate, the time, a route, a number."""
    gate = "policy drop; " + HEARS + '; iifname "%s" tcp dport 8080 accept'
    yield Scenario("rules-wrong-interface", at_input(detail=("policy",)),
                   row="I09", fix=True,
                   faults=(nft("hostB", "input", gate % "eth9"),))
    yield Scenario("rules-right-interface", Expect("connected"), near="I09",
                   faults=(nft("hostB", "input", gate % "eth0"),))
    yield Scenario(
        "rules-hour", row="I11", fix=True,
        expect=at_input(detail=("meta hour",)),
        faults=(nft("hostB", "input", "tcp dport 8080 meta hour "
                    '"00:00"-"23:59:59" drop'),))
    yield Scenario(
        "rules-other-day", Expect("connected"), near="I11", families=(4,),
        faults=(("hostB", "nft \"table inet fw { chain input { type filter "
                 "hook input priority 0; tcp dport 8080 meta day "
                 "\\\"$(date -d '3 days' +%A)\\\" drop; }; }\""),))
    for backend in ("nft", "legacy"):
        rule = f"@iptables-{backend} -A INPUT -p tcp --dport 8080 "
        yield Scenario(
            f"rules-time-{backend}", row="I11", fix=True,
            expect=at_input(detail=("-m time", "INPUT")),
            faults=(("hostB", rule + "-m time --timestart 00:00 --timestop "
                     "23:59:59 -j DROP"),))
    yield Scenario(
        "rules-fib-saddr", row="N02", fix=True,
        expect=place("firewall-drop", "destination", "prerouting", "syn",
                     detail=("fib saddr",)),
        faults=(("hostB", "@ip route add @A/@len dev mgmt0"),
                nft("hostB", "prerouting", "tcp dport 8080 fib saddr . iif oif "
                    "missing drop")),
        before_fix=(("hostB", "@ip route del @A/@len dev mgmt0"),))
    yield Scenario(
        "rules-rpfilter-match", row="N02",
        expect=place("firewall-drop", "destination", "prerouting", "syn",
                     detail=("rpfilter", "raw")),
        faults=(("hostB", "@ip route add @A/@len dev mgmt0 && @iptables-nft "
                 "-t raw -A PREROUTING -p tcp --dport 8080 -m rpfilter "
                 "--invert -j DROP"),))
    yield Scenario(
        "rules-fib-saddr-in-order", Expect("connected"), near="N02",
        faults=(nft("hostB", "prerouting", "tcp dport 8080 fib saddr . iif oif "
                    "missing drop"),))
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"rules-raw-prerouting-{backend}", row="N04", fix=True,
            expect=place("firewall-drop", "destination", "prerouting", "syn",
                         detail=("raw", "PREROUTING", "! -i lo")),
            faults=(("hostB", f"@iptables-{backend} -t raw -A PREROUTING -d "
                     "@B/@len ! -i lo -p tcp -m tcp --dport 8080 -j DROP"),))
        yield Scenario(
            f"rules-raw-notrack-{backend}", Expect("connected"), near="N04",
            faults=(("hostB", f"@iptables-{backend} -t raw -A PREROUTING -p "
                     f"tcp --dport 8080 -j CT --notrack && @iptables-{backend}"
                     " -t raw -A PREROUTING -i eth9 -j DROP"),))
    # Counted from when somebody counts: the rules stand first.
    held = (("hostB", "@any 8080"), ("hostC", "after:@B 8080 --hold @B 2"))
    yield Scenario(
        "rules-ct-count", row="N07", fix=True, service=held,
        expect=at_input(detail=("ct count over 2",)),
        faults=(nft("hostB", "input", "tcp dport 8080 tcp flags syn ct count "
                    "over 2 drop"),))
    yield Scenario(
        "rules-ct-count-not-reached", Expect("connected"), near="N07",
        service=held,
        faults=(nft("hostB", "input", "tcp dport 8080 tcp flags syn ct count "
                    "over 9 drop"),))
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"rules-connlimit-{backend}", row="N07", fix=True, service=held,
            expect=at_input(detail=("connlimit",)),
            faults=(("hostB", f"@iptables-{backend} -A INPUT -p tcp --syn "
                     "--dport 8080 -m connlimit --connlimit-above 2 "
                     "--connlimit-mask 0 -j DROP"),))
        yield Scenario(
            f"rules-connlimit-not-reached-{backend}", Expect("connected"),
            near="N07", service=held,
            faults=(("hostB", f"@iptables-{backend} -A INPUT -p tcp --syn "
                     "--dport 8080 -m connlimit --connlimit-above 9 "
                     "--connlimit-mask 0 -j DROP"),))


def resent():
    """What a rule drops now and then opens when it is sent again."""
    many = ("hostA", "hostB:8080", "--count", "12")

    for backend in ("nft", "legacy"):
        rule = (f"@iptables-{backend} -A INPUT -p tcp --dport 8080 --syn -m "
                "statistic --mode nth --every 3 --packet 0 -j DROP")
        yield Scenario(
            f"rules-every-third-{backend}", row="I10", argv=many,
            families=(4,), faults=(("hostB", rule),), fix=True,
            expect=Expect("intermittent-loss", "destination", "hostB", "input",
                          "syn", detail=("statistic",),
                          command=f"iptables-{backend} -t filter -I INPUT",
                          silent=("failed otherwise", "between the hosts")))
        for host, chain, port, packet in (
                ("hostB", "OUTPUT", "sport", "syn-ack"),
                ("hostA", "OUTPUT", "dport", "syn"),
                ("hostA", "INPUT", "sport", "syn-ack")):
            yield Scenario(
                f"rules-every-third-{host}-{chain.lower()}-{backend}",
                row="I10", argv=many, families=(4,), fix=True,
                faults=((host, f"@iptables-{backend} -A {chain} -p tcp --{port} "
                         "8080 --tcp-flags SYN SYN -m statistic --mode nth "
                         "--every 3 --packet 0 -j DROP"),),
                expect=place("intermittent-loss",
                             "source" if host == "hostA" else "destination",
                             chain.lower(), packet, confidence=FAIR,
                             detail=("statistic",),
                             command=f"iptables-{backend} -t filter -I {chain}",
                             silent=("failed otherwise",)))
        yield Scenario(
            f"rules-some-by-chance-{backend}", row="I10", argv=many,
            families=(4,), faults=(("hostB", rule.replace(
                "nth --every 3 --packet 0", "random --probability 0.5")),),
            expect=Expect(("intermittent-loss", "firewall-drop"), "destination",
                          "hostB", "input", "syn", detail=("statistic",),
                          silent=("failed otherwise",)))
        yield Scenario(
            f"rules-every-third-of-another-port-{backend}", Expect("connected"),
            near="I10", argv=many, families=(4,),
            faults=(("hostB", rule.replace("8080", "8081")),))
    # The same on the way: no host's own rule.
    yield Scenario(
        "rules-every-third-on-the-way", near="I10", argv=many, families=(4,),
        faults=(("R2", rule.replace("INPUT", "FORWARD")),),
        expect=Expect("intermittent-loss", "path", packet="syn", fixes=(0,),
                      silent=("itself dropped",)))


def limits():
    """I10: some attempts pass, the rest meet a limit; and limits not met."""
    many = ("hostA", "hostB:8080", "--count", "8")

    def some(*detail, **more):
        more.setdefault("confidence", SURE)
        return at_input("intermittent-loss", outcome="mixed",
                        detail=('"follows": "rate"', *detail), **more)

    over = "tcp dport 8080 tcp flags syn limit rate over 2/minute burst 3 " \
        "packets drop"
    up_to = "tcp dport 8080 limit rate 2/minute burst 3 packets accept"
    yield Scenario("rules-limit-over", some("limit rate over 2/minute"),
                   row="I10", argv=many, fix=True,
                   faults=(nft("hostB", "input", over),))
    yield Scenario("rules-limit-accept", some("limit rate 2/minute", "policy"),
                   row="I10", argv=many, fix=True,
                   faults=(nft("hostB", "input", "policy drop; " + HEARS
                               + "; " + up_to),))
    yield Scenario("rules-limit-not-reached", Expect("connected"),
                   near="I10", argv=many,
                   faults=(nft("hostB", "input",
                               over.replace("2/minute burst 3",
                                            "2/minute burst 30")),))
    for backend in ("nft", "legacy"):
        yield Scenario(
            f"rules-hashlimit-{backend}",
            some("hashlimit", "INPUT", confidence=FAIR), row="I10", argv=many,
            fix=True,
            faults=(("hostB", f"@iptables-{backend} -A INPUT -p tcp --syn "
                     "--dport 8080 -m hashlimit --hashlimit-above 2/min "
                     "--hashlimit-burst 3 --hashlimit-mode srcip "
                     "--hashlimit-name web -j DROP"),))
    yield Scenario(
        "rules-first-attempt-meets-limit", row="I10",
        expect=at_input(detail=("limit rate over 2/minute",)),
        faults=(nft("hostB", "input",
                    "tcp dport 8080 limit rate over 2/minute burst 1 packets "
                    "drop"),
                ("hostC", "python3 -S @here/knock.py @B 8080 --times 2 "
                 "--wait 1")))


def others():
    """Rules that change, and counters that others move, during the trace."""
    yield Scenario(
        "rules-legacy-count-of-others-too", row="I03",
        expect=at_input(confidence=FAIR, detail=(
            "iptables-legacy", "INPUT > web", "--comment \\\"no more\\\"")),
        faults=(("hostB", "@iptables-legacy -N web && @iptables-legacy -A "
                 "INPUT -p tcp --dport 8080 -g web && @iptables-legacy -A web "
                 "-m comment --comment 'no more' -j DROP && @iptables-legacy "
                 "-A INPUT -p tcp --dport 9090 -j DROP"),),
        background=(KNOCK,))
    yield Scenario(
        "rules-legacy-two-users", row="I03", fix=True,
        expect=at_input(detail=("-s @A",)),
        faults=(("hostB", "@iptables-legacy -A INPUT -s @C -p tcp --dport "
                 "8080 -j DROP && @iptables-legacy -A INPUT -s @A -p tcp "
                 "--dport 8080 -j DROP"),), background=(KNOCK,))
    yield Scenario(
        "rules-legacy-ban-of-others-beside-full-queue", near="I03",
        expect=place("accept-queue-full", "destination", "socket", "syn",
                     confidence=FAIR),
        service=(("hostB", "@any 8080 --backlog 0 --fill"),),
        faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport 8080 -m "
                 "recent --rcheck --name bad -j DROP && echo +@C > "
                 "/proc/net/xt_recent/bad"),), background=(KNOCK,))
    yield Scenario(
        "rules-changed-meanwhile-legacy", at_input(confidence=FAIR),
        row="I03",
        faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport 8080 "
                 "-j DROP"),),
        background=(("hostB", "sh:while :; do @iptables-legacy -I INPUT -p udp "
                     "-j ACCEPT; @iptables-legacy -D INPUT 1; done"),))
    yield from legacy_changes()
    yield Scenario(
        "rules-changed-meanwhile-nft", at_input(detail=("tcp dport 8080 drop",
                                                        "input > web")),
        row="I01 I06", fix=True,
        faults=(nft("hostB", "input", "tcp dport 8080 jump web",
                    more="  chain web { tcp dport 8080 drop; }\n"),
                ("hostB", "echo 'add table inet churn; delete table inet "
                 "churn' > /run/churn.nft")),
        background=(("hostB", "sh:while :; do nft -f /run/churn.nft; done"),))
    yield Scenario("rules-replaced-meanwhile", Expect("firewall-drop"),
                   run=replaced_meanwhile, row="I01", families=())


def legacy_changes():
    """Rules of iptables-legacy that come while attempts are made: whose kernel
    took the rest, and that they came."""
    changed = "changed during the trace (those of iptables-legacy)"

    for host, role, port, packet in (("hostB", "destination", "dport", "syn"),
                                     ("hostA", "source", "sport", "syn-ack")):
        chain = f"@iptables-legacy -A INPUT -p tcp --{port} "
        yield Scenario(
            f"rules-come-meanwhile-legacy-{host}", families=(4,), row="I03",
            fix=True, argv=("hostA", "hostB:8080", "--count", "20"),
            faults=((host, chain + "9 -j DROP"),),
            background=(at_trace(host, chain + "8080 -j DROP"),),
            expect=place(("intermittent-loss", "firewall-drop"), role, "input",
                         packet, confidence=FAIR, says=(changed, host),
                         command=f"--{port} 8080"))
    yield Scenario(
        "rules-come-meanwhile-legacy-other-family", families=(4,), near="I03",
        argv=("hostA", "hostB:8080", "--count", "10"),
        faults=(("hostB", "@iptables-nft -A INPUT -p tcp --dport 8080 -j "
                 "DROP && ip6tables-legacy -A INPUT -p tcp --dport 9 -j DROP"),),
        background=(at_trace("hostB", "ip6tables-legacy -A INPUT -p tcp "
                             "--dport 8080 -j DROP"),),
        expect=at_input(silent=(changed,)))


def at_trace(host, command):
    """Half a second after the capture stands."""
    return (host, "sh:until [ $(wc -l < /proc/net/packet) -gt 1 ]; do sleep "
            f"0.05; done; sleep 0.5; {command}")


def replaced_meanwhile(lab):
    """A firewall that loads its rules anew, again and again: the rule that
    stopped the packet may be gone when its words are asked for."""
    words = "type filter hook input priority 0; tcp dport 8080 drop;"
    lab["hostB"].shell("cat > /run/load.nft <<'EOF'\nadd table inet fw\nflush "
                       "table inet fw\ntable inet fw { chain input { "
                       f"{words} }}; }}\nEOF\nnft -f /run/load.nft")
    loader = lab["hostB"].start(["sh", "-c", "while :; do nft -f "
                                 "/run/load.nft; done"], "loader")
    try:
        for _ in range(4):
            status, report, text = lab.trace(("hostA", "hostB:8080", "-4"))
            if report is None:
                return [f"no report: {text[:300]}"]
            verdict = report["verdict"]
            if status != 1 or verdict["cause"] != "firewall-drop" \
                    or verdict["detail"].get("chain") != "input" \
                    or verdict["detail"].get("rule", "tcp dport 8080 drop") \
                    != "tcp dport 8080 drop":
                return [f"{verdict['cause']}: {verdict['summary']}"]
    finally:
        loader.kill()
    return []


def forwards():
    """What the host passes on to a container, translated."""
    def at_forward(*detail):
        return place("firewall-drop", "destination", "forward", "syn",
                     detail=detail)

    for name, command, detail in (
            ("legacy-policy", "iptables-legacy -P FORWARD DROP",
             ("iptables-legacy", "policy")),
            ("legacy", "iptables-legacy -N box && iptables-legacy -A FORWARD "
             "-o br0 -j box && iptables-legacy -A box -p tcp --dport 80 -j "
             "DROP", ("iptables-legacy", "FORWARD > box")),
            ("nft-policy", "nft 'table inet fw { chain forward { type filter "
             "hook forward priority 0; policy drop; }; }'",
             ("inet fw", "policy"))):
        yield Scenario(
            f"rules-forward-{name}", at_forward(*detail), row="N11",
            fix=True, families=(4,), service=INSIDE,
            faults=(BOX, PUBLISH, ("hostB", command)))
    yield Scenario(
        "rules-forward-legacy-others", Expect("connected"), near="N11",
        families=(4,), service=INSIDE,
        faults=(BOX, PUBLISH, ("hostB", "iptables-legacy -A FORWARD -s "
                               "192.0.2.30 -j DROP")))


def sizes():
    """Many rules, large sets; and a host that forbids the rule trace."""
    many = ("i=0; while [ $i -lt @many ]; do echo \"tcp dport $((9000 + i %% "
            "900)) counter drop\"; i=$((i + 1)); done; ")
    yield Scenario(
        "rules-3000-before-it", row="I01", fix=True, families=(4,),
        expect=at_input(detail=("tcp dport 8080 drop",)), budget_ms=2000,
        faults=(("hostB", "{ echo 'table inet fw { chain input { type filter "
                 "hook input priority 0;'; " + many.replace("@many", "3000")
                 .replace("%%", "%") + "echo 'tcp dport 8080 drop; }; }'; } | "
                 "nft -f -"),))
    yield Scenario(
        "rules-set-of-20000", row="I07", fix=True, families=(4,),
        expect=at_input(detail=("element @A of the set banned",)),
        budget_ms=2000,
        faults=(("hostB", "{ echo 'table inet fw { set banned { type "
                 "ipv4_addr; elements = { @A'; i=0; while [ $i -lt 20000 ]; do "
                 "echo \",10.$((i / 65536)).$((i / 256 % 256)).$((i % 256))\";"
                 " i=$((i + 1)); done; echo '}; }; chain input { type filter "
                 "hook input priority 0; ip saddr @banned tcp dport 8080 drop; "
                 "}; }'; } | nft -f -"),))
    yield Scenario("rules-entry-taken-out", Expect("firewall-drop"), row="I07",
                   run=entry_taken_out, families=())
    yield Scenario("rules-trace-forbidden", Expect("firewall-drop"),
                   run=trace_forbidden, families=())


def entry_taken_out(lab):
    """The second fix takes the entry out of the set, and mends it as well."""
    start_service(lab, 0, "hostB", "0.0.0.0 8080")
    for fault, word in (
            ("nft 'table inet fw { set bad { type ipv4_addr; flags interval; "
             "elements = { 192.0.2.0/24 }; }; map ports { type inet_service : "
             "verdict; elements = { 8080 : drop }; }; chain input { type "
             "filter hook input priority 0; tcp dport 8080 ip saddr @bad drop; "
             "}; }'", "nft delete element"),
            ("nft 'flush chain inet fw input; add rule inet fw input tcp dport "
             "vmap @ports'", "nft delete element"),
            ("ipset create jail hash:net && ipset add jail 192.0.2.0/24 && "
             "iptables-nft -A INPUT -m set --match-set jail src -j DROP",
             "ipset del")):
        lab["hostB"].shell(fault)
        _, report, text = lab.trace(("hostA", "hostB:8080", "-4"))
        fixes = [fix["command"] for fix in (report or {}).get("fixes", [])
                 if word in fix["command"]]
        if len(fixes) != 1:
            return [f"no fix with {word!r}: {text[:300]}"]
        lab["hostB"].shell(fixes[0])
        status, report, text = lab.trace(("hostA", "hostB:8080", "-4"))
        if status != 0:
            return [f"after {fixes[0]}: {text[:300]}"]
    return []


def trace_forbidden(lab):
    """Without the rule trace nobody can say which rule it was: likely at the
    most, and the report says what was not looked at."""
    lab.stop_agent("hostB")
    lab.wait_gone("hostB")
    lab["hostB"].shell("printf '[observe]\\nrule_trace = no\\n' > "
                       "/run/agent.conf && "
                       "nft 'table inet fw { chain input { type filter hook "
                       "input priority 0; tcp dport 8080 drop; }; }'")
    lab.agents["hostB"] = lab["hostB"].start(
        ["probe-agent", "run", "--policy", "/run/agent.conf"], "agent")
    lab.wait_connected(["hostB"])
    status, report, text = lab.trace(("hostA", "hostB:8080", "-4"))
    if report is None:
        return [f"no report: {text[:300]}"]
    verdict = report["verdict"]
    problems = []
    if status != 1 or verdict["cause"] != "firewall-drop" \
            or verdict["confidence"] != "likely":
        problems.append(f"{verdict['cause']} ({verdict['confidence']}): "
                        f"{verdict['summary']}")
    if not any("forbidden" in limit for limit in report.get("limits", [])):
        problems.append("no limit says that the rule trace is forbidden")
    return problems


SCENARIOS = [*matches(), *resent(), *limits(), *others(), *forwards(), *sizes()]
