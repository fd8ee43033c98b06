/* The way through the chains, and the elements of sets that decide, for real in
 * network namespaces; and the parser behind them. */
#include <string.h>
#include <unistd.h>

#include "agent/observe/firewall/rule_set.h"
#include "common/base/array.h"
#include "tests/unit/agent/observe/fake_worker.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

/* A SYN from 192.0.2.1 (or 2001:db8::1) to .2 port 8080, which comes in on vb. */
struct set_case
{
    const char *name;
    const char *setup;
    const char *set; /* "": none */
    const char *element;
    const char *path;
    unsigned position;
    bool v6;
};

#define TABLE(body)                            \
    "nft -f - <<'EOF'\ntable inet fw {\n" body \
    "\nchain in { type filter hook input priority 0;\n"
#define END "\n}\n}\nEOF"

#define LOW           "2001:db8::1"
#define HIGH          "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa"
#define TWENTY        "wwwwwwwwwwwwwwwwwwww"
#define LONG_NAME_CUT TWENTY TWENTY TWENTY TWENTY TWENTY
#define LONG_NAME     LONG_NAME_CUT TWENTY

static const struct set_case cases[] = {
    {.name = "a host in a named set",
     .setup = TABLE("set bad { type ipv4_addr; elements = { 192.0.2.1, "
                    "192.0.2.7 }; }") "ip saddr @bad drop" END,
     .set = "bad",
     .element = "192.0.2.1",
     .position = 1},
    {.name = "a network among intervals",
     .setup = TABLE(
         "set bad { type ipv4_addr; flags interval; elements = { "
         "192.0.2.0/25, 10.0.0.0/8, 192.0.3.1-192.0.3.9 }; }") "tcp dport 22 accept\nip saddr @bad drop" END,
     .set = "bad",
     .element = "192.0.2.0/25",
     .position = 2},
    {.name = "a range at the end of the addresses",
     .setup = TABLE("set bad { type ipv4_addr; flags interval; elements = { "
                    "192.0.2.0-255.255.255.255 }; }") "ip saddr @bad drop" END,
     .set = "bad",
     .element = "192.0.2.0-255.255.255.255",
     .position = 1},
    {.name = "address and port",
     .setup =
         TABLE("set pairs { type ipv4_addr . inet_service; elements = { "
               "192.0.2.1 . 8080 }; }") "ip saddr . tcp dport @pairs drop" END,
     .set = "pairs",
     .element = "192.0.2.1 . 8080",
     .position = 1},
    {.name = "ranges of addresses and ports",
     .setup = TABLE(
         "set pairs { type ipv4_addr . inet_service; flags interval;"
         " elements = { 192.0.2.0/24 . 8000-8099 }; }") "ip saddr . tcp dport @pairs drop" END,
     .set = "pairs",
     .element = "192.0.2.0/24 . 8000-8099",
     .position = 1},
    {.name = "interface and address",
     .setup = TABLE("set where { type ifname . ipv4_addr; elements = { \"vb\" "
                    ". 192.0.2.1 }; }") "iifname . ip saddr @where drop" END,
     .set = "where",
     .element = "\"vb\" . 192.0.2.1",
     .position = 1},
    {.name = "a host of IPv6",
     .setup =
         TABLE("set bad { type ipv6_addr; flags interval; elements = { "
               "2001:db8::/64 }; }") "tcp dport 8080 ip6 saddr @bad drop" END,
     .set = "bad",
     .element = "2001:db8::/64",
     .position = 1,
     .v6 = true},
    {.name = "a verdict map",
     .setup = TABLE("map ports { type inet_service : verdict; elements = { 22 "
                    ": accept, 8080 : drop }; }") "tcp dport vmap @ports" END,
     .set = "ports",
     .element = "8080 : drop",
     .position = 1},
    {.name = "an anonymous map",
     .setup = TABLE("") "tcp dport vmap { 22 : accept, 8000-8999 : drop }" END,
     .set = "",
     .element = "8000-8999 : drop",
     .position = 1},
    {.name = "an anonymous set of networks",
     .setup = TABLE("") "ip saddr { 10.0.0.0/8, 192.0.2.0/24 } tcp dport { 80, "
                        "8080 } drop" END,
     .set = "",
     .element = "192.0.2.0/24",
     .position = 1},
    {.name = "a map that leads two chains on",
     .setup = TABLE(
         "map from { type ipv4_addr : verdict; }\n"
         "chain deep { tcp dport 23 drop; tcp dport 8080 drop; }\n"
         "chain first { tcp dport 8080 goto deep; }") "ip saddr vmap @from" END
                                                      "\nnft add element inet fw from '{ 192.0.2.1 : jump first }'",
     .set = "from",
     .element = "192.0.2.1 : jump first",
     .path = "in > first > deep",
     .position = 2},
    {.name = "an element with more words than are kept",
     .setup = TABLE("map from { type ipv6_addr : verdict; flags interval; }\n"
                    "chain " LONG_NAME
                    " { drop; }") "tcp dport 8080 ip6 saddr vmap @from" END
                                  "\nnft add element inet fw from '{ " LOW
                                  "-" HIGH " : jump " LONG_NAME " }'",
     .set = "from",
     .element = LOW "-" HIGH " : jump " LONG_NAME_CUT,
     .path = "in > " LONG_NAME,
     .position = 1,
     .v6 = true},
    {.name = "back from a chain, and into another",
     .setup =
         TABLE("chain one { tcp dport 22 drop; }\n"
               "chain two { tcp dport 22 drop; return; }\n"
               "chain three { drop; }") "jump one\njump two\njump three" END,
     .path = "in > three",
     .position = 1},
    {.name = "not in a set",
     .setup = TABLE(
         "set good { type ipv4_addr; elements = { 192.0.2.9 }; }") "ip saddr != @good drop" END,
     .position = 1},
    {.name = "an ipset of hosts",
     .setup = "ipset create jail hash:ip && ipset add jail 192.0.2.1 &&"
              " iptables-nft -A INPUT -m set --match-set jail src -j DROP",
     .set = "jail",
     .element = "192.0.2.1",
     .position = 1},
    {.name = "an ipset of networks with an exception elsewhere",
     .setup = "ipset create nets hash:net && ipset add nets 192.0.0.0/16 &&"
              " ipset add nets 192.0.2.0/24 && ipset add nets 192.0.2.8 "
              "nomatch && iptables-nft -N deny && iptables-nft -A INPUT -m set "
              "--match-set nets src -j deny && iptables-nft -A deny -p udp -j "
              "ACCEPT && iptables-nft -A deny -j DROP",
     .set = "nets",
     .element = "192.0.2.0/24",
     .path = "INPUT > deny",
     .position = 2},
    {.name = "an ipset of addresses and ports",
     .setup = "ipset create pairs hash:ip,port && ipset add pairs "
              "192.0.2.1,tcp:8080 && iptables-nft -A INPUT -m set --match-set "
              "pairs src,dst -j DROP",
     .set = "pairs",
     .element = "192.0.2.1,tcp:8080",
     .position = 1},
    {.name = "a list of ipsets",
     .setup = "ipset create a hash:ip && ipset create b hash:ip && ipset add b "
              "192.0.2.1 && ipset create both list:set && ipset add both a && "
              "ipset add both b && iptables-nft -A INPUT -m set --match-set "
              "both src -j DROP",
     .set = "b",
     .element = "192.0.2.1",
     .position = 1},
    {.name = "an ipset of IPv6",
     .setup =
         "ipset create jail6 hash:net family inet6 && ipset add jail6 "
         "2001:db8::/64 && ip6tables-nft -A INPUT -p tcp -m set --match-set "
         "jail6 src -j DROP",
     .set = "jail6",
     .element = "2001:db8::/64",
     .position = 1,
     .v6 = true},
};

