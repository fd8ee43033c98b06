#include "controller/verdict/rows.h"

#define F(name) FACT_BIT(FACT_##name)

const struct row verdict_rows[] = {
    {.cause = CAUSE_NAME_NOT_RESOLVED,
     .position = POSITION_UNRESOLVED,
     .role = ROLE_SOURCE,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(NAME_UNRESOLVED),
     .proof = F(NAME_UNRESOLVED),
     .decider = FACT_NAME_UNRESOLVED},

    /* --- the SYN never left the source --- */
    {.cause = CAUSE_SOURCE_ADDRESS_UNAVAILABLE,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(ADDRESS_TAKEN) | F(FROM_MISSING),
     .proof = F(ADDRESS_TAKEN),
     .decider = FACT_ADDRESS_TAKEN},
    {.cause = CAUSE_SOURCE_PORTS_EXHAUSTED,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(ADDRESS_TAKEN),
     .needs_no = F(FROM_MISSING),
     .proof = F(ADDRESS_TAKEN),
     .decider = FACT_ADDRESS_TAKEN},
    {.cause = CAUSE_DESTINATION_ADDRESS_ON_SOURCE,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_OWNS_DESTINATION),
     .decider = FACT_SOURCE_OWNS_DESTINATION},
    {.cause = CAUSE_ROUTE_REJECTS,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_ROUTE_REJECTS),
     .proof = F(SOURCE_ROUTE_ERROR),
     .decider = FACT_SOURCE_ROUTE_REJECTS},
    {.cause =
         CAUSE_LINK_DOWN, /* a link that goes down takes its routes along */
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_EGRESS,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_NO_ROUTE) | F(SOURCE_LINK_DOWN),
     .decider = FACT_SOURCE_LINK_DOWN},
    {.cause = CAUSE_NO_ROUTE,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_NO_ROUTE),
     .proof = F(SOURCE_ROUTE_ERROR),
     .doubts = F(SOURCE_LINK_DOWN),
     .decider = FACT_SOURCE_NO_ROUTE},
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_RULE_DROPS_SYN),
     .proof = F(SOURCE_RULE_DROPS_SYN),
     .decider = FACT_SOURCE_RULE_DROPS_SYN},
    {.cause = CAUSE_FIREWALL_REJECT,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_RULE_REJECTS_SYN),
     .proof = F(SOURCE_RULE_REJECTS_SYN),
     .decider = FACT_SOURCE_RULE_REJECTS_SYN},
    {.cause = CAUSE_FIREWALL_REJECT,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_LEGACY_REJECTS_SYN),
     .decider = FACT_SOURCE_LEGACY_REJECTS_SYN},
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_LEGACY_DROPS_SYN),
     .decider = FACT_SOURCE_LEGACY_DROPS_SYN},
    {.cause = CAUSE_LINK_DOWN,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_EGRESS,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_LINK_DOWN),
     .decider = FACT_SOURCE_LINK_DOWN},
    {.cause = CAUSE_NEIGHBOUR_UNRESOLVED,
     .position = POSITION_NOT_SENT,
     .role = ROLE_SOURCE,
     .stage = STAGE_EGRESS,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_NEIGHBOUR_FAILED),
     .proof = F(SOURCE_NEIGHBOUR_ERROR),
     .decider = FACT_SOURCE_NEIGHBOUR_FAILED},

    /* --- it left and never reached the destination --- */
    {.cause = CAUSE_NAME_RESOLVES_ELSEWHERE,
     .position = POSITION_LOST_FORWARD,
     .role = ROLE_SOURCE,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(NAME_ELSEWHERE),
     .decider = FACT_NAME_ELSEWHERE},
    {.cause = CAUSE_LINK_DOWN,
     .position = POSITION_LOST_FORWARD,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INGRESS,
     .packet = PACKET_SYN,
     .needs = F(DESTINATION_LINK_DOWN),
     .decider = FACT_DESTINATION_LINK_DOWN},
    {.cause = CAUSE_LOST_ON_PATH,
     .position = POSITION_LOST_FORWARD,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(SYN_LEFT),
     .needs_no = F(SYN_ARRIVED),
     .proof = F(SYN_LEFT),
     .doubts = F(NAME_ELSEWHERE) | F(DESTINATION_LINK_DOWN) |
               F(DESTINATION_DEVICE_SUSPECT),
     .decider = FACT_SYN_LEFT},

    /* --- it never reached the destination, yet an answer came --- */
    {.cause = CAUSE_NAME_RESOLVES_ELSEWHERE,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_SOURCE,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(NAME_ELSEWHERE),
     .decider = FACT_NAME_ELSEWHERE},
    {.cause = CAUSE_DESTINATION_ADDRESS_ON_SOURCE,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_SOURCE,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN,
     .needs = F(SOURCE_OWNS_DESTINATION),
     .decider = FACT_SOURCE_OWNS_DESTINATION},
    {.cause = CAUSE_LINK_DOWN,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INGRESS,
     .packet = PACKET_SYN,
     .needs = F(DESTINATION_LINK_DOWN) | F(ICMP_ARRIVED),
     .decider = FACT_DESTINATION_LINK_DOWN},
    {.cause = CAUSE_REJECTED_ON_PATH,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(ICMP_ARRIVED) | F(ICMP_PROHIBITED),
     .proof = F(ICMP_ARRIVED),
     .doubts = F(NAME_ELSEWHERE) | F(SOURCE_OWNS_DESTINATION) |
               F(DESTINATION_LINK_DOWN),
     .decider = FACT_ICMP_ARRIVED},
    {.cause = CAUSE_UNREACHABLE_ON_PATH,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(ICMP_ARRIVED),
     .needs_no = F(ICMP_PROHIBITED) | F(ICMP_EXPIRED),
     .proof = F(ICMP_ARRIVED),
     .doubts = F(NAME_ELSEWHERE) | F(SOURCE_OWNS_DESTINATION) |
               F(DESTINATION_LINK_DOWN),
     .decider = FACT_ICMP_ARRIVED},
    {.cause = CAUSE_ROUTING_LOOP,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(ICMP_ARRIVED) | F(ICMP_EXPIRED),
     .decider = FACT_ICMP_ARRIVED},
    {.cause = CAUSE_RESET_INJECTED,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(RST_ARRIVED) | F(ANSWER_FORGED),
     .needs_no = F(SYN_ARRIVED),
     .proof = F(RST_ARRIVED),
     .doubts = F(NAME_ELSEWHERE) | F(SOURCE_OWNS_DESTINATION),
     .decider = FACT_RST_ARRIVED},
    {.cause = CAUSE_ANSWERED_BY_OTHER,
     .position = POSITION_ELSEWHERE,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN_ACK,
     .needs = F(SYN_ACK_ARRIVED),
     .needs_no = F(SYN_ARRIVED),
     .proof = F(SYN_ACK_ARRIVED),
     .doubts = F(NAME_ELSEWHERE) | F(SOURCE_OWNS_DESTINATION),
     .decider = FACT_SYN_ACK_ARRIVED},

    /* --- an answer came, and nobody watches at the other end --- */
    {.cause = CAUSE_REJECTED_ON_PATH,
     .position = POSITION_ONE_ENDED,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(ICMP_ARRIVED) | F(ICMP_PROHIBITED),
     .needs_no = F(DESTINATION_REPORTED),
     .proof = F(ICMP_ARRIVED),
     .decider = FACT_ICMP_ARRIVED},
    {.cause = CAUSE_UNREACHABLE_ON_PATH,
     .position = POSITION_ONE_ENDED,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN,
     .needs = F(ICMP_ARRIVED),
     .needs_no = F(ICMP_PROHIBITED) | F(ICMP_EXPIRED) | F(DESTINATION_REPORTED),
     .proof = F(ICMP_ARRIVED),
     .decider = FACT_ICMP_ARRIVED},
    {.cause = CAUSE_FIREWALL_REJECT, /* TCP itself never answers so */
     .position = POSITION_ONE_ENDED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(ICMP_ARRIVED) | F(ICMP_PROHIBITED) | F(DESTINATION_REPORTED),
     .decider = FACT_ICMP_ARRIVED},

    /* --- the destination refused it --- */
    {.cause = CAUSE_FIREWALL_REJECT,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(RULE_REJECTS_SYN),
     .proof = F(RULE_REJECTS_SYN),
     .decider = FACT_RULE_REJECTS_SYN},
    {.cause = CAUSE_FIREWALL_REJECT,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(LEGACY_REJECTS_SYN),
     .decider = FACT_LEGACY_REJECTS_SYN},
    {.cause = CAUSE_FIREWALL_REJECT, /* TCP itself never answers so */
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(ICMP_LEFT),
     .needs_no = F(RST_LEFT),
     .decider = FACT_ICMP_LEFT},
    {.cause = CAUSE_LISTENING_ON_LOOPBACK,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT) | F(LISTENER_LOOPBACK),
     .needs_no = F(LISTENER_TAKES),
     .proof = F(RST_LEFT),
     .doubts = F(RULE_REJECTS_SYN) | F(LEGACY_REJECTS_SYN),
     .decider = FACT_LISTENER_LOOPBACK,
     .standing = F(LISTENER_LOOPBACK),
     .standing_no = F(LISTENER_TAKES)},
    {.cause = CAUSE_LISTENING_ON_OTHER_ADDRESS,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT) | F(LISTENER_OTHER_ADDRESS),
     .needs_no = F(LISTENER_TAKES),
     .proof = F(RST_LEFT),
     .doubts = F(RULE_REJECTS_SYN) | F(LEGACY_REJECTS_SYN),
     .decider = FACT_LISTENER_OTHER_ADDRESS,
     .standing = F(LISTENER_OTHER_ADDRESS),
     .standing_no = F(LISTENER_TAKES) | F(LISTENER_LOOPBACK)},
    {.cause = CAUSE_LISTENING_ON_OTHER_FAMILY,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT) | F(LISTENER_OTHER_FAMILY),
     .needs_no = F(LISTENER_TAKES),
     .proof = F(RST_LEFT),
     .doubts = F(RULE_REJECTS_SYN) | F(LEGACY_REJECTS_SYN),
     .decider = FACT_LISTENER_OTHER_FAMILY,
     .standing = F(LISTENER_OTHER_FAMILY),
     .standing_no =
         F(LISTENER_TAKES) | F(LISTENER_LOOPBACK) | F(LISTENER_OTHER_ADDRESS)},
    {.cause = CAUSE_LISTENING_ON_OTHER_DEVICE,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT) | F(LISTENER_OTHER_DEVICE),
     .needs_no = F(LISTENER_TAKES),
     .proof = F(RST_LEFT),
     .doubts = F(RULE_REJECTS_SYN) | F(LEGACY_REJECTS_SYN),
     .decider = FACT_LISTENER_OTHER_DEVICE,
     .standing = F(LISTENER_OTHER_DEVICE),
     .standing_no = F(LISTENER_TAKES) | F(LISTENER_LOOPBACK) |
                    F(LISTENER_OTHER_ADDRESS) | F(LISTENER_OTHER_FAMILY)},
    {.cause = CAUSE_LISTENING_IN_OTHER_NAMESPACE,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT) | F(LISTENER_OTHER_NAMESPACE),
     .needs_no = F(LISTENER_TAKES),
     .proof = F(RST_LEFT),
     .doubts = F(RULE_REJECTS_SYN) | F(LEGACY_REJECTS_SYN),
     .decider = FACT_LISTENER_OTHER_NAMESPACE,
     .standing = F(LISTENER_OTHER_NAMESPACE),
     .standing_no = F(LISTENER_TAKES) | F(LISTENER_LOOPBACK) |
                    F(LISTENER_OTHER_ADDRESS) | F(LISTENER_OTHER_FAMILY) |
                    F(LISTENER_OTHER_DEVICE)},
    {.cause = CAUSE_NOT_LISTENING,
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT),
     .needs_no = F(LISTENER_TAKES),
     .proof = F(RST_LEFT),
     .doubts = F(RULE_REJECTS_SYN) | F(LEGACY_REJECTS_SYN),
     .decider = FACT_RST_LEFT,
     .standing_no = F(LISTENER_TAKES) | F(LISTENER_LOOPBACK) |
                    F(LISTENER_OTHER_ADDRESS) | F(LISTENER_OTHER_FAMILY) |
                    F(LISTENER_OTHER_DEVICE) | F(LISTENER_OTHER_NAMESPACE)},
    {.cause = CAUSE_FIREWALL_REJECT, /* by elimination: a listener was there */
     .position = POSITION_REFUSED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(RST_LEFT) | F(LISTENER_TAKES) | F(RULES_UNSEEN),
     .decider = FACT_RST_LEFT},

    /* --- it reached the destination, and no answer left --- */
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(RULE_DROPS_SYN),
     .proof = F(RULE_DROPS_SYN),
     .decider = FACT_RULE_DROPS_SYN},
    {.cause = CAUSE_ADDRESS_NOT_LOCAL,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_PREROUTING,
     .packet = PACKET_SYN,
     .needs = F(ADDRESS_NOT_LOCAL),
     .decider = FACT_ADDRESS_NOT_LOCAL},
    {.cause = CAUSE_NO_ROUTE,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(NO_ROUTE_BACK),
     .decider = FACT_NO_ROUTE_BACK,
     .standing = F(NO_ROUTE_BACK)},
    {.cause = CAUSE_ROUTE_REJECTS,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(ROUTE_BACK_REJECTS),
     .decider = FACT_ROUTE_BACK_REJECTS,
     .standing = F(ROUTE_BACK_REJECTS)},
    {.cause = CAUSE_RP_FILTER,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_PREROUTING,
     .packet = PACKET_SYN,
     .needs = F(RP_FILTERED) | F(ROUTE_BACK_OTHER_DEVICE),
     .decider = FACT_ROUTE_BACK_OTHER_DEVICE},
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(LEGACY_DROPS_SYN),
     .decider = FACT_LEGACY_DROPS_SYN},
    {.cause = CAUSE_ACCEPT_QUEUE_FULL,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_SYN,
     .needs = F(QUEUE_FULL) | F(QUEUE_OVERFLOWED),
     .decider = FACT_QUEUE_FULL,
     .standing = F(QUEUE_FULL)},
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(RULE_DROPS_ANSWER),
     .proof = F(RULE_DROPS_ANSWER),
     .decider = FACT_RULE_DROPS_ANSWER},
    {.cause = CAUSE_FIREWALL_REJECT,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(RULE_REJECTS_ANSWER),
     .proof = F(RULE_REJECTS_ANSWER),
     .decider = FACT_RULE_REJECTS_ANSWER},
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_OUTPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(LEGACY_DROPS_ANSWER),
     .decider = FACT_LEGACY_DROPS_ANSWER},
    {.cause = CAUSE_NEIGHBOUR_UNRESOLVED,
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_EGRESS,
     .packet = PACKET_SYN_ACK,
     .needs = F(NEIGHBOUR_BACK_FAILED),
     .decider = FACT_NEIGHBOUR_BACK_FAILED},
    {.cause = CAUSE_FIREWALL_DROP, /* by elimination: all else is in order */
     .position = POSITION_NO_ANSWER,
     .role = ROLE_DESTINATION,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN,
     .needs = F(LISTENER_TAKES) | F(RULES_UNSEEN),
     .needs_no = F(QUEUE_FULL) | F(QUEUE_OVERFLOWED) | F(NO_ROUTE_BACK) |
                 F(ROUTE_BACK_REJECTS) | F(RP_FILTERED),
     .decider = FACT_SYN_ARRIVED},

    /* --- the answer left and never came back --- */
    {.cause = CAUSE_LOST_ON_PATH,
     .position = POSITION_LOST_REVERSE,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_SYN_ACK,
     .needs = F(SYN_ACK_LEFT),
     .needs_no = F(SYN_ACK_ARRIVED),
     .proof = F(SYN_ACK_LEFT),
     .doubts = F(SOURCE_DEVICE_SUSPECT),
     .decider = FACT_SYN_ACK_LEFT},

    /* --- the answer came back, to no avail --- */
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_ANSWER_IGNORED,
     .role = ROLE_SOURCE,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(SOURCE_RULE_DROPS_ANSWER),
     .proof = F(SOURCE_RULE_DROPS_ANSWER),
     .decider = FACT_SOURCE_RULE_DROPS_ANSWER},
    {.cause = CAUSE_FIREWALL_REJECT,
     .position = POSITION_ANSWER_IGNORED,
     .role = ROLE_SOURCE,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(SOURCE_RULE_REJECTS_ANSWER),
     .proof = F(SOURCE_RULE_REJECTS_ANSWER),
     .decider = FACT_SOURCE_RULE_REJECTS_ANSWER},
    {.cause = CAUSE_RP_FILTER,
     .position = POSITION_ANSWER_IGNORED,
     .role = ROLE_SOURCE,
     .stage = STAGE_PREROUTING,
     .packet = PACKET_SYN_ACK,
     .needs = F(SOURCE_RP_FILTERED),
     .decider = FACT_SOURCE_RP_FILTERED},
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_ANSWER_IGNORED,
     .role = ROLE_SOURCE,
     .stage = STAGE_INPUT,
     .packet = PACKET_SYN_ACK,
     .needs = F(SOURCE_LEGACY_DROPS_ANSWER),
     .decider = FACT_SOURCE_LEGACY_DROPS_ANSWER},

    /* --- open at the source, not at the destination --- */
    {.cause = CAUSE_FIREWALL_DROP,
     .position = POSITION_ACK_LOST,
     .role = ROLE_DESTINATION, /* or the source: the rule's own host */
     .stage = STAGE_INPUT,
     .packet = PACKET_ACK,
     .needs = F(RULE_DROPS_ACK),
     .proof = F(RULE_DROPS_ACK),
     .decider = FACT_RULE_DROPS_ACK},
    {.cause = CAUSE_LOST_ON_PATH,
     .position = POSITION_ACK_LOST,
     .role = ROLE_PATH,
     .stage = STAGE_PATH,
     .packet = PACKET_ACK,
     .needs = F(CONNECTED),
     .needs_no = F(ACK_ARRIVED),
     .doubts = F(DESTINATION_DEVICE_SUSPECT),
     .decider = FACT_CONNECTED},

    {.cause = CAUSE_CONNECTED,
     .position = POSITION_CONNECTED,
     .role = ROLE_DESTINATION,
     .stage = STAGE_SOCKET,
     .packet = PACKET_ACK,
     .needs = F(CONNECTED),
     .proof = F(ACK_ARRIVED),
     .decider = FACT_CONNECTED},
};

