/* Starting the agent's helper programs with what they need and no more. */
#ifndef KEEPER_SPAWN_H
#define KEEPER_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

struct err;

#define SPAWN_MAX_FDS 8

struct spawn
{
    const char *helper;           /* the program's name */
    const char *const *arguments; /* behind it, NULL-terminated; or NULL */
    int fds[SPAWN_MAX_FDS];       /* become 3, 4, ... in the helper */
    size_t fds_count;
    bool unprivileged; /* as the link's user, without any capability */
};

/* Forks and executes.  The helper dies with this process, and has of its
 * descriptors 0 to 2 and those given; what it may not be given is told on
 * standard error.  Returns its pid or negative errno; the descriptors stay the
 * caller's.  Not for a process with threads. */
pid_t spawn_helper(const struct spawn *spawn, struct err *err);

/* A pair of connected SOCK_SEQPACKET sockets, closed on exec. */
int spawn_make_channel(int ends[2], struct err *err);

#endif
