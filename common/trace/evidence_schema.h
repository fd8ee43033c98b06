/* The schema of evidence: which kinds there are, which keys a kind carries, and
 * what a key's value may be.
 *
 * It is data: evidence_check(), the codec, the tests' random evidence and the
 * fuzzers read it, and so does a person.  To let an observer say something new,
 * add a line to one of the two lists.  Both are sorted by their texts, which
 * are looked up by halving: names are an interface, numbers are not.
 *
 * REQ: what every piece of the kind carries, or it says nothing; one that lacks
 * it is refused.  OPT: what it may carry, where it was observed.  Every kind
 * may carry NAMESPACE; absent: the host's own, or at the source the one that
 * the trace was asked to be made in.  A new key of an old kind is optional:
 * agents and bundles of before know nothing of it. */
#ifndef TRACE_EVIDENCE_SCHEMA_H
#define TRACE_EVIDENCE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace/words.h"

/* A list of lists has no form to which clang-format comes to rest. */
/* clang-format off */

/* EVIDENCE_name, text, observer, keys without their KEY_ */
#define EVIDENCE_KINDS(X)                                                     \
    /* An own address. SECONDARY=1: IPv4 holds it behind another one of its   \
       network, and deleting it takes no other along; 0: it is the first. */  \
    X(ADDRESS, "address", "addresses",                                        \
      REQ(ADDRESS, PREFIX), OPT(INTERFACE, TENTATIVE, DAD_FAILED, SECONDARY)) \
    /* COMPLETE=1: all own addresses were listed. */                          \
    X(ADDRESSES, "addresses", "addresses", REQ(COUNT, COMPLETE), OPT())       \
    /* The agent's connection broke during the trace. */                      \
    X(AGENT_LOST, "agent-lost", "controller", REQ(TEXT), OPT())               \
    /* COUNT: ARP or neighbour requests seen leaving (out) or arriving (in)   \
       for ADDRESS; ANSWERED of them. */                                      \
    X(ARP, "arp", "capture",                                                  \
      REQ(INTERFACE, DIRECTION, ADDRESS, COUNT, ANSWERED), OPT(LINK_ADDRESS)) \
    /* OUTCOME_TIMED_OUT with no ERRNO: given up by us, not by TCP.           \
       OUTCOME_ERROR/UNREACHABLE before any packet: ATTEMPT_END alone. */     \
    X(ATTEMPT_END, "attempt-end", "probe",                                    \
      REQ(ATTEMPT, OUTCOME, CONNECT_US),                                      \
      OPT(ERRNO, ICMP_TYPE, ICMP_CODE, OFFENDER))                             \
    X(ATTEMPT_START, "attempt-start", "probe",                                \
      REQ(ATTEMPT, SOURCE_PORT, DESTINATION, DESTINATION_PORT),               \
      OPT(SOURCE, SEQUENCE))                                                  \
    /* EXACT=1: packets are matched by sequence number. */                    \
    X(CAPTURE, "capture", "capture",                                          \
      REQ(PHASE, ALIVE, EXACT, INTERFACES), OPT(RECEIVED, LOST, STRANGERS))   \
    /* This host's clock minus the controller's. */                           \
    X(CLOCK, "clock", "controller", REQ(OFFSET_NS, UNCERTAINTY_NS), OPT())    \
    /* A socket of an attempt; CLOSED: the destination has none. ACCEPTED=0   \
       WAITED_MS: it lay in the listener's queue for so long; MOVED=1: others \
       were accepted meanwhile. PHASE before: an old one with the attempt's   \
       addresses and ports. */                                                \
    X(CONNECTION, "connection", "sockets",                                    \
      REQ(PHASE, ATTEMPT, STATE),                                             \
      OPT(RETRANSMITS, QUEUE, ACCEPTED, WAITED_MS, MOVED, INODE, PID,         \
          PROCESS))                                                           \
    /* A kernel counter that moved, as TcpExt.ListenOverflows. */             \
    X(COUNTER, "counter", "counters", REQ(NAME, BEFORE, AFTER), OPT())        \
    /* COMPLETE=1: all counters were read before and after. */                \
    X(COUNTERS, "counters", "counters", REQ(COMPLETE), OPT())                 \
    /* The kernel freed this packet (skb:kfree_skb), or a copy of it;         \
       ERRNO: its route's; QUEUE: the listener's that it met. */              \
    X(DROP, "drop", "drop-events",                                            \
      REQ(ATTEMPT, PACKET, STAGE, REASON),                                    \
      OPT(FUNCTION, INTERFACE, ERRNO, QUEUE, QUEUE_LIMIT,                     \
          ACKNOWLEDGEMENT))                                                   \
    /* COMPLETE=1: drop events were watched. */                               \
    X(DROPS, "drops", "drop-events", REQ(COMPLETE), OPT())                    \
    /* A listener on another port, of the service asked for (NAMED or its     \
       UNIT); the process as in LISTENER. */                                  \
    X(ELSEWHERE, "elsewhere", "services",                                     \
      REQ(ADDRESS, PORT, PID),                                                \
      OPT(PROCESS, PROCESS_STATE, FILES, FILES_LIMIT, FILES_HARD,             \
          EXECUTABLE, UNIT, USER_UNIT, CONTAINER, AGE_S, NAMED))              \
    /* What a program whose rule stopped the packet says of itself.           \
       CONFIGURED=1: its saved settings allow this connection, the kernel's   \
       rules do not; RESTRICTED=1: they tell apart who may reach the port;    \
       FIREWALL_ZONE: the default one; JAILS: fail2ban's names. */            \
    X(FRONT_END, "front-end", "front-ends",                                   \
      REQ(FRONT_END),                                                         \
      OPT(STATE, CONFIGURED, RESTRICTED, FIREWALL_ZONE, JAILS))               \
    /* Half-open connections to the traced port. */                           \
    X(HALF_OPEN, "half-open", "sockets", REQ(PHASE, PORT, COUNT), OPT())      \
    /* DIRECTION out: from the sender. PACKET: what came back instead of      \
       ICMP. */                                                               \
    X(HOP, "hop", "walk",                                                     \
      REQ(DIRECTION, TTL, OFFENDER, RTT_US),                                  \
      OPT(ICMP_TYPE, ICMP_CODE, PACKET))                                      \
    /* PID: of a process in the namespace asked for. */                       \
    X(HOST, "host", "worker", REQ(VERSION), OPT(KERNEL, PID))                 \
    /* All policies were read, COUNT of them match. */                        \
    X(IPSEC_POLICIES, "ipsec-policies", "ipsec",                              \
      REQ(DIRECTION, COUNT), OPT())                                           \
    /* The IPsec policy that decides about the trace's packets; COUNT: how    \
       many protections (AH, ESP) it demands. */                              \
    X(IPSEC_POLICY, "ipsec-policy", "ipsec",                                  \
      REQ(DIRECTION, INDEX, PRIORITY, ACTION, RULE, COUNT), OPT())            \
    /* A way that the host needs whatever is traced, as the kernel looks it   \
       up: the agent's connection from SOURCE, or the default way.            \
       ADDRESS/PREFIX is the route that matched, RULE the policy rule that    \
       led to its table, as `ip rule del` takes it. */                        \
    X(LIFELINE, "lifeline", "lifeline",                                       \
      REQ(USED_BY, DESTINATION, ROUTE_TYPE),                                  \
      OPT(SOURCE, GATEWAY, INTERFACE, TABLE_ID, PREFERRED_SOURCE, ADDRESS,    \
          PREFIX, RULE))                                                      \
    /* Something was not looked at, and why. */                               \
    X(LIMIT, "limit", "worker", REQ(TEXT), OPT(OBSERVER))                     \
    /* XDP KIND: the program in its driver, and XDP's mode. REMOTE, PORT,     \
       TUNNEL_ID: of a tunnel, its other end (if it has but one), the UDP     \
       port there, its number. */                                             \
    X(LINK, "link", "links",                                                  \
      REQ(PHASE, INTERFACE, UP, CARRIER, MTU),                                \
      OPT(LINK_KIND, LINK_ADDRESS, MASTER, NO_ARP, XDP, KIND, RX_DROPPED,     \
          TX_DROPPED, REMOTE, PORT, TUNNEL_ID))                               \
    /* A listener on the traced port, in any visible network namespace.       \
       NAMED: is the process called as the service asked for? HOLDERS:        \
       processes that hold it, STOPPED of them (PID is one of those, if any). \
       SIGNED_PREFIX PREFIX: it demands signatures (TCP MD5) of the source. */ \
    X(LISTENER, "listener", "sockets",                                        \
      REQ(PHASE, ADDRESS, PORT, QUEUE, QUEUE_LIMIT, INODE, USER),             \
      OPT(V6_ONLY, INTERFACE, PID, PROCESS, PROCESS_STATE, FILES,             \
          FILES_LIMIT, FILES_HARD, EXECUTABLE, UNIT, USER_UNIT, CONTAINER,    \
          AGE_S, NAMED, HOLDERS, STOPPED, SIGNED_PREFIX, PREFIX))             \
    /* COMPLETE=1: all listeners of the port were listed. */                  \
    X(LISTENERS, "listeners", "sockets",                                      \
      REQ(PHASE, COUNT, COMPLETE), OPT(PORT))                                 \
    /* The entry for the next hop towards the peer; with BRINGER=1 for the    \
       neighbour whose frame brought the first SYN, wherever the way back     \
       leads. ON_LINK: likewise, of the bringer. */                           \
    X(NEIGHBOUR, "neighbour", "neighbours",                                   \
      REQ(PHASE, ADDRESS, INTERFACE, NEIGHBOUR_STATE),                        \
      OPT(LINK_ADDRESS, BRINGER, ON_LINK))                                    \
    /* A queue to user space that a program reads. */                         \
    X(NFQUEUE, "nfqueue", "programs", REQ(INDEX), OPT())                      \
    /* COMPLETE=1: all queues that are read were listed. */                   \
    X(NFQUEUES, "nfqueues", "programs", REQ(COUNT, COMPLETE), OPT())          \
    /* Where the destination itself would send a packet for the traced        \
       address. ROUTE_TYPE is local if the host takes the address for its     \
       own. RULED=0: no policy rule leads to the table TABLE_ID (the local    \
       one), which does. */                                                   \
    X(ONWARD, "onward", "routes",                                             \
      REQ(ADDRESS, ROUTE_TYPE), OPT(INTERFACE, GATEWAY, TABLE_ID, RULED))     \
    /* FLAGS ACKNOWLEDGEMENT TIMESTAMP: where the frame holds the whole       \
       header. CHECKSUM "later": the device is to fill it in. ICMP:           \
       PACKET_QUOTED, and the addresses and ports are those of the quoted     \
       packet. */                                                             \
    X(PACKET, "packet", "capture",                                            \
      REQ(PACKET, ATTEMPT, DIRECTION, INTERFACE, SOURCE, SOURCE_PORT,         \
          DESTINATION, DESTINATION_PORT, SEQUENCE, TTL, LENGTH),              \
      OPT(ACKNOWLEDGEMENT, FLAGS, TIMESTAMP, CHECKSUM, LINK_ADDRESS,          \
          OTHER_HOST, PACKET_QUOTED, OFFENDER, ICMP_TYPE, ICMP_CODE))         \
    /* The worker reached this step; TEXT says why it failed. */              \
    X(PHASE, "phase", "worker", REQ(PHASE), OPT(TEXT))                        \
    /* Either PID and PROCESS or STATE: sockets of one process, or of none,   \
       that hold ports which the source needs: towards the destination, or the \
       port asked for. */                                                     \
    X(PORT_HOLDER, "port-holder", "sockets",                                  \
      REQ(COUNT), OPT(PID, PROCESS, STATE))                                   \
    /* Local ports, and how many go to this peer. */                          \
    X(PORTS, "ports", "sockets", REQ(RANGE_LOW, RANGE_HIGH, COUNT), OPT())    \
    /* A program or filter in the way of the trace's packets. KIND: of a tc   \
       filter or socket filter, XDP's mode; PID, PINNED: who keeps it. */     \
    X(PROGRAM, "program", "programs",                                         \
      REQ(HOOK),                                                              \
      OPT(INTERFACE, KIND, PROGRAM, NAME, LINK, PREFERENCE, HANDLE,           \
          CHAIN_INDEX, PROTOCOL, CGROUP, PINNED, PID, PROCESS))               \
    /* All programs of that hook were looked up. */                           \
    X(PROGRAMS, "programs", "programs", REQ(HOOK, COUNT), OPT(INTERFACE))     \
    /* A queue discipline that dropped packets meanwhile; how many there      \
       are of an interface, is PROGRAMS with the hook "qdisc". */             \
    X(QDISC, "qdisc", "qdiscs",                                               \
      REQ(INTERFACE, KIND, HANDLE, PARENT, BEFORE, AFTER), OPT())             \
    /* The agent's own policy refused the order. */                           \
    X(REFUSED, "refused", "policy", REQ(TEXT), OPT())                         \
    /* Things of ours that are still armed (0 is proof of none). */           \
    X(RESIDUE, "residue", "worker", REQ(COUNT), OPT())                        \
    /* Either ADDRESS and INDEX (getaddrinfo's order) or TEXT, the error.     \
       PATH POSITION COUNT: the line of that file, and the names on it. */    \
    X(RESOLVED, "resolved", "resolver",                                       \
      REQ(NAME), OPT(ADDRESS, INDEX, TEXT, PATH, POSITION, COUNT))            \
    /* The lookup towards the peer. ADDRESS/PREFIX is the route that          \
       matched; RULE is the policy rule that rejects it or chose the table,   \
       as `ip rule del` takes it; MARK: for packets that carry this mark;     \
       USER: for sockets of this user. ON_LINK: does the host's own routing   \
       reach the gateway there without another? BY_SOURCE=1: RULE asks for    \
       our own address as the source. RULED=0: no route, for no policy rule   \
       leads to the table TABLE_ID, which has one. */                         \
    X(ROUTE, "route", "routes",                                               \
      REQ(PHASE, DESTINATION, ROUTE_TYPE),                                    \
      OPT(SOURCE, GATEWAY, INTERFACE, TABLE_ID, PREFERRED_SOURCE, ERRNO,      \
          ADDRESS, PREFIX, RULE, BY_SOURCE, MARK, USER, ON_LINK, RULED))      \
    /* A next hop of a route that has several, between which the packet's     \
       addresses or ports choose. */                                          \
    X(ROUTE_LEG, "route-leg", "routes",                                       \
      REQ(DESTINATION, INTERFACE, INDEX), OPT(GATEWAY))                       \
    /* The best route towards the peer by another interface than the one      \
       that is used. */                                                       \
    X(ROUTE_OTHER, "route-other", "routes",                                   \
      REQ(DESTINATION, INTERFACE),                                            \
      OPT(GATEWAY, ON_LINK, ADDRESS, PREFIX, TABLE_ID))                       \
    /* One step of the kernel's rule trace for this packet. TARGET "reject"   \
       when the rule's text says so; PATH "input > first > deep" when it came \
       there by jumps; POSITION in the chain, from 1; POLICY=1: no rule, the  \
       chain's policy; SET and the ELEMENT of it that the packet is (an       \
       anonymous set has no name): the rule's, or of the jump that led here.  \
       With a drop SOURCE to DESTINATION_PORT: as the chain sees the packet,  \
       translated or not. READING: what the rule says (evidence_schema.c). */ \
    X(RULE, "rule", "rule-trace",                                             \
      REQ(ATTEMPT, PACKET, BACKEND, FIREWALL_FAMILY, TABLE, CHAIN,            \
          VERDICT),                                                           \
      OPT(STAGE, BASE_CHAIN, PATH, HANDLE, POSITION, POLICY, RULE,            \
          TARGET, INTERFACE, MARK, SET, ELEMENT, ACKNOWLEDGEMENT, SOURCE,     \
          SOURCE_PORT, DESTINATION, DESTINATION_PORT, READING))               \
    /* An iptables-legacy counter that moved during the trace. SPARED=1: the  \
       rule asks for what the packet that comes by at that stage is not. */   \
    X(RULE_COUNTER, "rule-counter", "rule-counters",                          \
      REQ(BACKEND, FIREWALL_FAMILY, TABLE, CHAIN, TARGET, BEFORE, AFTER),     \
      OPT(STAGE, BASE_CHAIN, PATH, POSITION, POLICY, RULE, SET, ELEMENT,      \
          SPARED, READING))                                                   \
    /* COMPLETE=1: the counters were read both times; TABLES=0: the backend   \
       is not in use. */                                                      \
    X(RULE_COUNTERS, "rule-counters", "rule-counters",                        \
      REQ(BACKEND, FIREWALL_FAMILY, TABLES, COMPLETE), OPT())                 \
    /* TABLES: nft tables that were there. COMPLETE=1: it was armed and       \
       lost no message. */                                                    \
    X(RULE_TRACE, "rule-trace", "rule-trace",                                 \
      REQ(PHASE, TABLES),                                                     \
      OPT(COMPLETE))                                                          \
    /* The destination called itself. */                                      \
    X(SELF_TEST, "self-test", "self-test",                                    \
      REQ(ADDRESS, PORT, OUTCOME),                                            \
      OPT(ERRNO))                                                             \
    /* A SYN or SYN-ACK between the trace's addresses whose numbers are no    \
       attempt's. */                                                          \
    X(STRANGER, "stranger", "capture",                                        \
      REQ(PACKET, DIRECTION, INTERFACE, SOURCE, SOURCE_PORT, DESTINATION,     \
          DESTINATION_PORT, SEQUENCE),                                        \
      OPT(ATTEMPT, ACKNOWLEDGEMENT, FLAGS, TIMESTAMP))                        \
    /* COUNT: so many interfaces have it so. */                               \
    X(SYSCTL, "sysctl", "sysctls", REQ(NAME, VALUE), OPT(INTERFACE, COUNT))   \
    /* The table's entry for this attempt's tuple; before: older than the     \
       attempt; RULED: does a rule still translate to REPLY_SOURCE (asked of  \
       old ones)? */                                                          \
    X(TRACKED, "tracked", "conntrack",                                        \
      REQ(PHASE, ATTEMPT, SOURCE, SOURCE_PORT, DESTINATION,                   \
          DESTINATION_PORT, REPLY_SOURCE, REPLY_SOURCE_PORT,                  \
          REPLY_DESTINATION, REPLY_DESTINATION_PORT, STATUS),                 \
      OPT(STATE, MARK, ZONE, EXPIRES_S, RULED))                               \
    /* Connection tracking's table in this namespace. */                      \
    X(TRACKING, "tracking", "conntrack",                                      \
      REQ(PHASE, COUNT, LIMIT, COMPLETE),                                     \
      OPT())                                                                  \
    /* A systemd unit that was asked for (ASKED=1), that names the port, or   \
       that failed; EXIT_CODE: CLD_*; AGE_S: in this state; TEXT: its own     \
       words, where they say that an address was in use. */                   \
    X(UNIT, "unit", "services",                                               \
      REQ(NAME),                                                              \
      OPT(ASKED, LOAD_STATE, ACTIVE_STATE, SUB_STATE, RESULT, ENABLED,        \
          PID, EXIT_CODE, EXIT_STATUS, RESTARTS, AGE_S, ERRNO, TRIGGERED_BY,  \
          TRIGGERS, CONDITION_FAILED, PORT, PORT_FROM, TEXT))                 \
    /* COMPLETE=1: systemd was asked. */                                      \
    X(UNITS, "units", "services", REQ(COUNT, COMPLETE), OPT())

