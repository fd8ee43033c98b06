#include "common/pki/library.h"

#include <errno.h>
#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/sha256.h>
#include <sys/random.h>

#include "common/base/err.h"
#include "common/pki/pki.h"

int pki_random(void *out, size_t size, struct err *err)
{
    unsigned char *next = out;

    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, -errno, "getrandom: %s", strerror(errno));
        next += got;
        size -= (size_t)got;
    }
    return 0;
}

bool pki_equal(const void *a, const void *b, size_t size)
{
    const volatile unsigned char *left = a;
    const volatile unsigned char *right = b;
    unsigned char difference = 0;

    for (size_t i = 0; i < size; i++)
        difference |= (unsigned char)(left[i] ^ right[i]);
    return difference == 0;
}

int library_random(void *context, unsigned char *out, size_t size)
{
    (void)context;
    if (pki_random(out, size, NULL) < 0)
        return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    return 0;
}

int library_error(struct err *err, int code, int library_code, const char *what)
{
    char text[128];

    mbedtls_strerror(library_code, text, sizeof(text));
    return err_set(err, code, "%s: %s (-0x%04x)", what, text,
                   (unsigned)-library_code);
}

int library_read_certificate(mbedtls_x509_crt *crt, const char *pem,
                             const char *what, struct err *err)
{
    size_t size = strnlen(pem, PKI_PEM_MAX) + 1;
    int status;

    if (size > PKI_PEM_MAX)
        return err_set(err, -E2BIG, "%s: longer than %d bytes", what,
                       PKI_PEM_MAX);
    status = mbedtls_x509_crt_parse(crt, (const unsigned char *)pem, size);
    if (status < 0)
        return library_error(err, -EINVAL, status, what);
    if (status > 0 || crt->next != NULL)
        return err_set(err, -EINVAL, "%s: not exactly one PEM certificate",
                       what);
    return 0;
}

int library_check_curve(const mbedtls_pk_context *pk, struct err *err)
{
    const mbedtls_ecp_keypair *pair =
        mbedtls_pk_get_type(pk) == MBEDTLS_PK_ECKEY ? pk->pk_ctx : NULL;

    if (pair == NULL || pair->grp.id != MBEDTLS_ECP_DP_SECP256R1)
        return err_set(err, -EINVAL, "the key is not ECDSA P-256 (it is %s)",
                       mbedtls_pk_get_name(pk));
    return 0;
}

int library_read_key(mbedtls_pk_context *pk, const char *pem, struct err *err)
{
    size_t size = strnlen(pem, PKI_PEM_MAX) + 1;
    int status;

    if (size > PKI_PEM_MAX)
        return err_set(err, -E2BIG, "private key: longer than %d bytes",
                       PKI_PEM_MAX);
    status =
        mbedtls_pk_parse_key(pk, (const unsigned char *)pem, size, NULL, 0);
    if (status < 0)
        return library_error(err, -EINVAL, status, "private key");
    return library_check_curve(pk, err);
}

int pki_hash(const void *data, size_t size, uint8_t out[PKI_HASH_SIZE],
             struct err *err)
{
    int status = mbedtls_sha256_ret(data, size, out, 0);

    if (status < 0)
        return library_error(err, -EIO, status, "SHA-256");
    return 0;
}
