#include "agent/keeper/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

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

#define CAPABILITY(name) (UINT64_C(1) << (name))

/* Raw sockets and walks; rules and sequence numbers; sockets to processes and
 * other namespaces; drop events; probes as another user. */
static const uint64_t worker_capabilities =
    CAPABILITY(CAP_NET_RAW) | CAPABILITY(CAP_NET_ADMIN) |
    CAPABILITY(CAP_NET_BIND_SERVICE) | CAPABILITY(CAP_SYS_PTRACE) |
    CAPABILITY(CAP_DAC_READ_SEARCH) | CAPABILITY(CAP_SYS_ADMIN) |
    CAPABILITY(CAP_SYS_CHROOT) | CAPABILITY(CAP_BPF) | CAPABILITY(CAP_PERFMON) |
    CAPABILITY(CAP_SYSLOG) | CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID);

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

/* Root's programs get what the bounding set holds. */
static void keep_capabilities(uint64_t kept)
{
    for (int capability = 0; capability < 64; capability++)
        if ((kept >> capability & 1) == 0 &&
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return; /* beyond the kernel's last, or we are not root */
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
    return 0;
}

static int set_up_child(const struct spawn *spawn, const struct user *user,
                        pid_t parent)
{
    const struct rlimit no_core = {0, 0};
    sigset_t none;
    int status;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setrlimit(RLIMIT_CORE, &no_core);
    status = place_fds(spawn);
    if (status == 0 && spawn->unprivileged) {
        keep_capabilities(0);
        /* An agent that is not root may have been given ambient ones, which
         * the bounding set does not stop; an old kernel has none. */
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        status = user == NULL ? 0 : become_user(user);
    } else if (status == 0) {
        keep_capabilities(worker_capabilities);
    }
    /* After the change of user, which would clear it. */
    if (status == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        status = -errno;
    if (status == 0 && spawn->unprivileged &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        status = -errno;
    if (status == 0 && getppid() != parent)
        status = -ESRCH;
    return status;
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
    int status = set_up_child(spawn, user, parent);

    for (size_t i = 0;
         spawn->arguments != NULL && spawn->arguments[i] != NULL &&
         i + 2 < ARRAY_SIZE(arguments);
         i++)
        arguments[i + 1] = spawn->arguments[i];
    if (status == 0) {
        make_environment(environment);
        fexecve(program, as_argv(arguments), as_argv(environment));
        status = -errno;
    }
    log_error("cannot start %s: %s", spawn->helper, strerror(-status));
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
