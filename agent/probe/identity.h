/* Making a socket as another user of this host does it.
 *
 * Filters look at the credentials of the process that made the socket (the
 * owner match, meta skuid), cgroup programs and security modules at those of
 * the one that calls connect(). */
#ifndef PROBE_IDENTITY_H
#define PROBE_IDENTITY_H

#include "common/base/users.h"

struct err;

/* Whom an order's as_user names: -ENOENT and a sentence if nobody here. */
int identity_find(const char *name, struct user *out, struct err *err);

/* The calling thread is that user (effective and for files, but not real: he may
 * not touch this process) until identity_return(); nothing but the system calls
 * that need it may stand between.  0, or a negative errno and nothing has
 * changed. */
int identity_assume(const struct user *user);

/* Oneself again; ends the program when the kernel refuses that. */
void identity_return(void);

#endif
