/* A client's session as octets, so that the next process can resume it. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/clean.h"
#include "common/net/tls_internal.h"
#include "common/pki/library.h"

/* With the lock held. */
static int export_saved(const struct tls_context *context, uint8_t **out,
                        size_t *size)
{
    CLEAN_FREE uint8_t *octets = NULL;
    size_t needed = 0;

    if (!context->has_saved || context->saved.ticket_len == 0)
        return -ENOENT;
    (void)mbedtls_ssl_session_save(&context->saved, NULL, 0, &needed);
    if (needed == 0 || needed > TLS_EXPORT_MAX)
        return -EFBIG;
    octets = malloc(needed);
    if (octets == NULL)
        return -ENOMEM;
    if (mbedtls_ssl_session_save(&context->saved, octets, needed, &needed) != 0)
        return -EIO;
    *size = needed;
    *out = TAKE_PTR(octets);
    return 0;
}

int tls_context_export_session(struct tls_context *context, uint8_t **out,
                               size_t *size)
{
    int status;

    pthread_mutex_lock(&context->lock);
    status = export_saved(context, out, size);
    pthread_mutex_unlock(&context->lock);
    return status;
}

static bool is_fresh(const mbedtls_ssl_session *session)
{
    time_t age_s = time(NULL) - session->start;

    return age_s >= 0 && age_s < TLS_TICKET_LIFE_S;
}

void tls_context_import_session(struct tls_context *context,
                                const uint8_t *octets, size_t size)
{
    mbedtls_ssl_session session;

    mbedtls_ssl_session_init(&session);
    if (mbedtls_ssl_session_load(&session, octets, size) != 0 ||
        session.peer_cert == NULL || session.ticket_len == 0 ||
        !is_fresh(&session)) {
        mbedtls_ssl_session_free(&session);
        return;
    }
    pthread_mutex_lock(&context->lock);
    mbedtls_ssl_session_free(&context->saved);
    context->saved = session; /* and with it what it points to */
    context->has_saved = true;
    pthread_mutex_unlock(&context->lock);
}
