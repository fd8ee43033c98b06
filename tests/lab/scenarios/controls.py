"""Frightening but harmless: a decoy must never be blamed."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.firewall import nft
from scenarios.path import forward

MANY = ("hostB", "{ echo 'table inet fw { chain input { type filter hook "
        "input priority 0;'; i=0; while [ $i -lt 500 ]; do "
        "echo \"tcp dport $((9000 + i)) counter drop\"; i=$((i + 1)); done; "
        "echo '}; }'; } | nft -f -")
KNOCK = ("while :; do python3 -c \"import socket; s = socket.socket("
         "socket.@af); s.settimeout(0.02); s.connect_ex(('@B', @port))\"; "
         "done")


def knocking(port):
    """hostC calls hostB's port, and goes on calling."""
    return (("hostC", "sh:" + KNOCK.replace("@port", port)),)


SCENARIOS = [
    Scenario("control-500-drop-rules", Expect("connected"), faults=(MANY,)),
    Scenario("control-invalid-drop", Expect("connected"),
             faults=(nft("hostB", "input", "ct state invalid drop"),)),
    Scenario("control-stateful-firewall", Expect("connected"),
             faults=(nft("hostB", "input", 'policy drop; ct state '
                         'established,related accept; iifname { "lo", '
                         '"mgmt0" } accept; meta l4proto { icmp, ipv6-icmp } '
                         "accept; tcp dport 8080 accept"),
                     nft("hostA", "input", 'policy drop; ct state '
                         'established,related accept; iifname { "lo", '
                         '"mgmt0" } accept; meta l4proto { icmp, ipv6-icmp } '
                         "accept"))),
    Scenario("control-accept-before-drop", Expect("connected"),
             faults=(nft("hostB", "input",
                         "tcp dport 8080 accept; tcp dport 8080 drop"),)),
    Scenario("control-legacy-accept-before-drop", Expect("connected"),
             faults=(("hostB", "@iptables-legacy -A INPUT -p tcp --dport "
                      "8080 -j ACCEPT && @iptables-legacy -A INPUT -p tcp "
                      "--dport 8080 -j DROP"),)),
    Scenario("control-drop-of-other-source", Expect("connected"),
             faults=(nft("hostB", "input",
                         "@l3 saddr @C tcp dport 8080 drop"),)),
    Scenario("control-old-overflows", Expect("connected"), families=(4,),
             faults=(("hostB", "timeout 1 python3 -S @here/service.py "
                      ":: 8080 --backlog 0 --fill > /dev/null || :"),)),
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
