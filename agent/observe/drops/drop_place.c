#include "agent/observe/drops/drop_place.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"

#define NO_STAGE (-1)

struct function
{
    const char *name; /* a '*' at its end: any that begins so */
    int stage;
};

/* The innermost function that stands here decides.  Of a netfilter hook that
 * is the one that called it. */
static const struct function functions[] = {
    /* entering */
    {"do_xdp_generic", STAGE_INGRESS},
    {"veth_xdp_rcv*", STAGE_INGRESS},
    {"__netif_receive_skb_core", STAGE_INGRESS},
    {"enqueue_to_backlog", STAGE_INGRESS},
    {"br_handle_frame", STAGE_INGRESS},
    {"br_allowed_ingress", STAGE_INGRESS},
    {"br_nf_pre_routing*", STAGE_PREROUTING},
    {"ip_rcv*", STAGE_PREROUTING},
    {"ip_list_rcv*", STAGE_PREROUTING},
    {"ip_sublist_rcv*", STAGE_PREROUTING},
    {"ip_error", STAGE_PREROUTING},
    {"ip_route_input*", STAGE_PREROUTING},
    {"ipv6_rcv", STAGE_PREROUTING},
    {"ipv6_list_rcv", STAGE_PREROUTING},
    {"ip6_rcv_*", STAGE_PREROUTING},
    {"ip6_sublist_rcv*", STAGE_PREROUTING},
    {"ip_forward*", STAGE_FORWARD},
    {"ip6_forward*", STAGE_FORWARD},
    {"br_handle_frame_finish", STAGE_FORWARD},
    {"br_forward*", STAGE_FORWARD},
    {"__br_forward*", STAGE_FORWARD},
    {"br_nf_forward*", STAGE_FORWARD},
    {"br_flood", STAGE_FORWARD},
    {"br_dev_queue_push_xmit", STAGE_FORWARD},
    {"ip_local_deliver*", STAGE_INPUT},
    {"ip_protocol_deliver_rcu", STAGE_INPUT},
    {"ip6_input*", STAGE_INPUT},
    {"ip6_protocol_deliver_rcu", STAGE_INPUT},
    {"br_pass_frame_up", STAGE_INPUT},
    {"tcp_*", STAGE_SOCKET},
    {"__tcp_*", STAGE_SOCKET},
    /* leaving */
    {"ip6_pkt_discard_out", STAGE_OUTPUT},
    {"ip6_pkt_prohibit_out", STAGE_OUTPUT},
    {"inet_csk_*", STAGE_OUTPUT},
    {"inet6_csk_*", STAGE_OUTPUT},
    {"ip_queue_xmit", STAGE_OUTPUT},
    {"__ip_queue_xmit", STAGE_OUTPUT},
    {"ip_build_and_send_pkt", STAGE_OUTPUT},
    {"ip_send_unicast_reply", STAGE_OUTPUT},
    {"ip6_xmit", STAGE_OUTPUT},
    {"ip_local_out*", STAGE_OUTPUT},
    {"__ip_local_out", STAGE_OUTPUT},
    {"ip6_local_out", STAGE_OUTPUT},
    {"__ip6_local_out", STAGE_OUTPUT},
    {"ip_output", STAGE_OUTPUT},
    {"ip6_output", STAGE_OUTPUT},
    {"ip_finish_output*", STAGE_OUTPUT},
    {"__ip_finish_output", STAGE_OUTPUT},
    {"ip6_finish_output*", STAGE_OUTPUT},
    {"__ip6_finish_output", STAGE_OUTPUT},
    {"xfrm_output*", STAGE_OUTPUT},
    {"neigh_*", STAGE_EGRESS},
    {"__neigh_*", STAGE_EGRESS},
    {"arp_error_report", STAGE_EGRESS},
    {"ndisc_error_report", STAGE_EGRESS},
    {"__dev_queue_xmit", STAGE_EGRESS},
    {"__dev_xmit_skb", STAGE_EGRESS},
    {"sch_direct_xmit", STAGE_EGRESS},
    {"__qdisc_run", STAGE_EGRESS},
    {"validate_xmit_skb*", STAGE_EGRESS},
    {"veth_xmit", STAGE_EGRESS},
    {"tun_net_xmit", STAGE_EGRESS},
    /* Drivers free sent packets by functions that count as drops; what lies
     * beyond the softirq belongs to somebody else. */
    {"dev_hard_start_xmit", NO_STAGE},
    {"__netif_receive_skb*", NO_STAGE},
    {"process_backlog", NO_STAGE},
    {"__napi_poll", NO_STAGE},
    {"handle_softirqs", NO_STAGE},
    {"__do_softirq", NO_STAGE},
};

