/* Reports rendered as text and compared with files: golden/NAME.json against
 * NAME.txt (UTF-8, 80 columns).  With PROBE_GOLDEN_UPDATE set the files are
 * written instead. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "controller/ctl/document.h"
#include "controller/report/text.h"
#include "controller/report/writer.h"
#include "proto/message.h"
#include "tests/unit/test.h"

static json_t *load(const char *name)
{
    CLEAN_FREE char *text = NULL;
    char path[512];
    struct err err;
    json_t *json;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s.json", GOLDEN_DIR, name);
    assert_int_equal(fs_read(path, MESSAGE_MAX_DOCUMENT, &text, &size, &err),
                     0);
    assert_int_equal(document_parse(text, size, path, &json, &err), 0);
    return json;
}

static char *render(const json_t *report, struct writer writer)
{
    char *text = NULL;
    size_t size;

    writer.out = open_memstream(&text, &size);
    assert_non_null(writer.out);
    report_text_print(report, &writer);
    fclose(writer.out);
    return text;
}

static char *render_string(const char *string, struct writer writer)
{
    char *text = NULL;
    size_t size;

    writer.out = open_memstream(&text, &size);
    assert_non_null(writer.out);
    writer_put(&writer, string);
    fclose(writer.out);
    return text;
}

static void compare(const char *name, const char *suffix, struct writer writer)
{
    CLEAN_JSON json_t *report = load(name);
    CLEAN_FREE char *text = NULL;
    CLEAN_FREE char *expected = NULL;
    char path[512];
    size_t size;

    assert_int_equal(report_text_check(report, NULL), 0);
    text = render(report, writer);
    snprintf(path, sizeof(path), "%s/%s%s", GOLDEN_DIR, name, suffix);
    if (getenv("PROBE_GOLDEN_UPDATE") != NULL)
        assert_int_equal(fs_write(path, text, strlen(text), 0644, NULL), 0);
    assert_int_equal(
        fs_read(path, MESSAGE_MAX_DOCUMENT, &expected, &size, NULL), 0);
    assert_string_equal(text, expected);
}

static void test_golden(void **state)
{
    struct writer writer = {.utf8 = true, .width = 80};

    compare(*state, ".txt", writer);
}

static void test_ascii(void **state)
{
    struct writer writer = {.width = 80};

    (void)state;
    compare("firewall-drop", ".ascii.txt", writer);
}

static void test_status_follows_the_cause(void **state)
{
    static const struct
    {
        const char *name;
        int status;
    } cases[] = {
        {"connected", 0},    {"firewall-drop", 1}, {"lost-on-path", 1},
        {"undetermined", 4}, {"refused", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEAN_JSON json_t *report = load(cases[i].name);

        assert_int_equal(report_text_status(report), cases[i].status);
    }
}

static void test_commands_stay_on_one_line(void **state)
{
    CLEAN_JSON json_t *report = load("firewall-drop");
    struct writer writer = {.utf8 = true, .width = 40};
    CLEAN_FREE char *text = render(report, writer);

    (void)state;
    assert_non_null(
        strstr(text, "    nft insert rule inet fw input ip saddr 192.0.2.10 ip "
                     "daddr 198.51.100.10 tcp dport 8080 accept\n"));
}

/* What would be another answer for the application stands in the text. */
static void test_untested_is_told_though_connected(void **state)
{
    CLEAN_JSON json_t *report = load("connected");
    json_t *limits = json_object_get(report, "limits");
    struct writer writer = {.width = 0};
    CLEAN_FREE char *one = NULL;
    CLEAN_FREE char *both = NULL;

    (void)state;
    json_array_clear(limits);
    json_array_append_new(limits,
                          json_string("hostA: a rule: --as-user tests it"));
    one = render(report, writer);
    assert_non_null(strstr(one, "hostA: a rule: --as-user tests it\n"));
    assert_null(strstr(one, "Not looked at"));
    json_array_append_new(limits, json_string("hostB: no conntrack"));
    both = render(report, writer);
    assert_non_null(strstr(both, "--as-user tests it\n"));
    assert_non_null(strstr(both, "Not looked at: 1 thing;"));
    assert_null(strstr(both, "no conntrack"));
}

