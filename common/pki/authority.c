/* Makes keys, the authority and the certificates that it signs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mbedtls/ecp.h>

#include "common/base/err.h"
#include "common/pki/certificate.h"
#include "common/pki/extension.h"
#include "common/pki/library.h"
#include "common/pki/pki.h"
#include "common/pki/request.h"

#define CLEAN_CRT_WRITE CLEAN(mbedtls_x509write_crt_free)
#define CLEAN_CSR       CLEAN(mbedtls_x509_csr_free)
#define CLEAN_MPI       CLEAN(mbedtls_mpi_free)
#define SERIAL_SIZE     16
#define SECONDS_PER_DAY 86400
#define SUBJECT_SIZE    256

static const char *const controller_names[] = {TLS_NAME_CONTROLLER,
                                               TLS_NAME_JOINING, NULL};

/* The parties of a signature. */
struct signing
{
    mbedtls_x509_crt authority;
    mbedtls_pk_context key;
    mbedtls_x509_csr request;
};

static void signing_init(struct signing *signing)
{
    mbedtls_x509_crt_init(&signing->authority);
    mbedtls_pk_init(&signing->key);
    mbedtls_x509_csr_init(&signing->request);
}

static void signing_fini(struct signing *signing)
{
    mbedtls_x509_crt_free(&signing->authority);
    mbedtls_pk_free(&signing->key);
    mbedtls_x509_csr_free(&signing->request);
}

int pki_make_key(char **key_pem, struct err *err)
{
    CLEAN_PK mbedtls_pk_context key;
    CLEAN_FREE char *pem = calloc(1, PKI_PEM_MAX);
    int status;

    mbedtls_pk_init(&key);
    if (pem == NULL)
        return err_set(err, -ENOMEM, "private key: out of memory");
    status =
        mbedtls_pk_setup(&key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (status == 0)
        status = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1,
                                     mbedtls_pk_ec(key), library_random, NULL);
    if (status == 0)
        status =
            mbedtls_pk_write_key_pem(&key, (unsigned char *)pem, PKI_PEM_MAX);
    if (status < 0)
        return library_error(err, -EIO, status, "making a private key");
    *key_pem = TAKE_PTR(pem);
    return 0;
}

static int set_serial(mbedtls_x509write_cert *crt, struct err *err)
{
    CLEAN_MPI mbedtls_mpi serial;
    unsigned char bytes[SERIAL_SIZE];
    int status = pki_random(bytes, sizeof(bytes), err);

    mbedtls_mpi_init(&serial);
    if (status < 0)
        return status;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, full */
    status = mbedtls_mpi_read_binary(&serial, bytes, sizeof(bytes));
    if (status == 0)
        status = mbedtls_x509write_crt_set_serial(crt, &serial);
    if (status < 0)
        return library_error(err, -EIO, status, "serial number");
    return 0;
}

static int print_time(int64_t when_s, char out[static 16], struct err *err)
{
    time_t when = (time_t)when_s;
    struct tm tm;

    if (gmtime_r(&when, &tm) == NULL || tm.tm_year < 70 || tm.tm_year > 8099 ||
        strftime(out, 16, "%Y%m%d%H%M%S", &tm) == 0)
        return err_set(err, -EINVAL,
                       "the time %lld cannot stand in a certificate: check the "
                       "clock",
                       (long long)when_s);
    return 0;
}

static int set_validity(mbedtls_x509write_cert *crt, int64_t from_s,
                        int64_t until_s, struct err *err)
{
    char from[16], until[16];
    int status;

    if (from_s >= until_s)
        return err_set(err, -EINVAL,
                       "a certificate would end before it begins: the "
                       "authority's own time is over");
    status = print_time(from_s, from, err);
    if (status == 0)
        status = print_time(until_s, until, err);
    if (status < 0)
        return status;
    status = mbedtls_x509write_crt_set_validity(crt, from, until);
    if (status < 0)
        return library_error(err, -EINVAL, status, "validity");
    return 0;
}

/* What every certificate of ours has; the caller has set keys and names. */
static int set_common(mbedtls_x509write_cert *crt, bool is_authority,
                      struct err *err)
{
    unsigned usage =
        is_authority ? MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN
                     : MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
    int status;

