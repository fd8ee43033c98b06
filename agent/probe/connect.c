/* Attempt n starts n-1 spacings after the first.  Its socket stays open until
 * the attempt ends by itself or probe_close(), also after the probing was
 * called over: the kernel's answer to an unresolved neighbour takes 3 s.  One
 * that opens is left open for a moment: it ends with what follows. */
#include "agent/probe/connect.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/probe/aftermath.h"
#include "agent/probe/ending.h"
#include "agent/probe/own_address.h"
#include "agent/probe/probe_socket.h"
#include "agent/worker/steps.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define PROBE_WAIT_MS 200 /* after the last attempt, at least */

struct attempt
{
    struct probe *probe;
    unsigned n;
    int fd; /* -1 before and after */
    uv_poll_t poll;
    uv_timer_t left_open; /* for as long */
    struct aftermath aftermath;
    int64_t started_ns;
    struct probe_flow flow;
    bool left; /* flow is set */
};

struct probe
{
    struct worker *worker;
    probe_done done;
    struct probe_manner manner;
    bool told;        /* done was called */
    bool no_more;     /* attempts are started */
    uv_timer_t timer; /* next attempt, then the end of the wait */
    unsigned started; /* attempts */
    unsigned pending;
    int open_handles;
    bool closing;
    int64_t rtt_ns; /* 0: unknown */
    struct attempt attempts[];
};

static void tell_done(struct probe *probe)
{
    uv_timer_stop(&probe->timer);
    if (probe->told)
        return;
    probe->told = true;
    probe->done(probe->worker);
}

static void free_when_closed(uv_handle_t *handle, struct probe *probe)
{
    (void)handle;
    if (--probe->open_handles == 0 && probe->closing)
        free(probe);
}

static void on_attempt_closed(uv_handle_t *handle)
{
    free_when_closed(handle, ((struct attempt *)handle->data)->probe);
}

static bool is_open(const struct attempt *attempt)
{
    return attempt->aftermath.opened_ns != 0;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free_when_closed(handle, handle->data);
}

static enum outcome tell_end(struct attempt *attempt,
                             const struct ending *ending)
{
    enum outcome outcome = ending_outcome(ending);
    int64_t now = clock_monotonic_ns();
    int64_t known_ns = is_open(attempt) ? attempt->aftermath.opened_ns : now;
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ATTEMPT_END, now);
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt->n);
    evidence_set_word(&evidence, KEY_OUTCOME, (int)outcome);
    evidence_set_number(&evidence, KEY_CONNECT_US,
                        (known_ns - attempt->started_ns) / NS_PER_US);
    aftermath_tell(&attempt->aftermath, now, &evidence);
    if (ending->number > 0)
        evidence_set_number(&evidence, KEY_ERRNO, ending->number);
    if (ending->has_icmp) {
        evidence_set_number(&evidence, KEY_ICMP_TYPE, ending->icmp_type);
        evidence_set_number(&evidence, KEY_ICMP_CODE, ending->icmp_code);
        evidence_set_address(&evidence, KEY_OFFENDER, &ending->offender);
    }
    worker_tell(attempt->probe->worker, &evidence);
    return outcome;
}

static void close_attempt(struct attempt *attempt)
{
    uv_close((uv_handle_t *)&attempt->poll, on_attempt_closed);
    uv_close((uv_handle_t *)&attempt->left_open, on_attempt_closed);
    close(TAKE_FD(attempt->fd));
    attempt->probe->pending--;
}

/* No kernel says so of what never opened: the handshake was over, and the reset
 * came before we asked. */
static bool was_reset_open(const struct ending *ending)
{
    return !ending->has_icmp &&
           (ending->number == ECONNRESET || ending->number == EPIPE);
}

/* Notes that it opened, if it did. */
static void notice_open(struct attempt *attempt, struct ending *ending)
{
    int64_t now = clock_monotonic_ns();

    if (was_reset_open(ending)) {
        ending->number = 0;
        aftermath_reset(&attempt->aftermath, now);
    } else if (ending->number == 0) {
        aftermath_begin(&attempt->aftermath, now);
    }
}

/* The answer may be there without the loop having come to it. */
static struct ending last_ending(struct attempt *attempt)
{
    struct pollfd pollfd = {.fd = attempt->fd, .events = POLLOUT};
    struct ending ending = {0};

