#!/usr/bin/python3
"""Makes cases for the engine's tests: plays scenarios, saves their evidence.

    python3 tests/lab/export_cases.py [--build-dir DIR] [--only PATTERN]
    python3 tests/lab/export_cases.py --bundle FILE --story SENTENCE \\
        --cause CAUSE tests/cases/NAME.json

The first form writes the cases of STORIES anew; a scenario whose verdict is
not the right one is not written.  The second makes a case of a bundle from the
field (probectl trace --bundle FILE): --cause is what a person found to be true.
"""
import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from daemons import Lab, missing_programs  # noqa: E402
from judge import judge  # noqa: E402
from programs import inject  # noqa: E402
from scenarios import all_scenarios  # noqa: E402

CASES = os.path.join(HERE, "..", "cases")
# Nothing that the engine looks at, unless a case needs it (see trimmed()).
NEEDLESS = {"sysctl", "phase", "host", "address"}

# One of each cause and of what looks like it; the families in turn.
STORIES = {
    "connected/v4": "The service answers; nothing is wrong.",
    "connected-named-address/v6": "A service bound to one address answers.",
    "connected-same-lan/v4": "Two hosts of one LAN, no router between them.",
    "not-listening/v6": "Nothing listens on the port.",
    "not-listening-other-port/v4": "The service listens on another port.",
    "listening-on-loopback/v4": "The service listens on 127.0.0.1 alone.",
    "listening-on-loopback/v6": "The service listens on ::1 alone.",
    "listening-on-other-address/v4": "The service is bound to the host's "
                                     "other address.",
    "listening-on-other-family/v6": "The service listens on IPv4, the SYN is "
                                    "IPv6.",
    "listening-in-other-namespace/v4": "The service listens in another "
                                       "network namespace.",
    "accept-queue-full/v4": "The service stopped accepting; its queue of one "
                            "is full.",
    "accept-queue-full-of-five/v6": "The service stopped accepting; its queue "
                                    "of five is full.",
    "accept-queue-filled-during-handshake/v4":
        "The queue fills while the handshake's ACK is on its way: open at the "
        "source, half-open at the destination.",
    "accept-queue-aborts-on-overflow/v6":
        "The same, where the host resets what finds no room.",
    "process-out-of-files/v6": "accept() finds no file descriptor free; the "
                               "queue is full.",
    "reuseport-one-member-full/v4":
        "Of two sockets that share the port one has a full queue.",
    "xdp-unseen/v4":
        "An XDP program drops it, and the agent may not see the kernel's own "
        "drop events.",
    "filter-timestamps/v4":
        "A filter on the way drops SYNs with the timestamp option; one without "
        "gets through.",
    "filter-source/v4": "A router drops what comes from hostA; hostC gets "
                        "through to the port by the same hop.",
    "filter-source-vantage-by-another-way/v4":
        "hostC gets through to the port, by another router.",
    "filter-port/v4": "A router drops SYNs to the port; other ports, UDP and "
                      "ping get through.",
    "filter-lets-pings-in/v6": "A router lets pings in and nothing else.",
    "filter-lets-nothing-in/v4": "A router lets nothing in that is new.",
    "filter-port-of-the-answer/v4":
        "A router drops the SYN-ACKs by their port; the rest gets back.",
    "filter-port-with-ecn/v4":
        "The SYN asks for ECN, and a router drops it for its port.",
    "passed-on-closed-decoy/v4":
        "hostB passes the SYN on to a container that listens on another port; "
        "a listener on hostB's own port says nothing of it.",
    "passed-on-loopback/v6": "In the container the port is listened on by "
                             "loopback alone.",
    "passed-on-reset-inside/v6": "A rule in the container resets the SYN, and "
                                 "somebody listens there.",
    "passed-on-rejected-inside/v4": "The same with an ICMP error.",
    "passed-on-dropped-inside/v4": "A rule in the container drops the SYN.",
    "passed-on-answer-dropped-inside/v6": "A rule in the container drops its "
                                          "SYN-ACK.",
    "passed-on-route-prohibit/v6": "A prohibit route of hostB rejects what it "
                                   "passes on.",
    "passed-on-route-blackhole/v4": "Likewise a blackhole.",
    "passed-on-answer-blackhole/v6": "A blackhole of hostB takes the "
                                     "container's answer.",
    "passed-on-rule-unreachable/v4": "A policy rule that says unreachable looks "
                                     "like no route at all.",
    "docker-exited/v4": "A container of Docker's that publishes the port has "
                        "been stopped.",
    "docker-not-published/v4": "A container runs and publishes no port.",
    "docker-not-published-same-port/v4":
        "A container has the port of its own and does not publish it.",
    "translated-to-a-closed-port/v4":
        "hostB passes the SYN on to a container where nothing listens; the "
        "reset comes back.",
    "own-address-rule-into-a-tunnel/v4":
        "A policy rule for hostA's own address leads into a tunnel whose "
        "program loses everything.",
    "one-end-closed/v6":
        "One agent alone; nothing listens on the port of somebody's database.",
    "one-end-reset-by-gateway/v4":
        "One agent alone; its gateway rejects the port with a reset in the "
        "database's name.",
    "one-end-reset-by-second-router/v6":
        "One agent alone; the second router rejects the port in the database's "
        "name.",
    "one-end-closed-and-a-shorter-way-back/v4":
        "One agent alone; the database refuses, and its answers come past one "
        "router.",
    "one-end-dropped-by-host/v4":
        "One agent alone; the database's own firewall drops the port.",
    "one-end-gateway-passes-nothing-on/v4":
        "One agent alone; a route leads to a host that passes nothing on.",
    "one-end-unused-on-own-link/v6":
        "One agent alone; nobody on its network has the address.",
    "some-held-back-by-hostB-output/v4":
        "hostB's own rule drops every third SYN-ACK; what is sent again "
        "passes.",
    "ecn-falls-back/v6": "A router drops SYNs that ask for ECN; what the kernel "
                         "sends again does not, and opens.",
    "ecn-falls-back-each-time/v4": "The same, five times: no first packet of "
                                   "a flow is lost that asks for no ECN.",
    "ecn-and-first-lost/v4": "The first SYN of each flow is lost; that they "
                             "ask for ECN has no part in it.",
    "ecn-reset/v4": "A router resets the SYNs that ask for ECN.",
    "ecn-answer-dropped/v4": "A router drops the answers that grant ECN.",
    "ecn-and-answers-filtered-by-option/v6": "A router drops the answers with "
        "timestamps; that they grant ECN is not why.",
    "guest-by-bridge-filtered/v4":
        "A bridge's own table drops what is for a guest behind it.",
    "rule-before-local-table/v4":
        "A policy rule rejects hostB's own address before its local table is "
        "asked.",
    "fix-behind-source-nat/v4":
        "A rule drops the port; a router hides the callers behind its own "
        "address, so that an exception for it lets in all of them.",
    "fix-set-of-a-network/v6":
        "The source's network is in a set of those who are banned.",
    "filter-ecn/v4": "A router drops SYNs that ask for ECN.",
    "listening-on-other-family-by-host/v4":
        "The host's bindv6only makes the service's :: take IPv6 alone.",
    "closed-at-once/v4": "The service accepts and closes at once.",
    "reset-at-once/v6": "The service accepts and resets at once, before connect() "
                        "returns or after.",
    "closed-by-one-of-two/v4": "Of two processes that share the port one "
                               "closes at once.",
    "closed-on-path/v6": "A router answers the handshake's ACK with a reset.",
    "closed-says-its-word/v4": "As daytime does: it says something and closes.",
    "listener-stopped/v4": "The connection opens, and the process is stopped.",
    "listener-stuck/v6": "The connection opens, and the process accepts "
                         "nothing for a second.",
    "listener-one-worker-stopped/v4": "One of two workers is stopped; the "
                                      "other one accepts.",
    "listener-flaps/v4": "The listener comes and goes; half of the attempts "
                         "are refused.",
    "listener-defers-accept/v6": "The listener waits for data before it takes "
                                 "a connection.",
    "syn-queue-full/v4": "Half-open connections fill the listener's queue; "
                         "cookies are off.",
    "syn-queue-full-of-host/v6": "Half-open connections fill what the host "
                                 "allows; cookies are off.",
    "signature-required/v4": "The listener wants segments of this source "
                             "signed.",
    "min-ttl/v6": "The listener wants a TTL of 255.",
    "stale-connection/v6": "The destination still holds an old connection "
                           "with the same ports.",
    "stale-connection-in-time-wait/v4":
        "An old connection in TIME-WAIT has seen a later clock.",
    "owner-rule-nft/v4": "A rule of the source drops what a certain user "
                         "sends; the probe is made as that user.",
    "owner-rule-iptables-legacy/v6": "The same by iptables-legacy.",
    "inside-connected/v4": "From a namespace of the source, translated on the "
                           "way out.",
    "inside-rule-in-there/v6": "A rule in the source's namespace drops the "
                               "SYN.",
    "inside-host-forward-drop/v4": "The host of the source's namespace drops "
                                   "what it should pass on.",
    "inside-answer-dropped-outside/v6": "The same with the answer.",
    "ttl-set-by-a-rule/v4": "A rule of the source gives the SYN a TTL that ends "
                            "on its way.",
    "rules-every-third-legacy/v4": "A rule of iptables-legacy drops every third "
                                   "SYN, and all connect later.",
    "rules-some-by-chance-legacy/v4": "A rule of iptables-legacy drops half of "
                                      "the SYNs by chance.",
    "inside-forward-policy/v4": "The same by the chain's policy, which stops "
                                "the answer too.",
    "inside-forward-policy-of-answers/v4": "The policy stops the answer alone.",
    "inside-host-forward-legacy-policy/v4": "The same by iptables-legacy's "
        "policy, which only its counter shows.",
    "inside-untranslated/v4": "Nothing translated the container's address, and "
        "a router has no way back to it.",
    "inside-forwarding-off/v4": "The host of the source's namespace does not "
                                "forward.",
    "inside-lost-on-path/v6": "A SYN from a namespace is lost behind its "
                              "host.",
    "device-leads-nowhere/v4": "The socket is bound to a device that leads "
                               "nowhere.",
    "redirect-nft-dead-proxy/v4": "The source's own rule sends the SYN to a "
                                  "local proxy that is dead.",
    "redirect-iptables-legacy-dead-proxy/v6": "The same by iptables-legacy.",
    "redirect-to-another-host/v6": "The source's own rule sends the SYN to "
                                   "another host, which refuses it.",
    "redirect-to-nobody/v4": "The source's own rule sends the SYN to an "
                             "address that nobody holds.",
    "redirect-to-living-proxy/v4": "A local proxy of the source answers in "
                                   "the destination's place.",
    "redirect-to-another-service/v6": "The source's own rule sends the "
                                      "connection to another host's service.",
    "redirect-to-its-other-address/v4": "The source's own rule calls the "
                                        "destination by its other address.",
    "source-port-taken/v4": "Another program holds the source port that was "
                            "asked for.",
    "name-ipv6-first-and-dead": "The name's IPv6 address comes first, and its "
                                "way is cut.",
    "name-both-fail-differently": "The last of the name's addresses, on which "
                                  "an application ends: the destination's "
                                  "firewall rejects there.",
    "name-agent-default-route-by-management": "The destination's name does "
                                              "not resolve, and its default "
                                              "route leads to the management "
                                              "network.",
    "name-typo": "The name is nobody's, and nearly an agent's.",
    "nft-drop-source-output/v4": "The source's own firewall drops the SYN.",
    "nft-drop-source-input/v6": "The source's own firewall drops the answer.",
    "nft-drop-prerouting/v4": "A prerouting rule of the destination drops "
                              "the SYN.",
    "nft-drop-input/v6": "An input rule of the destination drops the SYN.",
    "nft-drop-output/v4": "An output rule of the destination drops the "
                          "answer.",
    "rules-jump-path/v4": "Two jumps lead to the rule that drops the SYN.",
    "rules-later-base-chain/v6": "One base chain accepts the SYN, a later one "
                                 "drops it.",
    "rules-set-of-networks/v4": "A network in a set of banned ones holds the "
                                "source.",
    "rules-egress/v4": "A rule on the source's device drops the SYN on its "
                       "way out.",
    "rules-bridge-prerouting/v4": "The destination's address stands on a "
                                  "bridge whose rule drops the SYN.",
    "rules-ipset-legacy/v4": "A rule of iptables-legacy, behind a jump, drops "
                             "whom an ipset holds.",
    "rules-legacy-count-of-others-too/v4": "A rule of iptables-legacy drops "
                                           "another client's SYNs as well.",
    "rules-legacy-ban-of-others-beside-full-queue/v4":
        "A rule of iptables-legacy drops another client's SYNs; ours wait for "
        "a full accept queue.",
    "rules-limit-over/v4": "A rule drops what comes above a rate.",
    "rules-hashlimit-legacy/v4": "A rule of iptables-legacy drops what comes "
                                 "above a rate.",
    "rules-limit-accept/v4": "A rule accepts up to a rate, the policy drops "
                             "the rest.",
    "rules-forward-legacy/v4": "A rule of iptables-legacy drops what is "
                               "passed on to a container.",
    "rules-postrouting/v6": "A postrouting rule of the source drops the SYN.",
    "nft-reject-reset-input/v4": "An input rule answers with a reset.",
    "nft-reject-icmp-input/v6": "An input rule answers with an ICMP error.",
    "nft-reject-reset-source-output/v4": "The source's own firewall resets "
                                         "its own connection.",
    "nft-policy-input/v4": "No rule of the input chain lets the SYN in; its "
                           "policy is drop.",
    "nft-user-chain/v6": "The rule that drops stands two jumps deep.",
    "nft-banned-set/v4": "The source is in a set of banned addresses.",
    "iptables-nft-drop/v4": "An iptables rule, kept in nftables, drops the "
                            "SYN.",
    "iptables-nft-reject/v6": "An ip6tables rule, kept in nftables, rejects "
                              "the SYN.",
    "iptables-legacy-drop/v6": "A legacy ip6tables rule, unseen by nft, drops "
                               "the SYN.",
    "arp-question-dropped/v4": "A rule of family arp drops the question.",
    "neighbour-advertisement-dropped/v6":
        "hostA's own rule drops what its gateway answers to neighbour "
        "discovery.",
    "neighbour-advertisement-perhaps-dropped/v6":
        "A rule that nobody can work out may drop what hostA's gateway answers.",
    "other-host-taken-for-neighbour-at-destination/v4":
        "hostB's route to hostA's network has no gateway: it asks its own link "
        "for hostA.",
    "arp-own-question-dropped/v4":
        "The source's own rule of family arp drops its question.",
    "arptables-question-dropped/v4": "A rule of arptables drops the question.",
    "some-acks-lost/v4":
        "A router drops a third of the handshakes' ACKs, and nothing else.",
    "ttl-by-a-route/v4": "The source's route has a hop limit of 1.",
    "ttl-by-an-nft-rule-back/v4":
        "A rule of the destination gives its answers a TTL of 1.",
    "no-route-by-throw/v6": "A throw route stands before the default route.",
    "no-route-at-a-lone-address/v4":
        "The source's address is a /32: no gateway is on a net of its own.",
    "tunnel-stopped-by-own-rule/v4":
        "A rule of the source drops what carries its tunnel.",
    "tunnel-stopped-by-a-rule-of-the-answerer/v4":
        "A rule of the destination drops what carries its answers to ARP.",
    "asked-for-another-host/v4":
        "A router drops the SYN; another host calls the destination, which "
        "does not answer ARP.",
    "queue-eats-answer-to-arp/v4":
        "The destination's queue drops its answers to ARP.",
    "slow-way-there-1500/v4":
        "A way of 1.5 s: what is not there yet is not proven to be lost.",
    "ebtables-question-dropped/v4":
        "A rule of ebtables drops the question that comes in by a bridge.",
    "ebtables-drops-syn/v4": "A rule of ebtables drops the SYN in a bridge.",
    "neighbour-discovery-forgotten/v6":
        "A firewall that accepts the port and forgets neighbour discovery.",
    "neighbour-solicitation-dropped-iptables-legacy/v6":
        "An old ip6tables drops the question for the link address.",
    "redirect-at-destination-to-a-dead-port/v6":
        "The destination redirects to a port of its own where nobody listens.",
    "iptables-legacy-policy/v4": "A legacy chain's policy drops the SYN.",
    "iptables-legacy-reject-reset/v4": "A legacy rule answers with a reset.",
    "fronts-firewalld-zone/v4": "The zone of firewalld does not allow the "
                                "port.",
    "fronts-firewalld-policy/v6": "A policy object of firewalld rejects the "
                                  "port that the zone allows.",
    "fronts-firewalld-path-filter/v6": "firewalld's reverse path filter drops "
                                       "the SYN: the route back is another "
                                       "device's.",
    "fronts-firewalld-own-rule/v4": "firewalld allows the port; the owner's "
                                    "own table drops it later.",
    "fronts-ufw-default/v6": "ufw has no rule for the port; its default is to "
                             "drop.",
    "fronts-fail2ban-ipset/v6": "fail2ban has banned the source.",
    "fronts-docker-forward-policy/v4": "Docker set the policy of FORWARD to "
                                       "drop.",
    "no-route-at-source/v4": "The source has no route to the destination.",
    "no-route-at-destination/v6": "The destination has no route back.",
    "route-blackhole-at-source/v6": "A blackhole route of the source takes "
                                    "the SYN.",
    "route-prohibit-at-destination/v4": "A prohibit route of the destination "
                                        "takes the answer.",
    "neighbour-unresolved-gateway/v4": "The source's gateway answers no ARP.",
    "neighbour-unresolved-at-destination/v6": "The destination's gateway "
                                              "answers no solicitation.",
    "link-down-at-source/v4": "The source's interface is switched off.",
    "no-carrier-at-source/v6": "The source's cable is out.",
    "link-down-at-destination/v4": "The destination's cable is out.",
    "source-ports-exhausted/v4": "The source has no local port left.",
    "name-not-resolved": "The name has no address.",
    "name-resolves-elsewhere/v4": "The source resolves the destination's name "
                                  "to another address.",
    "rp-filter-strict/v4": "The reverse path filter drops the SYN.",
    "address-not-local/v6": "The destination has lost the address.",
    "path-drops-port/v4": "A router drops SYNs to the port.",
    "path-drops-answer/v6": "A router drops the answers.",
    "path-drops-source/v4": "A router drops all that the source sends to the "
                            "destination.",
    "late-error-of-last-router/v4": "Nobody has the address, and the last "
                                    "router says so after three seconds.",
    "late-error-of-router-that-asks-in-vain/v4":
        "The last router asks for the destination, which does not answer.",
    "late-error-of-own-host/v6": "The next hop does not answer; the source's "
                                 "kernel is about to say so.",
    "self-test-teaches-nobody/v4": "The address is in no local table, and the "
                                   "self-test does not tell the LAN of it.",
    "ipv6-disabled-at-destination/v6":
        "IPv6 was switched off on the destination's device, and its address "
        "went; the router asks for it in vain.",
    "ipv6-disabled-on-another-device/v6":
        "The address was taken from one device; IPv6 is off on another.",
    "ipv6-disabled-at-destination-and-gone/v6":
        "The same by address: the controller knows whose it was.",
    "gateway-is-an-agents-host/v6": "The route's gateway is another agent's "
                                    "host, which passes nothing on.",
    "moved-address-led-to-old-holder/v4":
        "The address has moved; the last router still sends to the link "
        "address of the host that held it before.",
    "moved-address-flooded/v4":
        "The same, and the switch floods what it sends.",
    "moved-address-firewalled-at-its-host/v4":
        "The address has moved, the router has noticed, and the new host's "
        "firewall drops the port.",
    "source-address-of-another-agent-too/v4":
        "Another agent's host holds the source's address, and the router sends "
        "it the SYN-ACKs, which it resets.",
    "syn-ack-reset-on-path/v4": "A router rejects the SYN-ACK with a reset.",
    "called-address-refused-by-another-agent/v4":
        "Another agent's host holds the destination's address, and refuses.",
    "translated-to-another-agent/v4":
        "A router translates the destination's address to another agent's "
        "host, which refuses under its own.",
    "arp-off-and-called-before/v4":
        "ARP is off on the destination's device; the router asked in vain just "
        "before the trace.",
    "ack-lost-once/v4": "A router drops the handshake's ACK alone.",
    "taken-over-by-another-agent/v4":
        "The destination has lost the address; another agent's host has it.",
    "walk-reaches-what-it-looks-for/v4":
        "A router drops SYNs that bear an option; the walk's copies bear none.",
    "first-syn-lost/v4": "A router drops the first SYN of each flow; the one "
                         "that the kernel sends again gets through.",
    "first-answer-lost/v6": "A router drops the first SYN-ACK of each flow.",
    "first-syn-lost-of-each/v4": "The same SYNs, and five attempts: each opens "
                                 "after a second.",
    "some-answers-lost/v4": "A router drops every third SYN-ACK; all attempts "
                            "open in the end.",
    "slow-way-there-300/v4": "The way to the destination takes 300 ms.",
    "slow-way-drops-answer/v4": "The way there takes 300 ms, and the answers "
                                "are dropped.",
    "path-rejects/v6": "A router rejects the SYN with an ICMP error.",
    "path-resets/v4": "A router answers with a forged reset.",
    "answerer-refuses-at-hop-2/v6": "A router answers with a forged reset, and "
                                    "the walk meets it.",
    "answerer-is-a-proxy/v6": "A transparent proxy opens the connection.",
    "answerer-is-a-second-holder/v4": "Another host of the link has the "
                                      "address, and answers.",
    "answerer-translates-to-nobody/v4": "A router translates the SYN to an "
                                        "address that nobody has.",
    "changed-options/v4": "A router takes options out of the SYN.",
    "loss-dead-leg/v4": "One of two equal ways between the routers is dead.",
    "loss-by-rate/v4": "A router lets two new connections through in a "
                       "second.",
    "loss-of-first/v6": "A router loses the first SYN of each flow.",
    "path-loops/v4": "Two routers send the SYN to each other.",
    "path-loops-through-source/v4": "A router sends the SYN back to the "
                                    "source, which passes packets on.",
    "path-loops-to-source/v6": "A router sends the SYN back to the source, "
                               "which does not.",
    "path-answer-loops-through-destination/v4":
        "A router sends the SYN-ACK back to the destination.",
    "path-through-own-filter/v4": "The SYN leaves by a filter in a namespace "
                                  "of the source, comes in again and goes on.",
    "control-drop-of-other-source/v4": "A rule drops another host's SYNs; "
                                       "ours pass.",
    "control-path-loss-beside-rising-counters/v4":
        "A router drops the SYN; a drop rule of the destination counts "
        "another host's.",
    "two-faults-firewall-and-loopback/v6":
        "The firewall drops the SYN, and the service listens on ::1 alone.",
    "checksum-broken-on-path/v4": "A router breaks the SYN's checksum.",
    "sequence-rewritten/v6": "A router changes the SYN's sequence number and "
                             "not the answer back.",
    "old-entry-for-the-port/v4": "An old conntrack entry sends the SYN to a "
                                 "container that is gone.",
    "old-entry-and-the-same-rule/v4": "The conntrack entry is old, but the "
                                      "rule still says the same.",
    "source-address-on-destination/v6": "The destination holds the source's "
                                        "address and answers itself.",
    "translated-to-loopback/v4": "A rule translates the SYN to 127.0.0.1, "
                                 "without route_localnet.",
    "forwarding-off-for-routed-address/v4": "The SYN is for a container that "
                                            "is routed to, and forwarding is "
                                            "off.",
    "address-out-of-local-table/v4": "The address is held, and its entry in "
                                     "the local table is gone.",
    "first-syn-lost-and-no-way-back/v4": "A router loses the first SYN of "
    "each flow; those that come when they are sent again find no way back, and "
    "the attempt that was given up for the walk's sake tells nothing of it.",
    "link-down-behind-a-router-that-does-not-forward/v4": "The destination has "
    "no carrier, and a router before it does not forward: that the SYN came so "
    "far nobody saw.",
    "no-rule-to-local-table/v6": "The rule that leads to the local table is "
                                 "gone.",
    "source-address-out-of-local-table/v4":
        "The source holds its address, and does not look it up as its own.",
    "no-rule-to-main-table-at-destination/v6":
        "The rule that leads to the main table is gone.",
    "no-route-back-beside-host-address/v4":
        "The destination's address is a /32, and no route leads back.",
    "tunnel-broken/v4": "A router drops what carries the overlay's packets.",
    "tunnel-broken-with-neighbour-known/v4":
        "The same, where the overlay's neighbour is known.",
    "address-lost/v4": "The destination has just lost the address.",
    "interface-down/v6": "The destination's interface is down and took the "
                         "address along.",
    "invalid-dropped-at-destination/v4": "The destination does not track its "
                                         "answers and drops what is invalid.",
    "ack-lost-on-path/v6": "A router drops the handshake's ACK.",
    "port-translated-on-path/v4": "A router translates the port to one where "
                                  "nothing listens.",
    "bound-to-the-address-s-device/v4": "The service is bound to lo, which "
                                        "holds the address; the SYN comes by "
                                        "eth0.",
    "one-of-four-answered-by-other/v4": "A router answers one attempt of "
                                        "four.",
    "container-forward-drop/v4": "A forward rule drops the SYN for a "
                                 "container.",
    "service-cannot-be-executed/v4": "The unit failed: its program is not "
                                     "there.",
    "service-stopped/v4": "The unit is stopped, though enabled.",
    "service-keeps-ending/v6": "The unit's program ends at once and is "
                               "started again.",
    "service-on-other-port/v6": "The unit listens on another port.",
    "port-held-by-other-unit/v4": "Another unit holds the port; the service's "
                                  "own failed for want of it.",
    "port-held-by-hand/v6": "A program started by hand holds the port.",
    "port-held-by-stray-copy/v4": "A copy of the service's program holds the "
                                  "port, and its unit failed.",
    "service-awaits-its-first-client/v4": "systemd holds the port for the "
                                          "service.",
    "service-instance-failed/v4": "One instance failed, another serves the "
                                  "port.",
    "service-that-starts-others/v4": "The unit ended when it had started "
                                     "what serves the port.",
    "port-taken-by-a-container/v4": "A container's published port goes before "
                                    "the service's own listener.",
    "service-unknown/v4": "Nothing on the host is called so, and what holds the "
                          "port is called otherwise.",
    "xdp-generic/v4": "An XDP program drops the SYN before any capture.",
    "xdp-at-return/v6": "An XDP program of the source drops the answer.",
    "tc-ingress-among-harmless/v6": "A tc filter drops the SYN; others there "
                                    "cannot.",
    "tc-ingress-one-of-two/v4": "One of two tc filters drops the SYN.",
    "tc-egress-at-answer/v6": "A tc filter drops the answer on its way out.",
    "qdisc-at-source/v4": "A queue discipline of the source drops the SYN.",
    "qdisc-leaf/v6": "A queue discipline below another drops the SYN.",
    "qdisc-drops-all/v4": "A queue discipline drops even the question for the "
                          "next hop.",
    "qdisc-dropped-before/v6": "Queue disciplines have dropped a lot, but not "
                               "now.",
    "connect-denied-by-cgroup/v4": "A BPF program refuses connect().",
    "connect-denied-by-landlock/v6": "Landlock refuses connect().",
    "cgroup-egress/v6": "A BPF program on the source's control group drops "
                        "the SYN.",
    "cgroup-ingress/v6": "A BPF program on the listener's control group drops "
                         "the SYN.",
    "cgroup-ingress-beside-filter/v4": "A BPF program on the listener's "
                                       "control group or the filter on its "
                                       "socket drops the SYN.",
    "cgroup-ingress-of-unit/v4": "The unit's IPAddressDeny= drops the SYN.",
    "socket-filter/v4": "The filter on the listening socket drops the SYN.",
    "bpf-netfilter/v4": "A BPF program on netfilter drops the SYN.",
    "ipsec-blocks-arrival/v6": "An IPsec policy blocks the SYN on arrival.",
    "ipsec-blocks-at-source/v4": "An IPsec policy of the source refuses "
                                 "connect().",
    "ipsec-demanded-at-source/v6": "An IPsec policy of the source demands "
                                   "what no key exchange has brought.",
    "answer-at-stateless-source-nftables/v4": "The source's policy drops the "
        "answer, and no rule has connections tracked.",
    "answer-at-tracked-source-legacy/v6": "The source's policy drops the "
        "answer, which tracking knows for one.",
    "ipsec-blocks-answer/v4": "An IPsec policy blocks the answer.",
    "nfqueue-legacy/v6": "A rule hands the SYN to a queue that nobody reads.",
    "nfqueue-other-reader/v4": "A rule hands the SYN to a queue that nobody "
                               "reads; another one is read.",
    "ipv6-disabled-at-source/v6": "IPv6 is switched off on the source's "
                                  "device.",
    "ipv6-disabled-elsewhere/v6": "IPv6 is switched off on a device that "
                                  "does not matter; the route is missing.",
    "route-elsewhere-bridge/v4": "A container's bridge has the destination's "
                                 "network.",
    "route-elsewhere-tunnel/v6": "A tunnel takes the destination's address and "
                                 "loses the SYN.",
    "route-elsewhere-policy-rule/v4": "A policy rule sends the SYN to another "
                                      "device.",
    "mark-and-blackhole/v6": "A rule marks the SYN, and the mark leads to a "
                             "blackhole.",
    "route-back-elsewhere-mark/v4": "A rule marks the SYN-ACK, and the mark "
                                    "leads to another device.",
    "route-back-by-other-leg/v4": "The SYN-ACK leaves by another device than "
                                  "the SYN came in on, and is lost there.",
    "source-translated/v4": "The source's NAT gives the SYN an address that "
                            "nobody can answer.",
    "source-address-foreign/v6": "The route's preferred source is an address "
                                 "that nobody has a route to.",
    "prefix-too-wide-at-source/v4": "The source takes the destination for a "
                                    "neighbour.",
    "neighbour-wrong-gateway/v6": "The entry for the gateway was set by hand, "
                                  "to a link address of nobody.",
    "misnamed-blackhole/v4": "The name leads to an address that its host has "
    "not, and a blackhole route of the source takes just that one: mending the "
    "name alone mends it, but a virtual address would look the same.",
    "misnamed-loopback/v4": "The source's hosts file has the other host's name "
    "beside 127.0.1.1.",
    "misnamed-and-port-dropped/v4": "A rule of the source drops the port, "
    "whatever the address; the name is wrong besides.",
    "named-by-a-front-closed/v4": "The name leads to an address that a router "
    "translates to the host's own: nothing listens there.",
    "entry-of-an-agent/v4": "The source's entry for its gateway has the link "
    "address of another agent's host.",
    "neighbour-permanent-and-path-drop/v4": "The entry for the gateway was set "
                                            "by hand and is right; a router "
                                            "drops the SYN.",
    "arp-ignore/v4": "The destination hears who asks for it, and is silent.",
    "arp-ignore-at-source/v4": "The source hears who asks for it, and is "
                               "silent.",
    "ttl-too-small/v4": "The SYN leaves with a TTL of one.",
    # What the destination does not keep for itself.
    "translated-answer-by-other-uplink/v4":
        "The container's answer is routed while it bears the container's "
        "address, for which no rule leads to the right uplink's table.",
    "translated-answer-without-route/v6":
        "The same, where there is no route at all for that address.",
    "translated-answer-rejected/v4": "The same, where a policy rule rejects "
                                     "what comes from the container.",
    "forwarding-off-on-device/v4":
        "The host forwards, but not what comes in on that device.",
    "forwarding-off-on-way-back/v4":
        "The host forwards the SYN, but not what the container answers.",
    "translated-to-nobody/v4": "DNAT leads to an address that nobody holds.",
    "snat-ports-taken/v4": "Both ports of the rule of source NAT are taken.",
    "guest-by-bridge/v4": "A guest of the host, on its bridge, answers.",
    "guest-by-macvlan-closed/v4": "A guest of the host refuses; the host's own "
                                  "sockets are not in it.",
    "closed-and-no-route-back/v4": "Nothing listens, and there is no route "
                                   "back for the reset.",
    "closed-and-gateway-back-dead/v6": "Nothing listens, and the gateway back "
                                       "is dead.",
    "on-loopback-and-nothing-leaves/v4":
        "The service listens on loopback alone, and a program drops what "
        "leaves of the port.",
    "blocked-by-ipsec-and-closed/v4": "An IPsec policy blocks the source, and "
                                      "nothing listens.",
    "queue-full-and-no-route-back/v6": "The accept queue is full, and there is "
                                       "no route back.",
    "answer-loops-between-routers/v4": "Two routers send the answer to and "
                                       "fro until its TTL runs out.",
    "answer-of-short-life/v6": "The answer leaves with a hop limit of one.",
    "answer-rejected-on-path/v4": "A router rejects the answer.",
    # Of each form of a command that the others lack; and hostile names.
    "arp-switched-off/v4": "ARP is switched off on the destination's device.",
    "arp-ignore-of-a-device-with-a-dot/v4":
        "The destination's device has a dot in its name, and is silent.",
    "tc-ingress-tcx/v6": "A program on the destination's tcx hook drops the "
                         "SYN.",
    "xdp-native/v4": "An XDP program in the driver drops the SYN.",
    "checksum-broken-behind-offload/v4":
        "The source leaves the checksum to its device; it arrives wrong.",
    "route-rejected-for-user-blackhole/v6":
        "A rule leads one user's packets to a blackhole.",
    "service-masked/v4": "The unit that should listen is masked.",
    "service-never-enabled/v4": "The unit that should listen is not enabled.",
    "listener-stuck-in-unit/v6": "A unit's process accepts nothing.",
    "fronts-ufw-route/v4": "ufw does not let what is translated pass on.",
    "fronts-ufw-not-loaded/v6": "ufw's saved rules allow it, and are not "
                                "loaded.",
    "fronts-firewalld-not-loaded/v4":
        "firewalld's saved settings open the port, and are not loaded.",
    "hostile-device-arp-ignore/v4":
        "A device's name would have a shell run a command; it has a dot, too.",
    "hostile-unit-holds-the-port/v4":
        "The unit that holds the port is called as a command of a shell.",
    "hostile-process-stopped/v6":
        "The process that is stopped is called as a command, with a line end "
        "and an escape sequence.",
    "hostile-group-drops/v4":
        "The control group's name would have a shell run three commands.",
    "hostile-ipset/v6": "The set's name would have a shell run two commands.",
    "hostile-iptables-chain-legacy/v4":
        "The chain's name would have a shell run three commands.",
    "hostile-nft-names/v6": "Table, chain and set are called as nft just lets "
                            "them be.",
    "ahead-three-tables/v4":
        "Three tables stop the SYN, one behind the other.",
    "ahead-one-chain-both-ways-nft/v6":
        "A chain to which both the way in and the way out lead drops the port.",
    "ahead-one-chain-both-ways-legacy/v4":
        "The same in iptables-legacy, where no counter tells by which way.",
    "ahead-two-hosts/v4": "The source drops the SYN and the answer, the "
                          "destination the SYN.",
    "ahead-path-then-input/v6": "A router drops the SYN; so would the "
                                "destination.",
    "ahead-none-limits-and-unknown/v4":
        "Behind the rule that drops it are others that may match, or not.",
    "hostile-rule-text/v4": "The rule's comment reads like two commands, of "
                            "nft and of a shell.",
}


