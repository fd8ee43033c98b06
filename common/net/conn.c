/* A connection's life once it is made: input, output, limits, the end. */
#include "common/net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/net/conn_internal.h"

#define READ_SIZE ((size_t)16384)

/* The only place that ends a conn. */
void conn_release(struct conn *conn)
{
    if (--conn->pending > 0)
        return;
    if (conn->events != NULL)
        conn->events->closed(conn->owner, conn, conn->why,
                             conn->reason != NULL ? conn->reason : "closed");
    tls_session_free(conn->session);
    frame_reader_fini(&conn->reader);
    bytes_fini(&conn->sending);
    free(conn->error);
    free(conn->reason);
    free(conn);
}

static void on_handle_closed(uv_handle_t *handle)
{
    conn_release(handle->data);
}

/* What the kernel takes at once; negative on failure. */
static int try_write(struct conn *conn, struct bytes *out)
{
    while (bytes_size(out) > 0) {
        uv_buf_t buf = uv_buf_init((char *)out->data + out->start,
                                   (unsigned)bytes_size(out));
        int put = uv_try_write((uv_stream_t *)&conn->tcp, &buf, 1);

        if (put == UV_EAGAIN)
            return 0;
        if (put < 0)
            return put;
        bytes_drop(out, (size_t)put);
    }
    return 0;
}

/* The only place that closes handles. */
void conn_close(struct conn *conn, int why, const char *reason)
{
    if (conn == NULL || conn->closing)
        return;
    conn->closing = true;
    conn->why = why;
    conn->reason = reason == NULL ? NULL : strdup(reason);
    conn_end_handshake(conn);
    if (conn->phase == CONN_OPEN && why == 0 && !conn->writing) {
        tls_session_say_goodbye(conn->session);
        (void)try_write(conn, tls_session_output(conn->session));
    }
    if (conn->working) /* if it runs already, on_step_done() comes later */
        uv_cancel((uv_req_t *)&conn->work);
    uv_close((uv_handle_t *)&conn->tcp, on_handle_closed);
    uv_close((uv_handle_t *)&conn->timer, on_handle_closed);
    uv_close((uv_handle_t *)&conn->resuming, on_handle_closed);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status;
}

/* All is sent: the FIN follows, and the peer's own ends the conn.  Closing at
 * once could cost the peer what it has not read yet (a reset overtakes). */
static void shut_if_sent(struct conn *conn)
{
    if (conn->phase != CONN_FINISHING || conn->shut || conn->writing ||
        conn->closing)
        return;
    conn->shut = true;
    if (uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_shutdown) <
        0)
        conn_close(conn, 0, "closed by us");
}

static void on_written(uv_write_t *request, int status)
{
    struct conn *conn = request->data;
    struct err err;

    conn->writing = false;
    bytes_fini(&conn->sending);
    if (conn->closing)
        return;
    if (status < 0) {
        err_set(&err, status, "cannot send: %s", uv_strerror(status));
        conn_close(conn, status, err.text);
        return;
    }
    conn_flush(conn);
    shut_if_sent(conn);
}

void conn_flush(struct conn *conn)
{
    struct bytes *out = tls_session_output(conn->session);
    struct err err;
    uv_buf_t buf;
    int status;

    if (conn->writing || conn->closing)
        return;
    status = try_write(conn, out);
    if (status == 0 && bytes_size(out) > 0) {
        conn->sending = *out;
        *out = (struct bytes){0};
        buf = uv_buf_init((char *)conn->sending.data + conn->sending.start,
                          (unsigned)bytes_size(&conn->sending));
        status = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &buf, 1,
                          on_written);
        conn->writing = status == 0;
    }
    if (status < 0) {
        err_set(&err, status, "cannot send: %s", uv_strerror(status));
        conn_close(conn, status, err.text);
    }
}

int conn_send(struct conn *conn, const uint8_t *bytes, size_t size)
{
    uint8_t head[FRAME_HEAD_SIZE];
    struct err err = {0};
    int status;

    if (conn->closing || conn->phase != CONN_OPEN)
        return -ENOTCONN;
    if (size == 0 || size > conn->max_send)
        return -EMSGSIZE;
    if (conn_queued(conn) + size > CONN_MAX_QUEUED)
        return -ENOBUFS;
    frame_write_head(head, (uint32_t)size);
    status = tls_session_write(conn->session, head, sizeof(head), &err);
    if (status == 0)
        status = tls_session_write(conn->session, bytes, size, &err);
    if (status < 0) {
        conn_close(conn, status, err.text);
        return status;
    }
    conn_flush(conn);
    return conn->closing ? -ENOTCONN : 0;
}