const size_t verdict_row_count = sizeof(verdict_rows) / sizeof(verdict_rows[0]);

struct ruling row_judge(const struct row *row, const struct known *known)
{
    struct ruling ruling = {
        .against = (row->needs & known->no) | (row->needs_no & known->yes),
        .missing = (row->needs & ~(known->yes | known->no)) |
                   (row->needs_no & ~(known->yes | known->no)),
    };

    if (ruling.against != 0)
        ruling.standing = STANDING_REFUTED;
    else if (ruling.missing != 0)
        ruling.standing = STANDING_OPEN;
    else
        ruling.standing = STANDING_HOLDS;
    ruling.confidence = CONFIDENCE_LIKELY;
    if (row->proof != 0 && (row->proof & ~known->yes) == 0 &&
        (row->doubts & ~known->no) == 0)
        ruling.confidence = CONFIDENCE_PROVEN;
    return ruling;
}

const struct row *rows_explain(enum position position,
                               const struct known *known, struct ruling *ruling)
{
    const struct row *first = NULL;

    for (size_t i = 0; i < verdict_row_count; i++) {
        const struct row *row = &verdict_rows[i];
        struct ruling here;

        if (row->position != position)
            continue;
        here = row_judge(row, known);
        if (here.standing != STANDING_HOLDS)
            continue;
        if (first == NULL || (here.confidence == CONFIDENCE_PROVEN &&
                              ruling->confidence != CONFIDENCE_PROVEN)) {
            first = row;
            *ruling = here;
        }
    }
    return first;
}

