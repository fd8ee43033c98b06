/* Random evidence neither crashes the engine nor proves anything that it does
 * not show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "controller/engine/causes/rows.h"
#include "controller/report/bundle.h"
#include "controller/report/describe.h"
#include "controller/report/report.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define ROUNDS 3000
#define PIECES 60

static void make_subject(struct subject *subject, uint32_t *seed)
{
    *subject = two_hosts_subject();
    if (random_next(seed) % 4 == 0)
        subject->destination_host[0] = '\0';
    subject->named_is_agent = random_next(seed) % 2;
    subject->collected = random_next(seed) % 2;
    subject->wait_over = random_next(seed) % 2;
    subject->exact_count = random_next(seed) % 2;
}

/* What a proof may consist of: a captured packet, a rule trace or drop event
 * for this packet, or the kernel's or the resolver's own error. */
static int is_proof(const struct evidence *evidence)
{
    return evidence->kind == EVIDENCE_PACKET ||
           evidence->kind == EVIDENCE_RULE || evidence->kind == EVIDENCE_DROP ||
           evidence->kind == EVIDENCE_ATTEMPT_END ||
           evidence->kind == EVIDENCE_RESOLVED;
}

static void check_proof(const struct judgement *judgement,
                        const struct evidence *items, size_t count)
{
    int found = 0;

    if (judgement->verdict.confidence != CONFIDENCE_PROVEN)
        return;
    for (size_t i = 0; i < judgement->verdict.evidence_count; i++)
        for (size_t j = 0; j < count; j++)
            found |= items[j].id == judgement->verdict.evidence[i] &&
                     is_proof(&items[j]);
    assert_true(found);
}

/* Whatever there is twice, the order in which it came decides nothing. */
static void check_order(const struct subject *subject, struct evidence *items,
                        size_t count, const struct judgement *first,
                        uint32_t *seed)
{
    static struct judgement again;

    random_order(items, count, seed);
    verdict_judge(subject, items, count, &again);
    assert_string_equal(again.verdict.summary, first->verdict.summary);
    assert_memory_equal(&again.verdict, &first->verdict, sizeof(again.verdict));
}

static void random_evidence_proves_nothing_false(void **state)
{
    static struct evidence items[PIECES];
    static struct judgement judgement;
    struct subject subject;
    uint32_t seed = 42;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct report report = {.trace_id = "T",
                                .started_at = "S",
                                .subject = &subject,
                                .judgement = &judgement,
                                .items = items,
                                .count = PIECES};
        char *json = NULL;

        make_subject(&subject, &seed);
        for (uint32_t i = 0; i < PIECES; i++)
            random_piece(&items[i], i + 1, &seed);
        verdict_judge(&subject, items, PIECES, &judgement);
        check_proof(&judgement, items, PIECES);
        check_order(&subject, items, PIECES, &judgement, &seed);
        if (round % 50 == 0) {
            assert_int_equal(report_write_json(&report, &json, NULL), 0);
            free(json);
        }
    }
}

/* Every kind, so often that each of its keys is among them. */
#define OF_EACH  40
#define OF_KINDS ((size_t)OF_EACH * EVIDENCE_KIND_COUNT)

static void make_each_kind(struct evidence items[static OF_KINDS],
                           uint32_t *seed)
{
    for (size_t i = 0; i < OF_KINDS; i++) {
        random_evidence(&items[i], (enum evidence_kind)(i / OF_EACH), seed);
        items[i].id = (uint32_t)i + 1;
    }
}

static bool is_carried(const struct evidence items[static OF_EACH],
                       enum evidence_key key)
{
    for (size_t i = 0; i < OF_EACH; i++)
        if (evidence_has(&items[i], key))
            return true;
    return false;
}

