#include "controller/engine/judge.h"

#include "common/base/array.h"
#include "controller/engine/facts/derive.h"

static bool competes(const struct row *row, enum position position,
                     const struct evidence *event)
{
    return row->position == position &&
           (position != POSITION_DROPPED ||
            (event != NULL && row_is_about(row, event)));
}

bool judge_explain(enum position position, const struct known *known,
                   const struct evidence *event, struct row *out,
                   enum confidence *confidence)
{
    struct row_cursor cursor = {0};
    struct row row;
    bool found = false;

    while (rows_next(&cursor, &row)) {
        bool proven = row_is_proven(&row, known);

        if (!competes(&row, position, event) ||
            row_standing(&row, known) != STANDING_HOLDS || (found && !proven))
            continue;
        *out = row;
        *confidence = proven ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY;
        found = true;
        if (proven)
            break;
    }
    return found;
}

static bool is_kernel_asked(enum position position)
{
    return position != POSITION_CONNECTED && position != POSITION_WRONG_HOLDER;
}

/* Does the name's address come before whatever the source did with it? */
static bool is_stopped_by_name(const struct opinion *out)
{
    return out->has_row && out->row.cause == CAUSE_NAME_RESOLVES_ELSEWHERE &&
           fact_is(&out->known, F(SOURCE, STOPPED_BY_ADDRESS), YES);
}

/* Rule 3. */
static void consult_kernel(struct opinion *out)
{
    const struct evidence *event =
        out->known.because[F(ATTEMPT, KERNEL_DROPPED)];
    enum confidence confidence;
    struct row row;

    if (!is_kernel_asked(out->position) || event == NULL ||
        is_stopped_by_name(out) ||
        (out->has_row && out->confidence == CONFIDENCE_PROVEN &&
         !out->row.silent) ||
        !judge_explain(POSITION_DROPPED, &out->known, event, &row, &confidence))
        return;
    out->has_row = true;
    out->row = row;
    out->confidence = confidence;
}

struct place judge_place(const struct row *row, const struct evidence *decider)
{
    struct place place = {row->role, row->stage, row->packet};

    if (decider == NULL || row->role == ROLE_PATH)
        return place;
    if (row->stage == STAGE_SOCKET && decider->kind != EVIDENCE_DROP)
        return place; /* where no rule is */
    if (evidence_has(decider, KEY_CHAIN)) {
        place.role = (enum role)decider->role;
        if (evidence_has(decider, KEY_STAGE))
            place.stage = (enum stage)evidence_word(decider, KEY_STAGE);
    } else if (decider->kind == EVIDENCE_DROP) {
        place.role = (enum role)decider->role;
        place.packet = (enum packet)evidence_word(decider, KEY_PACKET);
        if (row->stage == STAGE_TOLD)
            place.stage = (enum stage)evidence_word(decider, KEY_STAGE);
    }
    return place;
}

static void add_missing(struct opinion *out, enum cause cause, fact_ref fact)
{
    if (out->missing_count < OPINION_MAX_MISSING)
        out->missing[out->missing_count++] = (struct missing){cause, fact};
}

/* The first of them that nobody observed. */
static void miss(struct opinion *out, const struct row *row,
                 const fact_ref *facts)
{
    for (; *facts != NO_FACT; facts++)
        if (fact_is(&out->known, *facts, NOT_OBSERVED)) {
            add_missing(out, row->cause, *facts);
            return;
        }
}

/* Is the chosen row's decider the kernel's word that it dropped the packet
 * itself?  Then the packet came to no later place. */
static bool is_told(const struct opinion *chosen)
{
    const struct evidence *decider = chosen->known.because[chosen->row.decider];

    return decider != NULL && decider->kind == EVIDENCE_DROP &&
           !fact_is(&chosen->known, F(ATTEMPT, MAYBE_COPY), YES);
}

/* Might this row have been chosen, if what it asks for had been observed?  The
 * rows that stand before the chosen one might, those behind it that may yet be
 * proven, and those about the kernel's word; against that only what competes
 * with it there. */
