/* Whose a rule is, by names and company. */
#include <string.h>

#include "common/base/array.h"
#include "common/trace/evidence.h"
#include "common/trace/front_end.h"
#include "tests/unit/test.h"

struct sample
{
    const char *table;
    const char *chain;
    bool is_policy;           /* the chain's, no rule */
    enum front_end front_end; /* what the agent has read in it */
    enum front_end resembles;
    unsigned passed;
    enum front_end owner;
};

#define FIREWALLD FRONT_END_BIT(FRONT_END_FIREWALLD)
#define UFW       FRONT_END_BIT(FRONT_END_UFW)
#define DOCKER    FRONT_END_BIT(FRONT_END_DOCKER)
#define PLAIN     false, FRONT_END_NONE, FRONT_END_NONE
#define POLICY    true, FRONT_END_NONE, FRONT_END_NONE
#define OWN(who)  false, who, FRONT_END_NONE
#define LIKE(who) false, FRONT_END_NONE, who

static const struct sample samples[] = {
    {"firewalld", "filter_IN_public", PLAIN, 0, FRONT_END_FIREWALLD},
    {"firewalld_policy_drop", "filter_input", POLICY, 0, FRONT_END_FIREWALLD},
    {"filter", "IN_public_deny", PLAIN, FIREWALLD, FRONT_END_FIREWALLD},
    {"filter", "IN_public", PLAIN, 0, FRONT_END_NONE},
    {"filter", "INPUT", LIKE(FRONT_END_FIREWALLD), FIREWALLD,
     FRONT_END_FIREWALLD},
    {"filter", "INPUT", LIKE(FRONT_END_FIREWALLD), UFW, FRONT_END_NONE},
    {"filter", "INPUT", LIKE(FRONT_END_FIREWALLD), 0, FRONT_END_NONE},
    {"filter", "INPUT", PLAIN, FIREWALLD | UFW | DOCKER, FRONT_END_NONE},
    {"filter", "INPUT", POLICY, UFW, FRONT_END_UFW},
    {"filter", "INPUT", POLICY, DOCKER, FRONT_END_NONE},
    {"filter", "INPUT", POLICY, 0, FRONT_END_NONE},
    {"filter", "FORWARD", POLICY, DOCKER, FRONT_END_DOCKER},
    {"filter", "FORWARD", POLICY, UFW | DOCKER, FRONT_END_UFW},
    {"filter", "ufw-user-input", PLAIN, 0, FRONT_END_UFW},
    {"filter", "ufw6-user-input", PLAIN, 0, FRONT_END_UFW},
    {"filter", "DOCKER-USER", PLAIN, 0, FRONT_END_DOCKER},
    {"filter", "DOCKER-USER", OWN(FRONT_END_FAIL2BAN), 0, FRONT_END_FAIL2BAN},
    {"filter", "DOCKERS", PLAIN, 0, FRONT_END_NONE},
    {"raw", "PREROUTING", OWN(FRONT_END_DOCKER), 0, FRONT_END_DOCKER},
    {"raw", "PREROUTING", PLAIN, 0, FRONT_END_NONE},
    {"f2b-table", "f2b-chain", PLAIN, 0, FRONT_END_FAIL2BAN},
    {"filter", "input", OWN(FRONT_END_FAIL2BAN), 0, FRONT_END_FAIL2BAN},
    {"fw", "input", PLAIN, 0, FRONT_END_NONE},
    {"", "", PLAIN, ~0u, FRONT_END_NONE},
};

static void tells_whose_a_rule_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        const struct sample *sample = &samples[i];
        struct evidence rule;

        evidence_init(&rule, EVIDENCE_RULE, 0);
        evidence_set_text(&rule, KEY_TABLE, sample->table);
        evidence_set_text(&rule, KEY_CHAIN, sample->chain);
        if (sample->is_policy)
            evidence_set_number(&rule, KEY_POLICY, 1);
        if (sample->front_end != FRONT_END_NONE)
            evidence_set_word(&rule, KEY_FRONT_END, (int)sample->front_end);
        if (sample->resembles != FRONT_END_NONE)
            evidence_set_word(&rule, KEY_RESEMBLES, (int)sample->resembles);
        if (front_end_of_rule(&rule, sample->passed) != sample->owner)
            fail_msg("sample %zu: chain %s: %s", i, sample->chain,
                     word_name(&front_end_words,
                               (int)front_end_of_rule(&rule, sample->passed)));
    }
}

static void sees_what_a_jump_leads_to(void **state)
{
    struct evidence step;

    (void)state;
    evidence_init(&step, EVIDENCE_RULE, 0);
    evidence_set_text(&step, KEY_CHAIN, "INPUT");
    evidence_set_text(&step, KEY_TARGET, "INPUT_ZONES");
    assert_int_equal(front_end_passed(&step), FIREWALLD);
    evidence_init(&step, EVIDENCE_RULE, 0);
    evidence_set_text(&step, KEY_CHAIN, "DOCKER-USER");
    evidence_set_text(&step, KEY_TARGET, "ufw-user-forward");
    assert_int_equal(front_end_passed(&step), DOCKER | UFW);
    evidence_init(&step, EVIDENCE_RULE, 0);
    assert_int_equal(front_end_passed(&step), 0);
}

static void only_drops_are_deadly(void **state)
{
    struct evidence rule;

    (void)state;
    evidence_init(&rule, EVIDENCE_RULE, 0);
    assert_false(front_end_is_deadly(&rule));
    evidence_set_word(&rule, KEY_VERDICT, VERDICT_DROP);
    assert_true(front_end_is_deadly(&rule));
    evidence_init(&rule, EVIDENCE_RULE_COUNTER, 0);
    evidence_set_text(&rule, KEY_TARGET, "reject");
    assert_true(front_end_is_deadly(&rule));
    evidence_init(&rule, EVIDENCE_PACKET, 0);
    evidence_set_text(&rule, KEY_TARGET, "reject");
    assert_false(front_end_is_deadly(&rule));
}

static void reads_zones_from_chains(void **state)
{
    static const struct
    {
        const char *chain;
        const char *name; /* NULL: none */
        const char *part;
        bool is_policy;
    } chains[] = {
        {"filter_IN_public", "public", "", false},
        {"filter_IN_public_deny", "public", "deny", false},
        {"filter_IN_dmz_2_allow", "dmz_2", "allow", false},
        {"filter_IN_policy_allow-host-ipv6_pre", "allow-host-ipv6", "pre",
         true},
        {"filter_OUT_policy_out", "out", "", true},
        {"IN_work", "work", "", false},
        {"FWDI_work_log", "work", "log", false},
        {"filter_INPUT_ZONES", NULL, NULL, false},
        {"filter_IN_", NULL, NULL, false},
        {"IN__deny", NULL, NULL, false},
        {"", NULL, NULL, false},
        {"IN_0123456789012345678901234567890123456789012345678901234567890123",
         NULL, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
        struct front_end_zone zone;
        bool found = front_end_zone(chains[i].chain, &zone);

        assert_int_equal(found, chains[i].name != NULL);
        if (!found)
            continue;
        assert_string_equal(zone.name, chains[i].name);
        assert_string_equal(zone.part, chains[i].part);
        assert_int_equal(zone.is_policy, chains[i].is_policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_whose_a_rule_is),
        cmocka_unit_test(sees_what_a_jump_leads_to),
        cmocka_unit_test(only_drops_are_deadly),
        cmocka_unit_test(reads_zones_from_chains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
