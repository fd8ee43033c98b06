#include "agent/probe/identity.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/syscall.h>

#include "common/base/err.h"

/* The C library's functions would change all threads, and wait for them. */
static int set_groups(size_t count, const gid_t *groups)
{
    return (int)syscall(SYS_setgroups, count, groups);
}

/* The effective id alone, which the one for files follows: it is what filters
 * look at.  The real and the saved one stay our own: they are the way back, and
 * with either of them changed that user could stop or kill this process. */
static int set_gid(gid_t effective)
{
    return (int)syscall(SYS_setresgid, -1, effective, -1);
}

static int set_uid(uid_t effective)
{
    return (int)syscall(SYS_setresuid, -1, effective, -1);
}

int identity_find(const char *name, struct user *out, struct err *err)
{
    if (users_find(name, out))
        return 0;
    return err_set(err, -ENOENT,
                   "there is no user %s in /etc/passwd here: give one that is, "
                   "or a number",
                   name);
}

/* Whom to become again. */
static struct user own;

int identity_assume(const struct user *user)
{
    int count = getgroups(USERS_MAX_GROUPS, own.groups);

    own.uid = geteuid();
    own.gid = getegid();
    if (count < 0)
        return -errno;
    own.group_count = (size_t)count;
    if (set_groups(user->group_count, user->groups) < 0)
        return -errno;
    if (set_gid(user->gid) < 0 || set_uid(user->uid) < 0) {
        int status = -errno;

        identity_return();
        return status;
    }
    return 0;
}

void identity_return(void)
{
    if (set_uid(own.uid) < 0 || set_gid(own.gid) < 0 ||
        set_groups(own.group_count, own.groups) < 0)
        abort(); /* whatever came next would be done as somebody else */
    /* The kernel forgets it with every change of user. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}
