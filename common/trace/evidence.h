/* Evidence: one typed, timestamped observation by one observer on one host.
 *
 * A piece of evidence is a kind and a few values under keys.  A key that is not
 * there was not observed; nothing is ever zero for want of knowledge.  The same
 * plain struct goes from an observer through worker, link and controller into
 * the verdict engine and the store; only the codecs (proto/codec.c, JSON) know
 * another form.  To let an observer say something new, add a line to one of the
 * two lists below; every consumer follows.
 *
 * It holds no pointer: texts are offsets into its own store, so that it can be
 * copied and sent as it is, and checked by evidence_check() on arrival. */
#ifndef TRACE_EVIDENCE_H
#define TRACE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/trace/words.h"

#define EVIDENCE_MAX_VALUES 28
#define EVIDENCE_TEXT_SIZE  1024

/* KEY_NAMESPACE of the host's own network namespace, where it is not the one
 * that the trace is made in. */
#define EVIDENCE_HOST_NAMESPACE "host"

/* The tables stay as they are: one line moved by clang-format moves them all. */
/* clang-format off */

/* name, text, observer.  Which keys a kind carries stands behind it; [] means
 * optional.  Every kind may carry NAMESPACE; absent: the host's own, or at the
 * source the one that the trace was asked to be made in. */
