/* No report offers a command that takes from a host what its agent's connection,
 * its default way or the trace itself stands on; and whatever else is the same
 * is offered. */
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/base/text.h"
#include "controller/engine/explain/lifeline.h"
#include "controller/engine/explain/sentences.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/engine/command_grammar.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/engine/written_evidence.h"
#include "tests/unit/test.h"

#define MAX_PIECES 12

#define CONTROL                                                       \
    "destination lifeline used_by=control destination=203.0.113.130 " \
    "source=203.0.113.132 route_type=unicast interface=mgmt0 "        \
    "preferred_source=203.0.113.132 address=203.0.113.128 prefix=25 " \
    "table_id=254 "
#define BY_GATEWAY                                                        \
    "destination lifeline used_by=control destination=10.9.9.9 "          \
    "source=10.1.0.7 route_type=unicast interface=eth1 gateway=10.2.0.1 " \
    "address=10.9.0.0 prefix=16 table_id=254 "
#define BY_TABLE                                                      \
    "destination lifeline used_by=control destination=203.0.113.130 " \
    "source=203.0.113.132 route_type=unicast interface=mgmt0 table_id=77 "
#define DEFAULT                                                   \
    "destination lifeline used_by=default destination=240.0.0.1 " \
    "route_type=unicast interface=eth0 gateway=198.51.100.1 "     \
    "preferred_source=198.51.100.20 address=0.0.0.0 prefix=0 table_id=254 "
#define ADVERTISED(gateway, length)                             \
    "destination lifeline used_by=default destination=3ffe::1 " \
    "route_type=unicast interface=eth0 gateway=" gateway        \
    " address=:: prefix=" length " table_id=254"
#define HELD(address, length, device)                          \
    "; destination address address=" address " prefix=" length \
    " interface=" device

