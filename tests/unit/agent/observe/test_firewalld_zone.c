/* What a saved zone of firewalld says of one connection: who may come in, and
 * whether what lets one in would let in others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/front_ends/firewalld_zone.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "tests/unit/test.h"

#define A             "192.0.2.10" /* who asks; for port 8080 of B */
#define B             "198.51.100.10"
#define PORT          "<port port=\"8080\" protocol=\"tcp\"/>"
#define ACCEPT        "<accept/>"
#define FROM(address) "<source address=\"" address "\"/>"
#define RULE(...)     "<rule family=\"ipv4\">" __VA_ARGS__ "</rule>"

static struct front_end_flow flow_between(const char *from, const char *to)
{
    struct front_end_flow flow = {.port = 8080};

    if (from != NULL)
        assert_int_equal(address_parse(from, &flow.source), 0);
    assert_int_equal(address_parse(to, &flow.destination), 0);
    return flow;
}

/* clang-format off */
static const struct
{
    const char *name;
    const char *xml;
} services[] = {
    {"web", "<service><short>Web</short>" PORT "</service>"},
    {"other", "<service><port port=\"80\" protocol=\"tcp\"/></service>"},
    {"udp", "<service><port port=\"8080\" protocol=\"udp\"/></service>"},
    {"back", "<service><source-port port=\"8080\" protocol=\"tcp\"/></service>"},
    {"all", "<service><protocol value=\"tcp\"/></service>"},
    {"here", "<service>" PORT "<destination ipv4=\"198.51.100.0/24\"/></service>"},
    {"there", "<service>" PORT "<destination ipv4=\"203.0.113.1\"/></service>"},
    {"six", "<service>" PORT "<destination ipv6=\"2001:db8::/32\"/></service>"},
    {"stack", "<service><destination ipv4=\"203.0.113.1\"/>"
              "<include service=\"other\"/><include service=\"web\"/></service>"},
    {"circle", "<service><include service=\"circle\"/></service>"},
    {"circle-and-web", "<service><include service=\"circle-and-web\"/>"
                       "<include service=\"web\"/></service>"},
    {"nested", "<service><description>" PORT "</description></service>"},
    {"garbage", "<service>" PORT},
    {"zone", "<zone>" PORT "</zone>"},
};
/* clang-format on */

static char *read_service(void *context, const char *name)
{
    unsigned *count = context;

    (*count)++;
    assert_true(front_end_is_name(name));
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        if (strcmp(services[i].name, name) == 0)
            return strdup(services[i].xml);
    return NULL;
}

static int read_zone(const char *xml, const struct front_end_flow *flow,
                     struct firewalld_zone *zone, struct err *err)
{
    unsigned count = 0;
    int status =
        firewalld_zone_read(xml, flow, read_service, &count, zone, err);

    assert_in_range(count, 0, FIREWALLD_MAX_SERVICES);
    return status;
}

enum saved
{
    SHUT,           /* says nothing of the port */
    OPEN,           /* to everybody */
    SHUT_TO_SOME,   /* a rule tells clients apart, and this one is not let in */
    OPEN_TO_CLIENT, /* this client, by no means everybody */
};

struct zone_case
{
    const char *elements;
    enum saved saved;
};

static void check_cases(const struct zone_case *cases, size_t count,
                        const struct front_end_flow *flow)
{
    for (size_t i = 0; i < count; i++) {
        char xml[2048];
        struct firewalld_zone zone = {0};
        struct err err = {0};
        enum saved saved;

        snprintf(xml, sizeof(xml),
                 "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                 "<zone target=\"DROP\">%s</zone>\n",
                 cases[i].elements);
        if (read_zone(xml, flow, &zone, &err) != 0)
            fail_msg("%s: %s", cases[i].elements, err.text);
        saved = zone.restricts ? (zone.allows ? OPEN_TO_CLIENT : SHUT_TO_SOME)
                               : (zone.allows ? OPEN : SHUT);
        if (saved != cases[i].saved)
            fail_msg("%s: %d, not %d", cases[i].elements, (int)saved,
                     (int)cases[i].saved);
    }
}

