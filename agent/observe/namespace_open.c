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

#include "agent/observe/namespaces.h"
#include "agent/observe/processes.h"
#include "agent/observe/program.h"
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
#define SHORT_ID          12 /* digits of a container's id that are compared */
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

static bool is_in_container(int pid, const char *id, size_t digits)
{
    CLEAN_FREE char *cgroup = NULL;
    char path[64];
    char found[SHORT_ID + 1];
    size_t size;

    snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
    return fs_read(path, MAX_CGROUP_FILE, &cgroup, &size, NULL) == 0 &&
           namespaces_find_container(cgroup, found) &&
           strncasecmp(found, id, digits) == 0;
}

static int find_by_id(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdefABCDEF");
    CLEAN(processes_close_dir) DIR *folder = NULL;
    int pid;

    if (digits < LEAST_ID || name[digits] != '\0')
        return 0;
    folder = opendir("/proc");
    while (folder != NULL && (pid = processes_next(folder)) > 0)
        if (is_in_container(pid, name, digits < SHORT_ID ? digits : SHORT_ID))
            return pid;
    return 0;
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
    int pid = find_by_id(name);

    return pid > 0 ? pid : find_by_name(name);
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
    else
        found = open_named(name);
    if (found < 0 && !is_pid)
        holder = find_pid(name);
    if (found < 0)
        found = open_of_pid(holder);
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
