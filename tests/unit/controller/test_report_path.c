/* What the report's JSON says of the ways that were walked. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/report/json_parts.h"
#include "controller/report/report.h"
#include "tests/unit/test.h"

#define MAX_ITEMS 80

static const enum role ends[2] = {ROLE_SOURCE, ROLE_DESTINATION};
static struct evidence items[MAX_ITEMS];
static size_t count;

static struct evidence *add(enum evidence_kind kind, enum role role)
{
    struct evidence *item = &items[count++];

    assert_true(count <= MAX_ITEMS);
    evidence_init(item, kind, (int64_t)count);
    item->role = (uint8_t)role;
    return item;
}

static void add_walk(enum role from)
{
    struct evidence *walk = add(EVIDENCE_WALK, from);

    evidence_set_number(walk, KEY_ATTEMPT, 2);
    evidence_set_number(walk, KEY_TTL, 30);
    evidence_set_number(walk, KEY_COUNT, 34);
}

static struct evidence *add_hop(enum role from, unsigned ttl, const char *text)
{
    struct evidence *hop = add(EVIDENCE_HOP, from);
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    evidence_set_word(hop, KEY_DIRECTION, DIRECTION_OUT);
    evidence_set_number(hop, KEY_TTL, ttl);
    evidence_set_address(hop, KEY_OFFENDER, &address);
    return hop;
}

/* "1 192.0.2.1, 3 203.0.113.2, 4 198.51.100.10 rst": TTL, who, and what came but
 * an expired TTL. */
static void add_hops(enum role from, const char *text)
{
    unsigned ttl;
    char who[48], answer[16];
    int used = 0;

    while (text != NULL &&
           sscanf(text, "%u %47[^ ,]%n", &ttl, who, &used) == 2) {
        struct evidence *hop = add_hop(from, ttl, who);
        bool is_six = strchr(who, ':') != NULL;

        text += used;
        answer[0] = '\0';
        sscanf(text, " %15[a-z]", answer);
        if (strcmp(answer, "rst") == 0) {
            evidence_set_word(hop, KEY_PACKET, PACKET_RST);
        } else {
            evidence_set_number(hop, KEY_ICMP_TYPE,
                                answer[0] != '\0' ? (is_six ? 1 : 3)
                                : is_six          ? 3
                                                  : 11);
            evidence_set_number(hop, KEY_ICMP_CODE, answer[0] != '\0' ? 1 : 0);
        }
        text = strchr(text, ',');
        text = text == NULL ? NULL : text + 1;
    }
}

static void add_packet(enum packet packet, enum role role,
                       enum direction direction, unsigned ttl)
{
    struct evidence *item = add(EVIDENCE_PACKET, role);

    evidence_set_word(item, KEY_PACKET, (int)packet);
    evidence_set_word(item, KEY_DIRECTION, (int)direction);
    evidence_set_number(item, KEY_ATTEMPT, 1);
    evidence_set_number(item, KEY_TTL, ttl);
}

static json_t *write_path(void)
{
    const struct report report = {.items = items, .count = count};

    return json_write_path(&report);
}

static void assert_path(size_t n, const char *expected)
{
    json_t *path = write_path();
    json_t *wanted = json_loads(expected, 0, NULL);
    char *text = json_dumps(path, JSON_COMPACT);

    assert_non_null(wanted);
    if (!json_equal(path, wanted))
        fail_msg("%zu: %s", n, text);
    free(text);
    json_decref(path);
    json_decref(wanted);
}

