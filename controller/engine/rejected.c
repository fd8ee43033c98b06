#include "controller/engine/rejected.h"

#include "common/base/text.h"

/* The first of the facts that has this answer, or NO_FACT. */
static fact_ref find_answer(const struct known *known, const fact_ref *facts,
                            enum answer answer)
{
    while (*facts != NO_FACT && !fact_is(known, *facts, answer))
        facts++;
    return *facts;
}

static bool is_rejected(const struct judgement *judgement, enum cause cause)
{
    for (size_t i = 0; i < judgement->rejected_count; i++)
        if (judgement->rejected[i].cause == cause)
            return true;
    return false;
}

static void reject_one(const struct row *row, const struct known *known,
                       struct judgement *out)
{
    fact_ref fact = find_answer(known, row->needs, NO);
    enum answer answer = NO;
    struct rejection *rejection;

    if (fact == NO_FACT) {
        fact = find_answer(known, row->needs_no, YES);
        answer = YES;
    }
    if (fact == NO_FACT || out->rejected_count == JUDGEMENT_MAX_REJECTED ||
        is_rejected(out, row->cause))
        return;
    rejection = &out->rejected[out->rejected_count++];
    rejection->cause = row->cause;
    rejection->evidence =
        known->because[fact] == NULL ? 0 : known->because[fact]->id;
    fact_print(fact, answer, rejection->because);
}

static bool is_obstacle(const struct judgement *judgement, enum cause cause)
{
    for (size_t i = 0; i < judgement->obstacle_count; i++)
        if (judgement->obstacles[i].cause == cause)
            return true;
    return false;
}

/* What became of another packet refutes nothing of this one (of an undetermined
 * verdict nobody knows which it is).  What happens at the destination tells
 * nothing of a SYN that never came, and a rule that rejects is a rule that drops,
 * by another name. */
static bool is_suspect(const struct row *row, const struct known *known,
                       const struct finding *verdict)
{
    if (row->role == ROLE_DESTINATION &&
        !fact_is(known, F(DESTINATION, ARRIVED), YES))
        return false;
    if (row->packet != verdict->packet && verdict->cause != CAUSE_UNDETERMINED)
        return false;
    return row->cause != verdict->cause &&
           !(row->cause == CAUSE_FIREWALL_DROP &&
             verdict->cause == CAUSE_FIREWALL_REJECT);
}

void rejected_fill(const struct known *known, struct judgement *out)
{
    struct row_cursor cursor = {0};
    struct row row;

    while (rows_next(&cursor, &row))
        if (row.suspect != POSITION_UNKNOWN && row.suspect == row.position &&
            is_suspect(&row, known, &out->verdict) &&
            !is_obstacle(out, row.cause))
            reject_one(&row, known, out);
}
