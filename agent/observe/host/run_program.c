#include "agent/observe/host/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define DEATH_MS 50 /* that a killed one may take; in state D it may hang on */

struct program
{
    const char *name;
    pid_t pid; /* 0: reaped */
    int fd;
    int64_t started;
    int64_t deadline;
    size_t max_output;
    int status; /* of reading: 0 or -errno */
    bool ended;
    char *output;
    size_t size;
    size_t room;
};

static const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin",
                                      "/usr/local/sbin"};

static int find_program(const char *name, char path[static PATH_MAX],
                        struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        snprintf(path, PATH_MAX, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return 0;
    }
    return err_set(err, -ENOENT, "the program %s is not installed", name);
}

bool program_is_installed(const char *name)
{
    char path[PATH_MAX];

    return find_program(name, path, NULL) == 0;
}

/* One that is to stay open under a number of its own. */
static bool place(int from, int to)
{
    return from == to ? fcntl(from, F_SETFD, 0) == 0 : dup2(from, to) == to;
}

/* All of it in the parent's memory: system calls and nothing else.  It dies
 * with us, however we do, and what it starts in turn is of its group. */
static _Noreturn void run_child(const char *path, const char *const *arguments,
                                const int streams[2], pid_t parent,
                                volatile int *failure)
{
    char *const environment[] = {NULL};
    sigset_t none;

    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
        place(streams[0], 0) && place(streams[1], 1) && place(streams[0], 2)) {
#ifdef SYS_close_range
        syscall(SYS_close_range, 3u, ~0u, 0u); /* as far as the kernel has it */
#endif
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(path, (char *const *)(uintptr_t)arguments, environment);
    }
    *failure = errno != 0 ? errno : ESRCH;
    _exit(127);
}

static int spawn(const char *path, const char *const *arguments, int output,
                 pid_t *pid)
{
    CLEAN_FD int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int streams[2] = {nothing, output};
    volatile int failure = 0;
    pid_t parent = getpid();
    pid_t child;

    if (nothing < 0)
        return -errno;
    child = vfork(); /* returns when the program runs, or cannot */
    if (child == 0)
        run_child(path, arguments, streams, parent, &failure);
    if (child < 0)
        return -errno;
    if (failure == 0) {
        *pid = child;
        return 0;
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return -failure;
}

static void clean_program(struct program **program)
{
    program_free(*program);
}

int program_start(const char *const *arguments, struct program **out,
                  struct err *err)
{
    CLEAN(clean_program) struct program *program = calloc(1, sizeof(*program));
    CLEAN_FD int output = -1;
    char path[PATH_MAX];
    int ends[2];
    int status;

    if (program == NULL)
        return err_set(err, -ENOMEM, "%s: out of memory", arguments[0]);
    program->fd = -1;
    program->name = arguments[0];
    status = find_program(arguments[0], path, err);
    if (status < 0)
        return status;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(err, -errno, "cannot make a pipe: %s", strerror(errno));
    program->fd = ends[0];
    output = ends[1];
    if (fcntl(program->fd, F_SETFL, O_NONBLOCK) < 0)
        return err_set(err, -errno, "cannot set up a pipe: %s",
                       strerror(errno));
    status = spawn(path, arguments, output, &program->pid);
    if (status < 0)
        return err_set(err, status, "cannot run %s: %s", path,
                       strerror(-status));
    program->started = clock_monotonic_ns();
    program_allow(program, PROGRAM_TIMEOUT_MS, PROGRAM_MAX_OUTPUT);
    *out = TAKE_PTR(program);
    return 0;
}

void program_allow(struct program *program, unsigned timeout_ms,
                   size_t max_output)
{
    program->deadline = program->started + (int64_t)timeout_ms * NS_PER_MS;
    program->max_output = max_output;
}

int program_fd(const struct program *program)
{
    return program->fd;
}

static int make_room(struct program *program)
{
    size_t room = program->room == 0 ? (size_t)16 * 1024 : program->room * 2;
    char *grown;

    if (program->size + 1 < program->room)
        return 0;
    if (program->size >= program->max_output)
        return -EFBIG;
    grown = realloc(program->output, room);
    if (grown == NULL)
        return -ENOMEM;
    program->output = grown;
    program->room = room;
    return 0;
}

static void end_reading(struct program *program, int status)
{
    program->status = status;
    program->ended = true;
}

bool program_poll(struct program *program)
{
    while (!program->ended) {
        int status = make_room(program);
        ssize_t got;

        if (status < 0) {
            end_reading(program, status);
            break;
        }
        got = read(program->fd, program->output + program->size,
                   program->room - program->size - 1);
        if (got < 0 && errno == EAGAIN)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            end_reading(program, got < 0 ? -errno : 0);
        else
            program->size += (size_t)got;
    }
    if (!program->ended && clock_monotonic_ns() > program->deadline)
        end_reading(program, -ETIMEDOUT);
    return program->ended;
}

static void wait_for_output(struct program *program)
{
    struct pollfd poll_fd = {.fd = program->fd, .events = POLLIN};

    while (!program_poll(program)) {
        int64_t left = program->deadline - clock_monotonic_ns();

        (void)poll(&poll_fd, 1, left > 0 ? (int)(left / NS_PER_MS) + 1 : 0);
    }
}

/* It closed its output, so it is about to end; a bit of patience. */
static int reap(struct program *program, int *exit_status)
{
    while (waitpid(program->pid, exit_status, WNOHANG) == 0) {
        struct timespec pause = {.tv_nsec = NS_PER_MS / 5};

        if (clock_monotonic_ns() > program->deadline)
            return -ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
    program->pid = 0;
    return 0;
}

int program_finish(struct program *program, char **output, size_t *size,
                   struct err *err)
{
    int exit_status = 0;

    wait_for_output(program);
    if (program->status == 0)
        program->status = reap(program, &exit_status);
    if (program->status < 0)
        return err_set(err, program->status, "the output of %s: %s",
                       program->name, strerror(-program->status));
    if (!WIFEXITED(exit_status) || WEXITSTATUS(exit_status) != 0)
        return err_set(err, -EIO, "the program %s failed (wait status %d)",
                       program->name, exit_status);
    program->output[program->size] = '\0';
    *output = TAKE_PTR(program->output);
    *size = program->size;
    return 0;
}

void program_free(struct program *program)
{
    if (program == NULL)
        return;
    if (program->pid > 0) {
        kill(-program->pid, SIGKILL);
        kill(program->pid, SIGKILL);
        program->deadline =
            clock_monotonic_ns() + (int64_t)DEATH_MS * NS_PER_MS;
        (void)reap(program, NULL);
    }
    if (program->fd >= 0)
        close(program->fd);
    free(program->output);
    free(program);
}