static const struct
{
    const char *evidence;
    enum command_takes_kind kind;
    const char *address;
    int prefix;
    const char *device, *via;
    int64_t table;
    const char *because; /* part of the sentence; NULL: it may go */
} cases[] = {
    /* the address that the agent is connected from */
    {CONTROL, TAKES_ADDRESS, "203.0.113.132", 25, "mgmt0", NULL, 0,
     "reaches the controller"},
    {CONTROL HELD("203.0.113.132", "25", "mgmt0")
         HELD("203.0.113.140", "32", "mgmt0"),
     TAKES_ADDRESS, "203.0.113.140", 32, "mgmt0", NULL, 0, NULL},
    {CONTROL HELD("203.0.113.132", "25", "mgmt0"), TAKES_ADDRESS, "192.0.2.10",
     32, "eth0", NULL, 0, NULL},
    {CONTROL, TAKES_ADDRESS, "2001:db8::1", 64, "mgmt0", NULL, 0, NULL},
    /* the controller is on this host */
    {"destination lifeline used_by=control destination=203.0.113.130 "
     "source=203.0.113.130 route_type=local interface=lo",
     TAKES_ADDRESS, "203.0.113.130", 25, "mgmt0", NULL, 0,
     "reaches the controller"},
    /* nobody told */
    {"destination address address=10.0.0.1", TAKES_ADDRESS, "10.0.0.2", 24,
     "eth0", NULL, 0, "an old one"},
    {DEFAULT, TAKES_ADDRESS, "10.0.0.2", 24, "eth5", NULL, 0, "an old one"},
    /* the one network that holds the gateway, or one of two */
    {BY_GATEWAY HELD("10.2.0.9", "24", "eth1") HELD("10.3.0.9", "24", "eth1"),
     TAKES_ADDRESS, "10.2.0.9", 24, "eth1", NULL, 0, "reaches the controller"},
    {BY_GATEWAY HELD("10.2.0.9", "24", "eth1") HELD("10.2.0.8", "23", "eth1"),
     TAKES_ADDRESS, "10.2.0.9", 24, "eth1", NULL, 0, NULL},
    /* IPv4's last address of the device */
    {BY_GATEWAY HELD("10.3.0.9", "32", "eth1"), TAKES_ADDRESS, "10.3.0.9", 32,
     "eth1", NULL, 0, "reaches the controller"},
    {BY_GATEWAY HELD("10.3.0.9", "32", "eth2"), TAKES_ADDRESS, "10.3.0.9", 32,
     "eth2", NULL, 0, NULL},
    /* the first of a network takes the others along, and is not taken */
    {CONTROL HELD("203.0.113.150", "25", "mgmt0 secondary=0")
         HELD("203.0.113.132", "25", "mgmt0 secondary=1"),
     TAKES_ADDRESS, "203.0.113.150", 25, "mgmt0", NULL, 0,
     "reaches the controller"},
    {CONTROL HELD("203.0.113.150", "25", "mgmt0 secondary=1")
         HELD("203.0.113.132", "25", "mgmt0 secondary=0"),
     TAKES_ADDRESS, "203.0.113.150", 25, "mgmt0", NULL, 0, NULL},
    {CONTROL HELD("203.0.113.150", "25", "mgmt0")
         HELD("203.0.113.132", "25", "mgmt0"),
     TAKES_ADDRESS, "203.0.113.150", 25, "mgmt0", NULL, 0,
     "reaches the controller"},
    /* the trace's own; the other end's is one too many here */
    {CONTROL, TAKES_ADDRESS, "198.51.100.10", 24, "eth0", NULL, 0,
     "this very connection"},
    {CONTROL, TAKES_ADDRESS, "192.0.2.10", 24, "eth0", NULL, 0, NULL},
    {CONTROL "; destination route phase=before destination=192.0.2.10 "
             "route_type=unicast interface=eth0 gateway=198.51.100.1" HELD(
                 "198.51.100.20", "24", "eth0"),
     TAKES_ADDRESS, "198.51.100.20", 24, "eth0", NULL, 0,
     "this very connection"},
    /* by default */
    {CONTROL "; " DEFAULT, TAKES_ADDRESS, "198.51.100.20", 24, "eth0", NULL, 0,
     "default way"},
    /* routes */
    {CONTROL, TAKES_ROUTE, "203.0.113.128", 25, "mgmt0", NULL, 254,
     "reaches the controller"},
    {CONTROL, TAKES_ROUTE, "203.0.113.128", 25, "eth0", NULL, 254, NULL},
    {CONTROL, TAKES_ROUTE, "203.0.113.128", 25, "mgmt0", NULL, 77, NULL},
    {CONTROL, TAKES_ROUTE, "203.0.113.128", 26, "mgmt0", NULL, 254, NULL},
    {BY_GATEWAY, TAKES_ROUTE, "10.9.0.0", 16, "eth1", "10.2.0.1", 254,
     "reaches the controller"},
    {BY_GATEWAY, TAKES_ROUTE, "10.2.0.0", 24, "eth1", NULL, 254,
     "reaches the controller"},
    {BY_GATEWAY, TAKES_ROUTE, "10.9.9.0", 24, "eth1", "10.2.0.1", 254, NULL},
    {BY_TABLE, TAKES_ROUTE, "203.0.0.0", 8, "mgmt0", NULL, 77,
     "reaches the controller"},
    {DEFAULT, TAKES_ROUTE, "0.0.0.0", 0, "eth0", NULL, 254, "default way"},
    {"destination host", TAKES_ROUTE, "10.0.0.0", 8, "eth0", NULL, 254, NULL},
    {"source" /* the other host's */
     " lifeline used_by=control destination=10.9.9.9 route_type=unicast "
     "interface=eth0 address=10.0.0.0 prefix=8",
     TAKES_ROUTE, "10.0.0.0", 8, "eth0", NULL, 254, NULL},
    /* rules */
    {BY_TABLE "rule=r", TAKES_RULE, NULL, 0, "r", NULL, 77,
     "reaches the controller"},
    {BY_TABLE "rule=r", TAKES_RULE, NULL, 0, "other", NULL, 77, NULL},
    {BY_TABLE, TAKES_RULE, NULL, 0, "other", NULL, 77,
     "reaches the controller"},
    {BY_TABLE, TAKES_RULE, NULL, 0, "other", NULL, 78, NULL},
    /* sent another way */
    {CONTROL, TAKES_OTHER_WAYS, "203.0.113.130", 32, "eth0", "198.51.100.1",
     254, "reaches the controller"},
    {CONTROL, TAKES_OTHER_WAYS, "203.0.113.130", 32, "mgmt0", NULL, 254, NULL},
    {CONTROL, TAKES_OTHER_WAYS, "203.0.113.131", 32, "eth0", NULL, 254, NULL},
    /* led by a rule behind the one that is put back */
    {"destination lifeline used_by=control destination=10.9.9.9 "
     "route_type=unicast interface=eth1 table_id=253",
     TAKES_FROM_LATER, "0.0.0.0", 0, "", NULL, 254, "reaches the controller"},
    {"destination lifeline used_by=control destination=10.9.9.9 "
     "route_type=unicast interface=eth1 table_id=254",
     TAKES_FROM_LATER, "0.0.0.0", 0, "", NULL, 254, NULL},
    {BY_TABLE, TAKES_FROM_LATER, "0.0.0.0", 0, "", NULL, 254, NULL},
    {BY_TABLE, TAKES_FROM_LATER, "::", 0, "", NULL, 254, NULL},
    /* a default route by a router's own word, as far as its gateway tells */
    {CONTROL "; " ADVERTISED("fe80::1", "0"), TAKES_ADVERTISED, "::", 0, "",
     NULL, 0, "accept_ra is not 2, is not offered: the default way"},
    {"destination lifeline used_by=control destination=2001:db8:f::130 "
     "route_type=unicast interface=eth0 gateway=fe80::1 address=:: prefix=0",
     TAKES_ADVERTISED, "::", 0, "", NULL, 0, "reaches the controller"},
    {CONTROL "; " ADVERTISED("2001:db8:b::2", "0"), TAKES_ADVERTISED, "::", 0,
     "", NULL, 0, NULL},
    {CONTROL "; " ADVERTISED("fe80::1", "3"), TAKES_ADVERTISED, "::", 0, "",
     NULL, 0, NULL},
    {CONTROL "; " DEFAULT, TAKES_ADVERTISED, "::", 0, "", NULL, 0, NULL},
    {CONTROL, TAKES_NOTHING, "203.0.113.132", 25, "mgmt0", NULL, 0, NULL},
};

