/* Whose a rule is, and of which zone or jail: as the engine sees it. */
#include <string.h>

#include "common/base/array.h"
#include "controller/engine/explain/firewall/front_end.h"
#include "tests/unit/test.h"

#define MAX_ITEMS 4

struct scene
{
    struct evidence items[MAX_ITEMS];
    struct view view;
};

static struct evidence *add(struct scene *scene, const char *table,
                            const char *chain, const char *rule)
{
    struct evidence *item = &scene->items[scene->view.count++];

    evidence_init(item, EVIDENCE_RULE, 0);
    item->role = ROLE_DESTINATION;
    evidence_set_number(item, KEY_ATTEMPT, 1);
    evidence_set_word(item, KEY_PACKET, PACKET_SYN);
    evidence_set_word(item, KEY_STAGE, STAGE_INPUT);
    evidence_set_text(item, KEY_FIREWALL_FAMILY, "ip6");
    evidence_set_text(item, KEY_TABLE, table);
    evidence_set_text(item, KEY_CHAIN, chain);
    evidence_set_text(item, KEY_RULE, rule);
    return item;
}

static struct evidence *add_state(struct scene *scene, enum front_end who)
{
    struct evidence *item = &scene->items[scene->view.count++];

    evidence_init(item, EVIDENCE_FRONT_END, 0);
    item->role = ROLE_DESTINATION;
    evidence_set_word(item, KEY_FRONT_END, (int)who);
    return item;
}

static void begin(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    for (size_t i = 0; i < ARRAY_SIZE(scene->items); i++)
        scene->view.items[i] = &scene->items[i];
}

static void names_the_jail(void **state)
{
    static const struct
    {
        const char *chain;
        const char *read;  /* in the rule, by the agent; NULL: nothing */
        const char *jails; /* NULL: not known */
        const char *jail;  /* "": none that is known */
    } bans[] = {
        {"f2b-sshd", NULL, NULL, "sshd"},
        {"f2b-SSH", NULL, "nginx, ssh", "ssh"},
        {"f2b-sshd", NULL, "nginx", ""},
        {"INPUT", "web6", "web", "web"},
        {"INPUT", "web6", "web, web6", "web6"},
        {"INPUT", "web6", NULL, "web"},
        {"chain", "web", NULL, "web"},
        {"chain", "x;reboot", NULL, "x;reboot"},
        {"chain", "$(reboot)", NULL, "$(reboot)"},
        {"chain", "-all", NULL, "-all"},
        {"chain", "", NULL, ""},
        {"f2b-'", NULL, NULL, "'"},
        {"f2b-6", NULL, "web", ""},
    };
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bans); i++) {
        struct front_end_owner owner;
        struct evidence *rule;

        begin(&scene);
        rule = add(&scene, "filter", bans[i].chain, "drop");
        if (bans[i].read != NULL) {
            evidence_set_word(rule, KEY_FRONT_END, FRONT_END_FAIL2BAN);
            evidence_set_text(rule, KEY_JAIL, bans[i].read);
        }
        if (bans[i].jails != NULL)
            evidence_set_text(add_state(&scene, FRONT_END_FAIL2BAN), KEY_JAILS,
                              bans[i].jails);
        front_end_find(&scene.view, rule, &owner);
        assert_int_equal(owner.who, FRONT_END_FAIL2BAN);
        if (strcmp(owner.jail, bans[i].jail) != 0)
            fail_msg("ban %zu: jail %s", i, owner.jail);
    }
}

