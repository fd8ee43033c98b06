#include "controller/verdict/rejected.h"

#include "common/base/array.h"
#include "common/base/text.h"

/* The causes that a person would suspect first, each with the position whose
 * row tells best what speaks against it. */
static const struct
{
    enum cause cause;
    enum position position;
} suspects[] = {
    {CAUSE_NOT_LISTENING, POSITION_REFUSED},
    {CAUSE_LISTENING_ON_LOOPBACK, POSITION_REFUSED},
    {CAUSE_FIREWALL_DROP, POSITION_NO_ANSWER},
    {CAUSE_ACCEPT_QUEUE_FULL, POSITION_NO_ANSWER},
    {CAUSE_NO_ROUTE, POSITION_NO_ANSWER},
    {CAUSE_RP_FILTER, POSITION_NO_ANSWER},
    {CAUSE_LOST_ON_PATH, POSITION_LOST_FORWARD},
};

static const struct row *find_row(enum cause cause, enum position position)
{
    const struct row *row;

    for (size_t i = 0; (row = row_at(i)) != NULL; i++)
        if (row->cause == cause && row->position == position)
            break;
    return row;
}

/* The first of the facts that has this answer, or NO_FACT. */
static fact_ref find_answer(const struct known *known, const fact_ref *facts,
                            enum answer answer)
{
    while (*facts != NO_FACT && !fact_is(known, *facts, answer))
        facts++;
    return *facts;
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
    if (fact == NO_FACT || out->rejected_count == JUDGEMENT_MAX_REJECTED)
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

/* What happens at the destination tells nothing of a SYN that never came, and a
 * rule that rejects is a rule that drops, by another name. */
static bool is_suspect(const struct row *row, const struct known *known,
                       const struct finding *verdict)
{
    if (row->role == ROLE_DESTINATION &&
        !fact_is(known, F(DESTINATION, ARRIVED), YES))
        return false;
    return row->cause != verdict->cause &&
           !(row->cause == CAUSE_FIREWALL_DROP &&
             verdict->cause == CAUSE_FIREWALL_REJECT);
}

void rejected_fill(const struct known *known, struct judgement *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(suspects); i++) {
        const struct row *row =
            find_row(suspects[i].cause, suspects[i].position);

        if (row != NULL && is_suspect(row, known, &out->verdict) &&
            !is_obstacle(out, row->cause))
            reject_one(row, known, out);
    }
}