static bool might_come_first(const struct opinion *chosen,
                             const struct row *row)
{
    bool before = row->number < chosen->row.number;

    if (row->cause == chosen->row.cause ||
        row_standing(row, &chosen->known) != STANDING_OPEN)
        return false;
    if (row->position == POSITION_DROPPED)
        return before || chosen->row.position != POSITION_DROPPED;
    return (before && chosen->row.position != POSITION_DROPPED) ||
           (!is_told(chosen) && row_may_be_proven(row, &chosen->known));
}

/* Rule 5, for the rows that competed. */
static void find_open_rows(struct opinion *out)
{
    const struct evidence *event =
        is_kernel_asked(out->position)
            ? out->known.because[F(ATTEMPT, KERNEL_DROPPED)]
            : NULL;
    struct row_cursor cursor = {0};
    struct row row;

    while (rows_next(&cursor, &row)) {
        if ((!competes(&row, out->position, NULL) &&
             !competes(&row, POSITION_DROPPED, event)) ||
            !might_come_first(out, &row))
            continue;
        miss(out, &row, row.needs);
        miss(out, &row, row.needs_no);
    }
}

/* What others may have caused as well does not make it likely. */
static void find_assumptions(struct opinion *out)
{
    for (const fact_ref *fact = out->row.assumes; *fact != NO_FACT; fact++)
        if (!fact_is(&out->known, *fact, YES))
            add_missing(out, out->row.cause, *fact);
}

/* Where the packet died, if it did so on a host that tells of its drops.  Of
 * what connected the kernel's word says nothing (rule 3). */
static fact_ref watch_of(enum position position)
{
    enum role role = positions[position].role;

    return role == ROLE_PATH || !is_kernel_asked(position)
               ? NO_FACT
               : fact_at(role, FACT_KERNEL_WATCHED);
}

/* Where a rule or a route for that address stops it on the source, the name may
 * be right all the same (a virtual address, or one that is translated): what
 * stands behind the name in the table would be the cause then.  Of an address
 * that is the source's own, or that nobody answers for, there is no doubt. */
static void doubt_name(struct opinion *out)
{
    struct row_cursor cursor = {0};
    struct row row;

    if (!is_stopped_by_name(out) ||
        !fact_is(&out->known, F(SOURCE, NAME_LEADS_THERE), NOT_OBSERVED) ||
        facts_ends_at_address(&out->known))
        return;
    while (rows_next(&cursor, &row))
        if (competes(&row, out->position, NULL) &&
            row.cause != out->row.cause &&
            row_standing(&row, &out->known) == STANDING_HOLDS) {
            add_missing(out, row.cause, F(SOURCE, NAME_LEADS_THERE));
            return;
        }
}

/* Rule 5.  A row about the kernel's word is open where nobody listened to it. */
void judge_doubt(struct opinion *out)
{
    fact_ref watched = watch_of(out->position);

    out->missing_count = 0;
    if (!out->has_row || out->confidence != CONFIDENCE_LIKELY)
        return;
    doubt_name(out);
    find_assumptions(out);
    find_open_rows(out);
    if (watched != NO_FACT && !fact_is(&out->known, watched, YES) &&
        out->row.position != POSITION_DROPPED)
        add_missing(out, CAUSE_UNDETERMINED, watched);
    if (out->missing_count > 0)
        out->confidence = CONFIDENCE_POSSIBLE;
}

void judge_by_knowledge(struct opinion *out)
{
    out->position = locate_position(&out->known);
    out->confidence = CONFIDENCE_POSSIBLE;
    out->has_row = judge_explain(out->position, &out->known, NULL, &out->row,
                                 &out->confidence);
    consult_kernel(out);

    judge_doubt(out);
    if (!out->has_row)
        return;
    out->cause = out->row.cause;
    out->decider = out->known.because[out->row.decider];
    out->place = judge_place(&out->row, out->decider);
}

void judge_attempt(const struct view *view, unsigned n, struct opinion *out)
{
    facts_derive(&out->known, view, n);
    judge_by_knowledge(out);
}

bool judge_lost_ack(const struct opinion *opinion)
{
    return opinion->has_row && opinion->row.silent &&
           opinion->row.position == POSITION_ACK_LOST;
}
