/* From an operator's word to a network namespace: root only, in namespaces of
 * this test's own. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "agent/observe/namespaces.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "tests/unit/test.h"

static ino_t inode_of(int fd)
{
    struct stat info;

    assert_int_equal(fstat(fd, &info), 0);
    return info.st_ino;
}

static void a_process_has_one(void **state)
{
    CLEAN_FD int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    char name[32];
    int fd = -1;
    int pid = 0;

    (void)state;
    snprintf(name, sizeof(name), "pid:%d", getpid());
    assert_int_equal(namespaces_open(name, &fd, &pid, NULL), 0);
    assert_int_equal(inode_of(fd), inode_of(own));
    assert_int_equal(pid, getpid());
    close(fd);
}

static void what_is_none_is_refused(void **state)
{
    static const char *const names[] = {
        "",
        "no-such-namespace-here",
        "..",
        "../../proc/self/ns/net",
        "/proc/self/ns/net",
        "-inspect",
        "--format",
        "pid:",
        "pid:0",
        "pid:-1",
        "pid:1x",
        "pid:self",
        "pid:2147483648",
        "pid:99999999999999999999",
        "pid:4194999",
        "abcdef",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a b",
        "a\nb",
        "a;b",
        "$(id)",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct err err = {0};
        int fd = -1;
        int pid = -1;

        assert_true(namespaces_open(names[i], &fd, &pid, &err) < 0);
        assert_int_equal(fd, -1);
        assert_int_equal(pid, -1);
        assert_true(err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_has_one),
        cmocka_unit_test(what_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
