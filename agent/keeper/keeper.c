#include "agent/keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <linux/capability.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/keeper/capabilities.h"
#include "agent/keeper/handoff.h"
#include "agent/keeper/spawn.h"
#include "agent/keeper/state.h"
#include "agent/keeper/workers.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"

#define STATUS_USAGE      2
#define RESTART_MIN_MS    500
#define RESTART_MAX_MS    30000
#define RESTART_STEADY_MS 60000 /* alive so long: forget earlier failures */
#define ORPHAN_GRACE_MS   2000
#define SHUTDOWN_GRACE_MS 2500

struct keeper
{
    const char *state_dir;
    struct workers workers;
    int signals;
    pid_t link;  /* 0: not running */
    int channel; /* to the link; -1: none */
    int64_t link_started_ns, restart_at_ns, stop_at_ns;
    unsigned restart_ms;
    bool stopping;
};

/* What the link is to tell of this host, in the words of AGENT_LACKS
 * (proto/message.h), behind each other on its command line. */
static void put_lacks(const char *arguments[static 3])
{
    if (!capabilities_has(CAP_NET_RAW))
        *arguments++ = "capture";
    if (!capabilities_has(CAP_NET_ADMIN))
        *arguments++ = "trace-rules";
    *arguments = NULL;
}

static int start_link(struct keeper *keeper, struct err *err)
{
    const char *lacks[3];
    struct spawn spawn = {
        .helper = "probe-agent-link", .arguments = lacks, .unprivileged = true};
    int ends[2];
    int status = spawn_make_channel(ends, err);
    pid_t pid;

    if (status < 0)
        return status;
    put_lacks(lacks);
    spawn.fds[0] = ends[1];
    spawn.fds_count = 1 + STATE_FILES;
    status = state_open_identity(keeper->state_dir, spawn.fds + 1, err);
    if (status < 0) {
        close(ends[0]);
        close(ends[1]);
        return status;
    }
    pid = spawn_helper(&spawn, err);
    for (size_t i = 0; i < spawn.fds_count; i++)
        close(spawn.fds[i]);
    if (pid < 0) {
        close(ends[0]);
        return pid;
    }
    keeper->channel = ends[0];
    keeper->link = pid;
    keeper->link_started_ns = clock_monotonic_ns();
    return 0;
}

static void schedule_restart(struct keeper *keeper)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t alive_ns = now_ns - keeper->link_started_ns;

    if (alive_ns > (int64_t)RESTART_STEADY_MS * NS_PER_MS)
        keeper->restart_ms = RESTART_MIN_MS;
    keeper->restart_at_ns = now_ns + (int64_t)keeper->restart_ms * NS_PER_MS;
    keeper->restart_ms *= 2;
    if (keeper->restart_ms > RESTART_MAX_MS)
        keeper->restart_ms = RESTART_MAX_MS;
}

static void close_channel(struct keeper *keeper)
{
    if (keeper->channel >= 0)
        close(keeper->channel);
    keeper->channel = -1;
}

/* One datagram to the link, with a descriptor if fd is not -1.  A link that
 * does not read is a broken one. */
static void reply(struct keeper *keeper, const struct handoff_reply *message,
                  int fd)
{
    union
    {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct handoff_reply copy = *message;
    struct iovec part = {&copy, sizeof(copy)};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

    if (keeper->channel < 0)
        return;
    if (fd >= 0) {
        struct cmsghdr *item;

        header.msg_control = control.bytes;
        header.msg_controllen = sizeof(control.bytes);
        item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(item), &fd, sizeof(fd));
    }
    if (sendmsg(keeper->channel, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        log_error("the link does not take an answer (%s): starting it anew",
                  strerror(errno));
        kill(keeper->link, SIGKILL);
        close_channel(keeper);
    }
}

static void receive_order(struct keeper *keeper)
{
    struct handoff_reply answer;
    struct order order;
    ssize_t size =
        recv(keeper->channel, &order, sizeof(order), MSG_TRUNC | MSG_DONTWAIT);
    int worker;

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) { /* it is dying; SIGCHLD comes */
        close_channel(keeper);
        return;
    }
    if ((size_t)size != sizeof(order)) {
        log_error("the link sent %zd bytes that are no order of this "
                  "version's: starting it anew; after an upgrade restart the "
                  "whole agent (systemctl restart probe-agent)",
                  size);
        kill(keeper->link, SIGKILL);
        close_channel(keeper);
        return;
    }
    worker = workers_start(&keeper->workers, &order, &answer);
    reply(keeper, &answer, worker);
    if (worker >= 0)
        close(worker);
}

static void link_ended(struct keeper *keeper, int wait_status)
{
    keeper->link = 0;
    close_channel(keeper);
    workers_hurry(&keeper->workers, clock_monotonic_ns(), ORPHAN_GRACE_MS);
    if (keeper->stopping)
        return;
    schedule_restart(keeper);
    if (WIFSIGNALED(wait_status))
        log_error("the link died: %s", strsignal(WTERMSIG(wait_status)));
    else
        log_error("the link ended with status %d", WEXITSTATUS(wait_status));
}

static void reap(struct keeper *keeper)
{
    struct handoff_reply answer;
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        if (pid == keeper->link)
            link_ended(keeper, wait_status);
        else if (!drops_reap(&keeper->workers.drops, pid) &&
                 workers_reap(&keeper->workers, pid, wait_status, &answer))
            reply(keeper, &answer, -1);
    }
}

