#include "agent/observe/namespaces.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "agent/observe/processes.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define NAMES_FOLDER    "/run/netns"
#define OWN_NAMESPACE   "/proc/thread-self/ns/net"
#define MAX_CGROUP_FILE (64 * 1024)
#define CONTAINER_ID    64 /* digits */

struct visitor
{
    int own; /* the way back */
    ino_t seen[NAMESPACES_MAX + 1];
    size_t count;
    namespace_fn fn;
    void *data;
    struct namespaces_visit *visit;
};

bool namespaces_find_container(const char *cgroup, char id[static 13])
{
    size_t run = 0;

    for (const char *at = cgroup; *at != '\0'; at++) {
        run = isxdigit((unsigned char)*at) ? run + 1 : 0;
        if (run == CONTAINER_ID) {
            snprintf(id, 13, "%.12s", at - (CONTAINER_ID - 1));
            return true;
        }
    }
    return false;
}

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

static void print_name(int pid, ino_t inode,
                       char name[static NAMESPACE_NAME_SIZE])
{
    CLEAN_FREE char *cgroup = NULL;
    char path[64];
    char id[13];
    size_t size;

    if (find_name(inode, name))
        return;
    snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
    if (fs_read(path, MAX_CGROUP_FILE, &cgroup, &size, NULL) == 0 &&
        namespaces_find_container(cgroup, id))
        snprintf(name, NAMESPACE_NAME_SIZE, "%s", id);
    else
        snprintf(name, NAMESPACE_NAME_SIZE, "%ju", (uintmax_t)inode);
}

static bool was_seen(struct visitor *visitor, ino_t inode)
{
    for (size_t i = 0; i < visitor->count; i++)
        if (visitor->seen[i] == inode)
            return true;
    return false;
}

static void enter(struct visitor *visitor, int pid, const char *path,
                  ino_t inode)
{
    CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    char name[NAMESPACE_NAME_SIZE];

    print_name(pid, inode, name);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
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
    char path[64];
    struct stat status;

    snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
    if (stat(path, &status) < 0 || was_seen(visitor, status.st_ino))
        return;
    if (visitor->count > NAMESPACES_MAX) {
        visitor->visit->cut = true;
        return;
    }
    visitor->seen[visitor->count++] = status.st_ino;
    enter(visitor, pid, path, status.st_ino);
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
    struct stat status;
    char path[64];
    int pid;

    while (folder != NULL && (pid = processes_next(folder)) > 0) {
        snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
        if (stat(path, &status) == 0 && status.st_ino == inode) {
            print_name(pid, status.st_ino, name);
            return true;
        }
    }
    return false;
}