static void tells_udp_from_tcp(void **state)
{
    static const struct
    {
        const char *elements;
        bool udp;
    } cases[] = {
        {"<port port='8080' protocol='udp'/>", true},
        {"<port port='8000-8100' protocol='udp'/>", true},
        {"<service name='udp'/>", true},
        {"<port port='8081' protocol='udp'/>", false},
        {"<port port='8080' protocol='tcp'/>", false},
        {"<port port='8080'/>", false},
        {"<rule><port port='8080' protocol='udp'/><accept/></rule>", false},
        {"<rule><service name='udp'/><accept/></rule>", false},
    };
    struct front_end_flow flow = {.port = 8080};

    (void)state;
    assert_int_equal(address_parse("192.0.2.1", &flow.source), 0);
    assert_int_equal(address_parse("192.0.2.9", &flow.destination), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char xml[512];
        struct firewalld_zone zone = {0};

        snprintf(xml, sizeof(xml), "<zone>%s</zone>", cases[i].elements);
        assert_int_equal(read_zone(xml, &flow, &zone, NULL), 0);
        if (zone.opens_udp != cases[i].udp)
            fail_msg("%s", cases[i].elements);
    }
}

static void reads_the_zones_own_ports(void **state)
{
    static const struct zone_case cases[] = {
        {"", SHUT},
        {PORT, OPEN},
        {"<port protocol='tcp' port='8000-8100'/>", OPEN},
        {"<port port=\"8081-9000\" protocol=\"tcp\"/>", SHUT},
        {"<port port=\"8080\" protocol=\"udp\"/>", SHUT},
        {"<port port=\"8080\"/>", SHUT},
        {"<port port=\"http-alt\" protocol=\"tcp\"/>", SHUT},
        {"<portal port=\"8080\" protocol=\"tcp\"/>", SHUT},
        {"<Port port=\"8080\" protocol=\"tcp\"/>", SHUT},
        {"<!-- " PORT " -->", SHUT},
        {"<![CDATA[" PORT "]]>", SHUT},
        {"<description>" PORT "</description>", SHUT},
        {"<source-port port=\"8080\" protocol=\"tcp\"/>", SHUT},
        {"<forward-port port=\"8080\" protocol=\"tcp\" to-port=\"80\"/>", SHUT},
        {"<source address=\"" A "\"/><interface name=\"eth0\"/>", SHUT},
        {"<protocol value=\"tcp\"/>", OPEN},
        {"<protocol value=\"udp\"/>", SHUT},
        {"<short>&lt;x&gt;</short><forward/><masquerade/>" PORT, OPEN},
    };
    struct front_end_flow flow = flow_between(A, B);

    (void)state;
    check_cases(cases, ARRAY_SIZE(cases), &flow);
}

static void reads_services(void **state)
{
    static const struct zone_case cases[] = {
        {"<service name=\"web\"/>", OPEN},
        {"<service name=\"other\"/>", SHUT},
        {"<service name=\"other\"/><service name=\"web\"/>", OPEN},
        {"<service name=\"udp\"/>", SHUT},
        {"<service name=\"back\"/>", SHUT},
        {"<service name=\"all\"/>", OPEN},
        {"<service name=\"here\"/>", OPEN},
        {"<service name=\"there\"/>", SHUT},
        {"<service name=\"six\"/>", SHUT},
        {"<service name=\"stack\"/>", OPEN},
        {"<service name=\"circle\"/>", SHUT},
        {"<service name=\"circle-and-web\"/>", SHUT}, /* given up */
        {"<service name=\"nested\"/>", SHUT},
        {"<service name=\"garbage\"/>", SHUT},
        {"<service name=\"zone\"/>", SHUT},
        {"<service name=\"unknown\"/>", SHUT},
        {"<service name=\"../../../etc/passwd\"/>", SHUT},
        {"<service/><include service=\"other\"/>", SHUT},
    };
    struct front_end_flow flow = flow_between(A, B);

    (void)state;
    check_cases(cases, ARRAY_SIZE(cases), &flow);
}

