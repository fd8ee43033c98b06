/* Waits double, stay under the cap, and fill the whole range. */
#include "common/base/array.h"
#include "common/net/backoff.h"
#include "tests/unit/test.h"

static void limits_double_up_to_the_cap(void **state)
{
    const unsigned limits[] = {500,   1000,  2000,  4000,  8000,
                               16000, 32000, 60000, 60000, 60000};
    struct backoff longest = {0}, shortest = {0}, middle = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        assert_int_equal(backoff_next_ms(&longest, UINT32_MAX), limits[i]);
        assert_int_equal(backoff_next_ms(&shortest, 0), 0);
        assert_in_range(backoff_next_ms(&middle, 1u << 31), limits[i] / 2,
                        limits[i] / 2 + 1);
    }
}

static void never_overflows(void **state)
{
    struct backoff backoff = {0};

    (void)state;
    for (unsigned i = 0; i < 200000; i++)
        assert_true(backoff_next_ms(&backoff, UINT32_MAX) <= BACKOFF_CAP_MS);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next_ms(&backoff, UINT32_MAX), BACKOFF_BASE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_double_up_to_the_cap),
        cmocka_unit_test(never_overflows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
