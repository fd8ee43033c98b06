/* The parsers of what firewall front ends save and say. */
#include <stdlib.h>
#include <string.h>

#include "agent/observe/front_ends/front_end_settings.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "tests/unit/test.h"

static void refuses_names_that_are_paths(void **state)
{
    (void)state;
    assert_true(front_end_is_name("http-alt_2"));
    assert_false(front_end_is_name(""));
    assert_false(front_end_is_name(".."));
    assert_false(front_end_is_name("a/b"));
    assert_false(front_end_is_name("a b"));
    assert_false(front_end_is_name(
        "0123456789012345678901234567890123456789012345678901234567890123"));
}

static struct front_end_flow flow_of(const char *from, const char *to,
                                     uint16_t port)
{
    struct front_end_flow flow = {.port = port};

    if (from != NULL)
        assert_int_equal(address_parse(from, &flow.source), 0);
    assert_int_equal(address_parse(to, &flow.destination), 0);
    return flow;
}

static void reads_ports_and_prefixes(void **state)
{
    static const struct
    {
        const char *text;
        int match; /* of port 8080 */
    } ports[] = {
        {"8080", 1},    {"8000-8080", 1}, {"8081-9000", 0}, {"80", 0},
        {"", -1},       {"http", -1},     {"8080-", -1},    {"8080 ", -1},
        {"-8080", -1},  {"65536", -1},    {"+8080", -1},    {"8000:8100", -1},
        {"8080-x", -1}, {"0-65535", 1},   {"9000-8000", 0}, {"000008080", -1}};
    static const struct
    {
        const char *text;
        int match; /* of 192.0.2.7 */
    } prefixes[] = {{"192.0.2.7", 1},
                    {"192.0.2.0/24", 1},
                    {"0.0.0.0/0", 1},
                    {"192.0.2.8/31", 0},
                    {"2001:db8::/32", 0},
                    {"192.0.2.0/33", -1},
                    {"192.0.2.0/", -1},
                    {"192.0.2.0/255.255.255.0", -1},
                    {"", -1},
                    {"any", -1}};
    struct address address;
    struct address none = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
        if (front_end_match_ports(ports[i].text, '-', 8080) != ports[i].match)
            fail_msg("port %s", ports[i].text);
    assert_int_equal(address_parse("192.0.2.7", &address), 0);
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (front_end_match_prefix(prefixes[i].text, &address) !=
            prefixes[i].match)
            fail_msg("prefix %s", prefixes[i].text);
    assert_int_equal(front_end_match_prefix("0.0.0.0/0", &none), -1);
}

