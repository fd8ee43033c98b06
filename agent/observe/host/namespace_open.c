/* From what an operator calls a network namespace to an open descriptor. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/nsfs.h>
#include <sys/ioctl.h>

#include "agent/observe/host/container_id.h"
#include "agent/observe/host/namespaces.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/run_program.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/trace/order.h"

#define NAMES_FOLDER "/run/netns"
/* A container's runner on a busy host; nothing is armed yet. */
#define RUNNER_TIMEOUT_MS 1500
#define PID_PREFIX        "pid:"
#define MAX_CGROUP_FILE   (64 * 1024)
#define MAX_COMM_FILE     256
#define LEAST_ID          6

/* A positive process id and nothing else, or 0. */
static int parse_pid(const char *text, size_t size)
{
    char digits[12] = "";
    char *end;
    long pid;

    while (size > 0 && isspace((unsigned char)text[size - 1]))
        size--;
    if (size == 0 || size >= sizeof(digits) || !isdigit((unsigned char)*text))
        return 0;
    memcpy(digits, text, size);
    errno = 0;
    pid = strtol(digits, &end, 10);
    return errno != 0 || *end != '\0' || pid > 0x7fffffff ? 0 : (int)pid;
}

static int open_of_pid(int pid)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
    return pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static int open_named(const char *name)
{
    char path[sizeof(NAMES_FOLDER) + 1 + INSIDE_NAME_SIZE];

    snprintf(path, sizeof(path), "%s/%s", NAMES_FOLDER, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool read_container(int pid, struct container_id *out)
{
    CLEAN_FREE char *cgroup = NULL;
    char path[64];
    size_t size;

    snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
    return fs_read(path, MAX_CGROUP_FILE, &cgroup, &size, NULL) == 0 &&
           container_id_find(cgroup, out);
}

/* Ids by their first digits, names as a whole. */
static bool is_meant(const struct container_id *container, const char *name)
{
    size_t length = strlen(name);

    if (container->is_name)
        return strcmp(container->id, name) == 0;
    return length >= LEAST_ID && length < CONTAINER_ID_SIZE &&
           strncasecmp(container->id, name, length) == 0;
}

/* A process in the container that the name means.  One that nobody but root can
 * have named so counts before all others.  0 when there is none, -ENOTUNIQ when
 * there are several. */
static int find_by_cgroup(const char *name)
{
    CLEAN(processes_close_dir) DIR *folder = opendir("/proc");
    struct container_id best;
    int found = 0;
    bool several = false;
    int pid;

    while (folder != NULL && (pid = processes_next(folder)) > 0) {
        struct container_id one;

        if (!read_container(pid, &one) || !is_meant(&one, name) ||
            (found != 0 && one.is_claimed && !best.is_claimed))
            continue;
        if (found != 0 && one.is_claimed == best.is_claimed) {
            several = several || strcmp(one.id, best.id) != 0;
            continue;
        }
        best = one;
        found = pid;
        several = false;
    }
    return several ? -ENOTUNIQ : found;
}

static bool is_called(int pid, const char *name)
{
    CLEAN_FREE char *comm = NULL;
    size_t length = strlen(name);
    char path[64];
    size_t size;

    snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    return fs_read(path, MAX_COMM_FILE, &comm, &size, NULL) == 0 &&
           strncmp(comm, name, length) == 0 && comm[length] == '\n';
}

static bool is_running(const char *name)
{
    CLEAN(processes_close_dir) DIR *folder = opendir("/proc");
    int pid;

    while (folder != NULL && (pid = processes_next(folder)) > 0)
        if (is_called(pid, name))
            return true;
    return false;
}

static int ask_runner(const char *runner, const char *name)
{
    const char *arguments[] = {runner,      "inspect",  "--type",
                               "container", "--format", "{{.State.Pid}}",
                               name,        NULL};
    CLEAN_FREE char *output = NULL;
    struct program *program = NULL;
    size_t size = 0;
    int pid = 0;

    if (program_start(arguments, &program, NULL) < 0)
        return 0;
    program_allow(program, RUNNER_TIMEOUT_MS, PROGRAM_MAX_OUTPUT);
    if (program_finish(program, &output, &size, NULL) == 0)
        pid = parse_pid(output, size);
    program_free(program);
    return pid;
}

/* The process in the container, by the program that runs it.  It is asked only
 * where its daemon runs, or each container's keeper: docker's socket would
 * start the one, with all its rules, and podman would make its folders. */
static int find_by_name(const char *name)
{
    static const struct
    {
        const char *runner, *sign;
    } runners[] = {{"docker", "dockerd"}, {"podman", "conmon"}};

    for (size_t i = 0; i < ARRAY_SIZE(runners); i++) {
        int pid = is_running(runners[i].sign)
                      ? ask_runner(runners[i].runner, name)
                      : 0;

        if (pid > 0)
            return pid;
    }
    return 0;
}

static int find_pid(const char *name)
{
    int pid = find_by_cgroup(name);

    return pid != 0 ? pid : find_by_name(name);
}

/* Opens the namespace of a process of that container.  It may have ended in
 * between, and its number be another's: so it is looked at once more. */
static int open_container(const char *name, int *pid)
{
    struct container_id before = {0};
    struct container_id after = {0};
    CLEAN_FD int fd = -1;

    *pid = find_pid(name);
    if (*pid <= 0)
        return *pid < 0 ? *pid : -ENOENT;
    (void)read_container(*pid, &before);
    fd = open_of_pid(*pid);
    (void)read_container(*pid, &after);
    if (fd < 0 || strcmp(before.id, after.id) != 0)
        return -ESRCH;
    return TAKE_FD(fd);
}

int namespaces_open(const char *name, int *fd, int *pid, struct err *err)
{
    const size_t prefix = strlen(PID_PREFIX);
    bool is_pid = strncmp(name, PID_PREFIX, prefix) == 0;
    CLEAN_FD int found = -1;
    int holder = 0;

    if (!inside_name_is_valid(name))
        return err_set(err, -EINVAL, "the namespace's name is malformed");
    if (is_pid)
        holder = parse_pid(name + prefix, strlen(name) - prefix);
    found = is_pid ? open_of_pid(holder) : open_named(name);
    if (found < 0 && !is_pid)
        found = open_container(name, &holder);
    if (found == -ENOTUNIQ)
        return err_set(err, -ENOTUNIQ,
                       "%s fits several containers here: give more digits",
                       name);
    if (found < 0)
        return err_set(
            err, -ENOENT,
            "there is no network namespace or running container %s "
            "here: 'ip netns' and 'docker ps' list them; pid:N means "
            "that of a process",
            name);
    if (ioctl(found, NS_GET_NSTYPE) != CLONE_NEWNET)
        return err_set(err, -EINVAL, "%s is no network namespace", name);
    *fd = TAKE_FD(found);
    *pid = holder;
    return 0;
}
