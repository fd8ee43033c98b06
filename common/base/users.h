/* The users that this host's own files know: /etc/passwd and /etc/group.
 *
 * getpwnam() would load and ask whatever nsswitch.conf names, over the network
 * too, and may take long: not in the agent's privileged processes. */
#ifndef BASE_USERS_H
#define BASE_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#define USERS_MAX_GROUPS 64

struct user
{
    uid_t uid;
    gid_t gid;
    gid_t groups[USERS_MAX_GROUPS]; /* the others that it is a member of */
    size_t group_count;
};

/* By name, else by a decimal number.  A number that the file does not have is
 * a user with the group of that number.  False if there is no such name. */
bool users_find(const char *name, struct user *out);

#endif
