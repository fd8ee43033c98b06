/* A question for the destination's address is this trace's only if it came when
 * a SYN was due there: at any other moment another host may have called.  Over
 * random moments. */
#include "common/base/clock.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define ROUNDS  2000
#define DUE_US  10000 /* beside what the farthest hop took */
#define DIFF_US 3000  /* of the clocks */
#define SPAN_US 1500000

static bool is_syn(const struct evidence *item)
{
    return item->kind == EVIDENCE_PACKET && item->role == ROLE_SOURCE &&
           evidence_word(item, KEY_PACKET) == PACKET_SYN &&
           evidence_word(item, KEY_DIRECTION) == DIRECTION_OUT;
}

static bool is_question(const struct evidence *item)
{
    return item->kind == EVIDENCE_ARP && item->role == ROLE_DESTINATION &&
           evidence_word(item, KEY_DIRECTION) == DIRECTION_IN;
}

/* How long after the last SYN before it; the clocks may differ. */
static int64_t after_syn_us(const struct bundle *bundle, int64_t at_ns)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < bundle->count; i++) {
        int64_t after = (at_ns - bundle->items[i].at_ns) / NS_PER_US + DIFF_US;

        if (is_syn(&bundle->items[i]) && after >= 0 && after < least)
            least = after;
    }
    return least;
}

static int64_t first_syn_ns(const struct bundle *bundle)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < bundle->count; i++)
        if (is_syn(&bundle->items[i]) && bundle->items[i].at_ns < first)
            first = bundle->items[i].at_ns;
    assert_true(first != INT64_MAX);
    return first;
}

static int64_t slowest_hop_us(const struct bundle *bundle)
{
    int64_t slowest = 0;

    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->items[i].kind == EVIDENCE_HOP &&
            evidence_number(&bundle->items[i], KEY_RTT_US, 0) > slowest)
            slowest = evidence_number(&bundle->items[i], KEY_RTT_US, 0);
    return slowest;
}

static void ask_at(struct bundle *bundle, int64_t at_ns)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (is_question(&bundle->items[i]))
            bundle->items[i].at_ns = at_ns;
}

static void a_question_at_another_moment_makes_nothing_likely(void **state)
{
    static struct judgement judgement;
    unsigned likely = 0, possible = 0;
    struct bundle bundle;
    uint32_t seed = 17;
    int64_t start_ns, due_us;

    (void)state;
    cases_open("ebtables-question-dropped-v4.json", &bundle);
    start_ns = first_syn_ns(&bundle);
    due_us = DUE_US + DIFF_US + slowest_hop_us(&bundle);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t at_ns =
            start_ns + (int64_t)(random_next(&seed) % SPAN_US) * NS_PER_US;
        bool due = after_syn_us(&bundle, at_ns) <= due_us;

        ask_at(&bundle, at_ns);
        verdict_judge(&bundle.subject, bundle.items, bundle.count, &judgement);
        likely += judgement.verdict.confidence == CONFIDENCE_LIKELY;
        possible += judgement.verdict.confidence == CONFIDENCE_POSSIBLE;
        if (judgement.verdict.confidence != CONFIDENCE_POSSIBLE && !due)
            fail_msg("a question %lld us after the first SYN is taken for its",
                     (long long)((at_ns - start_ns) / NS_PER_US));
    }
    assert_true(likely > 10);
    assert_true(possible > 10);
    bundle_fini(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_at_another_moment_makes_nothing_likely),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
