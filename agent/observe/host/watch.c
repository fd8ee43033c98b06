#include "agent/observe/host/watch.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/err.h"

struct watch
{
    uv_poll_t poll;
    watch_fn fn;
    void *data;
};

/* An error of the descriptor is shown too: reading it tells which. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;

    (void)status;
    (void)events;
    watch->fn(watch->data);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

int watch_start(uv_loop_t *loop, int fd, watch_fn fn, void *data,
                struct watch **out, struct err *err)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    int status;

    if (watch == NULL)
        return err_set(err, -ENOMEM, "watching a descriptor: out of memory");
    watch->fn = fn;
    watch->data = data;
    status = uv_poll_init(loop, &watch->poll, fd);
    if (status < 0) {
        free(watch);
        return err_set(err, status, "cannot watch a descriptor: %s",
                       uv_strerror(status));
    }
    watch->poll.data = watch;
    status = uv_poll_start(&watch->poll, UV_READABLE, on_readable);
    if (status < 0) {
        watch_stop(watch);
        return err_set(err, status, "cannot watch a descriptor: %s",
                       uv_strerror(status));
    }
    *out = watch;
    return 0;
}

void watch_stop(struct watch *watch)
{
    if (watch != NULL)
        uv_close((uv_handle_t *)&watch->poll, on_closed);
}