static void reads_who_is_let_in(void **state)
{
    static const struct zone_case cases[] = {
        {RULE(FROM("10.0.0.0/8") PORT ACCEPT), SHUT_TO_SOME},
        {RULE(FROM("192.0.2.0/24") PORT ACCEPT), OPEN_TO_CLIENT},
        {RULE(FROM(A) PORT "<log><limit value=\"1/m\"/></log>" ACCEPT),
         OPEN_TO_CLIENT},
        {RULE(FROM(A) PORT "<accept><limit value=\"1/m\"/></accept>"),
         SHUT_TO_SOME},
        {RULE(FROM(A) PORT "<drop/>"), SHUT_TO_SOME},
        {RULE(FROM(A) PORT "<reject type=\"tcp-reset\"/>"), SHUT_TO_SOME},
        {RULE(FROM(A) PORT "<mark set=\"1\"/>"), SHUT},
        {RULE(FROM(A) PORT "<log/>"), SHUT},
        {RULE(FROM(A) ACCEPT), OPEN},
        {RULE(FROM("10.0.0.0/8") ACCEPT), SHUT},
        {RULE(FROM("10.0.0.0/8") "<drop/>"), SHUT},
        {RULE("<source invert=\"True\" address=\"10.0.0.0/8\"/>" PORT ACCEPT),
         OPEN_TO_CLIENT},
        {RULE("<source invert=\"yes\" address=\"" A "\"/>" PORT ACCEPT),
         SHUT_TO_SOME},
        {RULE("<source ipset=\"friends\"/>" PORT ACCEPT), SHUT_TO_SOME},
        {RULE("<source mac=\"02:00:00:00:00:01\"/>" PORT ACCEPT), SHUT_TO_SOME},
        {RULE("<source address=\"" A "/255.255.255.0\"/>" PORT ACCEPT),
         SHUT_TO_SOME},
        {RULE("<destination address=\"198.51.100.0/24\"/>" PORT ACCEPT),
         OPEN_TO_CLIENT},
        {RULE("<destination address=\"203.0.113.1\"/>" PORT ACCEPT),
         SHUT_TO_SOME},
        {"<rule family=\"ipv6\">" PORT ACCEPT "</rule>", SHUT},
        {"<rule>" PORT ACCEPT "</rule>", OPEN_TO_CLIENT},
        {RULE(FROM(A) "<port port=\"8000-8100\" protocol=\"tcp\"/>" ACCEPT),
         OPEN_TO_CLIENT},
        {RULE(FROM(A) "<port port=\"8000-8079\" protocol=\"tcp\"/>" ACCEPT),
         SHUT},
        {RULE(FROM(A) "<port port=\"8080\" protocol=\"udp\"/>" ACCEPT), SHUT},
        {RULE(FROM(A) "<service name=\"web\"/>" ACCEPT), OPEN_TO_CLIENT},
        {RULE(FROM("10.0.0.0/8") "<service name=\"web\"/>" ACCEPT),
         SHUT_TO_SOME},
        {RULE(FROM(A) "<service name=\"other\"/>" ACCEPT), SHUT},
        {RULE(FROM(A) "<service name=\"unknown\"/>" ACCEPT), SHUT_TO_SOME},
        {RULE(FROM(A) "<protocol value=\"tcp\"/>" ACCEPT), OPEN_TO_CLIENT},
        {RULE(FROM(A) "<source-port port=\"1\" protocol=\"tcp\"/>" ACCEPT),
         SHUT_TO_SOME},
        {RULE(FROM(A) "<icmp-block name=\"redirect\"/>"), SHUT},
        {RULE(FROM(A) "<icmp-type name=\"redirect\"/>" ACCEPT), SHUT},
        {RULE(FROM(A) "<forward-port port=\"8080\" protocol=\"tcp\""
                      " to-port=\"80\"/>"),
         SHUT},
        {RULE(FROM(A) PORT "<service name=\"web\"/>" ACCEPT), SHUT},
    };
    struct front_end_flow flow = flow_between(A, B);
    struct front_end_flow unknown = flow_between(NULL, B);

    (void)state;
    check_cases(cases, ARRAY_SIZE(cases), &flow);
    check_cases(
        &(struct zone_case){RULE(FROM("0.0.0.0/0") PORT ACCEPT), SHUT_TO_SOME},
        1, &unknown);
}

