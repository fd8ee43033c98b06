/* From an operator's word to a network namespace: root only, in namespaces of
 * this test's own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/observe/namespaces.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
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

static void write_file(const char *path, const char *text)
{
    assert_int_equal(fs_write(path, text, strlen(text), 0755, NULL), 0);
}

static void run_as(const char *name)
{
    if (fork() == 0) {
        prctl(PR_SET_NAME, name);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    usleep(100 * 1000);
}

/* What is asked says so in a file.  Asking docker where only its socket is
 * there would start it. */
static int ask_around(void)
{
    int fd = -1, pid = 0;

    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (mount("none", "/proc", "proc", 0, NULL) < 0 ||
        mount("none", "/usr/sbin", "tmpfs", 0, NULL) < 0)
        return 1;
    write_file("/usr/sbin/docker", "#!/bin/sh\n: > /usr/sbin/asked-docker\n"
                                   "exit 1\n");
    write_file("/usr/sbin/podman", "#!/bin/sh\n: > /usr/sbin/asked-podman\n"
                                   "echo 1\n");
    if (namespaces_open("some-web", &fd, &pid, NULL) != -ENOENT ||
        access("/usr/sbin/asked-docker", F_OK) == 0 ||
        access("/usr/sbin/asked-podman", F_OK) == 0)
        return 2;
    run_as("dockerd");
    if (namespaces_open("some-web", &fd, &pid, NULL) != -ENOENT ||
        access("/usr/sbin/asked-docker", F_OK) != 0 ||
        access("/usr/sbin/asked-podman", F_OK) == 0)
        return 3;
    run_as("conmon");
    return namespaces_open("some-web", &fd, &pid, NULL) == 0 && pid == 1 ? 0
                                                                         : 4;
}

static void only_a_runner_that_runs_is_asked(void **state)
{
    int status = -1;
    pid_t child;

    (void)state;
    child = fork();
    if (child == 0) {
        pid_t first;

        if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
            _exit(77); /* not root */
        first = fork();
        if (first == 0)
            _exit(ask_around());
        waitpid(first, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_has_one),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(only_a_runner_that_runs_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
