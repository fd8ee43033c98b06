"""Objects of the hosts whose names a shell, nft or a terminal would take for
something else: the report names them, and what it tells to type works.

Each name is as bad as the kernel, or the program that owns it, lets it be.
"""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.arrival import CALL_A
from scenarios.firewall import at_input, nft
from scenarios.listener_queue import at_socket
from scenarios.programs import GROUP, TIGHT, at_arrival, at_source
from scenarios.services import SERVE, WEB, at_port, listening, systemd
from scenarios.ways import ASK_ANEW, C_SERVICE


def quoted(name):
    return "'" + name.replace("'", "'\\''") + "'"


def renamed(host, name):
    """The host's eth0 under this name, with its routes."""
    word = quoted(name)
    return (host, "ip -4 route save > /run/routes && ip link set dev eth0 down && "
            f"ip link set dev eth0 name {word} && ip link set dev {word} up && "
            "ip -4 route restore < /run/routes")


def device_down(name, **more):
    return dict(expect=Expect("link-down", "destination", "hostA",
                              detail=(name,), **more),
                faults=(renamed("hostA", name),
                        ("hostA", f"ip link set dev {quoted(name)} down")),
                before_fix=(("hostC", "@ip neigh del @A dev eth0 || :"),),
                families=(4,), **CALL_A)


def starting(name, words):
    """The service stands under this name of its process, in a group of this
    name below the host's own."""
    return (("hostB", f"ln -s /usr/bin/python3 \"$(printf '/run/{name}')\" && "
             f"mkdir -p {GROUP}/'{GROUP_NAME}' && "
             "cat > /run/start <<'EOF'\n"
             f"echo $$ > {GROUP}/'{GROUP_NAME}'/cgroup.procs\n"
             f"exec \"$(printf '/run/{name}')\" -S {words}\nEOF"),)


GROUP_NAME = "web;id $(id) `id`"
START = (("hostB", "held:sh /run/start"),)

DEVICES = [
    Scenario("hostile-device-down", fix=True,
             **device_down("e;id|id>x", command="dev 'e;id|id>x' up")),
    Scenario("hostile-device-with-quotes-down", fix=True,
             **device_down("e'$(id)\"`", command="dev 'e'\\''$(id)\"`' up")),
    # ip(8) would take it for an option: no command.
    Scenario("hostile-device-like-an-option-down",
             **device_down("-all", fixes=(0,))),
    # What it shows is not what is typed.
    Scenario("hostile-device-turned-around-down",
             **(device_down("e\u202eid", fixes=(0,))
                | {"expect": Expect("link-down", "destination", "hostA",
                                    detail=("e\\u{202e}id",), fixes=(0,))})),
    Scenario("hostile-device-arp-ignore", families=(4,), fix=True,
             expect=Expect("arp-not-answered", "destination", "hostC",
                           packet="syn", detail=("arp_ignore", "8"),
                           command="'net.ipv4.conf.e$(id)/7.arp_ignore'=0"),
             faults=(renamed("hostC", "e$(id).7"),
                     ("hostC", "echo 8 > '/proc/sys/net/ipv4/conf/e$(id).7/"
                      "arp_ignore'")),
             before_fix=ASK_ANEW, **C_SERVICE),
    Scenario("arp-ignore-of-a-device-with-a-dot", families=(4,), fix=True,
             row="D10",
             expect=Expect("arp-not-answered", "destination", "hostC",
                           packet="syn", detail=("arp_ignore", "8"),
                           command="net.ipv4.conf.eth0/100.arp_ignore=0"),
             faults=(renamed("hostC", "eth0.100"),
                     ("hostC", "sysctl -qw net.ipv4.conf.eth0/100."
                      "arp_ignore=8")),
             before_fix=ASK_ANEW, **C_SERVICE),
    Scenario("hostile-device-qdisc", families=(4,), fix=True,
             expect=at_source("qdisc-drop", detail=("tbf", "e&id#*"),
                              command="tc qdisc del dev 'e&id#*' root"),
             faults=(renamed("hostA", "e&id#*"),
                     ("hostA", f"tc qdisc add dev 'e&id#*' root {TIGHT}"))),
    Scenario("hostile-device-xdp", families=(4,), fix=True,
             expect=at_arrival("xdp-drop", detail=("lab_xdp", "e~\\id"),
                               command="ip link set dev 'e~\\id' xdpgeneric"),
             faults=(renamed("hostB", "e~\\id"),
                     ("hostB", "@here/bpf/load 8080 && ip link set dev "
                      "'e~\\id' xdpgeneric pinned /run/bpf/8080/lab_xdp"))),
    Scenario("hostile-devices-and-connected", Expect("connected"), near="D08",
             families=(4,),
             faults=(renamed("hostA", "e;id|id>x"),
                     renamed("hostB", "e$(id).7"))),
]

