"""Faults that only the application's own connection meets: its user, its
network namespace, its source port, its device."""
from daemons import AGENT_STATE, SANITIZERS
from programs import start_service
from scenario import FAIR, SURE, WEAK, Expect, Scenario
from scenarios.routing import hosts_without
from wait import wait_until

# A namespace "app" behind the bridge br0, translated on its way out of hostA.
APP = ("hostA", "sysctl -qw net.ipv4.ip_forward=1 && "
       "sysctl -qw net.ipv6.conf.all.forwarding=1 && ip netns add app && "
       "ip link add br0 type bridge && ip link set br0 up && "
       "ip addr add 203.0.113.65/28 dev br0 && "
       "ip addr add 2001:db8:d::1/64 dev br0 nodad && "
       "ip link add app0 type veth peer name eth0 netns app && "
       "ip link set app0 master br0 up && "
       "ip -n app link set lo up && ip -n app link set eth0 up && "
       "ip -n app addr add 203.0.113.66/28 dev eth0 && "
       "ip -n app addr add 2001:db8:d::2/64 dev eth0 nodad && "
       "ip -n app route add default via 203.0.113.65 && "
       "ip -n app route add default via 2001:db8:d::1 && "
       "nft 'table inet nat { chain post { type nat hook postrouting "
       "priority srcnat; oifname \"eth0\" masquerade; }; }'")
INSIDE = ("hostA", "hostB:8080", "--in", "app")
AS_USER = ("hostA", "hostB:8080", "--as-user", "www-data")


REDIRECT = "-t nat -A OUTPUT -p tcp --dport 8080 -j REDIRECT --to-ports"
NFT_REDIRECT = ("nft 'table inet nat { chain out { type nat hook output "
                "priority -100; tcp dport 8080 redirect to :15001; }; }'")


def inside_legacy():
    """The host passes it on through rules of iptables-legacy."""
    for name, rule, packet, words in (
            ("rule", "-A FORWARD -p tcp --dport 8080 -j DROP", "syn",
             "--dport 8080"),
            ("policy", "-P FORWARD DROP", "syn", "policy"),
            ("answer", "-A FORWARD -p tcp --sport 8080 -j DROP", "syn-ack",
             "--sport 8080")):
        yield Scenario(
            f"inside-host-forward-legacy-{name}", row="S08", argv=INSIDE,
            fix=True, faults=(APP, ("hostA", f"@iptables-legacy {rule}")),
            expect=Expect("firewall-drop", "source", "hostA", "forward", packet,
                          confidence=FAIR, namespace="host", detail=(words,),
                          command="tables-legacy -t filter -I FORWARD"))
    yield Scenario(
        "inside-host-forward-legacy-of-others", near="S08", argv=INSIDE,
        faults=(APP, ("hostA", "@iptables-legacy -A FORWARD -p tcp --dport 8081 "
                      "-j DROP && @iptables-legacy -P INPUT DROP && "
                      "@iptables-legacy -A INPUT -i mgmt0 -j ACCEPT && "
                      "@iptables-legacy -A INPUT -p @l4icmp -j ACCEPT")),
        expect=Expect("connected"))


def inside_untranslated():
    """Nobody on the way knows the container's own address."""
    plain = ("hostA", APP[1].replace("masquerade", "counter"))
    yield Scenario(
        "inside-untranslated", row="S08", argv=INSIDE, fix=True,
        expect=Expect("unreachable-on-path", "path", packet="syn-ack",
                      detail=("the address of app itself",),
                      command="-t nat -A POSTROUTING -s"), faults=(plain,))
    yield Scenario(
        "inside-routed-and-untranslated", near="S08", argv=INSIDE,
        faults=(plain, ("R1", "ip route add 203.0.113.64/28 via 192.0.2.10; ip -6 "
                        "route add 2001:db8:d::/64 via 2001:db8:a::10"),
                ("R2", "ip route add 203.0.113.64/28 via 203.0.113.1; ip -6 "
                 "route add 2001:db8:d::/64 via 2001:db8:c::1")),
        expect=Expect("connected"))


