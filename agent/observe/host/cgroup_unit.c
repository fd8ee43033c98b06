#include "agent/observe/host/cgroup_unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"

static const char *const suffixes[] = {".service", ".scope", ".socket",
                                       ".mount",   ".swap",  ".target",
                                       ".timer",   ".path"};

bool unit_name_ends(const char *name, const char *suffix)
{
    size_t size = strlen(name), tail = strlen(suffix);

    return size > tail && strcmp(name + size - tail, suffix) == 0;
}

bool unit_name_is_valid(const char *name)
{
    if (*name == '-' || strlen(name) >= UNIT_NAME_SIZE)
        return false;
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr(":_.@-\\", *c) == NULL)
            return false;
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
        if (unit_name_ends(name, suffixes[i]))
            return true;
    return false;
}

/* The next part of a cgroup's path that is a unit's name; where it ends, or
 * NULL when there is none. */
static const char *next_unit(const char *path, const char *end,
                             char unit[static UNIT_NAME_SIZE])
{
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *stop = slash == NULL ? end : slash;

        if (stop - path < UNIT_NAME_SIZE) {
            snprintf(unit, UNIT_NAME_SIZE, "%.*s", (int)(stop - path), path);
            if (unit_name_is_valid(unit))
                return stop;
        }
        path = stop + 1;
    }
    unit[0] = '\0';
    return NULL;
}

static bool is_user_manager(const char *unit)
{
    return strncmp(unit, "user@", 5) == 0 && unit_name_ends(unit, ".service");
}

/* The unified hierarchy's line, or that of systemd's own on older hosts. */
static const char *path_in(const char *line)
{
    const char *named = ":name=systemd:";
    const char *colon = strchr(line, ':');

    if (strncmp(line, "0::", 3) == 0)
        return line + 3;
    if (colon != NULL && strncmp(colon, named, strlen(named)) == 0)
        return colon + strlen(named);
    return NULL;
}

bool cgroup_unit_parse(const char *cgroup, char unit[static UNIT_NAME_SIZE],
                       char user[static UNIT_NAME_SIZE])
{
    unit[0] = user[0] = '\0';
    while (*cgroup != '\0') {
        const char *end = strchrnul(cgroup, '\n');
        const char *path = path_in(cgroup);
        const char *rest = path == NULL ? NULL : next_unit(path, end, unit);

        if (rest != NULL) {
            if (is_user_manager(unit))
                (void)next_unit(rest, end, user);
            return true;
        }
        cgroup = *end == '\0' ? end : end + 1;
    }
    return false;
}
