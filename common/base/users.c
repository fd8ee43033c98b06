#include "common/base/users.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"

#define PASSWD_FILE "/etc/passwd"
#define GROUP_FILE  "/etc/group"

static bool parse_uid(const char *text, uid_t *uid)
{
    unsigned long number;
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    number = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || number >= (uid_t)-1)
        return false;
    *uid = (uid_t)number;
    return true;
}

static void add_groups(struct user *user, const char *name)
{
    CLEAN_FILE FILE *file = fopen(GROUP_FILE, "re");
    const struct group *group;

    while (file != NULL && user->group_count < USERS_MAX_GROUPS &&
           (group = fgetgrent(file)) != NULL)
        for (char **member = group->gr_mem; *member != NULL; member++)
            if (strcmp(*member, name) == 0 && group->gr_gid != user->gid) {
                user->groups[user->group_count++] = group->gr_gid;
                break;
            }
}

bool users_find(const char *name, struct user *out)
{
    CLEAN_FILE FILE *file = fopen(PASSWD_FILE, "re");
    struct user user = {0};
    bool is_number = parse_uid(name, &user.uid);
    const struct passwd *entry;

    while (file != NULL && (entry = fgetpwent(file)) != NULL) {
        if (is_number ? entry->pw_uid != user.uid
                      : strcmp(entry->pw_name, name) != 0)
            continue;
        user.uid = entry->pw_uid;
        user.gid = entry->pw_gid;
        add_groups(&user, entry->pw_name);
        *out = user;
        return true;
    }
    if (!is_number)
        return false;
    user.gid = user.uid;
    *out = user;
    return true;
}
