/* Command lines as a whole: what they ask for, or why they are refused. */
#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/ctl/token_args.h"
#include "controller/ctl/trace_args.h"
#include "tests/unit/test.h"

#define MAX_WORDS 32

/* Splits at blanks, with a program's name before. */
static int split(char *line, char *argv[static MAX_WORDS])
{
    int argc = 0;

    argv[argc++] = line;
    for (char *word = strtok(line, " "); word != NULL && argc < MAX_WORDS - 1;
         word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return argc;
}

static int parse_trace(struct trace_args *args, const char *text)
{
    static char line[256]; /* args points into it */
    char *argv[MAX_WORDS];
    int argc;

    snprintf(line, sizeof(line), "%s", text);
    argc = split(line, argv);
    return trace_args_parse(args, argc, argv);
}

static int parse_token(struct token_args *args, const char *text)
{
    static char line[256];
    char *argv[MAX_WORDS];
    int argc;

    snprintf(line, sizeof(line), "%s", text);
    argc = split(line, argv);
    return token_args_parse(args, argc, argv);
}

static void test_trace_defaults(void **state)
{
    struct trace_args args;

    (void)state;
    assert_int_equal(parse_trace(&args, "hostA hostB:8080"), 0);
    assert_string_equal(args.request.source, "hostA");
    assert_string_equal(args.request.destination, "hostB");
    assert_int_equal(args.request.port, 8080);
    assert_int_equal(args.request.protocol, PROTOCOL_TCP);
    assert_int_equal(args.request.family, 0);
    assert_int_equal(args.request.count, 0);
    assert_int_equal(args.timeout_ms, 10000);
    assert_int_equal(args.format, FORMAT_TEXT);
    assert_null(args.bundle);
    assert_false(args.request.no_self_test);
    assert_string_equal(args.request.vantage, "");
}

static void test_trace_options(void **state)
{
    struct trace_args args;

    (void)state;
    assert_int_equal(parse_trace(&args, "-6 hostA --count 100 [2001:db8::1]:1 "
                                        "--from=2001:db8::2 --to hostB "
                                        "--vantage hostC --timeout 2.5 "
                                        "--service web@1.service "
                                        "--no-self-test --bundle f -o json"),
                     0);
    assert_int_equal(args.request.family, 6);
    assert_int_equal(args.request.count, 100);
    assert_string_equal(args.request.destination, "2001:db8::1");
    assert_int_equal(args.request.from.family, 6);
    assert_string_equal(args.request.to, "hostB");
    assert_string_equal(args.request.vantage, "hostC");
    assert_string_equal(args.request.service, "web@1.service");
    assert_int_equal(args.timeout_ms, 2500);
    assert_true(args.request.no_self_test);
    assert_string_equal(args.bundle, "f");
    assert_int_equal(args.format, FORMAT_JSON);
    assert_int_equal(parse_trace(&args, "a b:1 --vantage none"), 0);
    assert_string_equal(args.request.vantage, "none");
    assert_int_equal(parse_trace(&args, "a b:1 --from 192.0.2.1"), 0);
    assert_int_equal(args.request.family, 4);
}

static void test_trace_manner(void **state)
{
    struct trace_args args;

    (void)state;
    assert_int_equal(parse_trace(&args, "a b:1 --from-port 40000 --count 1 "
                                        "--as-user www-data --in pid:17 "
                                        "--device eth0.5"),
                     0);
    assert_int_equal(args.request.from_port, 40000);
    assert_string_equal(args.request.as_user, "www-data");
    assert_string_equal(args.request.inside, "pid:17");
    assert_string_equal(args.request.device, "eth0.5");
    assert_int_equal(parse_trace(&args, "a 223.0.0.1:1 --as-user 4294967294"),
                     0);
    assert_int_equal(parse_trace(&args, "a 255.255.255.254:1 --as-user 0"), 0);
}

static void test_link_local_has_its_device(void **state)
{
    struct trace_args args;

    (void)state;
    assert_int_equal(parse_trace(&args, "a [fe80::1%eth0]:80"), 0);
    assert_string_equal(args.request.device, "eth0");
    assert_string_equal(args.request.destination, "fe80::1");
    assert_int_equal(parse_trace(&args, "a [fe80::1%eth0]:80 --device eth0"),
                     0);
    assert_int_equal(parse_trace(&args, "a [fe80::1]:80 --device eth1"), 0);
    assert_string_equal(args.request.device, "eth1");
}

static void test_trace_refusals(void **state)
{
    static const struct
    {
        const char *line;
        const char *sentence;
    } cases[] = {
        {"", "the source is missing"},
        {"hostA", "DST:PORT is missing"},
        {"a b:1 --service=--all", "cannot be a unit"},
        {"a b:1 --service a/b", "cannot be a unit"},
        {"hostA hostB", "no port"},
        {"hostA hostB:0", "'hostB:0': the port"},
        {"hostA hostB:65536", "'hostB:65536': the port"},
        {"hostA hostB:80 more", "'more'"},
        {"host,A hostB:80", "'host,A'"},
        {"hostA hostB:80/udp", "not there yet"},
        {"hostA hostB:80 --payload", "not there yet"},
        {"hostA hostB:80 -4 -6", "exclude"},
        {"hostA 192.0.2.1:80 -6", "does not fit"},
        {"hostA [2001:db8::1]:80 -4", "does not fit"},
        {"hostA [2001:db8::1]:80 --from 192.0.2.1", "two of one family"},
        {"--from fd00:1::10 hostA 10.10.2.10:8080",
         "--from is an IPv6 address, the destination '10.10.2.10' is IPv4"},
        {"hostA [fe80::1]:80", "[fe80::1%eth0]:80, or give --device"},
        {"hostA [fe80::1%eth0]:80 --device eth1", "'eth0' of the destination"},
        {"hostA:80 hostB:80", "without a port"},
        {"http://hostA/ hostB:80", "without a port"},
        {"hostA b:80 -6 --from 192.0.2.1", "does not fit"},
        {"hostA hostB:80 --from hostA", "'hostA' is not an address"},
        {"hostA hostB:80 --count 0", "--count '0'"},
        {"hostA hostB:80 --count 101", "--count '101'"},
        {"hostA hostB:80 --count many", "--count 'many'"},
        {"hostA hostB:80 --timeout 0", "--timeout '0'"},
        {"hostA hostB:80 --timeout 301", "--timeout '301'"},
        {"hostA hostB:80 --timeout soon", "--timeout 'soon'"},
        {"hostA hostB:80 --to 192.0.2.1:4", "--to"},
        {"hostA hostB:80 --vantage a/b", "--vantage"},
        {"hostA hostB:80 --from-port 0", "--from-port '0'"},
        {"hostA hostB:80 --from-port 65536", "--from-port '65536'"},
        {"hostA hostB:80 --from-port 7 --count 2", "leave out --count"},
        {"hostA hostB:80 --as-user a:b", "--as-user 'a:b'"},
        {"hostA hostB:80 --as-user=-x", "--as-user '-x'"},
        {"hostA hostB:80 --as-user 4294967295", "from 0 to 4294967294"},
        {"hostA hostB:80 --as-user 99999999999", "from 0 to 4294967294"},
        {"hostA 0.0.0.0:80", "'0.0.0.0' is the unspecified address"},
        {"hostA [::]:80", "unspecified"},
        {"hostA 224.0.0.1:80", "multicast"},
        {"hostA [ff02::1]:80", "multicast"},
        {"hostA 255.255.255.255:80", "broadcast"},
        {"hostA hostB:80 --from 224.0.0.1", "--from '224.0.0.1' is a multi"},
        {"hostA hostB:80 --from ::", "unspecified"},
        {"hostA hostB:80 --in /run/netns/a", "--in '/run/netns/a'"},
        {"hostA hostB:80 --device a/b", "--device 'a/b'"},
        {"hostA hostB:80 --device interface-name-16", "--device"},
        {"hostA hostB:80 -o xml", "'xml'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct trace_args args;

        assert_int_equal(parse_trace(&args, cases[i].line), -EINVAL);
        if (strstr(args.usage.err.text, cases[i].sentence) == NULL)
            fail_msg("'%s' gave: %s", cases[i].line, args.usage.err.text);
    }
}

static void test_help_needs_nothing_else(void **state)
{
    struct trace_args trace;
    struct token_args token;

    (void)state;
    assert_int_equal(parse_trace(&trace, "-h"), 0);
    assert_true(trace.usage.help);
    assert_int_equal(parse_trace(&trace, "hostA --help"), 0);
    assert_true(trace.usage.help);
    assert_int_equal(parse_token(&token, "--help"), 0);
    assert_true(token.usage.help);
}

static void test_token(void **state)
{
    struct token_args args;

    (void)state;
    assert_int_equal(parse_token(&args, "create"), 0);
    assert_int_equal(args.request.ttl_s, 3600);
    assert_int_equal(args.request.uses, 1);
    assert_string_equal(args.request.agent, "");
    assert_int_equal(
        parse_token(&args, "create --ttl 2d --uses 50 --agent web1"), 0);
    assert_int_equal(args.request.ttl_s, 172800);
    assert_int_equal(args.request.uses, 50);
    assert_string_equal(args.request.agent, "web1");
}

static void test_token_refusals(void **state)
{
    static const struct
    {
        const char *line;
        const char *sentence;
    } cases[] = {
        {"", "missing"},
        {"delete", "'delete'"},
        {"create create", "'create'"},
        {"create --ttl 60", "no unit"},
        {"create --ttl 0s", "--ttl '0s'"},
        {"create --ttl 31d", "--ttl '31d'"},
        {"create --ttl never", "--ttl 'never'"},
        {"create --uses 0", "--uses '0'"},
        {"create --agent a:b", "--agent 'a:b'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct token_args args;

        assert_int_equal(parse_token(&args, cases[i].line), -EINVAL);
        if (strstr(args.usage.err.text, cases[i].sentence) == NULL)
            fail_msg("'%s' gave: %s", cases[i].line, args.usage.err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace_defaults),
        cmocka_unit_test(test_trace_options),
        cmocka_unit_test(test_trace_manner),
        cmocka_unit_test(test_link_local_has_its_device),
        cmocka_unit_test(test_trace_refusals),
        cmocka_unit_test(test_help_needs_nothing_else),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
