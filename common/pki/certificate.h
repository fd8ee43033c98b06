/* What a parsed certificate says.  Private to pki and to net's tls*.c. */
#ifndef PKI_CERTIFICATE_H
#define PKI_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <mbedtls/x509_crt.h>

#include "common/net/conn.h"
#include "common/net/tls.h"

struct err;

/* One role's words in a certificate. */
struct certificate_role
{
    enum peer_role role;
    const char *unit;      /* the organisational unit */
    const char *usage_oid; /* the one extended key usage */
    size_t usage_oid_size;
};

/* The words of a role; NULL for one that has no certificate. */
const struct certificate_role *certificate_find_role(enum peer_role role);

/* -EINVAL unless the name is 1 to 63 of A-Z a-z 0-9 . _ -, the first of them a
 * letter or digit: such a name is safe in a subject, a path and a terminal. */
int certificate_check_name(const char *name, struct err *err);

/* Role and name.  -EKEYREJECTED unless unit and extended key usage agree. */
int certificate_read_identity(const mbedtls_x509_crt *crt, enum peer_role *role,
                              char name[CONN_NAME_SIZE], struct err *err);

/* Does a subject alternative name equal this DNS name (whatever the case; no
 * wildcards) or address (octet by octet)? */
bool certificate_has_name(const mbedtls_x509_crt *crt, const char *name);

/* SHA-256 of the public key's SubjectPublicKeyInfo. */
int certificate_fingerprint(const mbedtls_x509_crt *crt,
                            uint8_t out[TLS_FINGERPRINT_SIZE], struct err *err);

/* Seconds since the epoch. */
int64_t certificate_time_s(const mbedtls_x509_time *time);

#endif
