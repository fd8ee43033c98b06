/* DER is written backwards, from the buffer's end, as mbedtls_asn1_write_*()
 * do: a length is known by the time that it must be written. */
#include "common/pki/extension.h"

#include <errno.h>
#include <string.h>

#include <mbedtls/asn1write.h>
#include <mbedtls/oid.h>

#include "common/base/address.h"
#include "common/base/err.h"
#include "common/pki/library.h"

#define MAX_DNS_NAME      253
#define MAX_EXTENSION     4096
#define TAG_SEQUENCE      (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define TAG_SAN(san_type) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (san_type))

/* Closes a value of the given size with its length and tag; negative when it
 * does not fit. */
static int write_head(unsigned char **next, unsigned char *start, size_t size,
                      unsigned char tag)
{
    int length = mbedtls_asn1_write_len(next, start, size);
    int tagged;

    if (length < 0)
        return length;
    tagged = mbedtls_asn1_write_tag(next, start, tag);
    return tagged < 0 ? tagged : length + tagged;
}

static int check_dns_name(const char *name, struct err *err)
{
    size_t length = strnlen(name, MAX_DNS_NAME + 1);

    if (length == 0 || length > MAX_DNS_NAME)
        return err_set(err, -EINVAL,
                       "the alternative name '%.40s' has %zu characters, not 1 "
                       "to %d",
                       name, length, MAX_DNS_NAME);
    for (size_t i = 0; i < length; i++) {
        char c = name[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || strchr("-._", c) != NULL)
            continue;
        return err_set(err, -EINVAL,
                       "the alternative name '%s' is neither an address nor a "
                       "DNS name",
                       name);
    }
    return 0;
}

static int write_san(unsigned char **next, unsigned char *start,
                     const char *name, struct err *err)
{
    struct address address;
    const void *bytes = name;
    size_t size = strnlen(name, MAX_DNS_NAME + 1);
    unsigned char tag = TAG_SAN(MBEDTLS_X509_SAN_DNS_NAME);
    int status;

    if (address_parse(name, &address) == 0) {
        bytes = address.bytes;
        size = address_size(&address);
        tag = TAG_SAN(MBEDTLS_X509_SAN_IP_ADDRESS);
    } else if (check_dns_name(name, err) < 0) {
        return -EINVAL;
    }
    status = mbedtls_asn1_write_raw_buffer(next, start, bytes, size);
    if (status >= 0)
        status = write_head(next, start, size, tag);
    if (status < 0)
        return err_set(err, -E2BIG, "too many alternative names");
    return 0;
}

static int write_list(unsigned char **next, unsigned char *start,
                      const char *const *names, struct err *err)
{
    size_t count = 0;

    while (names != NULL && names[count] != NULL)
        count++;
    if (count > EXTENSION_MAX_SANS)
        return err_set(err, -E2BIG, "%zu alternative names, %d are allowed",
                       count, EXTENSION_MAX_SANS);
    while (count > 0) {
        int status = write_san(next, start, names[--count], err);

        if (status < 0)
            return status;
    }
    return 0;
}

/* Wraps what stands between next and end in a SEQUENCE and adds it. */
static int set_sequence(mbedtls_x509write_cert *crt, const char *oid,
                        size_t oid_size, unsigned char *start,
                        unsigned char *next, const unsigned char *end,
                        struct err *err)
{
    int status = write_head(&next, start, (size_t)(end - next), TAG_SEQUENCE);

    if (status >= 0)
        status = mbedtls_x509write_crt_set_extension(
            crt, oid, oid_size, 0, next, (size_t)(end - next));
    if (status < 0)
        return library_error(err, -EINVAL, status, "certificate extension");
    return 0;
}

int extension_write_sans(mbedtls_x509write_cert *crt, const char *const *fixed,
                         const char *const *sans, struct err *err)
{
    unsigned char buffer[MAX_EXTENSION];
    unsigned char *end = buffer + sizeof(buffer);
    unsigned char *next = end;
    int status = write_list(&next, buffer, sans, err);

    if (status == 0)
        status = write_list(&next, buffer, fixed, err);
    if (status < 0 || next == end)
        return status;
    return set_sequence(crt, MBEDTLS_OID_SUBJECT_ALT_NAME,
                        MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), buffer,
                        next, end, err);
}

int extension_write_usage(mbedtls_x509write_cert *crt,
                          const struct certificate_role *role, struct err *err)
{
    unsigned char buffer[64];
    unsigned char *end = buffer + sizeof(buffer);
    unsigned char *next = end;
    int status = mbedtls_asn1_write_oid(&next, buffer, role->usage_oid,
                                        role->usage_oid_size);

    if (status < 0)
        return library_error(err, -EINVAL, status, "extended key usage");
    return set_sequence(crt, MBEDTLS_OID_EXTENDED_KEY_USAGE,
                        MBEDTLS_OID_SIZE(MBEDTLS_OID_EXTENDED_KEY_USAGE),
                        buffer, next, end, err);
}