static struct address parse(const char *text)
{
    struct address address = {0};

    if (text != NULL && address_parse(text, &address) < 0)
        fail_msg("no address: %s", text);
    return address;
}

static void spares_what_is_needed(void **state)
{
    static struct evidence items[MAX_PIECES];
    static struct view view;
    struct subject subject = two_hosts_subject();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t count = written_evidence(cases[i].evidence, items, MAX_PIECES);
        bool is_rule = cases[i].kind == TAKES_RULE;
        struct command_takes takes = {
            .kind = cases[i].kind,
            .address = parse(is_rule ? "0.0.0.0" : cases[i].address),
            .prefix = cases[i].prefix,
            .via = parse(cases[i].via),
            .table = cases[i].table};
        char text[JUDGEMENT_TEXT_SIZE] = "";
        bool forbidden;

        text_format(is_rule ? takes.rule : takes.device,
                    is_rule ? sizeof(takes.rule) : sizeof(takes.device), "%s",
                    cases[i].device);
        view_build(&view, &subject, items, count);
        forbidden = lifeline_forbids(&view, ROLE_DESTINATION, &takes, text,
                                     sizeof(text));
        if (forbidden != (cases[i].because != NULL) ||
            (forbidden && strstr(text, cases[i].because) == NULL))
            fail_msg("case %zu: %s", i, forbidden ? text : "offered");
    }
}

