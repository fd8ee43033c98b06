/* Who the peer is, whether it is whom we want, and why a handshake failed. */
#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/net/tls_internal.h"
#include "common/pki/certificate.h"
#include "common/pki/library.h"
#include "common/pki/pki.h"

/* When joining we trust nobody yet: mbedTLS marks the chain's last certificate
 * as not trusted, having checked every signature below it.  The mark goes if
 * that certificate's key is the one whose fingerprint we were given. */
static void check_pin(const struct tls_session *session,
                      const mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE];

    if (depth == 0 || !crt->ca_istrue ||
        certificate_fingerprint(crt, fingerprint, NULL) < 0)
        return;
    if (pki_equal(fingerprint, session->context->fingerprint,
                  sizeof(fingerprint)))
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
}

int tls_peer_verify(void *session, mbedtls_x509_crt *crt, int depth,
                    uint32_t *flags)
{
    struct tls_session *self = session;

    self->verified = true;
    if (self->context->kind == TLS_CLIENT_JOINING)
        check_pin(self, crt, depth, flags);
    return 0;
}

/* A resumed session skips mbedTLS's check of the chain, and with it of the
 * time. */
static int check_time(const mbedtls_x509_crt *crt, struct err *err)
{
    if (mbedtls_x509_time_is_past(&crt->valid_to) ||
        mbedtls_x509_time_is_future(&crt->valid_from))
        return err_set(err, -EKEYEXPIRED,
                       "the peer's certificate is not valid at this time: "
                       "renew it, or set the clock right");
    return 0;
}

static int check_role(struct tls_session *session, const mbedtls_x509_crt *crt,
                      struct err *err)
{
    const struct tls_context *context = session->context;
    struct tls_peer *peer = &session->peer;
    bool is_controller = peer->role == PEER_CONTROLLER;

    if (context->kind == TLS_SERVER && is_controller)
        return err_set(err, -EKEYREJECTED,
                       "%s has a controller's certificate: only agents and "
                       "operators may connect here",
                       peer->name);
    if (context->kind != TLS_SERVER && !is_controller)
        return err_set(err, -EKEYREJECTED,
                       "the peer's certificate (%s) is not a controller's",
                       peer->name);
    if (context->kind != TLS_SERVER &&
        !certificate_has_name(crt, context->server_name))
        return err_set(err, -EKEYREJECTED,
                       "the controller's certificate does not name %s: use a "
                       "name given to probe-controller init with --san, or "
                       "make a certificate with this one",
                       context->server_name);
    return 0;
}

/* The client asked to join, so no certificate was asked for.  One can be there
 * only if a session was resumed, and a joining peer has none to resume. */
static int identify_joining(struct tls_session *session,
                            const mbedtls_x509_crt *crt, struct err *err)
{
    if (crt != NULL)
        return err_set(err, -EKEYREJECTED,
                       "a peer that asked to join resumed a session");
    session->peer.role = PEER_JOINING;
    return 0;
}

int tls_peer_identify(struct tls_session *session, struct err *err)
{
    const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&session->ssl);
    struct tls_peer *peer = &session->peer;
    int status;

    if (session->joining)
        return identify_joining(session, crt, err);
    if (crt == NULL || mbedtls_ssl_get_verify_result(&session->ssl) != 0)
        return err_set(err, -EKEYREJECTED, "the peer has no certificate");
    peer->resumed = !session->verified;
    status = check_time(crt, err);
    if (status == 0)
        status = certificate_read_identity(crt, &peer->role, peer->name, err);
    if (status == 0)
        status = certificate_fingerprint(crt, peer->fingerprint, err);
    if (status == 0)
        status = check_role(session, crt, err);
    return status;
}

/* The first that holds is told. */
static const struct
{
    uint32_t flags;
    const char *text;
} verify_texts[] = {
    {MBEDTLS_X509_BADCERT_EXPIRED, "has expired: renew it, or set the clock "
                                   "right"},
    {MBEDTLS_X509_BADCERT_FUTURE, "is not valid yet: compare both hosts' "
                                  "clocks"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "is not signed by our authority: is it "
                                       "of another installation?"},
    {MBEDTLS_X509_BADCERT_MISSING, "is missing"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
         MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
     "is for another role"},
};

static int explain_certificate(struct tls_session *session, struct err *err)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&session->ssl);

    if (flags == UINT32_MAX) /* mbedTLS has not come to checking it */
        flags = 0;
    if (session->context->kind == TLS_CLIENT_JOINING &&
        (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0)
        return err_set(err, -EKEYREJECTED,
                       "the peer's authority does not have the fingerprint in "
                       "the token: it is another controller, or an impostor");
    for (size_t i = 0; i < ARRAY_SIZE(verify_texts); i++) {
        if ((flags & verify_texts[i].flags) != 0)
            return err_set(err, -EKEYREJECTED, "the peer's certificate %s",
                           verify_texts[i].text);
    }
    return err_set(err, -EKEYREJECTED,
                   "the peer's certificate is malformed or refused (flags "
                   "0x%x)",
                   (unsigned)flags);
}

/* The alert that mbedTLS just parsed: level, then description. */
static int explain_alert(struct tls_session *session, struct err *err)
{
    unsigned alert = session->ssl.in_msg[1];

    switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA:
        return err_set(err, -EACCES,
                       "the peer refused our certificate: its authority is "
                       "another one");
    case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED:
        return err_set(err, -EACCES,
                       "the peer refused our certificate: it has expired by "
                       "the peer's clock");
    case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED:
        if (session->context->kind == TLS_SERVER)
            return err_set(err, -EACCES,
                           "the peer refused our certificate: it lacks the "
                           "name or address by which the peer calls us (init "
                           "takes each with --san), or is out of date by the "
                           "peer's clock");
        return err_set(err, -EACCES,
                       "the peer refused our certificate: another key was "
                       "enrolled under its name since, it was revoked, or it "
                       "is for another role");
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
    case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT:
    case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN:
    case MBEDTLS_SSL_ALERT_MSG_NO_CERT:
        return err_set(err, -EACCES,
                       "the peer refused our certificate (TLS alert %u)",
                       alert);
    default:
        return err_set(err, -EPROTO, "the peer ended TLS with alert %u", alert);
    }
}

int tls_peer_explain(struct tls_session *session, int library_code,
                     struct err *err)
{
    switch (library_code) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE:
        return explain_certificate(session, err);
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return explain_alert(session, err);
    case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
        return err_set(err, -EKEYREJECTED,
                       "the peer sent no certificate: it has yet to join");
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
        return err_set(err, -ENOMEM, "TLS: out of memory");
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
    case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
    case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD:
        return library_error(err, -EPROTO, library_code,
                             "the peer does not speak TLS");
    default: return library_error(err, -EPROTO, library_code, "TLS failed");
    }
}
