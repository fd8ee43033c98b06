#include "common/net/tls.h"

#include <errno.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/net/tls_internal.h"
#include "common/pki/certificate.h"
#include "common/pki/library.h"
#include "common/pki/pki.h"

static const int ciphersuites[] = {
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, 0};
static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_SECP256R1,
                                              MBEDTLS_ECP_DP_NONE};
static const int hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_NONE};
static const mbedtls_x509_crt_profile profile = {
    .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256),
    .allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
    .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1),
};

/* Decides, before a certificate is asked for, whether the client may do
 * without.  A hostile client may send the extension twice: the last one
 * counts, wholly. */
static int on_server_name(void *unused, mbedtls_ssl_context *ssl,
                          const unsigned char *name, size_t size)
{
    struct tls_session *session = (struct tls_session *)ssl;

    (void)unused;
    session->joining = size == strlen(TLS_NAME_JOINING) &&
                       memcmp(name, TLS_NAME_JOINING, size) == 0;
    mbedtls_ssl_set_hs_authmode(ssl, session->joining
                                         ? MBEDTLS_SSL_VERIFY_NONE
                                         : MBEDTLS_SSL_VERIFY_REQUIRED);
    return 0;
}

/* The settings that all kinds share. */
static int configure(struct tls_context *context, struct err *err)
{
    mbedtls_ssl_config *config = &context->config;
    int endpoint = context->kind == TLS_SERVER ? MBEDTLS_SSL_IS_SERVER
                                               : MBEDTLS_SSL_IS_CLIENT;
    int status = mbedtls_ssl_config_defaults(config, endpoint,
                                             MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT);

    if (status < 0)
        return library_error(err, -EIO, status, "TLS configuration");
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_rng(config, library_random, NULL);
    mbedtls_ssl_conf_ciphersuites(config, ciphersuites);
    mbedtls_ssl_conf_curves(config, curves);
    mbedtls_ssl_conf_sig_hashes(config, hashes);
    mbedtls_ssl_conf_cert_profile(config, &profile);
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    /* When joining, the trusted list is there but empty: the chain's end is
     * compared with the fingerprint in tls_peer_verify(). */
    mbedtls_ssl_conf_ca_chain(config, &context->authority, NULL);
    return 0;
}

static int create(struct tls_context **out, enum tls_kind kind, struct err *err)
{
    struct tls_context *context = calloc(1, sizeof(*context));
    int status;

    if (context == NULL)
        return err_set(err, -ENOMEM, "TLS context: out of memory");
    context->kind = kind;
    pthread_mutex_init(&context->lock, NULL);
    mbedtls_ssl_config_init(&context->config);
    mbedtls_x509_crt_init(&context->authority);
    mbedtls_x509_crt_init(&context->chain);
    mbedtls_pk_init(&context->key);
    mbedtls_ssl_session_init(&context->saved);
    status = configure(context, err);
    if (status < 0) {
        tls_context_free(context);
        return status;
    }
    *out = context;
    return 0;
}

static void clean_context(struct tls_context **context)
{
    tls_context_free(*context);
}
#define CLEAN_CONTEXT CLEAN(clean_context)

/* Mistakes in the files are told at start, not at the first handshake; whether
 * the time is right is left to the handshake. */
static int check_identity(struct tls_context *context, struct err *err)
{
    const uint32_t time_flags =
        MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    char name[CONN_NAME_SIZE];
    enum peer_role role;
    uint32_t flags = 0;
    int status;

    if (mbedtls_pk_check_pair(&context->chain.pk, &context->key) != 0)
        return err_set(err, -EINVAL,
                       "the private key does not belong to the certificate: "
                       "both must come from the same join or init");
    status = mbedtls_x509_crt_verify_with_profile(
        &context->chain, &context->authority, NULL, &profile, NULL, &flags,
        NULL, NULL);
    if (status != 0 && (flags & ~time_flags) != 0)
        return err_set(err, -EINVAL,
                       "the certificate is not signed by the authority beside "
                       "it: both must come from the same join or init");
    status = certificate_read_identity(&context->chain, &role, name, err);
    if (status < 0)
        return status;
    if ((role == PEER_CONTROLLER) != (context->kind == TLS_SERVER))
        return err_set(err, -EINVAL,
                       "the certificate of %s is %s controller's: wrong state "
                       "folder?",
                       name, role == PEER_CONTROLLER ? "a" : "not a");
    return 0;
}

static int load_identity(struct tls_context *context,
                         const struct tls_identity *identity, struct err *err)
{
    int status = library_read_certificate(
        &context->authority, identity->authority, "authority", err);

    if (status == 0)
        status = library_read_certificate(
            &context->chain, identity->certificate, "certificate", err);
    if (status == 0)
        status = library_read_key(&context->key, identity->key, err);
    /* A session that can be resumed was made with this very identity. */
    if (status == 0 && !context->has_saved)
        status = check_identity(context, err);
    if (status == 0)
        status = certificate_fingerprint(&context->authority,
                                         context->fingerprint, err);
    if (status < 0)
        return status;
    /* Servers send the authority along: joining peers look for it. */
    if (context->kind == TLS_SERVER)
        status = mbedtls_x509_crt_parse_der(&context->chain,
                                            context->authority.raw.p,
                                            context->authority.raw.len);
    if (status == 0)
        status = mbedtls_ssl_conf_own_cert(&context->config, &context->chain,
                                           &context->key);
    if (status < 0)
        return library_error(err, -EINVAL, status, "certificate");
    return 0;
}

