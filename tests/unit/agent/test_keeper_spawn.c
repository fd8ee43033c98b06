/* What a helper is started with, told by the helper itself; and helpers that
 * cannot be started.  What root gives up is seen by root only. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/keeper/spawn.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "tests/unit/agent/teller.h"
#include "tests/unit/test.h"

#define BIT(number) (UINT64_C(1) << (number))
#define WAIT_MS     10000

static const uint64_t workers_capabilities =
    BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_BIND_SERVICE) |
    BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_ADMIN) |
    BIT(CAP_SYS_CHROOT) | BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_SYSLOG) |
    BIT(CAP_SETUID) | BIT(CAP_SETGID);

static void receive(int channel, struct told *told)
{
    struct pollfd polled = {.fd = channel, .events = POLLIN};

    assert_int_equal(poll(&polled, 1, WAIT_MS), 1);
    assert_int_equal(recv(channel, told, sizeof(*told), 0), sizeof(*told));
}

static int status_of(pid_t pid)
{
    int status = -1;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Runs the teller to its end. */
static void ask(struct spawn *spawn, struct told *told)
{
    CLEAN_FD int near = -1;
    CLEAN_FD int far = -1;
    struct err err = {0};
    int ends[2];
    pid_t pid;

    spawn->helper = "probe-agent-teller";
    assert_int_equal(spawn_make_channel(ends, NULL), 0);
    near = ends[0];
    far = ends[1];
    spawn->fds[0] = far;
    if (spawn->fds_count == 0)
        spawn->fds_count = 1;
    pid = spawn_helper(spawn, &err);
    if (pid < 0)
        fail_msg("%s", err.text);
    receive(near, told);
    assert_int_equal(told->pid, pid);
    assert_int_equal(status_of(pid), 5);
}

static void a_worker_has_its_capabilities_and_no_more(void **state)
{
    struct spawn spawn = {0};
    struct told told;

    (void)state;
    if (geteuid() != 0)
        skip();
    ask(&spawn, &told);
    assert_int_equal(told.uids[1], 0);
    assert_int_equal(told.bounding, workers_capabilities);
    assert_int_equal(told.permitted, workers_capabilities);
    assert_int_equal(told.effective, workers_capabilities);
    assert_int_equal(told.inheritable, 0);
    assert_int_equal(told.ambient, 0);
}

static void a_link_has_no_rights(void **state)
{
    struct spawn spawn = {.unprivileged = true};
    struct told told;

    (void)state;
    ask(&spawn, &told);
    assert_int_equal(told.permitted, 0);
    assert_int_equal(told.effective, 0);
    assert_int_equal(told.inheritable, 0);
    assert_int_equal(told.ambient, 0);
    assert_int_equal(told.no_new_privileges, 1);
    if (geteuid() != 0)
        skip();
    assert_int_equal(told.bounding, 0);
    assert_int_equal(told.groups, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_not_equal(told.uids[i], 0);
        assert_int_not_equal(told.gids[i], 0);
        assert_int_equal(told.uids[i], told.uids[0]);
        assert_int_equal(told.gids[i], told.gids[0]);
    }
}

/* Nothing of the keeper's own leaks into it. */
static void a_helper_begins_clean(void **state)
{
    static const char *const arguments[] = {"one", "two words", NULL};
    struct spawn spawn = {.arguments = arguments};
    struct told told;
    sigset_t blocked, before;

    (void)state;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    signal(SIGPIPE, SIG_IGN);
    setenv("LD_PRELOAD_OF_NOBODY", "secret", 1);
    ask(&spawn, &told);
    unsetenv("LD_PRELOAD_OF_NOBODY");
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_string_equal(told.arguments, " one two words");
    assert_null(strstr(told.environment, "secret"));
    assert_non_null(strstr(told.environment, " PATH="));
    assert_int_equal(told.blocked, 0);
    assert_int_equal(told.ignored & BIT(SIGPIPE - 1), 0);
    assert_int_equal(told.core_limit, 0);
    assert_int_equal(told.dies_with, SIGKILL);
    assert_int_equal(told.open_fds, 0xf); /* 0, 1, 2 and the channel */
}