/* Out of table 77 a route sends the search on; without it the table's own routes
 * take all that it covers. */
static void a_thrown_prefix_is_other_tables_way(void **state)
{
    static const struct
    {
        const char *evidence, *address;
        int prefix;
        bool forbidden;
    } rows[] = {
        {BY_GATEWAY, "10.9.0.0", 16, true},
        {BY_GATEWAY, "10.0.0.0", 8, true},
        {BY_GATEWAY, "10.8.0.0", 16, false},
        {BY_TABLE, "203.0.0.0", 8, false}, /* from table 77 itself */
        {DEFAULT, "10.0.0.0", 8, false},
        {DEFAULT, "0.0.0.0", 0, true},
    };
    static struct evidence items[MAX_PIECES];
    static struct view view;
    struct subject subject = two_hosts_subject();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t count = written_evidence(rows[i].evidence, items, MAX_PIECES);
        struct command_route route = {.type = "throw",
                                      .address = parse(rows[i].address),
                                      .prefix = rows[i].prefix,
                                      .table = 77};
        char text[JUDGEMENT_TEXT_SIZE] = "";
        struct command_line line;

        command_start(&line, COMMAND_IN_NETWORK, "ip");
        command_delete_route(&line, &route);
        view_build(&view, &subject, items, count);
        if (lifeline_forbids(&view, ROLE_DESTINATION, &line.takes, text,
                             sizeof(text)) != rows[i].forbidden)
            fail_msg("row %zu: %s: %s", i, line.text, text);
    }
}