static void test_ways_are_told(void **state)
{
    static const struct
    {
        bool is_walked[2];
        const char *hops[2]; /* from the source, the destination */
        const char *path;
    } ways[] = {
        {{false, false}, {NULL, NULL}, "{'forward':[],'reverse':[]}"},
        {{true, false},
         {NULL, NULL},
         "{'forward':[],'reverse':[],'walks':[{'direction':'forward','attempt':"
         "2,'packets':34,'reached':false,'silent_ttl':1}]}"},
        /* A hop between that never answers is no end. */
        {{true, false},
         {"1 192.0.2.1, 3 203.0.113.2", NULL},
         "{'forward':[{'ttl':1,'address':'192.0.2.1'},{'ttl':3,'address':"
         "'203.0.113.2'}],'reverse':[],'walks':[{'direction':'forward',"
         "'attempt':2,'packets':34,'reached':false,'last_ttl':3,'silent_ttl':4}"
         "]}"},
        /* Who answered the walk is no place of loss. */
        {{false, true},
         {NULL, "1 2001:db8::1, 2 2001:db8::10 rst"},
         "{'forward':[],'reverse':[{'ttl':1,'address':'2001:db8::1'},{'ttl':2,"
         "'address':'2001:db8::10','answer':'rst'}],'walks':[{'direction':"
         "'reverse','attempt':2,'packets':34,'reached':true,'last_ttl':2}]}"},
        {{true, false},
         {"1 192.0.2.1, 2 203.0.113.2 unreachable", NULL},
         "{'forward':[{'ttl':1,'address':'192.0.2.1'},{'ttl':2,'address':"
         "'203.0.113.2','answer':'icmp 3/1'}],'reverse':[],'walks':[{"
         "'direction':'forward','attempt':2,'packets':34,'reached':false,"
         "'last_ttl':2,'silent_ttl':3}]}"},
        /* Both, of unlike length. */
        {{true, true},
         {"1 192.0.2.1, 2 198.51.100.10 rst",
          "1 198.51.100.1, 2 203.0.113.9, 3 192.0.2.10 rst"},
         "{'forward':[{'ttl':1,'address':'192.0.2.1'},{'ttl':2,'address':"
         "'198.51.100.10','answer':'rst'}],'reverse':[{'ttl':1,'address':"
         "'198.51.100.1'},{'ttl':2,'address':'203.0.113.9'},{'ttl':3,'address':"
         "'192.0.2.10','answer':'rst'}],'walks':[{'direction':'forward',"
         "'attempt':2,'packets':34,'reached':true,'last_ttl':2},{'direction':"
         "'reverse','attempt':2,'packets':34,'reached':true,'last_ttl':3}],"
         "'asymmetry':{'forward_routers':1,'reverse_routers':2}}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        char expected[1200];

        count = 0;
        for (int end = 0; end < 2; end++) {
            if (ways[i].is_walked[end])
                add_walk(ends[end]);
            add_hops(ends[end], ways[i].hops[end]);
        }
        snprintf(expected, sizeof(expected), "%s", ways[i].path);
        for (char *at = expected; *at != '\0'; at++)
            if (*at == '\'')
                *at = '"';
        assert_path(i, expected);
    }
}

static void test_circles_are_told_once(void **state)
{
    static const struct
    {
        const char *hops;
        const char *loop; /* joined by blanks; empty: none */
    } ways[] = {
        {"1 192.0.2.1, 2 203.0.113.2, 3 192.0.2.1, 4 203.0.113.2",
         "192.0.2.1 203.0.113.2"},
        /* Behind a router that is met once; some hops do not answer. */
        {"1 192.0.2.1, 2 203.0.113.1, 3 203.0.113.2, 5 203.0.113.1, 6 "
         "203.0.113.2",
         "203.0.113.1 203.0.113.2"},
        {"1 2001:db8::1, 2 2001:db8::2, 3 2001:db8::1",
         "2001:db8::1 2001:db8::2"},
        /* One that answers for two hops in a row. */
        {"1 192.0.2.1, 2 192.0.2.1, 3 203.0.113.2", ""},
        /* It says of each copy that nobody is there. */
        {"1 192.0.2.1, 2 203.0.113.2 unreachable, 3 203.0.113.2 unreachable, "
         "4 203.0.113.2 unreachable",
         ""},
        {"1 192.0.2.1, 2 203.0.113.2", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        char told[200] = "";
        json_t *path;
        json_t *loop;
        json_t *hop;
        size_t k;

        count = 0;
        add_walk(ROLE_SOURCE);
        add_hops(ROLE_SOURCE, ways[i].hops);
        path = write_path();
        loop = json_object_get(
            json_array_get(json_object_get(path, "walks"), 0), "loop");
        json_array_foreach(loop, k, hop)
        {
            strcat(told, k == 0 ? "" : " ");
            strcat(told, json_string_value(hop));
        }
        assert_string_equal(told, ways[i].loop);
        json_decref(path);
    }
}

static void test_labels_are_told(void **state)
{
    struct evidence *hop;
    json_t *path;
    json_t *labels;

    (void)state;
    count = 0;
    hop = add_hop(ROLE_SOURCE, 1, "192.0.2.1");
    evidence_set_text(hop, KEY_LABELS, "24001/0/1 16/5/2");
    hop = add_hop(ROLE_SOURCE, 2, "192.0.2.2");
    evidence_set_text(hop, KEY_LABELS, "24001/x"); /* from another agent */
    path = write_path();
    labels = json_object_get(
        json_array_get(json_object_get(path, "forward"), 0), "mpls");
    assert_int_equal(json_array_size(labels), 2);
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(labels, 0), "label")),
        24001);
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(labels, 1), "class")),
        5);
    labels = json_object_get(
        json_array_get(json_object_get(path, "forward"), 1), "mpls");
    assert_int_equal(json_array_size(labels), 0);
    json_decref(path);
}

