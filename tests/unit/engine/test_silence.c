/* An end that fell silent saw nothing, and missed nothing: whatever one end told
 * after some moment is taken away, or only that its observers came to their end,
 * and no fact may rest on its silence since.  Over every case there is, and over
 * random evidence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "controller/engine/facts/facts.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define CUTS   12
#define ROUNDS 3000
#define PIECES 80

/* Facts that are denied because somebody watched and saw nothing. */
static const enum fact by_silence[] = {
    FACT_SENT,
    FACT_ARRIVED,
    FACT_ACK_LEFT,
    FACT_ACK_ARRIVED,
    FACT_RST,
    FACT_ICMP,
    FACT_FOR_OTHER_HOST,
    FACT_RULE_DROPS_OUT,
    FACT_RULE_REJECTS_OUT,
    FACT_RULE_DROPS_IN,
    FACT_RULE_REJECTS_IN,
    FACT_NETFILTER_DROPPED_OUT,
    FACT_NETFILTER_DROPPED_IN,
    FACT_CONNTRACK_DROPPED,
    FACT_RP_FILTERED,
    FACT_QUEUE_OVERFLOWED,
    FACT_SYN_QUEUE_DROPPED,
    FACT_ADDRESS_ERRORS,
    FACT_OLD_SOCKET_TOOK,
    FACT_IPSEC_COUNTED,
    FACT_ADDRESS_ASKED_FOR,
    FACT_MARKED,
    FACT_TRANSLATING_RULE,
    FACT_REDIRECTED,
    FACT_TRANSLATED,
    FACT_ANSWER_UNREACHABLE,
    FACT_ANSWER_STAYED,
    FACT_ANSWER_PROHIBITED,
    FACT_COPIES_PROHIBITED,
    FACT_COPIES_UNREACHABLE,
    FACT_HOPS_REPEAT,
    FACT_ANSWER_EXPIRED,
    FACT_LOOPS,
    FACT_ASKED_IN_VAIN,
    FACT_ARP_UNANSWERED,
};

/* What an observer says of itself, not of what it saw. */
static bool is_of_a_watch(const struct evidence *item)
{
    return item == NULL || item->kind == EVIDENCE_CAPTURE ||
           item->kind == EVIDENCE_DROPS || item->kind == EVIDENCE_RULE_TRACE ||
           item->kind == EVIDENCE_COUNTERS;
}

/* Records with which observers close. */
static bool is_closing(const struct evidence *item)
{
    switch (item->kind) {
    case EVIDENCE_COUNTERS:
    case EVIDENCE_RULE_COUNTERS: return true;
    case EVIDENCE_CAPTURE:
    case EVIDENCE_RULE_TRACE:
        return evidence_word(item, KEY_PHASE) != PHASE_ARMED;
    case EVIDENCE_PHASE:
        return evidence_word(item, KEY_PHASE) == PHASE_COLLECTED ||
               evidence_word(item, KEY_PHASE) == PHASE_DISARMED;
    default: return false;
    }
}

static int64_t first_start(const struct evidence *items, size_t count)
{
    int64_t start = INT64_MAX;

    for (size_t i = 0; i < count; i++)
        if (items[i].kind == EVIDENCE_ATTEMPT_START && items[i].at_ns < start)
            start = items[i].at_ns;
    return start;
}

/* All but what that end told after the moment, and how its watches ended.  Its
 * drop watch says the same at both ends: the later ones go. */
static size_t cut(const struct evidence *items, size_t count, enum role role,
                  int64_t since_ns, struct evidence *out)
{
    bool has_drops = false;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct evidence *item = &items[i];
        bool is_drops = item->kind == EVIDENCE_DROPS;

        if (item->role == (uint8_t)role &&
            (item->at_ns > since_ns || is_closing(item) ||
             (is_drops && has_drops)))
            continue;
        has_drops |= item->role == (uint8_t)role && is_drops;
        out[kept++] = *item;
    }
    return kept;
}

static void derive(struct known *known, const struct subject *subject,
                   const struct evidence *items, size_t count, unsigned n)
{
    static struct view view;

    view_build(&view, subject, items, count);
    facts_derive(known, &view, n);
}

static const char *role_name(enum role role)
{
    return word_name(&role_words, (int)role);
}

