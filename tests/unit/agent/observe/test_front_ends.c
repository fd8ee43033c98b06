/* The parsers of what firewall front ends save and say. */
#include <stdlib.h>
#include <string.h>

#include "agent/observe/front_end_settings.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "tests/unit/test.h"

static const char zone[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<zone target=\"DROP\">\n"
    "  <!-- <port port=\"7000\" protocol=\"tcp\"/> -->\n"
    "  <service name=\"ssh\"/>\n  <service name='../../../etc/passwd'/>\n"
    "  <service name=\"http-alt\"/>\n"
    "  <port protocol=\"udp\" port=\"8080\"/>\n"
    "  <port protocol='tcp' port='9000-9010'/>\n"
    "  <port port=\"53\" protocol=\"tcp\"/>\n"
    "  <portal port=\"99\" protocol=\"tcp\"/>\n</zone>\n";

static void reads_open_ports(void **state)
{
    static const struct
    {
        uint16_t port;
        bool opens;
    } ports[] = {{8080, false}, {9000, true},  {9010, true}, {9011, false},
                 {53, true},    {7000, false}, {99, false},  {0, false}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
        assert_int_equal(front_end_xml_opens(zone, ports[i].port),
                         ports[i].opens);
}

static void reads_services(void **state)
{
    char name[FRONT_END_NAME_SIZE];
    const char *at = zone;

    (void)state;
    assert_true(front_end_xml_service(&at, name));
    assert_string_equal(name, "ssh");
    assert_true(front_end_xml_service(&at, name)); /* no path among them */
    assert_string_equal(name, "http-alt");
    assert_false(front_end_xml_service(&at, name));
}

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
    } flows[] = {
        {"198.51.100.1", "192.0.2.1", 22, true},
        {"203.0.113.9", "192.0.2.1", 22, false}, /* denied before */
        {NULL, "192.0.2.1", 22, false}, /* who knows whom the rule means */
        {"198.51.100.1", "192.0.2.1", 8050, true},
        {"198.51.100.1", "192.0.2.1", 8101, false},
        {"198.51.100.1", "192.0.2.1", 9000, true},
        {"198.51.100.1", "192.0.2.2", 9000, false},
        {"198.51.100.1", "192.0.2.1", 9001, false},
        {"198.51.100.1", "192.0.2.1", 9002, false},
        {"198.51.100.7", "192.0.2.1", 1, true},
        {"2001:db8::1", "2001:db8::2", 22, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct front_end_flow flow =
            flow_of(flows[i].from, flows[i].to, flows[i].port);

        if (front_end_ufw_allows(rules, &flow) != flows[i].allows)
            fail_msg("flow %zu", i);
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
    const char *at = text;

    (void)front_end_xml_opens(text, 8080);
    while (front_end_xml_service(&at, name))
        assert_true(front_end_is_name(name));
    (void)front_end_ufw_allows(text, &flow);
    (void)front_end_ufw_is_enabled(text);
    (void)front_end_bus_text(text, name);
    (void)front_end_jails(text, jails);
}

/* Every text cut anywhere, in a block of just its size for the sanitizers. */
static void survives_cut_texts(void **state)
{
    static const char *const texts[] = {
        zone,
        "<port port=<port \"protocol='tcp' port=\"\"></port><port a=b",
        "<service name=\"\"/><service name=x/><service/><!--<!-- -->",
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
    static const char letters[] = "<>\"'=/ \n-!portservicename80tcp#any,:";
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
        cmocka_unit_test(reads_open_ports),
        cmocka_unit_test(reads_services),
        cmocka_unit_test(refuses_names_that_are_paths),
        cmocka_unit_test(reads_ufw_rules),
        cmocka_unit_test(reads_switches),
        cmocka_unit_test(reads_answers),
        cmocka_unit_test(survives_cut_texts),
        cmocka_unit_test(survives_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
