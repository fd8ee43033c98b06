/* The table of causes, put together; see rows.h for how it is read. */
#include <string.h>

#include "controller/engine/causes/row_groups.h"

static const struct row_group *const groups[] = {
    &rows_open,    &rows_arrive,  &rows_leave,   &rows_path,
    &rows_answers, &rows_connect, &rows_dropped,
};

static enum packet other_way(enum packet packet)
{
    return packet == PACKET_SYN       ? PACKET_SYN_ACK
           : packet == PACKET_SYN_ACK ? PACKET_SYN
                                      : packet;
}

static void mirror_list(fact_ref *facts)
{
    for (; *facts != NO_FACT; facts++)
        *facts = fact_mirrored(*facts);
}

static void mirror(struct row *row)
{
    row->position = row->mirror;
    row->role = view_peer(row->role);
    row->packet = other_way(row->packet);
    row->decider = fact_mirrored(row->decider);
    mirror_list(row->needs);
    mirror_list(row->needs_no);
    mirror_list(row->proof);
    mirror_list(row->doubts);
    mirror_list(row->assumes);
    mirror_list(row->standing);
    mirror_list(row->standing_no);
}

bool rows_next(struct row_cursor *cursor, struct row *out)
{
    while (cursor->group < ARRAY_SIZE(groups) &&
           cursor->index == groups[cursor->group]->count) {
        cursor->group++;
        cursor->index = 0;
    }
    if (cursor->group == ARRAY_SIZE(groups))
        return false;
    *out = groups[cursor->group]->rows[cursor->index];
    if (cursor->mirrored)
        mirror(out);
    out->number = cursor->number++;
    cursor->mirrored = !cursor->mirrored && out->mirror != POSITION_UNKNOWN;
    cursor->index += !cursor->mirrored;
    return true;
}

enum standing row_standing(const struct row *row, const struct known *known)
{
    if (facts_any(known, row->needs, NO) ||
        facts_any(known, row->needs_no, YES))
        return STANDING_REFUTED;
    return facts_all(known, row->needs, YES) &&
                   facts_all(known, row->needs_no, NO)
               ? STANDING_HOLDS
               : STANDING_OPEN;
}

bool row_has_proof(const struct row *row, const struct known *known)
{
    return row->proof[0] != NO_FACT && facts_all_proven(known, row->proof);
}

static bool is_of_syn(const struct row *row, const struct known *known)
{
    const struct evidence *event = known->because[F(ATTEMPT, KERNEL_DROPPED)];

    if (row->position != POSITION_DROPPED)
        return row->packet == PACKET_SYN && row->role != ROLE_DESTINATION;
    return event != NULL && event->role == ROLE_SOURCE &&
           evidence_word(event, KEY_PACKET) == PACKET_SYN;
}

/* Is it about a packet that went, or was to go, where only a name leads? */
static bool is_led_by_name(const struct row *row, const struct known *known)
{
    return is_of_syn(row, known) &&
           !fact_is(known, F(SOURCE, NAME_LEADS_THERE), YES);
}

bool row_is_proven(const struct row *row, const struct known *known)
{
    return row_has_proof(row, known) && facts_all(known, row->doubts, NO) &&
           (fact_is(known, F(SOURCE, NAME_ELSEWHERE), NO) ||
            !is_led_by_name(row, known));
}

bool row_may_be_proven(const struct row *row, const struct known *known)
{
    return row->proof[0] != NO_FACT && !facts_any(known, row->proof, NO) &&
           !facts_any(known, row->doubts, YES) &&
           !(fact_is(known, F(SOURCE, NAME_ELSEWHERE), YES) &&
             is_led_by_name(row, known));
}

bool row_stands(const struct row *row, const struct known *known)
{
    return (row->standing[0] != NO_FACT || row->standing_no[0] != NO_FACT) &&
           facts_all(known, row->standing, YES) &&
           facts_all(known, row->standing_no, NO);
}

static bool names(const char *reason, const char *why, const char *function)
{
    size_t size = strlen(why);

    return strncmp(reason, why, size) == 0 &&
           (reason[size] == '\0' ||
            (reason[size] == ' ' && strcmp(reason + size + 1, function) == 0));
}

bool row_is_about(const struct row *row, const struct evidence *event)
{
    const char *why = evidence_text(event, KEY_REASON, "");
    const char *function = evidence_text(event, KEY_FUNCTION, "");

    if (row->role != ROLE_TOLD && row->role != (enum role)event->role)
        return false;
    for (size_t i = 0; i < ROW_MAX_REASONS && row->reasons[i] != NULL; i++)
        if (names(row->reasons[i], why, function))
            return true;
    return false;
}
