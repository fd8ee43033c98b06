/* Which process holds a socket. */
#ifndef OBSERVE_PROCESSES_H
#define OBSERVE_PROCESSES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/observe/host/cgroup_unit.h"

#define PROCESS_NAME_SIZE 64
#define PROCESS_PATH_SIZE 128

struct process
{
    int pid;                      /* 0: not found */
    char name[PROCESS_NAME_SIZE]; /* the kernel's short name, comm */
    char state[2];                /* R, S, D, T, Z ...; F: frozen, with its
                                     control group */
    int64_t files;                /* open descriptors, -1 unknown */
    int64_t files_limit;          /* of them, -1 unknown or unlimited */
    char path[PROCESS_PATH_SIZE]; /* its program's file, or empty */
    char unit[UNIT_NAME_SIZE];    /* systemd's, or empty; cgroup_unit.h */
    char user_unit[UNIT_NAME_SIZE];
    char container[13]; /* its short id, or empty */
    int64_t started_ms; /* after boot, -1 unknown */
    int64_t files_hard; /* up to which it may be raised, likewise */
};

struct process_query
{
    uint64_t inode;      /* of the socket */
    bool all;            /* count every holder, and how many are stopped */
    bool all_if_stopped; /* likewise, where the first one is stopped */
    struct process process;
    unsigned holders; /* with `all`: processes that hold it, but for 1 */
    unsigned stopped; /* of them, by a signal or a debugger */
    int last;         /* that was counted */
};

/* Finds the holders of all the sockets in one walk through /proc.  Of several
 * holders the first one counts, but any rather than process 1, which keeps the
 * sockets that it hands to services; with `all`, a stopped one rather than any
 * that runs.  False when the time ended the walk: counts are too low then. */
bool processes_find(struct process_query *queries, size_t count,
                    int64_t budget_ns);

/* The next process in an open /proc, or 0 at its end. */
int processes_next(DIR *folder);

/* All of the struct about a process; empty where it cannot be read. */
void processes_describe(struct process *process, int pid);

/* For how long it runs; -1 unknown. */
int64_t processes_age_s(const struct process *process);

/* Is the process called so?  Its name, its program's file, or a file among its
 * arguments ("python3 /opt/web.py" is web.py and web). */
bool processes_is_called(const struct process *process, const char *name);

/* Likewise for its arguments alone, size bytes of /proc/PID/cmdline. */
bool processes_find_argument(const char *arguments, size_t size,
                             const char *name);

/* The state's letter, the name, and the start in /proc/PID/stat, "7 (a b) S
 * ...".  False when the text is something else. */
bool processes_parse_stat(const char *text, struct process *process);

/* The limits of open files in /proc/PID/limits; -1 where it has none. */
void processes_parse_limits(const char *text, struct process *process);

/* The control group's folder below /sys/fs/cgroup (version 2) in
 * /proc/PID/cgroup.  False when the text names none, or one outside. */
bool processes_parse_group(const char *text, char *group, size_t size);

/* Does the state's letter say that it is stopped, or frozen? */
bool processes_is_stopped(const struct process *process);

void processes_close_dir(DIR **folder);

#endif