static void check_silence(const char *what, const struct known *known,
                          enum role role)
{
    for (size_t i = 0; i < ARRAY_SIZE(by_silence); i++) {
        fact_ref fact = fact_at(role, by_silence[i]);
        enum fact_ends ends = fact_infos[by_silence[i]].ends;

        if ((ends == ENDS_SOURCE && role != ROLE_SOURCE) ||
            (ends == ENDS_DESTINATION && role != ROLE_DESTINATION))
            continue;
        if (known->answers[fact] == NO && is_of_a_watch(known->because[fact]))
            fail_msg("%s: the %s fell silent, and %s is denied", what,
                     role_name(role), fact_infos[by_silence[i]].name);
    }
    if (fact_is(known, fact_at(role, FACT_KERNEL_WATCHED), YES))
        fail_msg("%s: the %s fell silent, and its kernel was watched", what,
                 role_name(role));
    if (fact_is(known, F(ATTEMPT, RULE_DROPS_ACK), NO))
        fail_msg("%s: the %s fell silent, and no rule took the ACK", what,
                 role_name(role));
}

/* Nor is anything denied by less that is shown by more. */
static void check_contradiction(const char *what, const struct known *less,
                                const struct known *more, enum role role)
{
    for (fact_ref fact = 1; fact < FACT_REF_COUNT; fact++)
        if (less->answers[fact] == NO && more->answers[fact] == YES &&
            !more->suspected[fact] && is_of_a_watch(less->because[fact]) &&
            more->because[fact] != NULL &&
            (more->because[fact]->kind == EVIDENCE_PACKET ||
             more->because[fact]->kind == EVIDENCE_RULE ||
             more->because[fact]->kind == EVIDENCE_DROP))
            fail_msg("%s: the %s fell silent, and %s is denied, which it would "
                     "have shown",
                     what, role_name(role), fact_infos[fact / END_COUNT].name);
}

static void check_cut(const char *what, const struct subject *subject,
                      const struct evidence *items, size_t count,
                      enum role role, int64_t since_ns)
{
    static struct known less, more;
    struct evidence *rest = calloc(count, sizeof(*rest));
    size_t kept;

    assert_non_null(rest);
    kept = cut(items, count, role, since_ns, rest);
    for (unsigned n = 1; n <= 3; n++) {
        derive(&more, subject, items, count, n);
        derive(&less, subject, rest, kept, n);
        check_silence(what, &less, role);
        check_contradiction(what, &less, &more, role);
    }
    free(rest);
}

/* From the first attempt on: at it, never, and at moments in between. */
static void check_cuts(const char *what, struct subject *subject,
                       const struct evidence *items, size_t count,
                       uint32_t *seed)
{
    int64_t start = first_start(items, count);

    if (strcmp(subject->source_host, subject->destination_host) == 0)
        return; /* one capture sees for both */
    subject->collected = true;
    subject->wait_over = true;
    for (enum role role = ROLE_SOURCE; role <= ROLE_DESTINATION; role++)
        for (int i = 0; role != ROLE_PATH && i < CUTS; i++) {
            const struct evidence *at = &items[random_next(seed) % count];
            int64_t since_ns = i == 0 ? start : i == 1 ? INT64_MAX : at->at_ns;

            if (since_ns >= start)
                check_cut(what, subject, items, count, role, since_ns);
        }
}

static void check_case(const char *name, struct bundle *bundle, void *seed)
{
    check_cuts(name, &bundle->subject, bundle->items, bundle->count, seed);
}

static void no_case_rests_on_a_silent_end(void **state)
{
    uint32_t seed = 5;

    (void)state;
    assert_true(cases_for_each(check_case, &seed) > 100);
}

static void random_evidence_rests_on_no_silent_end(void **state)
{
    static struct evidence items[PIECES];
    struct subject subject;
    uint32_t seed = 11;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        subject = two_hosts_subject();
        for (uint32_t i = 0; i < PIECES; i++) {
            random_piece(&items[i], i + 1, &seed);
            /* As the case gives it to what an agent sends. */
            items[i].role =
                items[i].role == ROLE_SOURCE ? ROLE_SOURCE : ROLE_DESTINATION;
        }
        check_cut("random evidence", &subject, items, PIECES,
                  round % 2 == 0 ? ROLE_SOURCE : ROLE_DESTINATION, INT64_MAX);
        subject.collected = subject.wait_over = true;
        check_cut("random evidence", &subject, items, PIECES,
                  round % 2 == 0 ? ROLE_SOURCE : ROLE_DESTINATION, INT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_case_rests_on_a_silent_end),
        cmocka_unit_test(random_evidence_rests_on_no_silent_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
