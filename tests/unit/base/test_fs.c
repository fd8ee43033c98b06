#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include "common/base/err.h"
#include "common/base/fs.h"
#include "tests/unit/test.h"

static int make_folder(void **state)
{
    static char folder[] = "/tmp/probe-fs-XXXXXX";

    strcpy(folder, "/tmp/probe-fs-XXXXXX");
    *state = mkdtemp(folder);
    return *state == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"file", "file.new"};
    char path[256];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
        unlink(path);
    }
    return rmdir(*state);
}

static const char *path_of(void **state)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/file", (char *)*state);
    return path;
}

static void reads_what_it_wrote(void **state)
{
    const char *path = path_of(state);
    struct stat status;
    char *text = NULL;
    size_t size = 0;

    assert_int_equal(fs_write(path, "first", 5, 0600, NULL), 0);
    assert_int_equal(fs_write(path, "second", 6, 0600, NULL), 0);
    assert_int_equal(fs_read(path, 100, &text, &size, NULL), 0);
    assert_int_equal(size, 6);
    assert_string_equal(text, "second");
    free(text);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void keeps_to_its_cap(void **state)
{
    const char *path = path_of(state);
    struct err err = {0};
    char *text = NULL;
    size_t size;

    assert_int_equal(fs_write(path, "12345", 5, 0600, NULL), 0);
    assert_int_equal(fs_read(path, 4, &text, &size, &err), -EFBIG);
    assert_null(text);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(fs_read(path, 5, &text, &size, NULL), 0);
    free(text);
}

/* A disk that fills up in the middle leaves the old file and nothing else. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    const char *path = path_of(state);
    static char large[100000];
    struct rlimit limit;
    struct rlimit small;
    char fresh[300];
    char *text = NULL;
    size_t size;

    assert_int_equal(fs_write(path, "old", 3, 0600, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(fs_write(path, large, sizeof(large), 0600, NULL), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(fs_read(path, 100, &text, &size, NULL), 0);
    assert_string_equal(text, "old");
    free(text);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    assert_int_equal(access(fresh, F_OK), -1);
}

static void says_what_is_missing(void **state)
{
    struct err err = {0};
    char *text = NULL;
    size_t size;

    (void)state;
    assert_int_equal(fs_read("/nowhere/at/all", 10, &text, &size, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    assert_int_equal(fs_write("/nowhere/at/all", "x", 1, 0600, &err), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_it_wrote, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(keeps_to_its_cap, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file,
                                        make_folder, remove_folder),
        cmocka_unit_test(says_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
