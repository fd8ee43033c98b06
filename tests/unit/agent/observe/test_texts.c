/* The parsers of what the kernel's files and the system's programs say. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/tcp.h>

#include "agent/observe/firewall/iptables_text.h"
#include "agent/observe/firewall/legacy_rules.h"
#include "agent/observe/firewall/owner_rules.h"
#include "agent/observe/firewall/rule_text.h"
#include "agent/observe/firewall/rule_words.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/host/socket_diag.h"
#include "agent/observe/tracking/counter_text.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/trace/words.h"
#include "tests/unit/test.h"

struct counter
{
    const char *name;
    uint64_t value;
    unsigned seen;
};

static void note(const char *name, uint64_t value, void *data)
{
    struct counter *counter = data;

    if (strcmp(counter->name, name) == 0) {
        counter->value = value;
        counter->seen++;
    }
}

static void reads_pairs_of_lines(void **state)
{
    char text[] = "TcpExt: SyncookiesSent ListenDrops\nTcpExt: 3 "
                  "18446744073709551615\nIpExt: InNoRoutes\nIpExt: 0\n"
                  "Tcp: MaxConn OutRsts\nTcp: -1 6\n";
    struct counter drops = {.name = "TcpExt.ListenDrops"};
    char copy[sizeof(text)];

    (void)state;
    memcpy(copy, text, sizeof(text));
    assert_int_equal(counter_text_read_pairs(copy, note, &drops), 0);
    assert_int_equal(drops.seen, 1);
    assert_true(drops.value == UINT64_MAX);
    drops = (struct counter){.name = "Tcp.OutRsts"};
    assert_int_equal(counter_text_read_pairs(text, note, &drops), 0);
    assert_int_equal(drops.value, 6);
}

static void refuses_pairs_that_do_not_match(void **state)
{
    static const char *const wrong[] = {
        "Tcp: A B\nTcp: 1\n",
        "Tcp: A\nTcp: 1 2\n",
        "Tcp: A\nUdp: 1\n",
        "Tcp: A\nTcp: x\n",
        "Tcp: A\n",
        "Tcp A\nTcp 1\n",
        "Tcp: A\nTcp: 99999999999999999999\n",
    };
    struct counter none = {.name = ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        CLEAN_FREE char *text = strdup(wrong[i]);

        assert_int_equal(counter_text_read_pairs(text, note, &none), -EBADMSG);
    }
}

static void reads_lines_and_columns(void **state)
{
    char lines[] = "Ip6InAddrErrors                 \t7\nIp6OutNoRoutes \t0\n";
    char columns[] =
        "entries  clashres found drop\n00000005  00000000 0000000a "
        "00000001\n00000005  00000000 00000000 00000010\n";
    char wrong[] = "Ip6InAddrErrors\n";
    char short_row[] = "entries drop\n00000001\n";
    struct counter counter = {.name = "Ip6InAddrErrors"};

    (void)state;
    assert_int_equal(counter_text_read_lines(lines, note, &counter), 0);
    assert_int_equal(counter.value, 7);
    counter = (struct counter){.name = "Conntrack.drop"};
    assert_int_equal(counter_text_read_columns(columns, note, &counter), 0);
    assert_int_equal(counter.value, 0x11);
    assert_int_equal(counter_text_read_lines(wrong, note, &counter), -EBADMSG);
    assert_int_equal(counter_text_read_columns(short_row, note, &counter),
                     -EBADMSG);
}

static const char listing[] =
    "table inet fw { # handle 1\n"
    "\tset jail { # handle 4\n"
    "\t\ttype ipv4_addr\n"
    "\t\telements = { 192.0.2.1 }\n"
    "\t}\n"
    "\n"
    "\tchain input { # handle 1\n"
    "\t\tcomment \"the gate\"\n"
    "\t\ttype filter hook input priority filter; policy accept;\n"
    "\t\tip saddr { 192.0.2.1, 192.0.2.2,\n"
    "\t\t\t     192.0.2.3 } accept # handle 6\n"
    "\t\ttcp dport 8080 drop comment \"no # handle 9\" # handle 7\n"
    "\t}\n"
    "}\n"
    "table ip filter { # handle 2\n"
    "\tchain INPUT { # handle 1\n"
    "\t\ttype filter hook input priority filter; policy accept;\n"
    "\t\tcounter packets 0 bytes 0 jump sub # handle 3\n"
    "\t\ttcp dport 22 counter packets 0 bytes 0 drop # handle 5\n"
    "\t}\n"
    "\tchain sub { # handle 2\n"
    "\t\tcounter packets 1 bytes 60 xt target \"REJECT\" # handle 4\n"
    "\t}\n"
    "}\n";

static const char *words_of(const struct rule_texts *texts, const char *family,
                            const char *table, const char *chain,
                            uint64_t handle, const char **nft)
{
    const struct rule_text *rule =
        rule_texts_find(texts, family, table, chain, handle);

    if (rule != NULL && nft != NULL)
        *nft = rule->nft;
    return rule == NULL ? NULL : rule_text_words(rule);
}

static void finds_rules_by_handle(void **state)
{
    struct rule_texts *texts = rule_texts_new();
    const char *nft = NULL;

    (void)state;
    assert_int_equal(rule_texts_set_nft(texts, strdup(listing)), 0);
    assert_string_equal(words_of(texts, "inet", "fw", "input", 6, NULL),
                        "ip saddr { 192.0.2.1, 192.0.2.2, 192.0.2.3 } accept");
    assert_string_equal(words_of(texts, "inet", "fw", "input", 7, &nft),
                        "tcp dport 8080 drop comment \"no # handle 9\"");
    assert_null(words_of(texts, "inet", "fw", "input", 9, NULL));
    assert_null(words_of(texts, "ip", "fw", "input", 7, NULL));
    assert_int_equal(rule_texts_find(texts, "inet", "fw", "input", 7)->position,
                     2);
    assert_int_equal(rule_texts_find(texts, "ip", "filter", "sub", 4)->position,
                     1);
    rule_texts_free(texts);
}

static void prefers_the_words_of_iptables(void **state)
{
    static const char saved[] =
        "# Generated\n*filter\n:INPUT ACCEPT [0:0]\n:sub - [0:0]\n"
        "-A INPUT -j sub\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\n"
        "-A sub -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n";
    struct rule_texts *texts = rule_texts_new();
    const char *nft = NULL;

    (void)state;
    assert_int_equal(rule_texts_set_nft(texts, strdup(listing)), 0);
    assert_int_equal(rule_texts_set_iptables(texts, "ip", strdup(saved)), 0);
    assert_string_equal(words_of(texts, "ip", "filter", "INPUT", 5, NULL),
                        "-A INPUT -p tcp -m tcp --dport 22 -j DROP");
    assert_string_equal(words_of(texts, "ip", "filter", "sub", 4, &nft),
                        "-A sub -j REJECT --reject-with icmp-port-unreachable");
    assert_non_null(strstr(nft, "xt target \"REJECT\""));
    rule_texts_free(texts);
}

/* The rules changed between the two listings: a place means another rule. */
static void trusts_no_place_in_another_chain(void **state)
{
    static const char *const changed[] = {
        /* one was taken out before it, one put in before or behind it */
        "*filter\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n",
        "*filter\n-A INPUT -j new\n-A INPUT -j sub\n"
        "-A INPUT -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n",
        "*filter\n-A INPUT -j sub\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\n"
        "-A INPUT -p udp -j DROP\nCOMMIT\n",
        /* as many, but moved, or replaced by one that does something else */
        "*filter\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\n"
        "-A INPUT -j sub\nCOMMIT\n",
        "*filter\n-A INPUT -j sub\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"
        "COMMIT\n",
        "*filter\n-A INPUT -j sub2\n"
        "-A INPUT -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changed); i++) {
        struct rule_texts *texts = rule_texts_new();
        const char *words;

        assert_int_equal(rule_texts_set_nft(texts, strdup(listing)), 0);
        assert_int_equal(
            rule_texts_set_iptables(texts, "ip", strdup(changed[i])), 0);
        words = words_of(texts, "ip", "filter", "INPUT", 5, NULL);
        if (words == NULL || words[0] == '-')
            fail_msg("listing %zu is believed", i);
        rule_texts_free(texts);
    }
}

