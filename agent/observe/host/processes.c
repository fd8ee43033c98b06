#include "agent/observe/host/processes.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/observe/host/container_id.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/fs.h"

#define MAX_FILE      16384
#define MAX_ARGUMENTS (2 * 1024 * 1024) /* the kernel's limit */

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

/* Field 22, in clock ticks after boot; fields is at field 3, the state. */
static int64_t parse_start(const char *fields)
{
    long ticks_per_s = sysconf(_SC_CLK_TCK);
    int64_t ticks;

    for (unsigned field = 3; field < 22 && fields != NULL; field++) {
        fields = strchr(fields, ' ');
        if (fields != NULL)
            fields++;
    }
    if (fields == NULL || ticks_per_s <= 0 ||
        sscanf(fields, "%" SCNd64, &ticks) != 1 || ticks < 0 ||
        ticks > INT64_MAX / 1000)
        return -1;
    return ticks * 1000 / ticks_per_s;
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
    process->started_ms = parse_start(close + 2);
    return true;
}

static int64_t read_limit(const char *word)
{
    int64_t limit;

    return sscanf(word, "%" SCNd64, &limit) == 1 && limit >= 0 ? limit : -1;
}

void processes_parse_limits(const char *text, struct process *process)
{
    static const char label[] = "Max open files";
    const char *line = strstr(text, label);
    char soft[24];
    char hard[24];

    process->files_limit = process->files_hard = -1;
    if (line == NULL ||
        sscanf(line + sizeof(label) - 1, "%23s %23s", soft, hard) != 2)
        return;
    process->files_limit = read_limit(soft);
    process->files_hard = read_limit(hard);
}

bool processes_is_stopped(const struct process *process)
{
    return process->state[0] == 'T' || process->state[0] == 't' ||
           process->state[0] == 'F';
}

bool processes_parse_group(const char *text, char *group, size_t size)
{
    static const char prefix[] = "0::"; /* of the unified hierarchy */
    const char *line = text;
    size_t length;

    while (strncmp(line, prefix, sizeof(prefix) - 1) != 0) {
        line = strchr(line, '\n');
        if (line == NULL)
            return false;
        line++;
    }
    line += sizeof(prefix) - 1;
    length = strcspn(line, "\n");
    if (length >= size)
        return false;
    memcpy(group, line, length);
    group[length] = '\0';
    return strstr(group, "/..") == NULL;
}

/* docker pause and systemctl freeze stop whole groups; the process's own state
 * does not tell. */
static bool is_frozen(const char *cgroup)
{
    CLEAN_FREE char *events = NULL;
    char group[512];
    char path[sizeof(group) + 64];
    size_t size;

    if (!processes_parse_group(cgroup, group, sizeof(group)))
        return false;
    snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.events", group);
    return fs_read(path, MAX_FILE, &events, &size, NULL) == 0 &&
           strstr(events, "frozen 1") != NULL;
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

static void read_path(struct process *process, int pid)
{
    char path[64];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    length = readlink(path, process->path, sizeof(process->path) - 1);
    process->path[length > 0 ? length : 0] = '\0';
}

/* Is the path's last part this name, or this name with an ending? */
static bool is_file_called(const char *path, size_t size, const char *name)
{
    const char *slash = memrchr(path, '/', size);
    const char *file = slash == NULL ? path : slash + 1;
    size_t length = size - (size_t)(file - path);
    size_t wanted = strlen(name);

    return length >= wanted && memcmp(file, name, wanted) == 0 &&
           (length == wanted || file[wanted] == '.');
}

bool processes_find_argument(const char *arguments, size_t size,
                             const char *name)
{
    const char *end = arguments + size;

    while (arguments < end) {
        size_t length = strnlen(arguments, (size_t)(end - arguments));

        if (is_file_called(arguments, length, name))
            return true;
        arguments += length + 1;
    }
    return false;
}

bool processes_is_called(const struct process *process, const char *name)
{
    CLEAN_FREE char *arguments = NULL;
    char path[64];
    size_t size;

    /* The kernel cuts its names at 15 letters. */
    if (process->name[0] != '\0' && (strcmp(process->name, name) == 0 ||
                                     (strlen(process->name) == 15 &&
                                      strncmp(process->name, name, 15) == 0)))
        return true;
    if (is_file_called(process->path, strlen(process->path), name))
        return true;
    snprintf(path, sizeof(path), "/proc/%d/cmdline", process->pid);
    return fs_read(path, MAX_ARGUMENTS, &arguments, &size, NULL) == 0 &&
           processes_find_argument(arguments, size, name);
}

/* Its runtime takes the id for a command: so none that another than root may
 * have made up, and no name. */
static void read_container(const char *cgroup, struct process *process)
{
    struct container_id found;

    if (container_id_find(cgroup, &found) && !found.is_claimed &&
        !found.is_name)
        snprintf(process->container, sizeof(process->container), "%.12s",
                 found.id);
}

void processes_describe(struct process *process, int pid)
{
    CLEAN_FREE char *stat = read_file(pid, "stat");
    CLEAN_FREE char *limits = read_file(pid, "limits");
    CLEAN_FREE char *cgroup = read_file(pid, "cgroup");

    memset(process, 0, sizeof(*process));
    process->pid = pid;
    process->started_ms = -1;
    read_path(process, pid);
    if (cgroup != NULL) {
        (void)cgroup_unit_parse(cgroup, process->unit, process->user_unit);
        read_container(cgroup, process);
    }
    if (stat != NULL)
        (void)processes_parse_stat(stat, process);
    if (cgroup != NULL && is_frozen(cgroup))
        strcpy(process->state, "F");
    process->files = count_files(pid);
    processes_parse_limits(limits != NULL ? limits : "", process);
}

int64_t processes_age_s(const struct process *process)
{
    struct timespec now;

    if (process->started_ms < 0 || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
        return -1;
    return now.tv_sec - process->started_ms / 1000;
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

/* One process may hold a socket under several numbers: it counts once. */
static void count_holder(struct process_query *query, int pid)
{
    struct process holder;

    if (pid == 1 || pid == query->last)
        return;
    query->last = pid;
    processes_describe(&holder, pid);
    query->holders++;
    if (processes_is_stopped(&holder)) {
        query->stopped++;
        if (!processes_is_stopped(&query->process))
            query->process = holder;
    }
}

static void match(struct process_query *queries, size_t count, int pid,
                  uint64_t inode)
{
    for (size_t i = 0; i < count; i++) {
        if (queries[i].inode != inode)
            continue;
        if (queries[i].process.pid <= 1) {
            processes_describe(&queries[i].process, pid);
            queries[i].all |= queries[i].all_if_stopped &&
                              processes_is_stopped(&queries[i].process);
        }
        if (queries[i].all)
            count_holder(&queries[i], pid);
    }
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
        if (queries[i].process.pid <= 1 || queries[i].all)
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
