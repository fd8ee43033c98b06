/* No report offers a command that its host has no program for: each program of
 * each fix of all bundles is said to be missing, and nothing that begins with it
 * is offered any more, though the verdict is the same. */
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/verdict.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/test.h"

#define NAME_SIZE 64

static struct judgement honest, without;

/* The program that a part of the command starts; false: it only enters a
 * namespace, in which another one is started. */
static bool program_of(const struct fix *fix, size_t part,
                       char name[static NAME_SIZE])
{
    const char *at = fix->command.text + fix->command.parts[part].at;

    text_format(name, NAME_SIZE, "%.*s", (int)strcspn(at, " "), at);
    return strcmp(name, "nsenter") != 0 && strncmp(at, "ip netns ", 9) != 0;
}

static bool starts(const struct fix *fix, enum role role, const char *program)
{
    char name[NAME_SIZE];

    for (size_t i = 0; fix->role == role && i < fix->command.part_count; i++)
        if (program_of(fix, i, name) && strcmp(name, program) == 0)
            return true;
    return false;
}

/* With a last piece, which says so. */
static void judge_without(struct bundle *bundle, enum role role,
                          const char *program)
{
    struct evidence *missing;

    bundle->items =
        reallocarray(bundle->items, bundle->count + 1, sizeof(*bundle->items));
    assert_non_null(bundle->items);
    missing = &bundle->items[bundle->count];
    evidence_init(missing, EVIDENCE_NOT_INSTALLED, 1);
    missing->id = 900001;
    missing->role = (uint8_t)role;
    evidence_set_text(missing, KEY_TEXT, program);
    verdict_judge(&bundle->subject, bundle->items, bundle->count + 1, &without);
}

static void check_without(const char *path, struct bundle *bundle,
                          enum role role, const char *program)
{
    judge_without(bundle, role, program);
    if (without.verdict.cause != honest.verdict.cause)
        fail_msg("%s without %s: another verdict", path, program);
    if (without.fix_count == 0 && strstr(without.advice, program) == NULL)
        fail_msg("%s without %s: not said: %s", path, program, without.advice);
    for (size_t i = 0; i < without.fix_count; i++)
        if (starts(&without.fixes[i], role, program))
            fail_msg("%s without %s: %s", path, program,
                     without.fixes[i].command.text);
    for (size_t i = 0; i < without.obstacle_count; i++)
        if (starts(&without.obstacle_fixes[i], role, program))
            fail_msg("%s without %s: %s", path, program,
                     without.obstacle_fixes[i].command.text);
}

static void check_case(const char *name, struct bundle *bundle, void *data)
{
    unsigned *tried = data;
    char program[NAME_SIZE];

    verdict_judge(&bundle->subject, bundle->items, bundle->count, &honest);
    for (size_t i = 0; i < honest.fix_count; i++)
        for (size_t part = 0; part < honest.fixes[i].command.part_count; part++)
            if (program_of(&honest.fixes[i], part, program)) {
                check_without(name, bundle, honest.fixes[i].role, program);
                ++*tried;
            }
}

static void offers_no_command_without_its_program(void **state)
{
    unsigned tried = 0;

    (void)state;
    cases_for_each(check_case, &tried);
    assert_true(tried > 100);
}

/* Words, not parts of words; the host's own, not the other's. */
static void another_program_is_none_of_its(void **state)
{
    static const struct
    {
        enum role role;
        const char *missing;
        bool is_offered;
    } rows[] = {
        {ROLE_DESTINATION, "nft", false},
        {ROLE_DESTINATION, "ipset nft ufw", false},
        {ROLE_DESTINATION, "iptables-nft ufw", true},
        {ROLE_DESTINATION, "nf", true},
        {ROLE_SOURCE, "nft", true},
    };
    struct bundle bundle;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        cases_open("nft-drop-input-v6.json", &bundle);
        judge_without(&bundle, rows[i].role, rows[i].missing);
        assert_int_equal(without.fix_count > 0, rows[i].is_offered);
        bundle_fini(&bundle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_no_command_without_its_program),
        cmocka_unit_test(another_program_is_none_of_its),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