#define EVIDENCE_KINDS(X)                                                       \
    /* PHASE [TEXT]: the worker reached this step; TEXT says why it failed */   \
    X(EVIDENCE_PHASE, "phase", "worker")                                        \
    /* KERNEL VERSION [PID]: of a process in the namespace asked for */         \
    X(EVIDENCE_HOST, "host", "worker")                                          \
    /* TEXT: something was not looked at, and why; OBSERVER */                  \
    X(EVIDENCE_LIMIT, "limit", "worker")                                        \
    /* NAME and either INDEX ADDRESS (getaddrinfo's order) or TEXT (error);   \
       [PATH POSITION COUNT]: the line of that file, and the names on it */ \
    X(EVIDENCE_RESOLVED, "resolved", "resolver")                                \
    /* ATTEMPT SOURCE SOURCE_PORT DESTINATION DESTINATION_PORT [SEQUENCE] */    \
    X(EVIDENCE_ATTEMPT_START, "attempt-start", "probe")                         \
    /* ATTEMPT OUTCOME CONNECT_US [ERRNO] [ICMP_TYPE ICMP_CODE OFFENDER];     \
       OUTCOME_TIMED_OUT with no ERRNO: given up by us, not by TCP.           \
       OUTCOME_ERROR/UNREACHABLE before any packet: ATTEMPT_END alone */ \
    X(EVIDENCE_ATTEMPT_END, "attempt-end", "probe")                             \
    /* PACKET DIRECTION INTERFACE SOURCE SOURCE_PORT DESTINATION              \
       DESTINATION_PORT TTL LENGTH [ATTEMPT] [SEQUENCE ACKNOWLEDGEMENT FLAGS] \
       [LINK_ADDRESS] [OTHER_HOST] [TIMESTAMP CHECKSUM(right|wrong|later:     \
       the device is to fill it in)]; for ICMP: OFFENDER ICMP_TYPE ICMP_CODE, \
       the ports and addresses of the quoted packet, PACKET_QUOTED */ \
    X(EVIDENCE_PACKET, "packet", "capture")                                     \
    /* PHASE(armed|after) RECEIVED LOST ALIVE INTERFACES [EXACT STRANGERS];             \
       EXACT=1: matched by sequence number */ \
    X(EVIDENCE_CAPTURE, "capture", "capture")                                   \
    /* INTERFACE ADDRESS COUNT: ARP or neighbour requests seen leaving (out)  \
       or arriving (in) for ADDRESS and answers (ANSWERED) */ \
    X(EVIDENCE_ARP, "arp", "capture")                                           \
    /* ATTEMPT PACKET STAGE BACKEND FIREWALL_FAMILY TABLE CHAIN VERDICT       \
       [HANDLE POSITION RULE] [POLICY=1] [BASE_CHAIN PATH] [TARGET]           \
       [INTERFACE] [MARK] [SET ELEMENT] [ACKNOWLEDGEMENT]: one step of the kernel's  \
       rule trace for this packet.  TARGET "reject" when the rule's text says so; PATH  \
       "input > first > deep" when it came there by jumps; POSITION in the    \
       chain, from 1; SET and the ELEMENT of it that the packet is (an        \
       anonymous set has no name): the rule's, or of the jump that led here.  \
       With a drop SOURCE SOURCE_PORT DESTINATION DESTINATION_PORT: as the    \
       chain sees the packet, translated or not */ \
    X(EVIDENCE_RULE, "rule", "rule-trace")                                      \
    /* PHASE(armed|after) TABLES (number of nft tables that were there)       \
       COMPLETE=1 (it was armed and lost no message) */ \
    X(EVIDENCE_RULE_TRACE, "rule-trace", "rule-trace")                          \
    /* BACKEND FIREWALL_FAMILY TABLE CHAIN STAGE RULE TARGET BEFORE AFTER     \
       [POSITION] [POLICY=1] [BASE_CHAIN PATH] [SET ELEMENT]: an              \
       iptables-legacy counter that moved during the trace */ \
    X(EVIDENCE_RULE_COUNTER, "rule-counter", "rule-counters")                   \
    /* BACKEND FIREWALL_FAMILY COMPLETE=1 TABLES: the counters were read both \
       times; TABLES=0 means the backend is not in use */ \
    X(EVIDENCE_RULE_COUNTERS, "rule-counters", "rule-counters")                 \
    /* PHASE ADDRESS PORT [V6_ONLY] [INTERFACE] QUEUE QUEUE_LIMIT             \
       [PID PROCESS PROCESS_STATE FILES FILES_LIMIT FILES_HARD USER] INODE    \
       [EXECUTABLE UNIT USER_UNIT CONTAINER AGE_S NAMED]; a listener on the   \
       traced port, in any visible network namespace (NAMESPACE).  NAMED: is  \
       the process called as the service asked for?  [HOLDERS STOPPED]:       \
       processes that hold it, and how many of them are stopped (PID is one   \
       of those, if any).  [SIGNED_PREFIX PREFIX]: it demands signatures      \
       (TCP MD5) of the source */ \
    X(EVIDENCE_LISTENER, "listener", "sockets")                                 \
    /* PHASE PORT COUNT COMPLETE=1: all listeners of the port were listed */    \
    X(EVIDENCE_LISTENERS, "listeners", "sockets")                               \
    /* PHASE ATTEMPT STATE [RETRANSMITS QUEUE]: a socket of an attempt;       \
       CLOSED: the destination has none.                                      \
       ACCEPTED=0 WAITED_MS [MOVED]: it lay in the listener's queue for so    \
       long; MOVED=1: others were accepted meanwhile.  PHASE before: an old   \
       one with the attempt's addresses and ports [INODE PID PROCESS] */ \
    X(EVIDENCE_CONNECTION, "connection", "sockets")                             \
    /* RANGE_LOW RANGE_HIGH COUNT: local ports and how many go to this peer */  \
    X(EVIDENCE_PORTS, "ports", "sockets")                                       \
    /* PHASE DESTINATION [SOURCE] ROUTE_TYPE [GATEWAY INTERFACE TABLE_ID      \
       PREFERRED_SOURCE ERRNO PREFIX ADDRESS RULE MARK USER]: the lookup      \
       towards the peer; ROUTE_TYPE is unicast, local, blackhole, unreachable,        \
       prohibit, throw or none; ADDRESS/PREFIX is the route that matched;     \
       RULE is the policy rule that rejects it or chose the table, as         \
       `ip rule del` takes it; MARK: for packets that carry this mark; USER:  \
       for sockets of this user */ \
    X(EVIDENCE_ROUTE, "route", "routes")                                        \
    /* PHASE ADDRESS INTERFACE NEIGHBOUR_STATE [LINK_ADDRESS]: the entry for  \
       the next hop towards the peer; with BRINGER=1 for the neighbour whose  \
       frame brought the first SYN, wherever the way back leads */ \
    X(EVIDENCE_NEIGHBOUR, "neighbour", "neighbours")                            \
    /* PHASE INTERFACE UP CARRIER LINK_KIND MTU [LINK_ADDRESS] [XDP] [MASTER] \
       [NO_ARP] \
       RX_DROPPED TX_DROPPED */ \
    X(EVIDENCE_LINK, "link", "links")                                           \
    /* ADDRESS PREFIX INTERFACE [TENTATIVE] [DAD_FAILED]; an own address */     \
    X(EVIDENCE_ADDRESS, "address", "addresses")                                 \
    /* COUNT COMPLETE=1: all own addresses were listed */                       \
    X(EVIDENCE_ADDRESSES, "addresses", "addresses")                             \
    /* NAME BEFORE AFTER: a kernel counter that moved, e.g.                   \
       TcpExt.ListenOverflows */ \
    X(EVIDENCE_COUNTER, "counter", "counters")                                  \
    /* COMPLETE=1: all counters were read before and after */                   \
    X(EVIDENCE_COUNTERS, "counters", "counters")                                \
    /* NAME VALUE [INTERFACE]; with COUNT: so many interfaces have it so */     \
    X(EVIDENCE_SYSCTL, "sysctl", "sysctls")                                     \
    /* ADDRESS PORT OUTCOME [ERRNO]: the destination called itself */           \
    X(EVIDENCE_SELF_TEST, "self-test", "self-test")                             \
    /* DIRECTION(out: from the sender) TTL [OFFENDER RTT_US ICMP_TYPE         \
       ICMP_CODE] [PACKET: what came back instead of ICMP] */ \
    X(EVIDENCE_HOP, "hop", "walk")                                              \
    /* COUNT: things of ours that are still armed (0 is proof of none) */       \
    X(EVIDENCE_RESIDUE, "residue", "worker")                                    \
    /* TEXT: the agent's own policy refused the order */                        \
    X(EVIDENCE_REFUSED, "refused", "policy")                                    \
    /* TEXT: the agent's connection broke during the trace */                   \
    X(EVIDENCE_AGENT_LOST, "agent-lost", "controller")                          \
    /* OFFSET_NS UNCERTAINTY_NS: this host's clock minus the controller's */    \
    X(EVIDENCE_CLOCK, "clock", "controller")                                    \
    /* ATTEMPT PACKET STAGE REASON FUNCTION [INTERFACE] [ERRNO]               \
       [QUEUE QUEUE_LIMIT] [ACKNOWLEDGEMENT]: the kernel freed this packet    \
       (skb:kfree_skb), or a copy of it; ERRNO: its route's; QUEUE: the       \
       listener's that it met */ \
    X(EVIDENCE_DROP, "drop", "drop-events")                                     \
    /* COMPLETE=1: drop events were watched */                                  \
    X(EVIDENCE_DROPS, "drops", "drop-events")                                   \
    /* NAME [ASKED=1] LOAD_STATE ACTIVE_STATE SUB_STATE [RESULT ENABLED PID   \
       EXIT_CODE(CLD_*) EXIT_STATUS RESTARTS AGE_S ERRNO TRIGGERED_BY         \
       TRIGGERS CONDITION_FAILED=1] [PORT PORT_FROM(listen|command)] [TEXT]:  \
       a systemd unit that was asked for, that names the port, or that        \
       failed; AGE_S: in this state; TEXT: its own words, where they say that \
       an address was in use */ \
    X(EVIDENCE_UNIT, "unit", "services")                                        \
    /* COMPLETE=1 COUNT: systemd was asked */                                   \
    X(EVIDENCE_UNITS, "units", "services")                                      \
    /* ADDRESS PORT and the process as in LISTENER: a listener on another     \
       port, of the service asked for (NAMED or its UNIT) */ \
    X(EVIDENCE_ELSEWHERE, "elsewhere", "services") \
    /* ADDRESS ROUTE_TYPE [INTERFACE GATEWAY]: where the destination itself would \
       send a packet for the traced address */ \
    X(EVIDENCE_ONWARD, "onward", "routes")                                      \
    /* PACKET DIRECTION INTERFACE SOURCE SOURCE_PORT DESTINATION              \
       DESTINATION_PORT SEQUENCE [ACKNOWLEDGEMENT TIMESTAMP]: a SYN or SYN-ACK \
       between the trace's addresses whose numbers are no attempt's */ \
    X(EVIDENCE_STRANGER, "stranger", "capture")                                 \
    /* PHASE COUNT LIMIT: connection tracking's table in this namespace */      \
    X(EVIDENCE_TRACKING, "tracking", "conntrack")                               \
    /* PHASE ATTEMPT SOURCE SOURCE_PORT DESTINATION DESTINATION_PORT          \
       REPLY_SOURCE REPLY_SOURCE_PORT REPLY_DESTINATION                       \
       REPLY_DESTINATION_PORT STATUS [STATE MARK ZONE EXPIRES_S] [RULED]: the \
       table's entry for this attempt's tuple; before: older than the attempt;  \
       RULED: does a rule still translate to REPLY_SOURCE (asked of old ones) */ \
    X(EVIDENCE_TRACKED, "tracked", "conntrack") \
    /* HOOK [INTERFACE] [KIND] [PROGRAM NAME LINK] [PREFERENCE HANDLE         \
       CHAIN_INDEX PROTOCOL] [CGROUP] [PINNED] [PID PROCESS]: a program or    \
       filter in the way of the trace's packets.  HOOK: xdp, tc-ingress,      \
       tc-egress, tcx-ingress, tcx-egress, cgroup-ingress, cgroup-egress,     \
       cgroup-connect4, cgroup-connect6, socket-filter, netfilter-input and   \
       so on, seccomp; KIND: of a tc filter or socket filter, XDP's mode;     \
       PID, PINNED: who keeps it */ \
    X(EVIDENCE_PROGRAM, "program", "programs")                                  \
    /* HOOK COUNT [INTERFACE]: all programs of that hook were looked up */      \
    X(EVIDENCE_PROGRAMS, "programs", "programs")                                \
    /* INTERFACE KIND HANDLE PARENT BEFORE AFTER: a queue discipline that     \
       dropped packets meanwhile; how many there are of an interface, is      \
       PROGRAMS with the hook "qdisc" */ \
    X(EVIDENCE_QDISC, "qdisc", "qdiscs")                                        \
    /* DIRECTION INDEX PRIORITY ACTION RULE COUNT: the IPsec policy that      \
       decides about the trace's packets; COUNT: how many protections (AH,    \
       ESP) it demands */ \
    X(EVIDENCE_IPSEC_POLICY, "ipsec-policy", "ipsec")                           \
    /* DIRECTION COUNT: all policies were read, COUNT of them match */          \
    X(EVIDENCE_IPSEC_POLICIES, "ipsec-policies", "ipsec")                       \
    /* INDEX: a queue to user space that a program reads */                     \
    X(EVIDENCE_NFQUEUE, "nfqueue", "programs")                                  \
    /* COUNT COMPLETE=1: all queues that are read were listed */                \
    X(EVIDENCE_NFQUEUES, "nfqueues", "programs")                     \
    /* FRONT_END STATE [CONFIGURED=1 RESTRICTED=1] [FIREWALL_ZONE JAILS]: what  \
       a program whose rule stopped the packet says of itself.  STATE is        \
       running, silent or stopped; CONFIGURED: its saved settings allow this    \
       connection, the kernel's rules do not; RESTRICTED: they tell apart who   \
       may reach the port; FIREWALL_ZONE: the default one; JAILS: fail2ban's    \
       names */                                                                 \
    X(EVIDENCE_FRONT_END, "front-end", "front-ends")                            \
    /* COUNT and either PID PROCESS or STATE: sockets of one process, or of     \
       none, that hold ports which the source needs: towards the destination, \
       or the port asked for */ \
    X(EVIDENCE_PORT_HOLDER, "port-holder", "sockets")                           \
    /* PHASE PORT COUNT: half-open connections to the traced port */            \
    X(EVIDENCE_HALF_OPEN, "half-open", "sockets")                               \
    /* DESTINATION INTERFACE [GATEWAY ADDRESS PREFIX TABLE_ID]: the best route \
       towards the peer by another interface than the one that is used */ \
    X(EVIDENCE_ROUTE_OTHER, "route-other", "routes")                            \
    /* DESTINATION INTERFACE [GATEWAY] INDEX: a next hop of a route that has  \
       several, between which the packet's addresses or ports choose */ \
    X(EVIDENCE_ROUTE_LEG, "route-leg", "routes")

