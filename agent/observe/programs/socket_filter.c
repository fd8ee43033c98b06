#include "agent/observe/programs/socket_filter.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/syscall.h>

#include "agent/observe/host/processes.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define BUDGET_NS (50 * (int64_t)NS_PER_MS)

#ifndef SO_GET_FILTER
#    define SO_GET_FILTER 26
#endif

/* The number of that process's descriptor for the socket, or -1. */
static int find_descriptor(int pid, uint64_t inode)
{
    CLEAN(processes_close_dir) DIR *folder = NULL;
    const struct dirent *entry;
    char wanted[40];
    char target[40];
    char path[64];

    snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    folder = opendir(path);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target,
                                    sizeof(target) - 1);

        if (length <= 0)
            continue;
        target[length] = '\0';
        if (strcmp(target, wanted) == 0)
            return atoi(entry->d_name);
    }
    return -1;
}

static int copy_descriptor(int pid, int number)
{
    CLEAN_FD int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int copy;

    if (process < 0)
        return -errno;
    copy = (int)syscall(SYS_pidfd_getfd, process, number, 0);
    return copy < 0 ? -errno : copy;
}

/* The kernel tells the length of a classic filter, and refuses to show any
 * other. */
static int ask(int socket)
{
    socklen_t size = 0;

    if (getsockopt(socket, SOL_SOCKET, SO_GET_FILTER, NULL, &size) == 0)
        return size == 0 ? SOCKET_FILTER_NONE : SOCKET_FILTER_CLASSIC;
    return errno == EACCES ? SOCKET_FILTER_BPF : -errno;
}

int socket_filter_read(uint64_t inode, struct process *holder, struct err *err)
{
    struct process_query query = {.inode = inode};
    CLEAN_FD int socket = -1;
    int number;
    int filter;

    (void)processes_find(&query, 1, BUDGET_NS);
    number =
        query.process.pid > 0 ? find_descriptor(query.process.pid, inode) : -1;
    if (number < 0)
        return err_set(err, -ESRCH,
                       "no process was found that holds the listening socket");
    *holder = query.process;
    socket = copy_descriptor(holder->pid, number);
    filter = socket < 0 ? socket : ask(socket);
    if (filter < 0)
        return err_set(err, filter,
                       "the filter of %s's listening socket cannot be read: %s",
                       holder->name, strerror(-filter));
    return filter;
}