def inside_policy():
    """What hostA passes on goes both ways: one fix lets both in."""
    policy = "@iptables-nft -P FORWARD DROP"
    there = policy + " && @iptables-nft -A FORWARD -p tcp --dport 8080 -j ACCEPT"
    back = (" && @iptables-nft -A FORWARD -m conntrack --ctstate ESTABLISHED "
            "-j ACCEPT")
    more = dict(row="S08", argv=INSIDE, families=(4,), fix=True)
    yield Scenario("inside-forward-policy", faults=(APP, ("hostA", policy)),
                   expect=at_source("firewall-drop", "forward",
                                    confidence=SURE, namespace="host",
                                    command="--ctorigsrc 203.0.113.66"), **more)
    yield Scenario("inside-forward-policy-of-answers",
                   faults=(APP, ("hostA", there)),
                   expect=Expect("firewall-drop", "source", "hostA", "forward",
                                 "syn-ack", SURE, namespace="host",
                                 silent=("has no entry for the SYN",)), **more)
    yield Scenario("inside-forward-policy-but-for-it", Expect("connected"),
                   near="S08", argv=INSIDE, families=(4,),
                   faults=(APP, ("hostA", there + back)))


# A container of the real Docker, whose one program does nothing.
DOCKER = ("hostA", "sysctl -qw net.ipv4.ip_forward=1 && "
          "python3 -IS @here/front_ends.py dockerd && mkdir /run/image && "
          "echo 'int pause(void); int main(void) { for (;;) pause(); }' | "
          "gcc -static -o /run/image/pause -x c - && "
          "tar -C /run/image -c . | docker import - box && "
          "docker run -d --name web box /pause")
IN_WEB = "nsenter -t $(docker inspect -f '{{.State.Pid}}' web) -n"


def drop_in(family, chain, hook, rule, where=""):
    """An nft rule on hostA, in its own network or in another."""
    return ("hostA", f"{where} nft 'table {family} fw {{ chain {chain} {{ "
            f"type filter hook {hook} priority 0; {rule} drop; }}; }}'")


def redirected(target):
    """hostA translates its own SYN."""
    return ("hostA", "nft 'table inet nat { chain out { type nat hook output "
            f"priority -100; tcp dport 8080 dnat @l3 to {target}; }}; }}'")


R1_DROPS = ("R1", "nft 'table inet fw { chain f { type filter hook forward "
            "priority 0; tcp dport 8080 drop; }; }'")
R1_DROPS_V6 = ("R1", R1_DROPS[1].replace("inet", "ip6"))


def owner(tool, user):
    return ("hostA", f"{tool} -A OUTPUT -p tcp --dport 8080 -m owner "
            f"--uid-owner {user} -j DROP")


def at_source(cause, stage, **more):
    return Expect(cause, "source", "hostA", stage, "syn", **more)


def refusals(lab):
    """What the host does not have, or its owner does not allow."""
    policy = "/run/agent.conf"
    cases = [
        (("--as-user", "nobody-of-that-name"), "there is no user", ""),
        (("--in", "nowhere"), "no network namespace", ""),
        (("--in", "pid:1"), "leave out --in", ""),
        (("--device", "eth9"), "there is no device eth9", ""),
        (("--as-user", "www-data"), "(users)",
         "[probe]\nusers = daemon 1001\n"),
        (("--as-user", "www-data"), "(users)", "[probe]\nusers = none\n"),
        (("--in", "app"), "(containers)", "[observe]\ncontainers = no\n"),
    ]
    host = lab["hostA"]
    lab.stop_agent("hostA")
    lab.agents["hostA"] = host.start(
        ["probe-agent", "run", "--state-dir", AGENT_STATE, "--policy", policy],
        "agent", SANITIZERS)
    lab.wait_connected(["hostA"])
    wrong = []
    for options, words, rules in cases:
        host.shell(f"printf '{rules}' > {policy}")
        result = lab.probectl("trace", "hostA", "hostB:8080", *options)
        if result.returncode != 3 or words not in result.stderr:
            wrong.append(f"{options}: {result.returncode} {result.stderr}")
    return wrong