static void survives_cut_listings(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(listing); size++) {
        struct rule_texts *texts = rule_texts_new();

        assert_int_equal(rule_texts_set_nft(texts, strndup(listing, size)), 0);
        rule_texts_free(texts);
    }
}

static const char legacy[] =
    "# Generated by iptables-save\n*filter\n:INPUT DROP [3:180]\n"
    ":FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [9:600]\n:both - [0:0]\n"
    ":one - [0:0]\n[2:120] -A INPUT -j one\n[0:0] -A INPUT -j both\n"
    "[0:0] -A FORWARD -j both\n"
    "[1:60] -A one -p tcp -m comment --comment \"x -j DROP\" -j REJECT "
    "--reject-with tcp-reset\n[0:0] -A both -j NFQUEUE --queue-num 5\nCOMMIT\n";

static struct legacy_rules *read_legacy(const char *text)
{
    struct legacy_rules *rules = NULL;
    struct err err = {0};

    assert_int_equal(legacy_rules_read(strdup(text), &rules, &err), 0);
    return rules;
}

static void reads_legacy_rules_with_counters(void **state)
{
    struct legacy_rules *rules = read_legacy(legacy);
    const struct legacy_rule *policy = &rules->items[0];
    const struct legacy_rule *reject = &rules->items[6];

    (void)state;
    assert_int_equal(rules->count, 8);
    assert_true(policy->is_policy && legacy_rule_is_deadly(policy));
    assert_string_equal(policy->text, "-P INPUT DROP");
    assert_int_equal(policy->packets, 3);
    assert_string_equal(reject->chain, "one");
    assert_string_equal(reject->target, "reject");
    assert_int_equal(reject->packets, 1);
    assert_int_equal(strncmp(reject->text, "-A one -p tcp", 13), 0);
    legacy_rules_free(rules);
}

