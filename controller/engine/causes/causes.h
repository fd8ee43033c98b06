/* The closed list of causes.  The names are an interface: printed, stored and
 * documented, never renamed.  A cause says what killed the packet; role, stage
 * and packet say where and which. */
#ifndef VERDICT_CAUSES_H
#define VERDICT_CAUSES_H

/* name, text, what it means */
#define CAUSES(X)                                                                                                     \
    X(CAUSE_CONNECTED, "connected",                                                                                   \
      "the handshake completed with the destination itself")                                                          \
    X(CAUSE_UNDETERMINED, "undetermined",                                                                             \
      "the evidence does not single out a cause: the report says what is missing")                                    \
    X(CAUSE_NAME_NOT_RESOLVED, "name-not-resolved",                                                                   \
      "the source's resolver gives no address")                                                                       \
    X(CAUSE_NAME_RESOLVES_ELSEWHERE, "name-resolves-elsewhere",                                                       \
      "it gives an address that the destination does not own")                                                        \
    X(CAUSE_DESTINATION_ADDRESS_ON_SOURCE, "destination-address-on-source",                                           \
      "the source host itself holds the destination's address")                                                       \
    X(CAUSE_SOURCE_ADDRESS_UNAVAILABLE, "source-address-unavailable",                                                 \
      "the source address asked for is not on the host")                                                              \
    X(CAUSE_SOURCE_PORTS_EXHAUSTED, "source-ports-exhausted",                                                         \
      "no free source port towards this destination")                                                                 \
    X(CAUSE_DENIED_BY_POLICY, "denied-by-policy",                                                                     \
      "a cgroup BPF program, LSM or seccomp refuses the call or the packet")                                          \
    X(CAUSE_REDIRECTED_AT_SOURCE, "redirected-at-source",                                                             \
      "a NAT rule in OUTPUT sends the connection to a local port that refuses it")                                    \
    X(CAUSE_NO_ROUTE, "no-route", "the routing lookup finds nothing")                                                 \
    X(CAUSE_ROUTE_REJECTS, "route-rejects",                                                                           \
      "a blackhole, unreachable or prohibit route matches")                                                           \
    X(CAUSE_ROUTE_ELSEWHERE, "route-elsewhere",                                                                       \
      "a more specific or policy route sends the packet out of a device from which the peer cannot be reached")       \
    X(CAUSE_PREFIX_TOO_WIDE, "prefix-too-wide",                                                                       \
      "the peer is taken for on-link because of a wrong prefix length")                                               \
    X(CAUSE_NEIGHBOUR_UNRESOLVED, "neighbour-unresolved",                                                             \
      "ARP or neighbour discovery for the next hop gets no answer")                                                   \
    X(CAUSE_NEIGHBOUR_WRONG_ADDRESS, "neighbour-wrong-address",                                                       \
      "the neighbour entry holds a link address that is not the peer's")                                              \
    X(CAUSE_NEIGHBOUR_TABLE_FULL, "neighbour-table-full",                                                             \
      "the neighbour table overflowed")                                                                               \
    X(CAUSE_LINK_DOWN, "link-down", "the device is down or has no carrier")                                           \
    X(CAUSE_IPV6_DISABLED, "ipv6-disabled",                                                                           \
      "IPv6 is switched off on the device")                                                                           \
    X(CAUSE_FIREWALL_DROP, "firewall-drop",                                                                           \
      "a rule, set element or chain policy drops it")                                                                 \
    X(CAUSE_FIREWALL_REJECT, "firewall-reject",                                                                       \
      "likewise, answered with a reset or an ICMP error")                                                             \
    X(CAUSE_NFQUEUE_WITHOUT_READER, "nfqueue-without-reader",                                                         \
      "a rule hands it to a queue that no program reads")                                                             \
    X(CAUSE_CONNTRACK_FULL, "conntrack-full",                                                                         \
      "the connection tracking table has no room")                                                                    \
    X(CAUSE_STALE_CONNTRACK, "stale-conntrack",                                                                       \
      "an old entry for this tuple sends it to a target that is gone")                                                \
    X(CAUSE_TC_DROP, "tc-drop",                                                                                       \
      "a tc filter, a queue discipline, an XDP program drops it")                                                     \
    X(CAUSE_QDISC_DROP, "qdisc-drop",                                                                                 \
      "a tc filter, a queue discipline, an XDP program drops it")                                                     \
    X(CAUSE_XDP_DROP, "xdp-drop",                                                                                     \
      "a tc filter, a queue discipline, an XDP program drops it")                                                     \
    X(CAUSE_BPF_DROP, "bpf-drop",                                                                                     \
      "a BPF program on a cgroup, socket lookup or netfilter link drops it")                                          \
    X(CAUSE_IPSEC_POLICY_DROP, "ipsec-policy-drop",                                                                   \
      "an IPsec policy blocks it or demands protection")                                                              \
    X(CAUSE_NIC_DROP, "nic-drop",                                                                                     \
      "the device or the CPU backlog dropped it (ring, netdev_max_backlog)")                                          \
    X(CAUSE_BAD_CHECKSUM, "bad-checksum",                                                                             \
      "the TCP or IP checksum is wrong on arrival")                                                                   \
    X(CAUSE_HOST_DOWN, "host-down",                                                                                   \
      "the destination host does not answer its agent's or its neighbours' calls")                                    \
    X(CAUSE_ADDRESS_NOT_LOCAL, "address-not-local",                                                                   \
      "the packet reached a host that does not own the address and may not forward it")                               \
    X(CAUSE_ARP_NOT_ANSWERED, "arp-not-answered",                                                                     \
      "the destination sees the question for its address and keeps silent")                                           \
    X(CAUSE_RP_FILTER, "rp-filter",                                                                                   \
      "reverse path filtering: the route back to the source does not use the device it came in on")                   \
    X(CAUSE_MARTIAN_SOURCE, "martian-source",                                                                         \
      "the source address, or one that a rule puts in, may not come from outside (loopback, the host's own)")         \
    X(CAUSE_FORWARDING_DISABLED, "forwarding-disabled",                                                               \
      "it must be forwarded (a container, a DNAT target) and forwarding is off")                                      \
    X(CAUSE_NAT_TARGET_GONE, "nat-target-gone",                                                                       \
      "DNAT sends it to an address that nobody holds any more")                                                       \
    X(CAUSE_NOT_PUBLISHED, "not-published",                                                                           \
      "a container listens, but no rule leads from the host's port to it")                                            \
    X(CAUSE_PUBLISHED_ON_OTHER_ADDRESS, "published-on-other-address",                                                 \
      "the published port belongs to another address of the host (often 127.0.0.1)")                                  \
    X(CAUSE_REPLY_BYPASSES_NAT, "reply-bypasses-nat",                                                                 \
      "the answer goes straight back and is not translated, so the source refuses it")                                \
    X(CAUSE_NAT_PORTS_EXHAUSTED, "nat-ports-exhausted",                                                               \
      "source NAT has no free port or clashes")                                                                       \
    X(CAUSE_NOT_LISTENING, "not-listening", "nothing listens on the port")                                            \
    X(CAUSE_LISTENING_ON_LOOPBACK, "listening-on-loopback",                                                           \
      "something listens on the port, but not where the SYN arrives")                                                 \
    X(CAUSE_LISTENING_ON_OTHER_ADDRESS, "listening-on-other-address",                                                 \
      "something listens on the port, but not where the SYN arrives")                                                 \
    X(CAUSE_LISTENING_ON_OTHER_FAMILY, "listening-on-other-family",                                                   \
      "something listens on the port, but not where the SYN arrives")                                                 \
    X(CAUSE_LISTENING_ON_OTHER_DEVICE, "listening-on-other-device",                                                   \
      "something listens on the port, but not where the SYN arrives")                                                 \
    X(CAUSE_LISTENING_IN_OTHER_NAMESPACE, "listening-in-other-namespace",                                             \
      "something listens on the port, but not where the SYN arrives")                                                 \
    X(CAUSE_ACCEPT_QUEUE_FULL, "accept-queue-full",                                                                   \
      "the listener does not accept fast enough")                                                                     \
    X(CAUSE_SYN_QUEUE_FULL, "syn-queue-full",                                                                         \
      "too many half-open connections and no cookies")                                                                \
    X(CAUSE_LISTENER_STOPPED, "listener-stopped",                                                                     \
      "connected, but the process is stopped or stuck and never reads")                                               \
    X(CAUSE_TCP_SIGNATURE_REQUIRED, "tcp-signature-required",                                                         \
      "the listener demands TCP MD5 or AO")                                                                           \
    X(CAUSE_SOCKET_FILTER_DROP, "socket-filter-drop",                                                                 \
      "a filter on the listening socket discards it")                                                                 \
    X(CAUSE_MIN_TTL, "min-ttl", "the listener demands a higher TTL (GTSM)")                                           \
    X(CAUSE_STALE_CONNECTION, "stale-connection",                                                                     \
      "an old connection or TIME-WAIT socket with the same tuple takes the SYN")                                      \
    X(CAUSE_TCP_MEMORY, "tcp-memory", "TCP is out of memory")                                                         \
    X(CAUSE_WRONG_LISTENER, "wrong-listener",                                                                         \
      "connected, but the port is held by another program than the service asked for (--service)")                    \
    X(CAUSE_CLOSED_BY_APPLICATION, "closed-by-application",                                                           \
      "connected, then closed or reset by the program or the proxy in front of it")                                   \
    X(CAUSE_LOST_ON_PATH, "lost-on-path",                                                                             \
      "it left one host and never reached the other; the hop after which it vanishes, if hops answer")                \
    X(CAUSE_PORT_FILTERED_ON_PATH, "port-filtered-on-path",                                                           \
      "the same, but other ports or protocols do get through: a security group or an ACL by port")                    \
    X(CAUSE_SOURCE_FILTERED_ON_PATH, "source-filtered-on-path",                                                       \
      "the same, but another host does get through to that port: a filter by source")                                 \
    X(CAUSE_SECURITY_GROUP_DENIES, "security-group-denies",                                                           \
      "the security group (AWS, Alibaba Cloud, Tencent Cloud) given with the trace has no rule that allows it")       \
    X(CAUSE_REJECTED_ON_PATH, "rejected-on-path",                                                                     \
      "a hop answers with ICMP administratively prohibited")                                                          \
    X(CAUSE_UNREACHABLE_ON_PATH, "unreachable-on-path",                                                               \
      "a hop answers with ICMP network or host unreachable")                                                          \
    X(CAUSE_ROUTING_LOOP, "routing-loop",                                                                             \
      "TTL runs out: hops repeat, or the initial value is too low")                                                   \
    X(CAUSE_TTL_TOO_SMALL, "ttl-too-small",                                                                           \
      "TTL runs out: hops repeat, or the initial value is too low")                                                   \
    X(CAUSE_RESET_INJECTED, "reset-injected",                                                                         \
      "the source got a reset that the destination never sent")                                                       \
    X(CAUSE_ANSWERED_BY_OTHER, "answered-by-other",                                                                   \
      "the source got a SYN-ACK that the destination never sent: a proxy, a redirect, another host with the address") \
    X(CAUSE_TRANSLATED_ELSEWHERE, "translated-elsewhere",                                                             \
      "a DNAT on the path sends it to another host")                                                                  \
    X(CAUSE_REPLY_FROM_OTHER_ADDRESS, "reply-from-other-address",                                                     \
      "the SYN-ACK comes from an address that the source did not call")                                               \
    X(CAUSE_SEQUENCE_REWRITTEN, "sequence-rewritten",                                                                 \
      "a middlebox changes sequence numbers on one way only")                                                         \
    X(CAUSE_ECN_SYN_DROPPED, "ecn-syn-dropped",                                                                       \
      "SYNs with ECN bits vanish, without them they pass")                                                            \
    X(CAUSE_INTERMITTENT_LOSS, "intermittent-loss",                                                                   \
      "some attempts pass, some do not")                                                                              \
    X(CAUSE_TUNNEL_BROKEN, "tunnel-broken",                                                                           \
      "an overlay (VXLAN) does not carry it: network identifier, forwarding entry, blocked outer packets")            \
    X(CAUSE_MTU_BLACKHOLE, "mtu-blackhole",                                                                           \
      "the handshake works, full-size segments vanish and no ICMP comes back")

#define CAUSES_ENUM(name, text, meaning) name,
enum cause
{
    CAUSES(CAUSES_ENUM) CAUSE_COUNT
};
#undef CAUSES_ENUM

struct cause_info
{
    const char *name;
    const char *meaning;
};

extern const struct cause_info causes[CAUSE_COUNT];

/* The cause of that name, or -1. */
int cause_value(const char *name);

#endif
