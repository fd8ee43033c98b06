/* BPF programs on control groups that decide about a socket's packets and
 * calls. */
#ifndef OBSERVE_CGROUP_PROGRAMS_H
#define OBSERVE_CGROUP_PROGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/observe/programs/found_programs.h"

struct err;

#define CGROUP_PATH_SIZE 512

/* The group that this process makes its sockets in: its path in the file
 * system, found by the mounts that are seen. */
int cgroup_own(char path[static CGROUP_PATH_SIZE], struct err *err);

/* The group with the kernel's number, as sockets tell it.  -ESTALE when it is
 * not among those that this host sees. */
int cgroup_by_id(uint64_t id, char path[static CGROUP_PATH_SIZE],
                 struct err *err);

/* Adds the programs of that hook ("cgroup-ingress", "cgroup-egress",
 * "cgroup-connect4", "cgroup-connect6") which run for sockets of this group:
 * its own and those of the groups above. */
int cgroup_programs_find(const char *path, const char *hook,
                         struct found_programs *found, struct err *err);

/* The path of the second hierarchy in the text of /proc/PID/cgroup, "0::/a/b",
 * below a mount that shows root and stands at path.  -ENOENT if there is none,
 * or it is not below that root. */
int cgroup_parse(const char *text, const char *root, const char *mount,
                 char path[static CGROUP_PATH_SIZE]);

#endif