/* Why one of the five answers is missing is told in full. */
static void test_reason_of_an_unknown_step_is_told(void **state)
{
    CLEAN_JSON json_t *report = load("connected");
    struct writer writer = {.width = 0};
    CLEAN_FREE char *text = NULL;
    json_t *step = json_array_get(json_object_get(report, "steps"), 2);

    (void)state;
    json_object_set_new(step, "state", json_string("unknown"));
    json_array_append_new(json_object_get(report, "limits"),
                          json_string("hostB: rules not traced"));
    text = render(report, writer);
    assert_non_null(strstr(text, "What was not looked at\n"));
    assert_non_null(strstr(text, "hostB: rules not traced\n"));
    assert_null(strstr(text, "-o json lists"));
}

static void test_application_sees_the_end_of_a_connection(void **state)
{
    CLEAN_JSON json_t *report = load("connected");
    struct writer writer = {.width = 0};
    CLEAN_FREE char *text = NULL;

    (void)state;
    json_object_set_new(json_object_get(report, "verdict"), "cause",
                        json_string("closed-by-application"));
    text = render(report, writer);
    assert_non_null(
        strstr(text, "a connection that the other side closes at once\n"));
}

static void test_application_sees_the_errno(void **state)
{
    static const struct
    {
        const char *outcome;
        int errors[2];
        const char *text;
    } cases[] = {
        {"error", {EACCES, EACCES}, "sees  \"Permission denied\"\n"},
        {"error", {EINVAL, EINVAL}, "sees  \"Invalid argument\"\n"},
        {"error", {EPERM, EPERM}, "sees  \"Operation not permitted\"\n"},
        {"error", {EPERM, EINVAL}, "sees  an error of its own host\n"},
        {"error", {0, 0}, "sees  an error of its own host\n"},
        {"unreachable",
         {ENETUNREACH, ENETUNREACH},
         "sees  \"Network is unreachable\"\n"},
        {"unreachable",
         {EHOSTUNREACH, EHOSTUNREACH},
         "sees  \"No route to host\"\n"},
        {"unreachable", {EHOSTUNREACH, ENETUNREACH}, "\" or \""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEAN_JSON json_t *report = load("refused");
        json_t *attempts = json_array();
        struct writer writer = {.width = 0};
        CLEAN_FREE char *text = NULL;

        for (int n = 0; n < 2; n++)
            json_array_append_new(attempts,
                                  json_pack("{s:i, s:s, s:i}", "n", n + 1,
                                            "outcome", cases[i].outcome,
                                            "errno", cases[i].errors[n]));
        json_object_set_new(report, "attempts", attempts);
        json_object_set_new(report, "outcome", json_string(cases[i].outcome));
        text = render(report, writer);
        if (strstr(text, cases[i].text) == NULL)
            fail_msg("no '%s' in: %s", cases[i].text, text);
    }
}

static void test_every_prose_line_fits(void **state)
{
    CLEAN_JSON json_t *report = load("lost-on-path");
    struct writer writer = {.utf8 = false, .width = 80};
    CLEAN_FREE char *text = render(report, writer);

    (void)state;
    for (char *line = strtok(text, "\n"); line != NULL;
         line = strtok(NULL, "\n"))
        assert_true(strlen(line) <= 80);
}

static void test_colour_only_when_asked(void **state)
{
    CLEAN_JSON json_t *report = load("firewall-drop");
    struct writer writer = {.utf8 = true, .colour = true, .width = 80};
    CLEAN_FREE char *plain = NULL;
    CLEAN_FREE char *coloured = render(report, writer);

    (void)state;
    writer.colour = false;
    plain = render(report, writer);
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(coloured, "\033[1;31m"));
    /* the report's own escape did not get through */
    assert_null(strstr(coloured, "\033[2J"));
}

