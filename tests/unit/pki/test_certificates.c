/* Keys, requests and certificates, made and read back. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <mbedtls/x509_crt.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/pki/certificate.h"
#include "common/pki/pki.h"
#include "tests/unit/test.h"

#define DAY 86400

/* One authority for all tests: each key costs some milliseconds. */
static char *authority_key, *authority, *host_key, *request;
static int64_t now;

static int make_authority(void **state)
{
    (void)state;
    now = (int64_t)time(NULL);
    assert_int_equal(pki_make_key(&authority_key, NULL), 0);
    assert_int_equal(
        pki_make_authority(authority_key, now - 300, 3650, &authority, NULL),
        0);
    assert_int_equal(pki_make_key(&host_key, NULL), 0);
    assert_int_equal(pki_make_request(host_key, "asked-for", &request, NULL),
                     0);
    return 0;
}

static int free_authority(void **state)
{
    (void)state;
    free(authority_key);
    free(authority);
    free(host_key);
    free(request);
    return 0;
}

static int sign(enum peer_role role, const char *name, const char *const *sans,
                char **out, struct err *err)
{
    return pki_sign_request(authority, authority_key, request, role, name, sans,
                            now - 300, 30, out, err);
}

static void parse(mbedtls_x509_crt *crt, const char *pem)
{
    mbedtls_x509_crt_init(crt);
    assert_int_equal(mbedtls_x509_crt_parse(crt, (const unsigned char *)pem,
                                            strlen(pem) + 1),
                     0);
}

static void authority_signs_each_role(void **state)
{
    const enum peer_role roles[] = {PEER_CONTROLLER, PEER_AGENT, PEER_OPERATOR};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        CLEAN_FREE char *pem = NULL;
        CLEAN(mbedtls_x509_crt_free) mbedtls_x509_crt crt;
        CLEAN(mbedtls_x509_crt_free) mbedtls_x509_crt root;
        enum peer_role role;
        char name[CONN_NAME_SIZE];
        int64_t end;
        uint32_t flags;

        mbedtls_x509_crt_init(&crt);
        mbedtls_x509_crt_init(&root);
        assert_int_equal(sign(roles[i], "host-A.example_1", NULL, &pem, NULL),
                         0);
        assert_int_equal(pki_describe(pem, &role, name, &end, NULL), 0);
        assert_int_equal(role, roles[i]);
        assert_string_equal(name, "host-A.example_1");
        assert_int_equal(end, now - 300 + 30 * DAY);
        parse(&crt, pem);
        parse(&root, authority);
        assert_int_equal(mbedtls_x509_crt_verify(&crt, &root, NULL, NULL,
                                                 &flags, NULL, NULL),
                         0);
        assert_int_equal(crt.ca_istrue, 0);
        assert_int_equal(crt.serial.len, 16);
    }
}

static void names_of_the_certificate(void **state)
{
    const char *const sans[] = {"192.0.2.7", "2001:db8::7", "ctl.Example.org",
                                NULL};
    CLEAN_FREE char *pem = NULL;
    CLEAN(mbedtls_x509_crt_free) mbedtls_x509_crt crt;

    (void)state;
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(sign(PEER_CONTROLLER, "ctl", sans, &pem, NULL), 0);
    parse(&crt, pem);
    assert_true(certificate_has_name(&crt, "192.0.2.7"));
    assert_true(certificate_has_name(&crt, "2001:db8::7"));
    assert_true(certificate_has_name(&crt, "2001:db8:0:0::7"));
    assert_true(certificate_has_name(&crt, "ctl.example.org"));
    assert_true(certificate_has_name(&crt, TLS_NAME_CONTROLLER));
    assert_true(certificate_has_name(&crt, TLS_NAME_JOINING));
    assert_false(certificate_has_name(&crt, "192.0.2.8"));
    assert_false(certificate_has_name(&crt, "2001:db8::8"));
    assert_false(certificate_has_name(&crt, "example.org"));
    assert_false(certificate_has_name(&crt, "ctl"));
    assert_false(certificate_has_name(&crt, ""));
}

static void agents_get_no_controller_names(void **state)
{
    CLEAN_FREE char *pem = NULL;
    CLEAN(mbedtls_x509_crt_free) mbedtls_x509_crt crt;

    (void)state;
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(sign(PEER_AGENT, "a", NULL, &pem, NULL), 0);
    parse(&crt, pem);
    assert_false(certificate_has_name(&crt, TLS_NAME_CONTROLLER));
}

static void assert_sign_refused(enum peer_role role, const char *name,
                                const char *const *sans, const char *words)
{
    struct err err = {0};
    char *pem = NULL;

    assert_int_equal(sign(role, name, sans, &pem, &err), -EINVAL);
    assert_null(pem);
    assert_non_null(strstr(err.text, words));
}

static void bad_names_are_refused(void **state)
{
    const char *const bad_san[] = {"a b", NULL};
    const char *const empty_san[] = {"", NULL};
    char longest[CONN_NAME_SIZE + 1];

    (void)state;
    assert_sign_refused(PEER_JOINING, "a", NULL, "no certificate exists");
    assert_sign_refused(PEER_AGENT, "", NULL, "no characters");
    assert_sign_refused(PEER_AGENT, "a,OU=controller", NULL, "character 2");
    assert_sign_refused(PEER_AGENT, "a\\", NULL, "0x5c");
    assert_sign_refused(PEER_AGENT, "../etc", NULL, "begin");
    assert_sign_refused(PEER_AGENT, "-o", NULL, "begin");
    assert_sign_refused(PEER_AGENT, "a\n", NULL, "0x0a");
    memset(longest, 'a', sizeof(longest));
    longest[CONN_NAME_SIZE] = '\0';
    assert_sign_refused(PEER_AGENT, longest, NULL, "too many");
    assert_sign_refused(PEER_CONTROLLER, "c", bad_san, "neither");
    assert_sign_refused(PEER_CONTROLLER, "c", empty_san, "0 characters");
}

