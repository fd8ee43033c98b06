/* The TLS settings that connections share: keys, trust, random numbers and
 * session tickets.  Everything about mbedTLS ends in tls.c and pki/. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct tls_context;

#define TLS_FINGERPRINT_SIZE 32 /* SHA-256 of a public key */
#define TLS_TICKET_KEY_SIZE  64
#define TLS_TICKET_LIFE_S    3600 /* from the full handshake */

/* What clients ask for (SNI); every controller's certificate carries both as
 * alternative names, so that mbedTLS's own name check stays on.  The address or
 * name that the user gave is checked by us, because mbedTLS 2.28 cannot match
 * addresses. */
#define TLS_NAME_CONTROLLER "controller.probectl"
#define TLS_NAME_JOINING    "join.probectl"

/* All PEM texts, NUL-terminated; copied. */
struct tls_identity
{
    const char *authority;
    const char *certificate;
    const char *key;
};

/* For probe-controller: verifies every peer but those that ask for the name
 * join.probectl.  ticket_key (TLS_TICKET_KEY_SIZE random octets kept in the
 * state folder) lets agents resume sessions across a restart. */
int tls_context_new_server(struct tls_context **out,
                           const struct tls_identity *identity,
                           const uint8_t *ticket_key, struct err *err);

/* For agents and operators: the server's certificate must be the controller's
 * (role) and carry server_name (a DNS name or an address) as an alternative
 * name.  The context keeps the last session to resume it. */
int tls_context_new_client(struct tls_context **out,
                           const struct tls_identity *identity,
                           const char *server_name, struct err *err);

/* The same with a session that was exported from a context of the same identity
 * and server name.  One that is malformed, too old or of another mbedTLS is
 * ignored; with a good one it is not checked once more that the identity's
 * parts belong together, which takes longer than resuming.  What the peer's
 * certificate says is checked as ever. */
int tls_context_new_resuming(struct tls_context **out,
                             const struct tls_identity *identity,
                             const char *server_name, const uint8_t *session,
                             size_t session_size, struct err *err);

/* For joining: no certificate of our own; the server's chain must end in an
 * authority whose key has this fingerprint. */
int tls_context_new_joining(struct tls_context **out,
                            const uint8_t fingerprint[TLS_FINGERPRINT_SIZE],
                            const char *server_name, struct err *err);

/* What a peer's certificate says of it, and whose key it is. */
struct tls_claim
{
    int role; /* enum peer_role */
    const char *name;
    const uint8_t *fingerprint; /* of its public key */
};

/* A check run on the certificate of every connection, also of resumed ones
 * (revocation): 0, or a negative errno and a sentence, which refuse it.  Called
 * on the loop's thread. */
typedef int tls_permit_fn(void *owner, const struct tls_claim *claim,
                          struct err *err);
void tls_context_set_permit(struct tls_context *context, tls_permit_fn *permit,
                            void *owner);

/* Clients: the session of the last handshake as octets, the caller's to free.
 * They are worth as much as the key for TLS_TICKET_LIFE_S.  -ENOENT when there
 * is none. */
#define TLS_EXPORT_MAX 16384
int tls_context_export_session(struct tls_context *context, uint8_t **out,
                               size_t *size);

void tls_context_free(struct tls_context *context);

#endif
