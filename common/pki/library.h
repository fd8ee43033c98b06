/* What all users of mbedTLS need: random octets, PEM in, errors out.  Private
 * to pki and to net's tls*.c. */
#ifndef PKI_LIBRARY_H
#define PKI_LIBRARY_H

#include <stddef.h>

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "common/base/clean.h"

struct err;

/* mbedTLS's f_rng over getrandom(2): no state, so it is safe in any thread and
 * after any fork, which CTR_DRBG is not.  context is not used. */
int library_random(void *context, unsigned char *out, size_t size);

/* Sets "WHAT: mbedTLS's words" and returns code. */
int library_error(struct err *err, int code, int library_code,
                  const char *what);

/* Parses exactly one PEM certificate into an initialised crt. */
int library_read_certificate(mbedtls_x509_crt *crt, const char *pem,
                             const char *what, struct err *err);

/* Parses a PEM key, which must be ECDSA P-256, into an initialised pk. */
int library_read_key(mbedtls_pk_context *pk, const char *pem, struct err *err);

/* -EINVAL unless the key is ECDSA P-256, the only kind we issue or take. */
int library_check_curve(const mbedtls_pk_context *pk, struct err *err);

#define CLEAN_CRT CLEAN(mbedtls_x509_crt_free)
#define CLEAN_PK  CLEAN(mbedtls_pk_free)

#endif
