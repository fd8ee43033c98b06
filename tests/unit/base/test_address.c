#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/address.h"
#include "common/base/array.h"
#include "tests/unit/test.h"

static struct address parse(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void prints_what_it_parsed(void **state)
{
    static const char *const texts[] = {"192.0.2.10", "0.0.0.0", "::", "::1",
                                        "2001:db8::10"};
    char buffer[ADDRESS_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct address address = parse(texts[i]);

        assert_string_equal(address_print(&address, buffer), texts[i]);
    }
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const texts[] = {"",         "192.0.2",   "192.0.2.256",
                                        "hostB",    "2001:db8:", "192.0.2.1/24",
                                        "1.2.3.4 ", "[::1]"};
    struct address address = {.family = 9};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_int_equal(address_parse(texts[i], &address), -EINVAL);
    assert_int_equal(address.family, 9); /* left alone */
}

static void knows_kinds(void **state)
{
    struct address loop4 = parse("127.8.9.1");
    struct address loop6 = parse("::1");
    struct address any = parse("::");
    struct address link = parse("fe80::1");
    struct address group4 = parse("239.255.0.1");
    struct address group6 = parse("ff02::1");
    struct address unset = {0};

    (void)state;
    assert_true(address_is_loopback(&loop4) && address_is_loopback(&loop6));
    assert_true(address_is_any(&any) && !address_is_any(&unset));
    assert_true(address_is_link_local(&link));
    assert_false(address_is_link_local(&any));
    assert_true(address_is_multicast(&group4) && address_is_multicast(&group6));
    assert_false(address_is_multicast(&loop4) || address_is_multicast(&link) ||
                 address_is_multicast(&unset));
    assert_false(address_is_set(&unset));
}

static void knows_private_addresses(void **state)
{
    static const char *const inside[] = {
        "10.9.8.7",    "172.16.0.1", "172.31.255.9", "192.168.1.1",
        "100.127.0.1", "fc00::1",    "fdff:1:2:3::4"};
    static const char *const outside[] = {
        "9.255.255.255", "11.0.0.1",    "172.32.0.1", "172.15.0.1",
        "192.169.0.1",   "100.128.0.1", "192.0.2.1",  "2001:db8::1",
        "fe80::1",       "0.0.0.0",     "::"};
    struct address unset = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
        struct address address = parse(inside[i]);

        assert_true(address_is_private(&address));
    }
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
        struct address address = parse(outside[i]);

        assert_false(address_is_private(&address));
    }
    assert_false(address_is_private(&unset));
}

static void compares_prefixes(void **state)
{
    struct address a = parse("198.51.100.10");
    struct address b = parse("198.51.101.10");
    struct address c = parse("2001:db8::1");

    (void)state;
    assert_true(address_same_prefix(&a, &b, 23));
    assert_false(address_same_prefix(&a, &b, 24));
    assert_true(address_same_prefix(&a, &b, 0));
    assert_true(address_same_prefix(&a, &a, 32));
    assert_false(address_same_prefix(&a, &a, 33));
    assert_false(address_same_prefix(&a, &c, 0));
}

static void unmaps_mapped_addresses(void **state)
{
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6,
                                  .sin6_port = htons(80)};
    struct address v4 = parse("192.0.2.1");
    struct address got;
    uint16_t port;

    (void)state;
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
    memcpy(mapped.sin6_addr.s6_addr + 12, v4.bytes, 4);
    assert_int_equal(
        address_from_sockaddr((const struct sockaddr *)&mapped, &got, &port),
        0);
    assert_true(address_equal(&got, &v4));
    assert_int_equal(port, 80);
}

static void goes_to_sockaddr_and_back(void **state)
{
    static const char *const texts[] = {"192.0.2.10", "2001:db8::10"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct address address = parse(texts[i]);
        struct address again;
        struct sockaddr_storage storage;
        uint16_t port;

        assert_true(address_to_sockaddr(&address, 8080, &storage) > 0);
        assert_int_equal(address_from_sockaddr(
                             (const struct sockaddr *)&storage, &again, &port),
                         0);
        assert_true(address_equal(&address, &again));
        assert_int_equal(port, 8080);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_what_it_parsed),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(knows_kinds),
        cmocka_unit_test(knows_private_addresses),
        cmocka_unit_test(compares_prefixes),
        cmocka_unit_test(unmaps_mapped_addresses),
        cmocka_unit_test(goes_to_sockaddr_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
