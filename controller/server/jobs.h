/* One thread beside the loop, for what takes long: judging, writing reports,
 * storing them.
 *
 * Jobs are done one after the other, in the order that they came in, so what
 * only they use (a database connection) needs no lock.  A job's owner leaves
 * alone what the job reads or writes until it is done.  All functions are of
 * the loop's thread. */
#ifndef CONTROLLER_JOBS_H
#define CONTROLLER_JOBS_H

#include <stdbool.h>
#include <uv.h>

struct err;

#define JOBS_STACK_SIZE (8u << 20) /* bytes; judging needs a tenth of it */

/* Embedded in its owner. */
struct job
{
    void (*work)(struct job *job); /* on the jobs' thread */
    void (*done)(struct job *job); /* afterwards, on the loop's */
    struct job *prev, *next;
};

struct jobs
{
    uv_thread_t thread;
    uv_async_t call; /* from the thread: some are done */
    uv_mutex_t lock; /* guards the next three */
    uv_cond_t news;  /* some are waiting, or it is over */
    struct job *waiting, *finished;
    bool is_over;
    unsigned count;  /* added, not done */
    bool is_closing; /* ends with the last of them */
    bool is_closed;
};

/* On failure jobs_close() does nothing. */
int jobs_open(struct jobs *jobs, uv_loop_t *loop, struct err *err);

void jobs_add(struct jobs *jobs, struct job *job);

/* No more will be added.  All that were are done and told first; then the
 * thread ends and the loop is left.  May be called twice. */
void jobs_close(struct jobs *jobs);

#endif
