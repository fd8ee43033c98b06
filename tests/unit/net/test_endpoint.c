/* Endpoints: what parses, what it prints as, and what a mistake is told. */
#include <errno.h>
#include <string.h>

#include "common/base/address.h"
#include "common/base/err.h"
#include "common/net/endpoint.h"
#include "tests/unit/test.h"

static void assert_parses(const char *text, const char *host, uint16_t port)
{
    struct endpoint endpoint;
    char back[ENDPOINT_TEXT_SIZE];

    assert_int_equal(endpoint_parse(text, &endpoint, NULL), 0);
    assert_string_equal(endpoint.host, host);
    assert_int_equal(endpoint.port, port);
    assert_string_equal(endpoint_print(&endpoint, back), text);
}

static void good_ones(void **state)
{
    (void)state;
    assert_parses("192.0.2.1:7443", "192.0.2.1", 7443);
    assert_parses("[::]:7443", "::", 7443);
    assert_parses("[2001:db8::1]:1", "2001:db8::1", 1);
    assert_parses("ctl.example.org:65535", "ctl.example.org", 65535);
    assert_parses("localhost:80", "localhost", 80);
}

static void assert_refused(const char *text, const char *words)
{
    struct endpoint endpoint;
    struct err err = {0};

    assert_int_equal(endpoint_parse(text, &endpoint, &err), -EINVAL);
    if (strstr(err.text, words) == NULL)
        fail_msg("'%s' was told '%s'", text, err.text);
}

static void bad_ones(void **state)
{
    char longest[600];

    (void)state;
    assert_refused("", "no port");
    assert_refused("localhost", "no port");
    assert_refused("[::1]", "no port");
    assert_refused(":7443", "no host");
    assert_refused("[]:7443", "no host");
    assert_refused("::1:7443", "brackets");
    assert_refused("[::1:7443", "brackets do not match");
    assert_refused("[::1]x:7443", "brackets do not match");
    assert_refused("[192.0.2.1]:7443", "not an IPv6 address");
    assert_refused("a b:7443", "0x20");
    assert_refused("a/b:7443", "0x2f");
    assert_refused("a:", "port is not");
    assert_refused("a:0", "port is not");
    assert_refused("a:65536", "port is not");
    assert_refused("a:99999999999999999999999", "port is not");
    assert_refused("a:-1", "port is not");
    assert_refused("a:7443 ", "port is not");
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_refused(longest, "too long");
}

static void resolves_addresses_and_names(void **state)
{
    struct sockaddr_storage out[4];
    struct address address;
    char text[ADDRESS_TEXT_SIZE];
    uint16_t port;
    struct endpoint endpoint;
    struct err err = {0};

    (void)state;
    endpoint_parse("[2001:db8::1]:7443", &endpoint, NULL);
    assert_int_equal(endpoint_resolve(&endpoint, out, 4, NULL), 1);
    address_from_sockaddr((struct sockaddr *)&out[0], &address, &port);
    assert_string_equal(address_print(&address, text), "2001:db8::1");
    assert_int_equal(port, 7443);
    endpoint_parse("localhost:7443", &endpoint, NULL);
    assert_true(endpoint_resolve(&endpoint, out, 4, NULL) >= 1);
    address_from_sockaddr((struct sockaddr *)&out[0], &address, &port);
    assert_true(address_is_loopback(&address));
    assert_int_equal(port, 7443);
    endpoint_parse("-.:7443", &endpoint, NULL);
    assert_int_equal(endpoint_resolve(&endpoint, out, 4, &err), -EHOSTUNREACH);
    assert_non_null(strstr(err.text, "'-.'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones),
        cmocka_unit_test(bad_ones),
        cmocka_unit_test(resolves_addresses_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
