#include "agent/keeper/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include <linux/capability.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "agent/keeper/capabilities.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/base/log.h"
#include "common/base/users.h"

#define LINK_USER      "probe-agent-link"
#define FALLBACK_USER  "nobody"
#define FIRST_FD       3
#define PARKED_FD      64 /* above all numbers that a helper is given */
#define STATUS_NO_EXEC 127

/* The longest is the policy's (policy.h), with the name before it and NULL. */
#define SPAWN_MAX_ARGUMENTS 128

/* Raw sockets and walks; rules and sequence numbers; sockets to processes and
 * other namespaces; drop events; probes as another user. */
static const unsigned worker_capabilities[] = {
    CAP_NET_RAW,         CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_SYS_PTRACE,
    CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN, CAP_SYS_CHROOT,       CAP_BPF,
    CAP_PERFMON,         CAP_SYSLOG,    CAP_SETUID,           CAP_SETGID,
};

static int find_link_user(struct user *out, struct err *err)
{
    static bool told;

    if (users_find(LINK_USER, out) && out->uid != 0)
        return 0;
    if (!users_find(FALLBACK_USER, out) || out->uid == 0)
        return err_set(err, -ENOENT,
                       "there is neither a user " LINK_USER
                       " nor " FALLBACK_USER
                       ": run adduser --system " LINK_USER);
    if (!told)
        log_warning("there is no user " LINK_USER
                    ": the link runs as " FALLBACK_USER);
    told = true;
    return 0;
}

static int become_user(const struct user *user)
{
    if (setgroups(0, NULL) < 0 || setresgid(user->gid, user->gid, user->gid) ||
        setresuid(user->uid, user->uid, user->uid))
        return -errno;
    return 0;
}

static int place_fds(const struct spawn *spawn)
{
    int parked[SPAWN_MAX_FDS];

    for (size_t i = 0; i < spawn->fds_count; i++) {
        parked[i] = fcntl(spawn->fds[i], F_DUPFD_CLOEXEC, PARKED_FD);
        if (parked[i] < 0)
            return -errno;
    }
    for (size_t i = 0; i < spawn->fds_count; i++)
        if (dup2(parked[i], FIRST_FD + (int)i) < 0)
            return -errno;
    /* Nor what we were started with ourselves; before Linux 5.11 it stays. */
    (void)close_range(FIRST_FD + (unsigned)spawn->fds_count, ~0U,
                      CLOSE_RANGE_CLOEXEC);
    return 0;
}

/* Root's programs get what the bounding set holds.  Whoever is not root gets
 * nothing by it; a root without CAP_SETPCAP has been limited by somebody else,
 * who is told that we cannot limit further. */
static int bound_capabilities(const struct spawn *spawn, const unsigned *kept,
                              size_t count, struct err *err)
{
    int status = capabilities_bound(kept, count, err);

    if (status != -EPERM || geteuid() == 0) {
        if (status == -EPERM)
            log_warning("%s: %s", spawn->helper, err->text);
        else if (status < 0)
            return status;
    }
    return 0;
}

/* The user first: to change him needs a capability. */
static int give_up_rights(const struct spawn *spawn, const struct user *user,
                          struct err *err)
{
    const unsigned *kept = spawn->unprivileged ? NULL : worker_capabilities;
    size_t count = spawn->unprivileged ? 0 : ARRAY_SIZE(worker_capabilities);
    int status = bound_capabilities(spawn, kept, count, err);

    if (status == 0 && user != NULL && become_user(user) < 0)
        status = err_set(err, -errno, "cannot become user %u: %s",
                         (unsigned)user->uid, strerror(errno));
    return status < 0 ? status : capabilities_limit(kept, count, err);
}

static int set_up_child(const struct spawn *spawn, const struct user *user,
                        pid_t parent, struct err *err)
{
    const struct rlimit no_core = {0, 0};
    sigset_t none;
    int status;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setrlimit(RLIMIT_CORE, &no_core);
    status = place_fds(spawn);
    if (status < 0)
        return err_set(err, status, "cannot place its descriptors: %s",
                       strerror(-status));
    status = give_up_rights(spawn, user, err);
    if (status < 0)
        return status;
    /* After the change of user, which would clear it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
        (spawn->unprivileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0))
        return err_set(err, -errno, "prctl: %s", strerror(errno));
    return getppid() == parent ? 0
                               : err_set(err, -ESRCH, "nobody waits for it");
}

/* The helper's whole environment: nothing of the operator's shell. */
static void make_environment(const char *list[static 8])
{
    static const char *const passed[] = {
        "JOURNAL_STREAM=", "ASAN_OPTIONS=", "UBSAN_OPTIONS="};
    size_t used = 0;

    list[used++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    list[used++] = "LC_ALL=C.UTF-8";
    list[used++] = "UV_THREADPOOL_SIZE=1";
    list[used++] = "MALLOC_ARENA_MAX=1";
    for (char **entry = environ; *entry != NULL; entry++)
        for (size_t i = 0; i < ARRAY_SIZE(passed); i++)
            if (strncmp(*entry, passed[i], strlen(passed[i])) == 0 && used < 7)
                list[used++] = *entry;
    list[used] = NULL;
}

/* exec's prototypes are older than const. */
static char *const *as_argv(const char **list)
{
    return (char *const *)(uintptr_t)list;
}

static _Noreturn void run_child(const struct spawn *spawn, int program,
                                const struct user *user, pid_t parent)
{
    const char *arguments[SPAWN_MAX_ARGUMENTS] = {spawn->helper};
    const char *environment[8];
    struct err err = {0};
    int status = set_up_child(spawn, user, parent, &err);

    for (size_t i = 0;
         spawn->arguments != NULL && spawn->arguments[i] != NULL &&
         i + 2 < ARRAY_SIZE(arguments);
         i++)
        arguments[i + 1] = spawn->arguments[i];
    if (status == 0) {
        make_environment(environment);
        fexecve(program, as_argv(arguments), as_argv(environment));
        err_set(&err, -errno, "%s", strerror(errno));
    }
    log_error("cannot start %s: %s", spawn->helper, err.text);
    _exit(STATUS_NO_EXEC);
}

pid_t spawn_helper(const struct spawn *spawn, struct err *err)
{
    bool change_user = spawn->unprivileged && geteuid() == 0;
    struct user user = {0};
    char path[PATH_MAX];
    CLEAN_FD int program = -1;
    pid_t parent = getpid();
    pid_t child;
    int status = fs_find_helper(path, sizeof(path), PROBE_HELPER_DIR,
                                spawn->helper, err);

    if (status == 0 && change_user)
        status = find_link_user(&user, err);
    if (status < 0)
        return status;
    /* Opened here, because the other user may not be able to reach it. */
    program = open(path, O_PATH | O_CLOEXEC);
    if (program >= 0 && program < PARKED_FD) {
        int low = program;

        program = fcntl(low, F_DUPFD_CLOEXEC, PARKED_FD);
        close(low);
    }
    if (program < 0)
        return err_set(err, -errno, "cannot open %s: %s", path,
                       strerror(errno));
    child = fork();
    if (child < 0)
        return err_set(err, -errno, "cannot fork: %s", strerror(errno));
    if (child == 0)
        run_child(spawn, program, change_user ? &user : NULL, parent);
    return child;
}

int spawn_make_channel(int ends[2], struct err *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return err_set(err, -errno, "cannot make a channel: %s",
                       strerror(errno));
    return 0;
}
