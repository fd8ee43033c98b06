/* The table of causes, by algebra: every row can hold, no row makes itself
 * impossible, and knowledge decides alone. */
#include <string.h>

#include "controller/verdict/rows.h"
#include "tests/unit/test.h"

/* All that a row needs, and nothing that speaks for any other. */
static struct known just_enough(const struct row *row)
{
    struct known known = {.yes = row->needs | row->proof};

    known.no = ~known.yes;
    return known;
}

static void every_row_can_be_the_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < verdict_row_count; i++) {
        const struct row *row = &verdict_rows[i];
        struct known known = just_enough(row);
        struct ruling ruling;

        assert_true((row->needs & row->needs_no) == 0);
        assert_true((row->proof & row->needs_no) == 0);
        assert_ptr_equal(rows_explain(row->position, &known, &ruling), row);
    }
}

static void a_row_is_proven_only_with_its_proof(void **state)
{
    (void)state;
    for (size_t i = 0; i < verdict_row_count; i++) {
        const struct row *row = &verdict_rows[i];
        struct known known = just_enough(row);

        if (row->proof == 0) {
            assert_int_equal(row_judge(row, &known).confidence,
                             CONFIDENCE_LIKELY);
            continue;
        }
        assert_int_equal(row_judge(row, &known).confidence, CONFIDENCE_PROVEN);
        known.yes &= ~(row->proof & ~row->needs);
        known.no &= ~row->doubts; /* one that nobody looked into */
        if ((row->proof & ~row->needs) != 0 || row->doubts != 0)
            assert_int_equal(row_judge(row, &known).confidence,
                             CONFIDENCE_LIKELY);
    }
}

/* What is not observed never makes a row hold. */
static void nothing_known_explains_nothing(void **state)
{
    struct known known = {0};
    struct ruling ruling;

    (void)state;
    assert_int_equal(locate_position(&known), POSITION_UNKNOWN);
    for (int position = 0; position < POSITION_COUNT; position++)
        assert_null(rows_explain((enum position)position, &known, &ruling));
}

/* Learning a fact that a row does not ask about never changes its ruling, and
 * a refuted row stays refuted. */
static void knowledge_only_grows(void **state)
{
    (void)state;
    for (size_t i = 0; i < verdict_row_count; i++)
        for (unsigned fact = 0; fact < FACT_COUNT; fact++) {
            const struct row *row = &verdict_rows[i];
            fact_set asked = row->needs | row->needs_no;
            struct known known = {.no = row->needs & (~row->needs + 1)};
            struct known more = known;

            if ((asked & FACT_BIT(fact)) == 0 && row->needs != 0) {
                more.yes |= FACT_BIT(fact);
                assert_int_equal(row_judge(row, &known).standing,
                                 STANDING_REFUTED);
                assert_int_equal(row_judge(row, &more).standing,
                                 STANDING_REFUTED);
            }
        }
}

/* Rows of one position that could both be proven at once must concern packets
 * of which only one can exist in an attempt, or stand in the packet's order. */
static void proven_rows_stand_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < verdict_row_count; i++)
        for (size_t j = i + 1; j < verdict_row_count; j++) {
            const struct row *a = &verdict_rows[i];
            const struct row *b = &verdict_rows[j];
            struct known known = {.yes = a->needs | a->proof | b->needs |
                                         b->proof};
            struct ruling ruling;

            known.no = ~known.yes;
            if (a->position != b->position || a->proof == 0 || b->proof == 0 ||
                row_judge(a, &known).standing != STANDING_HOLDS ||
                row_judge(b, &known).standing != STANDING_HOLDS)
                continue;
            assert_ptr_not_equal(rows_explain(a->position, &known, &ruling), b);
        }
}

static void a_connected_cause_is_alone_in_its_position(void **state)
{
    (void)state;
    for (size_t i = 0; i < verdict_row_count; i++)
        assert_int_equal(verdict_rows[i].cause == CAUSE_CONNECTED,
                         verdict_rows[i].position == POSITION_CONNECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_can_be_the_cause),
        cmocka_unit_test(a_row_is_proven_only_with_its_proof),
        cmocka_unit_test(nothing_known_explains_nothing),
        cmocka_unit_test(knowledge_only_grows),
        cmocka_unit_test(proven_rows_stand_in_order),
        cmocka_unit_test(a_connected_cause_is_alone_in_its_position),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
