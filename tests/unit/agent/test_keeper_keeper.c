/* The keeper's own two commands, each in a process of its own: what it refuses
 * to begin with, how it ends, and what it does when its link dies, which here
 * finds no controller; test_link_run.c has one.  The same for joining. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/keeper/keeper.h"
#include "agent/keeper/state.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/fs.h"
#include "common/base/log.h"
#include "tests/unit/test.h"

#define WAIT_MS 10000

static char folder[64], state_dir[80], policy[80];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/probe-keeper-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(state_dir, sizeof(state_dir), "%s/state", folder);
    snprintf(policy, sizeof(policy), "%s/policy", folder);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"agent.key", "agent.crt",
                                        "authority.crt", "controller"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", state_dir, names[i]);
        unlink(path);
    }
    rmdir(state_dir);
    unlink(policy);
    return rmdir(folder);
}

/* A port of this host's where nobody listens: bound, so that nobody will. */
static int reserve_port(char address[static 32])
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    snprintf(address, 32, "127.0.0.1:%u", ntohs(name.sin_port));
    return fd;
}

static void prepare(void)
{
    int lock = -1;

    assert_int_equal(state_prepare(state_dir, &lock, NULL), 0);
    close(lock);
}

/* A folder as after a join; nothing in it is looked at before a connection. */
static void enrol(const char *controller)
{
    static const struct handoff_joined identity = {
        .key = "key", .certificate = "certificate", .authority = "authority"};

    prepare();
    assert_int_equal(state_write(state_dir, &identity, controller, NULL), 0);
}

struct child
{
    pid_t pid;
    int words; /* its standard error, and that of what it starts */
    char text[4096];
    size_t size;
};

static void begin(struct child *child)
{
    int ends[2];

    memset(child, 0, sizeof(*child));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child->words = ends[0];
    child->pid = fork();
    if (child->pid == 0)
        dup2(ends[1], 2);
    close(ends[1]);
}

static void run(struct child *child)
{
    begin(child);
    if (child->pid == 0) {
        log_init("probe-agent", LOG_LEVEL_INFO);
        _exit(keeper_run(state_dir, policy));
    }
}

static void join(struct child *child, const char *controller, const char *token,
                 const char *name)
{
    begin(child);
    if (child->pid == 0)
        _exit(keeper_join(state_dir, controller, token, name));
}

/* Reads until it has said this so often; false when it ends or is silent. */
static bool says(struct child *child, const char *words, unsigned times)
{
    int64_t end_ns = clock_monotonic_ns() + (int64_t)WAIT_MS * NS_PER_MS;

    for (;;) {
        struct pollfd polled = {.fd = child->words, .events = POLLIN};
        const char *at = child->text;
        unsigned found = 0;
        ssize_t got;

        for (; (at = strstr(at, words)) != NULL; at++)
            found++;
        if (found >= times)
            return true;
        if (clock_monotonic_ns() > end_ns || poll(&polled, 1, WAIT_MS) != 1)
            return false;
        got = read(child->words, child->text + child->size,
                   sizeof(child->text) - 1 - child->size);
        if (got <= 0)
            return false;
        child->size += (size_t)got;
    }
}

/* Its exit status, when all that it started has ended, too. */
static int end(struct child *child)
{
    int status = -1;

    assert_false(says(child, "what nobody ever says", 1));
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    close(child->words);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_keeper_that_cannot_begin_says_why(void **state)
{
    struct child child;

    (void)state;
    run(&child); /* no such folder */
    assert_int_equal(end(&child), 2);
    assert_non_null(strstr(child.text, "state folder"));
    prepare();
    run(&child); /* nothing in it */
    assert_int_equal(end(&child), 2);
    assert_non_null(strstr(child.text, "probe-agent join"));
    assert_int_equal(fs_write(policy, "nonsense\n", 9, 0644, NULL), 0);
    run(&child);
    assert_int_equal(end(&child), 2);
    assert_non_null(strstr(child.text, "line 1"));
}

static void a_link_that_dies_is_started_anew(void **state)
{
    char address[32];
    CLEAN_FD int reserved = reserve_port(address);
    struct child keeper;
    struct child second;

    (void)reserved;
    (void)state;
    enrol(address);
    run(&keeper);
    /* With these files the link cannot even begin: again and again. */
    assert_true(says(&keeper, "the link ended with status", 2));
    run(&second); /* meanwhile */
    assert_int_equal(end(&second), 2);
    assert_non_null(strstr(second.text, "another probe-agent runs"));
    assert_int_equal(kill(keeper.pid, SIGTERM), 0);
    assert_int_equal(end(&keeper), 0);
}

static void a_join_that_cannot_be_is_told_before_contact(void **state)
{
    static const struct
    {
        const char *controller, *token, *name, *words;
    } mistakes[] = {
        {"", "token", "hostB", "probe-agent: "},
        {"127.0.0.1:99999", "token", "hostB", "99999"},
        {"127.0.0.1:7443", "token", "-host", "cannot be an agent's name"},
        {"127.0.0.1:7443", "token", "a/b", "cannot be an agent's name"},
        {"127.0.0.1:7443", "no token", "hostB", "token"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
        struct child child;

        join(&child, mistakes[i].controller, mistakes[i].token,
             mistakes[i].name);
        assert_int_equal(end(&child), 2);
        if (strstr(child.text, mistakes[i].words) == NULL)
            fail_msg("%zu: %s", i, child.text);
    }
}

static void a_host_that_has_joined_does_not_join_again(void **state)
{
    struct child child;

    (void)state;
    enrol("127.0.0.1:7443");
    join(&child, "127.0.0.1:7443", "token", "hostB");
    assert_int_equal(end(&child), 2);
    assert_non_null(strstr(child.text, state_dir));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_keeper_that_cannot_begin_says_why),
        TEST(a_link_that_dies_is_started_anew),
        TEST(a_join_that_cannot_be_is_told_before_contact),
        TEST(a_host_that_has_joined_does_not_join_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
