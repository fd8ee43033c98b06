"""What is changed of the packets on their way: shown whether it works or not, and
blamed for nothing."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.path import HOST_B_DROPS


def nft(router, chain, rule):
    return (router, f"nft 'table inet odd {{ chain c {{ {chain}; {rule}; }}; }}'")


def mangle(router, rule):
    return nft(router, "type filter hook forward priority -150", rule)


def translate(router, hook, rule):
    priority = {"prerouting": "-100", "postrouting": "100"}[hook]
    return nft(router, f"type nat hook {hook} priority {priority}", rule)


def change(packet, field, sent=None, received=None):
    """As it stands in the report."""
    return "".join((f'"packet": "{packet}", "field": "{field}"',
                    "" if sent is None else f', "sent": {sent}',
                    "" if received is None else f', "received": {received}'))


def works(name, fault, *says, silent=(), **more):
    return Scenario(name, Expect("connected", confidence=SURE, says=says,
                                 silent=silent), faults=fault, **more)


SYN = "tcp dport 8080 tcp flags syn / syn,ack "
ANSWER = "tcp sport 8080 tcp flags syn,ack / syn,ack "
STRIP = ("R1", "@iptables-nft -t mangle -A FORWARD -p tcp --dport 8080 -j "
         "TCPOPTSTRIP --strip-options wscale,timestamp,sack-permitted")
FIELDS = ("mss", "window_scale", "sack", "timestamps", "dscp", "ip_ecn",
          "ecn", "sequence", "source_address", "source_port",
          "destination_address", "destination_port")
NOTHING = tuple(f'"field": "{name}"' for name in FIELDS)

SCENARIOS = [
    works("changed-nothing-but-the-ttl", (),
          change("syn", "ttl", 64, 62), change("syn-ack", "ttl", 64, 62),
          silent=NOTHING),
    # What every tunnel and every uplink does.
    works("changed-mss", (mangle("R1", SYN + "tcp option maxseg size set 536"),),
          '"field": "mss", "sent": 14', '"received": 536',
          silent=('"field": "sack"', '"packet": "syn-ack", "field": "mss"')),
    works("changed-mss-back",
          (mangle("R1", ANSWER + "tcp option maxseg size set 536"),),
          '"packet": "syn-ack", "field": "mss"',
          silent=('"packet": "syn", "field": "mss"',)),
    works("changed-options", (STRIP,), change("syn", "window_scale"),
          change("syn", "sack", "true", "false"),
          change("syn", "timestamps", "true", "false"),
          silent=('"packet": "syn-ack", "field": "sack"',), row="P14"),
    works("changed-dscp", (mangle("R2", SYN + "@l3 dscp set af21"),),
          change("syn", "dscp", 0, 18), silent=('"field": "ip_ecn"',)),
    works("changed-ecn", (
        ("hostA", "sysctl -qw net.ipv4.tcp_ecn=1"),
        ("R1", "@iptables-nft -t mangle -A FORWARD -p tcp --dport 8080 -j ECN "
         "--ecn-tcp-remove")), change("syn", "ecn", "true", "false"),
          families=(4,)),
    works("changed-no-ecn", (("hostA", "sysctl -qw net.ipv4.tcp_ecn=1"),),
          silent=('"field": "ecn"',)),
    works("changed-ttl", (("R1", "@iptables-legacy -t mangle -A FORWARD -p tcp "
                           "--dport 8080 -j TTL --ttl-set 200"),),
          change("syn", "ttl", 64, 199), families=(4,)),
    # Translation, which the answer meets the other way round.
    works("changed-source", (translate("R1", "postrouting", "tcp dport 8080 "
                                       "masquerade"),),
          change("syn", "source_address", '"@A"', '"@R1link"'),
          silent=('"packet": "syn-ack", "field": "destination_address"',)),
    works("changed-source-port", (
        translate("R1", "postrouting", "tcp dport 8080 masquerade to "
                  ":40000-40100"),), '"field": "source_port"'),
    works("changed-source-by-itself", (
        ("hostA", "@ip addr add @absentA/@mask dev eth0 && nft 'table @l3 n { "
         "chain c { type nat hook postrouting priority 100; tcp dport 8080 "
         "snat to @absentA; }; }'"),),
          change("syn", "source_address", '"@A"', '"@absentA"')
          + ', "role": "source", "host": "hostA"', families=(4,)),
    works("changed-port", (("R2", "nft 'table @l3 n { chain c { type nat hook "
                            "prerouting priority -100; @l3 daddr @B tcp dport "
                            "8080 dnat to @natTo; }; }'"),),
          change("syn", "destination_port", 8080, 9090),
          service=(("hostB", "@any 9090"),)),

    # Shown beside what kills it, which it has no part in.
    Scenario("changed-and-dropped", families=(4, 6),
             expect=Expect("firewall-drop", "destination", "hostB", "input",
                           "syn", FAIR,
                           says=('"field": "mss"', '"field": "source_address"')),
             faults=(mangle("R1", SYN + "tcp option maxseg size set 536"),
                     translate("R2", "postrouting",
                               "tcp dport 8080 masquerade"), HOST_B_DROPS)),
    Scenario("changed-and-refused", families=(4,), service=(),
             expect=Expect("not-listening", "destination", "hostB",
                           confidence=SURE, says=('"field": "dscp"',)),
             faults=(mangle("R2", SYN + "ip dscp set af21"),)),
]
