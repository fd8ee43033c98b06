#include "agent/observe/processes.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/fs.h"

#define MAX_FILE 16384

void processes_close_dir(DIR **folder)
{
    if (*folder != NULL)
        closedir(*folder);
}

int processes_next(DIR *folder)
{
    const struct dirent *entry;

    while ((entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            return atoi(entry->d_name);
    return 0;
}

bool processes_parse_stat(const char *text, struct process *process)
{
    /* The name may hold anything, parentheses too. */
    const char *open = strchr(text, '(');
    const char *close = strrchr(text, ')');
    int length;

    if (open == NULL || close == NULL || close < open || close[1] != ' ' ||
        !isalpha((unsigned char)close[2]))
        return false;
    length = (int)(close - open - 1);
    if (length >= PROCESS_NAME_SIZE)
        length = PROCESS_NAME_SIZE - 1;
    snprintf(process->name, sizeof(process->name), "%.*s", length, open + 1);
    process->state[0] = close[2];
    process->state[1] = '\0';
    return true;
}

int64_t processes_parse_limits(const char *text)
{
    static const char label[] = "Max open files";
    const char *line = strstr(text, label);
    int64_t limit;

    if (line == NULL ||
        sscanf(line + sizeof(label) - 1, "%" SCNd64, &limit) != 1)
        return -1;
    return limit;
}

static char *read_file(int pid, const char *name)
{
    char path[64];
    char *text = NULL;
    size_t size;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    return fs_read(path, MAX_FILE, &text, &size, NULL) < 0 ? NULL : text;
}

static int64_t count_files(int pid)
{
    char path[64];
    DIR *folder;
    int64_t count = 0;

    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    folder = opendir(path);
    if (folder == NULL)
        return -1;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* "." and ".." */
}

static void describe(struct process *process, int pid)
{
    CLEAN_FREE char *stat = read_file(pid, "stat");
    CLEAN_FREE char *limits = read_file(pid, "limits");

    memset(process, 0, sizeof(*process));
    process->pid = pid;
    if (stat != NULL)
        (void)processes_parse_stat(stat, process);
    process->files = count_files(pid);
    process->files_limit = limits != NULL ? processes_parse_limits(limits) : -1;
}

static uint64_t socket_inode(int folder, const char *name)
{
    char target[64];
    ssize_t length = readlinkat(folder, name, target, sizeof(target) - 1);
    uint64_t inode;

    if (length <= 0)
        return 0;
    target[length] = '\0';
    return sscanf(target, "socket:[%" SCNu64 "]", &inode) == 1 ? inode : 0;
}

static void match(struct process_query *queries, size_t count, int pid,
                  uint64_t inode)
{
    for (size_t i = 0; i < count; i++)
        if (queries[i].inode == inode && queries[i].process.pid <= 1)
            describe(&queries[i].process, pid);
}

static void search_process(struct process_query *queries, size_t count, int pid,
                           int64_t deadline)
{
    CLEAN(processes_close_dir) DIR *folder = NULL;
    const struct dirent *entry;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    folder = opendir(path);
    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL &&
           clock_monotonic_ns() < deadline) {
        uint64_t inode = 0;

        if (entry->d_name[0] != '.')
            inode = socket_inode(dirfd(folder), entry->d_name);
        if (inode != 0)
            match(queries, count, pid, inode);
    }
}

static bool all_found(const struct process_query *queries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (queries[i].process.pid <= 1)
            return false;
    return true;
}

bool processes_find(struct process_query *queries, size_t count,
                    int64_t budget_ns)
{
    int64_t deadline = clock_monotonic_ns() + budget_ns;
    CLEAN(processes_close_dir) DIR *folder = opendir("/proc");
    int pid;

    while (folder != NULL && !all_found(queries, count) &&
           (pid = processes_next(folder)) > 0) {
        if (clock_monotonic_ns() >= deadline)
            return false;
        search_process(queries, count, pid, deadline);
    }
    return true;
}
