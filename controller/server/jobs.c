#include "controller/server/jobs.h"

#include <assert.h>
#include <string.h>
#include <utlist.h>

#include "common/base/err.h"

/* NULL when it is over. */
static struct job *next_job(struct jobs *jobs)
{
    struct job *job;

    uv_mutex_lock(&jobs->lock);
    while (jobs->waiting == NULL && !jobs->is_over)
        uv_cond_wait(&jobs->news, &jobs->lock);
    job = jobs->waiting;
    if (job != NULL)
        DL_DELETE(jobs->waiting, job);
    uv_mutex_unlock(&jobs->lock);
    return job;
}

static void run_thread(void *argument)
{
    struct jobs *jobs = argument;
    struct job *job;

    while ((job = next_job(jobs)) != NULL) {
        job->work(job);
        uv_mutex_lock(&jobs->lock);
        DL_APPEND(jobs->finished, job);
        uv_mutex_unlock(&jobs->lock);
        uv_async_send(&jobs->call);
    }
}

static void end_thread(struct jobs *jobs)
{
    uv_mutex_lock(&jobs->lock);
    jobs->is_over = true;
    uv_cond_signal(&jobs->news);
    uv_mutex_unlock(&jobs->lock);
    uv_thread_join(&jobs->thread); /* it is idle */
    uv_cond_destroy(&jobs->news);
    uv_mutex_destroy(&jobs->lock);
    uv_close((uv_handle_t *)&jobs->call, NULL);
    jobs->is_closed = true;
}

static void end_if_idle(struct jobs *jobs)
{
    if (jobs->is_closing && !jobs->is_closed && jobs->count == 0)
        end_thread(jobs);
}

static void on_call(uv_async_t *call)
{
    struct jobs *jobs = call->data;
    struct job *finished, *job, *next;

    uv_mutex_lock(&jobs->lock);
    finished = jobs->finished;
    jobs->finished = NULL;
    uv_mutex_unlock(&jobs->lock);
    DL_FOREACH_SAFE(finished, job, next)
    {
        DL_DELETE(finished, job);
        jobs->count--;
        job->done(job); /* may add it again, or free it */
    }
    end_if_idle(jobs);
}

int jobs_open(struct jobs *jobs, uv_loop_t *loop, struct err *err)
{
    /* Not the limit of whoever started us. */
    const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE,
                                         .stack_size = JOBS_STACK_SIZE};
    int status;

    memset(jobs, 0, sizeof(*jobs));
    jobs->is_closed = true;
    status = uv_mutex_init(&jobs->lock);
    if (status < 0)
        return err_set(err, status, "no lock: %s", uv_strerror(status));
    status = uv_cond_init(&jobs->news);
    if (status < 0) {
        uv_mutex_destroy(&jobs->lock);
        return err_set(err, status, "no condition: %s", uv_strerror(status));
    }
    status = uv_async_init(loop, &jobs->call, on_call);
    jobs->call.data = jobs;
    if (status == 0) {
        status = uv_thread_create_ex(&jobs->thread, &options, run_thread, jobs);
        if (status == 0) {
            jobs->is_closed = false;
            return 0;
        }
        uv_close((uv_handle_t *)&jobs->call, NULL);
    }
    uv_cond_destroy(&jobs->news);
    uv_mutex_destroy(&jobs->lock);
    return err_set(err, status, "no thread for judging: %s",
                   uv_strerror(status));
}

void jobs_add(struct jobs *jobs, struct job *job)
{
    assert(!jobs->is_closed);
    jobs->count++;
    uv_mutex_lock(&jobs->lock);
    DL_APPEND(jobs->waiting, job);
    uv_cond_signal(&jobs->news);
    uv_mutex_unlock(&jobs->lock);
}

void jobs_close(struct jobs *jobs)
{
    jobs->is_closing = true;
    end_if_idle(jobs);
}
