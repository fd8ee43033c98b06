/* The certificate extensions that mbedTLS 2.28 cannot write.  Private to pki. */
#ifndef PKI_EXTENSION_H
#define PKI_EXTENSION_H

#include <stddef.h>

#include <mbedtls/x509_crt.h>

#include "common/pki/certificate.h"

struct err;

#define EXTENSION_MAX_SANS 64

/* Writes subjectAltName: each name as an address if it parses as one, else as a
 * DNS name.  fixed are DNS names put before; both lists end with NULL and may
 * be NULL.  Writes nothing when both are empty. */
int extension_write_sans(mbedtls_x509write_cert *crt, const char *const *fixed,
                         const char *const *sans, struct err *err);

/* Writes the role's one extended key usage. */
int extension_write_usage(mbedtls_x509write_cert *crt,
                          const struct certificate_role *role, struct err *err);

#endif
