/* Facts: every question that a row of the table may ask about one attempt.
 * Yes, no, or not observed; "no" only if somebody watched and would have seen
 * it.  facts.c is the only place that decides that. */
#ifndef VERDICT_FACTS_H
#define VERDICT_FACTS_H

#include <stdint.h>

#include "controller/verdict/view.h"

/* name, what "yes" means, what "no" means (for the rejected causes) */
#define VERDICT_FACTS(X)                                                       \
    X(NAME_UNRESOLVED, "the source's resolver gives no address",               \
      "the name was resolved")                                                 \
    X(NAME_ELSEWHERE, "the name's address is not one of the named host's",     \
      "the named host owns the address")                                       \
    X(CONNECTED, "the kernel reports a completed handshake",                   \
      "the handshake did not complete")                                        \
    X(SYN_LEFT, "the source's capture shows the SYN going out",                \
      "the source's capture shows no SYN going out")                           \
    X(SYN_ARRIVED, "the SYN reached the destination",                          \
      "the SYN never reached the destination's device")                        \
    X(SYN_ACK_LEFT, "the destination sent the SYN-ACK",                        \
      "the destination sent no SYN-ACK")                                       \
    X(SYN_ACK_ARRIVED, "the SYN-ACK reached the source",                       \
      "the SYN-ACK never reached the source's device")                         \
    X(ACK_ARRIVED, "the handshake's ACK reached the destination",              \
      "the handshake's ACK never reached the destination")                     \
    X(RST_LEFT, "the destination answered with a reset",                       \
      "the destination sent no reset")                                         \
    X(RST_ARRIVED, "a reset reached the source", "no reset came back")         \
    X(ICMP_LEFT, "the destination answered with an ICMP error",                \
      "the destination sent no ICMP error")                                    \
    X(ICMP_ARRIVED, "an ICMP error about the SYN reached the source",          \
      "no ICMP error came back")                                               \
    X(ICMP_PROHIBITED, "the ICMP error says prohibited or filtered",           \
      "the ICMP error does not say prohibited")                                \
    X(ICMP_EXPIRED, "the ICMP error says that the TTL ran out",                \
      "no hop reported an expired TTL")                                        \
    X(DESTINATION_AGENT, "an agent watches at the destination",                \
      "no agent watches at the destination")                                   \
    X(DESTINATION_REPORTED, "the destination's own ICMP error came back",      \
      "the ICMP error came from another host than the destination")            \
    X(ANSWER_FORGED, "an answer came that the destination never sent",         \
      "every answer came from the destination")                                \
    X(ADDRESS_TAKEN, "the kernel had no address and port to send from",        \
      "the kernel found an address and port to send from")                     \
    X(FROM_MISSING, "the source address asked for is not on the host",         \
      "the source address asked for is on the host")                           \
    X(SOURCE_ROUTE_ERROR, "connect() failed in the routing lookup",            \
      "connect() met no routing error")                                        \
    X(SOURCE_NO_ROUTE, "the source has no route to the destination",           \
      "the source has a route to the destination")                             \
    X(SOURCE_ROUTE_REJECTS, "a route on the source rejects the destination",   \
      "no route on the source rejects the destination")                        \
    X(SOURCE_PORTS_FREE, "local ports towards the destination are free",       \
      "every local port towards the destination is taken")                     \
    X(SOURCE_ON_LINK, "the source takes the destination for on-link",          \
      "the source reaches the destination through a gateway")                  \
    X(SOURCE_PREFIX_WIDE,                                                      \
      "the destination's own prefix leaves the source out",                    \
      "the destination's own prefix does not contradict the source's")         \
    X(PREFIX_WIDE, "the source's own prefix leaves the destination out",       \
      "the source's own prefix does not contradict the destination's")         \
    X(SYN_FOR_OTHER_HOST, "the SYN came with another host's link address",     \
      "no SYN came with another host's link address")                          \
    X(STRANGE_SYNS, "SYNs of the source came with other sequence numbers",     \
      "no SYN of the source came with another sequence number")                \
    X(SELF_TEST_SILENT, "the destination does not even answer itself",         \
      "the destination answers itself")                                        \
    X(HANDED_ON, "the destination translated the SYN or passed it on",         \
      "the destination kept the SYN for itself")                               \
    X(FORWARDING_OFF, "the destination does not forward packets",              \
      "the destination forwards packets")                                      \
    X(ADDRESS_ERRORS, "the destination counted packets for foreign addresses", \
      "the destination counted no packet for a foreign address")               \
    X(SOURCE_NETFILTER_DROPPED_SYN, "the source's netfilter dropped the SYN",  \
      "no drop event of the source's netfilter")                               \
    X(SOURCE_NETFILTER_DROPPED_ANSWER,                                         \
      "the source's netfilter dropped the answer",                             \
      "no drop event of the source's netfilter")                               \
    X(NETFILTER_DROPPED_SYN, "the destination's netfilter dropped the SYN",    \
      "no drop event of the destination's netfilter")                          \
    X(NETFILTER_DROPPED_ANSWER,                                                \
      "the destination's netfilter dropped its answer",                        \
      "no drop event of the destination's netfilter")                          \
    X(CONNTRACK_DROPPED,                                                       \
      "connection tracking on the destination dropped packets",                \
      "connection tracking on the destination dropped nothing")                \
    X(COUNTERS_AMBIGUOUS,                                                      \
      "several rules counted as many packets as were sent",                    \
      "one rule alone counted as many packets as were sent")                   \
    X(SOURCE_OWNS_DESTINATION, "the source host itself holds the address",     \
      "the source does not hold the destination's address")                    \
    X(SOURCE_LINK_DOWN, "the source's link is down or has no carrier",         \
      "the source's link is up")                                               \
    X(SOURCE_NEIGHBOUR_FAILED, "the source's next hop does not answer",        \
      "the source's next hop is resolved")                                     \
    X(SOURCE_NEIGHBOUR_ERROR, "the source's kernel gave up on the next hop",   \
      "the source's kernel did not give up on the next hop")                   \
    X(SOURCE_RULE_DROPS_SYN, "a rule on the source drops the SYN",             \
      "no nftables rule on the source drops the SYN")                          \
    X(SOURCE_RULE_REJECTS_SYN, "a rule on the source rejects the SYN",         \
      "no nftables rule on the source rejects the SYN")                        \
    X(SOURCE_RULE_DROPS_ANSWER, "a rule on the source drops the answer",       \
      "no nftables rule on the source drops the answer")                       \
    X(SOURCE_RULE_REJECTS_ANSWER, "a rule on the source rejects the answer",   \
      "no nftables rule on the source rejects the answer")                     \
    X(SOURCE_LEGACY_DROPS_SYN, "an iptables-legacy counter took the SYNs",     \
      "no iptables-legacy counter on the source took the SYNs")                \
    X(SOURCE_LEGACY_REJECTS_SYN, "an iptables-legacy REJECT took the SYNs",    \
      "no iptables-legacy REJECT on the source took the SYNs")                 \
    X(SOURCE_LEGACY_DROPS_ANSWER,                                              \
      "an iptables-legacy counter took the answers",                           \
      "no iptables-legacy counter on the source took the answers")             \
    X(SOURCE_RP_FILTERED, "reverse path filtering on the source counted it",   \
      "reverse path filtering on the source counted nothing")                  \
    X(RULE_DROPS_SYN, "a rule on the destination drops the SYN",               \
      "no nftables rule on the destination drops the SYN")                     \
    X(RULE_REJECTS_SYN, "a rule on the destination rejects the SYN",           \
      "no nftables rule on the destination rejects the SYN")                   \
    X(RULE_DROPS_ANSWER, "a rule on the destination drops its answer",         \
      "no nftables rule on the destination drops its answer")                  \
    X(RULE_REJECTS_ANSWER, "a rule on the destination rejects its answer",     \
      "no nftables rule on the destination rejects its answer")                \
    X(RULE_DROPS_ACK, "a rule drops the handshake's ACK",                      \
      "no nftables rule drops the handshake's ACK")                            \
    X(RULES_UNSEEN, "the destination's rules could not be traced",             \
      "the destination's rules were traced")                                   \
    X(LEGACY_DROPS_SYN, "an iptables-legacy counter took the SYNs",            \
      "no iptables-legacy counter on the destination took the SYNs")           \
    X(LEGACY_REJECTS_SYN, "an iptables-legacy REJECT took the SYNs",           \
      "no iptables-legacy REJECT on the destination took the SYNs")            \
    X(LEGACY_DROPS_ANSWER, "an iptables-legacy counter took the answers",      \
      "no iptables-legacy counter on the destination took the answers")        \
    X(RP_FILTERED, "reverse path filtering on the destination counted it",     \
      "reverse path filtering on the destination counted nothing")             \
    X(ADDRESS_NOT_LOCAL, "the destination does not own the address",           \
      "the destination owns the address")                                      \
    X(NO_ROUTE_BACK, "the destination has no route back to the source",        \
      "the destination has a route back to the source")                        \
    X(ROUTE_BACK_REJECTS, "a route on the destination rejects the source",     \
      "no route on the destination rejects the source")                        \
    X(ROUTE_BACK_OTHER_DEVICE, "the route back uses another device",           \
      "the route back uses the device that the SYN came in on")                \
    X(NEIGHBOUR_BACK_FAILED, "the destination's next hop does not answer",     \
      "the destination's next hop is resolved")                                \
    X(DESTINATION_LINK_DOWN, "the destination's link is down",                 \
      "the destination's link is up")                                          \
    X(DESTINATION_DEVICE_SUSPECT,                                              \
      "the destination's device may have dropped it",                          \
      "the destination's device dropped nothing and runs no XDP program")      \
    X(SOURCE_DEVICE_SUSPECT, "the source's device may have dropped it",        \
      "the source's device dropped nothing and runs no XDP program")           \
    X(SOURCE_LEFT_BY_WIRE,                                                     \
      "the SYN left by a device that leads out of the source",                 \
      "the SYN was seen only on a device that need not lead out of the host")  \
    X(ANSWER_LEFT_BY_WIRE,                                                     \
      "the SYN-ACK left by the device that the SYN came in on",                \
      "the SYN-ACK left by another device, which need not lead to the source") \
    X(LISTENER_TAKES, "a listener takes SYNs for this address and port",       \
      "no listener takes SYNs for this address and port")                      \
    X(LISTENER_LOOPBACK, "a listener holds the port on loopback only",         \
      "no listener holds the port on loopback")                                \
    X(LISTENER_OTHER_ADDRESS, "a listener holds the port on another address",  \
      "no listener holds the port on another address")                         \
    X(LISTENER_OTHER_FAMILY, "a listener holds the port for the other family", \
      "no listener holds the port for the other family")                       \
    X(LISTENER_OTHER_DEVICE, "a listener holds the port on another device",    \
      "no listener holds the port on another device")                          \
    X(LISTENER_OTHER_NAMESPACE,                                                \
      "a listener holds the port in another namespace",                        \
      "no listener holds the port in another namespace")                       \
    X(QUEUE_FULL, "the listener's accept queue is full",                       \
      "the listener's accept queue has room")                                  \
    X(QUEUE_OVERFLOWED, "the kernel counted listen overflows",                 \
      "the kernel counted no listen overflow")                                 \
    X(ICMP_BELIEVED, "the source's kernel took the ICMP error for true",       \
      "the source's kernel did not take the ICMP error for true")              \
    X(SOURCE_ADDRESS_HELD, "the destination holds the source's own address",   \
      "the destination does not hold the source's address")                    \
    X(ANSWER_STAYED, "the destination's answer went to the host itself",       \
      "no answer of the destination went to the host itself")                  \
    X(ADDRESS_LOST, "the destination held the address a while ago",            \
      "the destination never told that it held the address")                   \
    X(ADDRESS_ASKED_FOR,                                                       \
      "the address was asked for in vain on the destination's link",           \
      "nobody asked in vain for the address on the destination's link")        \
    X(ROUTES_ON, "the destination has a route onward for the address",         \
      "the destination has no route onward for the address")                   \
    X(HOST_SEEMS_DOWN,                                                         \
      "the agent is away and the host answers none of its neighbours",         \
      "nothing says that the host is down")                                    \
    X(SEQUENCE_CHANGED, "the SYN's sequence number was changed on the way",    \
      "the SYN's sequence number was not changed on the way")                  \
    X(ANSWER_CHANGED, "the SYN-ACK's sequence number was changed on the way",  \
      "the SYN-ACK's sequence number was not changed on the way")              \
    X(SOURCE_HOOK_DROPPED_SYN,                                                 \
      "a hook of the source's netfilter that has no rules dropped the SYN",    \
      "the source's netfilter dropped no SYN outside of its rules")            \
    X(HOOK_DROPPED_SYN,                                                        \
      "a hook of the destination's netfilter that has no rules dropped it",    \
      "the destination's netfilter dropped no SYN outside of its rules")       \
    X(SOURCE_CONNTRACK_DROPPED,                                                \
      "connection tracking on the source dropped packets",                     \
      "connection tracking on the source dropped nothing")                     \
    X(SOURCE_TRACKING_FULL, "the source's connection tracking table is full",  \
      "the source's connection tracking table has room")                       \
    X(TRACKING_FULL, "the destination's connection tracking table is full",    \
      "the destination's connection tracking table has room")                  \
    X(OLD_ENTRY, "an entry older than the SYN translates it",                  \
      "no older entry of connection tracking translates it")                   \
    X(OLD_ENTRY_DISAGREES, "by the rules of today it would go elsewhere",      \
      "by the rules of today it would go there as well")                       \
    X(OLD_TARGET_RULED, "a rule of today still names the old entry's target",  \
      "no rule is known to name the old entry's target")                       \
    X(SERVICE_MISSED,                                                          \
      "another program than the service asked for holds the port",             \
      "no other program than the service asked for holds the port")            \
    X(SERVICE_DIVERTED,                                                        \
      "the SYN is translated before the service's own listener sees it",       \
      "nothing keeps the SYN from the service's own listener")                 \
    X(HOLDER_DOUBTED, "the port's holder may still be the service's",          \
      "the port's holder is surely not the service's")                         \
    X(CONNECT_DENIED, "connect() was refused before any packet was made",      \
      "connect() was not refused by the source's kernel")                      \
    X(SOURCE_GROUP_WATCHES,                                                    \
      "a BPF program of the probe's control group judges connect()",           \
      "no BPF program of the probe's control group judges connect()")          \
    X(SOURCE_IPSEC_STOPS, "an IPsec policy of the source stops the SYN",       \
      "no IPsec policy of the source stops the SYN")                           \
    X(SOURCE_IPSEC_COUNTED, "IPsec on the source counted what it stopped",     \
      "IPsec on the source counted nothing")                                   \
    X(IPSEC_STOPS_ANSWER, "an IPsec policy of the destination stops answers",  \
      "no IPsec policy of the destination stops answers")                      \
    X(IPSEC_COUNTED, "IPsec on the destination counted what it stopped",       \
      "IPsec on the destination counted nothing")                              \
    X(SOURCE_QDISC_DROPPED,                                                    \
      "a queue discipline of the source's way out dropped packets",            \
      "the queue disciplines of the source's way out dropped nothing")         \
    X(QDISC_DROPPED,                                                           \
      "a queue discipline of the destination's way out dropped packets",       \
      "the queue disciplines of the destination's way out dropped nothing")    \
    X(SOURCE_NETFILTER_PROGRAM,                                                \
      "a BPF program is attached to the source's netfilter",                   \
      "no BPF program is attached to the source's netfilter")                  \
    X(NETFILTER_PROGRAM,                                                       \
      "a BPF program is attached to the destination's netfilter",              \
      "no BPF program is attached to the destination's netfilter")             \
    X(SOURCE_IPV6_DISABLED, "IPv6 is switched off on the source's device",     \
      "IPv6 is switched on on the source's devices")                           \
    X(REDIRECTED, "the source's own rules sent the SYN to itself instead",     \
      "the source's own rules did not send the SYN to itself")                 \
    X(TRANSLATED, "the SYN left the source for another address or port",       \
      "the SYN left the source for the address and port that were called")     \
    X(TRANSLATING_RULE, "a rule on the source translates the destination",     \
      "no rule on the source translates the destination")                      \
    X(FROM_PORT_TAKEN, "the source port asked for is taken",                   \
      "the source port asked for is free")                                     \
    X(BOUND_AWAY, "the socket is bound to another device than the route's",    \
      "the socket is bound to the route's device")                             \
    X(ACK_OVERFLOWED,                                                          \
      "the listener had no room when the handshake's ACK came",                \
      "the listener had room for the connection")                              \
    X(HALF_OPEN, "the connection stayed half-open at the destination",         \
      "the connection did not stay half-open at the destination")              \
    X(ABORTS_ON_OVERFLOW,                                                      \
      "the destination resets what finds no room in the queue",                \
      "the destination only drops what finds no room in the queue")            \
    X(ACK_DEFERRED, "the listener takes a connection only when data comes",    \
      "no listener waits for data")                                            \
    X(PROCESS_STOPPED,                                                         \
      "the connection lies unaccepted, and the process is stopped",            \
      "no stopped process leaves the connection unaccepted")                   \
    X(WAS_STOPPED, "the process was stopped before the trace",                 \
      "the process ran before the trace")                                      \
    X(QUEUE_STANDS,                                                            \
      "the connection lay unaccepted, and nothing else was accepted",          \
      "the connection was accepted, or others before it")                      \
    X(LISTENER_CHANGED, "the listener came or went during the trace",          \
      "the same listener was there before and after the trace")                \
    X(NO_SOCKET, "the kernel found no socket that takes the SYN",              \
      "no drop event for want of a socket")                                    \
    X(SYN_QUEUE_DROPPED,                                                       \
      "the kernel counted SYNs dropped for a full SYN queue",                  \
      "the kernel counted no SYN dropped for a full SYN queue")                \
    X(LISTEN_DROPPED, "the kernel counted SYNs that a listener did not take",  \
      "the kernel counted no SYN that a listener did not take")                \
    X(SYN_QUEUE_LONG, "too many half-open connections wait on the port",       \
      "few half-open connections wait on the port")                            \
    X(COOKIES_OFF, "SYN cookies are switched off",                             \
      "SYN cookies are in use when needed")                                    \
    X(STALE_SOCKET, "an old connection holds the same addresses and ports",    \
      "no old connection is known to hold the addresses and ports")            \
    X(SYN_CHALLENGED, "the kernel took a SYN for part of an old connection",   \
      "the kernel took no SYN for part of an old connection")                  \
    X(COOKIES_SENT, "the destination answered SYNs with cookies",              \
      "the destination sent no SYN cookie")                                    \
    X(PAWS_REJECTED, "a closed connection's clock rejected a segment",         \
      "no closed connection's clock rejected a segment")                       \
    X(SOURCE_ROUTE_ASTRAY,                                                     \
      "the source's route leaves the way that its others know",                \
      "the source's route is the plain one")                                   \
    X(SOURCE_LEFT_ASTRAY, "the SYN left by a device that leads astray",        \
      "no SYN left by a device that leads astray")                             \
    X(SOURCE_WAY_OPEN, "the way that the source chose may lead there as well", \
      "the way that the source chose leads to nobody but itself")              \
    X(SOURCE_ASKED_IN_VAIN, "the source asked for its next hop in vain",       \
      "no question of the source for its next hop was in vain")                \
    X(ASKED_BACK_IN_VAIN, "the destination asked for its next hop in vain",    \
      "no question of the destination for its hop was in vain")                \
    X(ANSWER_LEFT_INWARD, "the SYN-ACK left by a device inside the host",      \
      "no SYN-ACK left by a device inside the host")                           \
    X(SOURCE_NEIGHBOUR_WRONG,                                                  \
      "the source's next hop has another link address",                        \
      "the source knows its next hop's link address")                          \
    X(NEIGHBOUR_BACK_WRONG, "the destination's hop has another link address",  \
      "the destination knows its next hop's link address")                     \
    X(ANSWER_FOR_OTHER_HOST,                                                   \
      "the SYN-ACK came for another host's link address",                      \
      "no SYN-ACK came for another host's link address")                       \
    X(ARP_UNANSWERED, "the destination did not answer for its address",        \
      "the destination answered for its address")                              \
    X(SOURCE_ARP_UNANSWERED, "the source did not answer for its address",      \
      "the source answered for its address")                                   \
    X(DAD_FAILED, "another host holds the destination's address",              \
      "the destination's address is no duplicate")                             \
    X(SYN_TTL_LOW, "the SYN left with too low a TTL",                          \
      "the SYN left with an ordinary TTL")                                     \
    X(SYN_TTL_ONE, "the SYN left with a TTL of one",                           \
      "the SYN left with a TTL above one")                                     \
    X(SYN_MARKED, "a rule gave the SYN a mark", "no rule gave the SYN a mark") \
    X(ANSWER_MARKED, "a rule gave the SYN-ACK a mark",                         \
      "no rule gave the SYN-ACK a mark")                                       \
    X(SOURCE_MARK_REJECTED, "a policy rule rejects what bears a mark",         \
      "no policy rule of the source rejects a mark")                           \
    X(SOURCE_ADDRESS_FOREIGN, "the SYN left with another device's address",    \
      "the SYN left with its device's own address")                            \
    X(SOURCE_TRANSLATED, "the source translated the SYN's address",            \
      "the SYN left with its socket's own address")                            \
    X(ANSWER_UNREACHABLE, "a hop reports the SYN-ACK unreachable",             \
      "no hop reports the SYN-ACK unreachable")                                \
    X(SYN_ON_LOOPBACK, "the SYN was seen on the loopback device",              \
      "no SYN was seen on the loopback device")                                \
    X(BACK_ON_LINK, "the destination takes the source for on-link",            \
      "the destination reaches the source through a gateway")                  \
    X(ANSWER_FROM_OTHER, "the SYN-ACK bears an address that was not called",   \
      "the SYN-ACK bears the address that was called")                         \
    X(ANSWER_SENT_AS_OTHER, "the destination sent it with another address",    \
      "the destination sent it with the address that was called")              \
    X(SYN_TRANSLATED, "the SYN arrived for another address than was called",   \
      "the SYN arrived for the address that was called")                       \
    X(CALLED_SERVED, "a listener takes what comes for the called port",        \
      "no listener takes what comes for the called port")                      \
    X(REDIRECTED_HERE,                                                         \
      "the destination's own rule redirects the SYN to itself",                \
      "no rule of the destination redirects the SYN")                          \
    X(LEFT_OTHERWISE, "the SYN left the source's device already translated",   \
      "the SYN left the source as it was called")                              \
    X(ARRIVED_OTHERWISE, "the SYN arrived for what nobody called",             \
      "the SYN arrived for what was called")

