/* Keys, certificates and join tokens of a probectl installation.
 *
 * ECDSA P-256 throughout.  A certificate's common name is the host's or
 * operator's name; its role stands in the organisational unit ("controller",
 * "agent", "operator") and, so that no role can pose as another, in the
 * extended key usage as well (serverAuth for the controller, clientAuth for the
 * others).  All PEM texts are NUL-terminated and the caller's to free. */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/net/conn.h"
#include "common/net/tls.h"

struct err;

#define PKI_PEM_MAX 8192

/* A new private key as PEM. */
int pki_make_key(char **key_pem, struct err *err);

/* A self-signed authority over the key.  Callers put not_before_s some minutes
 * back, for hosts whose clocks are slow. */
int pki_make_authority(const char *key_pem, int64_t not_before_s, unsigned days,
                       char **certificate_pem, struct err *err);

/* A request for a certificate over the key (PKCS#10, PEM).  name: 1 to 63 of
 * A-Z a-z 0-9 . _ - that begin with a letter or a digit, -EINVAL otherwise. */
int pki_make_request(const char *key_pem, const char *name, char **request_pem,
                     struct err *err);

/* Signs for a public key given by a request (proof of possession is checked)
 * with the name and role that the caller decides, never the request's own.
 * sans: DNS names or addresses, NULL-terminated, may be NULL; a controller gets
 * TLS_NAME_CONTROLLER and TLS_NAME_JOINING besides.  Ends with the authority's
 * own end at the latest.  -EKEYREJECTED when the request proves nothing. */
int pki_sign_request(const char *authority_pem, const char *authority_key_pem,
                     const char *request_pem, enum peer_role role,
                     const char *name, const char *const *sans,
                     int64_t not_before_s, unsigned days,
                     char **certificate_pem, struct err *err);

/* SHA-256 of the certificate's SubjectPublicKeyInfo. */
int pki_fingerprint(const char *certificate_pem,
                    uint8_t out[TLS_FINGERPRINT_SIZE], struct err *err);

/* Role, name and last second of validity of a certificate. */
int pki_describe(const char *certificate_pem, enum peer_role *role,
                 char name[CONN_NAME_SIZE], int64_t *not_after_s,
                 struct err *err);

/* Random octets from the system (getrandom): safe in threads, after forks. */
int pki_random(void *out, size_t size, struct err *err);

/* SHA-256. */
#define PKI_HASH_SIZE 32
int pki_hash(const void *data, size_t size, uint8_t out[PKI_HASH_SIZE],
             struct err *err);

/* Compares secrets (or their hashes) in a time that does not tell where they
 * differ. */
bool pki_equal(const void *a, const void *b, size_t size);

/* A token: "pt1." + base32 of 16 octets secret and the 32 of the fingerprint. */
#define PKI_TOKEN_SECRET_SIZE 16
#define PKI_TOKEN_SIZE        96 /* text with NUL */

struct pki_token
{
    uint8_t secret[PKI_TOKEN_SECRET_SIZE];
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE];
};

void pki_token_print(const struct pki_token *token,
                     char out[static PKI_TOKEN_SIZE]);
/* Takes either case and blanks around.  -EINVAL with what is wrong and where;
 * the sentence never holds the token. */
int pki_token_parse(const char *text, struct pki_token *out, struct err *err);

/* What the controller stores of a token: SHA-256 of its secret, in hex. */
#define PKI_TOKEN_HASH_SIZE 65
void pki_token_hash(const struct pki_token *token,
                    char out[static PKI_TOKEN_HASH_SIZE]);

#endif