static const struct evidence *find_drop(const struct fake_worker *fake)
{
    const struct evidence *step;

    for (size_t n = 0;
         (step = fake_worker_find(fake, EVIDENCE_RULE, n)) != NULL; n++)
        if (evidence_word(step, KEY_VERDICT) == VERDICT_DROP)
            return step;
    return NULL;
}

static void trace(const struct set_case *one)
{
    struct fake_worker *fake =
        fake_worker_new(ROLE_DESTINATION, one->v6 ? "2001:db8::2" : "192.0.2.2",
                        one->v6 ? "2001:db8::1" : "192.0.2.1", 8080);
    const struct evidence *drop;
    int fd;

    fake_worker_arm(fake, "rule-trace");
    lab_enter_far();
    fd = fake_worker_connect(fake, 2, &fake->own);
    lab_enter_here();
    for (unsigned i = 0; i < 50 && find_drop(fake) == NULL; i++)
        fake_worker_run(fake, 20);
    fake_worker_collect(fake);
    assert_int_equal(fake_worker_disarm(fake), 0);
    close(fd);
    drop = find_drop(fake);
    if (drop == NULL)
        fail_msg("%s: no drop", one->name);
    assert_string_equal(evidence_text(drop, KEY_SET, ""),
                        one->set == NULL ? "" : one->set);
    assert_string_equal(evidence_text(drop, KEY_ELEMENT, ""),
                        one->element == NULL ? "" : one->element);
    assert_string_equal(evidence_text(drop, KEY_PATH, ""),
                        one->path == NULL ? "" : one->path);
    assert_int_equal(evidence_number(drop, KEY_POSITION, 0), one->position);
    fake_worker_free(fake);
}

