/* What was seen of one attempt's packet tells nothing of another attempt's: over
 * every case there is, and over random evidence. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/facts/facts.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define ROUNDS 3000
#define PIECES 60

/* A packet, or what a rule or the kernel did with one. */
static bool is_of_packet(const struct evidence *item)
{
    return item != NULL &&
           (item->kind == EVIDENCE_PACKET || item->kind == EVIDENCE_RULE ||
            item->kind == EVIDENCE_DROP ||
            item->kind == EVIDENCE_ATTEMPT_END) &&
           evidence_has(item, KEY_ATTEMPT);
}

static void check(const char *what, const struct subject *subject,
                  const struct evidence *items, size_t count)
{
    static struct view view;
    static struct known known;

    view_build(&view, subject, items, count);
    for (unsigned n = 1; n <= view.attempt_count; n++) {
        facts_derive(&known, &view, n);
        for (fact_ref fact = 1; fact < FACT_REF_COUNT; fact++) {
            const struct evidence *because = known.because[fact];

            if (known.answers[fact] == YES && is_of_packet(because) &&
                evidence_number(because, KEY_ATTEMPT, 0) != (int64_t)n &&
                fact / END_COUNT != FACT_HANDED_ON) /* a rule meets them all */
                fail_msg("%s: %s of attempt %u is shown by one of %lld", what,
                         fact_infos[fact / END_COUNT].name, n,
                         (long long)evidence_number(because, KEY_ATTEMPT, 0));
        }
    }
}

static void check_case(const char *name, struct bundle *bundle, void *data)
{
    (void)data;
    check(name, &bundle->subject, bundle->items, bundle->count);
}

static void no_attempt_of_a_case_is_told_by_another(void **state)
{
    (void)state;
    assert_true(cases_for_each(check_case, NULL) > 100);
}

static void give_attempt(struct evidence *item, int64_t n)
{
    for (unsigned i = 0; i < item->count; i++)
        if (item->values[i].key == KEY_ATTEMPT)
            item->values[i].number = n;
}

static void no_attempt_of_random_evidence_is_told_by_another(void **state)
{
    static const enum evidence_kind kinds[] = {
        EVIDENCE_PACKET, EVIDENCE_PACKET, EVIDENCE_RULE,
        EVIDENCE_DROP,   EVIDENCE_HOP,    EVIDENCE_ATTEMPT_START,
    };
    static struct evidence items[PIECES];
    struct subject subject = two_hosts_subject();
    uint32_t seed = 23;

    (void)state;
    subject.collected = subject.wait_over = true;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < PIECES; i++) {
            enum evidence_kind kind =
                i % 4 == 0 ? (enum evidence_kind)(random_next(&seed) %
                                                  EVIDENCE_KIND_COUNT)
                           : kinds[random_next(&seed) % ARRAY_SIZE(kinds)];

            random_evidence(&items[i], kind, &seed);
            items[i].id = i + 1;
            items[i].role =
                items[i].role == ROLE_SOURCE ? ROLE_SOURCE : ROLE_DESTINATION;
            give_attempt(&items[i], 1 + random_next(&seed) % 3);
        }
        check("random evidence", &subject, items, PIECES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_attempt_of_a_case_is_told_by_another),
        cmocka_unit_test(no_attempt_of_random_evidence_is_told_by_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
