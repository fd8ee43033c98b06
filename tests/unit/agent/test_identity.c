/* A socket made as another user: whose it is, and what he can do to us
 * meanwhile.  Root only. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/probe/identity.h"
#include "common/base/clean.h"
#include "tests/unit/test.h"

static const struct user stranger = {
    .uid = 54321, .gid = 54322, .group_count = 1, .groups = {54323}};

static void assert_own(void)
{
    uid_t uids[3];
    gid_t gids[3];

    assert_int_equal(getresuid(&uids[0], &uids[1], &uids[2]), 0);
    assert_int_equal(getresgid(&gids[0], &gids[1], &gids[2]), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(uids[i], 0);
        assert_int_equal(gids[i], 0);
    }
}

static void a_socket_is_the_users(void **state)
{
    gid_t groups[USERS_MAX_GROUPS];
    CLEAN_FD int fd = -1;
    struct stat info;
    int dies_with = 0;
    int count;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(identity_assume(&stranger), 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    count = getgroups(USERS_MAX_GROUPS, groups);
    identity_return();
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_uid, stranger.uid);
    assert_int_equal(info.st_gid, stranger.gid);
    assert_int_equal(count, 1);
    assert_int_equal(groups[0], 54323);
    assert_own();
    prctl(PR_GET_PDEATHSIG, &dies_with);
    assert_int_equal(dies_with, SIGKILL);
    prctl(PR_SET_PDEATHSIG, 0);
}

/* That user, in a process of his own: waits for a word, and ends with what he
 * gets for a signal to us. */
static pid_t start_stranger(int *word)
{
    pid_t parent = getpid();
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        char byte;

        /* Not identity_assume(), whose own ids would allow it. */
        if (setresgid(stranger.gid, stranger.gid, stranger.gid) < 0 ||
            setresuid(stranger.uid, stranger.uid, stranger.uid) < 0 ||
            read(ends[0], &byte, 1) != 1)
            _exit(99);
        _exit(kill(parent, 0) == 0 ? 0 : errno);
    }
    close(ends[0]);
    *word = ends[1];
    return child;
}

static void the_user_cannot_signal_us(void **state)
{
    CLEAN_FD int word = -1;
    int status = 0;
    pid_t child;

    (void)state;
    if (geteuid() != 0)
        skip();
    child = start_stranger(&word);
    assert_int_equal(identity_assume(&stranger), 0);
    (void)!write(word, "", 1);
    waitpid(child, &status, 0);
    identity_return();
    prctl(PR_SET_PDEATHSIG, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_is_the_users),
        cmocka_unit_test(the_user_cannot_signal_us),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
