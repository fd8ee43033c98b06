/* The table of causes, by algebra: every row can hold, no row makes itself
 * impossible, and knowledge decides alone. */
#include <string.h>

#include "common/base/array.h"
#include "controller/verdict/explain.h"
#include "controller/verdict/rows.h"
#include "tests/unit/test.h"

static void answer_all(struct known *known, const fact_ref *facts,
                       enum answer answer)
{
    for (; *facts != NO_FACT; facts++)
        known->answers[*facts] = (uint8_t)answer;
}

/* All that a row needs, and nothing that speaks for any other. */
static struct known just_enough(const struct row *row)
{
    struct known known = {0};

    memset(known.answers, NO, sizeof(known.answers));
    answer_all(&known, row->needs, YES);
    answer_all(&known, row->proof, YES);
    return known;
}

static bool holds(const fact_ref *facts, unsigned fact)
{
    while (*facts != NO_FACT && *facts != fact)
        facts++;
    return *facts != NO_FACT;
}

static bool overlap(const fact_ref *a, const fact_ref *b)
{
    for (; *a != NO_FACT; a++)
        if (holds(b, *a))
            return true;
    return false;
}

static void every_row_can_be_the_cause(void **state)
{
    const struct row *row;

    (void)state;
    for (size_t i = 0; (row = row_at(i)) != NULL; i++) {
        struct known known = just_enough(row);
        struct ruling ruling;

        assert_false(overlap(row->needs, row->needs_no));
        assert_false(overlap(row->proof, row->needs_no));
        assert_ptr_equal(rows_explain(row->position, &known, &ruling), row);
    }
}

static void a_row_is_proven_only_with_its_proof(void **state)
{
    const struct row *row;

    (void)state;
    for (size_t i = 0; (row = row_at(i)) != NULL; i++) {
        struct known known = just_enough(row);

        if (row->proof[0] == NO_FACT) {
            assert_int_equal(row_judge(row, &known).confidence,
                             CONFIDENCE_LIKELY);
            continue;
        }
        assert_int_equal(row_judge(row, &known).confidence, CONFIDENCE_PROVEN);
        for (const fact_ref *doubt = row->doubts; *doubt != NO_FACT; doubt++) {
            known.answers[*doubt] = NOT_OBSERVED;
            assert_int_equal(row_judge(row, &known).confidence,
                             CONFIDENCE_LIKELY);
            known.answers[*doubt] = NO;
        }
        for (const fact_ref *fact = row->proof; *fact != NO_FACT; fact++) {
            known.answers[*fact] = NOT_OBSERVED;
            assert_int_equal(row_judge(row, &known).confidence,
                             CONFIDENCE_LIKELY);
            known.answers[*fact] = YES;
        }
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
    const struct row *row;

    (void)state;
    for (size_t i = 0; (row = row_at(i)) != NULL; i++)
        for (unsigned fact = NO_FACT + 1; fact < FACT_COUNT; fact++) {
            struct known known = {0};

            if (row->needs[0] == NO_FACT || fact == row->needs[0])
                continue;
            known.answers[row->needs[0]] = NO;
            assert_int_equal(row_judge(row, &known).standing, STANDING_REFUTED);
            known.answers[fact] = YES;
            assert_int_equal(row_judge(row, &known).standing, STANDING_REFUTED);
        }
}

/* Rows of one position that could both be proven at once must concern packets
 * of which only one can exist in an attempt, or stand in the packet's order. */
static void proven_rows_stand_in_order(void **state)
{
    const struct row *a;
    const struct row *b;

    (void)state;
    for (size_t i = 0; (a = row_at(i)) != NULL; i++)
        for (size_t j = i + 1; (b = row_at(j)) != NULL; j++) {
            struct known known = just_enough(a);
            struct ruling ruling;

            answer_all(&known, b->needs, YES);
            answer_all(&known, b->proof, YES);
            if (a->position != b->position || a->proof[0] == NO_FACT ||
                b->proof[0] == NO_FACT ||
                row_judge(a, &known).standing != STANDING_HOLDS ||
                row_judge(b, &known).standing != STANDING_HOLDS)
                continue;
            assert_ptr_not_equal(rows_explain(a->position, &known, &ruling), b);
        }
}

static void a_connected_cause_is_alone_in_its_position(void **state)
{
    const struct row *row;

    (void)state;
    for (size_t i = 0; (row = row_at(i)) != NULL; i++)
        assert_int_equal(row->cause == CAUSE_CONNECTED,
                         row->position == POSITION_CONNECTED);
}

static void no_fix_cuts_a_host_off(void **state)
{
    static const struct
    {
        const char *address;
        int64_t prefix;
        int64_t table; /* 0: not told */
        const char *type;
        bool may_go;
    } cases[] = {
        {"0.0.0.0", 0, 0, "unicast", false},
        {"0.0.0.0", 0, 70, "unicast", false},
        {"::", 0, 0, "unicast", false},
        {"198.51.100.10", 0, 0, "unicast", false}, /* 0/0, whatever it says */
        {"198.51.100.10", -1, 0, "unicast", false},
        {NULL, 24, 0, "unicast", false},
        {"198.51.100.10", 32, 255, "unicast", false},
        {"198.51.100.10", 32, 255 + (1ll << 32), "unicast", false},
        {"198.51.100.10", 32, -1, "unicast", false},
        {"198.51.100.10", 32, 0, "local", false},
        {"198.51.100.10", 32, 0, "unicast", true},
        {"198.51.100.0", 24, 25, "blackhole", true},
        {"2001:db8::1", 128, 254, "unreachable", true},
        {"::", 0, 100, "blackhole", true}, /* nobody is reached by it */
        {"::", 0, 255, "blackhole", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct evidence route;
        struct address address;

        evidence_init(&route, EVIDENCE_ROUTE, 1);
        if (cases[i].address != NULL) {
            assert_int_equal(address_parse(cases[i].address, &address), 0);
            evidence_set_address(&route, KEY_ADDRESS, &address);
        }
        evidence_set_number(&route, KEY_PREFIX, cases[i].prefix);
        if (cases[i].table != 0)
            evidence_set_number(&route, KEY_TABLE_ID, cases[i].table);
        evidence_set_text(&route, KEY_ROUTE_TYPE, cases[i].type);
        assert_int_equal(explain_may_go(&route), cases[i].may_go);
    }
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
        cmocka_unit_test(no_fix_cuts_a_host_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