/* The very chain that zones are chosen in leads to the zone's. */
static void tells_zones_from_policies(void **state)
{
    static const struct
    {
        const char *chosen;
        const char *chain;
        const char *name;
        bool is_policy, by_default;
    } ways[] = {
        {"IN_public", "IN_public", "public", false, true},
        {"IN_public", "IN_public_deny", "public", false, false},
        {"IN_public", "IN_closed_deny", "closed", true, false},
        {"filter_IN_work", "filter_IN_work", "work", false, true},
        {"filter_IN_work", "filter_IN_policy_work_pre", "work", true, false},
        {"IN_$(id)", "IN_$(id)", "$(id)", false, true},
    };
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct front_end_owner owner;
        const struct evidence *rule;

        begin(&scene);
        evidence_set_text(add(&scene, "firewalld", "filter_INPUT_ZONES", "x"),
                          KEY_TARGET, ways[i].chosen);
        rule = add(&scene, "firewalld", ways[i].chain, "reject");
        front_end_find(&scene.view, rule, &owner);
        assert_int_equal(owner.who, FRONT_END_FIREWALLD);
        assert_string_equal(owner.zone.name, ways[i].name);
        assert_int_equal(owner.zone.is_policy, ways[i].is_policy);
        assert_int_equal(owner.by_default, ways[i].by_default);
    }
}

/* Another packet's way, or another table's chains, are no company. */
static void minds_only_the_packets_own_way(void **state)
{
    struct scene scene;
    struct front_end_owner owner;
    struct evidence *policy;
    struct evidence *step;

    (void)state;
    begin(&scene);
    step = add(&scene, "filter", "ufw-before-input", "");
    policy = add(&scene, "filter", "INPUT", NULL);
    evidence_set_number(policy, KEY_POLICY, 1);
    front_end_find(&scene.view, policy, &owner);
    assert_int_equal(owner.who, FRONT_END_UFW);
    assert_true(owner.by_default);

    begin(&scene);
    step = add(&scene, "other", "ufw-before-input", "");
    policy = add(&scene, "filter", "INPUT", NULL);
    evidence_set_number(policy, KEY_POLICY, 1);
    front_end_find(&scene.view, policy, &owner);
    assert_int_equal(owner.who, FRONT_END_NONE);

    begin(&scene);
    step = add(&scene, "filter", "ufw-before-input", "");
    step->role = ROLE_SOURCE;
    policy = add(&scene, "filter", "INPUT", NULL);
    evidence_set_number(policy, KEY_POLICY, 1);
    front_end_find(&scene.view, policy, &owner);
    assert_int_equal(owner.who, FRONT_END_NONE);
}

static struct judgement judgement; /* large */

/* What is offered for a SYN that this rule rejects, at this end, in a namespace
 * of this name. */
static const struct fix *mend_at(struct scene *scene, const char *chain,
                                 enum role role, const char *inside)
{
    static struct subject subject;
    static struct attempt_view attempt;
    struct finding finding = {.role = role, .packet = PACKET_SYN};
    struct case_file file = {.view = &scene->view, .attempt = &attempt};
    struct evidence *rule = add(scene, "firewalld", chain, "reject");
    struct address from;
    struct address to;

    assert_int_equal(
        address_parse("2001:db8:1111:2222:3333:4444:5555:6666", &from), 0);
    assert_int_equal(
        address_parse("2001:db8:1111:2222:3333:4444:5555:7777", &to), 0);
    evidence_set_address(rule, KEY_SOURCE, &from);
    evidence_set_address(rule, KEY_DESTINATION, &to);
    evidence_set_number(rule, KEY_DESTINATION_PORT, 65535);
    file.decider = rule;
    scene->view.subject = &subject;
    strcpy(subject.inside, inside);
    strcpy(finding.namespace_name, inside);
    memset(&judgement, 0, sizeof(judgement));
    return front_end_fix(&file, &finding, &judgement) ? &judgement.fixes[0]
                                                      : NULL;
}

static const struct fix *mend(struct scene *scene, const char *chain)
{
    return mend_at(scene, chain, ROLE_DESTINATION, "");
}

/* Entered or not, firewall-cmd speaks to the host's firewalld. */
static void offers_no_program_of_the_host_for_a_namespace(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_non_null(mend_at(&scene, "filter_IN_public", ROLE_SOURCE, ""));
    begin(&scene);
    assert_null(mend_at(&scene, "filter_IN_public", ROLE_SOURCE, "app"));
    begin(&scene); /* the namespace is the source's */
    assert_non_null(
        mend_at(&scene, "filter_IN_public", ROLE_DESTINATION, "app"));
}

