/* The list of facts: a new one is an entry here, and derived in the file of its
 * kin. */
#ifndef VERDICT_FACT_LIST_H
#define VERDICT_FACT_LIST_H

/* name, at which end it is asked, what "yes" means, what "no" means.  In the
 * texts {end} is that end and {peer} the other one; {packet} is what the end
 * sends in a handshake (the source the SYN, the destination the SYN-ACK),
 * {answer} what it gets. */
#define VERDICT_FACTS(X)                                                                       \
    X(NAME_UNRESOLVED, SOURCE, "the source's resolver gives no address",                       \
      "the name was resolved")                                                                 \
    X(NAME_ELSEWHERE, SOURCE,                                                                  \
      "the name's address is not one of the named host's",                                     \
      "the named host owns the address")                                                       \
    X(NAME_LEADS_THERE, SOURCE,                                                                \
      "what goes to the name's address comes to the destination",                              \
      "what goes to the name's address does not come to the destination")                      \
    X(STOPPED_BY_ADDRESS, SOURCE,                                                              \
      "what stops it on the source is about the name's address alone",                         \
      "what stops it on the source, if anything, is not about the name's address alone")       \
    X(CONNECTED, SOURCE, "the kernel reports a completed handshake",                           \
      "the handshake did not complete")                                                        \
    X(SYN_ASKS_ECN, SOURCE, "the SYN asks for ECN (it bears ECE and CWR)",                     \
      "the SYN does not ask for ECN")                                                          \
    X(PORT_FILTERED, BOTH,                                                                     \
      "other ports or protocols of the {end} get through, the traced port does not",           \
      "nothing of the {end} but the traced port is known to get through")                      \
    X(SOURCE_FILTERED, SOURCE,                                                                 \
      "another host gets through to the port by the same hop, the source does not",            \
      "no other host is known to get through to the port by the same hop")                     \
    X(ECN_DROPPED, BOTH,                                                                       \
      "a {packet} with ECN does not get through, and one just like it without ECN does",       \
      "no {packet} gets through for want of ECN alone")                                        \
    X(ECN_SUSPECT, BOTH,                                                                       \
      "the SYN asks for ECN, and no {packet} without it was tried",                            \
      "the SYN does not ask for ECN, or a {packet} without it vanishes as well")               \
    X(REPEAT_PASSED, BOTH,                                                                     \
      "a {packet} just like the attempts' got through later",                                  \
      "no {packet} just like the attempts' got through later")                                 \
    X(CLOSED_EARLY, SOURCE,                                                                    \
      "the open connection was closed from the other side at once",                            \
      "nobody else closed the connection while the probe left it open")                        \
    X(RESET_OPEN, SOURCE, "the open connection was reset",                                     \
      "the open connection was not reset")                                                     \
    X(CLOSED_ITSELF, DESTINATION,                                                              \
      "the destination's capture shows its own FIN or reset going out",                        \
      "the destination sent neither a FIN nor a reset of its own")                             \
    X(SENT, BOTH, "the {end}'s capture shows the {packet} going out",                          \
      "the {end} sent no {packet}")                                                            \
    X(ARRIVED, BOTH, "the {answer} reached the {end}",                                         \
      "the {answer} never reached the {end}'s device")                                         \
    X(ACK_LEFT, SOURCE,                                                                        \
      "the source's capture shows the handshake's ACK going out",                              \
      "the handshake's ACK never left the source's device")                                    \
    X(ACK_ARRIVED, DESTINATION, "the handshake's ACK reached the destination",                 \
      "the handshake's ACK never reached the destination")                                     \
    X(RST, BOTH, "a reset was seen at the {end}",                                              \
      "no reset was seen at the {end}")                                                        \
    X(ICMP, BOTH, "an ICMP error about the SYN was seen at the {end}",                         \
      "no ICMP error was seen at the {end}")                                                   \
    X(ICMP_PROHIBITED, SOURCE, "the ICMP error says prohibited or filtered",                   \
      "the ICMP error does not say prohibited")                                                \
    X(ICMP_NO_HOST, SOURCE,                                                                    \
      "the ICMP error may say that nobody holds the address, or that its host is down",        \
      "the ICMP error does not say that the host itself was not found")                        \
    X(COPIES_PROHIBITED, SOURCE,                                                               \
      "a hop rejects copies of the SYN that look for the place",                               \
      "no hop rejects copies of the SYN")                                                      \
    X(COPIES_TRANSLATED, SOURCE, "a TTL ran out at the called address itself",                 \
      "no TTL ran out at the called address itself")                                           \
    X(COPIES_UNREACHABLE, SOURCE,                                                              \
      "a hop reports copies of the SYN unreachable that look for the place",                   \
      "no hop reports copies of the SYN unreachable")                                          \
    X(HOPS_REPEAT, BOTH,                                                                       \
      "the walk from the {end} meets the same hops again and again",                           \
      "no hop comes again in the walk from the {end}")                                         \
    X(COPIES_WENT_ON, SOURCE,                                                                  \
      "copies of the SYN were seen to come beyond the first router",                           \
      "no copy of the SYN was seen to come beyond the first router")                           \
    X(ICMP_EXPIRED, SOURCE, "the ICMP error says that the TTL ran out",                        \
      "no hop reported an expired TTL")                                                        \
    X(AGENT, DESTINATION, "an agent watches at the destination",                               \
      "no agent watches at the destination")                                                   \
    X(ANSWERER_UNTOLD, DESTINATION,                                                            \
      "the agent that could tell who answered is away, or fell silent",                        \
      "who answered is known, or no agent could tell")                                         \
    X(REPORTED, DESTINATION, "the destination's own ICMP error came back",                     \
      "the ICMP error came from another host than the destination")                            \
    X(ANSWER_FORGED, ATTEMPT,                                                                  \
      "an answer came that the destination never sent",                                        \
      "every answer came from the destination")                                                \
    X(RESET_FORGED, ATTEMPT,                                                                   \
      "the destination got a reset that the source never sent",                                \
      "every reset that the destination got came from the source")                             \
    X(RESET_TRANSLATED, SOURCE,                                                                \
      "the reset bears another address or port than was called",                               \
      "the reset bears the address and port that were called")                                 \
    X(SECOND_HOLDER, BOTH, "another agent's host holds the {end}'s address",                   \
      "no other agent's host is known to hold the {end}'s address")                            \
    X(ADDRESS_TAKEN, SOURCE,                                                                   \
      "the kernel had no address and port to send from",                                       \
      "the kernel found an address and port to send from")                                     \
    X(FROM_MISSING, SOURCE, "the source address asked for is not on the host",                 \
      "the source address asked for is on the host")                                           \
    X(ROUTE_ERROR, SOURCE, "connect() failed in the routing lookup",                           \
      "connect() met no routing error")                                                        \
    X(NO_ROUTE, BOTH, "the {end} has no route to the {peer}",                                  \
      "the {end}'s routing lookup finds an entry for the {peer}")                              \
    X(ROUTE_REJECTS, BOTH, "a route on the {end} rejects the {peer}",                          \
      "no route on the {end} rejects the {peer}")                                              \
    X(PORTS_FREE, SOURCE, "local ports towards the destination are free",                      \
      "every local port towards the destination is taken")                                     \
    X(ON_LINK, BOTH, "the {end} takes the {peer} for on-link",                                 \
      "the {end} reaches the {peer} through a gateway")                                        \
    X(PREFIX_WIDE, BOTH, "the {peer}'s own prefix leaves the {end} out",                       \
      "the {peer}'s own prefix does not contradict the {end}'s")                               \
    X(FOR_OTHER_HOST, BOTH,                                                                    \
      "the {answer} came to the {end} with another host's link address",                       \
      "no {answer} came to the {end} with another host's link address")                        \
    X(ARRIVAL_DOUBTED, DESTINATION,                                                            \
      "SYNs came with other sequence numbers, or the destination does not even answer itself", \
      "no SYN came with another sequence number, and the destination answers itself")          \
    X(HANDED_ON, DESTINATION,                                                                  \
      "the destination translated the SYN or passed it on",                                    \
      "the destination kept the SYN for itself")                                               \
    X(FORWARDING_OFF, DESTINATION,                                                             \
      "the destination does not forward what comes in on that device",                         \
      "the destination forwards what comes in on that device")                                 \
    X(TARGET_SILENT, DESTINATION,                                                              \
      "the destination asked in vain for the address that its rule translates to",             \
      "the address that the destination translates to answers, or was not asked for")          \
    X(TARGET_REFUSED, DESTINATION,                                                             \
      "what the destination passed the SYN on to refused it",                                  \
      "what the destination passed the SYN on to is not known to have refused it")             \
    X(TARGET_NO_SOCKET, DESTINATION,                                                           \
      "the kernel found no socket for the SYN where it was passed on to",                      \
      "no drop event for want of a socket where the SYN was passed on to")                     \
    X(TARGET_ON_LOOPBACK, DESTINATION,                                                         \
      "where the SYN was passed on to, the port is listened on by loopback alone",             \
      "where the SYN was passed on to, no listener of the port is on loopback alone")          \
    X(TARGET_REJECTS, DESTINATION,                                                             \
      "what the SYN was passed on to rejected it by a rule",                                   \
      "what the SYN was passed on to is not known to have a rule that rejects it")             \
    X(STOPPED_INSIDE, DESTINATION,                                                             \
      "netfilter dropped it in another network namespace of the destination's host",           \
      "netfilter dropped it in no other network namespace of the destination's host")          \
    X(ADDRESS_ERRORS, DESTINATION,                                                             \
      "the destination counted packets for foreign addresses",                                 \
      "the destination counted no packet for a foreign address")                               \
    X(NETFILTER_DROPPED_OUT, BOTH,                                                             \
      "the {end}'s netfilter dropped the {packet}",                                            \
      "the {end}'s netfilter did not drop the {packet}")                                       \
    X(NETFILTER_DROPPED_IN, BOTH,                                                              \
      "the {end}'s netfilter dropped the {answer}",                                            \
      "the {end}'s netfilter did not drop the {answer}")                                       \
    X(CONNTRACK_DROPPED, BOTH,                                                                 \
      "connection tracking on the {end} dropped packets",                                      \
      "connection tracking on the {end} dropped nothing")                                      \
    X(ENTRY_CLASHED, BOTH,                                                                     \
      "connection tracking on the {end} refused entries that clash with others",               \
      "connection tracking on the {end} refused no entry that clashes with another")           \
    X(HIDES_SOURCE, BOTH,                                                                      \
      "a rule on the {end} gives the SYN another source address",                              \
      "no rule on the {end} was seen to give the SYN another source address")                  \
    X(HOLDS_PEER, BOTH, "the {end} itself holds the {peer}'s address",                         \
      "the {end} does not hold the {peer}'s address")                                          \
    X(LINK_DOWN, BOTH, "the {end}'s link is down or has no carrier",                           \
      "the {end}'s link is up")                                                                \
    X(ANSWERS_JUDGED, BOTH,                                                                    \
      "no rule of the {end} may drop its next hop's answer unseen",                            \
      "a rule of the {end} may drop its next hop's answer")                                    \
    X(NEIGHBOUR_FAILED, BOTH, "the {end}'s next hop does not answer",                          \
      "the {end}'s next hop is resolved")                                                      \
    X(NEIGHBOUR_ERROR, SOURCE, "the source's kernel gave up on the next hop",                  \
      "the source's kernel did not give up on the next hop")                                   \
    X(RULE_DROPS_OUT, BOTH, "a rule on the {end} drops the {packet}",                          \
      "no rule on the {end} drops the {packet}")                                               \
    X(RULE_REJECTS_OUT, BOTH, "a rule on the {end} rejects the {packet}",                      \
      "no rule on the {end} rejects the {packet}")                                             \
    X(RULE_DROPS_IN, BOTH, "a rule on the {end} drops the {answer}",                           \
      "no rule on the {end} drops the {answer}")                                               \
    X(RULE_REJECTS_IN, BOTH, "a rule on the {end} rejects the {answer}",                       \
      "no rule on the {end} rejects the {answer}")                                             \
    X(RP_FILTERED, BOTH, "reverse path filtering on the {end} counted it",                     \
      "reverse path filtering on the {end} counted nothing")                                   \
    X(RULE_DROPS_ACK, ATTEMPT, "a rule drops the handshake's ACK",                             \
      "no nftables rule drops the handshake's ACK")                                            \
    X(RULES_UNSEEN, DESTINATION,                                                               \
      "the destination's rules could not be traced",                                           \
      "the destination's rules were traced")                                                   \
    X(ADDRESS_NOT_LOCAL, DESTINATION,                                                          \
      "the destination does not own the address",                                              \
      "the destination owns the address")                                                      \
    X(ROUTE_ASTRAY, BOTH,                                                                      \
      "the {end}'s route to the {peer} leaves the way that is known to lead there",            \
      "the {end}'s route to the {peer} is the plain one")                                      \
    X(DEVICE_SUSPECT, BOTH, "the {end}'s device may have dropped it",                          \
      "the {end}'s device dropped nothing and runs no XDP program")                            \
    X(LEFT_BY_WIRE, BOTH,                                                                      \
      "the {packet} left by a device that leads out of the {end}",                             \
      "the {packet} was seen only on a device that need not lead to the {peer}")               \
    X(LISTENER_TAKES, DESTINATION,                                                             \
      "a listener takes SYNs for this address and port",                                       \
      "no listener takes SYNs for this address and port")                                      \
    X(LISTENER_LOOPBACK, DESTINATION,                                                          \
      "a listener holds the port on loopback only",                                            \
      "no listener holds the port on loopback")                                                \
    X(LISTENER_OTHER_ADDRESS, DESTINATION,                                                     \
      "a listener holds the port on another address",                                          \
      "no listener holds the port on another address")                                         \
    X(LISTENER_OTHER_FAMILY, DESTINATION,                                                      \
      "a listener holds the port for the other family",                                        \
      "no listener holds the port for the other family")                                       \
    X(LISTENER_OTHER_DEVICE, DESTINATION,                                                      \
      "a listener holds the port on another device",                                           \
      "no listener holds the port on another device")                                          \
    X(LISTENER_OTHER_NAMESPACE, DESTINATION,                                                   \
      "a listener holds the port in another namespace",                                        \
      "no listener holds the port in another namespace")                                       \
    X(QUEUE_FULL, DESTINATION, "the listener's accept queue is full",                          \
      "the listener's accept queue has room")                                                  \
    X(QUEUE_OVERFLOWED, DESTINATION, "the kernel counted listen overflows",                    \
      "the kernel counted no listen overflow")                                                 \
    X(ICMP_BELIEVED, SOURCE,                                                                   \
      "the source's kernel took the ICMP error for true",                                      \
      "the source's kernel did not take the ICMP error for true")                              \
    X(ANSWER_STAYED, DESTINATION,                                                              \
      "the destination's answer went to the host itself",                                      \
      "no answer of the destination went to the host itself")                                  \
    X(ADDRESS_LOST, DESTINATION,                                                               \
      "the destination held the address a while ago",                                          \
      "the destination never told that it held the address")                                   \
    X(ADDRESS_MOVED, DESTINATION,                                                              \
      "another agent's host held the destination's address until a while ago",                 \
      "no other agent's host held the destination's address lately")                           \
    X(OLD_HOLDER_CALLED, DESTINATION,                                                          \
      "what is sent to the destination still goes to the host that held its address before",   \
      "nothing that is sent to the destination goes to a host that held its address before")   \
    X(ADDRESS_ASKED_FOR, DESTINATION,                                                          \
      "the address was asked for in vain on the destination's link",                           \
      "nobody asked in vain for the address on the destination's link")                        \
    X(ROUTES_ON, DESTINATION,                                                                  \
      "the destination has a route onward for the address",                                    \
      "the destination has no route onward for the address")                                   \
    X(HOST_SEEMS_DOWN, DESTINATION,                                                            \
      "the agent is away and the host answers none of its neighbours",                         \
      "nothing says that the host is down")                                                    \
    X(SEQUENCE_CHANGED, BOTH,                                                                  \
      "the sequence number of the {end}'s {packet} was changed on the way",                    \
      "the sequence number of the {end}'s {packet} was not changed on the way")                \
    X(HOOK_DROPPED_SYN, BOTH,                                                                  \
      "a hook of the {end}'s netfilter that has no rules dropped the SYN",                     \
      "the {end}'s netfilter dropped no SYN outside of its rules")                             \
    X(TRACKING_FULL, BOTH, "the {end}'s connection tracking table is full",                    \
      "the {end}'s connection tracking table has room")                                        \
    X(OLD_ENTRY, DESTINATION, "an entry older than the SYN translates it",                     \
      "no older entry of connection tracking translates it")                                   \
    X(OLD_ENTRY_DISAGREES, DESTINATION,                                                        \
      "by the rules of today it would go elsewhere",                                           \
      "by the rules of today it would go there as well")                                       \
    X(SERVICE_MISSED, DESTINATION,                                                             \
      "another program than the service asked for holds the port",                             \
      "no other program than the service asked for holds the port")                            \
    X(SERVICE_DIVERTED, DESTINATION,                                                           \
      "the SYN is translated before the service's own listener sees it",                       \
      "nothing keeps the SYN from the service's own listener")                                 \
    X(CONNECT_DENIED, SOURCE,                                                                  \
      "connect() was refused before any packet was made",                                      \
      "connect() was not refused by the source's kernel")                                      \
    X(GROUP_WATCHES, SOURCE,                                                                   \
      "a BPF program of the probe's control group judges connect()",                           \
      "no BPF program of the probe's control group judges connect()")                          \
    X(IPSEC_STOPS, BOTH, "an IPsec policy of the {end} stops the {packet}",                    \
      "no IPsec policy of the {end} stops the {packet}")                                       \
    X(IPSEC_COUNTED, BOTH, "IPsec on the {end} counted what it stopped",                       \
      "IPsec on the {end} counted nothing")                                                    \
    X(IPSEC_STOPS_IN, DESTINATION,                                                             \
      "an IPsec policy of the destination stops the SYN",                                      \
      "no IPsec policy of the destination stops the SYN")                                      \
    X(IPSEC_COUNTED_IN, DESTINATION,                                                           \
      "IPsec on the destination counted what it stopped on its way in",                        \
      "IPsec on the destination counted nothing on its way in")                                \
    X(QDISC_DROPPED, BOTH,                                                                     \
      "a queue discipline of the {end}'s way out dropped packets",                             \
      "the queue disciplines of the {end}'s way out dropped nothing")                          \
    X(NETFILTER_PROGRAM, BOTH,                                                                 \
      "a BPF program on the {end}'s netfilter may have dropped it",                            \
      "no BPF program on the {end}'s netfilter dropped it")                                    \
    X(IPV6_DISABLED, BOTH, "IPv6 is switched off on the {end}'s device",                       \
      "IPv6 is switched on on the {end}'s device")                                             \
    X(REDIRECTED, SOURCE,                                                                      \
      "the source's own rules sent the SYN to itself instead",                                 \
      "the source's own rules did not send the SYN to itself")                                 \
    X(TRANSLATED, SOURCE,                                                                      \
      "the SYN left the source for another address or port",                                   \
      "the SYN left the source for the address and port that were called")                     \
    X(TRANSLATING_RULE, SOURCE,                                                                \
      "a rule on the source translates the destination",                                       \
      "no rule on the source translates the destination")                                      \
    X(FROM_PORT_TAKEN, SOURCE, "the source port asked for is taken",                           \
      "the source port asked for is free")                                                     \
    X(BOUND_AWAY, SOURCE,                                                                      \
      "the socket is bound to another device than the route's",                                \
      "the socket is bound to the route's device")                                             \
    X(ACK_OVERFLOWED, DESTINATION,                                                             \
      "the listener had no room when the handshake's ACK came",                                \
      "the listener had room for the connection")                                              \
    X(HALF_OPEN, DESTINATION,                                                                  \
      "the connection stayed half-open at the destination",                                    \
      "the connection did not stay half-open at the destination")                              \
    X(ABORTS_ON_OVERFLOW, DESTINATION,                                                         \
      "the destination resets what finds no room in the queue",                                \
      "the destination only drops what finds no room in the queue")                            \
    X(ACK_DEFERRED, DESTINATION,                                                               \
      "the listener takes a connection only when data comes",                                  \
      "no listener waits for data")                                                            \
    X(PROCESS_STOPPED, DESTINATION,                                                            \
      "the connection lies unaccepted, and the process is stopped",                            \
      "no stopped process leaves the connection unaccepted")                                   \
    X(WAS_STOPPED, DESTINATION, "the process was stopped before the trace",                    \
      "the process ran before the trace")                                                      \
    X(QUEUE_STANDS, DESTINATION,                                                               \
      "the connection lay unaccepted, and nothing else was accepted",                          \
      "the connection was accepted, or others before it")                                      \
    X(LISTENER_CHANGED, DESTINATION,                                                           \
      "the listener came or went during the trace",                                            \
      "the same listener was there before and after the trace")                                \
    X(NO_SOCKET, DESTINATION, "the kernel found no socket that takes the SYN",                 \
      "no drop event for want of a socket")                                                    \
    X(TCP_REFUSED, DESTINATION, "the destination's TCP refused the SYN",                       \
      "the destination sent no reset")                                                         \
    X(SYN_QUEUE_DROPPED, DESTINATION,                                                          \
      "the kernel counted SYNs dropped for too many half-open connections",                    \
      "the kernel counted no SYN dropped for too many half-open connections")                  \
    X(SYN_QUEUE_LONG, DESTINATION,                                                             \
      "too many half-open connections wait on the port, and no SYN cookies are sent",          \
      "few half-open connections wait on the port, or SYN cookies are sent")                   \
    X(STALE_SOCKET, DESTINATION,                                                               \
      "an old connection holds the same addresses and ports",                                  \
      "no old connection is known to hold the addresses and ports")                            \
    X(OLD_SOCKET_TOOK, DESTINATION,                                                            \
      "the kernel counted a segment that an old connection took or rejected",                  \
      "the kernel counted no segment that an old connection took or rejected")                 \
    X(LEFT_ASTRAY, SOURCE, "the SYN left by a device that leads astray",                       \
      "no SYN left by a device that leads astray")                                             \
    X(WAY_OPEN, BOTH, "the way that the {end} chose may lead there as well",                   \
      "the way that the {end} chose leads to nobody but itself")                               \
    X(ASKED_IN_VAIN, BOTH, "the {end} asked for its next hop in vain",                         \
      "no question of the {end} for its next hop was in vain")                                 \
    X(LEFT_INWARD, DESTINATION,                                                                \
      "the SYN-ACK left by a device inside the host",                                          \
      "no SYN-ACK left by a device inside the host")                                           \
    X(NEIGHBOUR_WRONG, BOTH, "the {end}'s next hop has another link address",                  \
      "the {end} knows its next hop's link address")                                           \
    X(ARP_UNANSWERED, BOTH, "the {end} did not answer for its address",                        \
      "the {end} answered for its address")                                                    \
    X(ASKED_IN_TIME, BOTH, "the {end} was asked for when this was due",                        \
      "the {end} was not asked for when this was due")                                         \
    X(ARP_MUTE, DESTINATION,                                                                   \
      "the destination's settings keep it from answering for its address",                     \
      "no setting keeps the destination from answering for its address")                       \
    X(DAD_FAILED, BOTH, "another host holds the {end}'s address",                              \
      "the {end}'s address is no duplicate")                                                   \
    X(TTL_LOW, BOTH, "the {packet} left with too low a TTL",                                   \
      "the {packet} left with an ordinary TTL")                                                \
    X(TTL_ONE, BOTH, "the {packet} left with a TTL of one",                                    \
      "the {packet} left with a TTL above one")                                                \
    X(MARKED, BOTH, "a rule on the {end} gave the {packet} a mark",                            \
      "no rule on the {end} gave the {packet} a mark")                                         \
    X(MARK_REJECTED, SOURCE, "a policy rule rejects what bears a mark",                        \
      "no policy rule of the source rejects a mark")                                           \
    X(ADDRESS_FOREIGN, SOURCE, "the SYN left with another device's address",                   \
      "the SYN left with its device's own address")                                            \
    X(ADDRESS_TRANSLATED, SOURCE, "the source translated the SYN's address",                   \
      "the SYN left with its socket's own address")                                            \
    X(ANSWER_UNREACHABLE, DESTINATION,                                                         \
      "a hop reports the SYN-ACK unreachable",                                                 \
      "no hop reports the SYN-ACK unreachable")                                                \
    X(ANSWER_PROHIBITED, DESTINATION, "a hop rejects the SYN-ACK",                             \
      "no hop rejects the SYN-ACK")                                                            \
    X(ANSWER_EXPIRED, DESTINATION,                                                             \
      "a hop reports that the SYN-ACK's TTL ran out",                                          \
      "no hop reports that the SYN-ACK's TTL ran out")                                         \
    X(SYN_ON_LOOPBACK, SOURCE, "the SYN was seen on the loopback device",                      \
      "no SYN was seen on the loopback device")                                                \
    X(NOT_LOOKED_UP, BOTH,                                                                     \
      "the {end} holds the address, and its routing does not know it",                         \
      "the {end}'s routing takes the address for its own")                                     \
    X(TUNNELLED, BOTH,                                                                         \
      "the {packet} goes into a tunnel, behind which the {peer} is",                           \
      "the {packet} goes into no tunnel")                                                      \
    X(TUNNEL_DROPPED, BOTH, "the {end} drops what its tunnel sends",                           \
      "the {end} drops nothing of what its tunnel sends")                                      \
    X(LOOPS, BOTH, "the {packet} came back to the {end} that had sent it",                     \
      "no {packet} came back to the {end} that had sent it")                                   \
    X(CAME_TRANSLATED, BOTH,                                                                   \
      "the {answer} that came to the {end} has another address than was called",               \
      "the {answer} that came to the {end} has the address that was called")                   \
    X(ANSWER_BYPASSES, DESTINATION,                                                            \
      "the answer bears the address to which the destination translated the SYN",              \
      "the answer bears no address to which the destination translated the SYN")               \
    X(CALLED_SERVED, DESTINATION,                                                              \
      "a listener takes what comes for the called port",                                       \
      "no listener takes what comes for the called port")                                      \
    X(REDIRECTED_HERE, DESTINATION,                                                            \
      "the destination's own rule redirects the SYN to itself",                                \
      "no rule of the destination redirects the SYN")                                          \
    X(LED_TO_LOOPBACK, DESTINATION,                                                            \
      "the destination's own rule leads the SYN to a loopback address",                        \
      "the destination's own rules lead the SYN to no loopback address")                       \
    X(LEFT_TRANSLATED, BOTH,                                                                   \
      "the {packet} left the {end}'s device already translated",                               \
      "the {packet} left the {end} with the address that was called")                          \
    X(ARRIVED_OTHERWISE, DESTINATION,                                                          \
      "the SYN arrived for what nobody called",                                                \
      "the SYN arrived for what was called")                                                   \
    X(KERNEL_WATCHED, BOTH,                                                                    \
      "the kernel's drop events were watched on the {end}",                                    \
      "the kernel's drop events were not watched on the {end}")                                \
    X(KERNEL_DROPPED, ATTEMPT, "the kernel told that it dropped the packet",                   \
      "the kernel did not tell that it dropped the packet")                                    \
    X(MAYBE_COPY, ATTEMPT,                                                                     \
      "what the kernel dropped may have been a copy only",                                     \
      "what the kernel dropped was the packet itself")                                         \
    X(DROPPED_OUTSIDE, SOURCE,                                                                 \
      "the source's own network namespace dropped it, not the one that the trace is made in",  \
      "it was not dropped outside of the trace's own network namespace")                       \
    X(LOOKUP_REJECTED, ATTEMPT,                                                                \
      "the routing lookup for what the kernel dropped met a rejecting route",                  \
      "the routing lookup for what the kernel dropped met no rejecting route")                 \
    X(DROPPED_OWN, BOTH,                                                                       \
      "what the {end} dropped on its way in is what it had sent itself",                       \
      "what the {end} dropped came from another host")                                         \
    X(DROPPER_DOWN, BOTH, "the device on which the {end} dropped it is down",                  \
      "the device on which the {end} dropped it is up")                                        \
    X(GROUP_PROGRAM, BOTH,                                                                     \
      "a BPF program of the socket's control group filters on the {end}",                      \
      "no BPF program of a control group filters on the {end}")                                \
    X(SOCKET_FILTER, BOTH, "a filter is attached to the socket on the {end}",                  \
      "no filter is attached to the socket on the {end}")                                      \
    X(QUEUE_READ, BOTH, "a program on the {end} reads the queue",                              \
      "no program on the {end} reads the queue")

#endif
