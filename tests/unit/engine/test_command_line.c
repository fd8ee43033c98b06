/* The builder of commands: what is put into it comes out of a shell as one word,
 * or not at all. */
#include <stdio.h>
#include <string.h>

#include "common/base/address.h"
#include "common/base/array.h"
#include "common/trace/sysctl_name.h"
#include "controller/engine/explain/command/command_line.h"
#include "tests/unit/engine/shell_words.h"
#include "tests/unit/test.h"

static struct shell_words words;

/* The last word of the command, as a shell gives it to the program; NULL when
 * there is no command. */
static const char *last_word(const struct command_line *line)
{
    if (!command_is_whole(line)) {
        assert_string_equal(line->text, "");
        return NULL;
    }
    shell_take_apart(line->text, &words);
    assert_false(words.is_broken);
    for (size_t i = 0; i < words.count; i++) {
        assert_false(words.tokens[i].is_operator);
        assert_false(words.tokens[i].is_expanded);
    }
    return words.tokens[words.count - 1].text;
}

static void check_word(const char *text, bool is_taken)
{
    struct command_line line;
    const char *word;

    command_start(&line, COMMAND_ON_HOST, "echo");
    command_word(&line, text);
    word = last_word(&line);
    if (is_taken) {
        assert_non_null(word);
        assert_int_equal(words.count, 2);
        assert_string_equal(word, text);
    } else {
        assert_null(word);
    }
}