def owner_noted(lab):
    """A rule for somebody else is no cause, but worth a word."""
    host, wrong = lab["hostA"], []
    for port, noted in ((8080, True), (8081, False)):
        for tool in ("nft", "iptables-legacy"):
            host.shell("nft flush ruleset; iptables-legacy -F")
            host.shell(drop_in("inet", "out", "output", "meta skuid 33 tcp "
                               f"dport {port}")[1] if tool == "nft" else
                       f"iptables-legacy -A OUTPUT -p tcp --dport {port} -m "
                       "owner --uid-owner 33 -j DROP")
            _, report, text = lab.trace(["hostA", "hostB:8080", "-4"])
            limits = [limit for limit in (report or {}).get("limits", ())
                      if "--as-user" in limit]
            if bool(limits) != noted:
                wrong.append(f"{tool} {port}: {limits} {text[:200]}")
    return wrong


# An application's connection to hostB, ended by itself: a TIME-WAIT.
ENDED = """
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 41001))
s.connect(("198.51.100.10", 8080))
s.shutdown(socket.SHUT_WR)
while s.recv(4096):
    pass
"""


def old_socket_told(lab):
    """The probe's packets may not be known by then: why, and what to do."""
    start_service(lab, 0, "hostB", "0.0.0.0 8080")
    wait_until(lambda: lab["hostB"].listens(8080), "the service", 5)
    lab["hostA"].run(["python3", "-IS", "-c", ENDED])
    wrong = []
    for port, told in (("41001", True), ("41002", False)):
        status, report, text = lab.trace(["hostA", "hostB:8080",
                                          "--from-port", port, "-4"])
        limits = [limit for limit in (report or {}).get("limits", ())
                  if "another connection holds port" in limit]
        if bool(limits) != told or (status != 0 and not told):
            wrong.append(f"{port}: {status} {limits} {text[:300]}")
    return wrong