    if (!is_open(attempt)) {
        if (poll(&pollfd, 1, 0) != 1)
            return (struct ending){.number = -1};
        ending =
            ending_read(attempt->fd, pollfd.revents & POLLERR ? UV_EBADF : 0);
        notice_open(attempt, &ending);
    }
    if (is_open(attempt) && attempt->aftermath.over_ns == 0)
        aftermath_read(&attempt->aftermath, attempt->fd, clock_monotonic_ns());
    return ending;
}

static void give_up(struct attempt *attempt)
{
    struct ending ending;

    if (attempt->fd < 0)
        return;
    ending = last_ending(attempt);
    tell_end(attempt, &ending);
    close_attempt(attempt);
}

/* All that are under way, or those alone that did not open. */
static void give_up_pending(struct probe *probe, bool open_too)
{
    for (unsigned i = 0; i < probe->started; i++) {
        struct attempt *attempt = &probe->attempts[i];

        if (open_too || !is_open(attempt))
            give_up(attempt);
    }
}

/* Does this outcome end the probing? */
static bool is_conclusive(const struct probe *probe, enum outcome outcome)
{
    return !worker_order(probe->worker)->exact_count &&
           (outcome == OUTCOME_CONNECTED || outcome == OUTCOME_REFUSED);
}

/* After each end, and after the last start. */
static void consider(struct probe *probe)
{
    if (probe->no_more && probe->pending == 0)
        tell_done(probe);
}

/* The others need not be made. */
static void conclude(struct probe *probe)
{
    probe->no_more = true;
    uv_timer_stop(&probe->timer);
    give_up_pending(probe, false);
}

static void end_attempt(struct attempt *attempt, const struct ending *ending)
{
    struct probe *probe = attempt->probe;
    enum outcome outcome = tell_end(attempt, ending);

    close_attempt(attempt);
    if (is_conclusive(probe, outcome))
        conclude(probe);
    consider(probe);
}

static void on_left_open(uv_timer_t *timer)
{
    struct attempt *attempt = timer->data;
    struct ending ending = last_ending(attempt);

    end_attempt(attempt, &ending);
}

static void on_followed(uv_poll_t *poll, int status, int events)
{
    struct attempt *attempt = poll->data;
    struct ending ending = {0};

    (void)status; /* reading tells what it is */
    (void)events;
    if (aftermath_read(&attempt->aftermath, attempt->fd, clock_monotonic_ns()))
        end_attempt(attempt, &ending);
}

static void leave_open(struct attempt *attempt)
{
    struct probe *probe = attempt->probe;

    uv_poll_start(&attempt->poll, UV_READABLE | UV_DISCONNECT, on_followed);
    uv_timer_start(&attempt->left_open, on_left_open,
                   aftermath_wait_ms(probe->rtt_ns), 0);
    if (is_conclusive(probe, OUTCOME_CONNECTED))
        conclude(probe);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct attempt *attempt = poll->data;
    struct probe *probe = attempt->probe;
    struct ending ending = ending_read(attempt->fd, status);

    (void)events;
    notice_open(attempt, &ending);
    if (ending.number == 0 || ending.number == ECONNREFUSED)
        probe->rtt_ns = clock_monotonic_ns() - attempt->started_ns;
    if (is_open(attempt) && attempt->aftermath.over_ns == 0)
        leave_open(attempt);
    else
        end_attempt(attempt, &ending);
}

static int prepare(struct attempt *attempt)
{
    struct probe *probe = attempt->probe;
    int status = probe_socket_open(probe->worker, attempt->n, &probe->manner);

    if (status < 0)
        return status;
    attempt->fd = status;
    return 0;
}

static void tell_start(struct attempt *attempt)
{
    struct probe *probe = attempt->probe;
    const struct order *order = worker_order(probe->worker);
    struct evidence evidence;

    attempt->flow.peer = worker_peer(probe->worker);
    attempt->flow.peer_port = order->port;
    (void)own_address_of(attempt->fd, &attempt->flow.own,
                         &attempt->flow.own_port);
    attempt->left = true;
    worker_learn_own(probe->worker, &attempt->flow.own);
    evidence_init(&evidence, EVIDENCE_ATTEMPT_START, attempt->started_ns);
    evidence_set_number(&evidence, KEY_ATTEMPT, attempt->n);
    evidence_set_address(&evidence, KEY_SOURCE, &attempt->flow.own);
    evidence_set_number(&evidence, KEY_SOURCE_PORT, attempt->flow.own_port);
    evidence_set_address(&evidence, KEY_DESTINATION, &attempt->flow.peer);
    evidence_set_number(&evidence, KEY_DESTINATION_PORT, order->port);
    if (!probe->manner.exact_refused)
        evidence_set_number(&evidence, KEY_SEQUENCE,
                            order_isn(order, attempt->n));
    worker_tell(probe->worker, &evidence);
}

