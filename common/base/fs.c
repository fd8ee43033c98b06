#include "common/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/clean.h"
#include "common/base/err.h"

int fs_read(const char *path, size_t max, char **out, size_t *size,
            struct err *err)
{
    CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    CLEAN_FREE char *data = NULL;
    size_t used = 0;

    if (fd < 0)
        return err_set(err, -errno, "cannot read %s: %s", path,
                       strerror(errno));
    data = malloc(max + 1);
    if (data == NULL)
        return err_set(err, -ENOMEM, "cannot read %s: out of memory", path);
    for (;;) {
        ssize_t got = read(fd, data + used, max + 1 - used);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, -errno, "cannot read %s: %s", path,
                           strerror(errno));
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > max)
            return err_set(err, -EFBIG, "%s is larger than %zu bytes", path,
                           max);
    }
    data[used] = '\0';
    *size = used;
    *out = TAKE_PTR(data);
    return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, data, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        data += put;
        size -= (size_t)put;
    }
    return 0;
}

/* Without this a crash may forget the rename itself. */
static int sync_parent(const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 0 : (int)(slash - path);
    CLEAN_FD int fd = -1;

    snprintf(parent, sizeof(parent), "%.*s", length == 0 ? 1 : length,
             slash == NULL ? "." : path);
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return -errno;
    return 0;
}

int fs_write(const char *path, const void *data, size_t size, mode_t mode,
             struct err *err)
{
    char temporary[PATH_MAX];
    CLEAN_FD int fd = -1;
    int status;

    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
        sizeof(temporary))
        return err_set(err, -ENAMETOOLONG, "the path %s is too long", path);
    fd = mkostemp(temporary, O_CLOEXEC); /* as one of several writers */
    if (fd < 0)
        return err_set(err, -errno, "cannot write %s: %s", path,
                       strerror(errno));
    status = fchmod(fd, mode) < 0 ? -errno : write_all(fd, data, size);
    if (status == 0 && fsync(fd) < 0)
        status = -errno;
    if (status == 0 && rename(temporary, path) < 0)
        status = -errno;
    if (status == 0)
        status = sync_parent(path);
    if (status < 0) {
        unlink(temporary);
        return err_set(err, status, "cannot write %s: %s", path,
                       strerror(-status));
    }
    return 0;
}

int fs_make_dir(const char *path, mode_t mode, struct err *err)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return err_set(err, -errno, "cannot make the folder %s: %s", path,
                       strerror(errno));
    return 0;
}

int fs_join(char *buffer, size_t size, const char *dir, const char *name,
            struct err *err)
{
    if ((size_t)snprintf(buffer, size, "%s/%s", dir, name) >= size)
        return err_set(err, -ENAMETOOLONG, "the path %s/%s is too long", dir,
                       name);
    return 0;
}

int fs_find_helper(char *buffer, size_t size, const char *installed_dir,
                   const char *name, struct err *err)
{
    char own[PATH_MAX], installed[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *slash;

    if (length <= 0)
        return err_set(err, -ENOENT,
                       "cannot tell where this program is: is /proc mounted?");
    own[length] = '\0';
    slash = strrchr(own, '/');
    if (slash != NULL)
        *slash = '\0';
    if (fs_join(buffer, size, own, name, NULL) == 0 &&
        access(buffer, X_OK) == 0)
        return 0;
    if (fs_join(installed, sizeof(installed),
                installed_dir[0] == '/' ? "" : own, installed_dir, err) < 0 ||
        fs_join(buffer, size, installed, name, err) < 0)
        return -ENAMETOOLONG;
    if (access(buffer, X_OK) < 0)
        return err_set(err, -errno,
                       "the helper program %s is missing: install it again",
                       buffer);
    return 0;
}