static void a_word_stays_a_word(void **state)
{
    static const char *const taken[] = {
        "eth0",
        "a b",
        "$(id)",
        "`id`",
        ";reboot",
        "a'b",
        "'",
        "''",
        "'; id; '",
        "\"",
        "a\\",
        "*",
        "~root",
        "#",
        "a&&b",
        "a|b",
        "a>b",
        "!",
        "{ 10.1.1.1 }",
        "m\303\274ll",
        "a--b",
        "=x",
    };
    static const char *const refused[] = {
        "",
        "-rf",
        "--",
        "-",
        "a\nb",
        "a\tb",
        "a\033[2Jb",
        "a\177b",
        "\302\205",       /* a C1 control */
        "a\342\200\256b", /* turns what follows */
        "a\342\201\246b", /* isolates it */
        "\342\200\217a",  /* a mark */
        "\330\234",       /* the Arabic one */
        "\342\200\213",   /* no width */
        "\303(",          /* no UTF-8 */
        "\xff",
        "\xed\xa0\x80", /* a surrogate */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
        check_word(taken[i], true);
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
        check_word(refused[i], false);
}

static void plain_words_need_no_quotes(void **state)
{
    struct command_line line;

    (void)state;
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_fixed(&line, "route del");
    command_word(&line, "10.0.0.0/8");
    command_joined(&line, "--zone=", "a b", "");
    command_joined_number(&line, "--pid=", 7);
    assert_string_equal(line.text,
                        "ip route del 10.0.0.0/8 --zone='a b' --pid=7");
}

static void what_does_not_fit_is_not_cut(void **state)
{
    char longest[COMMAND_SIZE];
    struct command_line line;

    (void)state;
    for (size_t size = COMMAND_SIZE - 20; size < COMMAND_SIZE - 1; size++) {
        memset(longest, 'x', size);
        longest[size] = '\0';
        command_start(&line, COMMAND_ON_HOST, "echo");
        command_word(&line, longest);
        if (size + strlen("echo ") < COMMAND_SIZE)
            assert_string_equal(last_word(&line), longest);
        else
            assert_null(last_word(&line));
        command_word(&line, "more"); /* may be called, and does nothing */
        command_and(&line, COMMAND_ON_HOST, "true");
        if (size + strlen("echo  more && true") >= COMMAND_SIZE)
            assert_null(last_word(&line));
    }
}

static void numbers_and_addresses_are_checked(void **state)
{
    struct address address, unset = {.family = 0};
    struct command_line line;

    (void)state;
    assert_int_equal(address_parse("2001:db8::1", &address), 0);
#define CHECK(verb, whole)                                \
    do {                                                  \
        command_start(&line, COMMAND_ON_HOST, "x");       \
        verb;                                             \
        assert_int_equal(command_is_whole(&line), whole); \
    } while (0)
    CHECK(command_number(&line, 0), true);
    CHECK(command_number(&line, INT64_MAX), true);
    CHECK(command_number(&line, -1), false);
    CHECK(command_pid(&line, 2), true);
    CHECK(command_pid(&line, 1), false); /* kill 1 */
    CHECK(command_pid(&line, 0), false); /* the whole group */
    CHECK(command_pid(&line, -7), false);
    CHECK(command_pid(&line, 1ll << 32), false);
    CHECK(command_address(&line, &address), true);
    CHECK(command_address(&line, &unset), false);
    CHECK(command_prefix(&line, &address, 128), true);
    CHECK(command_prefix(&line, &address, 129), false);
    CHECK(command_prefix(&line, &address, -1), false);
    CHECK(command_prefix(&line, &unset, 0), false);
    CHECK(command_edit_hosts(&line, "", &address, &address), false);
    CHECK(command_edit_hosts(&line, "a/b", &address, &address), false);
    CHECK(command_edit_hosts(&line, "a'b", &address, &address), false);
    CHECK(command_edit_hosts(&line, "web", &unset, &address), false);
    CHECK(command_edit_hosts(&line, "web", &address, &unset), false);
    CHECK(command_edit_hosts(&line, "web.example", &address, &address), true);
#undef CHECK
}

static void names_are_what_they_are_called(void **state)
{
    static const char *const families[] = {"inet", "ip", NULL};
    static const struct
    {
        const char *text;
        bool device, name, nft, sysctl, one_of;
    } cases[] = {
        {"eth0", true, true, true, true, false},
        {"inet", true, true, true, true, true},
        {"eth0.100", true, true, true, true, false},
        {"e;id", true, false, false, true, false},
        {"e'x", true, false, false, true, false},
        {"e=1", true, false, false, false, false},
        {"e*", true, false, false, false, false},
        {"a b", false, false, false, false, false},
        {"a/b", false, false, true, false, false},
        {"..", false, true, true, false, false},
        {"sixteen-octets-x", false, true, true, false, false},
        {"my\\x2dapp.service", false, true, false, false, false},
        {"0a", true, true, false, true, false},
        {"-a", false, false, false, true, false},
        {"", false, false, false, false, false},
        {"in;et", true, false, false, true, false},
    };
    struct command_line line;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
#define CHECK(verb, whole)                                            \
    do {                                                              \
        command_start(&line, COMMAND_ON_HOST, "x");                   \
        verb;                                                         \
        if (command_is_whole(&line) != (whole))                       \
            fail_msg("%s: %s", #verb, cases[i].text);                 \
        if (whole)                                                    \
            assert_non_null(strstr(last_word(&line), cases[i].text)); \
    } while (0)
        CHECK(command_device(&line, cases[i].text), cases[i].device);
        CHECK(command_name(&line, cases[i].text), cases[i].name);
        CHECK(command_joined_name(&line, "--zone=", cases[i].text),
              cases[i].name);
        CHECK(command_nft_name(&line, cases[i].text), cases[i].nft);
        CHECK(command_one_of(&line, cases[i].text, families), cases[i].one_of);
#undef CHECK
        command_start(&line, COMMAND_ON_HOST, "sysctl");
        command_sysctl(&line, "net.ipv4.conf", cases[i].text, "rp_filter", 0);
        assert_int_equal(command_is_whole(&line), cases[i].sysctl);
    }
}

/* sysctl(8) wants a slash for each dot of a device's name. */
static void a_setting_is_named_as_sysctl_takes_it(void **state)
{
    char name[SYSCTL_NAME_SIZE];
    struct command_line line;

    (void)state;
    assert_string_equal(
        sysctl_name("net.ipv4.conf", "eth0.100", "arp_ignore", name),
        "net.ipv4.conf.eth0/100.arp_ignore");
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    command_sysctl(&line, "net.ipv4.conf", "eth0.100", "arp_ignore", 0);
    assert_string_equal(line.text,
                        "sysctl -w net.ipv4.conf.eth0/100.arp_ignore=0");
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_sysctl(&line, "net.ipv4.conf", "e;id", "arp_ignore", 1);
    assert_string_equal(last_word(&line), "net.ipv4.conf.e;id.arp_ignore=1");
}

static void a_policy_rule_is_read_anew(void **state)
{
    static const struct
    {
        const char *rule;
        bool is_taken;
    } cases[] = {
        {"pref 77 to 198.51.100.0/24 lookup 70", true},
        {"pref 5 not from 10.0.0.0/8 fwmark 0x1/0xff iif eth0.7 ipproto tcp "
         "uidrange 0-99 sport 1-2 dport 80 lookup 4294967295",
         true},
        {"pref 9 from 2001:db8::/32 blackhole", true},
        {"pref 100 oif e;id lookup 70", true},
        {"pref 32766 to 10.1.0.0/16 lookup 254", true},
        {"", false},
        {"to 198.51.100.0/24 lookup 70", false},
        {"pref 0 lookup 255", false},
        {"pref 00 to 10.0.0.0/8 lookup 7", false},
        {"pref 100 lookup 255", false},
        {"pref 100 to 10.0.0.0/8 lookup 0255", false},
        {"pref 32766 lookup 254", false},
        {"pref 5 pref 0 lookup 7", false},
        {"pref 5 oif lookup lookup 255", false},
        {"pref 5 iif -a lookup 7", false},
        {"pref 5; reboot lookup 7", false},
        {"pref 5 to 10.0.0.0/8;reboot lookup 7", false},
        {"pref 5 to 10.0.0.0 lookup 7", false},
        {"pref 5 to x/8 lookup 7", false},
        {"pref 5 to $(id)/8 lookup 7", false},
        {"pref 5 fwmark 0x1;id lookup 7", false},
        {"pref 5 to", false},
        {"pref 5 goto 9", false},
        {"pref 5 lookup 7\n", false},
        {"table 5 lookup 7", false},
    };
    struct command_line line;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        command_start(&line, COMMAND_IN_NETWORK, "ip");
        command_delete_rule(&line, 4, cases[i].rule);
        if (command_is_whole(&line) != cases[i].is_taken)
            fail_msg("%s", cases[i].rule);
        last_word(&line);
    }
}