bool row_stands(const struct row *row, const struct known *known)
{
    if (row->standing == 0 && row->standing_no == 0)
        return false;
    return (row->standing & ~known->yes) == 0 &&
           (row->standing_no & ~known->no) == 0;
}

static bool yes(const struct known *known, fact_set facts)
{
    return (known->yes & facts) != 0;
}

static bool no(const struct known *known, fact_set facts)
{
    return (known->no & facts) == facts;
}

static enum position locate_connected(const struct known *known)
{
    if (no(known, F(SYN_ARRIVED)) && yes(known, F(DESTINATION_AGENT)))
        return POSITION_ELSEWHERE;
    if (yes(known, F(RULE_DROPS_ACK)) ||
        (no(known, F(ACK_ARRIVED)) && yes(known, F(SYN_ARRIVED))))
        return POSITION_ACK_LOST;
    return POSITION_CONNECTED;
}

static enum position locate_at_destination(const struct known *known)
{
    if (yes(known, F(RST_LEFT) | F(ICMP_LEFT) | F(RULE_REJECTS_SYN)))
        return POSITION_REFUSED;
    if (yes(known,
            F(RULE_DROPS_SYN) | F(RULE_DROPS_ANSWER) | F(RULE_REJECTS_ANSWER)))
        return POSITION_NO_ANSWER;
    if (yes(known, F(SOURCE_RULE_DROPS_ANSWER) | F(SOURCE_RULE_REJECTS_ANSWER)))
        return POSITION_ANSWER_IGNORED;
    if (yes(known, F(SYN_ACK_LEFT)) && yes(known, F(SYN_ACK_ARRIVED)))
        return POSITION_ANSWER_IGNORED;
    if (yes(known, F(SYN_ACK_LEFT)) && no(known, F(SYN_ACK_ARRIVED)))
        return POSITION_LOST_REVERSE;
    if (yes(known, F(SYN_ARRIVED)) &&
        no(known, F(SYN_ACK_LEFT) | F(RST_LEFT) | F(ICMP_LEFT)))
        return POSITION_NO_ANSWER;
    return POSITION_UNKNOWN;
}

