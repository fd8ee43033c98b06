/* One TLS connection as bytes in, bytes out: no socket, no loop.  For conn.c.
 *
 * A session belongs to one thread at a time.  The output grows as needed, so
 * mbedTLS never sees a full pipe and a write is never half done: whoever writes
 * looks at tls_session_output() first and stops in time. */
#ifndef NET_TLS_SESSION_H
#define NET_TLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include "common/net/bytes.h"
#include "common/net/conn.h"

struct err;
struct tls_context;
struct tls_session;

struct tls_peer
{
    enum peer_role role;
    char name[CONN_NAME_SIZE];
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE]; /* of its public key */
    bool resumed;
};

int tls_session_new(struct tls_session **out, struct tls_context *context,
                    struct err *err);
void tls_session_free(struct tls_session *session);

/* Where received bytes go, and what is to be sent. */
struct bytes *tls_session_input(struct tls_session *session);
struct bytes *tls_session_output(struct tls_session *session);

/* Is there a whole record (or surely none), so that a step is worth a trip to
 * another thread? */
bool tls_session_can_step(const struct tls_session *session);

/* Goes on with the handshake; costs up to some 10 ms.  1: done and the peer is
 * whom we want, 0: more input is needed, negative errno: failed; the output
 * then holds the alert. */
int tls_session_handshake(struct tls_session *session, struct err *err);

/* Who the peer is, once the handshake is done. */
const struct tls_peer *tls_session_peer(const struct tls_session *session);

/* Reads 1 to size bytes.  -EAGAIN: more input is needed, -ESHUTDOWN: the peer
 * said goodbye. */
ssize_t tls_session_read(struct tls_session *session, void *out, size_t size,
                         struct err *err);

/* Writes all or fails; a failure is the session's end. */
int tls_session_write(struct tls_session *session, const void *data,
                      size_t size, struct err *err);

/* Says goodbye (close_notify), or that the peer's certificate is refused. */
void tls_session_say_goodbye(struct tls_session *session);
void tls_session_say_refused(struct tls_session *session);

/* Asks the context's permit; a joining peer needs none.  0, or what the permit
 * says.  Loop's thread. */
int tls_session_ask_permit(const struct tls_session *session, struct err *err);

/* Counts unfinished handshakes of a context; false when there are max. */
bool tls_context_begin_handshake(struct tls_context *context, unsigned max);
void tls_context_end_handshake(struct tls_context *context);

bool tls_context_is_joining(const struct tls_context *context);

#endif