static void finds_the_stage_of_a_users_chain(void **state)
{
    struct legacy_rules *rules = read_legacy(legacy);

    (void)state;
    assert_int_equal(legacy_rules_stage(rules, &rules->items[6]), STAGE_INPUT);
    assert_int_equal(legacy_rules_stage(rules, &rules->items[7]), -1);
    assert_int_equal(legacy_rules_stage(rules, &rules->items[2]), STAGE_OUTPUT);
    legacy_rules_free(rules);
}

static void follows_the_jumps_that_counted(void **state)
{
    static const char text[] =
        "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:deep - [0:0]\n"
        ":one - [0:0]\n:two - [0:0]\n[%d:0] -A INPUT -p tcp -j one\n"
        "[%d:0] -A INPUT -j two\n[0:0] -A OUTPUT -j deep\n"
        "[%d:0] -A deep -p udp -j ACCEPT\n[%d:0] -A deep -j DROP\n"
        "[%d:0] -A one -g deep\n[%d:0] -A two -j deep\nCOMMIT\n";
    static const struct
    {
        int moved[6];
        const char *path; /* NULL: it cannot be told */
    } cases[] = {
        {{3, 9, 0, 3, 3, 2}, "deep one INPUT"},
        {{3, 3, 0, 3, 3, 3}, NULL},
        {{3, 3, 0, 3, 1, 1}, NULL},
        {{1, 3, 7, 3, 1, 3}, "deep two INPUT"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const int *moved = cases[i].moved;
        char saved[sizeof(text) + 64];
        struct legacy_rules *before;
        struct legacy_rules *after;
        struct legacy_way way;
        char path[64] = "deep";

        snprintf(saved, sizeof(saved), text, 0, 0, 0, 0, 0, 0);
        before = read_legacy(saved);
        snprintf(saved, sizeof(saved), text, moved[0], moved[1], moved[2],
                 moved[3], moved[4], moved[5]);
        after = read_legacy(saved);
        assert_string_equal(after->items[6].text, "-A deep -j DROP");
        assert_int_equal(after->items[6].position, 2);
        assert_int_equal(legacy_rules_way(before, after, 6, &way),
                         cases[i].path != NULL);
        for (size_t j = 0; j < way.depth; j++) {
            strcat(path, " ");
            strcat(path, way.jumps[j]->chain);
        }
        if (cases[i].path != NULL)
            assert_string_equal(path, cases[i].path);
        legacy_rules_free(before);
        legacy_rules_free(after);
    }
}

/* A ring of jumps is nothing that the kernel takes; a listing may say it. */
static void survives_a_ring_of_jumps(void **state)
{
    static const char ring[] = "*filter\n[1:0] -A a -j b\n[1:0] -A b -j a\n"
                               "[1:0] -A a -j DROP\n";
    struct legacy_rules *before = read_legacy(ring);
    struct legacy_rules *after = read_legacy(ring);
    struct legacy_way way;

    (void)state;
    assert_false(legacy_rules_way(before, after, 2, &way));
    assert_int_equal(legacy_rules_stage(after, &after->items[2]), -1);
    legacy_rules_free(before);
    legacy_rules_free(after);
}

/* As many ways lead to the rule as would take years to go one by one. */
static void many_jumps_are_no_labour(void **state)
{
    char text[16 * 32 * 32] = "*filter\n[1:0] -A INPUT -j c0\n";
    struct legacy_rules *rules;
    size_t used = strlen(text);

    (void)state;
    for (int chain = 0; chain < 15; chain++)
        for (int i = 0; i < 30; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used,
                                     "[1:0] -A c%d -j c%d\n", chain, chain + 1);
    snprintf(text + used, sizeof(text) - used, "[1:0] -A c15 -j DROP\n");
    rules = read_legacy(text);
    assert_int_equal(legacy_rules_stage(rules, &rules->items[rules->count - 1]),
                     STAGE_INPUT);
    legacy_rules_free(rules);
}

static void tells_other_rules_from_other_counts(void **state)
{
    struct legacy_rules *a = read_legacy("*filter\n[1:2] -A INPUT -j DROP\n");
    struct legacy_rules *b = read_legacy("*filter\n[5:6] -A INPUT -j DROP\n");
    struct legacy_rules *c = read_legacy("*filter\n[1:2] -A INPUT -j ACCEPT\n");

    (void)state;
    assert_true(legacy_rules_match(a, b));
    assert_false(legacy_rules_match(b, a)); /* written anew: it counts less */
    assert_false(legacy_rules_match(a, c));
    legacy_rules_free(a);
    legacy_rules_free(b);
    legacy_rules_free(c);
}

/* Chains that jump to each other cannot be loaded, but may be printed at us. */
static void ends_on_chains_in_a_circle(void **state)
{
    struct legacy_rules *rules = read_legacy(
        "*filter\n[0:0] -A a -j b\n[0:0] -A b -j a\n[0:0] -A a -j c\n");

    (void)state;
    assert_int_equal(legacy_rules_stage(rules, &rules->items[0]), -1);
    legacy_rules_free(rules);
}

static void refuses_what_is_not_iptables(void **state)
{
    static const char *const wrong[] = {
        "-A INPUT -j DROP\n",       "*filter\nhello\n",
        "*filter\n[1:2 -A INPUT\n", "*filter\n[x:2] -A INPUT\n",
        "*filter\n:INPUT\n",        "*filter\n:INPUT DROP [x]\n",
    };
    struct legacy_rules *rules = NULL;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(legacy_rules_read(strdup(wrong[i]), &rules, NULL),
                         -EBADMSG);
}

static void minds_quotes(void **state)
{
    (void)state;
    assert_false(rule_words_have("drop comment \"reject\"", "reject"));
    assert_false(rule_words_have("comment \"a \\\" reject \"", "reject"));
    assert_true(rule_words_have("tcp dport 80 reject", "reject"));
    assert_false(rule_words_have("jump rejects", "reject"));
    assert_false(rule_words_have("-m comment --comment -g -j DROP", "-g"));
    assert_true(rule_words_have("-m comment --comment -g -j DROP", "-j"));
}

static void knows_who_sets_a_ttl(void **state)
{
    static const char *const setting[] = {
        "ip ttl set 1",
        "meta l4proto tcp ip6 hoplimit set 3 counter packets 0 bytes 0",
        "-p tcp -m tcp --dport 8080 -j TTL --ttl-set 2",
        "-p tcp -j HL --hl-dec 60",
        "meta l4proto tcp counter xt target \"TTL\"",
    };
    static const char *const others[] = {
        "ip ttl 1 drop",
        "ip ttl < 5 meta mark set 1",
        "-m ttl --ttl-eq 1 -j DROP",
        "comment \"ip ttl set 1\" accept",
        "-j TTLS",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(setting); i++)
        if (!rule_words_set_ttl(setting[i]))
            fail_msg("%s", setting[i]);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (rule_words_set_ttl(others[i]))
            fail_msg("%s", others[i]);
}

static void reads_control_groups(void **state)
{
    static const struct
    {
        const char *text;
        const char *group; /* NULL: none */
    } cases[] = {
        {"0::/\n", "/"},
        {"0::/system.slice/web.service\n", "/system.slice/web.service"},
        {"1:name=systemd:/a\n0::/b", "/b"},
        {"12:freezer:/docker/7\n", NULL},
        {"0::/../outside\n", NULL},
        {"0::/a-long-name-that-finds-no-room-here\n", NULL},
        {"", NULL},
    };
    char group[32];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool found = processes_parse_group(cases[i].text, group, sizeof(group));

        if (found != (cases[i].group != NULL) ||
            (found && strcmp(group, cases[i].group) != 0))
            fail_msg("%s", cases[i].text);
    }
}

