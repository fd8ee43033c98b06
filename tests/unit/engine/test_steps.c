/* The five answers: of every bundle in tests/cases, of parts of it, and of
 * random evidence, they cite what there is, say nothing against the verdict, and
 * what nobody saw they do not know. */
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "controller/engine/steps/steps.h"
#include "controller/engine/verdict.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/engine/two_hosts.h"
#include "tests/unit/random_evidence.h"
#include "tests/unit/test.h"

#define ROUNDS 1500
#define PIECES 60
#define PARTS  6

static const struct evidence *by_id(const struct evidence *items, size_t count,
                                    uint32_t id)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].id == id)
            return &items[i];
    return NULL;
}

/* Rule 1. */
static void check_cited(const char *name, enum step_kind kind,
                        const struct step *step, const struct evidence *items,
                        size_t count)
{
    if (step->text[0] == '\0')
        fail_msg("%s: %s says nothing", name, step_names[kind]);
    if (step->state != STEP_UNKNOWN && step->evidence_count == 0)
        fail_msg("%s: %s is %s by no evidence: %s", name, step_names[kind],
                 step_states[step->state], step->text);
    for (size_t i = 0; i < step->evidence_count; i++)
        if (by_id(items, count, step->evidence[i]) == NULL)
            fail_msg("%s: %s cites what is not there", name, step_names[kind]);
}

/* Rule 2. */
static void check_against_verdict(const char *name, enum step_kind kind,
                                  const struct judgement *judgement)
{
    const struct step *step = &judgement->steps[kind];
    enum cause cause = judgement->verdict.cause;

    if (cause == CAUSE_CONNECTED && step->state == STEP_BAD)
        fail_msg("%s: connected, and %s is bad: %s", name, step_names[kind],
                 step->text);
    if (steps_of_cause(cause) == kind && step->state != STEP_BAD)
        fail_msg("%s: %s, and %s is %s: %s", name, causes[cause].name,
                 step_names[kind], step_states[step->state], step->text);
    if (kind == STEP_SOURCE && step->state == STEP_OK &&
        judgement->outcome != OUTCOME_CONNECTED)
        fail_msg("%s: the source's answer is ok, and nothing connected", name);
    if (kind == STEP_CAPTURES && step->state == STEP_OK &&
        cause == CAUSE_LOST_ON_PATH)
        fail_msg("%s: lost on the path, and the captures saw all", name);
}

/* What did not come to the host passed none of its rules, and what nobody
 * called did not answer. */
static void check_against_evidence(const char *name,
                                   const struct judgement *judgement,
                                   const struct evidence *items, size_t count)
{
    const struct step *firewall = &judgement->steps[STEP_FIREWALL];
    bool has_syn = false, has_test = false, has_listener = false;
    bool is_foretold = false;

    for (size_t i = 0; i < count; i++) {
        const struct evidence *item = &items[i];

        has_test |= item->kind == EVIDENCE_SELF_TEST;
        has_listener |= item->kind == EVIDENCE_LISTENER;
        is_foretold |= item->kind == EVIDENCE_INPUT_RULE &&
                       item->role == ROLE_DESTINATION &&
                       !evidence_has(item, KEY_NAMESPACE) &&
                       evidence_word(item, KEY_VERDICT) == VERDICT_ACCEPT;
        has_syn |= item->kind == EVIDENCE_PACKET &&
                   item->role == ROLE_DESTINATION &&
                   evidence_word(item, KEY_PACKET) == PACKET_SYN;
    }
    if (!has_syn && firewall->state == STEP_OK)
        fail_msg("%s: no SYN came, and the firewall let it in", name);
    if (is_foretold && strstr(firewall->text, "no SYN came to its") != NULL &&
        strstr(firewall->text, "as its rules stand") == NULL)
        fail_msg("%s: its rules are known, and not told: %s", name,
                 firewall->text);
    if (!has_test && judgement->steps[STEP_SELF_TEST].state == STEP_BAD)
        fail_msg("%s: nothing was called, and it failed", name);
    if (!has_listener && judgement->steps[STEP_LISTENER].state == STEP_OK)
        fail_msg("%s: no listener was seen, and one is there", name);
}

static void check(const char *name, const struct judgement *judgement,
                  const struct evidence *items, size_t count)
{
    for (enum step_kind kind = 0; kind < STEP_COUNT; kind++) {
        check_cited(name, kind, &judgement->steps[kind], items, count);
        check_against_verdict(name, kind, judgement);
    }
    check_against_evidence(name, judgement, items, count);
}

/* Pieces are missing, as where an agent saw less. */
static void check_parts(const char *name, const struct bundle *bundle)
{
    static struct judgement judgement;
    struct evidence *part = calloc(bundle->count, sizeof(*part));
    uint32_t seed = 3;

    assert_non_null(part);
    for (int i = 0; i < PARTS; i++) {
        size_t size = 0;

        for (size_t j = 0; j < bundle->count; j++)
            if (random_next(&seed) % 6 > 0)
                part[size++] = bundle->items[j];
        verdict_judge(&bundle->subject, part, size, &judgement);
        check(name, &judgement, part, size);
    }
    free(part);
}

static void check_case(const char *name, struct bundle *bundle, void *data)
{
    static struct judgement judgement;

    (void)data;
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &judgement);
    check(name, &judgement, bundle->items, bundle->count);
    check_parts(name, bundle);
}