static enum position locate_not_arrived(const struct known *known)
{
    bool answered =
        yes(known, F(RST_ARRIVED) | F(ICMP_ARRIVED) | F(SYN_ACK_ARRIVED));

    if (no(known, F(SYN_ARRIVED)) && answered)
        return POSITION_ELSEWHERE;
    if (no(known, F(DESTINATION_AGENT)) && answered)
        return POSITION_ONE_ENDED;
    if (yes(known, F(SYN_LEFT)) && no(known, F(SYN_ARRIVED)) &&
        no(known, F(RST_ARRIVED) | F(ICMP_ARRIVED) | F(SYN_ACK_ARRIVED)))
        return POSITION_LOST_FORWARD;
    return POSITION_UNKNOWN;
}

enum position locate_position(const struct known *known)
{
    enum position position;

    if (yes(known, F(NAME_UNRESOLVED)))
        return POSITION_UNRESOLVED;
    if (yes(known, F(CONNECTED)))
        return locate_connected(known);
    if (yes(known, F(SOURCE_RULE_DROPS_SYN) | F(SOURCE_RULE_REJECTS_SYN)))
        return POSITION_NOT_SENT;
    if (!yes(known, F(SYN_LEFT)) && !yes(known, F(SYN_ARRIVED)) &&
        (yes(known, F(ADDRESS_TAKEN) | F(SOURCE_ROUTE_ERROR)) ||
         no(known, F(SYN_LEFT))))
        return POSITION_NOT_SENT;
    position = locate_at_destination(known);
    return position != POSITION_UNKNOWN ? position : locate_not_arrived(known);
}
