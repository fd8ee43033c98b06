#include "controller/report/catalogue.h"

#include <stdio.h>

#include "common/base/array.h"
#include "controller/engine/causes/rows.h"
#include "controller/report/values.h"

#define SCHEMA "probectl.causes/1"

/* What the program finds by no row. */
static const struct
{
    enum cause cause;
    const char *how;
} found_by_code[] = {
    {CAUSE_UNDETERMINED, "no row holds at the position that was reached"},
    {CAUSE_INTERMITTENT_LOSS,
     "several attempts, summed up: some connect and others fail, by no one "
     "cause of their own or by a rule with a limit"},
};

/* What that answer to each of the list means. */
static void put_facts(json_t *object, const char *key, const fact_ref *facts,
                      enum answer answer)
{
    char text[FACT_TEXT_SIZE];
    json_t *array;

    if (*facts == NO_FACT)
        return;
    array = json_array();
    for (; *facts != NO_FACT; facts++) {
        fact_print(*facts, answer, text);
        json_array_append_new(array, values_text(text));
    }
    json_object_set_new(object, key, array);
}

static void put_reasons(json_t *object, const struct row *row)
{
    json_t *array;

    if (row->reasons[0] == NULL)
        return;
    array = json_array();
    for (size_t i = 0; i < ROW_MAX_REASONS && row->reasons[i] != NULL; i++)
        json_array_append_new(array, values_text(row->reasons[i]));
    json_object_set_new(object, "reasons", array);
}

static void put_place(json_t *object, const struct row *row)
{
    if (row->role != ROLE_TOLD)
        values_put_text(object, "role", word_name(&role_words, (int)row->role));
    if (row->stage != STAGE_TOLD)
        values_put_text(object, "stage",
                        word_name(&stage_words, (int)row->stage));
    if (row->packet != PACKET_TOLD)
        values_put_text(object, "packet",
                        word_name(&packet_words, (int)row->packet));
}

static void put_mark(json_t *object, const char *key, bool is_set)
{
    if (is_set)
        json_object_set_new(object, key, json_true());
}

static json_t *write_position(enum position position)
{
    json_t *object = json_object();

    values_put_text(object, "name", positions[position].name);
    values_put_text(object, "meaning", positions[position].meaning);
    return object;
}

static bool can_be_asked(fact_ref asked)
{
    enum fact_ends ends = fact_infos[asked / END_COUNT].ends;

    return asked % END_COUNT == END_SOURCE ? ends != ENDS_DESTINATION
                                           : ends != ENDS_SOURCE;
}

/* A mirrored row may ask for a proof that the other end cannot give. */
static bool has_way_to_proof(const struct row *row)
{
    for (const fact_ref *fact = row->proof; *fact != NO_FACT; fact++)
        if (!can_be_asked(*fact))
            return false;
    for (const fact_ref *fact = row->doubts; *fact != NO_FACT; fact++)
        if (!can_be_asked(*fact))
            return false;
    return row->proof[0] != NO_FACT;
}

static json_t *write_row(const struct row *row, bool mirrored)
{
    bool may_be_proven = has_way_to_proof(row);
    json_t *object = json_object();

    json_object_set_new(object, "position", write_position(row->position));
    put_mark(object, "mirrored", mirrored);
    put_place(object, row);
    put_reasons(object, row);
    put_facts(object, "must", row->needs, YES);
    put_facts(object, "must_not", row->needs_no, YES);
    if (may_be_proven) {
        put_facts(object, "proof", row->proof, YES);
        put_facts(object, "doubts", row->doubts, YES);
    }
    put_facts(object, "assumes", row->assumes, YES);
    put_facts(object, "standing", row->standing, YES);
    put_facts(object, "standing_not", row->standing_no, YES);
    put_mark(object, "unproven", !may_be_proven);
    put_mark(object, "silent", row->silent);
    put_mark(object, "by_itself", row->by_itself);
    put_mark(object, "suspect", row->suspect == row->position);
    return object;
}

static json_t *write_rows(enum cause cause)
{
    struct row_cursor cursor = {0};
    bool mirrored = false;
    json_t *array = json_array();
    struct row row;

    while (rows_next(&cursor, &row)) {
        if (row.cause == cause)
            json_array_append_new(array, write_row(&row, mirrored));
        mirrored = cursor.mirrored; /* the next one is this one's mirror */
    }
    return array;
}

json_t *catalogue_cause(enum cause cause)
{
    const struct cause_info *info = &causes[cause];
    json_t *object = json_object();

    values_put_text(object, "name", info->name);
    values_put_text(object, "meaning", info->meaning);
    for (size_t i = 0; i < ARRAY_SIZE(found_by_code); i++)
        if (found_by_code[i].cause == cause)
            values_put_text(object, "found_by", found_by_code[i].how);
    json_object_set_new(object, "commands", json_boolean(info->fix != no_fix));
    values_put_text(object, "advice", info->advice);
    json_object_set_new(object, "rows", write_rows(cause));
    return object;
}

static json_t *write_group(size_t group)
{
    int end = group + 1 < CAUSE_GROUP_COUNT ? (int)cause_groups[group + 1].first
                                            : CAUSE_COUNT;
    json_t *object = json_object();
    json_t *array = json_array();

    values_put_text(object, "title", cause_groups[group].title);
    for (int i = (int)cause_groups[group].first; i < end; i++)
        json_array_append_new(array, catalogue_cause((enum cause)i));
    json_object_set_new(object, "causes", array);
    return object;
}

static json_t *new_document(void)
{
    json_t *object = json_object();

    values_put_text(object, "schema", SCHEMA);
    return object;
}

json_t *catalogue_all(void)
{
    json_t *object = new_document();
    json_t *array = json_array();

    for (size_t i = 0; i < CAUSE_GROUP_COUNT; i++)
        json_array_append_new(array, write_group(i));
    json_object_set_new(object, "groups", array);
    return object;
}

static json_t *write_rule(const struct position_rule *rule)
{
    json_t *object = json_object();

    values_put_text(object, "number", rule->number);
    values_put_text(object, "text", rule->text);
    return object;
}

json_t *catalogue_positions(void)
{
    json_t *object = new_document();
    json_t *array = json_array();
    json_t *law = json_array();

    for (int i = 0; i < POSITION_COUNT; i++)
        json_array_append_new(array, write_position((enum position)i));
    for (size_t i = 0; i < POSITION_RULE_COUNT; i++)
        json_array_append_new(law, write_rule(&position_law[i]));
    json_object_set_new(object, "positions", array);
    json_object_set_new(object, "law", law);
    return object;
}