static void keeps_firewallds_order(void **state)
{
#define RANKED(priority, ...) \
    "<rule priority=\"" priority "\">" __VA_ARGS__ "</rule>"
    static const struct zone_case cases[] = {
        {PORT RULE(FROM("10.0.0.0/8") PORT "<drop/>"), OPEN_TO_CLIENT},
        {PORT RULE(FROM("10.0.0.0/8") "<drop/>"), OPEN_TO_CLIENT},
        {PORT RULE(FROM(A) "<drop/>"), SHUT},
        {PORT RULE("<source ipset=\"foes\"/><drop/>"), SHUT},
        {PORT RULE(FROM(A) PORT "<reject/>"), SHUT_TO_SOME},
        {RULE(FROM(A) PORT ACCEPT) RULE(FROM(A) PORT "<drop/>"), SHUT_TO_SOME},
        {RULE(FROM(A) PORT "<drop/>") RULE(FROM(A) PORT ACCEPT), SHUT_TO_SOME},
        {RANKED("-1", FROM(A) PORT ACCEPT) RULE(FROM(A) PORT "<drop/>"),
         OPEN_TO_CLIENT},
        {RANKED("1", FROM(A) PORT ACCEPT) RULE(FROM(A) PORT "<drop/>"),
         SHUT_TO_SOME},
        {RANKED("1", FROM(A) PORT "<drop/>") PORT, OPEN_TO_CLIENT},
        {RANKED("-5", "<drop/>") RANKED("-6", PORT ACCEPT), OPEN_TO_CLIENT},
        {RANKED("-5", "<drop/>") RANKED("-4", PORT ACCEPT), SHUT_TO_SOME},
        {PORT RANKED("32767", "<drop/>"), OPEN_TO_CLIENT},
    };
    struct front_end_flow flow = flow_between(A, B);

    (void)state;
    check_cases(cases, ARRAY_SIZE(cases), &flow);
}

static void keeps_the_families_apart(void **state)
{
    static const struct zone_case cases[] = {
        {PORT, OPEN},
        {RULE(PORT ACCEPT), SHUT},
        {"<rule family=\"ipv6\">" FROM("2001:db8::/32") PORT ACCEPT "</rule>",
         OPEN_TO_CLIENT},
        {"<rule>" FROM("10.0.0.0/8") PORT ACCEPT "</rule>", SHUT_TO_SOME},
        {"<service name=\"here\"/>", SHUT},
        {"<service name=\"six\"/>", OPEN},
    };
    struct front_end_flow flow = flow_between("2001:db8::1", "2001:db8::2");

    (void)state;
    check_cases(cases, ARRAY_SIZE(cases), &flow);
}

/* Each line of these expands to ten of the one before. */
static const char laughs[] =
    "<?xml version=\"1.0\"?>\n<!DOCTYPE zone [\n<!ENTITY a \"" PORT "\">\n"
    "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\n"
    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\n"
    "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\n]>\n"
    "<zone>&d;</zone>\n";