/* KEY_name, text, type, list of words */
#define EVIDENCE_KEYS(X)                                                      \
    X(ACCEPTED, "accepted", VALUE_NUMBER, NULL)                               \
    X(ACKNOWLEDGEMENT, "acknowledgement", VALUE_NUMBER, NULL)                 \
    X(ACTION, "action", VALUE_TEXT, NULL)                                     \
    X(ACTIVE_STATE, "active_state", VALUE_TEXT, NULL)                         \
    X(ADDRESS, "address", VALUE_ADDRESS, NULL)                                \
    X(AFTER, "after", VALUE_NUMBER, NULL)                                     \
    X(AGE_S, "age_s", VALUE_NUMBER, NULL)                                     \
    X(ALIVE, "alive", VALUE_NUMBER, NULL)                                     \
    X(ANSWERED, "answered", VALUE_NUMBER, NULL)                               \
    X(ASKED, "asked", VALUE_NUMBER, NULL)                                     \
    X(ASKS_INTERFACE, "asks_interface", VALUE_NUMBER, NULL)                   \
    X(ASKS_SOURCE, "asks_source", VALUE_NUMBER, NULL)                         \
    X(ATTEMPT, "attempt", VALUE_NUMBER, NULL)                                 \
    X(BACKEND, "backend", VALUE_WORD, &backend_words)                         \
    X(BASE_CHAIN, "base_chain", VALUE_TEXT, NULL)                             \
    X(BEFORE, "before", VALUE_NUMBER, NULL)                                   \
    X(BRINGER, "bringer", VALUE_NUMBER, NULL)                                 \
    X(BY_SOURCE, "by_source", VALUE_NUMBER, NULL)                             \
    X(CARRIER, "carrier", VALUE_NUMBER, NULL)                                 \
    X(CATCH_ALL, "catch_all", VALUE_NUMBER, NULL)                             \
    X(CGROUP, "cgroup", VALUE_TEXT, NULL)                                     \
    X(CHAIN, "chain", VALUE_TEXT, NULL)                                       \
    X(CHAIN_INDEX, "chain_index", VALUE_NUMBER, NULL)                         \
    X(CHECKSUM, "checksum", VALUE_TEXT, NULL)                                 \
    X(COMPLETE, "complete", VALUE_NUMBER, NULL)                               \
    X(CONDITION_FAILED, "condition_failed", VALUE_NUMBER, NULL)               \
    X(CONFIGURED, "configured", VALUE_NUMBER, NULL)                           \
    X(CONNECT_US, "connect_us", VALUE_NUMBER, NULL)                           \
    X(CONTAINER, "container", VALUE_TEXT, NULL)                               \
    X(COUNT, "count", VALUE_NUMBER, NULL)                                     \
    X(DAD_FAILED, "dad_failed", VALUE_NUMBER, NULL)                           \
    X(DESTINATION, "destination", VALUE_ADDRESS, NULL)                        \
    X(DESTINATION_PORT, "destination_port", VALUE_NUMBER, NULL)               \
    X(DIRECTION, "direction", VALUE_WORD, &direction_words)                   \
    X(ELEMENT, "element", VALUE_TEXT, NULL)                                   \
    X(ENABLED, "enabled", VALUE_TEXT, NULL)                                   \
    X(ERRNO, "errno", VALUE_NUMBER, NULL)                                     \
    X(EXACT, "exact", VALUE_NUMBER, NULL)                                     \
    X(EXECUTABLE, "executable", VALUE_TEXT, NULL)                             \
    X(EXIT_CODE, "exit_code", VALUE_NUMBER, NULL)                             \
    X(EXIT_STATUS, "exit_status", VALUE_NUMBER, NULL)                         \
    X(EXPIRES_S, "expires_s", VALUE_NUMBER, NULL)                             \
    X(FIREWALL_FAMILY, "family", VALUE_TEXT, NULL)                            \
    X(FILES, "files", VALUE_NUMBER, NULL)                                     \
    X(FILES_HARD, "files_hard", VALUE_NUMBER, NULL)                           \
    X(FILES_LIMIT, "files_limit", VALUE_NUMBER, NULL)                         \
    X(FIREWALL_ZONE, "firewall_zone", VALUE_TEXT, NULL)                       \
    X(FLAGS, "flags", VALUE_TEXT, NULL)                                       \
    X(FRONT_END, "front_end", VALUE_WORD, &front_end_words)                   \
    X(FUNCTION, "function", VALUE_TEXT, NULL)                                 \
    X(GATEWAY, "gateway", VALUE_ADDRESS, NULL)                                \
    X(GOTO, "goto", VALUE_NUMBER, NULL)                                       \
    X(HANDLE, "handle", VALUE_NUMBER, NULL)                                   \
    X(HOLDERS, "holders", VALUE_NUMBER, NULL)                                 \
    X(HOOK, "hook", VALUE_TEXT, NULL)                                         \
    X(ICMP_CODE, "icmp_code", VALUE_NUMBER, NULL)                             \
    X(ICMP_TYPE, "icmp_type", VALUE_NUMBER, NULL)                             \
    X(INDEX, "index", VALUE_NUMBER, NULL)                                     \
    X(INODE, "inode", VALUE_NUMBER, NULL)                                     \
    X(INTERFACE, "interface", VALUE_TEXT, NULL)                               \
    X(INTERFACES, "interfaces", VALUE_TEXT, NULL)                             \
    X(JAIL, "jail", VALUE_TEXT, NULL)                                         \
    X(JAILS, "jails", VALUE_TEXT, NULL)                                       \
    X(KERNEL, "kernel", VALUE_TEXT, NULL)                                     \
    X(KIND, "kind", VALUE_TEXT, NULL)                                         \
    X(LENGTH, "length", VALUE_NUMBER, NULL)                                   \
    X(LIMIT, "limit", VALUE_NUMBER, NULL)                                     \
    X(LIMITER, "limiter", VALUE_WORD, &limiter_words)                         \
    X(LINK, "link", VALUE_NUMBER, NULL)                                       \
    X(LINK_ADDRESS, "link_address", VALUE_TEXT, NULL)                         \
    X(LINK_KIND, "link_kind", VALUE_TEXT, NULL)                               \
    X(LOAD_STATE, "load_state", VALUE_TEXT, NULL)                             \
    X(LOST, "lost", VALUE_NUMBER, NULL)                                       \
    X(MARK, "mark", VALUE_NUMBER, NULL)                                       \
    X(MASTER, "master", VALUE_TEXT, NULL)                                     \
    X(MOVED, "moved", VALUE_NUMBER, NULL)                                     \
    X(MTU, "mtu", VALUE_NUMBER, NULL)                                         \
    X(NAME, "name", VALUE_TEXT, NULL)                                         \
    X(NAMED, "named", VALUE_NUMBER, NULL)                                     \
    X(NAMESPACE, "namespace", VALUE_TEXT, NULL)                               \
    X(NEIGHBOUR_STATE, "neighbour_state", VALUE_TEXT, NULL)                   \
    X(NO_ARP, "no_arp", VALUE_NUMBER, NULL)                                   \
    X(OBSERVER, "observer", VALUE_TEXT, NULL)                                 \
    X(OFFENDER, "offender", VALUE_ADDRESS, NULL)                              \
    X(OFFSET_NS, "offset_ns", VALUE_NUMBER, NULL)                             \
    X(ON_LINK, "on_link", VALUE_NUMBER, NULL)                                 \
    X(OTHER_HOST, "other_host", VALUE_NUMBER, NULL)                           \
    X(OUTCOME, "outcome", VALUE_WORD, &outcome_words)                         \
    X(PACKET, "packet", VALUE_WORD, &packet_words)                            \
    X(PACKET_QUOTED, "packet_quoted", VALUE_WORD, &packet_words)              \
    X(PARENT, "parent", VALUE_NUMBER, NULL)                                   \
    X(PATH, "path", VALUE_TEXT, NULL)                                         \
    X(PATH_FILTER, "path_filter", VALUE_NUMBER, NULL)                         \
    X(PHASE, "phase", VALUE_WORD, &phase_words)                               \
    X(PID, "pid", VALUE_NUMBER, NULL)                                         \
    X(PINNED, "pinned", VALUE_TEXT, NULL)                                     \
    X(POLICY, "policy", VALUE_NUMBER, NULL)                                   \
    X(PORT, "port", VALUE_NUMBER, NULL)                                       \
    X(PORT_FROM, "port_from", VALUE_TEXT, NULL)                               \
    X(POSITION, "position", VALUE_NUMBER, NULL)                               \
    X(PREFERENCE, "preference", VALUE_NUMBER, NULL)                           \
    X(PREFERRED_SOURCE, "preferred_source", VALUE_ADDRESS, NULL)              \
    X(PREFIX, "prefix", VALUE_NUMBER, NULL)                                   \
    X(PRIORITY, "priority", VALUE_NUMBER, NULL)                               \
    X(PROCESS, "process", VALUE_TEXT, NULL)                                   \
    X(PROCESS_STATE, "process_state", VALUE_TEXT, NULL)                       \
    X(PROGRAM, "program", VALUE_NUMBER, NULL)                                 \
    X(PROTOCOL, "protocol", VALUE_TEXT, NULL)                                 \
    X(QUEUE, "queue", VALUE_NUMBER, NULL)                                     \
    X(QUEUE_LIMIT, "queue_limit", VALUE_NUMBER, NULL)                         \
    X(QUEUE_NUMBER, "queue_number", VALUE_NUMBER, NULL)                       \
    X(RANGE_HIGH, "range_high", VALUE_NUMBER, NULL)                           \
    X(RANGE_LOW, "range_low", VALUE_NUMBER, NULL)                             \
    X(REASON, "reason", VALUE_TEXT, NULL)                                     \
    X(RECEIVED, "received", VALUE_NUMBER, NULL)                               \
    X(REMOTE, "remote", VALUE_ADDRESS, NULL)                                  \
    X(REPLY_DESTINATION, "reply_destination", VALUE_ADDRESS, NULL)            \
    X(REPLY_DESTINATION_PORT, "reply_destination_port", VALUE_NUMBER, NULL)   \
    X(REPLY_SOURCE, "reply_source", VALUE_ADDRESS, NULL)                      \
    X(REPLY_SOURCE_PORT, "reply_source_port", VALUE_NUMBER, NULL)             \
    X(RESEMBLES, "resembles", VALUE_WORD, &front_end_words)                   \
    X(RESTARTS, "restarts", VALUE_NUMBER, NULL)                               \
    X(RESTRICTED, "restricted", VALUE_NUMBER, NULL)                           \
    X(RESULT, "result", VALUE_TEXT, NULL)                                     \
    X(RETRANSMITS, "retransmits", VALUE_NUMBER, NULL)                         \
    X(ROUTE_TYPE, "route_type", VALUE_TEXT, NULL)                             \
    X(RTT_US, "rtt_us", VALUE_NUMBER, NULL)                                   \
    X(RULE, "rule", VALUE_TEXT, NULL)                                         \
    X(RULED, "ruled", VALUE_NUMBER, NULL)                                     \
    X(RX_DROPPED, "rx_dropped", VALUE_NUMBER, NULL)                           \
    X(SECONDARY, "secondary", VALUE_NUMBER, NULL)                             \
    X(SEQUENCE, "sequence", VALUE_NUMBER, NULL)                               \
    X(SET, "set", VALUE_TEXT, NULL)                                           \
    X(SIGNED_PREFIX, "signed_prefix", VALUE_ADDRESS, NULL)                    \
    X(SOURCE, "source", VALUE_ADDRESS, NULL)                                  \
    X(SOURCE_PORT, "source_port", VALUE_NUMBER, NULL)                         \
    X(SPARED, "spared", VALUE_NUMBER, NULL)                                   \
    X(STAGE, "stage", VALUE_WORD, &stage_words)                               \
    X(STATE, "state", VALUE_TEXT, NULL)                                       \
    X(STATE_ASKED, "state_asked", VALUE_WORD, &asked_state_words)             \
    X(STATUS, "status", VALUE_TEXT, NULL)                                     \
    X(STOPPED, "stopped", VALUE_NUMBER, NULL)                                 \
    X(STRANGERS, "strangers", VALUE_NUMBER, NULL)                             \
    X(SUB_STATE, "sub_state", VALUE_TEXT, NULL)                               \
    X(TABLE, "table", VALUE_TEXT, NULL)                                       \
    X(TABLE_ID, "table_id", VALUE_NUMBER, NULL)                               \
    X(TABLES, "tables", VALUE_NUMBER, NULL)                                   \
    X(TARGET, "target", VALUE_TEXT, NULL)                                     \
    X(TENTATIVE, "tentative", VALUE_NUMBER, NULL)                             \
    X(TEXT, "text", VALUE_TEXT, NULL)                                         \
    X(TIMESTAMP, "timestamp", VALUE_NUMBER, NULL)                             \
    X(TRANSLATES, "translates", VALUE_WORD, &translation_words)               \
    X(TRIGGERED_BY, "triggered_by", VALUE_TEXT, NULL)                         \
    X(TRIGGERS, "triggers", VALUE_TEXT, NULL)                                 \
    X(TTL, "ttl", VALUE_NUMBER, NULL)                                         \
    X(TUNNEL_ID, "tunnel_id", VALUE_NUMBER, NULL)                             \
    X(TX_DROPPED, "tx_dropped", VALUE_NUMBER, NULL)                           \
    X(UNCERTAINTY_NS, "uncertainty_ns", VALUE_NUMBER, NULL)                   \
    X(UNIT, "unit", VALUE_TEXT, NULL)                                         \
    X(UP, "up", VALUE_NUMBER, NULL)                                           \
    X(USED_BY, "used_by", VALUE_WORD, &user_of_way_words)                     \
    X(USER, "user", VALUE_NUMBER, NULL)                                       \
    X(USER_UNIT, "user_unit", VALUE_TEXT, NULL)                               \
    X(V6_ONLY, "v6_only", VALUE_NUMBER, NULL)                                 \
    X(VALUE, "value", VALUE_TEXT, NULL)                                       \
    X(VERDICT, "verdict", VALUE_WORD, &verdict_words)                         \
    X(VERSION, "version", VALUE_TEXT, NULL)                                   \
    X(WAITED_MS, "waited_ms", VALUE_NUMBER, NULL)                             \
    X(XDP, "xdp", VALUE_NUMBER, NULL)                                         \
    X(ZONE, "zone", VALUE_NUMBER, NULL)

