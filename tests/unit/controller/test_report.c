/* What the report's JSON says, and what it keeps to itself. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "common/base/utf8.h"
#include "controller/report/bundle.h"
#include "controller/report/report.h"
#include "tests/unit/test.h"

#define BEGIN_NS INT64_C(1234567890123456)

static struct subject subject;
static struct judgement judgement;
static struct evidence items[2];

/* No attempt was made: a route, and later what speaks against it. */
static void make_limit(struct evidence *limit, const char *text)
{
    evidence_init(limit, EVIDENCE_LIMIT, BEGIN_NS + 7000);
    limit->id = 1;
    limit->role = ROLE_SOURCE;
    evidence_set_text(limit, KEY_TEXT, text);
}

static int setup(void **state)
{
    struct address source;

    (void)state;
    memset(&subject, 0, sizeof(subject));
    memset(&judgement, 0, sizeof(judgement));
    strcpy(subject.source_host, "hostA");
    evidence_init(&items[1], EVIDENCE_ROUTE, BEGIN_NS);
    assert_int_equal(address_parse("192.0.2.10", &source), 0);
    evidence_set_word(&items[1], KEY_PHASE, PHASE_BEFORE);
    evidence_set_address(&items[1], KEY_DESTINATION, &source);
    evidence_set_text(&items[1], KEY_ROUTE_TYPE, "local");
    evidence_set_address(&items[1], KEY_PREFERRED_SOURCE, &source);
    make_limit(&items[0], "not looked at");
    items[1].role = ROLE_SOURCE;
    items[1].id = 2;
    return 0;
}

static json_t *write_report(size_t count)
{
    const struct report report = {.duration_ms = -1,
                                  .subject = &subject,
                                  .judgement = &judgement,
                                  .items = items,
                                  .count = count};
    char *text;
    json_t *root;

    assert_int_equal(report_write_json(&report, &text, NULL), 0);
    root = json_loads(text, 0, NULL);
    assert_non_null(root);
    free(text);
    return root;
}

static int64_t at_us(const json_t *root, size_t index)
{
    const json_t *item =
        json_array_get(json_object_get(root, "evidence"), index);

    return json_integer_value(json_object_get(item, "at_us"));
}

static const char *source_address(const json_t *root)
{
    return json_string_value(
        json_object_get(json_object_get(root, "source"), "address"));
}

static void test_without_a_syn_times_begin_at_the_first_evidence(void **state)
{
    json_t *root = write_report(2);

    (void)state;
    assert_int_equal(at_us(root, 0), 7);
    assert_int_equal(at_us(root, 1), 0);
    json_decref(root);
    judgement.origin_ns = BEGIN_NS + 5000;
    root = write_report(2);
    assert_int_equal(at_us(root, 0), 2);
    assert_int_equal(at_us(root, 1), -5);
    json_decref(root);
}

static void test_source_address_is_the_routes_until_an_attempt(void **state)
{
    json_t *root = write_report(2);

    (void)state;
    assert_string_equal(source_address(root), "192.0.2.10");
    json_decref(root);
    root = write_report(1); /* no route was looked up: absent */
    assert_null(source_address(root));
    json_decref(root);
    assert_int_equal(address_parse("192.0.2.77", &subject.source), 0);
    root = write_report(2);
    assert_string_equal(source_address(root), "192.0.2.77");
    json_decref(root);
}

static void test_what_is_not_known_is_absent(void **state)
{
    json_t *root = write_report(2);

    (void)state;
    assert_null(json_object_get(root, "trace_id"));
    assert_null(json_object_get(root, "started_at"));
    assert_null(json_object_get(root, "duration_ms"));
    json_decref(root);
}

static void set_sysctl(struct evidence *item, const char *name,
                       const char *value)
{
    evidence_init(item, EVIDENCE_SYSCTL, BEGIN_NS);
    item->role = ROLE_SOURCE;
    evidence_set_text(item, KEY_NAME, name);
    evidence_set_text(item, KEY_VALUE, value);
}