static void offers_whole_commands_only(void **state)
{
    struct scene scene;
    const struct fix *fix;

    (void)state;
    begin(&scene); /* the longest name that firewalld takes */
    fix = mend(&scene, "filter_IN_policy_01234567890123456_deny");
    assert_non_null(fix);
    assert_string_equal(fix->command.text + fix->command.size - 8, " accept'");
    begin(&scene);
    assert_null(mend(&scene, "filter_IN_policy_0123456789012345678901234567890"
                             "12345678901234567890_deny"));
    assert_int_equal(judgement.fix_count, 0);
}

/* Its own rule would still be named; a command of its program's would not be
 * what it looks like. */
static void offers_no_command_for_a_hostile_name(void **state)
{
    static const char *const chains[] = {
        "filter_IN_$(id)", "filter_IN_a;id",
        "filter_IN_--all", "filter_IN_a b",
        "filter_IN_a'",    "filter_IN_a\nid_deny",
        "filter_IN_`id`",  "filter_IN_a\342\200\256",
    };
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
        begin(&scene);
        assert_null(mend(&scene, chains[i]));
        assert_int_equal(judgement.fix_count, 0);
    }
    begin(&scene);
    assert_non_null(mend(&scene, "filter_IN_a-b.c_deny"));
}

static void asks_nothing_of_who_is_silent(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_non_null(mend(&scene, "filter_IN_public"));
    assert_int_equal(judgement.fix_count, 2);
    begin(&scene);
    evidence_set_text(add_state(&scene, FRONT_END_FIREWALLD), KEY_STATE,
                      "silent");
    assert_null(mend(&scene, "filter_IN_public"));
    begin(&scene);
    evidence_set_number(add_state(&scene, FRONT_END_FIREWALLD), KEY_CONFIGURED,
                        1);
    assert_string_equal(mend(&scene, "filter_IN_public")->command.text,
                        "firewall-cmd --zone=public --add-port=65535/tcp");
}

/* What the settings tell apart, no command opens to everybody. */
static void keeps_restrictions(void **state)
{
    static const struct
    {
        bool configured;
        bool restricted;
        const char *commands[2]; /* how they begin */
    } cases[] = {
        {false,
         false,
         {"firewall-cmd --zone=public --add-rich-rule='rule family=",
          "firewall-cmd --zone=public --add-port=65535/tcp && "}},
        {false,
         true,
         {"firewall-cmd --zone=public --add-rich-rule='rule priority=-32768 ",
          NULL}},
        {true,
         false,
         {"firewall-cmd --zone=public --add-port=65535/tcp",
          "firewall-cmd --reload"}},
        {true,
         true,
         {"firewall-cmd --zone=public --add-rich-rule='rule priority=-32768 ",
          "firewall-cmd --reload"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct scene scene;
        struct evidence *said;

        begin(&scene);
        said = add_state(&scene, FRONT_END_FIREWALLD);
        if (cases[i].configured)
            evidence_set_number(said, KEY_CONFIGURED, 1);
        if (cases[i].restricted)
            evidence_set_number(said, KEY_RESTRICTED, 1);
        assert_non_null(mend(&scene, "filter_IN_public"));
        for (size_t n = 0; n < 2; n++) {
            const char *wanted = cases[i].commands[n];

            assert_int_equal(judgement.fix_count > n, wanted != NULL);
            if (wanted != NULL)
                assert_memory_equal(judgement.fixes[n].command.text, wanted,
                                    strlen(wanted));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_jail),
        cmocka_unit_test(tells_zones_from_policies),
        cmocka_unit_test(minds_only_the_packets_own_way),
        cmocka_unit_test(offers_no_program_of_the_host_for_a_namespace),
        cmocka_unit_test(offers_whole_commands_only),
        cmocka_unit_test(offers_no_command_for_a_hostile_name),
        cmocka_unit_test(asks_nothing_of_who_is_silent),
        cmocka_unit_test(keeps_restrictions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