static void refuses_what_is_no_zone(void **state)
{
    static const struct
    {
        const char *xml;
        const char *why;
    } files[] = {
        {"", "no element found"},
        {"ports=8080", "not well-formed"},
        {"<zone>" PORT, "no element found"},
        {"<zone>" PORT "</policy>", "mismatched tag"},
        {"<zone>" PORT "</zone><zone/>", "junk after document element"},
        {"<policy target=\"ACCEPT\">" PORT "</policy>", "begins with"},
        {"<service>" PORT "</service>", "begins with"},
        {"<x><zone>" PORT "</zone></x>", "begins with"},
        {"<zone><port port=8080 protocol=tcp/></zone>", "not well-formed"},
        {"<zone>\n<rule priority=\"high\"/></zone>", "line 2: a rule's"},
        {"<zone><rule priority=\"40000\"/></zone>", "priority"},
        {"<zone><rule priority=\"-99999999999999999999\"><drop/></rule></zone>",
         "priority"},
        {"<zone>&other;</zone>", "undefined entity"},
        {"<?xml version=\"1.0\" encoding=\"klingon\"?><zone/>", "encoding"},
        {"<!DOCTYPE zone SYSTEM \"file:///etc/passwd\"><zone/>",
         "line 1: a do"},
        {laughs, "a document type is none of firewalld's"},
    };
    struct front_end_flow flow = flow_between(A, B);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        struct firewalld_zone zone = {.allows = true, .restricts = true};
        struct err err = {0};

        assert_int_equal(read_zone(files[i].xml, &flow, &zone, &err), -EINVAL);
        if (strstr(err.text, files[i].why) == NULL)
            fail_msg("%s: %s", files[i].xml, err.text);
        assert_true(zone.allows && zone.restricts); /* left alone */
    }
}

/* Every file cut anywhere, in a block of just its size for the sanitizers: only
 * a whole one says anything. */
static void survives_cut_files(void **state)
{
    static const char whole[] =
        "<?xml version=\"1.0\"?><zone><!-- a --><service name=\"circle\"/>" RULE(
            FROM(A) "<destination address=\"" B "\"/><log><limit "
                    "value=\"1/s\"/></log>" PORT ACCEPT) PORT "</zone>";
    struct front_end_flow flow = flow_between(A, B);

    (void)state;
    for (size_t length = 0; length <= strlen(whole); length++) {
        CLEAN_FREE char *cut = strndup(whole, length);
        struct firewalld_zone zone = {0};
        int status;

        assert_non_null(cut);
        status = read_zone(cut, &flow, &zone, NULL);
        assert_int_equal(status, length == strlen(whole) ? 0 : -EINVAL);
        assert_int_equal(zone.allows, status == 0);
    }
}

/* Very many elements inside each other, and none of them the zone's own. */
static void survives_depth(void **state)
{
    enum
    {
        DEPTH = 50000
    };
    CLEAN_FREE char *xml = malloc(DEPTH * 7 + 100);
    struct front_end_flow flow = flow_between(A, B);
    struct firewalld_zone zone = {0};
    char *at = xml;

    (void)state;
    assert_non_null(xml);
    at = stpcpy(at, "<zone>");
    for (int i = 0; i < DEPTH; i++)
        at = stpcpy(at, "<a>");
    at = stpcpy(at, PORT);
    for (int i = 0; i < DEPTH; i++)
        at = stpcpy(at, "</a>");
    stpcpy(at, "</zone>");
    assert_int_equal(read_zone(xml, &flow, &zone, NULL), 0);
    assert_false(zone.allows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_udp_from_tcp),
        cmocka_unit_test(reads_the_zones_own_ports),
        cmocka_unit_test(reads_services),
        cmocka_unit_test(reads_who_is_let_in),
        cmocka_unit_test(keeps_firewallds_order),
        cmocka_unit_test(keeps_the_families_apart),
        cmocka_unit_test(refuses_what_is_no_zone),
        cmocka_unit_test(survives_cut_files),
        cmocka_unit_test(survives_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
