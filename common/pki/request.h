/* Certificate requests, read.  Private to pki. */
#ifndef PKI_REQUEST_H
#define PKI_REQUEST_H

#include <mbedtls/x509_csr.h>

struct err;

/* Parses a PEM request into an initialised csr and checks that its sender holds
 * the private key.  -EINVAL when it is none, -EKEYREJECTED when the signature
 * does not hold. */
int request_read(mbedtls_x509_csr *csr, const char *pem, struct err *err);

#endif
