#include <string.h>

#include "common/base/array.h"
#include "proto/text.h"
#include "tests/unit/test.h"

static void test_utf8_is_told_from_the_rest(void **state)
{
    static const char *const good[] = {"",
                                       "abc",
                                       "\xc3\xa9",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc0\xaf",         /* overlong */
        "\xe0\x80\x80",     /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond Unicode */
        "\xe2\x82",         /* cut */
        "\xff",
        "\x1b[0m",
        "\xc2\x9b[m", /* CSI as a C1 control */
        "\x7f",
        "a\rb",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_true(text_is_clean(good[i], false));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char copy[16];

        assert_false(text_is_clean(bad[i], true));
        strcpy(copy, bad[i]);
        text_clean(copy, true);
        assert_true(text_is_clean(copy, true));
        assert_int_equal(strlen(copy), strlen(bad[i]));
    }
}

static void test_lines_may_have_newlines(void **state)
{
    (void)state;
    assert_true(text_is_clean("a\n\tb", true));
    assert_false(text_is_clean("a\nb", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_is_told_from_the_rest),
        cmocka_unit_test(test_lines_may_have_newlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
