/* Of every verdict but connected there is a fix or an advice: whatever cause, by
 * whatever evidence. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/advice.h"
#include "controller/engine/verdict.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/test.h"

static struct view view;
static struct known known;
static struct judgement judgement;

/* Any cause may come to any evidence one day. */
static void check_every_cause(const char *name, const struct bundle *bundle)
{
    view_build(&view, &bundle->subject, bundle->items, bundle->count);
    facts_derive(&known, &view, view.attempt_count > 0 ? 1 : 0);
    for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
        memset(&judgement, 0, sizeof(judgement));
        judgement.verdict.cause = cause;
        judgement.verdict.role = ROLE_PATH;
        advice_fill(&view, &known, &judgement);
        if ((judgement.advice[0] != '\0') != (cause != CAUSE_CONNECTED))
            fail_msg("%s: %s: advice '%s'", name, causes[cause].name,
                     judgement.advice);
    }
}

static void check_case(const char *name, struct bundle *bundle, void *data)
{
    (void)data;
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &judgement);
    if (judgement.verdict.cause != CAUSE_CONNECTED &&
        judgement.fix_count == 0 && judgement.advice[0] == '\0')
        fail_msg("%s: neither fix nor advice", name);
    if (strstr(judgement.advice, "(null)") != NULL)
        fail_msg("%s: %s", name, judgement.advice);
    check_every_cause(name, bundle);
}

static void test_every_case_and_cause(void **state)
{
    (void)state;
    cases_for_each(check_case, NULL);
}

/* Who traced many attempts is not told to trace many, whatever they follow. */
static void test_no_circle_of_counts(void **state)
{
    static const char *const follows[] = {"rate-or-port", "rate", "chance",
                                          "source-port",  "ecn",  "nothing"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(follows); i++) {
        struct finding *verdict = &judgement.verdict;

        memset(&judgement, 0, sizeof(judgement));
        view.attempt_count = 40;
        verdict->cause = CAUSE_INTERMITTENT_LOSS;
        verdict->role = ROLE_PATH;
        verdict->detail_count = 1;
        strcpy(verdict->details[0].name, "follows");
        strcpy(verdict->details[0].text, follows[i]);
        advice_fill(&view, &known, &judgement);
        if (strstr(judgement.advice, "ask whoever runs the way") == NULL ||
            strstr(judgement.advice, "run it with a higher") != NULL)
            fail_msg("%s: %s", follows[i], judgement.advice);
    }
}

/* It follows what is known. */
static void test_advice_by_what_is_known(void **state)
{
    static const struct
    {
        const char *name, *text;
        enum advice_audience audience;
    } cases[] = {
        {"neighbour-unresolved-and-agent-away-v4.json", "next hop",
         ADVICE_HOST},
        {"capture-lost-packets-v4.json", "less busy", ADVICE_HOST},
        {"listening-on-loopback-v4.json",
         "everyone reaches it whom no firewall", ADVICE_SERVICE},
        {"control-path-loss-beside-rising-counters-v4.json",
         "way from 203.0.113.2 on", ADVICE_NETWORK},
        {"filter-timestamps-v4.json", "by their TCP options (timestamps)",
         ADVICE_NETWORK},
        {"xdp-unseen-v4.json", "see what the XDP program", ADVICE_NETWORK},
        {"path-resets-v4.json", "comes from hop 2", ADVICE_NETWORK},
        {"answered-by-a-proxy-that-passes-the-syn-on-v4.json",
         "comes from hop 3", ADVICE_NETWORK},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bundle bundle;

        cases_open(cases[i].name, &bundle);
        verdict_judge(&bundle.subject, bundle.items, bundle.count, &judgement);
        if (strstr(judgement.advice, cases[i].text) == NULL)
            fail_msg("%s: %s", cases[i].name, judgement.advice);
        assert_int_equal(judgement.advice_audience, cases[i].audience);
        bundle_fini(&bundle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_case_and_cause),
        cmocka_unit_test(test_no_circle_of_counts),
        cmocka_unit_test(test_advice_by_what_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