    mbedtls_x509write_crt_set_version(crt, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(crt, MBEDTLS_MD_SHA256);
    status = mbedtls_x509write_crt_set_basic_constraints(crt, is_authority,
                                                         is_authority ? 0 : -1);
    if (status == 0)
        status = mbedtls_x509write_crt_set_key_usage(crt, usage);
    if (status == 0)
        status = mbedtls_x509write_crt_set_subject_key_identifier(crt);
    if (status == 0)
        status = mbedtls_x509write_crt_set_authority_key_identifier(crt);
    if (status < 0)
        return library_error(err, -EIO, status, "certificate extensions");
    return set_serial(crt, err);
}

static int write_pem(mbedtls_x509write_cert *crt, char **out, struct err *err)
{
    CLEAN_FREE char *pem = calloc(1, PKI_PEM_MAX);
    int status;

    if (pem == NULL)
        return err_set(err, -ENOMEM, "certificate: out of memory");
    status = mbedtls_x509write_crt_pem(crt, (unsigned char *)pem, PKI_PEM_MAX,
                                       library_random, NULL);
    if (status < 0)
        return library_error(err, -EIO, status, "signing a certificate");
    *out = TAKE_PTR(pem);
    return 0;
}

static int set_names(mbedtls_x509write_cert *crt, const char *subject,
                     const char *issuer, struct err *err)
{
    int status = mbedtls_x509write_crt_set_subject_name(crt, subject);

    if (status == 0)
        status = mbedtls_x509write_crt_set_issuer_name(crt, issuer);
    if (status < 0)
        return library_error(err, -EINVAL, status, "certificate names");
    return 0;
}

int pki_make_authority(const char *key_pem, int64_t not_before_s, unsigned days,
                       char **certificate_pem, struct err *err)
{
    CLEAN_CRT_WRITE mbedtls_x509write_cert crt;
    CLEAN_PK mbedtls_pk_context key;
    char subject[SUBJECT_SIZE];
    unsigned char tag[4];
    int status;

    mbedtls_x509write_crt_init(&crt);
    mbedtls_pk_init(&key);
    status = library_read_key(&key, key_pem, err);
    if (status == 0)
        status = pki_random(tag, sizeof(tag), err);
    if (status < 0)
        return status;
    /* The tag tells installations apart in error messages. */
    snprintf(subject, sizeof(subject), "CN=probectl authority %02x%02x%02x%02x",
             tag[0], tag[1], tag[2], tag[3]);
    mbedtls_x509write_crt_set_subject_key(&crt, &key);
    mbedtls_x509write_crt_set_issuer_key(&crt, &key);
    status = set_names(&crt, subject, subject, err);
    if (status == 0)
        status = set_common(&crt, true, err);
    if (status == 0)
        status =
            set_validity(&crt, not_before_s,
                         not_before_s + (int64_t)days * SECONDS_PER_DAY, err);
    if (status < 0)
        return status;
    return write_pem(&crt, certificate_pem, err);
}

static int signing_read(struct signing *signing, const char *authority_pem,
                        const char *key_pem, const char *request_pem,
                        struct err *err)
{
    int status = library_read_certificate(&signing->authority, authority_pem,
                                          "authority", err);

    if (status == 0)
        status = library_read_key(&signing->key, key_pem, err);
    if (status < 0)
        return status;
    if (!signing->authority.ca_istrue)
        return err_set(err, -EINVAL,
                       "the authority's certificate is not an "
                       "authority's");
    if (mbedtls_pk_check_pair(&signing->authority.pk, &signing->key) != 0)
        return err_set(err, -EINVAL,
                       "the authority's key does not belong to its "
                       "certificate");
    return request_read(&signing->request, request_pem, err);
}

static int sign(struct signing *signing, const struct certificate_role *role,
                const char *name, const char *const *sans, int64_t from_s,
                int64_t until_s, char **certificate_pem, struct err *err)
{
    CLEAN_CRT_WRITE mbedtls_x509write_cert crt;
    char subject[SUBJECT_SIZE], issuer[SUBJECT_SIZE];
    int64_t last_s = certificate_time_s(&signing->authority.valid_to);
    const char *const *fixed =
        role->role == PEER_CONTROLLER ? controller_names : NULL;
    int status;

    mbedtls_x509write_crt_init(&crt);
    if (mbedtls_x509_dn_gets(issuer, sizeof(issuer),
                             &signing->authority.subject) < 0)
        return err_set(err, -EINVAL, "the authority's name is too long");
    snprintf(subject, sizeof(subject), "CN=%s,OU=%s", name, role->unit);
    mbedtls_x509write_crt_set_subject_key(&crt, &signing->request.pk);
    mbedtls_x509write_crt_set_issuer_key(&crt, &signing->key);
    status = set_names(&crt, subject, issuer, err);
    if (status == 0)
        status = set_common(&crt, false, err);
    if (status == 0)
        status = extension_write_usage(&crt, role, err);
    if (status == 0)
        status = extension_write_sans(&crt, fixed, sans, err);
    if (status == 0)
        status = set_validity(&crt, from_s, until_s < last_s ? until_s : last_s,
                              err);
    if (status < 0)
        return status;
    return write_pem(&crt, certificate_pem, err);
}

int pki_sign_request(const char *authority_pem, const char *authority_key_pem,
                     const char *request_pem, enum peer_role role,
                     const char *name, const char *const *sans,
                     int64_t not_before_s, unsigned days,
                     char **certificate_pem, struct err *err)
{
    const struct certificate_role *words = certificate_find_role(role);
    CLEAN(signing_fini) struct signing signing;
    int status;

    signing_init(&signing);
    if (words == NULL)
        return err_set(err, -EINVAL, "no certificate exists for the role %d",
                       (int)role);
    status = certificate_check_name(name, err);
    if (status == 0)
        status = signing_read(&signing, authority_pem, authority_key_pem,
                              request_pem, err);
    if (status < 0)
        return status;
    return sign(&signing, words, name, sans, not_before_s,
                not_before_s + (int64_t)days * SECONDS_PER_DAY, certificate_pem,
                err);
}