size_t conn_queued(const struct conn *conn)
{
    if (conn->phase < CONN_OPEN || conn->closing)
        return 0; /* the session may be with the thread pool */
    return bytes_size(tls_session_output(conn->session)) +
           uv_stream_get_write_queue_size((const uv_stream_t *)&conn->tcp);
}

/* Decrypts into the frame under way.  1: go on, 0: no more for now. */
static int deliver_some(struct conn *conn)
{
    struct err err = {0};
    const uint8_t *frame;
    uint8_t *room;
    size_t size;
    ssize_t got;
    int status;

    frame_reader_want(&conn->reader, &room, &size);
    got = tls_session_read(conn->session, room, size, &err);
    if (got == -EAGAIN)
        return 0;
    if (got == -ESHUTDOWN) {
        conn_close(conn, 0, "closed by the peer");
        return 0;
    }
    status =
        got < 0 ? (int)got : frame_reader_put(&conn->reader, (size_t)got, &err);
    if (status < 0) {
        conn_close(conn, status, err.text);
        return 0;
    }
    if (status == 0)
        return 1;
    if (conn->peer.role == PEER_JOINING &&
        ++conn->frames > CONN_MAX_JOIN_FRAMES) {
        conn_close(conn, -EPROTO, "a joining peer sent more than it may");
        return 0;
    }
    frame = frame_reader_frame(&conn->reader, &size);
    conn->events->frame(conn->owner, conn, frame, size);
    frame_reader_release(&conn->reader);
    return 1;
}

void conn_deliver(struct conn *conn)
{
    while (conn->phase == CONN_OPEN && !conn->closing && !conn->paused &&
           deliver_some(conn) == 1)
        ;
    /* Reading can make output: an alert, or the answer to a warning. */
    if (conn->phase == CONN_OPEN && !conn->closing)
        conn_flush(conn);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct conn *conn = handle->data;
    uint8_t *room = bytes_reserve(tls_session_input(conn->session), READ_SIZE);

    (void)suggested;
    *buf = uv_buf_init((char *)room, room == NULL ? 0 : (unsigned)READ_SIZE);
}

static void on_stream_end(struct conn *conn, int status)
{
    struct err err;

    if (conn->phase == CONN_FINISHING && conn->shut)
        conn_close(conn, 0, "closed by us");
    else if (status == UV_ENOBUFS)
        conn_close(conn, -ENOMEM, "no memory to read");
    else if (status != UV_EOF) {
        err_set(&err, status, "cannot receive: %s", uv_strerror(status));
        conn_close(conn, status, err.text);
    } else if (conn->phase == CONN_HANDSHAKE)
        conn_close(conn, -ECONNRESET, "the peer hung up during the handshake");
    else
        conn_close(conn, -ECONNRESET, "the peer went away without a goodbye");
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    struct bytes *in = tls_session_input(conn->session);

    (void)buf;
    if (conn->closing)
        return;
    if (size > 0) {
        bytes_commit(in, (size_t)size);
        conn->received_ms = uv_now(stream->loop);
    }
    bytes_drop(in, 0); /* frees it if nothing came */
    if (size < 0) {
        on_stream_end(conn, (int)size);
        return;
    }
    if (conn->phase == CONN_HANDSHAKE)
        conn_advance_handshake(conn);
    else if (conn->phase == CONN_OPEN)
        conn_deliver(conn);
    else
        bytes_drop(in, bytes_size(in));
}

void conn_start_reading(struct conn *conn)
{
    int status;

    if (conn->closing || (conn->paused && conn->phase == CONN_OPEN))
        return;
    status = uv_read_start((uv_stream_t *)&conn->tcp, on_allocate, on_read);
    if (status < 0 && status != UV_EALREADY)
        conn_close(conn, status, "cannot read from the socket");
}

/* In OPEN the timer is not restarted for each byte: it looks, when it fires,
 * how long the silence has lasted. */