SCENARIOS = [
    # F05: a rule for the application's user
    Scenario("owner-rule-nft", row="F05", argv=AS_USER, fix=True,
             expect=at_source("firewall-drop", "output", confidence=SURE,
                              detail=("skuid",)),
             faults=(drop_in("inet", "out", "output",
                             "meta skuid 33 tcp dport 8080"),)),
    Scenario("owner-rule-iptables-nft", row="F05", argv=AS_USER, fix=True,
             expect=at_source("firewall-drop", "output", confidence=SURE,
                              detail=("--uid-owner",)),
             faults=(owner("@iptables-nft", 33),)),
    Scenario("owner-rule-iptables-legacy", row="F05", fix=True,
             argv=("hostA", "hostB:8080", "--as-user", "33"),
             expect=at_source("firewall-drop", "output", confidence=FAIR,
                              detail=("--uid-owner",)),
             faults=(owner("@iptables-legacy", 33),)),
    Scenario("owner-rule-group", row="F05", argv=AS_USER, fix=True,
             expect=at_source("firewall-drop", "output", confidence=SURE,
                              detail=("skgid",)),
             faults=(drop_in("inet", "out", "output",
                             "meta skgid 33 tcp dport 8080"),)),
    # rules of routing that ask for the user
    *(Scenario(f"route-rejected-for-user-{action}", row="R02 R04", argv=AS_USER,
               expect=at_source("route-rejects", "output",
                                detail=(action, "uidrange")),
               faults=(("hostA", f"@ip rule add pref 77 uidrange 33-33 "
                        f"{action}"),), fix=True)
      for action in ("prohibit", "unreachable", "blackhole")),
    Scenario("route-for-user-dead-gateway", row="R04", argv=AS_USER,
             expect=Expect("neighbour-unresolved", "source", "hostA",
                           packet="syn"),
             faults=(("hostA", "@ip route add default via @absentA dev eth0 "
                      "table 70 && @ip rule add uidrange 33-33 lookup 70"),)),
    Scenario("route-rejected-for-another-user", near="R02 R04", argv=AS_USER,
             expect=Expect("connected"),
             faults=(("hostA", "@ip rule add uidrange 34-34 prohibit"),)),
    Scenario("owner-rule-asked-as-root", near="F05",
             expect=Expect("connected"),
             faults=(drop_in("inet", "out", "output",
                             "meta skuid 33 tcp dport 8080"),)),
    Scenario("owner-rule-for-another-user", near="F05", argv=AS_USER,
             expect=Expect("connected"),
             faults=(drop_in("inet", "out", "output",
                             "meta skuid 34 tcp dport 8080"),)),

    # S08: the application lives in another network namespace
    Scenario("inside-connected", near="S08", argv=INSIDE, faults=(APP,),
             expect=Expect("connected", confidence=SURE)),
    Scenario("inside-rule-in-there", row="S08", argv=INSIDE, fix=True,
             expect=at_source("firewall-drop", "output", confidence=SURE,
                              namespace="app"),
             faults=(APP, drop_in("inet", "out", "output", "tcp dport 8080",
                                  "ip netns exec app"))),
    # The file is the host's own, whatever namespace reads it.
    Scenario("inside-name-resolves-elsewhere", row="S08", argv=INSIDE,
             fix=True, expect=at_source("name-resolves-elsewhere", "socket",
                                        confidence=WEAK, detail=("@absentB",),
                                        command="hosts=$(sed '"),
             faults=(APP,),
             hosts_files=(("hostA", hosts_without("@absentB hostB")),)),
    Scenario("inside-rule-asked-outside", near="S08",
             expect=Expect("connected"),
             faults=(APP, drop_in("inet", "out", "output", "tcp dport 8080",
                                  "ip netns exec app"))),
    Scenario("inside-user-in-there", row="S08 F05",
             argv=INSIDE + ("--as-user", "www-data"), fix=True,
             expect=at_source("firewall-drop", "output", confidence=SURE,
                              namespace="app", detail=("skuid",)),
             faults=(APP, drop_in("inet", "out", "output",
                                  "meta skuid 33 tcp dport 8080",
                                  "ip netns exec app"))),
    Scenario("inside-host-forward-drop", row="S08", argv=INSIDE, fix=True,
             expect=at_source("firewall-drop", "forward", confidence=SURE,
                              namespace="host"),
             faults=(APP, drop_in("inet", "pass", "forward",
                                  "tcp dport 8080"))),
    Scenario("inside-forwarding-off", row="S08", argv=INSIDE, fix=True,
             expect=at_source("forwarding-disabled", "prerouting",
                              confidence=SURE, namespace="host"),
             faults=(APP, ("hostA", "sysctl -qw net.ipv4.ip_forward=0 && "
                           "sysctl -qw net.ipv6.conf.all.forwarding=0"))),
    *(Scenario(f"inside-{kind}", row="S08", argv=INSIDE,
               expect=at_source("route-rejects", "forward", confidence=SURE,
                                namespace="host"),
               faults=(APP, ("hostA", f"@ip route add {kind} @B")))
      for kind in ("prohibit", "unreachable", "blackhole")),
    Scenario("inside-throw", near="S08", argv=INSIDE,
             expect=at_source("no-route", "forward", namespace="host"),
             faults=(APP, ("hostA", "@ip route add throw @B"))),
    # The kernel's drop tells it from no route by nothing.
    Scenario("inside-rule-unreachable", row="S08", argv=INSIDE,
             expect=Expect(("no-route", "route-rejects"), "source", "hostA",
                           "forward", "syn", ("likely",), namespace="host"),
             faults=(APP, ("hostA", "@ip rule add pref 90 to @B unreachable"))),
    Scenario("inside-no-route", row="S08", argv=INSIDE,
             expect=at_source("no-route", "output", confidence=SURE,
                              namespace="app"),
             faults=(APP, ("hostA", "@ip -n app route del default"))),
    Scenario("inside-answer-dropped-outside", row="S08", argv=INSIDE,
             expect=Expect("firewall-drop", "source", "hostA", "forward",
                           "syn-ack", confidence=SURE, namespace="host"),
             faults=(APP, drop_in("inet", "pass", "forward",
                                  "tcp sport 8080"))),
    *inside_policy(),
    *inside_legacy(),
    *inside_untranslated(),
    Scenario("inside-lost-on-path", near="S08", argv=INSIDE, faults=(
        APP, R1_DROPS),
             expect=Expect(("port-filtered-on-path", "lost-on-path"), "path",
                           None, "path", "syn",
                           steps=(("captures", "bad", "SYN out on eth0"),))),
    Scenario("inside-docker-container", row="S08", fix=True, families=(4,),
             argv=("hostA", "hostB:8080", "--in", "web"),
             expect=at_source("firewall-drop", "output", confidence=SURE,
                              namespace="web"),
             faults=(DOCKER, drop_in("ip", "out", "output", "tcp dport 8080",
                                     IN_WEB))),
    Scenario("inside-docker-connected", Expect("connected"), near="S08",
             families=(4,), argv=("hostA", "hostB:8080", "--in", "web"),
             faults=(DOCKER,)),

    # S08: the socket is bound to a device that does not lead there
    Scenario("device-leads-nowhere", row="S08",
             argv=("hostA", "hostB:8080", "--device", "spare0"),
             expect=Expect("route-elsewhere", "source", "hostA", packet="syn",
                           detail=("spare0", "eth0")),
             faults=(("hostA", "ip link add spare0 type veth peer name spare1 "
                      "&& ip link set spare0 up && ip link set spare1 up"),)),
    Scenario("device-is-loopback", row="S08",
             argv=("hostA", "hostB:8080", "--device", "lo"),
             expect=Expect("route-elsewhere", "source", "hostA", packet="syn",
                           detail=("leave out --device", "eth0"))),
    Scenario("device-of-the-route", Expect("connected"), near="S08",
             argv=("hostA", "hostB:8080", "--device", "eth0")),

    # S09, S10: the host's own rules send it to a local proxy
    *(Scenario(f"redirect-{tool}-dead-proxy", row="S09", fix=True,
               expect=at_source("redirected-at-source", "output",
                                confidence=SURE, outcome="refused",
                                detail=("15001", "nothing listens")),
               faults=(("hostA", command),))
      for tool, command in (
          ("nft", NFT_REDIRECT),
          ("iptables-nft", f"@iptables-nft {REDIRECT} 15001"),
          ("iptables-legacy", f"@iptables-legacy {REDIRECT} 15001"))),
    Scenario("redirect-to-another-host", row="S09", fix=True,
             expect=at_source("redirected-at-source", "output",
                              confidence=SURE, outcome="refused"),
             faults=(redirected("@C"),)),
    Scenario("redirect-to-nobody", row="S09", fix=True,
             expect=at_source("redirected-at-source", "output",
                              detail=("dnat",)),
             faults=(redirected("@absentA"),)),
    *(Scenario(f"redirect-to-{name}-port-of-destination", row="S09", fix=True,
               expect=at_source("redirected-at-source", "output",
                                detail=("python", "9999")),
               faults=(("hostA", "nft 'table inet nat { chain out { type "
                        f"{hook} hook output priority -100; tcp dport 8080 "
                        f"{what}; }}; }}'"),), families=(4,))
      for name, hook, what in (
          ("another", "nat", "dnat ip to @B:9999"),
          ("rewritten", "filter", "tcp dport set 9999 accept"))),
    Scenario("redirect-to-living-proxy", row="S10", fix=True,
             service=(("hostB", "@any 8080"), ("hostA", "@any 15001")),
             expect=Expect("answered-by-other", "source", "hostA", "output",
                           "syn", confidence=SURE, outcome="connected",
                           detail=("15001", "python", "never left")),
             faults=(("hostA", NFT_REDIRECT),)),
    Scenario("redirect-to-another-service", row="S10", fix=True,
             service=(("hostB", "@any 8080"), ("hostC", "@any 8080")),
             expect=Expect("answered-by-other", "source", "hostA", "output",
                           "syn", confidence=SURE, outcome="connected"),
             faults=(redirected("@C"),)),
    Scenario("redirect-of-another-port", Expect("connected"), near="S09 S10",
             faults=(("hostA", f"@iptables-nft {REDIRECT} 15001 && "
                      "@iptables-nft -t nat -R OUTPUT 1 -p tcp --dport 8081 "
                      "-j REDIRECT --to-ports 15001"),)),
    Scenario("redirect-that-only-logs", Expect("connected"), near="S09",
             faults=(("hostA", "nft 'table inet nat { chain out { type nat "
                      "hook output priority -100; tcp dport 8080 counter "
                      "comment \"redirect to 15001\"; }; }'"),)),
    Scenario("redirect-to-its-other-address", Expect("connected"),
             near="S09",
             faults=(("hostB", "@ip addr add @other/@mask dev eth0 nodad"),
                     redirected("@other"))),
    Scenario("redirect-to-its-other-address-lost",
             Expect("port-filtered-on-path", "path", None, "path", "syn"),
             near="S09",
             faults=(("hostB", "@ip addr add @other/@mask dev eth0 nodad"),
                     R1_DROPS, redirected("@other"))),
    Scenario("redirect-to-whom-it-should-reach",
             Expect("lost-on-path", "path", None, "path", "syn"), near="S09",
             families=(6,), argv=("hostA", "[@absentA]:8080", "--to", "hostB"),
             faults=(R1_DROPS, redirected("@B"))),
    Scenario("redirect-beside-a-dead-service",
             Expect("not-listening", "destination", "hostB", "socket", "syn"),
             near="S09", service=(),
             faults=(("hostA", "nft 'table inet nat { chain out { type nat "
                      "hook output priority -100; tcp dport 8081 "
                      "redirect to :15001; }; }'"),)),

    # S02: the name's IPv6 address comes first, and leads nowhere; without -6 an
    # application goes on (names.py)
    Scenario("name-ipv6-first-and-dead", families=(),
             service=(("hostB", ":: 8080"),),
             argv=("hostA", "hostB:8080", "-6"),
             expect=Expect("port-filtered-on-path", "path", packet="syn"),
             faults=(R1_DROPS_V6,)),
    Scenario("name-ipv6-first-asked-for-ipv4", Expect("connected"),
             near="S02", families=(), service=(("hostB", ":: 8080"),), argv=("hostA", "hostB:8080", "-4"),
             faults=(R1_DROPS_V6,)),

    # S04: a source address that the host does not have
    Scenario("source-address-not-there", row="S04",
             argv=("hostA", "hostB:8080", "--from", "@absentA"),
             expect=at_source("source-address-unavailable", "socket",
                              confidence=SURE, detail=("@absentA",))),
    Scenario("source-address-of-its-own", Expect("connected"), near="S04",
             argv=("hostA", "hostB:8080", "--from", "@absentA"),
             faults=(("hostA", "@ip addr add @absentA/@mask dev eth0 "
                      "nodad"),)),

    # S03: who holds the ports
    Scenario("source-port-taken", row="S03",
             argv=("hostA", "hostB:8080", "--from-port", "40000"),
             expect=at_source("source-ports-exhausted", "socket",
                              confidence=SURE, detail=("python", "40000")),
             service=(("hostB", "@any 8080"), ("hostA", "@any 40000"))),
    Scenario("source-port-free", Expect("connected"), near="S03",
             argv=("hostA", "hostB:8080", "--from-port", "40000"),
             service=(("hostB", "@any 8080"), ("hostA", "@any 40001"))),
    # Other ports' sockets towards the peer are not counted.
    Scenario("source-ports-exhausted-beside-older-ones", near="S03",
             families=(4,), expect=at_source(
                 "source-ports-exhausted", "socket", confidence=SURE,
                 detail=("2 sockets hold those from 40100 to 40101",),
                 silent=("TIME_WAIT",)),
             faults=(("hostA", "for i in 1 2 3; do timeout 1 bash -c "
                      "'</dev/tcp/@B/8080'; done; sysctl -qw "
                      "net.ipv4.ip_local_port_range='40100 40101'"),),
             service=(("hostB", "@any 8080"),
                      ("hostA", "after:@B 8080 --hold @B 2"))),
    # Trace, mend, trace again: nothing of the first is in the second's way.
    Scenario("source-port-used-again", Expect("connected"), near="S03",
             argv=("hostA", "hostB:8080", "--from-port", "41000"), traces=3),
    Scenario("source-port-in-time-wait", Expect("-"), families=(),
             run=old_socket_told, near="S03"),
    Scenario("owner-rule-noted", Expect("-"), families=(), run=owner_noted,
             near="F05"),
    Scenario("manner-refused", Expect("-"), families=(), run=refusals),
]
