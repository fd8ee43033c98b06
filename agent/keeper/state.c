#include "agent/keeper/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define KEY_FILE "agent.key"

static const struct
{
    const char *name;
    mode_t mode;
} files[STATE_FILES] = {
    /* in the order of the descriptors of handoff.h */
    {KEY_FILE, 0600},
    {"agent.crt", 0644},
    {"authority.crt", 0644},
    {"controller", 0644},
};

static int open_file(const char *dir, const char *name, struct err *err)
{
    char path[PATH_MAX];
    int fd;

    if (fs_join(path, sizeof(path), dir, name, err) < 0)
        return -ENAMETOOLONG;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    if (errno == ENOENT)
        return err_set(err, -ENOENT,
                       "%s is missing: this host has not joined a controller; "
                       "run probe-agent join ADDR:PORT --token TOKEN",
                       path);
    return err_set(err, -errno, "cannot read %s: %s", path, strerror(errno));
}

int state_open_identity(const char *dir, int fds[static STATE_FILES],
                        struct err *err)
{
    for (size_t i = 0; i < STATE_FILES; i++) {
        fds[i] = open_file(dir, files[i].name, err);
        if (fds[i] >= 0)
            continue;
        for (size_t opened = 0; opened < i; opened++)
            close(fds[opened]);
        return err == NULL ? -ENOENT : err->code;
    }
    return 0;
}

/* As root, access() says yes to a read-only file system's files too. */
static int try_to_write(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    int status;

    status = fs_join(path, sizeof(path), dir, ".writable", err);
    if (status == 0)
        status = fs_write(path, "", 0, 0600, err);
    if (status == 0)
        unlink(path);
    return status;
}

static int check_folder(const char *dir, struct err *err)
{
    struct stat info;

    if (lstat(dir, &info) < 0)
        return err_set(err, -errno, "cannot look at %s: %s", dir,
                       strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return err_set(err, -ENOTDIR, "%s is no folder", dir);
    if (info.st_uid != geteuid())
        return err_set(err, -EPERM,
                       "%s belongs to user %u, not to us: choose another "
                       "--state-dir",
                       dir, info.st_uid);
    if (chmod(dir, 0700) < 0)
        return err_set(err, -errno, "cannot close %s to others: %s", dir,
                       strerror(errno));
    return 0;
}

static int lock_folder(const char *dir, int *lock, struct err *err)
{
    CLEAN_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_set(err, -errno, "cannot open %s: %s", dir, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return err_set(err, errno == EWOULDBLOCK ? -EBUSY : -errno, "%s: %s",
                       dir,
                       errno == EWOULDBLOCK ? "another join is under way"
                                            : strerror(errno));
    *lock = TAKE_FD(fd);
    return 0;
}

int state_prepare(const char *dir, int *lock, struct err *err)
{
    char key[PATH_MAX];
    CLEAN_FD int locked = -1;
    int status = fs_make_dir(dir, 0700, err);

    if (status == 0)
        status = fs_join(key, sizeof(key), dir, KEY_FILE, err);
    if (status == 0)
        status = check_folder(dir, err);
    if (status == 0)
        status = lock_folder(dir, &locked, err);
    if (status < 0)
        return status;
    if (access(key, F_OK) == 0)
        return err_set(err, -EEXIST,
                       "this host has joined already (%s is there): to join "
                       "again, stop the agent and remove that file first",
                       key);
    status = try_to_write(dir, err);
    if (status == 0)
        *lock = TAKE_FD(locked);
    return status;
}

int state_write(const char *dir, const struct handoff_joined *identity,
                const char *controller, struct err *err)
{
    const char *const texts[STATE_FILES] = {
        identity->key, identity->certificate, identity->authority, controller};

    for (size_t i = STATE_FILES; i-- > 0;) {
        char path[PATH_MAX];
        int status = fs_join(path, sizeof(path), dir, files[i].name, err);

        if (status == 0)
            status =
                fs_write(path, texts[i], strlen(texts[i]), files[i].mode, err);
        if (status < 0)
            return status;
    }
    return 0;
}
