/* What the tls*.c files share.  Nobody else includes this. */
#ifndef NET_TLS_INTERNAL_H
#define NET_TLS_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include <mbedtls/ssl.h>

#include "common/base/err.h"
#include "common/net/bytes.h"
#include "common/net/tls.h"
#include "common/net/tls_session.h"
#include "common/net/tls_ticket.h"

enum tls_kind
{
    TLS_SERVER,
    TLS_CLIENT,
    TLS_CLIENT_JOINING,
};

/* Read only once it is made, but for the last two groups.  Handshakes use key
 * and certificates from several threads: mbedTLS works on copies of their
 * groups (eckey_sign_wrap), so no lock is needed. */
struct tls_context
{
    enum tls_kind kind;
    mbedtls_ssl_config config;
    mbedtls_x509_crt authority; /* what we trust; empty when joining */
    mbedtls_x509_crt chain;     /* our certificate, then the authority's */
    mbedtls_pk_context key;
    char *server_name; /* clients: must be among the controller's names */
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE]; /* of the authority's key */
    struct tls_ticket_key ticket_key;          /* servers */

    /* Of the loop's thread alone. */
    tls_permit_fn *permit;
    void *permit_owner;
    unsigned handshakes; /* unfinished ones */

    /* Clients: the session to resume. */
    pthread_mutex_t lock;
    mbedtls_ssl_session saved;
    bool has_saved;
};

struct tls_session
{
    mbedtls_ssl_context ssl; /* first: the SNI callback gets only this */
    struct tls_context *context;
    struct bytes in;  /* received, not yet given to mbedTLS */
    struct bytes out; /* to be sent */
    size_t whole;     /* of in: left of the whole record at its front */
    bool joining;     /* server: the client asked for TLS_NAME_JOINING */
    bool verified;    /* a chain was checked, so nothing was resumed */
    struct tls_peer peer;
};

/* mbedTLS's f_vrfy (parameter: the session). */
int tls_peer_verify(void *session, mbedtls_x509_crt *crt, int depth,
                    uint32_t *flags);

/* After the handshake: who is the peer, and is it whom we want? */
int tls_peer_identify(struct tls_session *session, struct err *err);

/* A sentence for a failed handshake, read or write; returns -errno. */
int tls_peer_explain(struct tls_session *session, int library_code,
                     struct err *err);

/* Clients: keeps a copy of the session, or forgets the one kept. */
void tls_context_save_session(struct tls_context *context,
                              mbedtls_ssl_context *ssl);
void tls_context_forget_session(struct tls_context *context);

/* Clients: takes an exported session, if it is usable. */
void tls_context_import_session(struct tls_context *context,
                                const uint8_t *octets, size_t size);

/* Clients: makes ssl try to resume the session kept, if any. */
void tls_context_offer_session(struct tls_context *context,
                               mbedtls_ssl_context *ssl);

#endif