def options():
    parser = argparse.ArgumentParser(description="make cases of the engine")
    parser.add_argument("--build-dir", default="build/dev")
    parser.add_argument("--only", action="append", metavar="PATTERN",
                        help="scenarios; may be repeated")
    parser.add_argument("--bundle", metavar="FILE")
    parser.add_argument("--story", metavar="SENTENCE")
    parser.add_argument("--cause")
    parser.add_argument("out", nargs="?", help="the case to write")
    return parser.parse_args()


def judged(build_dir, bundle):
    """What the engine says today, as the report's JSON."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(bundle, file)
        file.flush()
        result = subprocess.run(
            [os.path.join(build_dir, "bin", "probectl"), "judge", file.name,
             "-o", "json"], capture_output=True, text=True, timeout=30)
    if not result.stdout:
        sys.exit(f"probectl judge: {result.stderr.strip()}")
    return json.loads(result.stdout)


def expectation(report):
    verdict = report["verdict"]
    names = ("cause", "role", "stage", "packet", "confidence")
    expect = {name: verdict[name] for name in names if name in verdict}
    if verdict["cause"] == "connected":
        expect = {name: expect[name] for name in ("cause", "confidence")}
    expect["outcome"] = report["outcome"]
    if report.get("obstacles"):
        expect["ahead"] = [
            " ".join(item[name] for name in ("cause", "role", "stage", "packet"))
            + ": " + item.get("fix", {}).get("command", "")
            for item in report["obstacles"]]
    if report.get("fixes"):
        expect["fix"] = report["fixes"][0]["command"]
        expect["opens"] = report["fixes"][0]["opens"]
    return expect


def trimmed(build_dir, bundle, expect):
    """Without the evidence that the verdict does not need at all."""
    for kind in sorted(NEEDLESS):
        rest = dict(bundle, evidence=[item for item in bundle["evidence"]
                                      if item["kind"] != kind])
        if expectation(judged(build_dir, rest)) == expect:
            bundle = rest
    return bundle


def write_case(path, story, expect, bundle):
    """One piece of evidence a line, so that a difference can be read."""
    head = {"story": story, "schema": bundle["schema"], "expect": expect,
            "subject": bundle["subject"]}
    lines = ",\n".join("    " + json.dumps(item)
                       for item in bundle["evidence"])
    with open(path, "w", encoding="utf-8") as file:
        file.write("{\n")
        for name, value in head.items():
            file.write(f"  {json.dumps(name)}: "
                       f"{json.dumps(value)},\n")
        file.write(f'  "evidence": [\n{lines}\n  ]\n}}\n')


def export(build_dir, path, story, bundle):
    bundle.pop("report", None)
    bundle.pop("earlier", None)  # a case is about one address
    expect = expectation(judged(build_dir, bundle))
    write_case(path, story, expect, trimmed(build_dir, bundle, expect))


def from_scenario(build_dir, scenario, story):
    """A sentence about what went wrong, or None."""
    lab = Lab(build_dir)
    try:
        for name, prefix in scenario.agents:
            lab.change_agent(name, prefix.split())
        inject(lab, scenario)
        lab.wait_told(scenario.told)
        saved = os.path.join(lab["ctl"].folder, "bundle.json")
        result = lab.probectl("trace", *scenario.argv, "-o", "json",
                              "--bundle", saved)
        report = json.loads(result.stdout) if result.stdout else None
        problems, _ = judge(scenario.expect, result.returncode, report,
                            result.stderr)
        if problems:
            return "; ".join(problems)
        with open(saved, encoding="utf-8") as file:
            bundle = json.load(file)
    finally:
        lab.close()
    name = scenario.name.replace("/", "-") + ".json"
    export(build_dir, os.path.join(CASES, name), story, bundle)
    return None


def from_lab(args):
    scenarios = {scenario.name: scenario for scenario in all_scenarios()}
    failed = 0
    for name, story in STORIES.items():
        if not any(fnmatch.fnmatch(name, pattern)
                   for pattern in args.only or ["*"]):
            continue
        problem = from_scenario(args.build_dir, scenarios[name], story)
        print(f"{name}: {problem or 'written'}", flush=True)
        failed += problem is not None
    return 1 if failed else 0


def from_field(args):
    with open(args.bundle, encoding="utf-8") as file:
        bundle = json.load(file)
    bundle.pop("report", None)
    bundle.pop("earlier", None)  # a case is about one address
    now = expectation(judged(args.build_dir, bundle))
    if now["cause"] == args.cause:
        export(args.build_dir, args.out, args.story, bundle)
        return 0
    # A test that fails until the engine is mended: keep all the evidence.
    write_case(args.out, args.story, {"cause": args.cause}, bundle)
    print(f"the engine says {now['cause']}: the test fails until it is mended")
    return 0


def main():
    args = options()
    if missing_programs(args.build_dir):
        print(f"not built: {args.build_dir}", file=sys.stderr)
        return 2
    if args.bundle is None:
        return from_lab(args)
    if not (args.out and args.story and args.cause):
        print("--bundle needs --story, --cause and the case to write",
              file=sys.stderr)
        return 2
    return from_field(args)


if __name__ == "__main__":
    sys.exit(main())
