/* Files, crash-safe: read with a cap, written whole or not at all. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

struct err;

/* Reads a whole file of at most max bytes and ends it with a NUL that is not
 * counted.  On success *out is the caller's to free; on failure untouched.
 * -EFBIG when the file is larger. */
int fs_read(const char *path, size_t max, char **out, size_t *size,
            struct err *err);

/* Writes to a temporary file beside path, syncs it, and renames it over path,
 * so that a crash or a full disk leaves the old file or the new one, and of
 * several writers the last wins.  The mode is exact, whatever the umask. */
int fs_write(const char *path, const void *data, size_t size, mode_t mode,
             struct err *err);

/* Makes a folder (its parent must exist); one that is there already is fine. */
int fs_make_dir(const char *path, mode_t mode, struct err *err);

/* Joins with a slash.  -ENAMETOOLONG when it does not fit. */
int fs_join(char *buffer, size_t size, const char *dir, const char *name,
            struct err *err);

/* Finds a helper program: in the running program's own folder (the build tree),
 * else in the folder where it is installed, which is absolute or as seen from
 * the program's own. */
int fs_find_helper(char *buffer, size_t size, const char *installed_dir,
                   const char *name, struct err *err);

#endif