/* Descriptors that have the numbers of others' places already. */
static void descriptors_come_in_order(void **state)
{
    CLEAN_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct spawn spawn = {.fds_count = 4};
    struct told told;

    (void)state;
    spawn.fds[1] = 0;
    spawn.fds[2] = null;
    spawn.fds[3] = 2;
    ask(&spawn, &told);
    assert_int_equal(told.open_fds, 0x7f);
}

static void a_helper_that_is_not_there_is_told(void **state)
{
    static const char *const names[] = {"probe-agent-nobody", "",
                                        "../probe-agent"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct spawn spawn = {.helper = names[i]};
        struct err err = {0};
        pid_t pid = spawn_helper(&spawn, &err);

        if (pid > 0) /* a folder, which cannot be executed */
            assert_int_equal(status_of(pid), 127);
        else
            assert_true(err.text[0] != '\0');
    }
}

/* The words on standard error of a helper that fails before it begins. */
static void read_words(struct spawn *spawn, char *words, size_t size,
                       int *status)
{
    CLEAN_FD int saved = dup(2);
    int ends[2];
    ssize_t got;
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    dup2(ends[1], 2);
    close(ends[1]);
    pid = spawn_helper(spawn, NULL);
    dup2(saved, 2);
    assert_true(pid > 0);
    *status = status_of(pid);
    got = read(ends[0], words, size - 1);
    words[got > 0 ? got : 0] = '\0';
    close(ends[0]);
}

static void a_failure_before_the_start_is_told(void **state)
{
    struct spawn spawn = {
        .helper = "probe-agent-teller", .fds = {999}, .fds_count = 1};
    char words[512];
    int status = 0;

    (void)state;
    read_words(&spawn, words, sizeof(words), &status);
    assert_int_equal(status, 127);
    assert_non_null(strstr(words, "cannot start probe-agent-teller"));
    assert_non_null(strstr(words, "descriptors: Bad file descriptor"));
}

/* A root who may not limit others, as in some containers: in a child. */
static void capabilities_that_stay_are_told(void **state)
{
    int status = -1;
    pid_t child;

    (void)state;
    if (geteuid() != 0)
        skip();
    child = fork();
    if (child == 0) {
        struct __user_cap_header_struct header = {
            .version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct sets[2];
        struct spawn spawn = {.helper = "probe-agent-teller"};
        char words[512];

        if (syscall(SYS_capget, &header, sets) < 0)
            _exit(1);
        sets[0].effective &= ~(1U << CAP_SETPCAP);
        sets[0].permitted &= ~(1U << CAP_SETPCAP);
        if (syscall(SYS_capset, &header, sets) < 0)
            _exit(2);
        read_words(&spawn, words, sizeof(words), &status);
        _exit(strstr(words, "probe-agent-teller: without CAP_SETPCAP") != NULL
                  ? 0
                  : 3);
    }
    assert_int_equal(status_of(child), 0);
}

static void a_helper_dies_with_who_started_it(void **state)
{
    static const char *const arguments[] = {"wait", NULL};
    struct spawn spawn = {
        .helper = "probe-agent-teller", .arguments = arguments, .fds_count = 1};
    CLEAN_FD int near = -1;
    struct pollfd polled = {.events = POLLIN};
    struct told told;
    int ends[2];
    pid_t middle;
    char byte;

    (void)state;
    assert_int_equal(spawn_make_channel(ends, NULL), 0);
    near = polled.fd = ends[0];
    spawn.fds[0] = ends[1];
    middle = fork();
    if (middle == 0) {
        spawn_helper(&spawn, NULL);
        for (;;)
            pause();
    }
    close(ends[1]);
    receive(near, &told);
    assert_int_equal(kill(middle, SIGKILL), 0);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    /* Nobody holds the other end any more. */
    assert_int_equal(poll(&polled, 1, WAIT_MS), 1);
    assert_int_equal(recv(near, &byte, 1, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_has_its_capabilities_and_no_more),
        cmocka_unit_test(a_link_has_no_rights),
        cmocka_unit_test(a_helper_begins_clean),
        cmocka_unit_test(descriptors_come_in_order),
        cmocka_unit_test(a_helper_that_is_not_there_is_told),
        cmocka_unit_test(a_failure_before_the_start_is_told),
        cmocka_unit_test(capabilities_that_stay_are_told),
        cmocka_unit_test(a_helper_dies_with_who_started_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
