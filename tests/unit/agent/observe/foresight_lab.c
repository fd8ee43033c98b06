#include "tests/unit/agent/observe/foresight_lab.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/agent/observe/fake_worker.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/agent/observe/rule_line.h"
#include "tests/unit/test.h"

static void describe_foreseen(const struct fake_worker *fake,
                              char line[RULE_LINE_SIZE])
{
    const struct evidence *item;

    line[0] = '\0';
    for (size_t n = 0;
         (item = fake_worker_find(fake, EVIDENCE_FORESEEN, n)) != NULL; n++) {
        assert_int_equal(evidence_check(item), 0);
        assert_int_equal(evidence_number(item, KEY_INDEX, -1), (int64_t)n);
        rule_line_put(line, "", n == 0 ? "" : "; ", "");
        rule_line_put(line, "",
                      word_name(&packet_words, evidence_word(item, KEY_PACKET)),
                      " ");
        rule_line_put(line, "",
                      word_name(&stage_words, evidence_word(item, KEY_STAGE)),
                      " ");
        rule_line_put_chain(line, item);
        rule_line_put(line, " ", evidence_text(item, KEY_TARGET, ""), "");
        rule_line_put(line, "", evidence_has(item, KEY_POLICY) ? " policy" : "",
                      "");
        rule_line_put(line, " ", evidence_text(item, KEY_PATH, ""), "");
        rule_line_put(line, " ", evidence_text(item, KEY_SET, ""), "");
        rule_line_put(line, " ", evidence_text(item, KEY_ELEMENT, ""), "");
        assert_true(evidence_has(item, KEY_RULE));
    }
}

static void describe_decision(const struct fake_worker *fake,
                              char line[RULE_LINE_SIZE])
{
    const struct evidence *item =
        fake_worker_find(fake, EVIDENCE_INPUT_RULE, 0);

    line[0] = '\0';
    if (item == NULL)
        return;
    assert_int_equal(evidence_check(item), 0);
    rule_line_put(
        line, "",
        evidence_has(item, KEY_VERDICT)
            ? word_name(&verdict_words, evidence_word(item, KEY_VERDICT))
            : "?",
        "");
    rule_line_put(line, "", evidence_has(item, KEY_CHAIN) ? " " : "", "");
    rule_line_put_chain(line, item);
}

static void show_start(struct fake_worker *fake)
{
    struct evidence start;

    evidence_init(&start, EVIDENCE_ATTEMPT_START, 1);
    evidence_set_number(&start, KEY_ATTEMPT, 1);
    evidence_set_address(&start, KEY_SOURCE, &fake->own);
    evidence_set_number(&start, KEY_SOURCE_PORT, 40000);
    evidence_set_address(&start, KEY_DESTINATION, &fake->peer);
    evidence_set_number(&start, KEY_DESTINATION_PORT, 8080);
    fake_worker_hear(fake, &start);
}

/* A lookup by one device, or by two with a blank between them. */
static void show_route(struct fake_worker *fake, const char *devices,
                       const char *master)
{
    struct evidence item;
    char first[16];

    snprintf(first, sizeof(first), "%.*s", (int)strcspn(devices, " "), devices);
    evidence_init(&item, EVIDENCE_ROUTE, 1);
    evidence_set_word(&item, KEY_PHASE, PHASE_AFTER);
    evidence_set_address(&item, KEY_DESTINATION, &fake->peer);
    evidence_set_text(&item, KEY_ROUTE_TYPE, "unicast");
    evidence_set_text(&item, KEY_INTERFACE, first);
    fake_worker_hear(fake, &item);
    if (strchr(devices, ' ') != NULL) {
        evidence_init(&item, EVIDENCE_ROUTE_LEG, 1);
        evidence_set_address(&item, KEY_DESTINATION, &fake->peer);
        evidence_set_text(&item, KEY_INTERFACE, strchr(devices, ' ') + 1);
        evidence_set_number(&item, KEY_INDEX, 2);
        fake_worker_hear(fake, &item);
    }
    evidence_init(&item, EVIDENCE_LINK, 1);
    evidence_set_word(&item, KEY_PHASE, PHASE_AFTER);
    evidence_set_number(&item, KEY_UP, 1);
    evidence_set_number(&item, KEY_CARRIER, 1);
    evidence_set_number(&item, KEY_MTU, 1500);
    evidence_set_text(&item, KEY_INTERFACE, first);
    if (master != NULL)
        evidence_set_text(&item, KEY_MASTER, master);
    fake_worker_hear(fake, &item);
}

/* It says so, or does not. */
static void check_limits(const struct fake_worker *fake,
                         const struct rules_case *one)
{
    const struct evidence *limit;
    bool unsure = false;

    for (size_t n = 0;
         (limit = fake_worker_find(fake, EVIDENCE_LIMIT, n)) != NULL; n++)
        unsure |= strstr(evidence_text(limit, KEY_TEXT, ""),
                         "depend on the device") != NULL;
    if (unsure != one->unsure)
        fail_msg("%s: %s", one->name, unsure ? "unsure" : "sure");
}

static void try_case(const struct rules_case *one)
{
    struct fake_worker *fake = fake_worker_new(
        one->at_source ? ROLE_SOURCE : ROLE_DESTINATION,
        one->v6 ? "2001:db8::2" : "192.0.2.2",
        one->peer != NULL ? one->peer : (one->v6 ? "2001:db8::1" : "192.0.2.1"),
        8080);
    char foreseen[RULE_LINE_SIZE];
    char decision[RULE_LINE_SIZE];

    fake_worker_arm(fake, "foresight");
    if (one->at_source)
        show_start(fake);
    else if (!one->not_arrived)
        fake_worker_show_syn(fake, 1, &fake->peer, 40000, NULL);
    if (one->route != NULL)
        show_route(fake, one->route, one->master);
    fake_worker_collect(fake);
    check_limits(fake, one);
    describe_foreseen(fake, foreseen);
    describe_decision(fake, decision);
    if (strcmp(foreseen, one->foreseen) != 0)
        fail_msg("%s: '%s', not '%s'", one->name, foreseen, one->foreseen);
    if (one->decision != NULL && strcmp(decision, one->decision) != 0)
        fail_msg("%s: decision '%s', not '%s'", one->name, decision,
                 one->decision);
    assert_int_equal(fake_worker_disarm(fake), 0);
    fake_worker_free(fake);
}

void foresight_try(const struct rules_case *cases, size_t count, void **state)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            lab_up(state);
        lab_run(cases[i].setup);
        try_case(&cases[i]);
        if (i + 1 < count)
            lab_down(state);
    }
}