RULES = [
    # As far as nft itself reads a name.
    Scenario("hostile-nft-names", fix=True,
             expect=at_input(
                 detail=("_fw/x.y-z", "in/p.t-v"),
                 command="nft insert rule inet _fw/x.y-z in/p.t-v handle "),
             faults=(("hostB", "nft -f - <<'EOF'\ntable inet _fw/x.y-z {\n"
                      "  set b/a.n-s { type @settype; elements = { @A } }\n"
                      "  chain in/p.t-v { type filter hook input priority 0;\n"
                      "    @l3 saddr @b/a.n-s drop\n  }\n}\nEOF"),)),
    # Its text does not come into the command.
    Scenario("hostile-rule-text", fix=True,
             expect=at_input(detail=("flush ruleset",),
                             command="nft insert rule inet fw input handle "),
             faults=(nft("hostB", "input", "tcp dport 8080 counter drop "
                         "comment \"; flush ruleset; $(id) `id` '\""),)),
    Scenario("hostile-rule-text-and-connected", Expect("connected"), near="I01",
             faults=(nft("hostB", "input", "tcp dport 8080 counter accept "
                         "comment \"; tcp dport 8080 drop '\""),)),
] + [
    Scenario(f"hostile-iptables-chain-{backend}", fix=True,
             expect=at_input(confidence=FAIR, detail=("web;id|`id`$(id)",),
                             command=f"tables-{backend} -t filter -I "
                             "'web;id|`id`$(id)' "),
             faults=(("hostB", f"@iptables-{backend} -N 'web;id|`id`$(id)' && "
                      f"@iptables-{backend} -A 'web;id|`id`$(id)' -j DROP && "
                      f"@iptables-{backend} -A INPUT -p tcp --dport 8080 -j "
                      "'web;id|`id`$(id)'"),))
    for backend in ("nft", "legacy")] + [
    Scenario("hostile-ipset", fix=True, fix_number=1,
             expect=at_input(confidence=FAIR, detail=("ban;id`id`$(id)",)),
             faults=(("hostB", "ipset create 'ban;id`id`$(id)' hash:ip family "
                      "@ipsetfamily && ipset add 'ban;id`id`$(id)' @A && "
                      "@iptables-nft -A INPUT -m set --match-set "
                      "'ban;id`id`$(id)' src -j DROP"),)),
]

# As systemd writes "shop;id $(id)".
SHOP = r"shop\x3bid\x20\x24\x28id\x29.service"

PROCESSES = [
    Scenario("hostile-unit-holds-the-port", argv=at_port("web"), service=(),
             expect=Expect("wrong-listener", "destination", "hostB", "socket",
                           "data", SURE, outcome="connected",
                           detail=("shop",),
                           command=f"systemctl stop '{SHOP}' && "
                           "systemctl start web.service"), fix=True,
             faults=(systemd(f"{WEB}# {SHOP}\n{SERVE}", f"'{SHOP}'"),
                     listening())),
    Scenario("hostile-process-stopped", fix=True, service=(),
             expect=at_socket("listener-stopped", "data", confidence=SURE,
                              outcome="connected", detail=("id $(id)",),
                              command="kill -CONT "),
             faults=starting(r"a\n\033[2Jid $(id)", "@here/stuck.py @any 8080 "
                             "--workers 1 --stop 1"), background=START),
    Scenario("hostile-process-and-group-connected", Expect("connected"),
             near="L13", service=(),
             faults=starting(r"a\n\033[2Jid $(id)", "@here/service.py @any "
                             "8080"), background=START),
    Scenario("hostile-group-drops", fix=True, service=(),
             expect=at_arrival("bpf-drop", "socket", detail=(GROUP_NAME,),
                               command=f"{GROUP_NAME}' ingress id "),
             faults=(*starting("web", "@here/service.py @any 8080"),
                     ("hostB", "@here/bpf/load 8080 && bpftool cgroup attach "
                      f"{GROUP}/'{GROUP_NAME}' ingress pinned "
                      "/run/bpf/8080/lab_ingress")), background=START),
    Scenario("hostile-namespace-listens", row="L07",
             expect=at_socket("listening-in-other-namespace", "syn",
                              confidence=SURE, outcome="refused",
                              detail=("b;id$(id)`id`",), fixes=(0,)),
             faults=(("hostB", "ip netns add 'b;id$(id)`id`' && ip -n "
                      "'b;id$(id)`id`' link set lo up"),),
             service=(("hostB", "netns:b;id$(id)`id` @any 8080"),)),
]

SCENARIOS = DEVICES + RULES + PROCESSES
