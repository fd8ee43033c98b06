/* Programs of the system, as the observers run them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "agent/observe/host/run_program.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "tests/unit/test.h"

static int run_shell(const char *script, unsigned timeout_ms, char **output)
{
    const char *arguments[] = {"sh", "-c", script, NULL};
    struct program *program = NULL;
    size_t size = 0;
    int status = program_start(arguments, &program, NULL);

    assert_int_equal(status, 0);
    program_allow(program, timeout_ms, PROGRAM_MAX_OUTPUT);
    status = program_finish(program, output, &size, NULL);
    program_free(program);
    return status;
}

static void it_prints_and_ends(void **state)
{
    CLEAN_FREE char *output = NULL;

    (void)state;
    assert_int_equal(run_shell("echo here; echo lost >&2", 5000, &output), 0);
    assert_string_equal(output, "here\n");
}

static void its_failures_are_told(void **state)
{
    static const char *const absent[] = {"no-such-program-here", NULL};
    CLEAN_FREE char *output = NULL;
    struct program *program = NULL;

    (void)state;
    assert_int_equal(program_start(absent, &program, NULL), -ENOENT);
    assert_null(program);
    assert_int_equal(run_shell("exit 3", 5000, &output), -EIO);
    assert_int_equal(run_shell("kill -9 $$", 5000, &output), -EIO);
    assert_int_equal(run_shell("exec sleep 100", 50, &output), -ETIMEDOUT);
    assert_int_equal(run_shell("exec cat /dev/zero", 5000, &output), -EFBIG);
    assert_null(output);
}

/* A channel to the link, or a packet socket, is nothing for others. */
static void it_gets_no_descriptor_of_ours(void **state)
{
    CLEAN_FREE char *output = NULL;
    CLEAN_FD int left_open = fcntl(0, F_DUPFD, 100); /* open on exec */

    (void)state;
    assert_int_equal(left_open, 100);
    assert_int_equal(run_shell("test ! -e /proc/$$/fd/100 && "
                               "test -z \"$HOME$LANG\" && echo none",
                               5000, &output),
                     0);
    assert_string_equal(output, "none\n");
}

static pid_t read_pid(int fd)
{
    char text[32] = "";

    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    return atoi(text);
}

static void assert_gone(pid_t pid)
{
    char state = 'Z';

    for (int i = 0; i < 500 && kill(pid, 0) == 0; i++) {
        char path[32];
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        file = fopen(path, "re");
        if (file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) == 1 &&
            state == 'Z') { /* whoever adopted it may be slow */
            fclose(file);
            return;
        }
        if (file != NULL)
            fclose(file);
        usleep(10 * 1000);
    }
    assert_int_equal(kill(pid, 0), -1);
}

static void what_it_started_ends_with_it(void **state)
{
    static const char *const arguments[] = {"sh", "-c",
                                            "sleep 1000 & echo $!; wait", NULL};
    struct program *program = NULL;
    pid_t grandchild;

    (void)state;
    assert_int_equal(program_start(arguments, &program, NULL), 0);
    fcntl(program_fd(program), F_SETFL, 0);
    grandchild = read_pid(program_fd(program));
    program_free(program);
    assert_gone(grandchild);
}

/* kill -9 of the worker leaves nothing behind. */
static void it_ends_with_us(void **state)
{
    static const char *const arguments[] = {"sh", "-c",
                                            "echo $$; exec sleep 1000", NULL};
    int ends[2];
    pid_t worker, child;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    worker = fork();
    if (worker == 0) {
        struct program *program = NULL;
        char text[32];
        ssize_t size;

        if (program_start(arguments, &program, NULL) < 0)
            _exit(1);
        fcntl(program_fd(program), F_SETFL, 0);
        size = read(program_fd(program), text, sizeof(text));
        if (size <= 0 || write(ends[1], text, (size_t)size) != size)
            _exit(1);
        for (;;)
            pause();
    }
    child = read_pid(ends[0]);
    kill(worker, SIGKILL);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    assert_gone(child);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_prints_and_ends),
        cmocka_unit_test(its_failures_are_told),
        cmocka_unit_test(it_gets_no_descriptor_of_ours),
        cmocka_unit_test(what_it_started_ends_with_it),
        cmocka_unit_test(it_ends_with_us),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
