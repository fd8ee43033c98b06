/* From dial or accept to ready. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/net/conn_internal.h"

static void clean_conn(struct conn **conn)
{
    if (*conn == NULL)
        return;
    tls_session_free((*conn)->session);
    free((*conn)->error);
    free(*conn);
}

/* The memory and the session; no handle yet. */
static int allocate(struct conn **out, struct tls_context *tls,
                    const struct conn_events *events, void *owner,
                    struct err *err)
{
    CLEAN(clean_conn) struct conn *conn = calloc(1, sizeof(*conn));
    int status;

    if (conn == NULL)
        return err_set(err, -ENOMEM, "connection: out of memory");
    conn->tls = tls;
    conn->events = events;
    conn->owner = owner;
    conn->limit_ms = CONN_HANDSHAKE_MS;
    conn->max_send =
        tls_context_is_joining(tls) ? CONN_MAX_FRAME_JOINING : CONN_MAX_FRAME;
    conn->error = calloc(1, sizeof(*conn->error));
    if (conn->error == NULL)
        return err_set(err, -ENOMEM, "connection: out of memory");
    status = tls_session_new(&conn->session, tls, err);
    if (status < 0)
        return status;
    *out = TAKE_PTR(conn);
    return 0;
}

/* From here on the conn ends in conn_close() alone. */
static void init_handles(struct conn *conn, uv_loop_t *loop)
{
    /* These fail for no reason that can occur: no socket is made yet. */
    int status = uv_tcp_init(loop, &conn->tcp);

    assert(status == 0);
    (void)status;
    uv_timer_init(loop, &conn->timer);
    uv_idle_init(loop, &conn->resuming);
    conn->tcp.data = conn;
    conn->timer.data = conn;
    conn->resuming.data = conn;
    conn->connect.data = conn;
    conn->work.data = conn;
    conn->write.data = conn;
    conn->shutdown.data = conn;
    conn->pending = 3;
    conn_start_timer(conn, conn->limit_ms);
}

/* On the thread pool. */
static void step_handshake(uv_work_t *work)
{
    struct conn *conn = work->data;

    conn->step_status = tls_session_handshake(conn->session, conn->error);
}

static void become_ready(struct conn *conn)
{
    const struct tls_peer *peer = tls_session_peer(conn->session);
    bool is_joining = peer->role == PEER_JOINING;
    struct err err = {0};
    int status;

    conn_end_handshake(conn);
    conn->peer.role = peer->role;
    memcpy(conn->peer.name, peer->name, sizeof(conn->peer.name));
    memcpy(conn->peer.fingerprint, peer->fingerprint,
           sizeof(conn->peer.fingerprint));
    status = tls_session_ask_permit(conn->session, &err);
    if (status < 0) {
        tls_session_say_refused(conn->session);
        conn_flush(conn);
        conn_close(conn, status, err.text);
        return;
    }
    conn->phase = CONN_OPEN;
    conn->received_ms = uv_now(conn->tcp.loop);
    free(TAKE_PTR(conn->error));
    frame_reader_init(&conn->reader,
                      is_joining ? CONN_MAX_FRAME_JOINING : CONN_MAX_FRAME);
    conn_set_idle_ms(conn, conn->idle_ms);
    conn_flush(conn);
    if (conn->closing)
        return;
    conn->events->ready(conn->owner, conn, &conn->peer);
    /* The first frames may have come with the handshake's last bytes. */
    conn_deliver(conn);
    conn_start_reading(conn);
}

static void on_step_done(uv_work_t *work, int status)
{
    struct conn *conn = work->data;

    conn->working = false;
    conn->received_ms = uv_now(conn->tcp.loop);
    if (conn->closing) {
        conn_release(conn);
        return;
    }
    conn->pending--;
    assert(status == 0); /* only conn_close() cancels */
    (void)status;
    if (conn->step_status == 1) {
        become_ready(conn);
        return;
    }
    conn_flush(conn); /* the next flight, or the alert */
    if (conn->step_status < 0)
        conn_close(conn, conn->step_status, conn->error->text);
    else if (!conn->closing)
        conn_advance_handshake(conn);
}

static void queue_step(struct conn *conn)
{
    int status;

    uv_read_stop((uv_stream_t *)&conn->tcp);
    status = uv_queue_work(conn->tcp.loop, &conn->work, step_handshake,
                           on_step_done);
    if (status < 0) {
        conn_close(conn, status, "no thread for the handshake");
        return;
    }
    conn->working = true;
    conn->pending++;
}