/* What the kernel's documentation says of its defaults, old and new. */
static void test_wait_is_the_kernels_patience(void **state)
{
    static const struct
    {
        enum outcome outcome;
        const char *retries, *linear;
        int64_t connect_us, wait_ms;
    } cases[] = {
        {OUTCOME_TIMED_OUT, "6", "4", 400000, 131000},
        {OUTCOME_TIMED_OUT, "6", NULL, 400000, 127000},
        {OUTCOME_TIMED_OUT, "2", "0", 400000, 7000},
        {OUTCOME_TIMED_OUT, "8", NULL, 400000, 367000}, /* 120 s at most each */
        {OUTCOME_TIMED_OUT, NULL, NULL, 400000, -1},
        {OUTCOME_TIMED_OUT, "999", NULL, 400000, -1},
        {OUTCOME_REFUSED, "6", "4", 120, 1},
        {OUTCOME_UNREACHABLE, "6", "4", 3000001, 3001},
        {OUTCOME_REFUSED, "6", "4", -1, -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct report_addresses addresses = {0};
        size_t count = 0;

        if (cases[i].retries != NULL)
            set_sysctl(&items[count++], "net.ipv4.tcp_syn_retries",
                       cases[i].retries);
        if (cases[i].linear != NULL)
            set_sysctl(&items[count++], "net.ipv4.tcp_syn_linear_timeouts",
                       cases[i].linear);
        judgement.outcome = cases[i].outcome;
        judgement.attempt_count = 1;
        judgement.attempts[0] =
            (struct judged_attempt){.n = 1,
                                    .has_end = true,
                                    .outcome = cases[i].outcome,
                                    .connect_us = cases[i].connect_us};
        report_add_address(&addresses, &subject, &judgement, items, count);
        assert_int_equal(addresses.count, 1);
        assert_int_equal(addresses.items[0].wait_ms, cases[i].wait_ms);
    }
}

static void test_addresses_that_let_in_are_no_failures(void **state)
{
    struct report_addresses addresses = {0};
    char text[400] = "it connects";

    (void)state;
    judgement.outcome = OUTCOME_CONNECTED;
    report_add_address(&addresses, &subject, &judgement, items, 2);
    judgement.outcome = OUTCOME_MIXED;
    report_add_address(&addresses, &subject, &judgement, items, 2);
    assert_int_equal(addresses.count, 0);
    judgement.outcome = OUTCOME_REFUSED;
    judgement.verdict.cause = CAUSE_NOT_LISTENING;
    assert_int_equal(address_parse("2001:db8::1", &subject.destination), 0);
    for (int i = 0; i < REPORT_MAX_ADDRESSES + 1; i++)
        report_add_address(&addresses, &subject, &judgement, items, 2);
    assert_int_equal(addresses.count, REPORT_MAX_ADDRESSES);
    addresses.count = 1;
    assert_int_equal(address_parse("192.0.2.1", &subject.destination), 0);
    report_add_address(&addresses, &subject, &judgement, items, 2);
    report_say_earlier(&addresses, &subject.destination, text, sizeof(text));
    assert_string_equal(
        text,
        "it connects (at 192.0.2.1; 2001:db8::1 failed before: not-listening)");
}

static void test_bundle_carries_earlier_addresses(void **state)
{
    static const char *const broken[] = {
        "[{}]", "[{\"schema\":\"probectl.bundle/1\",\"subject\":{}}]", "[1]"};
    char *bundle, *whole, *text;
    struct bundle read;
    struct err err = {0};

    (void)state;
    assert_int_equal(bundle_write_json(&subject, items, 2, &bundle, NULL), 0);
    assert_int_equal(bundle_attach_earlier(bundle,
                                           (char *const[]){bundle, bundle}, 2,
                                           &whole, NULL),
                     0);
    assert_int_equal(bundle_read_json(whole, strlen(whole), &read, &err), 0);
    assert_int_equal(read.earlier_count, 2);
    assert_int_equal(read.earlier[1].count, 2);
    assert_string_equal(read.earlier[1].subject.source_host, "hostA");
    bundle_fini(&read);
    free(whole);
    for (size_t i = 0; i < 3; i++) {
        assert_true(asprintf(&text, "%.*s,\"earlier\":%s}",
                             (int)strlen(bundle) - 1, bundle, broken[i]) > 0);
        assert_int_equal(bundle_read_json(text, strlen(text), &read, &err),
                         -EINVAL);
        assert_non_null(strstr(err.text, "earlier address 1"));
        free(text);
    }
    free(bundle);
}

static void test_bundle_carries_a_report(void **state)
{
    char *bundle, *whole;
    struct bundle read;
    json_t *root;
    struct err err = {0};

    (void)state;
    assert_int_equal(bundle_write_json(&subject, items, 2, &bundle, NULL), 0);
    assert_int_equal(
        bundle_attach_report(bundle, "{\"schema\":\"x\"}", &whole, NULL), 0);
    root = json_loads(whole, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json_object_get(json_object_get(root, "report"), "schema"));
    assert_int_equal(bundle_read_json(whole, strlen(whole), &read, &err), 0);
    assert_int_equal(read.count, 2);
    assert_int_equal(read.items[1].at_ns, BEGIN_NS);
    bundle_fini(&read);
    json_decref(root);
    free(bundle);
    free(whole);
}

/* Every text, however deep: nothing in it acts on a terminal. */
static void check_texts(const json_t *json)
{
    const char *key;
    const json_t *value;
    size_t i;

    if (json_is_string(json)) {
        const char *text = json_string_value(json);
        uint32_t point = 0;

        for (size_t size; *text != '\0'; text += size) {
            size = utf8_decode(text, &point);
            assert_true(size > 0 && !utf8_is_unsafe(point));
        }
        return;
    }
    json_array_foreach(json, i, value) check_texts(value);
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
        check_texts(value);
}

#define HOSTILE \
    "a\nb\033[2J\342\200\256c\342\201\246\330\234\302\233\xff\xe2\x82"
#define SHOWN "a\\x0ab\\x1b[2J\\u{202e}c\\u{2066}\\u{61c}\\u{9b}\\xff\\xe2\\x82"

/* In each place that a host's text gets to. */
static void test_texts_of_hosts_are_cleaned(void **state)
{
    struct finding *verdict = &judgement.verdict;
    const json_t *item;
    json_t *root;

    (void)state;
    strcpy(subject.source_host, HOSTILE);
    strcpy(verdict->summary, HOSTILE);
    strcpy(verdict->details[0].name, "interface");
    strcpy(verdict->details[0].text, HOSTILE);
    verdict->detail_count = 1;
    judgement.rejected_count = 2;
    strcpy(judgement.rejected[0].because, HOSTILE);
    strcpy(judgement.rejected[1].because, HOSTILE);
    judgement.rejected[1].evidence = 2;
    judgement.obstacles[judgement.obstacle_count++] = *verdict;
    make_limit(&items[0], HOSTILE);
    evidence_set_text(&items[1], KEY_INTERFACE, HOSTILE);
    root = write_report(2);
    check_texts(root);
    item = json_object_get(root, "verdict");
    assert_string_equal(json_string_value(json_object_get(item, "summary")),
                        SHOWN);
    item = json_array_get(json_object_get(root, "rejected"), 1);
    assert_string_equal(json_string_value(json_object_get(item, "because")),
                        SHOWN " (e2)");
    item = json_array_get(json_object_get(root, "limits"), 1);
    assert_non_null(strstr(json_string_value(item), SHOWN));
    item = json_array_get(json_object_get(root, "evidence"), 1);
    item = json_object_get(json_object_get(item, "data"), "interface");
    assert_string_equal(json_string_value(item), SHOWN);
    json_decref(root);
}

/* What is to be judged again must be what was seen; and a saved bundle may be
 * looked at, too. */
static void test_bundle_keeps_texts_and_shows_none(void **state)
{
    static const char text[] =
        "a\nb\033[2J\342\200\256c\303\274\360\237\230\200";
    struct bundle read;
    struct err err = {0};
    char *bundle;

    (void)state;
    make_limit(&items[0], text);
    evidence_set_text(&items[1], KEY_INTERFACE, "x\xff");
    assert_int_equal(bundle_write_json(&subject, items, 2, &bundle, NULL), 0);
    for (const char *at = bundle; *at != '\0'; at++)
        assert_true(*at >= ' ' && *at < 0x7f);
    assert_int_equal(bundle_read_json(bundle, strlen(bundle), &read, &err), 0);
    assert_string_equal(evidence_text(&read.items[0], KEY_TEXT, ""), text);
    assert_string_equal(evidence_text(&read.items[1], KEY_INTERFACE, ""),
                        "x\\xff");
    bundle_fini(&read);
    free(bundle);
}

/* Their differences would overflow. */
static void test_bundle_with_impossible_times_is_refused(void **state)
{
    struct bundle read;
    struct err err = {0};
    char *bundle;

    (void)state;
    items[1].at_ns = INT64_MIN;
    assert_int_equal(bundle_write_json(&subject, items, 2, &bundle, NULL), 0);
    assert_int_equal(bundle_read_json(bundle, strlen(bundle), &read, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "evidence 2: no clock shows"));
    free(bundle);
}

#define REPORT_TEST(name) cmocka_unit_test_setup(name, setup)

/* What the host says of units stands under the service's name, and what was
 * not asked about leaves no trace. */
static void test_service(void **state)
{
    json_t *root = write_report(2);
    const json_t *service, *unit;

    (void)state;
    assert_null(json_object_get(root, "service"));
    json_decref(root);
    strcpy(subject.service, "web");
    evidence_init(&items[0], EVIDENCE_UNIT, BEGIN_NS);
    items[0].role = ROLE_DESTINATION;
    evidence_set_text(&items[0], KEY_NAME, "web.service");
    evidence_set_text(&items[0], KEY_ACTIVE_STATE, "failed");
    root = write_report(2);
    service = json_object_get(root, "service");
    unit = json_array_get(json_object_get(service, "units"), 0);
    assert_string_equal(json_string_value(json_object_get(service, "name")),
                        "web");
    assert_string_equal(json_string_value(json_object_get(unit, "name")),
                        "web.service");
    assert_null(json_object_get(service, "holder"));
    assert_null(json_object_get(service, "holds_port"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT_TEST(test_without_a_syn_times_begin_at_the_first_evidence),
        REPORT_TEST(test_source_address_is_the_routes_until_an_attempt),
        REPORT_TEST(test_what_is_not_known_is_absent),
        REPORT_TEST(test_bundle_carries_a_report),
        REPORT_TEST(test_wait_is_the_kernels_patience),
        REPORT_TEST(test_addresses_that_let_in_are_no_failures),
        REPORT_TEST(test_bundle_carries_earlier_addresses),
        REPORT_TEST(test_texts_of_hosts_are_cleaned),
        REPORT_TEST(test_bundle_keeps_texts_and_shows_none),
        REPORT_TEST(test_bundle_with_impossible_times_is_refused),
        REPORT_TEST(test_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
