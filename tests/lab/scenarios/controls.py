"""Frightening but harmless: a decoy must never be blamed."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.agents import is_told
from scenarios.firewall import nft
from scenarios.path import forward

MANY = ("hostB", "{ echo 'table inet fw { chain input { type filter hook "
        "input priority 0;'; i=0; while [ $i -lt 500 ]; do "
        "echo \"tcp dport $((9000 + i)) counter drop\"; i=$((i + 1)); done; "
        "echo '}; }'; } | nft -f -")


def knocking(port):
    """hostC calls hostB's port, and goes on calling."""
    return (("hostC", f"held:python3 -S @here/knock.py @B {port}"),)


def without(*capabilities):
    """An agent on a host whose administrator keeps these to himself."""
    return "setpriv --bounding-set=" + ",".join(f"-{name}"
                                                for name in capabilities)


# Hosts never share a clock: one has been up for years, and its time of day is
# five minutes off.
OTHER_CLOCK = ("env LD_PRELOAD=libfaketime.so.1 FAKETIME=@skew "
               "DONT_FAKE_MONOTONIC=1 unshare --time --monotonic 99999999 "
               "--boottime 99999999")

def translated(port):
    """hostB's published address and port are R2's, which hides hostA too."""
    return (("R2", f"nft -f - <<'EOF'\n"
             "table @l3 nat {\n"
             "  chain pre { type nat hook prerouting priority dstnat; "
             f"@l3 daddr @absentB tcp dport {port} dnat to @natB; }}\n"
             "  chain post { type nat hook postrouting priority srcnat; "
             "oifname lanB masquerade; }\n}\nEOF"),)


def tunnel(host, own, peer, inner):
    return (host, "ip link add vx0 type vxlan id 77 dstport 4789 dev eth0 "
            f"local {own} remote {peer} && ip link set vx0 up && "
            f"ip addr add {inner}/28 dev vx0")


def clocks():
    for name, skew in (("ahead", "+300"), ("behind", "-300")):
        for what, more in (("connected", {}),
                           ("dropped", {"faults": (nft(
                               "hostB", "input", "tcp dport 8080 drop"),)}),
                           ("lost", {"faults": (forward(
                               "R2", "tcp dport 8080 drop"),)})):
            expect = {
                "connected": Expect("connected"),
                "dropped": Expect("firewall-drop", "destination", "hostB",
                                  "input", "syn", SURE),
                "lost": Expect(("port-filtered-on-path", "lost-on-path"),
                               "path", packet="syn", confidence=FAIR)}[what]
            yield Scenario(f"control-clock-{name}-{what}", expect,
                           families=(4,), agents=(
                               ("hostB", OTHER_CLOCK.replace("@skew", skew)),),
                           **more)


def blind_agents():
    """What an agent may not see, it does not deny."""
    path = (forward("R2", "tcp dport 8080 drop"),)
    rule = (nft("hostB", "input", "tcp dport 8080 drop"),)
    weak = ("possible", "likely")
    for name, capabilities, faults, expect in (
            ("capture", ("net_raw",), path,
             Expect("undetermined", detail=("hostB's agent may not capture",
                                            "CAP_NET_RAW"))),
            ("capture-connected", ("net_raw",), (), Expect("connected")),
            ("drop-events", ("bpf", "sys_admin"), rule,
             Expect("firewall-drop", "destination", "hostB", "input", "syn",
                    SURE)),
            ("rule-trace", ("net_admin",), rule,
             Expect("firewall-drop", "destination", "hostB", packet="syn",
                    confidence=weak)),
            ("anything", ("net_raw", "net_admin", "bpf", "perfmon",
                          "sys_admin", "sys_ptrace", "syslog"), rule,
             Expect(("undetermined", "firewall-drop"), confidence=weak,
                    exit=(1, 4)))):
        yield Scenario(f"control-without-{name}", expect, families=(4,),
                       agents=(("hostB", without(*capabilities)),),
                       faults=faults)


