#include "agent/probe/self_test.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <sys/socket.h>

#include "agent/probe/outcome.h"
#include "agent/probe/own_address.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define SELF_TEST_MAX_CALLS 2

struct call
{
    struct self_test *test;
    struct address address;
    int fd; /* -1 when over */
    uv_poll_t poll;
};

struct self_test
{
    struct worker *worker;
    self_test_done done;
    uint16_t port;
    uv_timer_t timer;
    struct call calls[SELF_TEST_MAX_CALLS];
    unsigned count;
    unsigned pending;
    int open_handles;
};

static void on_closed(struct self_test *test)
{
    if (--test->open_handles == 0)
        free(test);
}

static void on_call_closed(uv_handle_t *handle)
{
    on_closed(((struct call *)handle->data)->test);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_closed(handle->data);
}

/* number: the error, 0 for connected, -1 for given up. */
static void tell(const struct call *call, int number)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_SELF_TEST, clock_monotonic_ns());
    evidence_set_address(&evidence, KEY_ADDRESS, &call->address);
    evidence_set_number(&evidence, KEY_PORT, call->test->port);
    evidence_set_word(
        &evidence, KEY_OUTCOME,
        (int)(number < 0 ? OUTCOME_TIMED_OUT : outcome_of_errno(number)));
    if (number > 0)
        evidence_set_number(&evidence, KEY_ERRNO, number);
    worker_emit(call->test->worker, &evidence);
}

static int pending_error(int fd)
{
    socklen_t size = sizeof(int);
    int number = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
        number = errno;
    return number;
}

static void end_call(struct call *call, int number)
{
    tell(call, number);
    uv_close((uv_handle_t *)&call->poll, on_call_closed);
    close(TAKE_FD(call->fd));
    call->test->pending--;
}

static void end_all(struct self_test *test)
{
    for (unsigned i = 0; i < test->count; i++)
        if (test->calls[i].fd >= 0)
            end_call(&test->calls[i], -1);
}

/* The loop looks at its timers first: a worker that did not run for a while
 * would take an answer that is there for none. */
static void take_answers(struct self_test *test)
{
    for (unsigned i = 0; i < test->count; i++) {
        struct pollfd answer = {.fd = test->calls[i].fd, .events = POLLOUT};

        if (answer.fd >= 0 && poll(&answer, 1, 0) > 0)
            end_call(&test->calls[i], pending_error(answer.fd));
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct self_test *test = timer->data;

    take_answers(test);
    end_all(test);
    test->done(test->worker);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct call *call = poll->data;
    int number = pending_error(call->fd);

    (void)events;
    if (status < 0 && number == 0)
        number = -status;
    end_call(call, number);
    if (call->test->pending == 0) /* done from the loop, as always */
        uv_timer_start(&call->test->timer, on_timer, 0, 0);
}

static int begin_call(struct call *call, uint16_t port)
{
    struct sockaddr_storage remote;
    size_t size = address_to_sockaddr(&call->address, port, &remote);

    call->fd = socket(address_af(&call->address),
                      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (call->fd < 0)
        return -errno;
    if (connect(call->fd, (struct sockaddr *)&remote, (socklen_t)size) < 0 &&
        errno != EINPROGRESS)
        return -errno;
    return uv_poll_init(worker_loop(call->test->worker), &call->poll, call->fd);
}

/* A call to what the kernel does not take for its own would go out, and its
 * question for a neighbour would teach the routers where the address is: it
 * would mend, or change, what the trace is about. */
static bool stays_here(struct self_test *test, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];

    if (own_address_is_local(address))
        return true;
    worker_limit(test->worker, "self-test",
                 "%s was not called: this host's routing does not take it for "
                 "its own",
                 address_print(address, text));
    return false;
}

static void add_call(struct self_test *test, const struct address *address)
{
    struct call *call = &test->calls[test->count];
    int status;

    if (!stays_here(test, address))
        return;
    test->count++;
    call->test = test;
    call->address = *address;
    status = begin_call(call, test->port);
    if (status < 0) {
        tell(call, -status);
        if (call->fd >= 0)
            close(TAKE_FD(call->fd));
        return;
    }
    call->poll.data = call;
    test->pending++;
    test->open_handles++;
    uv_poll_start(&call->poll, UV_WRITABLE | UV_DISCONNECT, on_poll);
}

/* The address asked for, or traced, if it is ours; else what we use towards the
 * peer, or by default (documentation addresses follow the default route). */
static struct address pick_address(struct worker *worker,
                                   const struct command *command,
                                   unsigned family)
{
    struct address own = address_is_set(&command->own_address)
                             ? command->own_address
                             : worker_own(worker);
    struct address peer = worker_peer(worker);

    if (address_is_set(&own) && own_address_is_local(&own))
        return own;
    if (peer.family != family)
        address_parse(family == 6 ? "2001:db8::1" : "192.0.2.1", &peer);
    return own_address_towards(&peer);
}

int self_test_start(struct self_test **out, struct worker *worker,
                    const struct command *command, self_test_done done,
                    struct err *err)
{
    uint64_t wait_ms =
        command->self_test_briefly ? SELF_TEST_BRIEF_MS : SELF_TEST_MS;
    struct self_test *test = calloc(1, sizeof(*test));
    struct address own = worker_own(worker);
    struct address loopback;

    if (test == NULL)
        return err_set(err, -ENOMEM, "no memory for the self-test");
    test->worker = worker;
    test->done = done;
    test->port =
        command->own_port != 0 ? command->own_port : worker_order(worker)->port;
    uv_timer_init(worker_loop(worker), &test->timer);
    test->timer.data = test;
    test->open_handles = 1;
    address_parse(own.family == 6 ? "::1" : "127.0.0.1", &loopback);
    add_call(test, &loopback);
    own = pick_address(worker, command, loopback.family);
    if (address_is_set(&own) && !address_equal(&own, &loopback))
        add_call(test, &own);
    /* The collecting before it may have taken longer than this wait, and the
     * loop counts from when it last looked at the clock. */
    uv_update_time(test->timer.loop);
    uv_timer_start(&test->timer, on_timer, test->pending > 0 ? wait_ms : 0, 0);
    *out = test;
    return 0;
}

void self_test_close(struct self_test *test)
{
    end_all(test);
    uv_close((uv_handle_t *)&test->timer, on_timer_closed);
}
