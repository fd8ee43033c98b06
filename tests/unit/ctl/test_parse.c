/* What operators type: tables of what is taken and what is refused. */
#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "controller/ctl/parse.h"
#include "tests/unit/test.h"

static void test_destinations(void **state)
{
    static const struct
    {
        const char *text;
        const char *host;
        uint16_t port;
        uint8_t family, protocol;
    } cases[] = {
        {"hostB:8080", "hostB", 8080, 0, PROTOCOL_TCP},
        {"hostB:1", "hostB", 1, 0, PROTOCOL_TCP},
        {"hostB:65535/tcp", "hostB", 65535, 0, PROTOCOL_TCP},
        {"hostB:53/udp", "hostB", 53, 0, PROTOCOL_UDP},
        {"192.0.2.1:80", "192.0.2.1", 80, 4, PROTOCOL_TCP},
        {"[2001:db8::1]:80", "2001:db8::1", 80, 6, PROTOCOL_TCP},
        {"[::]:443/tcp", "::", 443, 6, PROTOCOL_TCP},
        {"db_1.example.:5432", "db_1.example.", 5432, 0, PROTOCOL_TCP},
        {"hostB:http", "hostB", 80, 0, PROTOCOL_TCP},
        {"hostB:https/tcp", "hostB", 443, 0, PROTOCOL_TCP},
        {"[::1]:ssh", "::1", 22, 6, PROTOCOL_TCP},
        {"http://hostB:8080/x", "hostB", 8080, 0, PROTOCOL_TCP},
        {"hostB:8080/", "hostB", 8080, 0, PROTOCOL_TCP},
        {"http://hostB/", "hostB", 80, 0, PROTOCOL_TCP},
        {"https://hostB", "hostB", 443, 0, PROTOCOL_TCP},
        {"HTTPS://hostB?a=b:1", "hostB", 443, 0, PROTOCOL_TCP},
        {"https://me:se@cret@hostB:8443#x", "hostB", 8443, 0, PROTOCOL_TCP},
        {"http://[2001:db8::1]/a:9", "2001:db8::1", 80, 6, PROTOCOL_TCP},
        {"http://[2001:db8::1]:81/", "2001:db8::1", 81, 6, PROTOCOL_TCP},
        {"postgres://db1/app", "db1", 5432, 0, PROTOCOL_TCP},
        {"redis://192.0.2.1", "192.0.2.1", 6379, 4, PROTOCOL_TCP},
        {"https://hostB:http/", "hostB", 80, 0, PROTOCOL_TCP},
        {"[fe80::1%eth0]:80", "fe80::1", 80, 6, PROTOCOL_TCP},
        {"http://[fe80::1%25eth0]/", "fe80::1", 80, 6, PROTOCOL_TCP},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct destination out;
        struct err err = {0};

        assert_int_equal(parse_destination(cases[i].text, &out, &err), 0);
        assert_string_equal(out.host, cases[i].host);
        assert_int_equal(out.port, cases[i].port);
        assert_int_equal(out.address.family, cases[i].family);
        assert_int_equal(out.protocol, cases[i].protocol);
        assert_string_equal(out.device,
                            strchr(cases[i].text, '%') == NULL ? "" : "eth0");
    }
}

/* The sentence holds the value that was wrong and says what is the matter. */
static void test_bad_destinations(void **state)
{
    static const struct
    {
        const char *text;
        const char *sentence;
    } cases[] = {
        {"", "has no port"},
        {"hostB", "no port"},
        {"hostB:", "port is not 1 to 65535"},
        {":80", "no host"},
        {"hostB:0", "'hostB:0': the port is not"},
        {"hostB:65536", "'hostB:65536': the port is not"},
        {"hostB:99999999999999999999", "port is not"},
        {"hostB:+80", "port is not"},
        {"hostB: 80", "port is not"},
        {"hostB:-1", "port is not"},
        {"hostB:htpt", "'htpt' is no service"},
        {"hostB:80,443", "more than one port"},
        {"hostB:8000-8010", "more than one port"},
        {"nosuch://hostB/", "'nosuch' is no service"},
        {"nosuch://hostB:0/", "the port is not"},
        {"http:///x", "no host"},
        {"http://host B/", "no character"},
        {"hostB:8080/x", "whole URL"},
        {"[2001:db8::1%eth0]:80", "only a link-local"},
        {"[fe80::1%]:80", "no name of a device"},
        {"[fe80::1%a/b]:80", ""},
        {"fe80::1%eth0:80", "brackets"},
        {"hostB:80x", "port is not"},
        {"hostB:80/sctp", "'sctp' is no protocol"},
        {"2001:db8::1:80", "brackets"},
        {"[2001:db8::1]", "no port"},
        {"[2001:db8::1]80", "no port"},
        {"[2001:db8::1:80", "brackets"},
        {"[]:80", "no host"},
        {"[192.0.2.1]:80", "not an IPv6 address"},
        {"[hostB]:80", "not an IPv6 address"},
        {"[2001:db8::g]:80", "not an IPv6 address"},
        {"256.0.0.1:80", "not an IPv4 address"},
        {"192.0.2:80", "not an IPv4 address"},
        {"host B:80", "no character"},
        {"h\033B:80", "no character"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct destination out = {.port = 7};
        struct err err = {0};

        assert_int_equal(parse_destination(cases[i].text, &out, &err), -EINVAL);
        assert_int_equal(err.code, -EINVAL);
        if (strstr(err.text, cases[i].sentence) == NULL)
            fail_msg("'%s' gave: %s", cases[i].text, err.text);
        assert_int_equal(out.port, 7);
    }
}

static void test_host_length(void **state)
{
    char text[DNS_NAME_SIZE + 8];
    struct destination out;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + DNS_NAME_SIZE - 1, ":80", 4);
    assert_int_equal(parse_destination(text, &out, NULL), 0);
    memset(text, 'a', sizeof(text));
    memcpy(text + DNS_NAME_SIZE, ":80", 4);
    assert_int_equal(parse_destination(text, &out, NULL), -EINVAL);
}

