#include "controller/verdict/judge.h"

#include "controller/verdict/facts_parts.h"

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

/* Rule 3. */
static void consult_kernel(struct opinion *out)
{
    const struct evidence *event =
        out->known.because[F(ATTEMPT, KERNEL_DROPPED)];
    enum confidence confidence;
    struct row row;

    if (out->position == POSITION_CONNECTED ||
        out->position == POSITION_WRONG_HOLDER || event == NULL ||
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

void judge_attempt(const struct view *view, unsigned n, struct opinion *out)
{
    facts_derive(&out->known, view, n);
    out->position = locate_position(&out->known);
    out->confidence = CONFIDENCE_POSSIBLE;
    out->has_row = judge_explain(out->position, &out->known, NULL, &out->row,
                                 &out->confidence);
    consult_kernel(out);
    if (!out->has_row)
        return;
    out->cause = out->row.cause;
    out->decider = out->known.because[out->row.decider];
    out->place = judge_place(&out->row, out->decider);
}
