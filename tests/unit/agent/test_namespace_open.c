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

#include "agent/observe/host/namespaces.h"
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

/* Runs it as the first process of namespaces of its own; skips without root. */
static void run_alone(int (*run)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        pid_t first;

        if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
            _exit(77); /* not root */
        first = fork();
        if (first == 0)
            _exit(run());
        waitpid(first, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void only_a_runner_that_runs_is_asked(void **state)
{
    (void)state;
    run_alone(ask_around);
}

#define REST "456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Begins as another does. */
#define DOUBLE \
    "0121456789abcdef0123456789abcdef0123456789abcdef0123456789abcde0"

/* A /proc of our own, whose processes say where they are. */
static void make_processes(void)
{
    static const struct
    {
        int pid;
        const char *cgroup;
    } processes[] = {
        /* somebody's group with another's name, before and behind the true */
        {100, "0::/user.slice/user-7.slice/docker-0121" REST ".scope\n"},
        {101, "0::/system.slice/docker-0121" REST ".scope\n"},
        {102, "0::/system.slice/docker-0121" REST ".scope/init\n"},
        {103, "0::/user.slice/user-7.slice/docker-0121" REST ".scope\n"},
        {104, "0::/system.slice/docker-0122" REST ".scope\n"},
        {105, "0::/system.slice/mine-ab10" REST ".scope\n"},
        {106, "0::/user.slice/user-7.slice/libpod-0cc0" REST ".scope\n"},
        {107, "0::/lxc.payload.shop\n"},
    };

    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    assert_int_equal(mount("none", "/mnt", "tmpfs", 0, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(processes); i++) {
        char path[64];

        snprintf(path, sizeof(path), "/mnt/%d", processes[i].pid);
        assert_int_equal(mkdir(path, 0755), 0);
        snprintf(path, sizeof(path), "/mnt/%d/cgroup", processes[i].pid);
        write_file(path, processes[i].cgroup);
        snprintf(path, sizeof(path), "/mnt/%d/ns", processes[i].pid);
        assert_int_equal(mkdir(path, 0755), 0);
        snprintf(path, sizeof(path), "/mnt/%d/ns/net", processes[i].pid);
        write_file(path, "");
        assert_int_equal(mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL),
                         0);
    }
    assert_int_equal(mount("/mnt", "/proc", NULL, MS_BIND | MS_REC, NULL), 0);
}

/* The number of the first name that leads elsewhere; 0 when there is none. */
static int open_all(void)
{
    static const struct
    {
        const char *name;
        int status;
        int from, to; /* pids, one of which it is */
    } names[] = {
        {"0121" REST, 0, 101, 102},
        {"01214567", 0, 101, 102},
        {"012145", 0, 101, 102},
        {"0122456", 0, 104, 104},
        {"0122" REST, 0, 104, 104},
        {"0cc0456", 0, 106, 106},
        {"shop", 0, 107, 107},
        {"01214", -ENOENT, -1, -1},
        {"ab10456", -ENOENT, -1, -1},
        {"sho", -ENOENT, -1, -1},
        {"0122" REST "0", -ENOENT, -1, -1},
    };

    make_processes();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        int pid = -1;
        int fd = -1;

        if (namespaces_open(names[i].name, &fd, &pid, NULL) !=
                names[i].status ||
            pid < names[i].from || pid > names[i].to)
            return (int)i + 1;
    }
    return 0;
}

static void a_container_is_known_by_its_group(void **state)
{
    (void)state;
    run_alone(open_all);
}

static int open_doubtful(void)
{
    struct err err = {0};
    int pid = -1;
    int fd = -1;

    make_processes();
    write_file("/mnt/104/cgroup", "0::/docker/" DOUBLE "\n");
    return namespaces_open("012145", &fd, &pid, &err) == -ENOTUNIQ &&
                   pid == -1 && strstr(err.text, "more digits") != NULL
               ? 0
               : 1;
}

static void an_id_that_fits_two_is_refused(void **state)
{
    (void)state;
    run_alone(open_doubtful);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_has_one),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(only_a_runner_that_runs_is_asked),
        cmocka_unit_test(a_container_is_known_by_its_group),
        cmocka_unit_test(an_id_that_fits_two_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