static void reads_process_files(void **state)
{
    struct process process = {0};

    (void)state;
    assert_true(processes_parse_stat("7 (a) (b c)) T 1 2", &process));
    assert_string_equal(process.name, "a) (b c)");
    assert_string_equal(process.state, "T");
    assert_false(processes_parse_stat("7 (a", &process));
    assert_false(processes_parse_stat("", &process));
    assert_true(processes_is_stopped(&process));
    processes_parse_limits("Max open files            1024   4096 files\n",
                           &process);
    assert_int_equal(process.files_limit, 1024);
    assert_int_equal(process.files_hard, 4096);
    processes_parse_limits("Max open files unlimited unlimited files\n",
                           &process);
    assert_int_equal(process.files_limit, -1);
    assert_int_equal(process.files_hard, -1);
    processes_parse_limits("Max open files 12", &process);
    assert_int_equal(process.files_limit, -1);
    processes_parse_limits("", &process);
    assert_int_equal(process.files_hard, -1);
}

static struct tcp_diag_md5sig signature_of(uint8_t family, const char *text)
{
    struct tcp_diag_md5sig signature = {
        .tcpm_family = family, .tcpm_prefixlen = 24, .tcpm_keylen = 6};

    memcpy(signature.tcpm_key, "secret", 6);
    inet_pton(family, text, signature.tcpm_addr);
    return signature;
}