static void longest_name_passes(void **state)
{
    char longest[CONN_NAME_SIZE], name[CONN_NAME_SIZE];
    CLEAN_FREE char *pem = NULL;
    enum peer_role role;
    int64_t end;

    (void)state;
    memset(longest, 'z', sizeof(longest));
    longest[CONN_NAME_SIZE - 1] = '\0';
    assert_int_equal(sign(PEER_AGENT, longest, NULL, &pem, NULL), 0);
    assert_int_equal(pki_describe(pem, &role, name, &end, NULL), 0);
    assert_string_equal(name, longest);
}

/* Every single changed character of the request's body must be noticed: either
 * it no longer parses or its signature no longer holds. */
static void tampered_requests_are_refused(void **state)
{
    CLEAN_FREE char *text = strdup(request);
    size_t length = strlen(text);
    unsigned tried = 0, by_signature = 0;

    (void)state;
    for (size_t i = strlen("-----BEGIN CERTIFICATE REQUEST-----\n");
         i < length - strlen("-----END CERTIFICATE REQUEST-----\n") - 4; i++) {
        char *pem = NULL;
        char old = text[i];
        int status;

        if (old == '\n' || old == '=' || i % 3 != 0)
            continue;
        text[i] = old == 'A' ? 'B' : 'A';
        status = pki_sign_request(authority, authority_key, text, PEER_AGENT,
                                  "a", NULL, now, 1, &pem, NULL);
        assert_true(status == -EINVAL || status == -EKEYREJECTED);
        assert_null(pem);
        by_signature += status == -EKEYREJECTED;
        text[i] = old;
        tried++;
    }
    assert_true(tried > 90);
    assert_true(by_signature > 20);
}

static void garbage_is_refused(void **state)
{
    enum peer_role role;
    char name[CONN_NAME_SIZE];
    int64_t end;
    struct err err = {0};
    char *pem = NULL;
    CLEAN_FREE char *two = NULL;
    CLEAN_FREE char *huge = malloc(PKI_PEM_MAX * 2);

    (void)state;
    assert_int_equal(pki_describe("", &role, name, &end, &err), -EINVAL);
    assert_int_equal(pki_describe("x", &role, name, &end, &err), -EINVAL);
    assert_true(asprintf(&two, "%s%s", authority, authority) > 0);
    assert_int_equal(pki_describe(two, &role, name, &end, &err), -EINVAL);
    assert_int_equal(pki_describe(authority, &role, name, &end, &err),
                     -EKEYREJECTED);
    memset(huge, 'a', PKI_PEM_MAX * 2);
    huge[PKI_PEM_MAX * 2 - 1] = '\0';
    assert_int_equal(pki_describe(huge, &role, name, &end, &err), -E2BIG);
    assert_int_equal(pki_make_request("x", "a", &pem, &err), -EINVAL);
    assert_int_equal(pki_make_request(host_key, "a/b", &pem, &err), -EINVAL);
    assert_int_equal(pki_make_request(huge, "a", &pem, &err), -E2BIG);
    assert_null(pem);
}

static void a_foreign_key_does_not_sign(void **state)
{
    struct err err = {0};
    char *pem = NULL;

    (void)state;
    assert_int_equal(pki_sign_request(authority, host_key, request, PEER_AGENT,
                                      "a", NULL, now, 1, &pem, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "does not belong"));
    assert_int_equal(pki_sign_request(authority, authority_key, request,
                                      PEER_AGENT, "a", NULL, now + 3651 * DAY,
                                      1, &pem, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "authority's own time is over"));
    assert_null(pem);
}

static void a_leaf_never_outlives_the_authority(void **state)
{
    CLEAN_FREE char *pem = NULL;
    enum peer_role role;
    char name[CONN_NAME_SIZE];
    int64_t end;

    (void)state;
    assert_int_equal(pki_sign_request(authority, authority_key, request,
                                      PEER_AGENT, "a", NULL, now, 9999, &pem,
                                      NULL),
                     0);
    assert_int_equal(pki_describe(pem, &role, name, &end, NULL), 0);
    assert_int_equal(end, now - 300 + (int64_t)3650 * DAY);
}

static void fingerprint_is_of_the_key(void **state)
{
    CLEAN_FREE char *again = NULL;
    CLEAN_FREE char *other_key = NULL;
    CLEAN_FREE char *other = NULL;
    uint8_t one[TLS_FINGERPRINT_SIZE], two[TLS_FINGERPRINT_SIZE];

    (void)state;
    assert_int_equal(pki_fingerprint(authority, one, NULL), 0);
    assert_int_equal(pki_make_authority(authority_key, now, 10, &again, NULL),
                     0);
    assert_int_equal(pki_fingerprint(again, two, NULL), 0);
    assert_memory_equal(one, two, sizeof(one));
    assert_int_equal(pki_make_key(&other_key, NULL), 0);
    assert_int_equal(pki_make_authority(other_key, now, 10, &other, NULL), 0);
    assert_int_equal(pki_fingerprint(other, two, NULL), 0);
    assert_memory_not_equal(one, two, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authority_signs_each_role),
        cmocka_unit_test(names_of_the_certificate),
        cmocka_unit_test(agents_get_no_controller_names),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(longest_name_passes),
        cmocka_unit_test(tampered_requests_are_refused),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(a_foreign_key_does_not_sign),
        cmocka_unit_test(a_leaf_never_outlives_the_authority),
        cmocka_unit_test(fingerprint_is_of_the_key),
    };

    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