/* None is dropped for its name, or for where it stands in the list. */
static void assert_each_came_back(const struct evidence *written,
                                  const struct bundle *read)
{
    assert_int_equal(read->count, OF_KINDS);
    for (size_t i = 0; i < OF_KINDS; i++) {
        assert_int_equal(read->items[i].kind, written[i].kind);
        assert_int_equal(read->items[i].count, written[i].count);
        for (unsigned k = 0; k < written[i].count; k++)
            assert_true(evidence_has(
                &read->items[i], (enum evidence_key)written[i].values[k].key));
    }
    for (int kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
        for (int key = 0; key < KEY_COUNT_OF_KEYS; key++)
            if (evidence_kind_carries((enum evidence_kind)kind,
                                      (enum evidence_key)key) &&
                !is_carried(&written[(size_t)kind * OF_EACH],
                            (enum evidence_key)key))
                fail_msg("no %s had a %s", evidence_kinds[kind].name,
                         evidence_keys[key].name);
}

static void every_kind_is_described(void **state)
{
    static struct evidence items[OF_KINDS];
    uint32_t seed = 5;
    char text[1024];

    (void)state;
    make_each_kind(items, &seed);
    for (size_t kind = 0; kind < EVIDENCE_KIND_COUNT; kind++) {
        size_t said = 0;

        for (size_t i = 0; i < OF_EACH; i++) {
            describe_evidence(&items[kind * OF_EACH + i], text, sizeof(text));
            said += strlen(text); /* some are but a text, which may be empty */
        }
        if (said == 0)
            fail_msg("nothing is said of a %s", evidence_kinds[kind].name);
    }
}

/* What is written is read again as it was. */
static void bundles_survive_the_round_trip(void **state)
{
    static struct evidence items[OF_KINDS];
    struct subject subject;
    struct bundle bundle;
    uint32_t seed = 7;
    char *first = NULL;
    char *second = NULL;

    (void)state;
    make_subject(&subject, &seed);
    make_each_kind(items, &seed);
    assert_int_equal(bundle_write_json(&subject, items, OF_KINDS, &first, NULL),
                     0);
    assert_int_equal(bundle_read_json(first, strlen(first), &bundle, NULL), 0);
    assert_each_came_back(items, &bundle);
    assert_int_equal(bundle_write_json(&bundle.subject, bundle.items,
                                       bundle.count, &second, NULL),
                     0);
    assert_string_equal(first, second);
    bundle_fini(&bundle);
    free(first);
    free(second);
}

static void broken_bundles_are_refused(void **state)
{
    static const char *const broken[] = {
        "",
        "{",
        "[]",
        "{\"schema\": \"other\"}",
        "{\"schema\":\"probectl.bundle/1\",\"evidence\":[{}]}",
        "{\"schema\":\"probectl.bundle/1\",\"evidence\":[{\"kind\":\"packet\","
        "\"role\":\"source\",\"values\":{\"nonsense\":1}}]}",
        "{\"schema\":\"probectl.bundle/1\",\"evidence\":[{\"kind\":\"packet\","
        "\"role\":\"source\",\"values\":{\"ttl\":\"many\"}}]}",
        "{\"schema\":\"probectl.bundle/1\",\"subject\":{\"source\":\"nowhere\"}}",
    };
    struct bundle bundle;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
        assert_true(
            bundle_read_json(broken[i], strlen(broken[i]), &bundle, NULL) < 0);
}

/* A file may have been written by hand: it says what is wrong with it. */
static void evidence_against_the_schema_is_named(void **state)
{
    static const struct
    {
        const char *item, *error;
    } cases[] = {
        {"\"limit\", \"values\": {\"observer\": \"x\"}", "'text' is missing"},
        {"\"limit\", \"values\": {\"text\": \"x\", \"ttl\": 1}",
         "cannot have the key 'ttl'"},
        {"\"front-end\", \"values\": {\"front_end\": \"ufw\", \"state\": "
         "\"x;reboot\"}",
         "one of its words is unknown"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bundle bundle;
        struct err err = {0};

        snprintf(text, sizeof(text),
                 "{\"schema\": \"probectl.bundle/1\", \"subject\": {}, "
                 "\"evidence\": [{\"role\": \"source\", \"kind\": %s}]}",
                 cases[i].item);
        assert_int_equal(bundle_read_json(text, strlen(text), &bundle, &err),
                         -EINVAL);
        assert_non_null(strstr(err.text, cases[i].error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_evidence_proves_nothing_false),
        cmocka_unit_test(every_kind_is_described),
        cmocka_unit_test(bundles_survive_the_round_trip),
        cmocka_unit_test(broken_bundles_are_refused),
        cmocka_unit_test(evidence_against_the_schema_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
