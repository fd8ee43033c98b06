#include "controller/verdict/drops.h"

#include <string.h>

#define F(name) FACT_BIT(FACT_##name)

/* Reasons are the names of enum skb_drop_reason in the running kernel's BTF
 * (include/net/dropreason-core.h); where a reason is shared, the function that
 * dropped it decides.  Role and packet come from the event, and the stage too
 * where the row names none: IPv6 decides in its forwarding path what is a matter
 * of the routing decision. */
static const struct
{
    const char *reason;
    const char *function; /* NULL: any */
    struct row row;
} meanings[] = {
    {"IP_RPFILTER",
     NULL,
     {.cause = CAUSE_RP_FILTER,
      .needs_no = F(NO_ROUTE_BACK) | F(ROUTE_BACK_REJECTS)}},
    {"IP_INADDRERRORS",
     NULL,
     {.cause = CAUSE_ADDRESS_NOT_LOCAL,
      .stage = STAGE_PREROUTING,
      .needs = F(ADDRESS_NOT_LOCAL)}},
    {"IP_INADDRERRORS",
     NULL,
     {.cause = CAUSE_FORWARDING_DISABLED,
      .stage = STAGE_PREROUTING,
      .needs = F(FORWARDING_OFF),
      .needs_no = F(ADDRESS_NOT_LOCAL)}},
    {"IP_LOCALNET", NULL, {.cause = CAUSE_MARTIAN_SOURCE}},
    {"IP_LOCAL_SOURCE", NULL, {.cause = CAUSE_MARTIAN_SOURCE}},
    {"IP_INVALID_SOURCE", NULL, {.cause = CAUSE_MARTIAN_SOURCE}},
    {"IPV6DISABLED", NULL, {.cause = CAUSE_IPV6_DISABLED}},
    {"TC_INGRESS", NULL, {.cause = CAUSE_TC_DROP}},
    {"TC_EGRESS", NULL, {.cause = CAUSE_TC_DROP}},
    {"XDP", NULL, {.cause = CAUSE_XDP_DROP}},
    {"NOT_SPECIFIED", "do_xdp_generic", {.cause = CAUSE_XDP_DROP}},
    {"NOT_SPECIFIED", "veth_xdp_rcv_skb", {.cause = CAUSE_XDP_DROP}},
    {"NOT_SPECIFIED", "nf_queue", {.cause = CAUSE_NFQUEUE_WITHOUT_READER}},
    {"CPU_BACKLOG", NULL, {.cause = CAUSE_NIC_DROP}},
    {"TCP_CSUM", NULL, {.cause = CAUSE_BAD_CHECKSUM}},
    {"IP_CSUM", NULL, {.cause = CAUSE_BAD_CHECKSUM}},
    {"BPF_CGROUP_EGRESS", NULL, {.cause = CAUSE_BPF_DROP}},
    {"SOCKET_FILTER", NULL, {.cause = CAUSE_SOCKET_FILTER_DROP}},
    {"TCP_MD5NOTFOUND", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_MD5UNEXPECTED", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_MD5FAILURE", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_AONOTFOUND", NULL, {.cause = CAUSE_TCP_SIGNATURE_REQUIRED}},
    {"TCP_MINTTL", NULL, {.cause = CAUSE_MIN_TTL}},
    {"XFRM_POLICY", NULL, {.cause = CAUSE_IPSEC_POLICY_DROP}},
    {"PROTO_MEM", NULL, {.cause = CAUSE_TCP_MEMORY}},
    {"TCP_RFC7323_TW_PAWS", NULL, {.cause = CAUSE_STALE_CONNECTION}},
    {"TCP_RFC7323_PAWS", NULL, {.cause = CAUSE_STALE_CONNECTION}},
    {"TCP_LISTEN_OVERFLOW", NULL, {.cause = CAUSE_ACCEPT_QUEUE_FULL}},
    /* A device without carrier drops in its queue discipline as well. */
    {"QDISC_DROP",
     NULL,
     {.cause = CAUSE_QDISC_DROP, .needs_no = F(SOURCE_LINK_DOWN)}},
    {"QDISC_OVERLIMIT",
     NULL,
     {.cause = CAUSE_QDISC_DROP, .needs_no = F(SOURCE_LINK_DOWN)}},
};

#define MEANING_COUNT (sizeof(meanings) / sizeof(meanings[0]))

static const struct row *find_meaning(const struct evidence *event,
                                      const struct known *known,
                                      struct ruling *ruling)
{
    const char *reason = evidence_text(event, KEY_REASON, "");
    const char *function = evidence_text(event, KEY_FUNCTION, "");

    for (size_t i = 0; i < MEANING_COUNT; i++) {
        if (strcmp(meanings[i].reason, reason) != 0 ||
            (meanings[i].function != NULL &&
             strcmp(meanings[i].function, function) != 0))
            continue;
        *ruling = row_judge(&meanings[i].row, known);
        ruling->confidence = CONFIDENCE_PROVEN;
        if (ruling->standing == STANDING_HOLDS)
            return &meanings[i].row;
    }
    return NULL;
}

/* Both ends in the packets' order: what stops first comes first.  A drop may be
 * of a copy (a bridge floods, a mirror): a later sight of the packet, or of the
 * answer to it, overrules it. */
const struct row *drops_explain(const struct attempt_view *attempt,
                                const struct known *known,
                                const struct evidence **event,
                                struct ruling *ruling)
{
    const struct
    {
        const struct evidence *event;
        fact_set overruled;
    } in_order[] = {
        {attempt->source.drop_event[PACKET_SYN], F(SYN_LEFT) | F(SYN_ARRIVED)},
        {attempt->destination.drop_event[PACKET_SYN], F(SYN_ACK_LEFT)},
        {attempt->destination.drop_event[PACKET_SYN_ACK],
         F(SYN_ACK_LEFT) | F(SYN_ACK_ARRIVED)},
        {attempt->source.drop_event[PACKET_SYN_ACK], F(CONNECTED)},
        {attempt->destination.drop_event[PACKET_ACK], 0},
    };

    for (size_t i = 0; i < sizeof(in_order) / sizeof(in_order[0]); i++) {
        const struct row *row;

        if (in_order[i].event == NULL ||
            (known->yes & in_order[i].overruled) != 0)
            continue;
        row = find_meaning(in_order[i].event, known, ruling);
        if (row != NULL) {
            *event = in_order[i].event;
            return row;
        }
    }
    return NULL;
}