/* name, text, type, list of words */
#define EVIDENCE_KEYS(X)                                             \
    X(KEY_PHASE, "phase", VALUE_WORD, &phase_words)                  \
    X(KEY_TEXT, "text", VALUE_TEXT, NULL)                            \
    X(KEY_NAME, "name", VALUE_TEXT, NULL)                            \
    X(KEY_VALUE, "value", VALUE_TEXT, NULL)                          \
    X(KEY_NAMESPACE, "namespace", VALUE_TEXT, NULL)                  \
    X(KEY_OBSERVER, "observer", VALUE_TEXT, NULL)                    \
    X(KEY_KERNEL, "kernel", VALUE_TEXT, NULL)                        \
    X(KEY_VERSION, "version", VALUE_TEXT, NULL)                      \
    X(KEY_INDEX, "index", VALUE_NUMBER, NULL)                        \
    X(KEY_COUNT, "count", VALUE_NUMBER, NULL)                        \
    X(KEY_COMPLETE, "complete", VALUE_NUMBER, NULL)                  \
    X(KEY_ATTEMPT, "attempt", VALUE_NUMBER, NULL)                    \
    X(KEY_OUTCOME, "outcome", VALUE_WORD, &outcome_words)            \
    X(KEY_ERRNO, "errno", VALUE_NUMBER, NULL)                        \
    X(KEY_CONNECT_US, "connect_us", VALUE_NUMBER, NULL)              \
    X(KEY_PACKET, "packet", VALUE_WORD, &packet_words)               \
    X(KEY_PACKET_QUOTED, "packet_quoted", VALUE_WORD, &packet_words) \
    X(KEY_DIRECTION, "direction", VALUE_WORD, &direction_words)      \
    X(KEY_STAGE, "stage", VALUE_WORD, &stage_words)                  \
    X(KEY_INTERFACE, "interface", VALUE_TEXT, NULL)                  \
    X(KEY_INTERFACES, "interfaces", VALUE_TEXT, NULL)                \
    X(KEY_ADDRESS, "address", VALUE_ADDRESS, NULL)                   \
    X(KEY_PORT, "port", VALUE_NUMBER, NULL)                          \
    X(KEY_SOURCE, "source", VALUE_ADDRESS, NULL)                     \
    X(KEY_SOURCE_PORT, "source_port", VALUE_NUMBER, NULL)            \
    X(KEY_DESTINATION, "destination", VALUE_ADDRESS, NULL)           \
    X(KEY_DESTINATION_PORT, "destination_port", VALUE_NUMBER, NULL)  \
    X(KEY_SEQUENCE, "sequence", VALUE_NUMBER, NULL)                  \
    X(KEY_ACKNOWLEDGEMENT, "acknowledgement", VALUE_NUMBER, NULL)    \
    X(KEY_FLAGS, "flags", VALUE_TEXT, NULL)                          \
    X(KEY_TTL, "ttl", VALUE_NUMBER, NULL)                            \
    X(KEY_LENGTH, "length", VALUE_NUMBER, NULL)                      \
    X(KEY_OTHER_HOST, "other_host", VALUE_NUMBER, NULL)              \
    X(KEY_OFFENDER, "offender", VALUE_ADDRESS, NULL)                 \
    X(KEY_ICMP_TYPE, "icmp_type", VALUE_NUMBER, NULL)                \
    X(KEY_ICMP_CODE, "icmp_code", VALUE_NUMBER, NULL)                \
    X(KEY_RECEIVED, "received", VALUE_NUMBER, NULL)                  \
    X(KEY_LOST, "lost", VALUE_NUMBER, NULL)                          \
    X(KEY_ALIVE, "alive", VALUE_NUMBER, NULL)                        \
    X(KEY_EXACT, "exact", VALUE_NUMBER, NULL)                        \
    X(KEY_ANSWERED, "answered", VALUE_NUMBER, NULL)                  \
    X(KEY_BACKEND, "backend", VALUE_WORD, &backend_words)            \
    X(KEY_FIREWALL_FAMILY, "family", VALUE_TEXT, NULL)               \
    X(KEY_TABLE, "table", VALUE_TEXT, NULL)                          \
    X(KEY_TABLES, "tables", VALUE_NUMBER, NULL)                      \
    X(KEY_CHAIN, "chain", VALUE_TEXT, NULL)                          \
    X(KEY_BASE_CHAIN, "base_chain", VALUE_TEXT, NULL)                \
    X(KEY_HANDLE, "handle", VALUE_NUMBER, NULL)                      \
    X(KEY_RULE, "rule", VALUE_TEXT, NULL)                            \
    X(KEY_TARGET, "target", VALUE_TEXT, NULL)                        \
    X(KEY_VERDICT, "verdict", VALUE_WORD, &verdict_words)            \
    X(KEY_POLICY, "policy", VALUE_NUMBER, NULL)                      \
    X(KEY_BEFORE, "before", VALUE_NUMBER, NULL)                      \
    X(KEY_AFTER, "after", VALUE_NUMBER, NULL)                        \
    X(KEY_V6_ONLY, "v6_only", VALUE_NUMBER, NULL)                    \
    X(KEY_QUEUE, "queue", VALUE_NUMBER, NULL)                        \
    X(KEY_QUEUE_LIMIT, "queue_limit", VALUE_NUMBER, NULL)            \
    X(KEY_INODE, "inode", VALUE_NUMBER, NULL)                        \
    X(KEY_PID, "pid", VALUE_NUMBER, NULL)                            \
    X(KEY_PROCESS, "process", VALUE_TEXT, NULL)                      \
    X(KEY_PROCESS_STATE, "process_state", VALUE_TEXT, NULL)          \
    X(KEY_FILES, "files", VALUE_NUMBER, NULL)                        \
    X(KEY_FILES_LIMIT, "files_limit", VALUE_NUMBER, NULL)            \
    X(KEY_USER, "user", VALUE_NUMBER, NULL)                          \
    X(KEY_STATE, "state", VALUE_TEXT, NULL)                          \
    X(KEY_RETRANSMITS, "retransmits", VALUE_NUMBER, NULL)            \
    X(KEY_RANGE_LOW, "range_low", VALUE_NUMBER, NULL)                \
    X(KEY_RANGE_HIGH, "range_high", VALUE_NUMBER, NULL)              \
    X(KEY_ROUTE_TYPE, "route_type", VALUE_TEXT, NULL)                \
    X(KEY_GATEWAY, "gateway", VALUE_ADDRESS, NULL)                   \
    X(KEY_TABLE_ID, "table_id", VALUE_NUMBER, NULL)                  \
    X(KEY_PREFERRED_SOURCE, "preferred_source", VALUE_ADDRESS, NULL) \
    X(KEY_PREFIX, "prefix", VALUE_NUMBER, NULL)                      \
    X(KEY_NEIGHBOUR_STATE, "neighbour_state", VALUE_TEXT, NULL)      \
    X(KEY_LINK_ADDRESS, "link_address", VALUE_TEXT, NULL)            \
    X(KEY_UP, "up", VALUE_NUMBER, NULL)                              \
    X(KEY_CARRIER, "carrier", VALUE_NUMBER, NULL)                    \
    X(KEY_LINK_KIND, "link_kind", VALUE_TEXT, NULL)                  \
    X(KEY_MTU, "mtu", VALUE_NUMBER, NULL)                            \
    X(KEY_XDP, "xdp", VALUE_NUMBER, NULL)                            \
    X(KEY_MASTER, "master", VALUE_TEXT, NULL)                        \
    X(KEY_RX_DROPPED, "rx_dropped", VALUE_NUMBER, NULL)              \
    X(KEY_TX_DROPPED, "tx_dropped", VALUE_NUMBER, NULL)              \
    X(KEY_TENTATIVE, "tentative", VALUE_NUMBER, NULL)                \
    X(KEY_DAD_FAILED, "dad_failed", VALUE_NUMBER, NULL)              \
    X(KEY_RTT_US, "rtt_us", VALUE_NUMBER, NULL)                      \
    X(KEY_OFFSET_NS, "offset_ns", VALUE_NUMBER, NULL)                \
    X(KEY_UNCERTAINTY_NS, "uncertainty_ns", VALUE_NUMBER, NULL)      \
    X(KEY_REASON, "reason", VALUE_TEXT, NULL)                        \
    X(KEY_FUNCTION, "function", VALUE_TEXT, NULL)                    \
    X(KEY_STRANGERS, "strangers", VALUE_NUMBER, NULL)                \
    X(KEY_BRINGER, "bringer", VALUE_NUMBER, NULL)                    \
    X(KEY_PATH, "path", VALUE_TEXT, NULL)                            \
    X(KEY_SET, "set", VALUE_TEXT, NULL)                              \
    X(KEY_ELEMENT, "element", VALUE_TEXT, NULL)                      \
    X(KEY_POSITION, "position", VALUE_NUMBER, NULL)                  \
    X(KEY_EXECUTABLE, "executable", VALUE_TEXT, NULL)                \
    X(KEY_UNIT, "unit", VALUE_TEXT, NULL)                            \
    X(KEY_USER_UNIT, "user_unit", VALUE_TEXT, NULL)                  \
    X(KEY_CONTAINER, "container", VALUE_TEXT, NULL)                  \
    X(KEY_AGE_S, "age_s", VALUE_NUMBER, NULL)                        \
    X(KEY_NAMED, "named", VALUE_NUMBER, NULL)                        \
    X(KEY_ASKED, "asked", VALUE_NUMBER, NULL)                        \
    X(KEY_LOAD_STATE, "load_state", VALUE_TEXT, NULL)                \
    X(KEY_ACTIVE_STATE, "active_state", VALUE_TEXT, NULL)            \
    X(KEY_SUB_STATE, "sub_state", VALUE_TEXT, NULL)                  \
    X(KEY_RESULT, "result", VALUE_TEXT, NULL)                        \
    X(KEY_ENABLED, "enabled", VALUE_TEXT, NULL)                      \
    X(KEY_EXIT_CODE, "exit_code", VALUE_NUMBER, NULL)                \
    X(KEY_EXIT_STATUS, "exit_status", VALUE_NUMBER, NULL)            \
    X(KEY_RESTARTS, "restarts", VALUE_NUMBER, NULL)                  \
    X(KEY_TRIGGERED_BY, "triggered_by", VALUE_TEXT, NULL)            \
    X(KEY_CONDITION_FAILED, "condition_failed", VALUE_NUMBER, NULL)  \
    X(KEY_PORT_FROM, "port_from", VALUE_TEXT, NULL)                  \
    X(KEY_LIMIT, "limit", VALUE_NUMBER, NULL)                        \
    X(KEY_CHECKSUM, "checksum", VALUE_TEXT, NULL)                    \
    X(KEY_TIMESTAMP, "timestamp", VALUE_NUMBER, NULL)                \
    X(KEY_REPLY_SOURCE, "reply_source", VALUE_ADDRESS, NULL)         \
    X(KEY_REPLY_SOURCE_PORT, "reply_source_port", VALUE_NUMBER, NULL) \
    X(KEY_REPLY_DESTINATION, "reply_destination", VALUE_ADDRESS, NULL) \
    X(KEY_REPLY_DESTINATION_PORT, "reply_destination_port",          \
      VALUE_NUMBER, NULL)                                            \
    X(KEY_STATUS, "status", VALUE_TEXT, NULL)                        \
    X(KEY_MARK, "mark", VALUE_NUMBER, NULL)                          \
    X(KEY_ZONE, "zone", VALUE_NUMBER, NULL)                          \
    X(KEY_EXPIRES_S, "expires_s", VALUE_NUMBER, NULL)                \
    X(KEY_TRIGGERS, "triggers", VALUE_TEXT, NULL) \
    X(KEY_HOOK, "hook", VALUE_TEXT, NULL)                            \
    X(KEY_KIND, "kind", VALUE_TEXT, NULL)                            \
    X(KEY_PROGRAM, "program", VALUE_NUMBER, NULL)                    \
    X(KEY_LINK, "link", VALUE_NUMBER, NULL)                          \
    X(KEY_PREFERENCE, "preference", VALUE_NUMBER, NULL)              \
    X(KEY_CHAIN_INDEX, "chain_index", VALUE_NUMBER, NULL)            \
    X(KEY_PROTOCOL, "protocol", VALUE_TEXT, NULL)                    \
    X(KEY_CGROUP, "cgroup", VALUE_TEXT, NULL)                        \
    X(KEY_PINNED, "pinned", VALUE_TEXT, NULL)                        \
    X(KEY_PARENT, "parent", VALUE_NUMBER, NULL)                      \
    X(KEY_PRIORITY, "priority", VALUE_NUMBER, NULL)                  \
    X(KEY_ACTION, "action", VALUE_TEXT, NULL)                     \
    X(KEY_FRONT_END, "front_end", VALUE_WORD, &front_end_words)      \
    X(KEY_CONFIGURED, "configured", VALUE_NUMBER, NULL)              \
    X(KEY_FIREWALL_ZONE, "firewall_zone", VALUE_TEXT, NULL)                            \
    X(KEY_JAILS, "jails", VALUE_TEXT, NULL) \
    X(KEY_RULED, "ruled", VALUE_NUMBER, NULL)                     \
    X(KEY_ACCEPTED, "accepted", VALUE_NUMBER, NULL)                  \
    X(KEY_WAITED_MS, "waited_ms", VALUE_NUMBER, NULL)                \
    X(KEY_MOVED, "moved", VALUE_NUMBER, NULL)                        \
    X(KEY_HOLDERS, "holders", VALUE_NUMBER, NULL)                    \
    X(KEY_STOPPED, "stopped", VALUE_NUMBER, NULL)                    \
    X(KEY_FILES_HARD, "files_hard", VALUE_NUMBER, NULL)              \
    X(KEY_SIGNED_PREFIX, "signed_prefix", VALUE_ADDRESS, NULL)       \
    X(KEY_NO_ARP, "no_arp", VALUE_NUMBER, NULL)                      \
    X(KEY_RESTRICTED, "restricted", VALUE_NUMBER, NULL)

