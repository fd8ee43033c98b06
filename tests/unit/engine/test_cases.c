/* Every bundle in tests/cases is judged and must give what it expects; so must
 * every order of its evidence, also where some of it is missing or
 * contradicted.  And a verdict that was proven on the way stays
 * as more evidence comes in. */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "controller/engine/explain/opens.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define MAX_CASES    400
#define PERMUTATIONS 50
#define PARTS        40

struct story
{
    char *text;
    size_t size;
    struct bundle bundle;
    json_t *root;
};

static void story_open(struct story *story, const char *path)
{
    struct err err = {0};
    json_error_t error;

    assert_int_equal(fs_read(path, 8 << 20, &story->text, &story->size, &err),
                     0);
    if (bundle_read_json(story->text, story->size, &story->bundle, &err) < 0)
        fail_msg("%s: %s", path, err.text);
    story->root = json_loadb(story->text, story->size, 0, &error);
    assert_non_null(story->root);
}

static void story_close(struct story *story)
{
    bundle_fini(&story->bundle);
    json_decref(story->root);
    free(story->text);
}

static void check_word(const char *path, const json_t *expect, const char *key,
                       const char *got)
{
    const char *want = json_string_value(json_object_get(expect, key));

    if (want != NULL && strcmp(want, got) != 0)
        fail_msg("%s: %s is %s, expected %s", path, key, got, want);
}

/* All that lies ahead: "cause role stage packet: command". */
static void check_ahead(const char *path, const json_t *ahead,
                        const struct judgement *judgement)
{
    if (ahead == NULL)
        return;
    assert_int_equal(judgement->obstacle_count, json_array_size(ahead));
    for (size_t i = 0; i < judgement->obstacle_count; i++) {
        const struct finding *one = &judgement->obstacles[i];
        char text[2048];

        snprintf(text, sizeof(text), "%s %s %s %s: %s", causes[one->cause].name,
                 word_name(&role_words, (int)one->role),
                 word_name(&stage_words, (int)one->stage),
                 word_name(&packet_words, (int)one->packet),
                 judgement->obstacle_fixes[i].command.text);
        if (strcmp(text, json_string_value(json_array_get(ahead, i))) != 0)
            fail_msg("%s: %s is ahead", path, text);
    }
}

static void check_judgement(const char *path, const json_t *expect,
                            const struct judgement *judgement)
{
    const struct finding *verdict = &judgement->verdict;
    const json_t *obstacle = json_object_get(expect, "obstacle");
    const json_t *fixes = json_object_get(expect, "fixes");

    check_word(path, expect, "cause", causes[verdict->cause].name);
    check_word(path, expect, "role",
               word_name(&role_words, (int)verdict->role));
    check_word(path, expect, "stage",
               word_name(&stage_words, (int)verdict->stage));
    check_word(path, expect, "packet",
               word_name(&packet_words, (int)verdict->packet));
    check_word(path, expect, "confidence",
               word_name(&confidence_words, (int)verdict->confidence));
    check_word(path, expect, "outcome",
               word_name(&outcome_words, (int)judgement->outcome));
    check_word(path, expect, "fix",
               judgement->fix_count > 0 ? judgement->fixes[0].command.text
                                        : "");
    check_word(path, expect, "opens",
               judgement->fix_count > 0 ? opens_names[judgement->fixes[0].opens]
                                        : "");
    if (obstacle != NULL) {
        assert_true(judgement->obstacle_count > 0);
        assert_string_equal(causes[judgement->obstacles[0].cause].name,
                            json_string_value(obstacle));
    }
    check_ahead(path, json_object_get(expect, "ahead"), judgement);
    if (fixes != NULL)
        assert_int_equal(judgement->fix_count, json_integer_value(fixes));
    if (verdict->cause == CAUSE_CONNECTED) {
        assert_int_equal(judgement->obstacle_count, 0);
        assert_int_equal(judgement->fix_count, 0);
    }
}

static void check_same(const char *path, const struct judgement *again,
                       const struct judgement *first)
{
    if (memcmp(&again->verdict, &first->verdict, sizeof(again->verdict)) != 0)
        fail_msg("%s: another order gives another verdict: %s and %s", path,
                 again->verdict.summary, first->verdict.summary);
    assert_int_equal(again->settled, first->settled);
    assert_int_equal(again->obstacle_count, first->obstacle_count);
    for (size_t i = 0; i < first->obstacle_count; i++)
        if (memcmp(&again->obstacles[i], &first->obstacles[i],
                   sizeof(again->obstacles[i])) != 0)
            fail_msg("%s: another order gives another obstacle: %s and %s",
                     path, again->obstacles[i].summary,
                     first->obstacles[i].summary);
    assert_int_equal(again->fix_count, first->fix_count);
    for (size_t i = 0; i < first->fix_count; i++)
        assert_string_equal(again->fixes[i].command.text,
                            first->fixes[i].command.text);
    assert_int_equal(again->rejected_count, first->rejected_count);
    for (size_t i = 0; i < first->rejected_count; i++)
        assert_string_equal(again->rejected[i].because,
                            first->rejected[i].because);
}

