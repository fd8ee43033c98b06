/* Which profile is taken, and what is said when it is not whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/base/fs.h"
#include "controller/ctl/profile.h"
#include "tests/unit/test.h"

static char root[] = "/tmp/probectl-profile-XXXXXX";

static void put(const char *dir, const char *name, const char *text)
{
    char path[256];

    assert_int_equal(fs_join(path, sizeof(path), dir, name, NULL), 0);
    assert_int_equal(fs_write(path, text, strlen(text), 0600, NULL), 0);
}

static int set_up(void **state)
{
    char path[256];

    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(fs_join(path, sizeof(path), root, ".config", NULL), 0);
    assert_int_equal(fs_make_dir(path, 0700, NULL), 0);
    unsetenv("PROBECTL_PROFILE");
    setenv("HOME", root, 1);
    put(root, "authority.crt", "authority");
    put(root, "operator.crt", "certificate");
    put(root, "operator.key", "key");
    put(root, "controller", "[2001:db8::5]:7443\n");
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "authority.crt",
        "operator.crt",
        "operator.key",
        "controller",
        ".config/probectl",
        ".config",
        "",
    };
    char path[256];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", root, names[i]);
        remove(path);
    }
    return 0;
}

static void test_order_of_places(void **state)
{
    char dir[PROFILE_PATH_SIZE], home[256];

    (void)state;
    snprintf(home, sizeof(home), "%s/.config/probectl", root);
    assert_int_equal(fs_make_dir(home, 0700, NULL), 0);
    assert_int_equal(profile_find(NULL, dir, NULL), 0);
    assert_string_equal(dir, home);
    setenv("PROBECTL_PROFILE", "/variable", 1);
    assert_int_equal(profile_find(NULL, dir, NULL), 0);
    assert_string_equal(dir, "/variable");
    assert_int_equal(profile_find("/option", dir, NULL), 0);
    assert_string_equal(dir, "/option");
    setenv("PROBECTL_PROFILE", "", 1);
    assert_int_equal(profile_find(NULL, dir, NULL), 0);
    assert_string_equal(dir, home);
    remove(home);
    if (access(PROFILE_DEFAULT, F_OK) != 0)
        assert_int_equal(profile_find(NULL, dir, NULL), -ENOENT);
}

static void test_load(void **state)
{
    struct profile profile;

    (void)state;
    assert_int_equal(profile_load(&profile, root, NULL, NULL), 0);
    assert_string_equal(profile.authority, "authority");
    assert_string_equal(profile.certificate, "certificate");
    assert_string_equal(profile.key, "key");
    assert_string_equal(profile.controller.host, "2001:db8::5");
    assert_int_equal(profile.controller.port, 7443);
    profile_fini(&profile);
    assert_int_equal(profile_load(&profile, root, "ctl.example:1", NULL), 0);
    assert_string_equal(profile.controller.host, "ctl.example");
    assert_int_equal(profile.controller.port, 1);
    profile_fini(&profile);
}

static void test_what_is_missing_is_named(void **state)
{
    struct profile profile = {.key = NULL};
    struct err err = {0};
    char path[256];

    (void)state;
    assert_int_equal(profile_load(&profile, root, "nowhere", &err), -EINVAL);
    assert_non_null(strstr(err.text, "--controller"));
    put(root, "controller", "nowhere\n");
    assert_int_equal(profile_load(&profile, root, NULL, &err), -EINVAL);
    assert_non_null(strstr(err.text, "'nowhere'"));
    put(root, "controller", "[::1]:7443\n");
    snprintf(path, sizeof(path), "%s/operator.key", root);
    remove(path);
    assert_int_equal(profile_load(&profile, root, NULL, &err), -ENOENT);
    assert_non_null(strstr(err.text, "operator.key"));
    assert_null(profile.key); /* untouched */
    assert_int_equal(profile_load(&profile, "/nonexistent", NULL, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_places),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_what_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