static void test_every_case(void **state)
{
    (void)state;
    cases_for_each(check_case, NULL);
}

#define CALLED      18080
#define CALLED_TEXT "18080"

/* The same, where the source called another port, which the way translated: what
 * is said of the destination, asked of it and typed there is of the port that the
 * SYN arrived for. */
static void check_translated(const char *name, struct bundle *bundle,
                             void *data)
{
    static struct judgement judgement;
    const struct finding *verdict = &judgement.verdict;
    const char *said, *tail;

    bundle->subject.port = CALLED;
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &judgement);
    said = strstr(verdict->summary, CALLED_TEXT);
    tail = strstr(verdict->summary, "; port " CALLED_TEXT " was called");
    if (verdict->role != ROLE_DESTINATION || tail == NULL ||
        verdict->cause == CAUSE_CONNECTED)
        return;
    ++*(unsigned *)data;
    if (said != tail + strlen("; port "))
        fail_msg("%s: %s", name, verdict->summary);
    if (strstr(judgement.steps[STEP_LISTENER].text, CALLED_TEXT) != NULL)
        fail_msg("%s: %s", name, judgement.steps[STEP_LISTENER].text);
    for (size_t i = 0; i < judgement.fix_count; i++)
        if (judgement.fixes[i].role == ROLE_DESTINATION &&
            strstr(judgement.fixes[i].command.text, CALLED_TEXT) != NULL)
            fail_msg("%s: %s", name, judgement.fixes[i].command.text);
}

static void test_the_arrived_port_is_told(void **state)
{
    unsigned count = 0;

    (void)state;
    cases_for_each(check_translated, &count);
    assert_true(count > 10);
}

static void test_random_evidence(void **state)
{
    static struct evidence items[PIECES];
    static struct judgement judgement;
    struct subject subject = two_hosts_subject();
    uint32_t seed = 11;

    (void)state;
    subject.collected = subject.wait_over = true;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < PIECES; i++)
            random_piece(&items[i], i + 1, &seed);
        verdict_judge(&subject, items, PIECES, &judgement);
        check("random", &judgement, items, PIECES);
    }
}

/* What the answers are where each is something else. */
static void test_states(void **state)
{
    static const struct
    {
        const char *name;
        enum step_state states[STEP_COUNT];
        const char *text; /* of the one that is asked about */
        enum step_kind kind;
    } cases[] = {
        {"connected-v4.json",
         {STEP_OK, STEP_OK, STEP_OK, STEP_OK, STEP_OK},
         "python3 (pid 11) on 0.0.0.0 port 8080, 0 wait in its queue, "
         "backlog 128",
         STEP_LISTENER},
        {"rules-later-base-chain-v6.json",
         {STEP_UNKNOWN, STEP_OK, STEP_BAD, STEP_BAD, STEP_BAD},
         NULL,
         STEP_FIREWALL},
        {"control-drop-of-other-source-v4.json",
         {STEP_OK, STEP_OK, STEP_OK, STEP_OK, STEP_OK},
         "hostB lets the SYN in: table inet fw, chain input, the chain's "
         "policy",
         STEP_FIREWALL},
        {"listening-on-loopback-v4.json",
         {STEP_BAD, STEP_BAD, STEP_OK, STEP_BAD, STEP_BAD},
         "hostB, called by itself: 127.0.0.1 port 8080 answers, 198.51.100.10 "
         "port 8080 refuses",
         STEP_SELF_TEST},
        {"nft-banned-set-v4.json",
         {STEP_OK, STEP_OK, STEP_BAD, STEP_BAD, STEP_BAD},
         "hostA eth0: SYN out, no answer; hostB eth0: SYN in, no answer",
         STEP_CAPTURES},
        {"control-path-loss-beside-rising-counters-v4.json",
         {STEP_OK, STEP_OK, STEP_UNKNOWN, STEP_BAD, STEP_BAD},
         "3 attempts: all without an answer",
         STEP_SOURCE},
        {"bpf-netfilter-v4.json",
         {STEP_BAD, STEP_OK, STEP_UNKNOWN, STEP_BAD, STEP_BAD},
         NULL,
         STEP_FIREWALL},
        {"name-not-resolved.json",
         {STEP_UNKNOWN, STEP_UNKNOWN, STEP_UNKNOWN, STEP_UNKNOWN, STEP_UNKNOWN},
         "hostA made no attempt: its resolver gives no address",
         STEP_SOURCE},
    };
    static struct judgement judgement;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bundle bundle;

        cases_open(cases[i].name, &bundle);
        verdict_judge(&bundle.subject, bundle.items, bundle.count, &judgement);
        for (enum step_kind kind = 0; kind < STEP_COUNT; kind++)
            if (judgement.steps[kind].state != cases[i].states[kind])
                fail_msg("%s: %s is %s: %s", cases[i].name, step_names[kind],
                         step_states[judgement.steps[kind].state],
                         judgement.steps[kind].text);
        if (cases[i].text != NULL)
            assert_string_equal(judgement.steps[cases[i].kind].text,
                                cases[i].text);
        bundle_fini(&bundle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_case),
        cmocka_unit_test(test_the_arrived_port_is_told),
        cmocka_unit_test(test_random_evidence),
        cmocka_unit_test(test_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
