#include "agent/observe/programs/cgroup_programs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "agent/observe/host/mounts.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define MAX_FILE      16384
#define MAX_DEPTH     32
#define HANDLE_KERNFS 0xfe /* FILEID_KERNFS, include/linux/exportfs.h */

/* The mount of the second hierarchy that shows the most of it, of those that no
 * other mount hides. */
static void keep_widest(const struct mount *mount, void *data)
{
    struct mount *best = data;
    struct statfs status;

    if (statfs(mount->path, &status) < 0 ||
        status.f_type != CGROUP2_SUPER_MAGIC)
        return;
    if (best->path[0] == '\0' || strlen(mount->root) < strlen(best->root))
        *best = *mount;
}

static int find_mount(struct mount *out, struct err *err)
{
    out->path[0] = '\0';
    mounts_visit("cgroup2", keep_widest, out);
    if (out->path[0] == '\0')
        return err_set(err, -ENOENT,
                       "control groups (cgroup2) are not mounted");
    return 0;
}

int cgroup_parse(const char *text, const char *root, const char *mount,
                 char path[static CGROUP_PATH_SIZE])
{
    const char *line = strncmp(text, "0::/", 4) == 0 ? text : NULL;
    size_t size = strcmp(root, "/") == 0 ? 0 : strlen(root);
    const char *group;
    int length;

    if (line == NULL) {
        line = strstr(text, "\n0::/");
        if (line == NULL)
            return -ENOENT;
        line++;
    }
    group = line + 3;
    length = (int)strcspn(group, "\n");
    if ((size_t)length < size || strncmp(group, root, size) != 0 ||
        strstr(group, "/..") != NULL)
        return -ENOENT;
    if (snprintf(path, CGROUP_PATH_SIZE, "%s%.*s", mount, length - (int)size,
                 group + size) >= CGROUP_PATH_SIZE)
        return -ENOENT;
    size = strlen(path);
    if (size > 1 && path[size - 1] == '/')
        path[size - 1] = '\0';
    return 0;
}

int cgroup_own(char path[static CGROUP_PATH_SIZE], struct err *err)
{
    CLEAN_FREE char *text = NULL;
    struct mount mount;
    size_t size;
    int status = find_mount(&mount, err);

    if (status == 0)
        status = fs_read("/proc/self/cgroup", MAX_FILE, &text, &size, err);
    if (status < 0)
        return status;
    status = cgroup_parse(text, mount.root, mount.path, path);
    if (status < 0)
        return err_set(err, status, "our own control group is not to be seen");
    return 0;
}

int cgroup_by_id(uint64_t id, char path[static CGROUP_PATH_SIZE],
                 struct err *err)
{
    union
    {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + sizeof(id)];
    } handle;
    struct mount mount;
    CLEAN_FD int root = -1;
    CLEAN_FD int group = -1;
    char link[64];
    ssize_t length;
    int status = find_mount(&mount, err);

    if (status < 0)
        return status;
    root = open(mount.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    handle.handle.handle_bytes = sizeof(id);
    handle.handle.handle_type = HANDLE_KERNFS;
    memcpy(handle.handle.f_handle, &id, sizeof(id));
    group = root < 0 ? -1
                     : open_by_handle_at(root, &handle.handle,
                                         O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group < 0)
        return err_set(err, -errno,
                       "the listener's control group cannot be opened: %s",
                       strerror(errno));
    snprintf(link, sizeof(link), "/proc/self/fd/%d", group);
    length = readlink(link, path, CGROUP_PATH_SIZE - 1);
    if (length <= 0)
        return err_set(err, -errno,
                       "the listener's control group has no name: %s",
                       strerror(errno));
    path[length] = '\0';
    return 0;
}

static int type_of(const char *hook)
{
    static const struct
    {
        const char *hook;
        enum bpf_attach_type type;
    } types[] = {
        {"cgroup-ingress", BPF_CGROUP_INET_INGRESS},
        {"cgroup-egress", BPF_CGROUP_INET_EGRESS},
        {"cgroup-connect4", BPF_CGROUP_INET4_CONNECT},
        {"cgroup-connect6", BPF_CGROUP_INET6_CONNECT},
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i].hook, hook) == 0)
            return (int)types[i].type;
    return -1;
}

static int query(const char *path, const char *hook, bool effective,
                 uint32_t *ids, uint32_t *count)
{
    CLEAN_FD int group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (group < 0)
        return -errno;
    return bpf_call_query(group, (uint32_t)type_of(hook), effective, ids,
                          count);
}

/* Where on the way up that program is attached. */
static void find_group(const char *leaf, const char *hook,
                       struct found_program *item)
{
    char path[CGROUP_PATH_SIZE];
    char *slash;

    snprintf(path, sizeof(path), "%s", leaf);
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        uint32_t ids[FOUND_PROGRAMS_MAX];
        uint32_t count = FOUND_PROGRAMS_MAX;

        if (query(path, hook, false, ids, &count) < 0)
            return; /* above all groups */
        for (uint32_t i = 0; i < count; i++)
            if (ids[i] == item->program && strlen(path) < FOUND_PATH_SIZE) {
                snprintf(item->cgroup, sizeof(item->cgroup), "%s", path);
                return;
            }
        slash = strrchr(path, '/');
        if (slash == NULL || slash == path)
            return;
        *slash = '\0';
    }
}

int cgroup_programs_find(const char *path, const char *hook,
                         struct found_programs *found, struct err *err)
{
    uint32_t ids[FOUND_PROGRAMS_MAX];
    uint32_t count = FOUND_PROGRAMS_MAX;
    int status = query(path, hook, true, ids, &count);

    if (status < 0)
        return err_set(err, status,
                       "the programs of the control group %s cannot be listed: "
                       "%s",
                       path, strerror(-status));
    for (uint32_t i = 0; i < count; i++) {
        struct found_program *item = found_programs_add(found, hook);

        if (item == NULL)
            return 0;
        item->program = ids[i];
        find_group(path, hook, item);
    }
    return 0;
}