/* Where a route says no.  They are jumped to, so that none of those who looked
 * the route up is on the stack of a packet that came in. */
static const char *const refusing[] = {"dst_discard*", "ip6_pkt_discard",
                                       "ip6_pkt_prohibit"};

/* They free for their callers. */
static const char *const freeing[] = {"kfree_skb*",       "__kfree_skb*",
                                      "dev_kfree_skb*",   "sk_skb_reason_drop",
                                      "skb_queue_purge*", "__skb_queue_purge*",
                                      "tcp_drop*"};

/* They free a copy, or the packet in their own queue after its use. */
static const char *const copying[] = {
    "packet_*", "__packet_*", "tpacket_*",     "raw_*",
    "raw6_*",   "rawv6_*",    "neigh_destroy", "inet_sock_destruct"};

/* What a socket says of packets that it does not need (any more). */
static const char *const late[] = {"NOT_SPECIFIED",
                                   "NO_SOCKET",
                                   "TCP_CLOSE",
                                   "TCP_RESET",
                                   "TCP_FLAGS",
                                   "TCP_INVALID_SYN",
                                   "TCP_INVALID_SEQUENCE",
                                   "TCP_OLD_*",
                                   "TCP_TOO_OLD_ACK",
                                   "TCP_INVALID_END_SEQUENCE",
                                   "TCP_OVERWINDOW",
                                   "TCP_ACK_UNSENT_DATA",
                                   "TCP_INVALID_ACK_SEQUENCE",
                                   "TCP_RFC7323_*",
                                   "TCP_CHALLENGE_ACK",
                                   "TCP_ABORT_ON_*",
                                   "TCP_ZEROWINDOW"};

static bool matches(const char *pattern, const char *name)
{
    size_t size = strlen(pattern);

    if (pattern[size - 1] == '*')
        return strncmp(pattern, name, size - 1) == 0;
    return strcmp(pattern, name) == 0;
}

static bool is_among(const char *const *patterns, size_t count,
                     const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (matches(patterns[i], name))
            return true;
    return false;
}

/* The line's name without the compiler's and the module's additions; returns
 * the next line. */
static const char *read_frame(const char *line,
                              char name[static DROP_FUNCTION_SIZE])
{
    size_t end = strcspn(line, "\n");
    size_t size = strcspn(line, ". +\n");

    /* An address that has no name is printed as a number. */
    if (strncmp(line, "0x", 2) == 0)
        size = 0;
    if (size >= DROP_FUNCTION_SIZE)
        size = DROP_FUNCTION_SIZE - 1;
    snprintf(name, DROP_FUNCTION_SIZE, "%.*s", (int)size, line);
    return line[end] == '\0' ? line + end : line + end + 1;
}

static const struct function *find_function(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
        if (matches(functions[i].name, name))
            return &functions[i];
    return NULL;
}

void drop_place_find(const char *frames, struct drop_place *out)
{
    const struct function *found = NULL;
    char name[DROP_FUNCTION_SIZE];
    bool is_named = false;

    out->stage = NO_STAGE;
    out->function[0] = '\0';
    while (*frames != '\0' && found == NULL) {
        frames = read_frame(frames, name);
        if (is_among(freeing, ARRAY_SIZE(freeing), name))
            continue;
        if (!is_named)
            snprintf(out->function, sizeof(out->function), "%s", name);
        is_named = true;
        found = find_function(name);
    }
    if (found != NULL)
        out->stage = found->stage;
    if (out->stage == NO_STAGE &&
        is_among(refusing, ARRAY_SIZE(refusing), out->function))
        out->stage = STAGE_PREROUTING;
}

bool drop_place_is_benign(const struct drop_place *place, const char *reason,
                          enum packet packet)
{
    if (strcmp(reason, "QUEUE_PURGE") == 0 || strcmp(reason, "CONSUMED") == 0 ||
        strcmp(reason, "PACKET_SOCK_ERROR") == 0 ||
        is_among(copying, ARRAY_SIZE(copying), place->function))
        return true;
    if (place->stage != STAGE_SOCKET)
        return false;
    /* A SYN that is sent again is freed without a word while its first answer
     * is on its way; what a socket does with a reset is its business. */
    if (packet == PACKET_SYN)
        return strcmp(reason, "NOT_SPECIFIED") == 0;
    return packet == PACKET_RST || is_among(late, ARRAY_SIZE(late), reason);
}