int tls_context_new_server(struct tls_context **out,
                           const struct tls_identity *identity,
                           const uint8_t *ticket_key, struct err *err)
{
    CLEAN_CONTEXT struct tls_context *context = NULL;
    int status = create(&context, TLS_SERVER, err);

    if (status == 0)
        status = load_identity(context, identity, err);
    if (status < 0)
        return status;
    status = tls_ticket_key_init(&context->ticket_key, ticket_key,
                                 context->fingerprint);
    if (status < 0)
        return library_error(err, -EIO, status, "ticket key");
    mbedtls_ssl_conf_session_tickets_cb(&context->config, tls_ticket_write,
                                        tls_ticket_parse, &context->ticket_key);
    mbedtls_ssl_conf_sni(&context->config, on_server_name, NULL);
    *out = TAKE_PTR(context);
    return 0;
}

static int set_server_name(struct tls_context *context, const char *server_name,
                           struct err *err)
{
    if (server_name == NULL || *server_name == '\0')
        return err_set(err, -EINVAL, "the controller's name is missing");
    context->server_name = strdup(server_name);
    if (context->server_name == NULL)
        return err_set(err, -ENOMEM, "TLS context: out of memory");
    return 0;
}

int tls_context_new_resuming(struct tls_context **out,
                             const struct tls_identity *identity,
                             const char *server_name, const uint8_t *session,
                             size_t session_size, struct err *err)
{
    CLEAN_CONTEXT struct tls_context *context = NULL;
    int status = create(&context, TLS_CLIENT, err);

    if (status < 0)
        return status;
    if (session != NULL)
        tls_context_import_session(context, session, session_size);
    status = load_identity(context, identity, err);
    if (status == 0)
        status = set_server_name(context, server_name, err);
    if (status < 0)
        return status;
    mbedtls_ssl_conf_session_tickets(&context->config,
                                     MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    *out = TAKE_PTR(context);
    return 0;
}

int tls_context_new_client(struct tls_context **out,
                           const struct tls_identity *identity,
                           const char *server_name, struct err *err)
{
    return tls_context_new_resuming(out, identity, server_name, NULL, 0, err);
}

int tls_context_new_joining(struct tls_context **out,
                            const uint8_t fingerprint[TLS_FINGERPRINT_SIZE],
                            const char *server_name, struct err *err)
{
    CLEAN_CONTEXT struct tls_context *context = NULL;
    int status = create(&context, TLS_CLIENT_JOINING, err);

    if (status == 0)
        status = set_server_name(context, server_name, err);
    if (status < 0)
        return status;
    memcpy(context->fingerprint, fingerprint, TLS_FINGERPRINT_SIZE);
    mbedtls_ssl_conf_session_tickets(&context->config,
                                     MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    *out = TAKE_PTR(context);
    return 0;
}

void tls_context_set_permit(struct tls_context *context, tls_permit_fn *permit,
                            void *owner)
{
    context->permit = permit;
    context->permit_owner = owner;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL)
        return;
    mbedtls_ssl_session_free(&context->saved);
    mbedtls_ssl_config_free(&context->config);
    mbedtls_x509_crt_free(&context->authority);
    mbedtls_x509_crt_free(&context->chain);
    mbedtls_pk_free(&context->key);
    pthread_mutex_destroy(&context->lock);
    free(context->server_name);
    explicit_bzero(context, sizeof(*context));
    free(context);
}

void tls_context_save_session(struct tls_context *context,
                              mbedtls_ssl_context *ssl)
{
    pthread_mutex_lock(&context->lock);
    mbedtls_ssl_session_free(&context->saved);
    mbedtls_ssl_session_init(&context->saved);
    context->has_saved = mbedtls_ssl_get_session(ssl, &context->saved) == 0;
    pthread_mutex_unlock(&context->lock);
}

void tls_context_forget_session(struct tls_context *context)
{
    pthread_mutex_lock(&context->lock);
    mbedtls_ssl_session_free(&context->saved);
    mbedtls_ssl_session_init(&context->saved);
    context->has_saved = false;
    pthread_mutex_unlock(&context->lock);
}

void tls_context_offer_session(struct tls_context *context,
                               mbedtls_ssl_context *ssl)
{
    pthread_mutex_lock(&context->lock);
    /* Without memory for the copy the handshake is a full one. */
    if (context->has_saved)
        (void)mbedtls_ssl_set_session(ssl, &context->saved);
    pthread_mutex_unlock(&context->lock);
}

bool tls_context_begin_handshake(struct tls_context *context, unsigned max)
{
    if (context->handshakes >= max)
        return false;
    context->handshakes++;
    return true;
}

void tls_context_end_handshake(struct tls_context *context)
{
    context->handshakes--;
}

bool tls_context_is_joining(const struct tls_context *context)
{
    return context->kind == TLS_CLIENT_JOINING;
}
