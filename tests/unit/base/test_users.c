#include <unistd.h>

#include "common/base/array.h"
#include "common/base/users.h"
#include "tests/unit/test.h"

static void users_are_found_by_name_and_number(void **state)
{
    struct user user;

    (void)state;
    assert_true(users_find("root", &user));
    assert_int_equal(user.uid, 0);
    assert_true(users_find("daemon", &user));
    assert_int_equal(user.uid, 1);
    assert_true(users_find("1", &user));
    assert_int_equal(user.gid, 1);
    /* In no file, as most users of containers. */
    assert_true(users_find("3999999999", &user));
    assert_int_equal(user.gid, 3999999999u);
    assert_int_equal(user.group_count, 0);
}

static void others_are_not(void **state)
{
    static const char *const names[] = {
        "",           "no-such-user-here",
        "4294967295", "99999999999999999999",
        "1x",         "-1",
        "root:x",     "root\n",
    };
    struct user user = {.uid = 7};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        assert_false(users_find(names[i], &user));
    assert_int_equal(user.uid, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_are_found_by_name_and_number),
        cmocka_unit_test(others_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
