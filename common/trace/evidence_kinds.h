/* The kinds of evidence, sorted by their texts: see evidence_schema.h. */
#ifndef TRACE_EVIDENCE_KINDS_H
#define TRACE_EVIDENCE_KINDS_H

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
       for ADDRESS; ANSWERED of them. SOURCE: who asked last. */              \
    X(ARP, "arp", "capture",                                                  \
      REQ(INTERFACE, DIRECTION, ADDRESS, COUNT, ANSWERED),                    \
      OPT(LINK_ADDRESS, SOURCE))                                              \
    /* OUTCOME_TIMED_OUT with no ERRNO: given up by us, not by TCP.           \
       OUTCOME_ERROR/UNREACHABLE before any packet: ATTEMPT_END alone.        \
       Where it connected: what FOLLOWED in the OPEN_US that the probe left   \
       it open, how many octets came, whether the first read like a refusal. */ \
    X(ATTEMPT_END, "attempt-end", "probe",                                    \
      REQ(ATTEMPT, OUTCOME, CONNECT_US),                                      \
      OPT(ERRNO, ICMP_TYPE, ICMP_CODE, OFFENDER, FOLLOWED, OPEN_US, RECEIVED, \
          REFUSES))                                                           \
    X(ATTEMPT_START, "attempt-start", "probe",                                \
      REQ(ATTEMPT, SOURCE_PORT, DESTINATION, DESTINATION_PORT),               \
      OPT(SOURCE, SEQUENCE))                                                  \
    /* EXACT=1: packets are matched by sequence number. */                    \
    X(CAPTURE, "capture", "capture",                                          \
      REQ(PHASE, ALIVE, EXACT, INTERFACES), OPT(RECEIVED, LOST, STRANGERS))   \
    /* This host's clock minus the controller's. */                           \
    X(CLOCK, "clock", "controller", REQ(OFFSET_NS, UNCERTAINTY_NS), OPT())    \
    /* A socket of an attempt; CLOSED: the destination has none. WAITED_MS: it \
       lay in the listener's queue for so long, and with ACCEPTED=0 lies      \
       there; MOVED=1: others were accepted meanwhile. PHASE before: an old one with the attempt's \
       addresses and ports. */                                                \
    X(CONNECTION, "connection", "sockets",                                    \
      REQ(PHASE, ATTEMPT, STATE),                                             \
      OPT(RETRANSMITS, QUEUE, ACCEPTED, WAITED_MS, MOVED, INODE, PID,         \
          PROCESS))                                                           \
    /* A container that may be meant to have the port, as its runtime keeps it on  \
       disk. PORT: it is to publish the traced one, on ADDRESS (absent: on     \
       all) as its DESTINATION_PORT; without PORT a port of its own. ALIVE: does \
       the runtime's daemon run? TEXT: why it was not started. */             \
    X(CONTAINER, "container", "containers",                                   \
      REQ(NAME, CONTAINER, STATE, ALIVE),                                     \
      OPT(PID, EXIT_STATUS, TEXT, PORT, ADDRESS, DESTINATION_PORT))           \
    /* A kernel counter that moved, as TcpExt.ListenOverflows. */             \
    X(COUNTER, "counter", "counters", REQ(NAME, BEFORE, AFTER), OPT())        \
    /* COMPLETE=1: all counters were read before and after. */                \
    X(COUNTERS, "counters", "counters", REQ(COMPLETE), OPT())                 \
    /* The kernel freed this packet (skb:kfree_skb), or a copy of it;         \
       ERRNO: its route's; QUEUE: the listener's that it met. */              \
    X(DROP, "drop", "drop-events",                                            \
      REQ(ATTEMPT, PACKET, STAGE, REASON),                                    \
      OPT(FUNCTION, INTERFACE, ERRNO, QUEUE, QUEUE_LIMIT,                     \
          ACKNOWLEDGEMENT, DESTINATION, DESTINATION_PORT))                    \
    /* COMPLETE=1: drop events were watched; told a second time when all that \
       was seen has been told. */                                             \
    X(DROPS, "drops", "drop-events", REQ(COMPLETE), OPT())                    \
    /* A listener on another port, of the service asked for (NAMED or its     \
       UNIT); the process as in LISTENER. */                                  \
    X(ELSEWHERE, "elsewhere", "services",                                     \
      REQ(ADDRESS, PORT, PID),                                                \
      OPT(PROCESS, PROCESS_STATE, FILES, FILES_LIMIT, FILES_HARD,             \
          EXECUTABLE, UNIT, USER_UNIT, CONTAINER, AGE_S, NAMED))              \
    /* A chain on a hook that would stop the packet, by what its rules say.   \
       INDEX: its place on this host's part of the way, from 0. The rest as   \
       of RULE; TARGET is drop or reject. */                                  \
    X(FORESEEN, "foreseen", "foresight",                                      \
      REQ(PACKET, STAGE, BACKEND, FIREWALL_FAMILY, TABLE, CHAIN, BASE_CHAIN,  \
          TARGET, INDEX),                                                     \
      OPT(PATH, HANDLE, POSITION, POLICY, RULE, SET, ELEMENT, SOURCE,         \
          SOURCE_PORT, DESTINATION, DESTINATION_PORT, FIREWALL_ZONE,          \
          READING))                                                           \
    /* What a program whose rule stopped the packet says of itself.           \
       CONFIGURED=1: its saved settings allow this connection, the kernel's   \
       rules do not; RESTRICTED=1: they tell apart who may reach the port;    \
       FIREWALL_ZONE: the default one; JAILS: fail2ban's names; PROTOCOL: the \
       settings open the port, of this protocol alone ("udp"). */             \
    X(FRONT_END, "front-end", "front-ends",                                   \
      REQ(FRONT_END),                                                         \
      OPT(STATE, CONFIGURED, RESTRICTED, FIREWALL_ZONE, JAILS, PROTOCOL))     \
    /* Half-open connections to the traced port. */                           \
    X(HALF_OPEN, "half-open", "sockets", REQ(PHASE, PORT, COUNT), OPT())      \
    /* The agent that holds an address of the evidence (ADDRESS, or a         \
       LINK_ADDRESS that one of its devices has), as its inventory            \
       says; AGE_S: it held it until so long ago; TEXT: the agent is away,    \
       and was there last. */                                                 \
    X(HELD_BY, "held-by", "controller", REQ(NAME),                            \
      OPT(ADDRESS, LINK_ADDRESS, AGE_S, TEXT))                                \
    /* DIRECTION out: from the sender. PACKET: what came back instead of      \
       ICMP. LABELS: the MPLS stack with which the copy came there, the       \
       outermost first, each as label/class/TTL. */                           \
    X(HOP, "hop", "walk",                                                     \
      REQ(DIRECTION, TTL, OFFENDER, RTT_US),                                  \
      OPT(ICMP_TYPE, ICMP_CODE, PACKET, LABELS))                              \
    /* PID: of a process in the namespace asked for. */                       \
    X(HOST, "host", "worker", REQ(VERSION), OPT(KERNEL, PID))                 \
    /* What the destination's rules say of the SYN on its way in, which COUNT \
       chains on hooks see: VERDICT accept, or drop with TARGET drop or       \
       reject; absent: not to be told. The rule or policy that decides; of an \
       accept the last one that says so; none: no chain is there. MOVED=1: a  \
       rule translates where it goes, or may do so. */                        \
    X(INPUT_RULE, "input-rule", "foresight", REQ(COUNT),                      \
      OPT(VERDICT, MOVED, STAGE, BACKEND, FIREWALL_FAMILY, TABLE, CHAIN,      \
          BASE_CHAIN, TARGET, PATH, HANDLE, POSITION, POLICY, RULE, SET,      \
          ELEMENT, SOURCE, SOURCE_PORT, DESTINATION, DESTINATION_PORT,        \
          FIREWALL_ZONE, READING))                                            \
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
    /* TEXT: the programs that commands are made of and the host lacks, as    \
       far as they were looked for, with blanks between them. */              \
    X(NOT_INSTALLED, "not-installed", "installed", REQ(TEXT), OPT())          \
    /* Where the destination itself would send a packet for the traced        \
       address. ROUTE_TYPE is local if the host takes the address for its     \
       own. The table TABLE_ID (the local one) does. RULED=0: no policy rule  \
       leads there, RULED=1: another one comes first. */                      \
    X(ONWARD, "onward", "routes",                                             \
      REQ(ADDRESS, ROUTE_TYPE), OPT(INTERFACE, GATEWAY, TABLE_ID, RULED))     \
    /* FLAGS ACKNOWLEDGEMENT TIMESTAMP: where the frame holds the whole       \
       header. Of what opens a connection also MSS, WINDOW_SCALE and SACK     \
       (permitted or not; it stands where all options were read), DSCP and    \
       ECN of the IP header, CHECKSUM ("later": the device is to fill it in). \
       ICMP: PACKET_QUOTED, and the addresses and ports are those of the      \
       quoted packet. */                                                      \
    X(PACKET, "packet", "capture",                                            \
      REQ(PACKET, ATTEMPT, DIRECTION, INTERFACE, SOURCE, SOURCE_PORT,         \
          DESTINATION, DESTINATION_PORT, SEQUENCE, TTL, LENGTH),              \
      OPT(ACKNOWLEDGEMENT, FLAGS, TIMESTAMP, MSS, WINDOW_SCALE, SACK, DSCP,   \
          ECN, CHECKSUM, LINK_ADDRESS, OTHER_HOST, PACKET_QUOTED, OFFENDER,   \
          ICMP_TYPE, ICMP_CODE))                                              \
    /* The worker reached this step; TEXT says why it failed. */              \
    X(PHASE, "phase", "worker", REQ(PHASE), OPT(TEXT))                        \
    /* Either PID and PROCESS or STATE: sockets of one process, or of none,   \
       that hold ports which the source needs: towards the destination, or the \
       port asked for. */                                                     \
    X(PORT_HOLDER, "port-holder", "sockets",                                  \
      REQ(COUNT), OPT(PID, PROCESS, STATE))                                   \
    /* PROTOCOL "tcp": has the traced port, on which nothing listens, for a   \
       connection with DESTINATION, or only bound to it; "udp": a UDP socket. */ \
    X(PORT_TAKEN, "port-taken", "sockets",                                    \
      REQ(PROTOCOL, ADDRESS, PORT, PID, PROCESS),                             \
      OPT(DESTINATION, DESTINATION_PORT))                                     \
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
    /* A chain on a hook that would stop the question for the link address    \
       of ADDRESS, or, with ANSWERED=1, the answer, which had none: DIRECTION \
       as that one goes. The rest as of RULE; VERDICT absent: it may do so,   \
       and its rules do not tell. SOURCE, DESTINATION: who asks whom. */      \
    X(QUESTION_RULE, "question-rule", "foresight",                            \
      REQ(ADDRESS, ANSWERED, DIRECTION, BACKEND, FIREWALL_FAMILY, TABLE,      \
          CHAIN, BASE_CHAIN, TARGET),                                         \
      OPT(VERDICT, STAGE, PATH, HANDLE, POSITION, POLICY, RULE, SET, ELEMENT, \
          SOURCE, DESTINATION, FIREWALL_ZONE, READING))                       \
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
       leads to the table TABLE_ID, which has one; with ADDRESS/PREFIX and no \
       RULED: a throw route stands before TABLE_ID's own. FROM_INTERFACE: not \
       for packets of this host's own, but for those that it passes on, which \
       come in there from SOURCE. TTL: the route's own hop limit. */          \
    X(ROUTE, "route", "routes",                                               \
      REQ(PHASE, DESTINATION, ROUTE_TYPE),                                    \
      OPT(SOURCE, GATEWAY, INTERFACE, TABLE_ID, PREFERRED_SOURCE, ERRNO,      \
          ADDRESS, PREFIX, RULE, BY_SOURCE, MARK, USER, ON_LINK, RULED,       \
          FROM_INTERFACE, TTL))                                               \
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
    /* COMPLETE=1: the counters were read both times, COMPLETE=0: the rules   \
       changed meanwhile; TABLES=0: the backend was not in use. */            \
    X(RULE_COUNTERS, "rule-counters", "rule-counters",                        \
      REQ(BACKEND, FIREWALL_FAMILY, TABLES, COMPLETE), OPT())                 \
    /* TABLES: nft tables that were there. COMPLETE=1: it was armed and       \
       lost no message. COUNT: so often others changed the rules meanwhile,   \
       last the process PID. */                                               \
    X(RULE_TRACE, "rule-trace", "rule-trace",                                 \
      REQ(PHASE, TABLES),                                                     \
      OPT(COMPLETE, COUNT, PID, PROCESS))                                     \
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
    /* A packet of a trial, as it left or came in; PACKET, DIRECTION in at the \
       end that sent it: what came back for it. */                            \
    X(TRIAL, "trial", "capture",                                              \
      REQ(TRIAL, DIRECTION, INTERFACE, SOURCE, DESTINATION, TTL),             \
      OPT(SOURCE_PORT, DESTINATION_PORT, PACKET))                             \
    /* A sign of life while a destination watches whether the attempt's       \
       connection is accepted, which so far it was not. */                    \
    X(UNACCEPTED, "unaccepted", "sockets", REQ(ATTEMPT, WAITED_MS), OPT())    \
    /* A systemd unit that was asked for (ASKED=1), that names the port, or   \
       that failed; EXIT_CODE: CLD_*; AGE_S: in this state; TEXT: its own     \
       words, where they say that an address was in use. */                   \
    X(UNIT, "unit", "services",                                               \
      REQ(NAME),                                                              \
      OPT(ASKED, LOAD_STATE, ACTIVE_STATE, SUB_STATE, RESULT, ENABLED,        \
          PID, EXIT_CODE, EXIT_STATUS, RESTARTS, AGE_S, ERRNO, TRIGGERED_BY,  \
          TRIGGERS, CONDITION_FAILED, PORT, PORT_FROM, TEXT))                 \
    /* COMPLETE=1: systemd was asked. */                                      \
    X(UNITS, "units", "services", REQ(COUNT, COMPLETE), OPT())                \
    /* The way was walked along ATTEMPT, up to TTL hops, with COUNT packets. */ \
    X(WALK, "walk", "walk", REQ(ATTEMPT, TTL, COUNT), OPT())

#endif
