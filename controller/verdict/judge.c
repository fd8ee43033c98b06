/* Reads the table: where an attempt stopped, and which row explains it. */
#include "controller/verdict/rows.h"

#define F(name) FACT_##name

/* Of the facts named: is one known to be true, are all,
 * are all known to be false? */
#define ANY_YES(...) \
    facts_any(known, (const uint8_t[]){__VA_ARGS__, FACT_NONE}, YES)
#define ALL_YES(...) \
    facts_all(known, (const uint8_t[]){__VA_ARGS__, FACT_NONE}, YES)
#define ALL_NO(...) \
    facts_all(known, (const uint8_t[]){__VA_ARGS__, FACT_NONE}, NO)

struct ruling row_judge(const struct row *row, const struct known *known)
{
    struct ruling ruling = {.standing = STANDING_OPEN,
                            .confidence = CONFIDENCE_LIKELY};

    if (facts_any(known, row->needs, NO) ||
        facts_any(known, row->needs_no, YES))
        ruling.standing = STANDING_REFUTED;
    else if (facts_all(known, row->needs, YES) &&
             facts_all(known, row->needs_no, NO))
        ruling.standing = STANDING_HOLDS;
    if (row_is_proven(row, known) && facts_all(known, row->doubts, NO))
        ruling.confidence = CONFIDENCE_PROVEN;
    return ruling;
}

bool row_is_proven(const struct row *row, const struct known *known)
{
    return row->proof[0] != FACT_NONE && facts_all(known, row->proof, YES);
}

const struct row *rows_explain(enum position position,
                               const struct known *known, struct ruling *ruling)
{
    const struct row *first = NULL;
    const struct row *row;

    for (size_t i = 0; (row = row_at(i)) != NULL; i++) {
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
    return (row->standing[0] != FACT_NONE ||
            row->standing_no[0] != FACT_NONE) &&
           facts_all(known, row->standing, YES) &&
           facts_all(known, row->standing_no, NO);
}

static enum position locate_connected(const struct known *known)
{
    if (ALL_NO(F(SYN_ARRIVED)) && ANY_YES(F(DESTINATION_AGENT)))
        return POSITION_ELSEWHERE;
    if (ANY_YES(F(REDIRECTED)) && !ANY_YES(F(SYN_ARRIVED)))
        return POSITION_ELSEWHERE;
    /* Something in between opened it, though the SYN came through as well; of
     * what the destination passed on or an XDP program answers, no capture
     * tells. */
    if (ANY_YES(F(ANSWER_FORGED)) && ALL_NO(F(SYN_ACK_LEFT)) &&
        !ANY_YES(F(HANDED_ON), F(DESTINATION_DEVICE_SUSPECT)))
        return POSITION_ELSEWHERE;
    if (ANY_YES(F(RULE_DROPS_ACK)) ||
        (ALL_NO(F(ACK_ARRIVED)) && ANY_YES(F(SYN_ARRIVED))))
        return POSITION_ACK_LOST;
    if (ANY_YES(F(ACK_OVERFLOWED), F(PROCESS_STOPPED), F(QUEUE_STANDS)) ||
        ALL_YES(F(RST_LEFT), F(QUEUE_OVERFLOWED), F(ABORTS_ON_OVERFLOW)))
        return POSITION_NOT_TAKEN;
    /* Half-open it also stays where the listener waits for data. */
    if (ANY_YES(F(HALF_OPEN)) &&
        (ANY_YES(F(QUEUE_OVERFLOWED)) || !ANY_YES(F(ACK_DEFERRED))))
        return POSITION_NOT_TAKEN;
    if (ANY_YES(F(SERVICE_MISSED), F(SERVICE_DIVERTED)))
        return POSITION_WRONG_HOLDER;
    return POSITION_CONNECTED;
}

static enum position locate_at_destination(const struct known *known)
{
    if (ANY_YES(F(RULE_REJECTS_SYN)))
        return POSITION_REFUSED;
    if (ANY_YES(F(RULE_DROPS_SYN), F(RULE_DROPS_ANSWER),
                F(RULE_REJECTS_ANSWER)))
        return POSITION_NO_ANSWER;
    if (ANY_YES(F(SOURCE_RULE_DROPS_ANSWER), F(SOURCE_RULE_REJECTS_ANSWER)))
        return POSITION_ANSWER_IGNORED;
    if (ANY_YES(F(HANDED_ON)) && !ANY_YES(F(SYN_ACK_LEFT)))
        return POSITION_HANDED_ON;
    if (ANY_YES(F(RST_LEFT), F(ICMP_LEFT)))
        return POSITION_REFUSED;
    if (ANY_YES(F(SYN_ACK_LEFT)) && ANY_YES(F(SYN_ACK_ARRIVED)))
        return POSITION_ANSWER_IGNORED;
    if (ANY_YES(F(SYN_ACK_LEFT)) && ALL_NO(F(SYN_ACK_ARRIVED)))
        return POSITION_LOST_REVERSE;
    if (ANY_YES(F(SYN_ARRIVED)) &&
        ALL_NO(F(SYN_ACK_LEFT), F(RST_LEFT), F(ICMP_LEFT)))
        return POSITION_NO_ANSWER;
    return POSITION_UNKNOWN;
}

static enum position locate_not_arrived(const struct known *known)
{
    bool answered =
        ANY_YES(F(RST_ARRIVED), F(ICMP_ARRIVED), F(SYN_ACK_ARRIVED));

    if (ALL_NO(F(SYN_ARRIVED)) && answered)
        return POSITION_ELSEWHERE;
    if (ALL_NO(F(DESTINATION_AGENT)) && answered)
        return POSITION_ONE_ENDED;
    if (ANY_YES(F(SYN_LEFT)) && ALL_NO(F(SYN_ARRIVED)) &&
        ALL_NO(F(RST_ARRIVED), F(ICMP_ARRIVED), F(SYN_ACK_ARRIVED)))
        return POSITION_LOST_FORWARD;
    return POSITION_UNKNOWN;
}

enum position locate_position(const struct known *known)
{
    enum position position;

    if (ANY_YES(F(NAME_UNRESOLVED)))
        return POSITION_UNRESOLVED;
    if (ANY_YES(F(CONNECTED)))
        return locate_connected(known);
    /* The reset came before connect() returned. */
    if (ANY_YES(F(ACK_OVERFLOWED)))
        return POSITION_NOT_TAKEN;
    if (ANY_YES(F(SOURCE_RULE_DROPS_SYN), F(SOURCE_RULE_REJECTS_SYN),
                F(REDIRECTED), F(FROM_PORT_TAKEN)))
        return POSITION_NOT_SENT;
    if (!ANY_YES(F(SYN_LEFT)) && !ANY_YES(F(SYN_ARRIVED)) &&
        (ANY_YES(F(ADDRESS_TAKEN), F(SOURCE_ROUTE_ERROR), F(CONNECT_DENIED)) ||
         ALL_NO(F(SYN_LEFT))))
        return POSITION_NOT_SENT;
    if (ANY_YES(F(SEQUENCE_CHANGED)))
        return POSITION_ANSWER_IGNORED;
    position = locate_at_destination(known);
    return position != POSITION_UNKNOWN ? position : locate_not_arrived(known);
}