static void test_remote_text_is_harmless(void **state)
{
    static const struct
    {
        const char *in;
        const char *utf8;
        const char *ascii;
    } cases[] = {
        {"plain", "plain", "plain"},
        {"a\033[31mb", "a\\x1b[31mb", "a\\x1b[31mb"},
        {"a\nb\rc\td", "a\\x0ab\\x0dc\\x09d", "a\\x0ab\\x0dc\\x09d"},
        {"\x7f", "\\x7f", "\\x7f"},
        {"\xc2\x9b[2J", "\\u{9b}[2J", "\\u{9b}[2J"},
        {"\xe2\x80\xae"
         "evil",
         "\\u{202e}evil", "\\u{202e}evil"},
        {"\xff\xc3", "\\xff\\xc3", "\\xff\\xc3"},
        {"\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr\\u{fc}\\u{df}"},
    };
    struct writer utf8 = {.utf8 = true};
    struct writer ascii = {.utf8 = false};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEAN_FREE char *a = render_string(cases[i].in, utf8);
        CLEAN_FREE char *b = render_string(cases[i].in, ascii);

        assert_string_equal(a, cases[i].utf8);
        assert_string_equal(b, cases[i].ascii);
    }
}

static void test_foreign_documents_are_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"schema\": 1}",
        "{\"schema\": \"probectl.report/2\", \"verdict\": {\"cause\": \"x\"}}",
        "{\"schema\": \"probectl.report/1\"}",
        "{\"schema\": \"probectl.report/1\", \"verdict\": []}",
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        CLEAN_JSON json_t *json = json_loads(texts[i], 0, NULL);

        assert_non_null(json);
        assert_int_equal(report_text_check(json, &err), -EBADMSG);
        assert_true(err.text[0] != '\0');
    }
}

/* Every field of every golden report replaced, one after the other, by a value
 * of another type: nothing crashes, and the verdict's name is still there. */
static void spoil(json_t *report, json_t *object, const char *cause)
{
    struct writer writer = {.utf8 = true, .width = 80};
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, key, value)
    {
        json_t *keep = json_incref(value);
        CLEAN_FREE char *text = NULL;

        if (strcmp(key, "cause") != 0 && strcmp(key, "verdict") != 0) {
            json_object_set_new(object, key,
                                json_is_array(value) ? json_string("spoilt")
                                                     : json_pack("[n]"));
            text = render(report, writer);
            assert_non_null(strstr(text, cause));
        }
        json_object_set_new(object, key, keep);
    }
}

static void test_wrong_types_count_as_absent(void **state)
{
    CLEAN_JSON json_t *report = load(*state);
    static const char *const lists[] = {"obstacles", "fixes",    "checkpoints",
                                        "attempts",  "rejected", "evidence",
                                        "addresses", "notes"};
    static const char *const objects[] = {"source", "destination", "verdict",
                                          "path"};
    const char *cause = json_string_value(
        json_object_get(json_object_get(report, "verdict"), "cause"));

    spoil(report, report, cause);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
        spoil(report, json_object_get(report, objects[i]), cause);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        spoil(report, json_array_get(json_object_get(report, lists[i]), 0),
              cause);
}

#define GOLDEN(name)                                                    \
    {"golden " name, test_golden, NULL, NULL, (void *)(uintptr_t)name}, \
    {                                                                   \
        "spoilt " name, test_wrong_types_count_as_absent, NULL, NULL,   \
            (void *)(uintptr_t)name                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        GOLDEN("connected"),
        GOLDEN("firewall-drop"),
        GOLDEN("lost-on-path"),
        GOLDEN("undetermined"),
        GOLDEN("refused"),
        GOLDEN("last-address"),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_status_follows_the_cause),
        cmocka_unit_test(test_commands_stay_on_one_line),
        cmocka_unit_test(test_untested_is_told_though_connected),
        cmocka_unit_test(test_reason_of_an_unknown_step_is_told),
        cmocka_unit_test(test_application_sees_the_end_of_a_connection),
        cmocka_unit_test(test_application_sees_the_errno),
        cmocka_unit_test(test_every_prose_line_fits),
        cmocka_unit_test(test_colour_only_when_asked),
        cmocka_unit_test(test_remote_text_is_harmless),
        cmocka_unit_test(test_foreign_documents_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
