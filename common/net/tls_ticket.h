/* Session tickets whose key outlives the process.  mbedTLS's own tickets draw
 * their key at start, which invalidates every ticket exactly when a restarted
 * controller needs them.
 *
 * A ticket: key name (16), nonce (12), tag (16), then the session under
 * AES-256-GCM.  The authority's fingerprint is authenticated with it, so that a
 * new authority makes all old tickets void.  The session holds the peer's
 * certificate, so identity and revocation are checked on resumption too. */
#ifndef NET_TLS_TICKET_H
#define NET_TLS_TICKET_H

#include <stdint.h>

#include <mbedtls/ssl.h>

#include "common/net/tls.h"

#define TLS_TICKET_NAME_SIZE 16
#define TLS_TICKET_AAD_SIZE  (TLS_TICKET_NAME_SIZE + TLS_FINGERPRINT_SIZE)

struct tls_ticket_key
{
    uint8_t key[32];
    uint8_t aad[TLS_TICKET_AAD_SIZE]; /* key name, authority's fingerprint */
};

/* From TLS_TICKET_KEY_SIZE octets: the first half is the key, the second
 * becomes its name.  0 or mbedTLS's error. */
int tls_ticket_key_init(struct tls_ticket_key *key, const uint8_t *material,
                        const uint8_t fingerprint[TLS_FINGERPRINT_SIZE]);

/* mbedTLS's callbacks (parameter: the key); any thread. */
int tls_ticket_write(void *key, const mbedtls_ssl_session *session,
                     unsigned char *start, const unsigned char *end,
                     size_t *size, uint32_t *lifetime_s);
int tls_ticket_parse(void *key, mbedtls_ssl_session *session,
                     unsigned char *ticket, size_t size);

#endif