/* clang-format on */

enum value_type
{
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_WORD,
    VALUE_ADDRESS
};

#define EVIDENCE_ENUM_KIND(name, text, observer, req, opt) EVIDENCE_##name,
#define EVIDENCE_ENUM_KEY(name, text, type, words)         KEY_##name,
enum evidence_kind
{
    EVIDENCE_KINDS(EVIDENCE_ENUM_KIND) EVIDENCE_KIND_COUNT
};
enum evidence_key
{
    EVIDENCE_KEYS(EVIDENCE_ENUM_KEY) KEY_COUNT_OF_KEYS
};
#undef EVIDENCE_ENUM_KIND
#undef EVIDENCE_ENUM_KEY

struct evidence_key_list
{
    const uint8_t *items; /* enum evidence_key */
    size_t count;
};

struct evidence_kind_info
{
    const char *name;
    const char *observer;
    struct evidence_key_list required;
    struct evidence_key_list optional; /* with NAMESPACE */
};

struct evidence_key_info
{
    const char *name;
    enum value_type type;
    const struct word_list *words; /* VALUE_WORD only */
};

extern const struct evidence_kind_info evidence_kinds[EVIDENCE_KIND_COUNT];
extern const struct evidence_key_info evidence_keys[KEY_COUNT_OF_KEYS];

/* -1 when there is no kind or key of that name. */
int evidence_kind_value(const char *name);
int evidence_key_value(const char *name);

/* May a piece of this kind carry this key? */
bool evidence_kind_carries(enum evidence_kind kind, enum evidence_key key);

/* The words one of which a text under this key is; NULL: it may be any. */
const struct word_list *evidence_text_words(enum evidence_kind kind,
                                            enum evidence_key key);

#endif
