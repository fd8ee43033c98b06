#include "controller/server/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <sys/resource.h>

#include "common/base/err.h"
#include "common/base/log.h"
#include "controller/server/listen.h"
#include "controller/server/notify.h"
#include "controller/server/server.h"
#include "controller/store/state.h"

#define STATUS_USAGE       2
#define STATUS_UNAVAILABLE 3

struct running
{
    struct server server;
    uv_signal_t term, interrupt;
};

/* A descriptor for each agent: the default of 1024 is soon used up. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_warning("cannot raise the limit of open files");
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct running *running = handle->data;

    log_info("signal %d: going down", number);
    notify_send("STOPPING=1");
    uv_close((uv_handle_t *)&running->term, NULL);
    uv_close((uv_handle_t *)&running->interrupt, NULL);
    server_stop(&running->server);
}

static void watch_signals(struct running *running, uv_loop_t *loop)
{
    uv_signal_init(loop, &running->term);
    uv_signal_init(loop, &running->interrupt);
    running->term.data = running;
    running->interrupt.data = running;
    uv_signal_start(&running->term, on_signal, SIGTERM);
    uv_signal_start(&running->interrupt, on_signal, SIGINT);
}

int run_controller(struct state *state, const char *listen, struct err *err)
{
    static struct running running; /* large */
    struct sockaddr_storage address;
    uv_loop_t loop;
    int status = listen_parse(listen, &address, err);

    if (status < 0)
        return STATUS_USAGE;
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    if (uv_loop_init(&loop) < 0) {
        err_set(err, -ENOMEM, "no event loop: out of memory or descriptors");
        return STATUS_UNAVAILABLE;
    }
    status = server_open(&running.server, &loop, state, &address, err);
    if (status == 0) {
        watch_signals(&running, &loop);
        log_info("listening on %s", listen);
        notify_send("READY=1");
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    server_fini(&running.server);
    if (uv_loop_close(&loop) < 0)
        log_error("something was left on the event loop");
    return status < 0 ? STATUS_UNAVAILABLE : EXIT_SUCCESS;
}
