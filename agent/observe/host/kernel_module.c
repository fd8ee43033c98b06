#include "agent/observe/host/kernel_module.h"

#include <stdio.h>
#include <string.h>

#include <sys/utsname.h>

#include "common/base/clean.h"
#include "common/base/fs.h"

#define MAX_FILE (1024 * 1024)

/* Is it in /proc/modules?  True as well when that cannot be told. */
static bool may_be_loaded(const char *name)
{
    CLEAN_FREE char *text = NULL;
    char start[64];
    size_t size;

    if (fs_read("/proc/modules", MAX_FILE, &text, &size, NULL) < 0)
        return true;
    snprintf(start, sizeof(start), "\n%s ", name);
    return strncmp(text, start + 1, strlen(start + 1)) == 0 ||
           strstr(text, start) != NULL;
}

static bool may_be_built_in(const char *name)
{
    CLEAN_FREE char *text = NULL;
    struct utsname kernel;
    char path[128 + sizeof(kernel.release)];
    char file[64];
    size_t size;

    if (uname(&kernel) < 0)
        return true;
    snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin",
             kernel.release);
    if (fs_read(path, MAX_FILE, &text, &size, NULL) < 0)
        return true;
    snprintf(file, sizeof(file), "/%s.ko", name);
    return strstr(text, file) != NULL;
}

bool kernel_module_is_absent(const char *name)
{
    return !may_be_loaded(name) && !may_be_built_in(name);
}
