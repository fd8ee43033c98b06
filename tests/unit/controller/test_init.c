/* A state folder is made whole or not at all. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/pki/pki.h"
#include "controller/server/listen.h"
#include "controller/store/init.h"
#include "controller/store/state.h"
#include "tests/unit/test.h"

static char base[64], dir[96];

static int setup(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/probe-init-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(dir, sizeof(dir), "%s/state", base);
    return 0;
}

static int run(const char *format)
{
    char command[512];

    snprintf(command, sizeof(command), "cd '%s' && %s", base, format);
    return system(command);
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", base);
    return system(command);
}

static int64_t now_s(void)
{
    return clock_real_ns() / NS_PER_S;
}

static int init(const char *san, struct err *err)
{
    struct init_options options = {.state_dir = dir,
                                   .sans = {san, NULL},
                                   .san_count = 1,
                                   .listen_port = 7443,
                                   .now_s = now_s()};

    memset(err, 0, sizeof(*err));
    return init_run(&options, err);
}

static mode_t mode_of(const char *name)
{
    struct stat info;
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 0777;
}

static void test_makes_what_run_needs(void **state)
{
    struct state loaded;
    struct err err;

    (void)state;
    assert_int_equal(init("2001:db8::1", &err), 0);
    assert_int_equal(state_load(dir, now_s(), &loaded, &err), 0);
    state_fini(&loaded);
    assert_int_equal(mode_of(STATE_AUTHORITY_KEY), 0600);
    assert_int_equal(mode_of(STATE_KEY), 0600);
    assert_int_equal(mode_of(STATE_TICKET_KEY), 0600);
    assert_int_equal(mode_of(STATE_DATABASE), 0600);
    assert_int_equal(mode_of(STATE_ADMIN "/" STATE_OPERATOR_KEY), 0600);
    assert_int_equal(
        run("grep -qxF '[2001:db8::1]:7443' state/operators/admin/controller"),
        0);
}

static void test_overwrites_nothing(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(init("a", &err), 0);
    assert_int_equal(run("cp -r state before"), 0);
    assert_int_equal(init("b", &err), -EEXIST);
    assert_non_null(strstr(err.text, "overwrites nothing"));
    assert_int_equal(run("diff -r state before"), 0);
    assert_int_equal(run("rm -r state && mkdir state && touch state/mine"), 0);
    assert_int_equal(init("b", &err), -EEXIST);
    assert_int_equal(run("test -e state/mine"), 0);
}

static void test_empty_folder_will_do(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(run("mkdir state"), 0);
    assert_int_equal(init("a", &err), 0);
}

/* As a crash between two of the last renames leaves it. */
static void test_unfinished_init_is_begun_anew(void **state)
{
    struct state loaded;
    struct err err;

    (void)state;
    assert_int_equal(init("a", &err), 0);
    assert_int_equal(run("mkdir state/.init.tmp && mv state/controller.crt "
                         "state/.init.tmp/"),
                     0);
    assert_true(state_load(dir, now_s(), &loaded, &err) < 0);
    assert_int_equal(init("b", &err), 0);
    assert_int_equal(state_load(dir, now_s(), &loaded, &err), 0);
    state_fini(&loaded);
    assert_int_not_equal(run("test -e state/.init.tmp"), 0);
}

/* And between the last rename and the temporary folder's removal. */
static void test_finished_init_is_kept(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(init("a", &err), 0);
    assert_int_equal(run("mkdir state/.init.tmp"), 0);
    assert_int_equal(init("b", &err), -EEXIST);
}

static void test_failure_leaves_nothing(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(init("no such name/", &err), -EINVAL);
    assert_int_not_equal(run("test -e state"), 0);
    snprintf(dir, sizeof(dir), "%s/none/state", base);
    assert_int_equal(init("a", &err), -ENOENT);
    assert_non_null(strstr(err.text, dir));
}

static void test_damaged_state_is_named(void **state)
{
    struct state loaded;
    struct err err;

    (void)state;
    assert_int_equal(state_load(dir, now_s(), &loaded, &err), -ENOENT);
    assert_non_null(strstr(err.text, "probe-controller init"));
    assert_int_equal(init("a", &err), 0);
    assert_true(state_load(dir, now_s() + 400 * 86400, &loaded, &err) < 0);
    assert_non_null(strstr(err.text, "expired"));
    assert_int_equal(run("truncate -s 63 state/ticket.key"), 0);
    assert_int_equal(state_load(dir, now_s(), &loaded, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "63 octets"));
}

/* Whoever wants no sentence still wants to know. */
static void test_failure_needs_no_sentence(void **state)
{
    struct sockaddr_storage address;
    struct state loaded;
    struct err err;

    (void)state;
    assert_int_equal(init("a", &err), 0);
    assert_int_equal(run("echo none > state/controller.crt"), 0);
    assert_true(state_load(dir, now_s(), &loaded, NULL) < 0);
    assert_true(listen_parse("192.0.2.1", &address, NULL) < 0);
    assert_true(listen_parse("name:7443", &address, NULL) < 0);
    assert_int_equal(listen_parse("192.0.2.1:7443", &address, NULL), 0);
}

/* The linker puts this in place of the C library's. */
void __real_free(void *pointer);
void __wrap_free(void *pointer);
static unsigned freed_keys;

void __wrap_free(void *pointer)
{
    if (pointer != NULL &&
        memmem(pointer, malloc_usable_size(pointer), "PRIVATE KEY", 11) != NULL)
        freed_keys++;
    __real_free(pointer);
}

static void test_no_key_is_left_in_memory(void **state)
{
    struct state loaded;
    struct err err;
    char *key;

    (void)state;
    freed_keys = 0;
    assert_int_equal(init("a", &err), 0);
    assert_int_equal(state_load(dir, now_s(), &loaded, &err), 0);
    state_fini(&loaded);
    assert_int_equal(freed_keys, 0);
    assert_int_equal(pki_make_key(&key, &err), 0);
    free(key);
    assert_int_equal(freed_keys, 1); /* it would have been seen */
}

#define INIT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        INIT_TEST(test_makes_what_run_needs),
        INIT_TEST(test_overwrites_nothing),
        INIT_TEST(test_empty_folder_will_do),
        INIT_TEST(test_unfinished_init_is_begun_anew),
        INIT_TEST(test_finished_init_is_kept),
        INIT_TEST(test_failure_leaves_nothing),
        INIT_TEST(test_damaged_state_is_named),
        INIT_TEST(test_failure_needs_no_sentence),
        INIT_TEST(test_no_key_is_left_in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
