/* The closed list of causes.  The names are an interface: printed, stored and
 * documented, never renamed.  A cause says what killed the packet; role, stage
 * and packet say where and which.  The rows that find it are in rows_*.c. */
#ifndef VERDICT_CAUSES_H
#define VERDICT_CAUSES_H

struct case_file;
struct finding;
struct judgement;
struct known;
struct view;
struct words;

/* Fills summary and details of a finding whose place is set. */
typedef void sentence_fn(const struct case_file *file,
                         const struct words *words, struct finding *finding);

/* Appends the commands that mend it: exact for this packet, the narrowest that
 * helps, the best first. */
typedef void fix_fn(const struct case_file *file, const struct finding *finding,
                    struct judgement *out);

/* Says what to do where no command helps, by what this trace knows; and who is to
 * do it, if neither the network team on the path nor else the host's. */
typedef void advise_fn(const struct view *view, const struct known *known,
                       struct judgement *out);

/* name, text; what it means; how it is said (sentence_by_meaning: no more is
 * to be said); which commands mend it (no_fix: none); where no command helps,
 * how it is said who is to do what (advise_by_place: no more than the text), and
 * the text for it (NULL: there is nothing to do) */
#define CAUSES(X)                                                             \
    X(CAUSE_CONNECTED, "connected",                                           \
      "the handshake completed with the destination itself",                  \
      sentence_connected_service, no_fix, advise_by_place, NULL)              \
    X(CAUSE_UNDETERMINED, "undetermined",                                     \
      "the evidence does not single out a cause: the report says what is "    \
      "missing",                                                              \
      sentence_by_meaning, no_fix, advise_undetermined, NULL)                 \
    X(CAUSE_NAME_NOT_RESOLVED, "name-not-resolved",                           \
      "the source's resolver gives no address", sentence_names, no_fix,       \
      advise_by_place,                                                        \
      "correct the name, or the resolver of the source host "                 \
      "(/etc/resolv.conf, /etc/hosts)")                                       \
    X(CAUSE_NAME_RESOLVES_ELSEWHERE, "name-resolves-elsewhere",               \
      "the source's resolver gives an address that the destination does "     \
      "not own",                                                              \
      sentence_names, fix_names, advise_by_place,                             \
      "correct the name's address, in DNS or in /etc/hosts of the source")    \
    X(CAUSE_DESTINATION_ADDRESS_ON_SOURCE, "destination-address-on-source",   \
      "the source host itself holds the destination's address",               \
      sentence_own_address, fix_own_address, advise_by_place,                 \
      "take the destination's address off the source host, or call the "      \
      "destination by another address")                                       \
    X(CAUSE_SOURCE_ADDRESS_UNAVAILABLE, "source-address-unavailable",         \
      "the source address asked for is not on the host", sentence_from,       \
      no_fix, advise_by_place, "use an address that the source host holds")   \
    X(CAUSE_SOURCE_PORTS_EXHAUSTED, "source-ports-exhausted",                 \
      "no free source port towards this destination", sentence_ports,         \
      fix_ports, advise_by_place,                                             \
      "see who holds the ports (ss -tanp), close what is not used, or "       \
      "widen net.ipv4.ip_local_port_range")                                   \
    X(CAUSE_DENIED_BY_POLICY, "denied-by-policy",                             \
      "a cgroup BPF program, LSM or seccomp refuses the call or the packet",  \
      sentence_denied, fix_denied, advise_by_place,                           \
      "allow the call in the policy that refuses it; --as-user and --in "     \
      "tell whether the application's own policy does")                       \
    X(CAUSE_REDIRECTED_AT_SOURCE, "redirected-at-source",                     \
      "a NAT rule in OUTPUT sends the connection to a local port that "       \
      "refuses it",                                                           \
      sentence_redirected, fix_redirected, advise_by_place,                   \
      "take the redirecting rule out of the source's nat table, or leave "    \
      "this connection out of it")                                            \
    X(CAUSE_NO_ROUTE, "no-route", "the routing lookup finds nothing",         \
      sentence_route, fix_no_route, advise_route,                             \
      "add a route: ip route add ADDRESS via GATEWAY")                        \
    X(CAUSE_ROUTE_REJECTS, "route-rejects",                                   \
      "a blackhole, unreachable or prohibit route matches", sentence_route,   \
      fix_route_rejects, advise_onward,                                       \
      "take the rejecting route out, or add a more specific one to the "      \
      "destination")                                                          \
    X(CAUSE_ROUTE_ELSEWHERE, "route-elsewhere",                               \
      "a more specific or policy route sends the packet out of a device "     \
      "from which the peer cannot be reached",                                \
      sentence_elsewhere, fix_elsewhere, advise_by_place,                     \
      "correct the route or the policy rule that leads out of the wrong "     \
      "device")                                                               \
    X(CAUSE_PREFIX_TOO_WIDE, "prefix-too-wide",                               \
      "the peer is taken for on-link because of a wrong prefix length",       \
      sentence_prefix, fix_prefix, advise_by_place,                           \
      "give the interface's address its right prefix length")                 \
    X(CAUSE_NEIGHBOUR_UNRESOLVED, "neighbour-unresolved",                     \
      "ARP or neighbour discovery for the next hop gets no answer",           \
      sentence_neighbour, fix_neighbour, advise_next_hop,                     \
      "see that the next hop is up and has this address, or correct the "     \
      "gateway of the route")                                                 \
    X(CAUSE_NEIGHBOUR_WRONG_ADDRESS, "neighbour-wrong-address",               \
      "the neighbour entry holds a link address that is not the peer's",      \
      sentence_wrong_neighbour, fix_wrong_neighbour, advise_neighbour,        \
      "delete the neighbour entry; if it comes back, look for another host "  \
      "with this address")                                                    \
    X(CAUSE_NEIGHBOUR_TABLE_FULL, "neighbour-table-full",                     \
      "the neighbour table overflowed", sentence_by_meaning, no_fix,          \
      advise_by_place,                                                        \
      "raise net.ipv4.neigh.default.gc_thresh3 (net.ipv6 for IPv6), or see "  \
      "why there are so many neighbours")                                     \
    X(CAUSE_LINK_DOWN, "link-down",                                           \
      "the device (also a container's veth) is down, detached or has no "     \
      "carrier",                                                              \
      sentence_link, fix_link, advise_by_place,                               \
      "see to the cable or to the device at its other end")                   \
    X(CAUSE_IPV6_DISABLED, "ipv6-disabled",                                   \
      "IPv6 is switched off on the device", sentence_ipv6_disabled,           \
      fix_ipv6_disabled, advise_by_place,                                     \
      "switch IPv6 on for the device "                                        \
      "(net.ipv6.conf.DEVICE.disable_ipv6=0), or call the IPv4 address")      \
    X(CAUSE_FIREWALL_DROP, "firewall-drop",                                   \
      "a rule, set element or chain policy drops it", sentence_firewall,      \
      fix_firewall, advise_firewall,                                          \
      "let this connection through before the rule that drops it; if no "     \
      "rule is named, run the trace again with an agent that may read the "   \
      "rules")                                                                \
    X(CAUSE_FIREWALL_REJECT, "firewall-reject",                               \
      "a rule, set element or chain policy rejects it, with a reset or an "   \
      "ICMP error",                                                           \
      sentence_firewall, fix_firewall, advise_firewall,                       \
      "let this connection through before the rule that rejects it; if no "   \
      "rule is named, run the trace again with an agent that may read the "   \
      "rules")                                                                \
    X(CAUSE_NFQUEUE_WITHOUT_READER, "nfqueue-without-reader",                 \
      "a rule hands it to a queue that no program reads", sentence_nfqueue,   \
      fix_nfqueue, advise_by_place, "start the program that reads the queue") \
    X(CAUSE_CONNTRACK_FULL, "conntrack-full",                                 \
      "the connection tracking table has no room", sentence_tracking_full,    \
      fix_tracking_full, advise_by_place,                                     \
      "raise net.netfilter.nf_conntrack_max, or see whose connections fill "  \
      "the table (conntrack -L)")                                             \
    X(CAUSE_STALE_CONNTRACK, "stale-conntrack",                               \
      "an old entry for this tuple sends it to a target that is gone",        \
      sentence_old_entry, fix_old_entry, advise_by_place,                     \
      "delete the old entry (conntrack -D), or wait until it expires")        \
    X(CAUSE_TC_DROP, "tc-drop", "a tc filter drops it",                       \
      sentence_device_program, fix_device_program, advise_by_place,           \
      "take out the filters one by one (tc filter show dev DEVICE), or ask "  \
      "whoever attached them")                                                \
    X(CAUSE_QDISC_DROP, "qdisc-drop", "a queue discipline drops it",          \
      sentence_qdisc, fix_qdisc, advise_by_place,                             \
      "see what the queue discipline drops, and why (tc -s qdisc show dev "   \
      "DEVICE)")                                                              \
    X(CAUSE_XDP_DROP, "xdp-drop", "an XDP program drops it",                  \
      sentence_device_program, fix_device_program, advise_by_place,           \
      "ask whoever attached the program (bpftool net show)")                  \
    X(CAUSE_BPF_DROP, "bpf-drop",                                             \
      "a BPF program on a cgroup, socket lookup or netfilter link drops it",  \
      sentence_bpf, fix_bpf, advise_by_place,                                 \
      "ask whoever attached the program (bpftool cgroup tree)")               \
    X(CAUSE_IPSEC_POLICY_DROP, "ipsec-policy-drop",                           \
      "an IPsec policy blocks it or demands protection", sentence_ipsec,      \
      fix_ipsec, advise_by_place,                                             \
      "see which policy applies (ip xfrm policy), and whether its tunnel "    \
      "is up (ip xfrm state)")                                                \
    X(CAUSE_NIC_DROP, "nic-drop",                                             \
      "the device or the CPU backlog dropped it (ring, netdev_max_backlog)",  \
      sentence_nic, no_fix, advise_by_place,                                  \
      "give whoever takes packets from the device more time or a longer "     \
      "queue")                                                                \
    X(CAUSE_BAD_CHECKSUM, "bad-checksum",                                     \
      "the TCP or IP checksum is wrong on arrival", sentence_checksum,        \
      fix_checksum, advise_by_place,                                          \
      "switch checksum offload off on the device that sends (ethtool -K "     \
      "DEVICE tx off), and see whether something on the way rewrites "        \
      "packets")                                                              \
    X(CAUSE_HOST_DOWN, "host-down",                                           \
      "the destination host does not answer its agent's or its neighbours' "  \
      "calls",                                                                \
      sentence_host_down, no_fix, advise_by_place,                            \
      "see that the host is up and connected, then that its agent runs")      \
    X(CAUSE_ADDRESS_NOT_LOCAL, "address-not-local",                           \
      "the packet reached a host that does not own the address and may not "  \
      "forward it",                                                           \
      sentence_address, fix_address, advise_by_place,                         \
      "give the host the address, or call one that it holds")                 \
    X(CAUSE_ARP_NOT_ANSWERED, "arp-not-answered",                             \
      "the destination sees the question for its address and keeps silent",   \
      sentence_arp, fix_arp, advise_by_place,                                 \
      "look for what drops the question or the answer: arptables -L, nft "    \
      "list ruleset arp; for IPv6 a firewall that does not accept "           \
      "neighbour discovery (ICMPv6 types 135 and 136)")                       \
    X(CAUSE_RP_FILTER, "rp-filter",                                           \
      "reverse path filtering: the route back to the source does not use "    \
      "the device it came in on",                                             \
      sentence_rp_filter, fix_route_back, advise_by_place,                    \
      "add a route back to the source over the device that the packet "       \
      "comes in on, or loosen rp_filter on that device")                      \
    X(CAUSE_MARTIAN_SOURCE, "martian-source",                                 \
      "the source address, or one that a rule puts in, may not come from "    \
      "outside (loopback, the host's own)",                                   \
      sentence_martian, fix_martian, advise_martian,                          \
      "see who sends from this address: a rule of source NAT, or a host "     \
      "that holds the other's address")                                       \
    X(CAUSE_FORWARDING_DISABLED, "forwarding-disabled",                       \
      "it must be forwarded (a container, a DNAT target) and forwarding is "  \
      "off",                                                                  \
      sentence_forwarding, fix_forwarding, advise_by_place,                   \
      "switch forwarding on (sysctl net.ipv4.ip_forward=1, or "               \
      "net.ipv6.conf.all.forwarding=1)")                                      \
    X(CAUSE_NAT_TARGET_GONE, "nat-target-gone",                               \
      "DNAT sends it to an address that nobody holds any more",               \
      sentence_nat_target, no_fix, advise_by_place,                           \
      "correct the rule's target, or start what should hold that address")    \
    X(CAUSE_NOT_PUBLISHED, "not-published",                                   \
      "a container listens, but no rule leads from the host's port to it",    \
      sentence_by_meaning, no_fix, advise_by_place,                           \
      "publish the container's port, or call the container's own address")    \
    X(CAUSE_PUBLISHED_ON_OTHER_ADDRESS, "published-on-other-address",         \
      "the published port belongs to another address of the host (often "     \
      "127.0.0.1)",                                                           \
      sentence_by_meaning, no_fix, advise_by_place,                           \
      "publish the port on the address that is called; on all of them it is " \
      "open to everyone, for Docker's rules come before the host's own")      \
    X(CAUSE_REPLY_BYPASSES_NAT, "reply-bypasses-nat",                         \
      "the answer goes straight back and is not translated, so the source "   \
      "refuses it",                                                           \
      sentence_reply, no_fix, advise_by_place,                                \
      "on the host that translates, hide the callers behind its own "         \
      "address (masquerade), or route the answers back through it")           \
    X(CAUSE_NAT_PORTS_EXHAUSTED, "nat-ports-exhausted",                       \
      "source NAT has no free port or clashes", sentence_nat_ports, no_fix,   \
      advise_by_place, "give the rule of source NAT more ports or addresses") \
    X(CAUSE_NOT_LISTENING, "not-listening", "nothing listens on the port",    \
      sentence_nothing_listens, fix_nothing_listens, advise_service,          \
      "start the service, or call the port that it listens on; if its unit "  \
      "failed, journalctl -u UNIT tells why")                                 \
    X(CAUSE_LISTENING_ON_LOOPBACK, "listening-on-loopback",                   \
      "something listens on the port, but on loopback only",                  \
      sentence_listening, no_fix, advise_service,                             \
      "let the service listen on the address that is called: its own "        \
      "configuration says where; on all addresses (0.0.0.0, ::) everyone "    \
      "reaches it whom no firewall stops")                                    \
    X(CAUSE_LISTENING_ON_OTHER_ADDRESS, "listening-on-other-address",         \
      "something listens on the port, but on another address than the "       \
      "SYN's",                                                                \
      sentence_listening, no_fix, advise_service,                             \
      "call the address that it listens on, or let it listen on this one")    \
    X(CAUSE_LISTENING_ON_OTHER_FAMILY, "listening-on-other-family",           \
      "something listens on the port, but for the other family, IPv4 or "     \
      "IPv6",                                                                 \
      sentence_listening, no_fix, advise_service,                             \
      "call it by the other family, or let it listen on both")                \
    X(CAUSE_LISTENING_ON_OTHER_DEVICE, "listening-on-other-device",           \
      "something listens on the port, but is bound to another device than "   \
      "the SYN's",                                                            \
      sentence_listening, no_fix, advise_service,                             \
      "let the service listen on the device that the SYN comes in on")        \
    X(CAUSE_LISTENING_IN_OTHER_NAMESPACE, "listening-in-other-namespace",     \
      "something listens on the port, but in another network namespace",      \
      sentence_listening, no_fix, advise_by_place,                            \
      "publish the container's port, or call the address inside")             \
    X(CAUSE_ACCEPT_QUEUE_FULL, "accept-queue-full",                           \
      "the listener does not accept fast enough", sentence_queue, fix_queue,  \
      advise_service,                                                         \
      "see why the process does not accept (its threads, its open files), "   \
      "then restart it or give it a longer backlog")                          \
    X(CAUSE_SYN_QUEUE_FULL, "syn-queue-full",                                 \
      "too many half-open connections and no cookies", sentence_syn_queue,    \
      fix_syn_queue, advise_service,                                          \
      "switch SYN cookies on (net.ipv4.tcp_syncookies=1), or raise "          \
      "net.ipv4.tcp_max_syn_backlog and the listener's backlog")              \
    X(CAUSE_LISTENER_STOPPED, "listener-stopped",                             \
      "connected, but the process is stopped or stuck and never reads",       \
      sentence_stopped, fix_stopped, advise_service,                          \
      "let the process go on (kill -CONT PID), or restart it if it is "       \
      "stuck")                                                                \
    X(CAUSE_TCP_SIGNATURE_REQUIRED, "tcp-signature-required",                 \
      "the listener demands TCP MD5 or AO", sentence_signature, no_fix,       \
      advise_service,                                                         \
      "give both ends the same TCP MD5 or AO key, or take it off the "        \
      "listener")                                                             \
    X(CAUSE_SOCKET_FILTER_DROP, "socket-filter-drop",                         \
      "a filter on the listening socket discards it", sentence_socket_filter, \
      no_fix, advise_service,                                                 \
      "only the program itself can take its filter off: see its "             \
      "configuration, or restart it")                                         \
    X(CAUSE_MIN_TTL, "min-ttl", "the listener demands a higher TTL (GTSM)",   \
      sentence_min_ttl, no_fix, advise_service,                               \
      "let the source send with a TTL that is high enough (255 for GTSM), "   \
      "or take the demand off the listener")                                  \
    X(CAUSE_STALE_CONNECTION, "stale-connection",                             \
      "an old connection or TIME-WAIT socket with the same tuple takes the "  \
      "SYN",                                                                  \
      sentence_stale, fix_stale, advise_by_place,                             \
      "close the old connection at the destination, or wait until it ends; "  \
      "do not let callers share an address and reuse ports at once")          \
    X(CAUSE_TCP_MEMORY, "tcp-memory", "TCP is out of memory",                 \
      sentence_by_meaning, no_fix, advise_by_place,                           \
      "raise net.ipv4.tcp_mem, or see whose sockets hold the memory (ss "     \
      "-tm)")                                                                 \
    X(CAUSE_WRONG_LISTENER, "wrong-listener",                                 \
      "connected, but the port is held by another program than the service "  \
      "asked for (--service)",                                                \
      sentence_wrong_listener, fix_wrong_listener, advise_service,            \
      "give one of the two another port, or stop the one that holds it")      \
    X(CAUSE_CLOSED_BY_APPLICATION, "closed-by-application",                   \
      "connected, then closed or reset by the program or the proxy in "       \
      "front of it",                                                          \
      sentence_closed, no_fix, advise_service,                                \
      "see the log of the program that closes it, and of the proxy in "       \
      "front of it")                                                          \
    X(CAUSE_LOST_ON_PATH, "lost-on-path",                                     \
      "it left one host and never reached the other; the hop after which "    \
      "it vanishes, if hops answer",                                          \
      sentence_path, fix_translation, advise_lost,                            \
      "ask whoever runs the way between the two hosts: a filter there, "      \
      "such as a security group, drops it")                                   \
    X(CAUSE_PORT_FILTERED_ON_PATH, "port-filtered-on-path",                   \
      "it left one host and never reached the other, but other ports or "     \
      "protocols do get through: a security group or an ACL by port",         \
      sentence_filtered, no_fix, advise_filtered,                             \
      "ask whoever runs the filter between the hosts to let this port "       \
      "through")                                                              \
    X(CAUSE_SOURCE_FILTERED_ON_PATH, "source-filtered-on-path",               \
      "it left one host and never reached the other, but another host does "  \
      "get through to that port: a filter by source",                         \
      sentence_filtered, no_fix, advise_filtered,                             \
      "ask whoever runs the filter between the hosts to let this source "     \
      "through")                                                              \
    X(CAUSE_SECURITY_GROUP_DENIES, "security-group-denies",                   \
      "the security group (AWS, Alibaba Cloud, Tencent Cloud) given with "    \
      "the trace has no rule that allows it",                                 \
      sentence_by_meaning, no_fix, advise_cloud,                              \
      "add a rule for this port and source to the security group")            \
    X(CAUSE_REJECTED_ON_PATH, "rejected-on-path",                             \
      "a hop answers with ICMP administratively prohibited", sentence_icmp,   \
      no_fix, advise_by_place,                                                \
      "ask whoever runs the hop that rejects it to let this port through")    \
    X(CAUSE_UNREACHABLE_ON_PATH, "unreachable-on-path",                       \
      "a hop answers with ICMP network or host unreachable", sentence_icmp,   \
      fix_unreachable, advise_unreachable,                                    \
      "ask whoever runs the hop that answers: it has no way to the "          \
      "destination")                                                          \
    X(CAUSE_ROUTING_LOOP, "routing-loop", "TTL runs out: hops repeat",        \
      sentence_loop, no_fix, advise_by_place,                                 \
      "ask whoever runs the hops that repeat")                                \
    X(CAUSE_TTL_TOO_SMALL, "ttl-too-small",                                   \
      "TTL runs out: the initial value is too low", sentence_ttl, fix_ttl,    \
      advise_by_place,                                                        \
      "raise the initial TTL of the end that sends: of the rule or the "      \
      "program that sets it, else net.ipv4.ip_default_ttl")                   \
    X(CAUSE_RESET_INJECTED, "reset-injected",                                 \
      "the source got a reset that the destination never sent",               \
      sentence_reset_injected, fix_ecn_reset, advise_reset,                   \
      "ask whoever runs a filter or a load balancer between the hosts: one "  \
      "of them sends the reset")                                              \
    X(CAUSE_ANSWERED_BY_OTHER, "answered-by-other",                           \
      "an answer came that the host called never sent: a proxy, a redirect, " \
      "another host with the address",                                        \
      sentence_redirected, fix_redirected, advise_answerer,                   \
      "find who answers instead: a proxy, a redirecting rule, another host "  \
      "with the same address")                                                \
    X(CAUSE_TRANSLATED_ELSEWHERE, "translated-elsewhere",                     \
      "a DNAT on the path, or an older rule of the destination host "         \
      "itself, sends it elsewhere",                                           \
      sentence_translated, no_fix, advise_by_place,                           \
      "correct the rule that translates the address, or call the "            \
      "destination by an address that no rule translates")                    \
    X(CAUSE_REPLY_FROM_OTHER_ADDRESS, "reply-from-other-address",             \
      "the SYN-ACK comes from an address that the source did not call",       \
      sentence_reply, no_fix, advise_by_place,                                \
      "find what rewrites the source address of the answers (a rule of "      \
      "source NAT, a direct server return without the address on "            \
      "loopback), or call the address that answers")                          \
    X(CAUSE_SEQUENCE_REWRITTEN, "sequence-rewritten",                         \
      "a middlebox changes sequence numbers on one way only",                 \
      sentence_sequence, no_fix, advise_by_place,                             \
      "ask whoever runs the middlebox to leave sequence numbers alone, or "   \
      "to change them both ways")                                             \
    X(CAUSE_ECN_SYN_DROPPED, "ecn-syn-dropped",                               \
      "SYNs with ECN bits, or what answers them, vanish; without they pass",  \
      sentence_ecn, fix_ecn, advise_by_place,                                 \
      "switch ECN off at the source (net.ipv4.tcp_ecn=2), or ask whoever "    \
      "runs the way to let it through")                                       \
    X(CAUSE_INTERMITTENT_LOSS, "intermittent-loss",                           \
      "some attempts pass, some do not", sentence_by_meaning, fix_firewall,   \
      advise_losses,                                                          \
      "run it with a higher --count to see how many attempts fail")           \
    X(CAUSE_TUNNEL_BROKEN, "tunnel-broken",                                   \
      "a tunnel or overlay (VXLAN, WireGuard, a tun of a user-space "         \
      "daemon) does not carry it: network identifier, forwarding entry, "     \
      "key or allowed addresses, blocked or lost outer packets, inner MTU",   \
      sentence_tunnel, no_fix, advise_tunnel,                                 \
      "see that both ends of the tunnel agree (network identifier, keys, "    \
      "allowed addresses, MTU) and that the outer packets get through")       \
    X(CAUSE_MTU_BLACKHOLE, "mtu-blackhole",                                   \
      "the handshake works, full-size segments vanish and no ICMP comes "     \
      "back",                                                                 \
      sentence_by_meaning, no_fix, advise_by_place,                           \
      "clamp the MSS or lower the MTU on the way, or let ICMP "               \
      "\"fragmentation needed\" through")

#define CAUSES_ENUM(name, text, meaning, sentence, fix, advise, advice) name,
enum cause
{
    CAUSES(CAUSES_ENUM) CAUSE_COUNT
};
#undef CAUSES_ENUM

/* They are in explain/ and advice.c, which nothing here knows. */
#define CAUSES_FUNCTIONS(name, text, meaning, sentence, fix, advise, advice) \
    sentence_fn sentence;                                                    \
    fix_fn fix;                                                              \
    advise_fn advise;
CAUSES(CAUSES_FUNCTIONS)
#undef CAUSES_FUNCTIONS

struct cause_info
{
    const char *name;
    const char *meaning;
    sentence_fn *sentence;
    fix_fn *fix;
    advise_fn *advise;
    const char *advice; /* NULL: there is nothing to do */
};

extern const struct cause_info causes[CAUSE_COUNT];

/* The cause of that name, or -1. */
int cause_value(const char *name);

/* The causes from `first` on, up to the next group's, are about this. */
struct cause_group
{
    enum cause first;
    const char *title;
};

#define CAUSE_GROUP_COUNT 7
extern const struct cause_group cause_groups[CAUSE_GROUP_COUNT];

#endif
