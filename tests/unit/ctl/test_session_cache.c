/* Where a session is kept, and which file is not believed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "common/net/tls.h"
#include "controller/ctl/profile.h"
#include "controller/ctl/session_cache.h"
#include "tests/unit/test.h"

static char base[64];
static char authority[] = "authority", certificate[] = "certificate";
static struct profile profile = {.authority = authority,
                                 .certificate = certificate};

static int setup(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/probe-cache-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(profile.controller.host, sizeof(profile.controller.host), "ctl");
    profile.controller.port = 7443;
    assert_int_equal(setenv("XDG_RUNTIME_DIR", base, 1), 0);
    return unsetenv("HOME");
}

static int teardown(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", base);
    return system(command);
}

static void path_of(char path[static SESSION_CACHE_PATH_SIZE])
{
    struct session_cache cache;

    session_cache_load(&cache, &profile);
    snprintf(path, SESSION_CACHE_PATH_SIZE, "%s", cache.path);
    session_cache_fini(&cache);
}

static bool is_read(void)
{
    struct session_cache cache;
    bool is_there;

    session_cache_load(&cache, &profile);
    is_there = cache.octets != NULL;
    if (is_there)
        assert_memory_equal(cache.octets, "session", cache.size);
    session_cache_fini(&cache);
    return is_there;
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        fputc(text[i % strlen(text)], file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void test_each_meeting_has_its_file(void **state)
{
    char first[SESSION_CACHE_PATH_SIZE], other[SESSION_CACHE_PATH_SIZE];

    (void)state;
    path_of(first);
    assert_int_equal(strncmp(first, base, strlen(base)), 0);
    assert_non_null(strstr(first, "/probectl/tls-"));
    path_of(other);
    assert_string_equal(first, other);
    profile.controller.port++;
    path_of(other);
    assert_string_not_equal(first, other);
    profile.controller.port--;
    certificate[0] = 'C';
    path_of(other);
    assert_string_not_equal(first, other);
    certificate[0] = 'c';
    authority[0] = 'A';
    path_of(other);
    assert_string_not_equal(first, other);
    authority[0] = 'a';
}

/* A session is as good as a key: what another could have written is not read,
 * and what another could read is none of ours. */
static void test_only_a_private_file_is_read(void **state)
{
    char path[SESSION_CACHE_PATH_SIZE], aside[SESSION_CACHE_PATH_SIZE + 8];

    (void)state;
    path_of(path);
    assert_false(is_read());
    write_file(path, "session", 7);
    assert_true(is_read());
    assert_int_equal(chmod(path, 0640), 0);
    assert_false(is_read());
    write_file(path, "session", 0);
    assert_false(is_read());
    write_file(path, "session", TLS_EXPORT_MAX + 1);
    assert_false(is_read());
    snprintf(aside, sizeof(aside), "%s.aside", path);
    write_file(aside, "session", 7);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(aside, path), 0);
    assert_false(is_read());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* would hold us up */
    assert_false(is_read());
}

static void test_folder_of_others_is_no_place(void **state)
{
    char path[SESSION_CACHE_PATH_SIZE];

    (void)state;
    assert_int_equal(chmod(base, 0770), 0);
    path_of(path);
    assert_string_equal(path, "");
    assert_int_equal(setenv("HOME", base, 1), 0); /* its .cache is ours */
    path_of(path);
    assert_non_null(strstr(path, "/.cache/probectl/tls-"));
    assert_int_equal(setenv("HOME", "relative", 1), 0);
    path_of(path);
    assert_string_equal(path, "");
}

#define CACHE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_each_meeting_has_its_file),
        CACHE_TEST(test_only_a_private_file_is_read),
        CACHE_TEST(test_folder_of_others_is_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