static void check_every_order(const char *path, struct story *story,
                              const struct judgement *first)
{
    static struct judgement again;
    uint32_t seed = 1;

    for (int i = 0; i < PERMUTATIONS; i++) {
        random_order(story->bundle.items, story->bundle.count, &seed);
        verdict_judge(&story->bundle.subject, story->bundle.items,
                      story->bundle.count, &again);
        check_same(path, &again, first);
    }
}

/* Another answer to the same question, as after a change or of a second
 * observer. */
static void contradict(struct evidence *item, uint32_t id, uint32_t *seed)
{
    struct evidence_value *value;
    char *text;

    item->id = id;
    if (item->count == 0)
        return;
    value = &item->values[random_next(seed) % item->count];
    text = item->texts + value->text;
    if (evidence_keys[value->key].type == VALUE_NUMBER)
        value->number = value->number == 0;
    else if (evidence_keys[value->key].type == VALUE_TEXT && text[0] != '\0')
        text[strlen(text) - 1] ^= 1;
}

/* Nor does the order matter where pieces are missing, as where an agent saw
 * less, and where others contradict. */
static void check_parts(const char *path, const struct story *story)
{
    static struct judgement judgements[2];
    size_t count = story->bundle.count;
    struct evidence *part = calloc(2 * count, sizeof(*part));
    uint32_t seed = 2;

    assert_non_null(part);
    for (int i = 0; i < PARTS; i++) {
        size_t size = 0;

        for (size_t j = 0; j < count; j++) {
            uint32_t lot = random_next(&seed) % 8;

            if (lot > 0)
                part[size++] = story->bundle.items[j];
            if (lot < 3) {
                part[size] = story->bundle.items[j];
                contradict(&part[size++], (uint32_t)(100000 + j), &seed);
            }
        }
        for (int k = 0; k < 2; k++) {
            verdict_judge(&story->bundle.subject, part, size, &judgements[k]);
            random_order(part, size, &seed);
        }
        check_same(path, &judgements[1], &judgements[0]);
    }
    free(part);
}

/* Evidence comes in bit by bit while the flags of the end are not set yet.  Of
 * several attempts that are all asked for, the next may tell another story. */
static void check_growth(const char *path, struct story *story,
                         const struct judgement *final)
{
    static struct judgement partial;
    struct subject subject = story->bundle.subject;

    subject.collected = false;
    subject.wait_over = false;
    subject.probing_over = false;
    for (size_t count = 1; count <= story->bundle.count; count++) {
        verdict_judge(&subject, story->bundle.items, count, &partial);
        if (partial.verdict.confidence == CONFIDENCE_PROVEN &&
            final->verdict.cause != CAUSE_INTERMITTENT_LOSS &&
            !subject.exact_count &&
            partial.verdict.cause != final->verdict.cause)
            fail_msg("%s: after %zu pieces %s was proven, at the end it is %s",
                     path, count, causes[partial.verdict.cause].name,
                     causes[final->verdict.cause].name);
    }
}

static void judges_as_expected(void **state)
{
    static struct judgement judgement;
    const char *path = *state;
    struct story story;

    story_open(&story, path);
    verdict_judge(&story.bundle.subject, story.bundle.items, story.bundle.count,
                  &judgement);
    check_judgement(path, json_object_get(story.root, "expect"), &judgement);
    check_every_order(path, &story, &judgement);
    check_parts(path, &story);
    check_growth(path, &story, &judgement);
    story_close(&story);
}

static void free_entries(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

int main(void)
{
    static struct CMUnitTest tests[MAX_CASES];
    static char *paths[MAX_CASES]; /* to the end of the run */
    struct dirent **entries = NULL;
    int count = cases_list(&entries);

    if (count <= 0 || count > MAX_CASES) {
        fprintf(stderr, "no cases, or too many, in %s\n", CASES_DIR);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        if (asprintf(&paths[i], "%s/%s", CASES_DIR, entries[i]->d_name) < 0)
            return 1;
        tests[i] = (struct CMUnitTest){.name = paths[i],
                                       .test_func = judges_as_expected,
                                       .initial_state = paths[i]};
    }
    free_entries(entries, count);
    return _cmocka_run_group_tests("cases", tests, (size_t)count, NULL, NULL);
}