/* By what both captures saw, of a packet that came. */
static void test_unlike_ways_are_told_where_both_are_known(void **state)
{
    static const struct
    {
        unsigned left, came; /* the SYN's TTL; 0: not seen */
        const char *back;    /* hops of the walk back */
        int forward, reverse;
        const char *at_least;
    } ways[] = {
        {64, 62, "1 198.51.100.1, 2 203.0.113.1", 0, 0, NULL}, /* 2, and 2 */
        {64, 62, "1 198.51.100.1, 2 203.0.113.1, 3 203.0.113.5", 2, 3,
         "reverse"},
        {64, 62, "1 198.51.100.1", 0, 0, NULL}, /* 2, and 1 or more */
        {64, 62, "1 198.51.100.1, 2 192.0.2.10 rst", 2, 1, NULL},
        {64, 255, "1 198.51.100.1, 2 192.0.2.10 rst", 0, 0,
         NULL}, /* set anew */
        {0, 0, "1 198.51.100.1, 2 192.0.2.10 rst", 0, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        json_t *path;
        json_t *asymmetry;
        const char *least;

        count = 0;
        if (ways[i].left != 0) {
            add_packet(PACKET_SYN, ROLE_SOURCE, DIRECTION_OUT, ways[i].left);
            add_packet(PACKET_SYN, ROLE_DESTINATION, DIRECTION_IN,
                       ways[i].came);
        }
        add_walk(ROLE_DESTINATION);
        add_hops(ROLE_DESTINATION, ways[i].back);
        path = write_path();
        asymmetry = json_object_get(path, "asymmetry");
        least = json_string_value(json_object_get(asymmetry, "at_least"));
        assert_int_equal(
            json_integer_value(json_object_get(asymmetry, "forward_routers")),
            ways[i].forward);
        assert_int_equal(
            json_integer_value(json_object_get(asymmetry, "reverse_routers")),
            ways[i].reverse);
        assert_string_equal(least == NULL ? "" : least,
                            ways[i].at_least == NULL ? "" : ways[i].at_least);
        json_decref(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_are_told),
        cmocka_unit_test(test_circles_are_told_once),
        cmocka_unit_test(test_labels_are_told),
        cmocka_unit_test(test_unlike_ways_are_told_where_both_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
