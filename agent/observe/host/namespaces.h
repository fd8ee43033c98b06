/* The network namespaces of this host that processes live in. */
#ifndef OBSERVE_NAMESPACES_H
#define OBSERVE_NAMESPACES_H

#include <stdbool.h>
#include <stdint.h>

struct err;

#define NAMESPACE_NAME_SIZE 64
#define NAMESPACES_MAX      256

/* Called with the thread standing in a namespace.  name: under /run/netns, else
 * the container's id in short or its name, else the inode. */
typedef void (*namespace_fn)(const char *name, void *data);

struct namespaces_visit
{
    unsigned visited;
    unsigned refused; /* that could not be entered */
    bool cut;         /* the time or NAMESPACES_MAX ended it */
};

/* Enters every network namespace but the thread's own, calls fn, and comes
 * back.  Only for single-threaded use of fn: what it opens there belongs to
 * that namespace.  Aborts the program if the way back is barred. */
int namespaces_visit(int64_t budget_ns, namespace_fn fn, void *data,
                     struct namespaces_visit *visit, struct err *err);

/* The name of the network namespace with this inode, as above, if a process
 * that we can see lives in it. */
bool namespaces_find(uint64_t inode, char name[static NAMESPACE_NAME_SIZE]);

/* Opens the network namespace that an operator means: pid:N, a name under
 * /run/netns, the id of a container (its first 6 digits or more) or its name,
 * which the programs that run containers are asked for if any runs.  On success
 * *fd is the caller's, and *pid a process that lives there, 0 for a name under
 * /run/netns.  A sentence and -ENOENT if there is none, -ENOTUNIQ if an id fits
 * several. */
int namespaces_open(const char *name, int *fd, int *pid, struct err *err);

#endif