static void only_what_is_about_the_network_goes_inside(void **state)
{
    struct command_line line, way;
    struct address address;

    (void)state;
    assert_int_equal(address_parse("10.0.0.1", &address), 0);
    command_start(&way, COMMAND_ON_HOST, "nsenter");
    command_fixed(&way, "-t 7 -n");

    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_word(&line, "a && b");
    command_and(&line, COMMAND_ON_HOST, "kill");
    command_pid(&line, 7);
    command_and(&line, COMMAND_IN_NETWORK, "ss");
    command_enter(&line, &way);
    assert_string_equal(line.text, "nsenter -t 7 -n ip 'a && b' && kill 7 && "
                                   "nsenter -t 7 -n ss");

    command_edit_hosts(&line, "host.b", &address, &address);
    command_enter(&line, &way);
    assert_string_equal(
        line.text,
        "hosts=$(sed 's/^[[:space:]]*[0-9.]*\\([[:space:]][[:space:]]*host[.]b[[:space:]]*\\(#.*\\)*\\)$/10.0.0.1\\1/I' "
        "/etc/hosts) && printf '%s\\n' \"$hosts\" > /etc/hosts");

    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_drop(&way);
    command_enter(&line, &way);
    assert_null(last_word(&line));
}

static void too_many_parts_are_no_command(void **state)
{
    struct command_line line;

    (void)state;
    command_start(&line, COMMAND_ON_HOST, "true");
    for (size_t i = 1; i < COMMAND_MAX_PARTS; i++)
        command_and(&line, COMMAND_ON_HOST, "true");
    assert_true(command_is_whole(&line));
    command_and(&line, COMMAND_ON_HOST, "true");
    assert_false(command_is_whole(&line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_stays_a_word),
        cmocka_unit_test(plain_words_need_no_quotes),
        cmocka_unit_test(what_does_not_fit_is_not_cut),
        cmocka_unit_test(numbers_and_addresses_are_checked),
        cmocka_unit_test(names_are_what_they_are_called),
        cmocka_unit_test(a_setting_is_named_as_sysctl_takes_it),
        cmocka_unit_test(a_policy_rule_is_read_anew),
        cmocka_unit_test(only_what_is_about_the_network_goes_inside),
        cmocka_unit_test(too_many_parts_are_no_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
