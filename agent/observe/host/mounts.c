#include "agent/observe/host/mounts.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/fs.h"

#define MAX_FILE (256 * 1024)

/* "36 35 98:0 /root /path rw,noatime shared:1 - kind source options" */
bool mounts_parse(const char *line, const char *kind, struct mount *out)
{
    const char *behind = strstr(line, " - ");
    struct mount mount;
    size_t size = strlen(kind);

    if (behind == NULL || strncmp(behind + 3, kind, size) != 0 ||
        behind[3 + size] != ' ')
        return false;
    if (sscanf(line, "%*u %*u %*u:%*u %255s %255s ", mount.root, mount.path) !=
            2 ||
        strlen(mount.root) == MOUNT_PATH_SIZE - 1 ||
        strlen(mount.path) == MOUNT_PATH_SIZE - 1)
        return false;
    if (strchr(mount.path, '\\') != NULL || strchr(mount.root, '\\') != NULL)
        return false;
    *out = mount;
    return true;
}

void mounts_visit(const char *kind, mount_fn fn, void *data)
{
    CLEAN_FREE char *text = NULL;
    struct mount mount;
    size_t size;
    char *line;
    char *rest;

    if (fs_read("/proc/self/mountinfo", MAX_FILE, &text, &size, NULL) < 0)
        return;
    for (line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (mounts_parse(line, kind, &mount))
            fn(&mount, data);
}
