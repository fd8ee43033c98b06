/* What is mounted where, of one kind (/proc/self/mountinfo). */
#ifndef OBSERVE_MOUNTS_H
#define OBSERVE_MOUNTS_H

#include <stdbool.h>

#define MOUNT_PATH_SIZE 256

struct mount
{
    char root[MOUNT_PATH_SIZE]; /* what of the file system is seen there */
    char path[MOUNT_PATH_SIZE];
};

typedef void (*mount_fn)(const struct mount *mount, void *data);

/* Calls fn for every mount of that kind ("cgroup2", "bpf").  Those with paths
 * too long, or with characters that the kernel prints escaped, are left out. */
void mounts_visit(const char *kind, mount_fn fn, void *data);

/* One line, without its end; false if it is another kind's, or cannot be used. */
bool mounts_parse(const char *line, const char *kind, struct mount *out);

#endif
