#include "common/net/tls_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/net/tls_internal.h"
#include "common/pki/library.h"

#define RECORD_HEAD_SIZE 5
#define RECORD_MAX       (16384 + 2048) /* RFC 5246, 6.2.3 */

/* Bytes of the record at the front; 0 when it is not whole yet.  What cannot be
 * a record counts as whole, to be refused at once. */
static size_t record_size(const struct bytes *in)
{
    const uint8_t *head;
    size_t left = bytes_size(in);
    size_t size;

    if (left < RECORD_HEAD_SIZE)
        return 0;
    head = bytes_data(in);
    size = (size_t)head[3] << 8 | head[4];
    if (head[0] < MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC ||
        head[0] > MBEDTLS_SSL_MSG_APPLICATION_DATA ||
        head[1] != MBEDTLS_SSL_MAJOR_VERSION_3 || size > RECORD_MAX)
        return left;
    return left >= RECORD_HEAD_SIZE + size ? RECORD_HEAD_SIZE + size : 0;
}

/* mbedTLS's f_send: takes everything. */
static int put_output(void *session, const unsigned char *data, size_t size)
{
    struct tls_session *self = session;

    if (bytes_append(&self->out, data, size) < 0)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    return (int)size;
}

/* mbedTLS's f_recv: whole records only, so that what is left always begins with
 * a record's head, which tls_session_can_step() looks at. */
static int take_input(void *session, unsigned char *out, size_t size)
{
    struct tls_session *self = session;

    if (self->whole == 0)
        self->whole = record_size(&self->in);
    if (self->whole == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (size > self->whole)
        size = self->whole;
    memcpy(out, bytes_data(&self->in), size);
    bytes_drop(&self->in, size);
    self->whole -= size;
    return (int)size;
}

static void clean_session(struct tls_session **session)
{
    tls_session_free(*session);
}

int tls_session_new(struct tls_session **out, struct tls_context *context,
                    struct err *err)
{
    CLEAN(clean_session)
    struct tls_session *session = calloc(1, sizeof(*session));
    int status;

    if (session == NULL)
        return err_set(err, -ENOMEM, "TLS session: out of memory");
    session->context = context;
    mbedtls_ssl_init(&session->ssl);
    status = mbedtls_ssl_setup(&session->ssl, &context->config);
    if (status == 0 && context->kind != TLS_SERVER)
        status = mbedtls_ssl_set_hostname(
            &session->ssl, context->kind == TLS_CLIENT ? TLS_NAME_CONTROLLER
                                                       : TLS_NAME_JOINING);
    if (status < 0)
        return library_error(err, -ENOMEM, status, "TLS session");
    mbedtls_ssl_set_verify(&session->ssl, tls_peer_verify, session);
    mbedtls_ssl_set_bio(&session->ssl, session, put_output, take_input, NULL);
    if (context->kind == TLS_CLIENT)
        tls_context_offer_session(context, &session->ssl);
    *out = TAKE_PTR(session);
    return 0;
}

void tls_session_free(struct tls_session *session)
{
    if (session == NULL)
        return;
    mbedtls_ssl_free(&session->ssl);
    bytes_fini(&session->in);
    bytes_fini(&session->out);
    free(session);
}

struct bytes *tls_session_input(struct tls_session *session)
{
    return &session->in;
}

struct bytes *tls_session_output(struct tls_session *session)
{
    return &session->out;
}

bool tls_session_can_step(const struct tls_session *session)
{
    return record_size(&session->in) > 0;
}

int tls_session_handshake(struct tls_session *session, struct err *err)
{
    struct tls_context *context = session->context;
    int status = mbedtls_ssl_handshake(&session->ssl);

    if (status == MBEDTLS_ERR_SSL_WANT_READ)
        return 0;
    if (status != 0) {
        /* Whatever it was, do not try to resume that session again. */
        if (context->kind == TLS_CLIENT)
            tls_context_forget_session(context);
        return tls_peer_explain(session, status, err);
    }
    status = tls_peer_identify(session, err);
    if (status < 0) {
        tls_session_say_refused(session);
        if (context->kind == TLS_CLIENT)
            tls_context_forget_session(context);
        return status;
    }
    /* A resumed one brought no new ticket, and keeps its age. */
    if (context->kind == TLS_CLIENT && !session->peer.resumed)
        tls_context_save_session(context, &session->ssl);
    return 1;
}

const struct tls_peer *tls_session_peer(const struct tls_session *session)
{
    return &session->peer;
}

ssize_t tls_session_read(struct tls_session *session, void *out, size_t size,
                         struct err *err)
{
    int got = mbedtls_ssl_read(&session->ssl, out, size);

    if (got > 0)
        return got;
    if (got == MBEDTLS_ERR_SSL_WANT_READ)
        return -EAGAIN;
    if (got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return -ESHUTDOWN;
    return tls_peer_explain(session, got, err);
}

int tls_session_write(struct tls_session *session, const void *data,
                      size_t size, struct err *err)
{
    const unsigned char *next = data;

    while (size > 0) { /* one record each, at most 16 KiB */
        int put = mbedtls_ssl_write(&session->ssl, next, size);

        if (put <= 0)
            return tls_peer_explain(session, put, err);
        next += put;
        size -= (size_t)put;
    }
    return 0;
}

void tls_session_say_goodbye(struct tls_session *session)
{
    (void)mbedtls_ssl_close_notify(&session->ssl);
}

void tls_session_say_refused(struct tls_session *session)
{
    (void)mbedtls_ssl_send_alert_message(&session->ssl,
                                         MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                         MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED);
}

int tls_session_ask_permit(const struct tls_session *session, struct err *err)
{
    const struct tls_context *context = session->context;
    const struct tls_peer *peer = &session->peer;
    const struct tls_claim claim = {.role = (int)peer->role,
                                    .name = peer->name,
                                    .fingerprint = peer->fingerprint};

    if (context->permit == NULL || peer->role == PEER_JOINING)
        return 0;
    return context->permit(context->permit_owner, &claim, err);
}
