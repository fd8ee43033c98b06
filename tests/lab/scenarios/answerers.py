"""Who answered: a hop that refuses, a proxy, another holder of the address, what a
translation led to; and answers that are strange and the destination's own."""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.flight import translate
from scenarios.path import forward, on_path

REFUSES = "tcp dport 8080 reject with tcp reset"


def refused(name, router, number, address, *more, **rest):
    return Scenario(
        name, row="P03",
        expect=on_path("reset-injected", "syn", outcome="refused",
                       confidence=("likely",),
                       detail=(f'"hop_number": {number}', *address)),
        faults=(forward(router, REFUSES),) + more, **rest)


# The kernel's own proxy of handshakes: it opens towards hostA before it asks hostB.
SYN_PROXY = (
    "R1", "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 && nft 'table inet "
    "sp { chain pre { type filter hook prerouting priority -300; tcp dport 8080 "
    "tcp flags syn / syn,ack notrack; }; chain f { type filter hook forward "
    "priority 0; tcp dport 8080 ct state invalid,untracked synproxy mss 1400 "
    "wscale 7 sack-perm; ct state invalid drop; }; }'")

# R1 holds hostC's address as well, and hostA's neighbour entry leads to it.
SECOND = (("R1", "ip addr add 192.0.2.30/32 dev lo"),
          ("hostA", "ip neigh replace 192.0.2.30 lladdr @macR1 dev eth0 nud "
           "permanent"))
LINKS = ("@macR1", "@macC", "same link")


def on_link(name, cause, *services, **expect):
    return Scenario(
        name, families=(4,), row="P09", argv=("hostA", "hostC:8080"),
        service=(("hostC", "@any 8080"),) + services, faults=SECOND,
        expect=Expect(cause, "path", confidence=("likely",), detail=LINKS,
                      says=("find the host with the link address @macR1",),
                      **expect))


def renumbered(name, ways, expect, **more):
    return Scenario(
        name, families=(4,), expect=expect,
        background=(("R1", f"held:python3 -S @here/renumber.py 8080 lanA link "
                     f"{ways}"),), **more)


SCENARIOS = [
    # The TTL tells the hop, and the walk its address.
    refused("answerer-refuses-at-hop-2", "R2", 2, ('"hop": "@R2link"',)),
    refused("answerer-refuses-at-hop-1", "R1", 1, ('"hop": "@R1"',)),
    # A hop that tells nobody where it is.
    refused("answerer-refuses-and-hides", "R2", 2, (),
            ("R2", "nft 'table inet mute { chain o { type filter hook output "
             "priority 0; icmp type time-exceeded drop; icmpv6 type "
             "time-exceeded drop; }; }'")),
    Scenario("answerer-refuses-the-answer", families=(4,),
             expect=on_path("reset-injected", "syn-ack", confidence=FAIR,
                            detail=('"hop_number": 2', '"hop": "203.0.113.1"')),
             faults=(forward("R1", "tcp sport 8080 reject with tcp reset"),)),
    # The destination's own reset, from however far away it seems to come.
    Scenario("answerer-is-the-destination", service=(), near="P03",
             expect=Expect("not-listening", "destination", "hostB",
                           confidence=SURE, outcome="refused"),
             faults=(("R1", "@iptables-legacy -t mangle -A FORWARD -p tcp "
                      "--sport 8080 -j TTL --ttl-set 250"),), families=(4,)),
    Scenario("answerer-is-the-destinations-firewall", near="P03",
             expect=Expect("firewall-reject", "destination", "hostB", "input",
                           confidence=SURE, outcome="refused"),
             faults=(translate("R2", "postrouting", "tcp dport 8080 masquerade"),
                     ("hostB", "nft 'table inet fw { chain input { type filter "
                      "hook input priority 0; " + REFUSES + "; }; }'"))),

    # Open, and with somebody else.
    Scenario("answerer-is-a-proxy", row="P07",
             expect=on_path("answered-by-other", "syn-ack",
                            outcome="connected", confidence=("likely",),
                            detail=('"hop_number": 1', '"hop": "@R1"')),
             service=(("hostB", "@any 8080"), ("R1", "@any 9999")),
             faults=(translate("R1", "prerouting", "tcp dport 8080 redirect "
                               "to :9999"),)),
    Scenario("answerer-is-a-syn-proxy", row="P07",
             expect=on_path("answered-by-other", "syn-ack",
                            outcome="connected", confidence=("likely",),
                            detail=('"hop": "@R1"',)),
             faults=(SYN_PROXY, forward("R2", "tcp dport 8080 drop"))),
    # It asks hostB, and passes on what it says.
    Scenario("answerer-behind-a-syn-proxy", near="P07",
             expect=Expect("connected",
                           says=('"packet": "syn-ack", "field": "sequence"',)),
             faults=(SYN_PROXY,)),

    # One address, two hosts of a link.
    on_link("answerer-is-a-second-holder", "answered-by-other",
            ("R1", "@any 8080"), outcome="connected"),
    on_link("answerer-refuses-as-a-second-holder", "reset-injected",
            outcome="refused"),
    Scenario("answerer-is-no-second-holder", families=(4,), near="P09",
             expect=Expect("connected", silent=("same link",)),
             argv=("hostA", "hostC:8080"), service=(("hostC", "@any 8080"),),
             faults=(("R1", "sysctl -qw net.ipv4.conf.all.arp_ignore=1"),
                     SECOND[0])),

    # Translated, and lost behind that: who translates answers the walk in the
    # called address's name.
    Scenario("answerer-translates-to-nobody", row="P08",
             expect=on_path("translated-elsewhere", "syn", outcome="timed-out",
                            confidence=("likely",),
                            detail=('"hop_number": 2', "translates the SYN"),
                            silent=("last_hop",)),
             faults=(("R2", "nft 'table @l3 n { chain pre { type nat hook "
                      "prerouting priority -100; tcp dport 8080 dnat to "
                      "@absentB; }; }'"),
                     forward("R2", "@l3 daddr @absentB drop"))),
    Scenario("answerer-translates-another-port", near="P08",
             expect=on_path(("port-filtered-on-path", "lost-on-path"), "syn",
                            silent=("translates",)),
             faults=(("R2", "nft 'table @l3 n { chain pre { type nat hook "
                      "prerouting priority -100; tcp dport 8081 dnat to "
                      "@absentB; }; }'"),
                     forward("R2", "tcp dport 8080 drop"))),

    # Other numbers: there and back, as a firewall does it, and there alone.
    renumbered("answerer-renumbers-both-ways", "both",
               Expect("connected", says=('"field": "sequence"',)), near="A05"),
    renumbered("answerer-renumbers-one-way", "there",
               on_path("sequence-rewritten", "syn-ack", confidence=SURE),
               row="A05"),
]
