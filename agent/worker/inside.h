/* A trace that is made in another network namespace than the host's own.
 *
 * The worker's thread stands in that namespace from inside_begin() on.  What
 * watches the host's own namespace meanwhile has a loop of its own: whenever
 * something happens there, the thread goes to the host's namespace, runs that
 * loop, and comes back; so no observer needs to know where it is.  Going on in
 * the wrong namespace would bear false witness: if a way is barred, the program
 * ends. */
#ifndef WORKER_INSIDE_H
#define WORKER_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct err;

struct inside
{
    int there, host;     /* descriptors of the two namespaces; 0: not open */
    uint32_t host_inode; /* of the host's own */
    int pid;             /* lives there; 0: it is a name under /run/netns */
    unsigned depth;      /* calls of inside_enter_host() without their end */
    uv_loop_t loop;      /* of what watches the host's namespace */
    uv_poll_t poll;      /* in the worker's loop: there is something to do */
    uv_timer_t timer;    /* likewise: its next timer is due */
};

/* Finds the namespace (see namespaces_open()) and prepares everything; the
 * thread stays where it is.  -ENOENT and a sentence if there is none, or if it
 * is the host's own. */
int inside_open(struct inside *inside, uv_loop_t *loop, const char *name,
                struct err *err);

/* Goes there, for good. */
void inside_begin(struct inside *inside);

/* For calls of what watches the host's own namespace; they may be nested. */
void inside_enter_host(struct inside *inside);
void inside_leave_host(struct inside *inside);

/* Closes the loop, whose handles must be closing, and the handles in the
 * worker's.  Nothing happens when it was never opened. */
void inside_close(struct inside *inside);

#endif