void conn_advance_handshake(struct conn *conn)
{
    if (conn->working)
        return;
    if (tls_session_can_step(conn->session))
        queue_step(conn);
    else
        conn_start_reading(conn);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct conn *conn = request->data;
    struct err err;

    if (conn->closing)
        return;
    if (status < 0) {
        err_set(&err, status, "cannot connect: %s", uv_strerror(status));
        conn_close(conn, status, err.text);
        return;
    }
    conn->phase = CONN_HANDSHAKE;
    uv_tcp_nodelay(&conn->tcp, 1);
    queue_step(conn); /* the client speaks first */
}

int conn_dial(struct conn **out, uv_loop_t *loop, struct tls_context *tls,
              const struct sockaddr *address, const struct conn_events *events,
              void *owner, struct err *err)
{
    struct conn *conn = NULL;
    struct err reason;
    int status =
        address_from_sockaddr(address, &(struct address){0}, &(uint16_t){0});

    if (status < 0)
        return err_set(err, status, "cannot connect: no IPv4 or IPv6 address");
    status = allocate(&conn, tls, events, owner, err);
    if (status < 0)
        return status;
    init_handles(conn, loop);
    address_from_sockaddr(address, &conn->peer.address, &conn->peer.port);
    status = uv_tcp_connect(&conn->connect, &conn->tcp, address, on_connect);
    if (status < 0) { /* told like any later failure */
        err_set(&reason, status, "cannot connect: %s", uv_strerror(status));
        conn_close(conn, status, reason.text);
    }
    *out = conn;
    return 0;
}

static void on_dropped(uv_handle_t *handle)
{
    free(handle);
}

/* Takes the pending connection and closes it: libuv does not go on listening
 * while it holds one that nobody took. */
int conn_drop_pending(uv_stream_t *listener)
{
    uv_tcp_t *tcp = calloc(1, sizeof(*tcp));

    if (tcp == NULL)
        return -EAGAIN;
    if (uv_tcp_init(listener->loop, tcp) < 0) {
        free(tcp);
        return -EAGAIN;
    }
    uv_accept(listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_dropped);
    return 0;
}

static void read_peer_address(struct conn *conn)
{
    struct sockaddr_storage storage = {0};
    int size = (int)sizeof(storage);

    if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&storage, &size) == 0)
        address_from_sockaddr((struct sockaddr *)&storage, &conn->peer.address,
                              &conn->peer.port);
}

int conn_accept(struct conn **out, uv_stream_t *listener,
                struct tls_context *tls, const struct conn_events *events,
                void *owner, struct err *err)
{
    struct conn *conn = NULL;
    int status;

    if (!tls_context_begin_handshake(tls, CONN_MAX_HANDSHAKES)) {
        err_set(err, -EBUSY,
                "%d handshakes are under way: a connection was dropped",
                CONN_MAX_HANDSHAKES);
        return conn_drop_pending(listener) < 0 ? -EAGAIN : -EBUSY;
    }
    status = allocate(&conn, tls, events, owner, err);
    if (status < 0) {
        tls_context_end_handshake(tls);
        return conn_drop_pending(listener) < 0 ? -EAGAIN : status;
    }
    conn->has_slot = true;
    init_handles(conn, listener->loop);
    status = uv_accept(listener, (uv_stream_t *)&conn->tcp);
    if (status < 0) {
        conn->events = NULL;
        conn_close(conn, status, NULL);
        return err_set(err, status, "accept: %s", uv_strerror(status));
    }
    read_peer_address(conn);
    conn->phase = CONN_HANDSHAKE;
    conn->received_ms = uv_now(listener->loop);
    uv_tcp_nodelay(&conn->tcp, 1);
    conn_start_reading(conn);
    *out = conn;
    return 0;
}

void conn_end_handshake(struct conn *conn)
{
    if (!conn->has_slot)
        return;
    conn->has_slot = false;
    tls_context_end_handshake(conn->tls);
}

uint64_t conn_waited_ms(const struct conn *conn)
{
    if (conn->phase != CONN_HANDSHAKE || conn->working || conn->closing)
        return 0;
    return uv_now(conn->tcp.loop) - conn->received_ms;
}
