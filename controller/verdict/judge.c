/* Reads the table: where an attempt stopped, and which row explains it. */
#include "controller/verdict/rows.h"

/* Of the facts named: is one known to be true, are all,
 * are all known to be false? */
#define ANY_YES(...) \
    facts_any(known, (const fact_ref[]){__VA_ARGS__, NO_FACT}, YES)
#define ALL_YES(...) \
    facts_all(known, (const fact_ref[]){__VA_ARGS__, NO_FACT}, YES)
#define ALL_NO(...) \
    facts_all(known, (const fact_ref[]){__VA_ARGS__, NO_FACT}, NO)

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
    return row->proof[0] != NO_FACT && facts_all(known, row->proof, YES);
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
    return (row->standing[0] != NO_FACT || row->standing_no[0] != NO_FACT) &&
           facts_all(known, row->standing, YES) &&
           facts_all(known, row->standing_no, NO);
}

static enum position locate_connected(const struct known *known)
{
    if (ALL_NO(F(DESTINATION, ARRIVED)) && ANY_YES(F(DESTINATION, AGENT)))
        return POSITION_ELSEWHERE;
    if (ANY_YES(F(SOURCE, REDIRECTED)) && !ANY_YES(F(DESTINATION, ARRIVED)))
        return POSITION_ELSEWHERE;
    /* Something in between opened it, though the SYN came through as well; of
     * what the destination passed on or an XDP program answers, no capture
     * tells. */
    if (ANY_YES(F(ATTEMPT, ANSWER_FORGED)) && ALL_NO(F(DESTINATION, SENT)) &&
        !ANY_YES(F(DESTINATION, HANDED_ON), F(DESTINATION, DEVICE_SUSPECT)))
        return POSITION_ELSEWHERE;
    if (ANY_YES(F(ATTEMPT, RULE_DROPS_ACK)) ||
        (ALL_NO(F(DESTINATION, ACK_ARRIVED)) &&
         ANY_YES(F(DESTINATION, ARRIVED))))
        return POSITION_ACK_LOST;
    if (ANY_YES(F(DESTINATION, ACK_OVERFLOWED), F(DESTINATION, PROCESS_STOPPED),
                F(DESTINATION, QUEUE_STANDS)) ||
        ALL_YES(F(DESTINATION, RST), F(DESTINATION, QUEUE_OVERFLOWED),
                F(DESTINATION, ABORTS_ON_OVERFLOW)))
        return POSITION_NOT_TAKEN;
    /* Half-open it also stays where the listener waits for data. */
    if (ANY_YES(F(DESTINATION, HALF_OPEN)) &&
        (ANY_YES(F(DESTINATION, QUEUE_OVERFLOWED)) ||
         !ANY_YES(F(DESTINATION, ACK_DEFERRED))))
        return POSITION_NOT_TAKEN;
    if (ANY_YES(F(DESTINATION, SERVICE_MISSED),
                F(DESTINATION, SERVICE_DIVERTED)))
        return POSITION_WRONG_HOLDER;
    return POSITION_CONNECTED;
}

static enum position locate_at_destination(const struct known *known)
{
    if (ANY_YES(F(DESTINATION, RULE_REJECTS_SYN)))
        return POSITION_REFUSED;
    if (ANY_YES(F(DESTINATION, RULE_DROPS_SYN),
                F(DESTINATION, RULE_DROPS_ANSWER),
                F(DESTINATION, RULE_REJECTS_ANSWER)))
        return POSITION_NO_ANSWER;
    if (ANY_YES(F(SOURCE, RULE_DROPS_ANSWER), F(SOURCE, RULE_REJECTS_ANSWER)))
        return POSITION_ANSWER_IGNORED;
    if (ANY_YES(F(DESTINATION, HANDED_ON)) && !ANY_YES(F(DESTINATION, SENT)))
        return POSITION_HANDED_ON;
    if (ANY_YES(F(DESTINATION, RST), F(DESTINATION, ICMP)))
        return POSITION_REFUSED;
    if (ANY_YES(F(DESTINATION, SENT)) && ANY_YES(F(SOURCE, ARRIVED)))
        return POSITION_ANSWER_IGNORED;
    if (ANY_YES(F(DESTINATION, SENT)) && ALL_NO(F(SOURCE, ARRIVED)))
        return POSITION_LOST_REVERSE;
    if (ANY_YES(F(DESTINATION, ARRIVED)) &&
        ALL_NO(F(DESTINATION, SENT), F(DESTINATION, RST), F(DESTINATION, ICMP)))
        return POSITION_NO_ANSWER;
    return POSITION_UNKNOWN;
}

static enum position locate_not_arrived(const struct known *known)
{
    bool answered =
        ANY_YES(F(SOURCE, RST), F(SOURCE, ICMP), F(SOURCE, ARRIVED));

    if (ALL_NO(F(DESTINATION, ARRIVED)) && answered)
        return POSITION_ELSEWHERE;
    if (ALL_NO(F(DESTINATION, AGENT)) && answered)
        return POSITION_ONE_ENDED;
    if (ANY_YES(F(SOURCE, SENT)) && ALL_NO(F(DESTINATION, ARRIVED)) &&
        ALL_NO(F(SOURCE, RST), F(SOURCE, ICMP), F(SOURCE, ARRIVED)))
        return POSITION_LOST_FORWARD;
    return POSITION_UNKNOWN;
}

enum position locate_position(const struct known *known)
{
    enum position position;

    if (ANY_YES(F(SOURCE, NAME_UNRESOLVED)))
        return POSITION_UNRESOLVED;
    if (ANY_YES(F(SOURCE, CONNECTED)))
        return locate_connected(known);
    /* The reset came before connect() returned. */
    if (ANY_YES(F(DESTINATION, ACK_OVERFLOWED)))
        return POSITION_NOT_TAKEN;
    /* What becomes of it there, a copy in a circle, is beside the point. */
    if (ANY_YES(F(SOURCE, LOOPS), F(DESTINATION, LOOPS)))
        return POSITION_LOOPED;
    if (ANY_YES(F(SOURCE, RULE_DROPS_SYN), F(SOURCE, RULE_REJECTS_SYN),
                F(SOURCE, REDIRECTED), F(SOURCE, FROM_PORT_TAKEN)))
        return POSITION_NOT_SENT;
    if (!ANY_YES(F(SOURCE, SENT)) && !ANY_YES(F(DESTINATION, ARRIVED)) &&
        (ANY_YES(F(SOURCE, ADDRESS_TAKEN), F(SOURCE, ROUTE_ERROR),
                 F(SOURCE, CONNECT_DENIED)) ||
         ALL_NO(F(SOURCE, SENT))))
        return POSITION_NOT_SENT;
    if (ANY_YES(F(ATTEMPT, SEQUENCE_CHANGED)))
        return POSITION_ANSWER_IGNORED;
    position = locate_at_destination(known);
    return position != POSITION_UNKNOWN ? position : locate_not_arrived(known);
}