static void no_way_in_is_stopped(void **state)
{
    static const struct
    {
        const char *unit;
        bool may;
    } rows[] = {
        {"web.service", true},
        {"web.socket", true},
        {"sshguard.service", true},
        {"userdb.service", true},
        {"ssh.service", false},
        {"ssh@0-10.0.0.1:22-10.9.9.9:50000.service", false},
        {"sshd@7-10.0.0.1:22-10.9.9.9:50000.service", false},
        {"user@1000.service", false},
        {"session-3.scope", false},
        {"openvpn-server@tcp.service", false},
        {"wg-quick@wg0.service", false},
        {"probe-controller.service", false},
        {"probe-agent.service", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (unit_may_be_stopped(rows[i].unit) != rows[i].may)
            fail_msg("%s", rows[i].unit);
}

/* The agent's way in there: known, and none of what the case is about. */
static void add_way(struct evidence *item, enum role role, uint32_t id)
{
    struct address far = parse("100.64.0.1");

    evidence_init(item, EVIDENCE_LIFELINE, 1);
    item->id = id;
    item->role = (uint8_t)role;
    evidence_set_word(item, KEY_USED_BY, USER_OF_WAY_CONTROL);
    evidence_set_address(item, KEY_DESTINATION, &far);
    evidence_set_text(item, KEY_ROUTE_TYPE, "unicast");
    evidence_set_text(item, KEY_INTERFACE, "elsewhere");
}

/* A way that needs just what the command takes. */
static void add_same(struct evidence *item, const struct fix *fix, uint32_t id)
{
    const struct command_takes *takes = &fix->command.takes;
    struct address target =
        parse(takes->address.family == 6 ? "3ffe::9" : "100.64.0.9");
    bool is_address = takes->kind == TAKES_ADDRESS;

    if (takes->kind == TAKES_OTHER_WAYS || takes->kind == TAKES_BY_RULE)
        target = takes->address;
    if (takes->throws) /* and has it from another table */
        target = takes->address;
    evidence_init(item, EVIDENCE_LIFELINE, 1);
    item->id = id;
    item->role = (uint8_t)fix->role;
    evidence_set_word(item, KEY_USED_BY, USER_OF_WAY_CONTROL);
    evidence_set_address(item, KEY_DESTINATION, &target);
    evidence_set_text(item, KEY_ROUTE_TYPE, "unicast");
    if (is_address)
        evidence_set_address(item, KEY_SOURCE, &takes->address);
    evidence_set_text(item, KEY_INTERFACE,
                      takes->kind == TAKES_ROUTE ? takes->device : "elsewhere");
    /* Another table than the rule leads to. */
    evidence_set_number(item, KEY_TABLE_ID,
                        takes->kind == TAKES_BY_RULE ||
                                takes->kind == TAKES_FROM_LATER || takes->throws
                            ? takes->table + 1
                            : takes->table);
    evidence_put_text(item, KEY_RULE,
                      takes->kind == TAKES_FROM_LATER ? "pref 40000 lookup 99"
                                                      : takes->rule);
    if (takes->kind == TAKES_ADVERTISED) {
        struct address router = parse("fe80::9");

        evidence_set_address(item, KEY_GATEWAY, &router);
    }
    if (takes->kind == TAKES_ROUTE) {
        evidence_set_address(item, KEY_ADDRESS, &takes->address);
        evidence_set_number(item, KEY_PREFIX, takes->prefix);
    }
}

static bool offers(const struct judgement *judgement, const char *text)
{
    for (size_t i = 0; i < judgement->fix_count; i++)
        if (strcmp(judgement->fixes[i].command.text, text) == 0)
            return true;
    return false;
}

static bool says_why(const struct judgement *judgement)
{
    const struct finding *verdict = &judgement->verdict;

    for (size_t i = 0; i < verdict->detail_count; i++)
        if (strcmp(verdict->details[i].name, "not_offered") == 0)
            return true;
    return false;
}

/* The same case, on a host whose lookups say that this command would fail: the
 * device is down, or none of its routes reaches the gateway there. */
static void check_refused(const char *path, const struct bundle *bundle,
                          struct evidence *items, size_t count,
                          const struct fix *fix)
{
    static struct judgement refused;
    const struct command_takes *takes = &fix->command.takes;
    struct evidence *item = &items[count + 2];

    for (int down = 0; down < 2; down++) {
        if (down == 0 && (takes->onlink || !address_is_set(&takes->via)))
            continue;
        evidence_init(item, down ? EVIDENCE_LINK : EVIDENCE_ROUTE_OTHER,
                      INT64_MAX / 2);
        item->id = 900003;
        item->role = (uint8_t)fix->role;
        evidence_set_text(item, KEY_INTERFACE, takes->device);
        if (down) {
            evidence_set_word(item, KEY_PHASE, PHASE_AFTER);
            evidence_set_number(item, KEY_UP, 0);
            evidence_set_number(item, KEY_CARRIER, 0);
            evidence_set_number(item, KEY_MTU, 1500);
        } else {
            evidence_set_address(item, KEY_DESTINATION, &takes->address);
            evidence_set_address(item, KEY_GATEWAY, &takes->via);
            evidence_set_number(item, KEY_ON_LINK, 0);
        }
        verdict_judge(&bundle->subject, items, count + 3, &refused);
        if (offers(&refused, fix->command.text))
            fail_msg("%s: offered, and would be refused: %s", path,
                     fix->command.text);
    }
}

/* What could cut off whoever is at work there by way of the default gateway, or the
 * agent, is asked of the lifeline or says so. */
static void check_form(const char *name, const struct fix *fix)
{
    static const char *const said[] = {"cut off", "is lost",
                                       "serves elsewhere"};
    enum command_cuts cuts = command_grammar_cuts(fix->command.text);
    bool says = false;

    for (size_t i = 0; i < ARRAY_SIZE(said); i++)
        says |= strstr(fix->explanation, said[i]) != NULL;
    if ((cuts & CUTS_ASKED) != 0 && fix->command.takes.kind == TAKES_NOTHING)
        fail_msg("%s: nobody is asked: %s", name, fix->command.text);
    if ((cuts & CUTS_SAID) != 0 && !says)
        fail_msg("%s: not said: %s: %s", name, fix->command.text,
                 fix->explanation);
}

/* The same piece, of a process of that name. */
static void rename_process(struct evidence *item, const char *name)
{
    const struct evidence old = *item;

    if (!evidence_has(&old, KEY_PROCESS))
        return;
    evidence_init(item, old.kind, old.at_ns);
    item->id = old.id;
    item->role = old.role;
    for (unsigned i = 0; i < old.count; i++) {
        const struct evidence_value *value = &old.values[i];
        enum evidence_key key = (enum evidence_key)value->key;

        if (key == KEY_PROCESS)
            evidence_set_text(item, key, name);
        else if (evidence_keys[key].type == VALUE_TEXT)
            evidence_set_text(item, key, old.texts + value->text);
        else
            item->values[item->count++] = *value;
    }
}

/* A port that ssh forwards is held by the process of somebody's login. */
static void check_login(const char *name, const struct bundle *bundle,
                        struct evidence *items, size_t count,
                        const struct fix *fix)
{
    static const char *const logins[] = {"sshd", "sshd-session", "dropbear"};
    static struct judgement spared;

    for (size_t i = 0; i < ARRAY_SIZE(logins); i++) {
        for (size_t k = 0; k < count; k++)
            rename_process(&items[k], logins[i]);
        verdict_judge(&bundle->subject, items, count, &spared);
        if (offers(&spared, fix->command.text))
            fail_msg("%s: ends a login: %s", name, fix->command.text);
    }
    memcpy(items, bundle->items, bundle->count * sizeof(*items));
}

/* Counts in data how many commands that take something were tried, by their kind. */
static void check_case(const char *name, struct bundle *bundle, void *data)
{
    static struct judgement honest, guarded;
    CLEAN_FREE struct evidence *items = NULL;
    unsigned *tried = data;
    size_t count = bundle->count;

    items = calloc(count + 3, sizeof(*items));
    assert_non_null(items);
    memcpy(items, bundle->items, count * sizeof(*items));
    add_way(&items[count], ROLE_SOURCE, 900001);
    add_way(&items[count + 1], ROLE_DESTINATION, 900002);
    verdict_judge(&bundle->subject, items, count + 2, &honest);
    for (size_t i = 0; i < honest.fix_count; i++) {
        const struct fix *fix = &honest.fixes[i];

        check_form(name, fix);
        if (strncmp(fix->command.text, "kill ", 5) == 0 &&
            fix->command.text[5] != '-') {
            check_login(name, bundle, items, count + 2, fix);
            tried[TAKES_NOTHING]++;
        }
        if (fix->command.takes.kind == TAKES_NOTHING ||
            (fix->command.takes.rejects && !fix->command.takes.throws))
            continue;
        add_same(&items[count + 2], fix, 900003);
        verdict_judge(&bundle->subject, items, count + 3, &guarded);
        if (guarded.verdict.cause != honest.verdict.cause ||
            offers(&guarded, fix->command.text) || !says_why(&guarded))
            fail_msg("%s: still offered: %s", name, fix->command.text);
        tried[fix->command.takes.kind]++;
        if (fix->command.takes.kind == TAKES_OTHER_WAYS)
            check_refused(name, bundle, items, count, fix);
    }
}

static void takes_no_lifeline_in_any_case(void **state)
{
    unsigned tried[TAKES_ADVERTISED + 1] = {0};

    (void)state;
    command_grammar_init();
    cases_for_each(check_case, tried);
    command_grammar_fini();
    for (size_t kind = TAKES_NOTHING; kind < ARRAY_SIZE(tried); kind++)
        if (tried[kind] == 0)
            fail_msg("no case offers to take kind %zu", kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spares_what_is_needed),
        cmocka_unit_test(no_way_in_is_stopped),
        cmocka_unit_test(a_thrown_prefix_is_other_tables_way),
        cmocka_unit_test(takes_no_lifeline_in_any_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