#define FACTS_ENUM(name, yes, no) FACT_##name,
enum fact
{
    FACT_NONE, /* ends a list */
    VERDICT_FACTS(FACTS_ENUM) FACT_COUNT
};
#undef FACTS_ENUM

#define FACT_LIST_SIZE 16
typedef uint8_t fact_list[FACT_LIST_SIZE]; /* ended by FACT_NONE */

_Static_assert(FACT_COUNT <= UINT8_MAX, "a fact fits into a list");

struct fact_info
{
    const char *name;
    const char *yes;
    const char *no;
};

extern const struct fact_info fact_infos[FACT_COUNT];

enum answer
{
    NOT_OBSERVED,
    YES,
    NO,
};

struct known
{
    uint8_t answers[FACT_COUNT];                /* enum answer */
    const struct evidence *because[FACT_COUNT]; /* may be NULL */
};

/* What is known about attempt n (0: of the trace, when none was begun). */
void facts_derive(struct known *known, const struct view *view, unsigned n);

/* That host's own address of its main namespace, NULL if it holds it not (or
 * did not tell). */
const struct evidence *facts_own_address(const struct view *view,
                                         enum role role,
                                         const struct address *address);

/* Is this the answer to that fact? */
bool fact_is(const struct known *known, enum fact fact, enum answer answer);

/* Is this the answer to all of the list; to one of them at least?  Of an empty
 * list: to all, and to none. */
bool facts_all(const struct known *known, const uint8_t *facts,
               enum answer answer);
bool facts_any(const struct known *known, const uint8_t *facts,
               enum answer answer);

#endif
