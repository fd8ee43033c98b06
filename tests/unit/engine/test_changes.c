/* What was not the same all through the trace is said. */
#include <string.h>

#include "controller/engine/verdict.h"
#include "controller/report/bundle.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/test.h"

static struct judgement judgement;
static struct bundle bundle;

static void judge(void)
{
    verdict_judge(&bundle.subject, bundle.items, bundle.count, &judgement);
}

/* Another number of tables in what was read after the trace. */
static void load_rules(void)
{
    for (size_t i = 0; i < bundle.count; i++)
        if (bundle.items[i].kind == EVIDENCE_RULE_TRACE &&
            bundle.items[i].role == ROLE_DESTINATION &&
            evidence_word(&bundle.items[i], KEY_PHASE) == PHASE_AFTER)
            for (size_t k = 0; k < bundle.items[i].count; k++)
                if (bundle.items[i].values[k].key == KEY_TABLES)
                    bundle.items[i].values[k].number += 2;
}

static void test_rules_that_changed_are_told(void **state)
{
    (void)state;
    cases_open("nft-drop-input-v6.json", &bundle);
    judge();
    assert_null(strstr(judgement.verdict.summary, "changed during the trace"));
    load_rules();
    judge();
    assert_int_equal(judgement.verdict.cause, CAUSE_FIREWALL_DROP);
    assert_non_null(strstr(judgement.verdict.summary,
                           "the rules of hostB changed during the trace (1 "
                           "tables before, 3 after)"));
    bundle_fini(&bundle);
}

/* As many tables as before, and other rules in them. */
static void test_rules_that_changed_in_place_are_told(void **state)
{
    (void)state;
    cases_open("nft-drop-input-v6.json", &bundle);
    for (size_t i = 0; i < bundle.count; i++)
        if (bundle.items[i].kind == EVIDENCE_RULE_TRACE &&
            bundle.items[i].role == ROLE_DESTINATION &&
            evidence_word(&bundle.items[i], KEY_PHASE) == PHASE_AFTER) {
            evidence_set_number(&bundle.items[i], KEY_COUNT, 1);
            evidence_set_number(&bundle.items[i], KEY_PID, 7);
            evidence_set_text(&bundle.items[i], KEY_PROCESS, "nft");
        }
    judge();
    assert_non_null(strstr(judgement.verdict.summary,
                           "the rules of hostB changed during the trace (last "
                           "by nft (pid 7))"));
    bundle_fini(&bundle);
}

/* iptables-legacy's, of one family: only the trace's own matters. */
static bool tells_legacy_change(const char *family)
{
    cases_open("nft-drop-input-v6.json", &bundle);
    for (size_t i = 0; i < bundle.count; i++)
        if (bundle.items[i].kind == EVIDENCE_RULE_COUNTERS &&
            bundle.items[i].role == ROLE_DESTINATION &&
            strcmp(evidence_text(&bundle.items[i], KEY_FIREWALL_FAMILY, ""),
                   family) == 0)
            for (size_t k = 0; k < bundle.items[i].count; k++)
                if (bundle.items[i].values[k].key == KEY_COMPLETE)
                    bundle.items[i].values[k].number = 0;
    judge();
    bundle_fini(&bundle);
    return strstr(judgement.verdict.summary,
                  "the rules of hostB changed during the trace (those of "
                  "iptables-legacy)") != NULL;
}

static void test_legacy_rules_that_changed_are_told(void **state)
{
    (void)state;
    assert_true(tells_legacy_change("ip6"));
    assert_false(tells_legacy_change("ip"));
    assert_false(tells_legacy_change("none"));
}

static void test_of_what_connected_nothing_is_told(void **state)
{
    (void)state;
    cases_open("connected-v4.json", &bundle);
    load_rules();
    judge();
    assert_int_equal(judgement.verdict.cause, CAUSE_CONNECTED);
    assert_null(strstr(judgement.verdict.summary, "changed"));
    bundle_fini(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_that_changed_are_told),
        cmocka_unit_test(test_rules_that_changed_in_place_are_told),
        cmocka_unit_test(test_legacy_rules_that_changed_are_told),
        cmocka_unit_test(test_of_what_connected_nothing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