static void reads_keys_without_the_keys(void **state)
{
    struct tcp_diag_md5sig signatures[SOCKET_MAX_KEYS + 2];
    struct socket_info info = {0};
    char text[ADDRESS_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
        signatures[i] = signature_of(AF_INET, "192.0.2.10");
    signatures[1] = signature_of(AF_INET6, "2001:db8::1");
    signatures[2] = signature_of(77, "192.0.2.10");
    socket_diag_read_keys(signatures, 3 * sizeof(signatures[0]), &info);
    assert_int_equal(info.key_count, 2);
    assert_string_equal(address_print(&info.keys[0].address, text),
                        "192.0.2.10");
    assert_int_equal(info.keys[0].prefix, 24);
    assert_string_equal(address_print(&info.keys[1].address, text),
                        "2001:db8::1");
    socket_diag_read_keys(signatures, sizeof(signatures), &info);
    assert_int_equal(info.key_count, SOCKET_MAX_KEYS);
    socket_diag_read_keys(signatures, sizeof(signatures[0]) - 1, &info);
    assert_int_equal(info.key_count, 0);
    socket_diag_read_keys(NULL, 0, &info);
    assert_int_equal(info.key_count, 0);
}

static void finds_rules_for_certain_users(void **state)
{
    static const struct
    {
        const char *rule;
        bool concerns;
    } cases[] = {
        {"meta skuid 33 drop", true},
        {"meta skuid 33 tcp dport 8080 drop", true},
        {"meta skuid 33 tcp dport 8081 drop", false},
        {"tcp dport 8081-9000 meta skgid 33 drop", true},
        {"tcp dport { 80, 8080 } meta skgid 33 drop", true},
        {"tcp dport @ports socket cgroupv2 level 2 \"a/b\" drop", true},
        {"-A OUTPUT -p tcp --dport 8080 -m owner --uid-owner 33 -j DROP", true},
        {"-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 33 -j DROP", false},
        {"-A OUTPUT -m multiport --dports 25,8080 -m owner --gid-owner 1",
         true},
        {"-A OUTPUT -m cgroup --path user.slice -j DROP", true},
        {"meta skuid 33 tcp dport 99999999999999999999 drop", false},
        {"meta skuid 33 tcp dport", true},
        {"tcp dport 8080 drop", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (owner_rules_concerns(cases[i].rule, 8080) != cases[i].concerns)
            fail_msg("%s", cases[i].rule);
}

static void offers_texts_to_their_owner(void **state)
{
    struct rule_texts *texts = rule_texts_new();
    int owner;
    int other;

    (void)state;
    assert_null(rule_texts_offered(&owner));
    rule_texts_offer(&owner, texts);
    assert_ptr_equal(rule_texts_offered(&owner), texts);
    assert_null(rule_texts_offered(&other));
    rule_texts_offer(&owner, NULL);
    assert_null(rule_texts_offered(&owner));
    rule_texts_free(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys_without_the_keys),
        cmocka_unit_test(reads_pairs_of_lines),
        cmocka_unit_test(refuses_pairs_that_do_not_match),
        cmocka_unit_test(reads_lines_and_columns),
        cmocka_unit_test(finds_rules_by_handle),
        cmocka_unit_test(offers_texts_to_their_owner),
        cmocka_unit_test(prefers_the_words_of_iptables),
        cmocka_unit_test(trusts_no_place_in_another_chain),
        cmocka_unit_test(survives_cut_listings),
        cmocka_unit_test(reads_legacy_rules_with_counters),
        cmocka_unit_test(finds_the_stage_of_a_users_chain),
        cmocka_unit_test(follows_the_jumps_that_counted),
        cmocka_unit_test(survives_a_ring_of_jumps),
        cmocka_unit_test(many_jumps_are_no_labour),
        cmocka_unit_test(tells_other_rules_from_other_counts),
        cmocka_unit_test(ends_on_chains_in_a_circle),
        cmocka_unit_test(refuses_what_is_not_iptables),
        cmocka_unit_test(minds_quotes),
        cmocka_unit_test(knows_who_sets_a_ttl),
        cmocka_unit_test(reads_control_groups),
        cmocka_unit_test(reads_process_files),
        cmocka_unit_test(finds_rules_for_certain_users),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
