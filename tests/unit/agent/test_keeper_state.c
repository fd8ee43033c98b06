#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "agent/keeper/state.h"
#include "common/base/array.h"
#include "common/base/err.h"
#include "tests/unit/test.h"

static char parent[64], dir[96];

static void remove_files(void)
{
    static const char *const names[] = {"agent.key", "agent.crt",
                                        "authority.crt", "controller"};
    char path[128];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
}

static int set_up(void **state)
{
    (void)state;
    strcpy(parent, "/tmp/probe-state-test-XXXXXX");
    if (mkdtemp(parent) == NULL)
        return -1;
    snprintf(dir, sizeof(dir), "%s/state", parent);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_files();
    unlink(dir);
    rmdir(dir);
    return rmdir(parent);
}

static int open_fds(void)
{
    int count = 0;

    for (int fd = 0; fd < 64; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* A join that is over at once. */
static int prepare(const char *folder, struct err *err)
{
    int lock = -1;
    int status = state_prepare(folder, &lock, err);

    assert_int_equal(lock >= 0, status == 0);
    if (lock >= 0)
        close(lock);
    return status;
}

static void test_what_is_written_can_be_opened(void **state)
{
    static struct handoff_joined joined = {.key = "KEY\n",
                                           .certificate = "CERTIFICATE\n",
                                           .authority = "AUTHORITY\n"};
    int fds[STATE_FILES];
    char text[16] = "";
    struct err err = {0};

    (void)state;
    assert_int_equal(prepare(dir, &err), 0);
    assert_int_equal(state_write(dir, &joined, "192.0.2.1:7443", &err), 0);
    assert_int_equal(state_open_identity(dir, fds, &err), 0);
    assert_int_equal(read(fds[0], text, sizeof(text)), 4);
    assert_string_equal(text, "KEY\n");
    for (size_t i = 0; i < STATE_FILES; i++)
        close(fds[i]);
    assert_int_equal(prepare(dir, &err), -EEXIST);
}

static void test_half_a_state_is_told(void **state)
{
    static struct handoff_joined joined = {.key = "K"};
    char path[128];
    int fds[STATE_FILES], before;
    struct err err = {0};

    (void)state;
    assert_int_equal(state_open_identity(dir, fds, &err), -ENOENT);
    assert_non_null(strstr(err.text, "probe-agent join"));
    assert_int_equal(prepare(dir, &err), 0);
    assert_int_equal(state_write(dir, &joined, "c", &err), 0);
    snprintf(path, sizeof(path), "%s/authority.crt", dir);
    unlink(path);
    before = open_fds();
    assert_int_equal(state_open_identity(dir, fds, &err), -ENOENT);
    assert_int_equal(open_fds(), before);
}

static void test_folder_is_closed_to_others(void **state)
{
    struct stat info;

    (void)state;
    assert_int_equal(mkdir(dir, 0777), 0);
    assert_int_equal(prepare(dir, NULL), 0);
    assert_int_equal(stat(dir, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
}

/* Both would be told that they have joined. */
static void test_one_join_at_a_time(void **state)
{
    struct err err = {0};
    int first = -1;
    int second = -1;

    (void)state;
    assert_int_equal(state_prepare(dir, &first, &err), 0);
    assert_int_equal(state_prepare(dir, &second, &err), -EBUSY);
    assert_int_equal(second, -1);
    assert_non_null(strstr(err.text, "another join is under way"));
    close(first);
    assert_int_equal(prepare(dir, &err), 0);
}

static void test_bad_folders_are_refused(void **state)
{
    struct err err = {0};

    (void)state;
    assert_true(prepare("/nonexistent/folder", &err) < 0);
    assert_non_null(strstr(err.text, "/nonexistent/folder"));
    assert_int_equal(symlink("/tmp", dir), 0);
    assert_int_equal(prepare(dir, &err), -ENOTDIR);
    unlink(dir);
    if (geteuid() == 0) {
        assert_int_equal(mkdir(dir, 0700), 0);
        assert_int_equal(chown(dir, 65534, 65534), 0);
        assert_int_equal(prepare(dir, &err), -EPERM);
    }
}

int main(void)
{
#define STATE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STATE_TEST(test_what_is_written_can_be_opened),
        STATE_TEST(test_half_a_state_is_told),
        STATE_TEST(test_folder_is_closed_to_others),
        STATE_TEST(test_one_join_at_a_time),
        STATE_TEST(test_bad_folders_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
