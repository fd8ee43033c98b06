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
    const char *rule; /* NULL: the chain's policy */
    unsigned passed;
    enum front_end owner;
};

#define FIREWALLD FRONT_END_BIT(FRONT_END_FIREWALLD)
#define UFW       FRONT_END_BIT(FRONT_END_UFW)
#define DOCKER    FRONT_END_BIT(FRONT_END_DOCKER)

static const struct sample samples[] = {
    {"firewalld", "filter_IN_public", "reject with icmpx admin-prohibited", 0,
     FRONT_END_FIREWALLD},
    {"firewalld_policy_drop", "filter_input", NULL, 0, FRONT_END_FIREWALLD},
    {"filter", "IN_public_deny", "-A IN_public_deny -j DROP", FIREWALLD,
     FRONT_END_FIREWALLD},
    {"filter", "IN_public", "-A IN_public -j DROP", 0, FRONT_END_NONE},
    {"filter", "INPUT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited",
     FIREWALLD, FRONT_END_FIREWALLD},
    {"filter", "INPUT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited",
     UFW, FRONT_END_NONE},
    {"filter", "INPUT", "-A INPUT -p tcp -m tcp --dport 8080 -j DROP",
     FIREWALLD | UFW | DOCKER, FRONT_END_NONE},
    {"filter", "INPUT", NULL, UFW, FRONT_END_UFW},
    {"filter", "INPUT", NULL, DOCKER, FRONT_END_NONE},
    {"filter", "INPUT", NULL, 0, FRONT_END_NONE},
    {"filter", "FORWARD", NULL, DOCKER, FRONT_END_DOCKER},
    {"filter", "FORWARD", NULL, UFW | DOCKER, FRONT_END_UFW},
    {"filter", "ufw-user-input", "-A ufw-user-input -j DROP", 0, FRONT_END_UFW},
    {"filter", "ufw6-user-input", "-A ufw6-user-input -j DROP", 0,
     FRONT_END_UFW},
    {"filter", "DOCKER-USER", "-A DOCKER-USER -j DROP", 0, FRONT_END_DOCKER},
    {"filter", "DOCKERS", "-A DOCKERS -j DROP", 0, FRONT_END_NONE},
    {"raw", "PREROUTING", "-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP",
     0, FRONT_END_DOCKER},
    {"raw", "PREROUTING",
     "-A PREROUTING -d 172.18.0.2/32 ! -i br-0123456789ab -j DROP", 0,
     FRONT_END_DOCKER},
    {"raw", "PREROUTING", "-A PREROUTING -d 172.18.0.2/32 ! -i br-lan -j DROP",
     0, FRONT_END_NONE},
    {"f2b-table", "f2b-chain", "reject", 0, FRONT_END_FAIL2BAN},
    {"filter", "input", "ip saddr @addr-set-sshd drop", 0, FRONT_END_FAIL2BAN},
    {"filter", "INPUT", "-A INPUT -m set --match-set f2b-sshd src -j DROP", 0,
     FRONT_END_FAIL2BAN},
    {"fw", "input", "ip saddr @banned drop", 0, FRONT_END_NONE},
    {"", "", "", ~0u, FRONT_END_NONE},
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
        if (sample->rule == NULL)
            evidence_set_number(&rule, KEY_POLICY, 1);
        else
            evidence_set_text(&rule, KEY_RULE, sample->rule);
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
