#include "agent/worker/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "agent/observe/host/namespaces.h"
#include "common/base/clean.h"
#include "common/base/err.h"

#define OWN_NAMESPACE "/proc/thread-self/ns/net"

static void go(int namespace)
{
    if (setns(namespace, CLONE_NEWNET) < 0)
        abort();
}

static void on_timer(uv_timer_t *timer);

/* Runs what is due in the host's namespace, where the thread stands now, and
 * says when to come again: at once for handles that are closing. */
static void run_due(struct inside *inside)
{
    int wait_ms;

    uv_run(&inside->loop, UV_RUN_NOWAIT);
    wait_ms = uv_backend_timeout(&inside->loop);
    if (uv_is_closing((uv_handle_t *)&inside->timer))
        return;
    uv_timer_stop(&inside->timer);
    if (wait_ms >= 0 && uv_loop_alive(&inside->loop))
        uv_timer_start(&inside->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void visit_host(struct inside *inside)
{
    inside_enter_host(inside);
    inside_leave_host(inside);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    visit_host(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
    visit_host(timer->data);
}

static int open_both(int fds[2], ino_t inodes[2], int *pid, const char *name,
                     struct err *err)
{
    struct stat info;
    int status = namespaces_open(name, &fds[0], pid, err);

    if (status < 0)
        return status;
    fds[1] = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 2; i++) {
        if (fds[i] < 0 || fstat(fds[i], &info) < 0)
            return err_set(err, -errno, "cannot look at a namespace: %s",
                           strerror(errno));
        inodes[i] = info.st_ino;
    }
    /* Whoever gets there and back once does so again. */
    if (setns(fds[0], CLONE_NEWNET) < 0 || setns(fds[1], CLONE_NEWNET) < 0)
        return err_set(err, -errno,
                       "cannot enter the network of %s (%s): the agent needs "
                       "CAP_SYS_ADMIN",
                       name, strerror(errno));
    if (inodes[0] == inodes[1])
        return err_set(err, -EINVAL,
                       "%s has the host's own network: leave out --in", name);
    return 0;
}

int inside_open(struct inside *inside, uv_loop_t *loop, const char *name,
                struct err *err)
{
    int fds[2] = {-1, -1};
    ino_t inodes[2] = {0, 0};
    int status = open_both(fds, inodes, &inside->pid, name, err);
    CLEAN_FD int there = fds[0];
    CLEAN_FD int host = fds[1];

    if (status < 0)
        return status;
    status = uv_loop_init(&inside->loop);
    if (status < 0)
        return err_set(err, status, "a second loop: %s", uv_strerror(status));
    inside->there = TAKE_FD(there);
    inside->host = TAKE_FD(host);
    inside->host_inode = (uint32_t)inodes[1];
    uv_timer_init(loop, &inside->timer);
    inside->timer.data = inside;
    uv_poll_init(loop, &inside->poll, uv_backend_fd(&inside->loop));
    inside->poll.data = inside;
    uv_poll_start(&inside->poll, UV_READABLE, on_readable);
    return 0;
}

void inside_begin(struct inside *inside)
{
    go(inside->there);
}

void inside_enter_host(struct inside *inside)
{
    if (inside->depth++ == 0)
        go(inside->host);
}

/* What was begun in the host's namespace is taken up by its loop first. */
void inside_leave_host(struct inside *inside)
{
    if (inside->depth == 1)
        run_due(inside);
    if (--inside->depth == 0)
        go(inside->there);
}

void inside_close(struct inside *inside)
{
    if (inside->host == 0)
        return;
    uv_close((uv_handle_t *)&inside->poll, NULL);
    uv_close((uv_handle_t *)&inside->timer, NULL);
    uv_run(&inside->loop, UV_RUN_NOWAIT);
    uv_loop_close(&inside->loop);
    close(inside->there);
    close(inside->host);
    inside->host = 0;
}
