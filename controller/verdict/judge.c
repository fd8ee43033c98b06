/* Reads the table: where an attempt stopped, and which row explains it. */
#include "controller/verdict/rows.h"

#define F(name) FACT_BIT(FACT_##name)

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
    /* Something in between opened it, though the SYN came through as well; of
     * what the destination passed on or an XDP program answers, no capture
     * tells. */
    if (yes(known, F(ANSWER_FORGED)) && no(known, F(SYN_ACK_LEFT)) &&
        !yes(known, F(HANDED_ON) | F(DESTINATION_DEVICE_SUSPECT)))
        return POSITION_ELSEWHERE;
    if (yes(known, F(RULE_DROPS_ACK)) ||
        (no(known, F(ACK_ARRIVED)) && yes(known, F(SYN_ARRIVED))))
        return POSITION_ACK_LOST;
    return POSITION_CONNECTED;
}

static enum position locate_at_destination(const struct known *known)
{
    if (yes(known, F(RULE_REJECTS_SYN)))
        return POSITION_REFUSED;
    if (yes(known,
            F(RULE_DROPS_SYN) | F(RULE_DROPS_ANSWER) | F(RULE_REJECTS_ANSWER)))
        return POSITION_NO_ANSWER;
    if (yes(known, F(SOURCE_RULE_DROPS_ANSWER) | F(SOURCE_RULE_REJECTS_ANSWER)))
        return POSITION_ANSWER_IGNORED;
    if (yes(known, F(HANDED_ON)) && !yes(known, F(SYN_ACK_LEFT)))
        return POSITION_HANDED_ON;
    if (yes(known, F(RST_LEFT) | F(ICMP_LEFT)))
        return POSITION_REFUSED;
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