static void begin_stop(struct keeper *keeper)
{
    int64_t now_ns = clock_monotonic_ns();

    keeper->stopping = true;
    keeper->stop_at_ns = now_ns + (int64_t)SHUTDOWN_GRACE_MS * NS_PER_MS;
    if (keeper->link != 0)
        kill(keeper->link, SIGTERM);
    workers_hurry(&keeper->workers, now_ns, ORPHAN_GRACE_MS);
}

static void handle_signals(struct keeper *keeper)
{
    struct signalfd_siginfo info;

    while (read(keeper->signals, &info, sizeof(info)) == sizeof(info))
        if (info.ssi_signo == SIGCHLD)
            reap(keeper);
        else if (!keeper->stopping)
            begin_stop(keeper);
}

static void restart_link(struct keeper *keeper)
{
    struct err err = {0};

    if (start_link(keeper, &err) == 0)
        return;
    log_error("%s", err.text);
    keeper->link_started_ns = clock_monotonic_ns();
    schedule_restart(keeper);
}

/* Milliseconds until something is due; -1 for never. */
static int run_timers(struct keeper *keeper)
{
    int64_t now_ns = clock_monotonic_ns();
    int wait_ms = workers_kill_overdue(&keeper->workers, now_ns);
    int64_t due_ns = 0;

    if (keeper->stopping) {
        if (keeper->stop_at_ns <= now_ns && keeper->link != 0)
            kill(keeper->link, SIGKILL);
        due_ns = keeper->stop_at_ns;
    } else if (keeper->link == 0) {
        if (keeper->restart_at_ns <= now_ns)
            restart_link(keeper);
        due_ns = keeper->link == 0 ? keeper->restart_at_ns : 0;
    }
    if (due_ns != 0) {
        int due_ms =
            due_ns <= now_ns ? 100 : (int)((due_ns - now_ns) / NS_PER_MS + 1);

        if (wait_ms < 0 || due_ms < wait_ms)
            wait_ms = due_ms;
    }
    return wait_ms;
}

static int watch_signals(struct err *err)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_set(err, -errno, "cannot watch signals: %s",
                       strerror(errno));
    return fd;
}

static void loop(struct keeper *keeper)
{
    while (!keeper->stopping || keeper->link != 0 ||
           workers_count(&keeper->workers) > 0) {
        int wait_ms = run_timers(keeper); /* may start a link: a new channel */
        struct drops *drops = &keeper->workers.drops;
        struct pollfd polled[3 + WORKERS_MAX] = {
            {.fd = keeper->signals, .events = POLLIN},
            {.fd = keeper->channel, .events = POLLIN},
            {.fd = drops->channel, .events = POLLIN}};

        workers_fill_polls(&keeper->workers, polled + 3);

        if (keeper->stopping)
            polled[1].fd = -1;
        if (poll(polled, ARRAY_SIZE(polled), wait_ms) < 0 && errno != EINTR) {
            log_error("cannot wait: %s", strerror(errno));
            begin_stop(keeper);
        }
        workers_answer(&keeper->workers, polled + 3);
        if (polled[0].revents != 0)
            handle_signals(keeper);
        if (polled[1].revents != 0 && keeper->channel == polled[1].fd)
            receive_order(keeper);
        if (polled[2].revents != 0)
            drops_receive(drops);
    }
}

/* Two agents of one name would take the controller's connection from each
 * other for ever.  The lock goes with the descriptor, which is never closed. */
static int lock_state(const char *state_dir, struct err *err)
{
    int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_set(err, -errno, "cannot open the state folder %s: %s%s",
                       state_dir, strerror(errno),
                       errno == EACCES   ? "; run as root"
                       : errno == ENOENT ? "; 'probe-agent join' makes it"
                                         : "");
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    close(fd);
    return err_set(err, -EBUSY,
                   "another probe-agent runs with the state folder %s: stop it "
                   "first (systemctl stop probe-agent)",
                   state_dir);
}

/* Said at once: a trace tells it only when one is made. */
static void warn_of_blindness(void)
{
    if (!capabilities_has(CAP_NET_RAW))
        log_warning("without CAP_NET_RAW no packet can be captured here: what "
                    "becomes of them on this host no trace will tell");
    if (!capabilities_has(CAP_NET_ADMIN))
        log_warning("without CAP_NET_ADMIN no firewall rule can be traced "
                    "here, and no attempt has a sequence number of its own");
}

int keeper_run(const char *state_dir, const char *policy_path)
{
    static struct keeper keeper;
    struct policy policy;
    struct err err = {0};
    int status = policy_read(policy_path, &policy, &err);

    if (status == 0)
        status = lock_state(state_dir, &err);

    keeper = (struct keeper){.state_dir = state_dir,
                             .workers.policy_path = policy_path,
                             .signals = -1,
                             .channel = -1,
                             .restart_ms = RESTART_MIN_MS};
    if (status == 0)
        status = keeper.signals = watch_signals(&err);
    if (status >= 0)
        status = start_link(&keeper, &err);
    if (status < 0) {
        log_error("%s", err.text);
        return STATUS_USAGE;
    }
    if (geteuid() != 0)
        log_warning("not run by root: the link is not confined to a user of "
                    "its own, and most observers will be missing");
    warn_of_blindness();
    drops_start(&keeper.workers.drops);
    loop(&keeper);
    drops_stop(&keeper.workers.drops);
    close_channel(&keeper);
    close(keeper.signals);
    return 0;
}