/* clang-format on */

enum value_type
{
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_WORD,
    VALUE_ADDRESS
};

#define EVIDENCE_ENUM_KIND(name, text, observer)   name,
#define EVIDENCE_ENUM_KEY(name, text, type, words) name,
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

struct evidence_kind_info
{
    const char *name;
    const char *observer;
};

struct evidence_key_info
{
    const char *name;
    enum value_type type;
    const struct word_list *words; /* VALUE_WORD only */
};

extern const struct evidence_kind_info evidence_kinds[EVIDENCE_KIND_COUNT];
extern const struct evidence_key_info evidence_keys[KEY_COUNT_OF_KEYS];

struct evidence_value
{
    uint16_t key;           /* enum evidence_key, each at most once */
    uint16_t text;          /* VALUE_TEXT: offset into texts, NUL-terminated */
    int64_t number;         /* VALUE_NUMBER and VALUE_WORD */
    struct address address; /* VALUE_ADDRESS */
};

struct evidence
{
    uint32_t id;        /* set by the controller: printed as e<id>; 0 before */
    uint8_t role;       /* enum role: whose host; set by the controller */
    uint8_t kind;       /* enum evidence_kind */
    uint16_t count;     /* values used */
    uint16_t text_size; /* bytes of texts used */
    int64_t at_ns;      /* CLOCK_MONOTONIC of the host that observed it */
    struct evidence_value values[EVIDENCE_MAX_VALUES];
    char texts[EVIDENCE_TEXT_SIZE];
};

