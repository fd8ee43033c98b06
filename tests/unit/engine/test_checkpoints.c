/* The packet's way, of every bundle in tests/cases: what was seen is not called
 * missing, times do not run backwards, and answers by RST or ICMP have rows. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/verdict.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/test.h"

static struct judgement judgement;

static void judge_case(const char *name, struct bundle *bundle)
{
    cases_open(name, bundle);
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &judgement);
}

static void check_times(const char *name)
{
    int64_t latest_ns = INT64_MIN;

    for (size_t i = 0; i < judgement.checkpoint_count; i++) {
        const struct checkpoint *checkpoint = &judgement.checkpoints[i];

        if (!checkpoint->has_time)
            continue;
        if (checkpoint->at_ns < latest_ns)
            fail_msg("%s: row %zu is earlier than the one before", name, i);
        latest_ns = checkpoint->at_ns;
    }
}

static bool has_row(enum role role, enum packet packet)
{
    for (size_t i = 0; i < judgement.checkpoint_count; i++)
        if (judgement.checkpoints[i].role == role &&
            judgement.checkpoints[i].packet == packet &&
            (judgement.checkpoints[i].state == CHECKPOINT_PASSED ||
             judgement.checkpoints[i].state == CHECKPOINT_STOPPED))
            return true;
    return false;
}

/* Whatever the steps' captures list, the picture does not call missing. */
static void check_seen(const char *name, const struct bundle *bundle)
{
    for (size_t i = 0; i < judgement.steps[STEP_CAPTURES].evidence_count; i++)
        for (size_t j = 0; j < bundle->count; j++) {
            const struct evidence *item = &bundle->items[j];
            enum packet packet;

            if (item->id != judgement.steps[STEP_CAPTURES].evidence[i] ||
                item->kind != EVIDENCE_PACKET ||
                (evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT) !=
                    (item->role == ROLE_DESTINATION))
                continue;
            packet = (enum packet)evidence_word(item, KEY_PACKET);
            if ((packet == PACKET_RST || packet == PACKET_ICMP ||
                 packet == PACKET_SYN_ACK) &&
                !has_row((enum role)item->role, packet))
                fail_msg("%s: %s was seen (e%u), and has no row", name,
                         word_name(&packet_words, (int)packet), item->id);
        }
}

static void check_case(const char *name, struct bundle *bundle, void *data)
{
    (void)data;
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &judgement);
    check_times(name);
    check_seen(name, bundle);
}

static void test_every_case(void **state)
{
    (void)state;
    cases_for_each(check_case, NULL);
}

/* The rows of one packet, a letter each: passed, stopped, -: not reached, ?: not
 * observed. */
static void print_states(enum packet packet, char *text)
{
    static const char letters[] = {'?', 'p', 's', '-'};

    for (size_t i = 0; i < judgement.checkpoint_count; i++)
        if (judgement.checkpoints[i].packet == packet)
            *text++ = letters[judgement.checkpoints[i].state];
    *text = '\0';
}

static void test_rows(void **state)
{
    static const struct
    {
        const char *name;
        enum packet packet;
        const char *rows;
    } cases[] = {
        {"not-listening-v6.json", PACKET_RST, "pp"},
        {"not-listening-v6.json", PACKET_SYN_ACK, "-------"},
        {"nft-drop-input-v6.json", PACKET_RST, ""},
        {"path-resets-v4.json", PACKET_SYN, "ppps----"},
        {"path-resets-v4.json", PACKET_RST, "-p"},
        {"answered-by-a-proxy-that-passes-the-syn-on-v4.json", PACKET_SYN,
         "ppppp???"},
        {"answered-by-a-proxy-that-passes-the-syn-on-v4.json", PACKET_SYN_ACK,
         "?-?p???"},
        {"nft-reject-reset-input-v4.json", PACKET_RST, "pp"},
    };
    char rows[JUDGEMENT_MAX_CHECKPOINTS + 1];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bundle bundle;

        judge_case(cases[i].name, &bundle);
        print_states(cases[i].packet, rows);
        if (strcmp(rows, cases[i].rows) != 0)
            fail_msg("%s: %s is %s", cases[i].name,
                     word_name(&packet_words, (int)cases[i].packet), rows);
        bundle_fini(&bundle);
    }
}

/* A clock that is off by more than the way takes: no number, not a wrong one. */
static void test_times_that_deny_the_order(void **state)
{
    struct bundle bundle;
    bool was_there = false;

    (void)state;
    judge_case("connected-v4.json", &bundle);
    for (size_t i = 0; i < judgement.checkpoint_count; i++)
        was_there |= judgement.checkpoints[i].role == ROLE_DESTINATION &&
                     judgement.checkpoints[i].has_time &&
                     judgement.checkpoints[i].doubt_ns > 0;
    assert_true(was_there);
    for (size_t i = 0; i < bundle.count; i++)
        if (bundle.items[i].role == ROLE_DESTINATION)
            bundle.items[i].at_ns -= 3000000;
    verdict_judge(&bundle.subject, bundle.items, bundle.count, &judgement);
    check_times("connected-v4.json, its clock off");
    for (size_t i = 0; i < judgement.checkpoint_count; i++)
        assert_false(judgement.checkpoints[i].role == ROLE_DESTINATION &&
                     judgement.checkpoints[i].has_time);
    bundle_fini(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_case),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_times_that_deny_the_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
