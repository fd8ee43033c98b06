#include "agent/observe/host/namespaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "agent/observe/host/container_id.h"
#include "agent/observe/host/processes.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define NAMES_FOLDER    "/run/netns"
#define OWN_NAMESPACE   "/proc/thread-self/ns/net"
#define MAX_CGROUP_FILE (64 * 1024)

struct visitor
{
    int own; /* the way back */
    ino_t seen[NAMESPACES_MAX + 1];
    size_t count;
    namespace_fn fn;
    void *data;
    struct namespaces_visit *visit;
};

static bool find_name(ino_t inode, char name[static NAMESPACE_NAME_SIZE])
{
    CLEAN(processes_close_dir) DIR *folder = opendir(NAMES_FOLDER);
    const struct dirent *entry;
    struct stat status;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' &&
            fstatat(dirfd(folder), entry->d_name, &status, 0) == 0 &&
            status.st_ino == inode) {
            snprintf(name, NAMESPACE_NAME_SIZE, "%.63s", entry->d_name);
            return true;
        }
    return false;
}

/* A process's folder below /proc and the network namespace that it lives in.
 * What is read through the folder is this process's, or nothing: its number may
 * be another's by then. */
struct home
{
    int folder;
    int fd;
    ino_t inode;
};

static void leave_home(struct home *home)
{
    if (home->fd >= 0)
        close(home->fd);
    if (home->folder >= 0)
        close(home->folder);
}

static bool find_home(struct home *home, int pid)
{
    char path[32];
    struct stat status;

    snprintf(path, sizeof(path), "/proc/%d", pid);
    home->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    home->fd = home->folder < 0
                   ? -1
                   : openat(home->folder, "ns/net", O_RDONLY | O_CLOEXEC);
    if (home->fd < 0 || fstat(home->fd, &status) < 0)
        return false;
    home->inode = status.st_ino;
    return true;
}

static void print_name(const struct home *home,
                       char name[static NAMESPACE_NAME_SIZE])
{
    CLEAN_FREE char *cgroup = NULL;
    struct container_id found;
    char path[64];
    size_t size;

    if (find_name(home->inode, name))
        return;
    snprintf(path, sizeof(path), "/proc/self/fd/%d/cgroup", home->folder);
    if (fs_read(path, MAX_CGROUP_FILE, &cgroup, &size, NULL) < 0 ||
        !container_id_find(cgroup, &found) || found.is_claimed)
        snprintf(name, NAMESPACE_NAME_SIZE, "%ju", (uintmax_t)home->inode);
    else
        snprintf(name, NAMESPACE_NAME_SIZE, "%.*s", found.is_name ? 63 : 12,
                 found.id);
}

static bool was_seen(struct visitor *visitor, ino_t inode)
{
    for (size_t i = 0; i < visitor->count; i++)
        if (visitor->seen[i] == inode)
            return true;
    return false;
}

static void enter(struct visitor *visitor, const struct home *home)
{
    char name[NAMESPACE_NAME_SIZE];

    print_name(home, name);
    if (setns(home->fd, CLONE_NEWNET) < 0) {
        visitor->visit->refused++;
        return;
    }
    visitor->visit->visited++;
    visitor->fn(name, visitor->data);
    /* Going on in the wrong namespace would bear false witness. */
    if (setns(visitor->own, CLONE_NEWNET) < 0)
        abort();
}

static void visit_process(struct visitor *visitor, int pid)
{
    CLEAN(leave_home) struct home home;

    if (!find_home(&home, pid) || was_seen(visitor, home.inode))
        return;
    if (visitor->count > NAMESPACES_MAX) {
        visitor->visit->cut = true;
        return;
    }
    visitor->seen[visitor->count++] = home.inode;
    enter(visitor, &home);
}

int namespaces_visit(int64_t budget_ns, namespace_fn fn, void *data,
                     struct namespaces_visit *visit, struct err *err)
{
    int64_t deadline = clock_monotonic_ns() + budget_ns;
    CLEAN_FD int own = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
    CLEAN(processes_close_dir) DIR *folder = opendir("/proc");
    struct visitor visitor = {.own = own, .fn = fn, .data = data};
    struct stat status;
    int pid;

    memset(visit, 0, sizeof(*visit));
    visitor.visit = visit;
    if (own < 0 || folder == NULL || fstat(own, &status) < 0)
        return err_set(err, -errno, "cannot read the network namespaces: %s",
                       strerror(errno));
    visitor.seen[visitor.count++] = status.st_ino;
    while ((pid = processes_next(folder)) > 0 && !visit->cut) {
        visit_process(&visitor, pid);
        if (clock_monotonic_ns() > deadline)
            visit->cut = true;
    }
    return 0;
}

bool namespaces_find(uint64_t inode, char name[static NAMESPACE_NAME_SIZE])
{
    CLEAN(processes_close_dir) DIR *folder = opendir("/proc");
    int pid;

    while (folder != NULL && (pid = processes_next(folder)) > 0) {
        CLEAN(leave_home) struct home home;

        if (find_home(&home, pid) && home.inode == inode) {
            print_name(&home, name);
            return true;
        }
    }
    return false;
}
