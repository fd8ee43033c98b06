#include "common/net/tls_ticket.h"

#include <string.h>
#include <time.h>

#include <mbedtls/gcm.h>
#include <mbedtls/sha256.h>

#include "common/base/clean.h"
#include "common/pki/library.h"

#define NONCE_SIZE 12
#define TAG_SIZE   16
#define NONCE_AT   TLS_TICKET_NAME_SIZE
#define TAG_AT     (NONCE_AT + NONCE_SIZE)
#define SESSION_AT (TAG_AT + TAG_SIZE)

#define CLEAN_GCM CLEAN(mbedtls_gcm_free)

int tls_ticket_key_init(struct tls_ticket_key *key, const uint8_t *material,
                        const uint8_t fingerprint[TLS_FINGERPRINT_SIZE])
{
    uint8_t hash[32];
    int status =
        mbedtls_sha256_ret(material + sizeof(key->key),
                           TLS_TICKET_KEY_SIZE - sizeof(key->key), hash, 0);

    if (status != 0)
        return status;
    memcpy(key->key, material, sizeof(key->key));
    memcpy(key->aad, hash, TLS_TICKET_NAME_SIZE);
    memcpy(key->aad + TLS_TICKET_NAME_SIZE, fingerprint, TLS_FINGERPRINT_SIZE);
    return 0;
}

/* A context per ticket: it has state, and handshakes run on several threads. */
static int set_key(mbedtls_gcm_context *gcm, const struct tls_ticket_key *key)
{
    mbedtls_gcm_init(gcm);
    return mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key->key,
                              sizeof(key->key) * 8);
}

int tls_ticket_write(void *key, const mbedtls_ssl_session *session,
                     unsigned char *start, const unsigned char *end,
                     size_t *size, uint32_t *lifetime_s)
{
    const struct tls_ticket_key *ticket_key = key;
    CLEAN_GCM mbedtls_gcm_context gcm;
    size_t length;
    int status = set_key(&gcm, ticket_key);

    *size = 0;
    *lifetime_s = 0;
    /* A joining peer gets none: mbedTLS then sends an empty ticket. */
    if (session->peer_cert == NULL)
        return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
    if (end - start <= SESSION_AT)
        return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
    memcpy(start, ticket_key->aad, TLS_TICKET_NAME_SIZE);
    if (status == 0)
        status = library_random(NULL, start + NONCE_AT, NONCE_SIZE);
    if (status == 0)
        status = mbedtls_ssl_session_save(session, start + SESSION_AT,
                                          (size_t)(end - start) - SESSION_AT,
                                          &length);
    if (status == 0)
        status = mbedtls_gcm_crypt_and_tag(
            &gcm, MBEDTLS_GCM_ENCRYPT, length, start + NONCE_AT, NONCE_SIZE,
            ticket_key->aad, sizeof(ticket_key->aad), start + SESSION_AT,
            start + SESSION_AT, TAG_SIZE, start + TAG_AT);
    if (status != 0)
        return status;
    *size = SESSION_AT + length;
    *lifetime_s = TLS_TICKET_LIFE_S;
    return 0;
}

int tls_ticket_parse(void *key, mbedtls_ssl_session *session,
                     unsigned char *ticket, size_t size)
{
    const struct tls_ticket_key *ticket_key = key;
    CLEAN_GCM mbedtls_gcm_context gcm;
    size_t length;
    time_t age_s;
    int status = set_key(&gcm, ticket_key);

    if (status != 0)
        return status;
    if (size <= SESSION_AT ||
        memcmp(ticket, ticket_key->aad, TLS_TICKET_NAME_SIZE) != 0)
        return MBEDTLS_ERR_SSL_INVALID_MAC;
    length = size - SESSION_AT;
    if (mbedtls_gcm_auth_decrypt(&gcm, length, ticket + NONCE_AT, NONCE_SIZE,
                                 ticket_key->aad, sizeof(ticket_key->aad),
                                 ticket + TAG_AT, TAG_SIZE, ticket + SESSION_AT,
                                 ticket + SESSION_AT) != 0)
        return MBEDTLS_ERR_SSL_INVALID_MAC;
    status = mbedtls_ssl_session_load(session, ticket + SESSION_AT, length);
    if (status != 0)
        return status;
    if (session->peer_cert == NULL)
        return MBEDTLS_ERR_SSL_INVALID_MAC;
    age_s = time(NULL) - session->start;
    if (age_s < 0 || age_s > TLS_TICKET_LIFE_S)
        return MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
    return 0;
}
