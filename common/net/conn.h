/* One mutually authenticated connection that carries frames.
 *
 * TCP and TLS through libuv; the handshake's arithmetic runs on libuv's thread
 * pool, never on the loop.  A frame is a 4-byte big-endian length and that many
 * bytes, at most CONN_MAX_FRAME (CONN_MAX_FRAME_JOINING for a peer without a
 * certificate).
 *
 * Lifetime: conn_dial() and conn_accept() either fail at once (and nothing is
 * called back) or end in exactly one closed(), after which the conn is gone.
 * conn_close() may be called at any time, also inside a callback, and twice. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/base/address.h"
#include "common/net/tls.h"

struct conn;
struct err;

#define CONN_MAX_FRAME         (64u * 1024)
#define CONN_MAX_FRAME_JOINING (4u * 1024)
#define CONN_MAX_QUEUED        (1024u * 1024) /* unsent bytes before -ENOBUFS */
#define CONN_HANDSHAKE_MS      10000          /* from dial or accept to ready */
#define CONN_FINISH_MS         5000 /* from conn_finish() to the end */
#define CONN_MAX_HANDSHAKES    1024 /* unfinished ones of a server's context */
#define CONN_MAX_JOIN_FRAMES   2    /* a hello and a join request */
#define CONN_NAME_SIZE         64

/* What the peer's certificate says it is. */
enum peer_role
{
    PEER_JOINING, /* no certificate: may send one join request */
    PEER_CONTROLLER,
    PEER_AGENT,
    PEER_OPERATOR,
};

struct peer
{
    enum peer_role role;
    char name[CONN_NAME_SIZE]; /* the certificate's common name */
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE]; /* of its public key */
    struct address address;
    uint16_t port;
};

struct conn_events
{
    /* The peer is known and authenticated; frames may flow. */
    void (*ready)(void *owner, struct conn *conn, const struct peer *peer);
    /* One whole frame; the bytes live until the callback returns. */
    void (*frame)(void *owner, struct conn *conn, const uint8_t *bytes,
                  size_t size);
    /* The end: why is 0 for an orderly close by either side, else negative
     * errno; reason is a sentence.  The conn is freed after it returns. */
    void (*closed)(void *owner, struct conn *conn, int why, const char *reason);
};

/* Connects to address:port.  tls lives longer than the conn. */
int conn_dial(struct conn **out, uv_loop_t *loop, struct tls_context *tls,
              const struct sockaddr *address, const struct conn_events *events,
              void *owner, struct err *err);

/* Takes a pending connection from a listener (in its connection callback).  On
 * failure (-EBUSY: CONN_MAX_HANDSHAKES are under way) it was taken and dropped,
 * so that the listener goes on; but -EAGAIN: there was no memory even for that.
 * It is still pending, and the listener tells of no other until it is taken. */
int conn_accept(struct conn **out, uv_stream_t *listener,
                struct tls_context *tls, const struct conn_events *events,
                void *owner, struct err *err);

/* Takes a pending connection and drops it.  -EAGAIN as above. */
int conn_drop_pending(uv_stream_t *listener);

/* Queues one frame.  -ENOBUFS when the peer does not read (the caller closes
 * it), -EMSGSIZE when it is too long (CONN_MAX_FRAME_JOINING for whoever joins)
 * or empty, -ENOTCONN before ready or after close.  Never calls back at once. */
int conn_send(struct conn *conn, const uint8_t *bytes, size_t size);

/* Unsent bytes that are queued. */
size_t conn_queued(const struct conn *conn);

/* Closes if nothing was received for this long; 0 switches it off.  Counts from
 * ready, and not while paused. */
void conn_set_idle_ms(struct conn *conn, unsigned idle_ms);

/* Another limit than CONN_HANDSHAKE_MS; counts from this call. */
void conn_set_handshake_ms(struct conn *conn, unsigned handshake_ms);

/* During the handshake: for how long the peer has owed us its next words; 0
 * while we are at work, and from ready on. */
uint64_t conn_waited_ms(const struct conn *conn);

/* From ready on: was a session resumed instead of a full handshake? */
bool conn_resumed(const struct conn *conn);

/* Stops and restarts reading, to hold a fast peer back. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);

/* Closes at once (conn_close) or after the queue is sent (conn_finish; frames
 * that arrive from then on are dropped).  closed() comes later, never out of
 * these calls; no other callback comes any more.  conn and reason (copied) may
 * be NULL. */
void conn_close(struct conn *conn, int why, const char *reason);
void conn_finish(struct conn *conn);

/* Sets the owner handed to the callbacks. */
void conn_set_owner(struct conn *conn, void *owner);

/* The peer: address and port from dial or accept on, the rest from ready on. */
const struct peer *conn_peer(const struct conn *conn);

/* Our own end's address. */
struct address conn_local_address(const struct conn *conn);

#endif
