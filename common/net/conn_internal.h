/* What conn.c (life, input, output) and conn_handshake.c (from dial or accept
 * to ready) share.  Nobody else includes this.
 *
 *   dial --> CONNECTING --> HANDSHAKE --> OPEN --> FINISHING --> closing
 *   accept ----------------^   |           |                       ^
 *                              +-----------+-----------------------+
 *
 * The session belongs to the loop's thread, but for the time that `work` is
 * with the thread pool (working): then nobody here touches it and the socket is
 * not read, which also holds back a peer that sends much.
 *
 * Ends: conn_close() alone closes the handles; when the last of them has closed
 * and the pool has given the work back (`pending` falls to 0), closed() is
 * called and the memory freed, in conn_release() alone. */
#ifndef NET_CONN_INTERNAL_H
#define NET_CONN_INTERNAL_H

#include "common/base/err.h"
#include "common/net/bytes.h"
#include "common/net/conn.h"
#include "common/net/frame.h"
#include "common/net/tls_session.h"

enum conn_phase
{
    CONN_CONNECTING,
    CONN_HANDSHAKE,
    CONN_OPEN,
    CONN_FINISHING,
};

struct conn
{
    uv_tcp_t tcp;
    uv_timer_t timer;   /* limits each phase; in OPEN the silence */
    uv_idle_t resuming; /* delivers what was held back, out of any callback */
    uv_connect_t connect;
    uv_work_t work; /* a handshake step on the thread pool */
    uv_write_t write;
    uv_shutdown_t shutdown;
    unsigned pending; /* handles not yet closed, plus working */

    struct tls_context *tls;
    struct tls_session *session;
    const struct conn_events *events; /* NULL: nobody wants to know */
    void *owner;

    enum conn_phase phase;
    bool closing;      /* conn_close() was called */
    bool working;      /* work is in flight */
    bool writing;      /* write is in flight */
    bool shut;         /* shutdown was requested */
    bool paused;       /* conn_pause() */
    bool has_slot;     /* counts among the context's handshakes */
    int why;           /* once closing */
    char *reason;      /* once closing; NULL without memory */
    int step_status;   /* of the last handshake step */
    struct err *error; /* of the last handshake step; only until OPEN */

    unsigned limit_ms; /* of the handshake */
    unsigned idle_ms;
    uint64_t received_ms; /* loop time of the last bytes; in the handshake of
                           * our answer to them, if that is later */
    size_t max_send;
    unsigned frames; /* received; counted while role is PEER_JOINING */
    struct frame_reader reader;
    struct bytes sending; /* write's bytes */
    struct peer peer;
};

/* Goes on with the handshake if there is enough input. */
void conn_advance_handshake(struct conn *conn);

/* Sends what the session has for the peer. */
void conn_flush(struct conn *conn);

/* Reads from the socket, unless paused or closing. */
void conn_start_reading(struct conn *conn);

/* Delivers frames until input ends, or somebody pauses or closes. */
void conn_deliver(struct conn *conn);

/* Restarts the one timer. */
void conn_start_timer(struct conn *conn, uint64_t after_ms);

/* One of the pending things is over. */
void conn_release(struct conn *conn);

/* Gives the handshake's slot back. */
void conn_end_handshake(struct conn *conn);

#endif