static void test_durations(void **state)
{
    static const struct
    {
        const char *text;
        uint64_t bare_ms;
        int status;
        uint64_t ms;
    } cases[] = {
        {"1h", 0, 0, 3600000},
        {"90s", 0, 0, 90000},
        {"15m", 0, 0, 900000},
        {"1d", 0, 0, 86400000},
        {"500ms", 0, 0, 500},
        {"1.5h", 0, 0, 5400000},
        {"0.25s", 0, 0, 250},
        {"10", 1000, 0, 10000},
        {"2.5", 1000, 0, 2500},
        {"10", 0, -EINVAL, 0},
        {"", 1000, -EINVAL, 0},
        {"s", 0, -EINVAL, 0},
        {"-1s", 0, -EINVAL, 0},
        {"+1s", 0, -EINVAL, 0},
        {" 1s", 0, -EINVAL, 0},
        {"1 s", 0, -EINVAL, 0},
        {"1y", 0, -EINVAL, 0},
        {"1hh", 0, -EINVAL, 0},
        {"1.s", 0, -EINVAL, 0},
        {".5s", 0, -EINVAL, 0},
        {"1.2.3s", 0, -EINVAL, 0},
        {"1.2345s", 0, -EINVAL, 0},
        {"0s", 0, -EINVAL, 0},
        {"8d", 0, -EINVAL, 0},
        {"99999999999999999999d", 0, -EINVAL, 0},
        {"1e3", 1000, -EINVAL, 0},
        {"inf", 1000, -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct duration_rule rule = {.what = "--ttl",
                                     .bare_ms = cases[i].bare_ms,
                                     .min_ms = 100,
                                     .max_ms = 7u * 86400000u};
        struct err err = {0};
        uint64_t ms = 0;
        int status = parse_duration(&rule, cases[i].text, &ms, &err);

        if (status != cases[i].status)
            fail_msg("'%s' gave %d", cases[i].text, status);
        assert_int_equal(ms, cases[i].ms);
        if (status < 0) {
            assert_non_null(strstr(err.text, "--ttl"));
            assert_non_null(strstr(err.text, cases[i].text));
        }
    }
}

static void test_endpoints(void **state)
{
    struct endpoint out;

    (void)state;
    assert_int_equal(parse_endpoint("[::1]:7443", &out, NULL), 0);
    assert_string_equal(out.host, "::1");
    assert_int_equal(out.port, 7443);
    assert_int_equal(parse_endpoint("ctl.example:7443", &out, NULL), 0);
    assert_string_equal(out.host, "ctl.example");
    assert_int_equal(parse_endpoint("ctl.example", &out, NULL), -EINVAL);
    assert_int_equal(parse_endpoint("ctl:7443/tcp", &out, NULL), -EINVAL);
    assert_int_equal(parse_endpoint("192.0.2.256:7443", &out, NULL), -EINVAL);
}

static void test_formats_and_names(void **state)
{
    enum output_format format = FORMAT_TEXT;
    char name[HOST_NAME_SIZE] = "";

    (void)state;
    assert_int_equal(parse_format("json", &format, NULL), 0);
    assert_int_equal(format, FORMAT_JSON);
    assert_int_equal(parse_format("yaml", &format, NULL), -EINVAL);
    assert_int_equal(parse_host_name("--to", "web-1.example", name, NULL), 0);
    assert_string_equal(name, "web-1.example");
    assert_int_equal(parse_host_name("--to", "", name, NULL), -EINVAL);
    assert_int_equal(parse_host_name("--to", "a b", name, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_destinations),
        cmocka_unit_test(test_bad_destinations),
        cmocka_unit_test(test_host_length),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_formats_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
