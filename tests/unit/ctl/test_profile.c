/* Which profile is taken, and what is said when it is not whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/pki/pki.h"
#include "controller/ctl/profile.h"
#include "tests/unit/test.h"

static char root[] = "/tmp/probectl-profile-XXXXXX";

static void put(const char *dir, const char *name, const char *text)
{
    char path[256];

    assert_int_equal(fs_join(path, sizeof(path), dir, name, NULL), 0);
    assert_int_equal(fs_write(path, text, strlen(text), 0600, NULL), 0);
}

/* An operator.crt that was valid from then on, for 30 days. */
static void put_certificate(enum peer_role role, const char *name,
                            int64_t from_s)
{
    char *key, *authority, *request, *certificate;

    assert_int_equal(pki_make_key(&key, NULL), 0);
    assert_int_equal(pki_make_authority(key, from_s, 60, &authority, NULL), 0);
    assert_int_equal(pki_make_request(key, name, &request, NULL), 0);
    assert_int_equal(pki_sign_request(authority, key, request, role, name, NULL,
                                      from_s, 30, &certificate, NULL),
                     0);
    put(root, "operator.crt", certificate);
    free(key);
    free(authority);
    free(request);
    free(certificate);
}

static int64_t now_s(void)
{
    return clock_real_ns() / NS_PER_S;
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
    put_certificate(PEER_OPERATOR, "admin", now_s() - 60);
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
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
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
    assert_non_null(strstr(profile.certificate, "BEGIN CERTIFICATE"));
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

/* Before anything is dialled: the controller would take it for an agent. */
static void test_certificate_must_be_an_operators(void **state)
{
    struct profile profile = {.key = NULL};
    struct err err = {0};

    (void)state;
    put_certificate(PEER_AGENT, "web1", now_s() - 60);
    assert_int_equal(profile_load(&profile, root, NULL, &err), -EACCES);
    assert_non_null(strstr(err.text, "the agent 'web1', not of an operator"));
    put_certificate(PEER_OPERATOR, "admin", now_s() - 40 * 86400);
    assert_int_equal(profile_load(&profile, root, NULL, &err), -EKEYEXPIRED);
    assert_non_null(strstr(err.text, "expired"));
    put(root, "operator.crt", "certificate");
    assert_int_equal(profile_load(&profile, root, NULL, &err), -EINVAL);
    assert_non_null(strstr(err.text, "operator.crt"));
    assert_null(profile.key);
    put_certificate(PEER_OPERATOR, "admin", now_s() - 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_places),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_certificate_must_be_an_operators),
        cmocka_unit_test(test_what_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