SCENARIOS = [
    *clocks(),
    *blind_agents(),
    Scenario("control-through-nat", Expect("connected"),
             argv=("hostA", "hostB:8080"), faults=translated(8080),
             hosts_files=(("hostA", "@absentB hostB\n"),)),
    Scenario("control-through-port-nat", Expect("connected"),
             argv=("hostA", "hostB:80"), faults=translated(80),
             hosts_files=(("hostA", "@absentB hostB\n"),)),
    Scenario("control-through-vxlan", Expect("connected", host="hostB"),
             families=(4,),
             argv=("hostA", "203.0.113.66:8080"),
             faults=(tunnel("hostA", "@A", "@B", "203.0.113.65"),
                     tunnel("hostB", "@B", "@A", "203.0.113.66"),
                     is_told("203.0.113.65"), is_told("203.0.113.66"))),
    Scenario("control-500-drop-rules", Expect("connected"), faults=(MANY,)),
    Scenario("control-invalid-drop", Expect("connected"),
             faults=(nft("hostB", "input", "ct state invalid drop"),)),
    Scenario("control-stateful-firewall", Expect("connected"), near="I02 A01",
             faults=(nft("hostB", "input", 'policy drop; ct state '
                         'established,related accept; iifname { "lo", '
                         '"mgmt0" } accept; meta l4proto { icmp, ipv6-icmp } '
                         "accept; tcp dport 8080 accept"),
                     nft("hostA", "input", 'policy drop; ct state '
                         'established,related accept; iifname { "lo", '
                         '"mgmt0" } accept; meta l4proto { icmp, ipv6-icmp } '
                         "accept"))),
    Scenario("control-accept-before-drop", Expect("connected"), near="I01",
             faults=(nft("hostB", "input",
                         "tcp dport 8080 accept; tcp dport 8080 drop"),)),
    Scenario("control-legacy-accept-before-drop", Expect("connected"),
             near="I03",
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8080 -j ACCEPT && @iptables-legacy -A INPUT -p tcp "
                      "--dport 8080 -j DROP"),)),
    Scenario("control-drop-of-other-source", Expect("connected"),
             faults=(nft("hostB", "input",
                         "@l3 saddr @C tcp dport 8080 drop"),)),
    Scenario("control-old-overflows", Expect("connected"), families=(4,),
             faults=(("hostB", "python3 -S @here/service.py :: 8081 "
                      "--backlog 0 --fill > /run/full & until grep -q ready "
                      "/run/full; do sleep 0.02; done; python3 -S "
                      "@here/knock.py 127.0.0.1 8081 --times 3; kill $!"),)),
    Scenario("control-counters-of-other-traffic", Expect("connected"),
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8081 -j DROP"),), background=knocking("8081")),
    Scenario("control-same-port-other-source", Expect("connected"),
             faults=(("hostB", "@iptables-legacy -A INPUT -s @C -p tcp "
                      "--dport 8080 -j DROP"),), background=knocking("8080")),
    Scenario("control-path-loss-beside-rising-counters",
             Expect(("lost-on-path", "source-filtered-on-path"), "path",
                    packet="syn"),
             faults=(forward("R2", "@l3 saddr @A @l3 daddr @B drop"),
                     ("hostB", "@iptables-legacy -A INPUT -s @C -p tcp "
                      "--dport 8080 -j DROP")), background=knocking("8080")),
    Scenario("control-busy-service", Expect("connected"),
             background=knocking("8080")),
    Scenario("two-faults-firewall-and-no-listener",
             Expect("firewall-drop", "destination", "hostB", "input", "syn",
                    SURE, obstacles=("not-listening",)),
             faults=(nft("hostB", "input", "tcp dport 8080 drop"),),
             service=()),
    Scenario("two-faults-firewall-and-loopback",
             Expect("firewall-drop", "destination", "hostB", "input", "syn",
                    SURE, obstacles=("listening-on-loopback",)),
             faults=(nft("hostB", "input", "tcp dport 8080 drop"),),
             service=(("hostB", "@loop 8080"),)),
    Scenario("two-faults-listener-and-answer",
             Expect("not-listening", "destination", "hostB", "socket", "syn",
                    FAIR),
             faults=(nft("hostA", "input", "tcp sport 8080 drop"),),
             service=()),
    Scenario("no-leak-over-many-traces",
             Expect("firewall-drop", "destination", "hostB", "input", "syn",
                    SURE), families=(4,), traces=8,
             faults=(nft("hostB", "input", "tcp dport 8080 drop"),)),
]