static int watch(struct attempt *attempt)
{
    struct probe *probe = attempt->probe;
    int status =
        uv_poll_init(worker_loop(probe->worker), &attempt->poll, attempt->fd);

    if (status < 0)
        return status;
    attempt->poll.data = attempt;
    uv_timer_init(worker_loop(probe->worker), &attempt->left_open);
    attempt->left_open.data = attempt;
    probe->pending++;
    probe->open_handles += 2;
    uv_poll_start(&attempt->poll, UV_WRITABLE | UV_DISCONNECT, on_poll);
    return 0;
}

static void start_attempt(struct probe *probe)
{
    struct attempt *attempt = &probe->attempts[probe->started++];
    struct ending ending = {0};
    int status;

    attempt->probe = probe;
    attempt->n = probe->started;
    attempt->started_ns = clock_monotonic_ns();
    status = prepare(attempt);
    ending.is_local = status < 0;
    if (status == 0) {
        attempt->started_ns = clock_monotonic_ns();
        status =
            probe_socket_connect(probe->worker, attempt->fd, &probe->manner);
        if (status == 0 || status == -ECONNREFUSED) /* a packet left */
            tell_start(attempt);
    }
    if (status == 0)
        status = watch(attempt);
    if (status == 0)
        return;
    ending.number = -status;
    tell_end(attempt, &ending);
    if (attempt->fd >= 0)
        close(TAKE_FD(attempt->fd));
}

static void on_waited(uv_timer_t *timer)
{
    tell_done(timer->data);
}

static void wait_for_last(struct probe *probe)
{
    uint64_t wait = (uint64_t)(3 * probe->rtt_ns / NS_PER_MS);

    if (probe->pending > 0)
        uv_timer_start(&probe->timer, on_waited,
                       wait > PROBE_WAIT_MS ? wait : PROBE_WAIT_MS, 0);
    consider(probe);
}

static void attempt_next(uv_timer_t *timer)
{
    struct probe *probe = timer->data;
    const struct order *order = worker_order(probe->worker);

    start_attempt(probe);
    if (probe->started < order->attempts) {
        uv_timer_start(&probe->timer, attempt_next, order->spacing_ms, 0);
        return;
    }
    probe->no_more = true;
    wait_for_last(probe);
}

int probe_start(struct probe **out, struct worker *worker, probe_done done,
                struct err *err)
{
    const struct order *order = worker_order(worker);
    unsigned attempts = order->attempts;
    struct probe *probe =
        calloc(1, sizeof(*probe) + attempts * sizeof(probe->attempts[0]));
    int status;

    if (probe == NULL)
        return err_set(err, -ENOMEM, "no memory for %u attempts", attempts);
    probe->worker = worker;
    probe->done = done;
    status = probe_manner_init(&probe->manner, order, err);
    if (status < 0) {
        free(probe);
        return status;
    }
    for (unsigned i = 0; i < attempts; i++)
        probe->attempts[i].fd = -1;
    uv_timer_init(worker_loop(worker), &probe->timer);
    probe->timer.data = probe;
    probe->open_handles = 1;
    *out = probe;
    attempt_next(&probe->timer);
    return 0;
}

void probe_start_no_more(struct probe *probe)
{
    if (probe->no_more)
        return;
    probe->no_more = true;
    uv_timer_stop(&probe->timer);
    consider(probe);
}

void probe_give_up(struct probe *probe, unsigned n)
{
    if (n < 1 || n > probe->started)
        return;
    give_up(&probe->attempts[n - 1]);
    consider(probe);
}

void probe_stop(struct probe *probe)
{
    probe->no_more = true;
    tell_done(probe);
}

void probe_close(struct probe *probe)
{
    probe_stop(probe);
    give_up_pending(probe, true);
    probe->closing = true;
    uv_close((uv_handle_t *)&probe->timer, on_timer_closed);
}

bool probe_flow_of(const struct probe *probe, unsigned n,
                   struct probe_flow *out)
{
    if (n < 1 || n > probe->started || !probe->attempts[n - 1].left ||
        is_open(&probe->attempts[n - 1]))
        return false;
    *out = probe->attempts[n - 1].flow;
    return true;
}