static void check_silence(struct conn *conn)
{
    uint64_t silent_ms = uv_now(conn->tcp.loop) - conn->received_ms;
    struct err err;

    if (conn->paused) {
        conn_start_timer(conn, conn->idle_ms);
    } else if (silent_ms < conn->idle_ms) {
        conn_start_timer(conn, conn->idle_ms - silent_ms);
    } else {
        err_set(&err, -ETIMEDOUT, "nothing was heard from the peer for %u ms",
                conn->idle_ms);
        conn_close(conn, -ETIMEDOUT, err.text);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct conn *conn = timer->data;
    struct err err;

    if (conn->closing)
        return;
    switch (conn->phase) {
    case CONN_OPEN: check_silence(conn); break;
    case CONN_FINISHING:
        if (conn->shut)
            conn_close(conn, 0, "closed by us");
        else
            conn_close(conn, -ETIMEDOUT, "the peer did not take the rest");
        break;
    case CONN_CONNECTING:
    case CONN_HANDSHAKE:
        err_set(&err, -ETIMEDOUT,
                conn->phase == CONN_CONNECTING
                    ? "no connection within %u ms"
                    : "the peer did not finish the handshake within %u ms",
                conn->limit_ms);
        conn_close(conn, -ETIMEDOUT, err.text);
        break;
    }
}

void conn_start_timer(struct conn *conn, uint64_t after_ms)
{
    uv_timer_start(&conn->timer, on_timer, after_ms, 0);
}

void conn_set_idle_ms(struct conn *conn, unsigned idle_ms)
{
    conn->idle_ms = idle_ms;
    if (conn->closing || conn->phase != CONN_OPEN)
        return;
    if (idle_ms > 0)
        conn_start_timer(conn, idle_ms);
    else
        uv_timer_stop(&conn->timer);
}

void conn_set_handshake_ms(struct conn *conn, unsigned handshake_ms)
{
    conn->limit_ms = handshake_ms;
    if (!conn->closing && conn->phase < CONN_OPEN)
        conn_start_timer(conn, handshake_ms);
}

bool conn_resumed(const struct conn *conn)
{
    return conn->phase >= CONN_OPEN && tls_session_peer(conn->session)->resumed;
}

void conn_pause(struct conn *conn)
{
    if (conn->closing || conn->phase == CONN_FINISHING)
        return;
    conn->paused = true;
    uv_idle_stop(&conn->resuming);
    if (conn->phase == CONN_OPEN)
        uv_read_stop((uv_stream_t *)&conn->tcp);
}

/* Frames may wait decrypted, where no socket event tells of them. */
static void on_resuming(uv_idle_t *idle)
{
    struct conn *conn = idle->data;

    uv_idle_stop(idle);
    if (conn->closing)
        return;
    conn_deliver(conn);
    conn_start_reading(conn);
}

void conn_resume(struct conn *conn)
{
    if (conn->closing || !conn->paused)
        return;
    conn->paused = false;
    conn->received_ms = uv_now(conn->tcp.loop);
    if (conn->phase == CONN_OPEN)
        uv_idle_start(&conn->resuming, on_resuming);
}

void conn_finish(struct conn *conn)
{
    if (conn == NULL || conn->closing || conn->phase == CONN_FINISHING)
        return;
    if (conn->phase != CONN_OPEN) {
        conn_close(conn, 0, "closed by us");
        return;
    }
    tls_session_say_goodbye(conn->session);
    conn->phase = CONN_FINISHING;
    conn->paused = false;
    uv_idle_stop(&conn->resuming);
    conn_start_timer(conn, CONN_FINISH_MS);
    conn_flush(conn);
    shut_if_sent(conn);
    conn_start_reading(conn); /* for the peer's end */
}

void conn_set_owner(struct conn *conn, void *owner)
{
    conn->owner = owner;
}

const struct peer *conn_peer(const struct conn *conn)
{
    return &conn->peer;
}

struct address conn_local_address(const struct conn *conn)
{
    struct sockaddr_storage storage = {0};
    int size = (int)sizeof(storage);
    struct address address = {0};
    uint16_t port;

    if (!conn->closing &&
        uv_tcp_getsockname(&conn->tcp, (struct sockaddr *)&storage, &size) == 0)
        address_from_sockaddr((struct sockaddr *)&storage, &address, &port);
    return address;
}
