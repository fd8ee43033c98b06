/* What may be shown, and how the rest is. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/utf8.h"
#include "tests/unit/test.h"

static void shows_what_would_act_on_a_terminal(void **state)
{
    static const struct
    {
        const char *text, *shown;
    } cases[] = {
        {"", ""},
        {"plain ~ \\ \"'", "plain ~ \\ \"'"},
        {"m\303\274ll \342\202\254 \360\237\230\200",
         "m\303\274ll \342\202\254 \360\237\230\200"},
        {"\001\033[2J\177", "\\x01\\x1b[2J\\x7f"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\302\205\302\233m", "\\u{85}\\u{9b}m"},           /* C1 */
        {"\342\200\252\342\200\256", "\\u{202a}\\u{202e}"}, /* turn */
        {"\342\201\246\342\201\251", "\\u{2066}\\u{2069}"}, /* isolate */
        {"\342\200\216\342\200\217", "\\u{200e}\\u{200f}"}, /* marks */
        {"\330\234", "\\u{61c}"},                           /* another */
        {"\342\200\250\342\200\251", "\\u{2028}\\u{2029}"}, /* line ends */
        {"\342\200\213\357\273\277", "\\u{200b}\\u{feff}"}, /* no width */
        {"\363\240\201\201", "\\u{e0041}"},                 /* a tag */
        {"a\xff\x80z", "a\\xff\\x80z"},
        {"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* no Unicode */
        {"cut \xe2\x82", "cut \\xe2\\x82"},
    };
    char shown[64];
    char again[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        utf8_clean(cases[i].text, shown, sizeof(shown));
        assert_string_equal(shown, cases[i].shown);
        utf8_clean(shown, again, sizeof(again));
        assert_string_equal(again, shown);
    }
}

static void is_cut_behind_a_whole_character(void **state)
{
    char shown[8];

    (void)state;
    utf8_clean("1234567", shown, sizeof(shown));
    assert_string_equal(shown, "1234567");
    utf8_clean("12345678", shown, sizeof(shown));
    assert_string_equal(shown, "1234567");
    utf8_clean("12345\342\202\254", shown, sizeof(shown));
    assert_string_equal(shown, "12345");
    utf8_clean("1234\033x", shown, sizeof(shown));
    assert_string_equal(shown, "1234");
    utf8_clean("1", shown, 1);
    assert_string_equal(shown, "");
}

static void tells_the_columns_it_takes(void **state)
{
    char shown[UTF8_SHOWN_SIZE];
    size_t columns;

    (void)state;
    assert_int_equal(utf8_show("\303\274", true, shown, &columns), 2);
    assert_int_equal(columns, 1);
    assert_int_equal(utf8_show("\303\274", false, shown, &columns), 2);
    assert_string_equal(shown, "\\u{fc}");
    assert_int_equal(columns, 6);
    assert_int_equal(utf8_show("\033", true, shown, &columns), 1);
    assert_int_equal(columns, 4);
    assert_int_equal(utf8_show("\\x", true, shown, &columns), 1);
    assert_int_equal(columns, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_would_act_on_a_terminal),
        cmocka_unit_test(is_cut_behind_a_whole_character),
        cmocka_unit_test(tells_the_columns_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
