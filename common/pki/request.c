#include "common/pki/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "common/base/err.h"
#include "common/pki/certificate.h"
#include "common/pki/library.h"
#include "common/pki/pki.h"

#define CLEAN_CSR_WRITE CLEAN(mbedtls_x509write_csr_free)

int pki_make_request(const char *key_pem, const char *name, char **request_pem,
                     struct err *err)
{
    CLEAN_CSR_WRITE mbedtls_x509write_csr csr;
    CLEAN_PK mbedtls_pk_context key;
    CLEAN_FREE char *pem = calloc(1, PKI_PEM_MAX);
    char subject[CONN_NAME_SIZE + 3];
    int status;

    mbedtls_x509write_csr_init(&csr);
    mbedtls_pk_init(&key);
    if (pem == NULL)
        return err_set(err, -ENOMEM, "certificate request: out of memory");
    status = certificate_check_name(name, err);
    if (status == 0)
        status = library_read_key(&key, key_pem, err);
    if (status < 0)
        return status;
    snprintf(subject, sizeof(subject), "CN=%s", name);
    mbedtls_x509write_csr_set_key(&csr, &key);
    mbedtls_x509write_csr_set_md_alg(&csr, MBEDTLS_MD_SHA256);
    status = mbedtls_x509write_csr_set_subject_name(&csr, subject);
    if (status == 0)
        status = mbedtls_x509write_csr_pem(&csr, (unsigned char *)pem,
                                           PKI_PEM_MAX, library_random, NULL);
    if (status < 0)
        return library_error(err, -EIO, status, "certificate request");
    *request_pem = TAKE_PTR(pem);
    return 0;
}

/* mbedTLS parses requests but leaves their signature unchecked. */
static int check_possession(mbedtls_x509_csr *csr, struct err *err)
{
    unsigned char hash[32];
    int status;

    if (csr->sig_md != MBEDTLS_MD_SHA256 || csr->sig_pk != MBEDTLS_PK_ECDSA)
        return err_set(err, -EKEYREJECTED,
                       "the certificate request is not signed with ECDSA and "
                       "SHA-256");
    status = mbedtls_sha256_ret(csr->cri.p, csr->cri.len, hash, 0);
    if (status == 0)
        status = mbedtls_pk_verify_ext(csr->sig_pk, csr->sig_opts, &csr->pk,
                                       csr->sig_md, hash, sizeof(hash),
                                       csr->sig.p, csr->sig.len);
    if (status < 0)
        return library_error(err, -EKEYREJECTED, status,
                             "the certificate request's signature does not "
                             "hold: its sender does not have the key");
    return 0;
}

int request_read(mbedtls_x509_csr *csr, const char *pem, struct err *err)
{
    size_t size = strnlen(pem, PKI_PEM_MAX) + 1;
    int status;

    if (size > PKI_PEM_MAX)
        return err_set(err, -E2BIG, "certificate request: longer than %d bytes",
                       PKI_PEM_MAX);
    status = mbedtls_x509_csr_parse(csr, (const unsigned char *)pem, size);
    if (status < 0)
        return library_error(err, -EINVAL, status, "certificate request");
    status = library_check_curve(&csr->pk, err);
    if (status < 0)
        return status;
    return check_possession(csr, err);
}
