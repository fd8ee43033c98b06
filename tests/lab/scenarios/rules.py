"""The rules of a host, row by row: every hook, set, limit and order of chains,
and what looks the same and must not be blamed."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.container import BOX, INSIDE, PUBLISH
from scenarios.firewall import ESSENTIAL, nft, place

HEARS = 'ct state established,related accept; ' + ESSENTIAL
OTHER_HOST = "@l3 saddr @C tcp dport 8080 drop"


def at_source(packet="syn", cause="firewall-drop", stage="output", **more):
    return place(cause, "source", stage, packet, **more)


def at_input(cause="firewall-drop", **more):
    return place(cause, "destination", "input", "syn", **more)


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
        background=(("hostA", "sh:while :; do timeout 0.05 bash -c "
                     "': < /dev/tcp/@B/8081' 2> /dev/null; done"),))
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


KNOCK = ("hostC", "sh:while :; do timeout 0.03 bash -c ': < /dev/tcp/@B/8080' "
         "2> /dev/null; done")


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
                ("hostC", "timeout 1 bash -c ': < /dev/tcp/@B/8080' || :"),
                ("hostC", "timeout 1 bash -c ': < /dev/tcp/@B/8080' || :")))


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
    yield Scenario("rules-trace-forbidden", Expect("firewall-drop"),
                   run=trace_forbidden, families=())


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


SCENARIOS = [*sources(), *chains(), *answers(), *matches(), *limits(),
             *others(), *families(), *bridges(), *forwards(), *sizes()]