/* Begins a piece of evidence of this kind, seen at this time. */
void evidence_init(struct evidence *evidence, enum evidence_kind kind,
                   int64_t at_ns);

/* Add a value.  The key's type must be the setter's (asserted).  A text that
 * does not fit is cut at the end; NULL text and unset addresses add nothing.
 * A value too many is dropped and false is returned. */
bool evidence_set_number(struct evidence *evidence, enum evidence_key key,
                         int64_t number);
bool evidence_set_word(struct evidence *evidence, enum evidence_key key,
                       int word);
bool evidence_set_text(struct evidence *evidence, enum evidence_key key,
                       const char *text);
bool evidence_set_address(struct evidence *evidence, enum evidence_key key,
                          const struct address *address);

/* The same for what stands for nothing when it is empty, or zero: then it adds
 * nothing. */
void evidence_put_text(struct evidence *evidence, enum evidence_key key,
                       const char *text);
void evidence_put_number(struct evidence *evidence, enum evidence_key key,
                         int64_t number);

/* True if the key was observed. */
bool evidence_has(const struct evidence *evidence, enum evidence_key key);

/* The value, or the fallback when it was not observed. */
int64_t evidence_number(const struct evidence *evidence, enum evidence_key key,
                        int64_t fallback);
int evidence_word(const struct evidence *evidence, enum evidence_key key);
const char *evidence_text(const struct evidence *evidence,
                          enum evidence_key key, const char *fallback);
struct address evidence_address(const struct evidence *evidence,
                                enum evidence_key key);

/* Is this a well-formed piece of evidence?  For everything that comes from
 * another process.  -EBADMSG if a kind, key, word, offset or terminator is
 * wrong. */
int evidence_check(const struct evidence *evidence);

/* Bytes that matter: everything up to the end of the used texts.  Sent so. */
size_t evidence_size(const struct evidence *evidence);

/* -1 when there is no kind or key of that name. */
int evidence_kind_value(const char *name);
int evidence_key_value(const char *name);

#endif
