/* Cause by cause: how it is said, and how it is mended. */
#include "controller/verdict/explain_parts.h"

const struct explanation explanations[CAUSE_COUNT] = {
    [CAUSE_CONNECTED] = {sentence_connected_service, NULL},
    /* name and source socket */
    [CAUSE_NAME_NOT_RESOLVED] = {sentence_names, NULL},
    [CAUSE_NAME_RESOLVES_ELSEWHERE] = {sentence_names, NULL},
    [CAUSE_SOURCE_PORTS_EXHAUSTED] = {sentence_ports, fix_ports},
    [CAUSE_DENIED_BY_POLICY] = {sentence_denied, fix_denied},
    [CAUSE_REDIRECTED_AT_SOURCE] = {sentence_redirected, fix_redirected},
    /* routing and neighbour */
    [CAUSE_NO_ROUTE] = {sentence_route, fix_route_back},
    [CAUSE_ROUTE_REJECTS] = {sentence_route, fix_route_rejects},
    [CAUSE_NEIGHBOUR_UNRESOLVED] = {sentence_neighbour, NULL},
    [CAUSE_LINK_DOWN] = {sentence_link, fix_link},
    [CAUSE_IPV6_DISABLED] = {sentence_ipv6_disabled, fix_ipv6_disabled},
    /* filters on a host */
    [CAUSE_FIREWALL_DROP] = {sentence_firewall, fix_firewall},
    [CAUSE_FIREWALL_REJECT] = {sentence_firewall, fix_firewall},
    [CAUSE_NFQUEUE_WITHOUT_READER] = {sentence_nfqueue, fix_nfqueue},
    [CAUSE_TC_DROP] = {sentence_device_program, fix_device_program},
    [CAUSE_QDISC_DROP] = {sentence_qdisc, fix_qdisc},
    [CAUSE_XDP_DROP] = {sentence_device_program, fix_device_program},
    [CAUSE_BPF_DROP] = {sentence_bpf, fix_bpf},
    [CAUSE_IPSEC_POLICY_DROP] = {sentence_ipsec, fix_ipsec},
    [CAUSE_NIC_DROP] = {sentence_nic, NULL},
    /* arrival */
    [CAUSE_ADDRESS_NOT_LOCAL] = {sentence_address, fix_address},
    [CAUSE_RP_FILTER] = {sentence_rp_filter, fix_route_back},
    [CAUSE_FORWARDING_DISABLED] = {NULL, fix_forwarding},
    [CAUSE_MARTIAN_SOURCE] = {sentence_martian, fix_martian},
    [CAUSE_BAD_CHECKSUM] = {sentence_checksum, fix_checksum},
    [CAUSE_HOST_DOWN] = {sentence_host_down, NULL},
    [CAUSE_CONNTRACK_FULL] = {sentence_tracking_full, fix_tracking_full},
    [CAUSE_STALE_CONNTRACK] = {sentence_old_entry, fix_old_entry},
    [CAUSE_SEQUENCE_REWRITTEN] = {sentence_sequence, NULL},
    /* listener and TCP */
    [CAUSE_NOT_LISTENING] = {sentence_nothing_listens, fix_nothing_listens},
    [CAUSE_LISTENING_ON_LOOPBACK] = {sentence_listening, NULL},
    [CAUSE_LISTENING_ON_OTHER_ADDRESS] = {sentence_listening, NULL},
    [CAUSE_LISTENING_ON_OTHER_FAMILY] = {sentence_listening, NULL},
    [CAUSE_LISTENING_ON_OTHER_DEVICE] = {sentence_listening, NULL},
    [CAUSE_LISTENING_IN_OTHER_NAMESPACE] = {sentence_listening, NULL},
    [CAUSE_WRONG_LISTENER] = {sentence_wrong_listener, fix_wrong_listener},
    [CAUSE_SOCKET_FILTER_DROP] = {sentence_socket_filter, NULL},
    [CAUSE_ACCEPT_QUEUE_FULL] = {sentence_queue, fix_queue},
    [CAUSE_SYN_QUEUE_FULL] = {sentence_syn_queue, fix_syn_queue},
    [CAUSE_LISTENER_STOPPED] = {sentence_stopped, fix_stopped},
    [CAUSE_TCP_SIGNATURE_REQUIRED] = {sentence_signature, NULL},
    [CAUSE_MIN_TTL] = {sentence_min_ttl, NULL},
    [CAUSE_STALE_CONNECTION] = {sentence_stale, fix_stale},
    /* between the hosts */
    /* by a rule with a limit; else there is none, and no sentence of one */
    [CAUSE_INTERMITTENT_LOSS] = {NULL, fix_firewall},
    [CAUSE_ANSWERED_BY_OTHER] = {sentence_redirected, fix_redirected},
    [CAUSE_LOST_ON_PATH] = {sentence_path, NULL},
    [CAUSE_REJECTED_ON_PATH] = {sentence_icmp, NULL},
    [CAUSE_UNREACHABLE_ON_PATH] = {sentence_icmp, NULL},
};
