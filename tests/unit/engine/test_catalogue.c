/* The table as people read it has every row of the table that decides. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/engine/causes/rows.h"
#include "controller/report/catalogue.h"
#include "controller/report/catalogue_text.h"
#include "tests/unit/test.h"

static size_t count_rows(void)
{
    struct row_cursor cursor = {0};
    struct row row;
    size_t count = 0;

    while (rows_next(&cursor, &row))
        count++;
    return count;
}

/* No text is empty, or has a word in braces left. */
static void check_texts(const json_t *json)
{
    const char *text = json_string_value(json);
    const json_t *member;
    const char *key;
    size_t i;

    if (text != NULL) {
        assert_true(text[0] != '\0');
        assert_null(strpbrk(text, "{}?"));
    }
    json_array_foreach(json, i, member) check_texts(member);
    json_object_foreach((json_t *)(uintptr_t)json, key, member)
        check_texts(member);
}

static void every_row_is_printed(void **state)
{
    size_t count = 0;

    (void)state;
    for (int i = 0; i < CAUSE_COUNT; i++) {
        json_t *cause = catalogue_cause((enum cause)i);
        size_t rows = json_array_size(json_object_get(cause, "rows"));

        check_texts(cause);
        if (json_object_get(cause, "found_by") != NULL)
            assert_int_equal(rows, 0);
        assert_int_equal(catalogue_is_found(cause),
                         rows > 0 || json_object_get(cause, "found_by"));
        count += rows;
        json_decref(cause);
    }
    assert_int_equal(count, count_rows());
}

static void every_cause_is_in_one_group(void **state)
{
    json_t *all = catalogue_all();
    const json_t *group;
    const json_t *cause;
    size_t i;
    size_t j;
    int next = 0;

    (void)state;
    json_array_foreach(json_object_get(all, "groups"), i, group)
        json_array_foreach(json_object_get(group, "causes"), j, cause)
            assert_string_equal(
                json_string_value(json_object_get(cause, "name")),
                causes[next++].name);
    assert_int_equal(next, CAUSE_COUNT);
    json_decref(all);
}

/* Only what the destination itself can tell proves a mirrored row. */
static void a_mirrored_row_is_shown_by_what_its_end_can_tell(void **state)
{
    json_t *cause = catalogue_cause(CAUSE_NO_ROUTE);
    const json_t *rows = json_object_get(cause, "rows");
    const json_t *row = json_array_get(rows, 0);
    const json_t *mirrored = json_array_get(rows, 1);

    (void)state;
    assert_null(json_object_get(row, "mirrored"));
    assert_non_null(json_object_get(row, "proof"));
    assert_true(json_is_true(json_object_get(mirrored, "mirrored")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(mirrored, "must"), 0)),
        "the destination has no route to the source");
    assert_null(json_object_get(mirrored, "proof"));
    assert_true(json_is_true(json_object_get(mirrored, "unproven")));
    json_decref(cause);
}

static void the_law_names_every_position(void **state)
{
    json_t *document = catalogue_positions();
    char *law = json_dumps(json_object_get(document, "law"), 0);

    (void)state;
    check_texts(document);
    for (int i = 0; i < POSITION_COUNT; i++)
        if (i != POSITION_DROPPED && strstr(law, positions[i].name) == NULL)
            fail_msg("no rule leads to %s", positions[i].name);
    free(law);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_printed),
        cmocka_unit_test(every_cause_is_in_one_group),
        cmocka_unit_test(a_mirrored_row_is_shown_by_what_its_end_can_tell),
        cmocka_unit_test(the_law_names_every_position),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
