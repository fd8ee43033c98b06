#include "common/pki/certificate.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <mbedtls/oid.h>
#include <mbedtls/sha256.h>

#include "common/base/address.h"
#include "common/base/array.h"
#include "common/base/err.h"
#include "common/pki/library.h"
#include "common/pki/pki.h"

#define SAN_DNS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_DNS_NAME)
#define SAN_IP  (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_IP_ADDRESS)

static const struct certificate_role roles[] = {
    {PEER_CONTROLLER, "controller", MBEDTLS_OID_SERVER_AUTH,
     MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)},
    {PEER_AGENT, "agent", MBEDTLS_OID_CLIENT_AUTH,
     MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)},
    {PEER_OPERATOR, "operator", MBEDTLS_OID_CLIENT_AUTH,
     MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)},
};

const struct certificate_role *certificate_find_role(enum peer_role role)
{
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        if (roles[i].role == role)
            return &roles[i];
    }
    return NULL;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

int certificate_check_name(const char *name, struct err *err)
{
    size_t length = strnlen(name, CONN_NAME_SIZE);

    if (length == 0 || length >= CONN_NAME_SIZE)
        return err_set(err, -EINVAL,
                       "the name has %s characters: give it 1 to %d",
                       length == 0 ? "no" : "too many", CONN_NAME_SIZE - 1);
    if (!is_alphanumeric(name[0]))
        return err_set(err, -EINVAL,
                       "the name does not begin with a letter or a digit");
    for (size_t i = 0; i < length; i++) {
        if (!is_alphanumeric(name[i]) && strchr("._-", name[i]) == NULL)
            return err_set(err, -EINVAL,
                           "the name's character %zu is 0x%02x: use letters, "
                           "digits, '.', '_' and '-'",
                           i + 1, (unsigned)(unsigned char)name[i]);
    }
    return 0;
}

/* The subject's one attribute of this type.  -EKEYREJECTED when there is none,
 * a second one, or one too long. */
static int read_attribute(const mbedtls_x509_crt *crt, const char *oid,
                          size_t oid_size, char *out, size_t size)
{
    bool found = false;

    for (const mbedtls_x509_name *name = &crt->subject; name != NULL;
         name = name->next) {
        if (name->oid.len != oid_size ||
            memcmp(name->oid.p, oid, oid_size) != 0)
            continue;
        if (found || name->val.len >= size)
            return -EKEYREJECTED;
        memcpy(out, name->val.p, name->val.len);
        out[name->val.len] = '\0';
        if (strlen(out) != name->val.len) /* a NUL inside */
            return -EKEYREJECTED;
        found = true;
    }
    return found ? 0 : -EKEYREJECTED;
}

/* Exactly this usage: mbedTLS's own check also passes certificates without the
 * extension and those good for any usage. */
static bool has_only_usage(const mbedtls_x509_crt *crt,
                           const struct certificate_role *role)
{
    const mbedtls_x509_sequence *usage = &crt->ext_key_usage;

    return (crt->ext_types & MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE) != 0 &&
           usage->next == NULL && usage->buf.len == role->usage_oid_size &&
           memcmp(usage->buf.p, role->usage_oid, usage->buf.len) == 0;
}

int certificate_read_identity(const mbedtls_x509_crt *crt, enum peer_role *role,
                              char name[CONN_NAME_SIZE], struct err *err)
{
    char unit[16];

    if (crt->ca_istrue)
        return err_set(err, -EKEYREJECTED,
                       "the certificate is an authority's own");
    if (read_attribute(crt, MBEDTLS_OID_AT_CN,
                       MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN), name,
                       CONN_NAME_SIZE) < 0 ||
        certificate_check_name(name, NULL) < 0)
        return err_set(err, -EKEYREJECTED,
                       "the certificate's common name is missing or not one "
                       "that probectl gives");
    if (read_attribute(crt, MBEDTLS_OID_AT_ORG_UNIT,
                       MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_ORG_UNIT), unit,
                       sizeof(unit)) < 0)
        return err_set(err, -EKEYREJECTED,
                       "the certificate of %s names no role", name);
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        if (strcmp(unit, roles[i].unit) != 0)
            continue;
        if (!has_only_usage(crt, &roles[i]))
            return err_set(err, -EKEYREJECTED,
                           "the certificate of %s says %s, but its extended "
                           "key usage does not",
                           name, unit);
        *role = roles[i].role;
        return 0;
    }
    return err_set(err, -EKEYREJECTED,
                   "the certificate of %s has a role that probectl does not "
                   "know",
                   name);
}

bool certificate_has_name(const mbedtls_x509_crt *crt, const char *name)
{
    struct address address;
    bool is_address = address_parse(name, &address) == 0;
    size_t length = strlen(name);

    if ((crt->ext_types & MBEDTLS_X509_EXT_SUBJECT_ALT_NAME) == 0)
        return false;
    for (const mbedtls_x509_sequence *san = &crt->subject_alt_names;
         san != NULL; san = san->next) {
        const mbedtls_x509_buf *buffer = &san->buf;

        if (is_address && buffer->tag == SAN_IP &&
            buffer->len == address_size(&address) &&
            memcmp(buffer->p, address.bytes, buffer->len) == 0)
            return true;
        if (!is_address && buffer->tag == SAN_DNS && buffer->len == length &&
            strncasecmp((const char *)buffer->p, name, length) == 0)
            return true;
    }
    return false;
}

int certificate_fingerprint(const mbedtls_x509_crt *crt,
                            uint8_t out[TLS_FINGERPRINT_SIZE], struct err *err)
{
    int status = mbedtls_sha256_ret(crt->pk_raw.p, crt->pk_raw.len, out, 0);

    if (status < 0)
        return library_error(err, -EIO, status, "SHA-256");
    return 0;
}

int64_t certificate_time_s(const mbedtls_x509_time *time)
{
    struct tm tm = {.tm_year = time->year - 1900,
                    .tm_mon = time->mon - 1,
                    .tm_mday = time->day,
                    .tm_hour = time->hour,
                    .tm_min = time->min,
                    .tm_sec = time->sec};

    return (int64_t)timegm(&tm);
}

int pki_fingerprint(const char *certificate_pem,
                    uint8_t out[TLS_FINGERPRINT_SIZE], struct err *err)
{
    CLEAN_CRT mbedtls_x509_crt crt;
    int status;

    mbedtls_x509_crt_init(&crt);
    status =
        library_read_certificate(&crt, certificate_pem, "certificate", err);
    if (status < 0)
        return status;
    return certificate_fingerprint(&crt, out, err);
}

int pki_describe(const char *certificate_pem, enum peer_role *role,
                 char name[CONN_NAME_SIZE], int64_t *not_after_s,
                 struct err *err)
{
    CLEAN_CRT mbedtls_x509_crt crt;
    int status;

    mbedtls_x509_crt_init(&crt);
    status =
        library_read_certificate(&crt, certificate_pem, "certificate", err);
    if (status < 0)
        return status;
    status = certificate_read_identity(&crt, role, name, err);
    if (status < 0)
        return status;
    *not_after_s = certificate_time_s(&crt.valid_to);
    return 0;
}