static void reads_ufw_rules(void **state)
{
    static const char rules[] =
        "*filter\n"
        "### tuple ### deny tcp 22 0.0.0.0/0 any 203.0.113.0/24 in\n"
        "-A ufw-user-input -p tcp --dport 22 -j DROP\n"
        "### tuple ### allow tcp 22,8000:8100 0.0.0.0/0 any 0.0.0.0/0 in\n"
        "### tuple ### allow any 9000 192.0.2.1 any 0.0.0.0/0 in "
        "comment=6f7572\n"
        "### tuple ### allow tcp 9001 0.0.0.0/0 any 0.0.0.0/0 in_eth9\n"
        "### tuple ### allow udp 9002 0.0.0.0/0 any 0.0.0.0/0 in\n"
        "### tuple ### route:allow any any 0.0.0.0/0 any 0.0.0.0/0 in\n"
        "### tuple ### allow any any 0.0.0.0/0 any 198.51.100.7 Web - in\n"
        "### tuple ### allow\n### tuple ###";
    static const struct
    {
        const char *from;
        const char *to;
        uint16_t port;
        bool allows;
        bool udp;
    } flows[] = {
        {"198.51.100.1", "192.0.2.1", 22, true, false},
        {"203.0.113.9", "192.0.2.1", 22, false, false}, /* denied before */
        /* Who knows whom the rule means? */
        {NULL, "192.0.2.1", 22, false, false},
        {"198.51.100.1", "192.0.2.1", 8050, true, false},
        {"198.51.100.1", "192.0.2.1", 8101, false, false},
        {"198.51.100.1", "192.0.2.1", 9000, true, true},
        {"198.51.100.1", "192.0.2.2", 9000, false, false},
        {"198.51.100.1", "192.0.2.1", 9001, false, false},
        {"198.51.100.1", "192.0.2.1", 9002, false, true},
        {"198.51.100.7", "192.0.2.1", 1, true, true},
        {"2001:db8::1", "2001:db8::2", 22, false, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct front_end_flow flow =
            flow_of(flows[i].from, flows[i].to, flows[i].port);

        if (front_end_ufw_allows(rules, &flow, "tcp") != flows[i].allows)
            fail_msg("flow %zu", i);
        if (front_end_ufw_allows(rules, &flow, "udp") != flows[i].udp)
            fail_msg("flow %zu by UDP", i);
    }
}

static void reads_switches(void **state)
{
    (void)state;
    assert_true(front_end_ufw_is_enabled("# a\nENABLED=yes\n"));
    assert_true(front_end_ufw_is_enabled("ENABLED=Yes"));
    assert_false(front_end_ufw_is_enabled("#ENABLED=yes\nENABLED=no\n"));
    assert_false(front_end_ufw_is_enabled(""));
}

static void reads_answers(void **state)
{
    char name[FRONT_END_NAME_SIZE];
    char jails[FRONT_END_JAILS_SIZE];
    char long_list[1024];

    (void)state;
    assert_true(front_end_bus_text("s \"public\"\n", name));
    assert_string_equal(name, "public");
    assert_false(front_end_bus_text("s \"pub lic\"\n", name));
    assert_false(front_end_bus_text("s \"public", name));
    assert_false(front_end_bus_text("b true\n", name));
    assert_true(front_end_jails("Status\n|- Number of jail:\t2\n"
                                "`- Jail list:\tsshd, web\n",
                                jails));
    assert_string_equal(jails, "sshd, web");
    assert_false(front_end_jails("Status\n`- Jail list:\t\n", jails));
    assert_false(front_end_jails("", jails));
    memset(long_list, 'a', sizeof(long_list) - 1);
    memcpy(long_list, "Jail list:", 10);
    long_list[sizeof(long_list) - 1] = '\0';
    assert_false(front_end_jails(long_list, jails));
}

static void ask_all(const char *text)
{
    struct front_end_flow flow = flow_of("192.0.2.7", "192.0.2.1", 8080);
    char name[FRONT_END_NAME_SIZE];
    char jails[FRONT_END_JAILS_SIZE];

    (void)front_end_ufw_allows(text, &flow, "udp");
    (void)front_end_ufw_is_enabled(text);
    (void)front_end_bus_text(text, name);
    (void)front_end_jails(text, jails);
}

/* Every text cut anywhere, in a block of just its size for the sanitizers. */
static void survives_cut_texts(void **state)
{
    static const char *const texts[] = {
        "### tuple ### allow tcp 1,2:3,:,4: 1.2.3.4/99 any ::/x in\n\n\n",
        "ENABLED=yes",
        "s \"public\"",
        "Jail list: a, b\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        for (size_t length = 0; length <= strlen(texts[i]); length++) {
            CLEAN_FREE char *cut = strndup(texts[i], length);

            assert_non_null(cut);
            ask_all(cut);
        }
}

static void survives_noise(void **state)
{
    static const char letters[] = " \n-#tupleallowtcpany80,:/.sJailist\"=";
    uint32_t seed = 1;

    (void)state;
    for (unsigned n = 0; n < 2000; n++) {
        char text[200];
        size_t size = n % sizeof(text);

        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = letters[(seed >> 16) % (sizeof(letters) - 1)];
        }
        text[size] = '\0';
        ask_all(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ports_and_prefixes),
        cmocka_unit_test(refuses_names_that_are_paths),
        cmocka_unit_test(reads_ufw_rules),
        cmocka_unit_test(reads_switches),
        cmocka_unit_test(reads_answers),
        cmocka_unit_test(survives_cut_texts),
        cmocka_unit_test(survives_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
