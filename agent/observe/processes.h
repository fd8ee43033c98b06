/* Which process holds a socket. */
#ifndef OBSERVE_PROCESSES_H
#define OBSERVE_PROCESSES_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_NAME_SIZE 64

struct process
{
    int pid;                      /* 0: not found */
    char name[PROCESS_NAME_SIZE]; /* the kernel's short name, comm */
    char state[2];                /* R, S, D, T, Z ... */
    int64_t files;                /* open descriptors, -1 unknown */
    int64_t files_limit;          /* of them, -1 unknown or unlimited */
};

struct process_query
{
    uint64_t inode; /* of the socket */
    struct process process;
};

/* Finds the holders of all the sockets in one walk through /proc.  Of several
 * holders the first one counts, but any rather than process 1, which keeps the
 * sockets that it hands to services.  False when the time ended the walk. */
bool processes_find(struct process_query *queries, size_t count,
                    int64_t budget_ns);

/* The next process in an open /proc, or 0 at its end. */
int processes_next(DIR *folder);

/* The state's letter and the name in /proc/PID/stat, "7 (a b) S ...".  False
 * when the text is something else. */
bool processes_parse_stat(const char *text, struct process *process);

/* The soft limit of open files in /proc/PID/limits; -1 when it has none. */
int64_t processes_parse_limits(const char *text);

void processes_close_dir(DIR **folder);

#endif
