#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
    char path[256];

    snprintf(path, sizeof(path), "%s/file", (char *)*state);
    unlink(path);
    return rmdir(*state); /* fails if anything else was left */
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
}

#define WRITERS 4
#define ROUNDS  50

static int write_often(const char *path, char letter)
{
    char text[10000];

    memset(text, letter, sizeof(text));
    for (int i = 0; i < ROUNDS; i++)
        if (fs_write(path, text, sizeof(text), 0600, NULL) < 0)
            return 1;
    return 0;
}

/* Two commands at once keep their session in one file: each writes it whole. */
static void writers_do_not_meet(void **state)
{
    const char *path = path_of(state);
    pid_t writers[WRITERS];
    char *text = NULL;
    int status;
    size_t size;

    assert_int_equal(write_often(path, 'z'), 0);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        if (writers[i] == 0)
            _exit(write_often(path, (char)('a' + i)));
    }
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(fs_read(path, 10000, &text, &size, NULL), 0);
        assert_int_equal(size, 10000);
        assert_int_equal(strspn(text, (char[]){text[0], '\0'}), size);
        free(text);
    }
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
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
        cmocka_unit_test_setup_teardown(writers_do_not_meet, make_folder,
                                        remove_folder),
        cmocka_unit_test(says_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