static void names_sets_and_ways(void **state)
{
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (i > 0)
            lab_up(state);
        lab_run(cases[i].setup);
        trace(&cases[i]);
        if (i + 1 < ARRAY_SIZE(cases))
            lab_down(state);
    }
}

static const struct
{
    const char *text;
    const char *name; /* NULL: no set is found */
    const char *element;
} texts[] = {
    {"ip saddr @a tcp dport @b drop", "a", NULL},
    {"tcp dport @b ip saddr @a drop", "a", NULL},
    {"tcp dport @b drop comment \"ip saddr @a\"", "b", NULL},
    {"drop comment \"ip saddr @a\"", NULL, NULL},
    {"ip saddr != @a drop", NULL, NULL},
    {"update @dyn { ip saddr limit rate 1/second } drop", NULL, NULL},
    {"ether saddr @macs drop", NULL, NULL},
    {"@a", NULL, NULL},
    {"@ drop", NULL, NULL},
    {"vmap @a", NULL, NULL},
    {". @a", NULL, NULL},
    {"ip saddr . @a", NULL, NULL},
    {"ip saddr . tcp dport . ip daddr . tcp sport . iifname @a", NULL, NULL},
    {"tcp dport { 80, 8080 } drop", NULL, NULL},
    {"ip saddr { 192.0.2.1 } drop", "", "192.0.2.1"},
    {"ip saddr { 192.0.2.2, 192.0.2.0-192.0.2.1 } drop", "",
     "192.0.2.0-192.0.2.1"},
    {"ip saddr { 192.0.2.2 }", "", NULL},
    {"ip saddr {", "", NULL},
    {"ip saddr { ,,,", "", NULL},
    {"ip saddr { 192.0.2.0/33, 192.0.2.0/x, /, -, 192.0.2.1- } drop", "", NULL},
    {"tcp dport vmap { 1-99999 : drop, 8080 : goto \"a } b\" }", "",
     "8080 : goto \"a } b\""},
    {"iifname vmap { \"v*\" : drop }", "", "\"v*\" : drop"},
    {"iifname vmap { \"\" : drop, \" : drop }", "", NULL},
    {"ip saddr . tcp dport { 192.0.2.1 . 22, 192.0.2.1 . 8080 } drop", "",
     "192.0.2.1 . 8080"},
};

static void reads_rules_with_sets(void **state)
{
    struct rule_subject subject = {
        .packet = {.source_port = 40000, .destination_port = 8080},
        .in = "vb",
    };

    (void)state;
    address_parse("192.0.2.1", &subject.packet.source);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char element[RULE_ELEMENT_SIZE] = "";
        struct rule_set set;
        bool found = rule_set_find(texts[i].text, &set);

        if (found != (texts[i].name != NULL))
            fail_msg("%s: found %d", texts[i].text, found);
        if (!found)
            continue;
        assert_string_equal(set.name, texts[i].name);
        assert_int_equal(rule_set_match(&set, &subject, element),
                         texts[i].element != NULL);
        if (texts[i].element != NULL)
            assert_string_equal(element, texts[i].element);
    }
}

static void reads_rules_with_ipsets(void **state)
{
    struct ipset_use use;

    (void)state;
    assert_true(rule_set_find_ipset(
        "-A INPUT -m set --match-set jail src,dst -j DROP", &use));
    assert_string_equal(use.name, "jail");
    assert_string_equal(use.directions, "src,dst");
    assert_false(rule_set_find_ipset(
        "-A INPUT -m set ! --match-set good src -j DROP", &use));
    assert_false(rule_set_find_ipset(
        "-A INPUT -m comment --comment \"\\\" --match-set a b\" -j DROP",
        &use));
    assert_false(rule_set_find_ipset("-A INPUT -m set --match-set", &use));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_sets_and_ways, lab_up, lab_down),
        cmocka_unit_test(reads_rules_with_sets),
        cmocka_unit_test(reads_rules_with_ipsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
