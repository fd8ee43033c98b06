/* Units, cgroups and command lines as texts, well-formed and hostile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/host/cgroup_unit.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/sockets/units.h"
#include "common/base/array.h"
#include "common/trace/evidence.h"
#include "tests/unit/test.h"

static void finds_the_unit_of_a_cgroup(void **state)
{
    static const struct
    {
        const char *cgroup, *unit, *user;
    } cases[] = {
        {"0::/system.slice/web.service\n", "web.service", ""},
        {"0::/lab-x/system.slice/web@1.service/worker\n", "web@1.service", ""},
        {"9:name=systemd:/system.slice/old.service\n4:memory:/x\n",
         "old.service", ""},
        {"4:memory:/a.service\n0::/\n", "", ""},
        {"1:name=systemd:/\n0::/init.scope\n", "init.scope", ""},
        {"0::/user.slice/user-0.slice/user@0.service/app.slice/web.service",
         "user@0.service", "web.service"},
        {"0::/user.slice/user-0.slice/session-3.scope", "session-3.scope", ""},
        /* a manager inside a container: its units are not the host's */
        {"0::/system.slice/box.scope/system.slice/web.service", "box.scope",
         ""},
        {"", "", ""},
        {"0::", "", ""},
        {"0::/-x.service/../ /\x01.service", "", ""},
        {"0::/.service", "", ""},
    };
    char unit[UNIT_NAME_SIZE], user[UNIT_NAME_SIZE];
    char large[2048] = "0::/";

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(cgroup_unit_parse(cases[i].cgroup, unit, user),
                         cases[i].unit[0] != '\0');
        assert_string_equal(unit, cases[i].unit);
        assert_string_equal(user, cases[i].user);
    }
    memset(large + 4, 'x', 1000);
    strcpy(large + 1004, ".service/web.service");
    assert_true(cgroup_unit_parse(large, unit, user));
    assert_string_equal(unit, "web.service");
}

struct seen
{
    unsigned count;
    char names[8][32];
    struct unit last;
    struct evidence evidence;
};

static void see(const struct unit *unit, void *data)
{
    struct seen *seen = data;

    snprintf(seen->names[seen->count++ % 8], 32, "%s", unit->name);
    seen->last = *unit;
    unit_to_evidence(unit, 8080, 1000000000000, &seen->evidence);
    assert_int_equal(evidence_check(&seen->evidence), 0);
}

static struct seen parse(char *text)
{
    struct seen seen = {0};

    units_parse(text, 8080, see, &seen);
    return seen;
}

static void reads_what_systemctl_shows(void **state)
{
    char text[] =
        "Id=good.service\nLoadState=loaded\nActiveState=active\n"
        "SubState=running\nMainPID=8080\nExecStart={ path=/x ; argv[]=/x 80 ; "
        "ignore_errors=no ; start_time=[n/a] ; pid=8080 ; status=0/0 }\n"
        "\n"
        "MainPID=0\nResult=exit-code\nExecMainCode=1\nExecMainStatus=203\n"
        "NRestarts=5\nId=web.service\nLoadState=loaded\nActiveState=failed\n"
        "SubState=failed\nUnitFileState=enabled\n"
        "StateChangeTimestampMonotonic=940000000\nStatusErrno=98\n"
        "ConditionResult=yes\nExecStart={ path=/x ; argv[]=/x :8080 ; "
        "ignore_errors=no }\nEnvironment=A=1\n";
    struct seen seen = parse(text);

    (void)state;
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.names[0], "good.service");
    assert_string_equal(seen.names[1], "web.service");
    assert_true(seen.last.commands);
    assert_true(unit_is_troubled(&seen.last));
    assert_int_equal(evidence_number(&seen.evidence, KEY_EXIT_STATUS, 0), 203);
    assert_int_equal(evidence_number(&seen.evidence, KEY_RESTARTS, 0), 5);
    assert_int_equal(evidence_number(&seen.evidence, KEY_AGE_S, 0), 60);
    assert_int_equal(evidence_number(&seen.evidence, KEY_ERRNO, 0), 98);
    assert_false(evidence_has(&seen.evidence, KEY_PID));
    assert_string_equal(evidence_text(&seen.evidence, KEY_PORT_FROM, ""),
                        "command");
}

static void tells_sockets_and_conditions(void **state)
{
    char socket[] = "Listen=/run/x (Stream)\nListen=[::]:8080 (Stream)\n"
                    "Id=web.socket\nLoadState=loaded\nTriggers=web.service\n";
    char other[] = "Listen=[::]:18080 (Stream)\nListen=0.0.0.0:8080 "
                   "(Datagram)\nId=web.socket\n";
    char unmet[] = "Id=web.service\nConditionResult=no\n"
                   "ConditionTimestampMonotonic=7\n";
    char untried[] = "Id=web.service\nConditionResult=no\n"
                     "ConditionTimestampMonotonic=0\n";

    (void)state;
    assert_true(parse(socket).last.listens);
    assert_false(parse(other).last.listens);
    assert_true(parse(unmet).last.condition_failed);
    assert_false(parse(untried).last.condition_failed);
}

/* Nothing of it is a unit, or worse than nothing. */
static void survives_hostile_answers(void **state)
{
    char junk[] = "=\n==\n\n\nId\nId=\n\nId=../../etc\n\nId=-x.service\n\n"
                  "Id=a b.service\nMainPID=999999999999999999999\n";
    char cut[] = "Id=web.service\nExecStart={ path=/x ; argv[]=";
    char large[] = "Id=web.service\nNRestarts=-9223372036854775808\n"
                   "StateChangeTimestampMonotonic=9223372036854775807\n"
                   "MainPID=zero\n";
    char *full = calloc(1, 200000);
    struct seen seen;

    (void)state;
    assert_int_equal(parse(junk).count, 0);
    assert_int_equal(parse(cut).count, 1);
    seen = parse(large);
    assert_false(evidence_has(&seen.evidence, KEY_AGE_S));
    memset(full, 'R', 199000);
    memcpy(full, "Id=web.service\nResult=", 22);
    seen = parse(full);
    assert_int_equal(seen.count, 1);
    free(full);
}

static void finds_whole_numbers(void **state)
{
    (void)state;
    assert_true(units_find_number("--port=8080", 8080));
    assert_true(units_find_number("18080 8080", 8080));
    assert_true(units_find_number(":8080/tcp", 8080));
    assert_false(units_find_number("18080 80801 x8080 8080a", 8080));
    assert_false(units_find_number("", 1));
}

static void finds_addresses_in_use(void **state)
{
    char python[] = "Started web.\nOSError: [Errno 98] Address already in use\n"
                    "web.service: Main process exited\n";
    char node[] = "Error: listen EADDRINUSE: address already in use :::8080";
    char none[] = "Started web.\nPermission denied\n\n";

    (void)state;
    assert_string_equal(units_find_in_use(python),
                        "OSError: [Errno 98] Address already in use");
    assert_non_null(units_find_in_use(node));
    assert_null(units_find_in_use(none));
}

static void finds_the_program_among_arguments(void **state)
{
    static const char words[] = "python3\0-S\0/opt/web.py\0--to=x";

    (void)state;
    assert_true(processes_find_argument(words, sizeof(words), "web.py"));
    assert_true(processes_find_argument(words, sizeof(words), "web"));
    assert_true(processes_find_argument(words, sizeof(words), "python3"));
    assert_false(processes_find_argument(words, sizeof(words), "python"));
    assert_false(processes_find_argument(words, sizeof(words), "we"));
    assert_false(processes_find_argument(words, sizeof(words), "opt"));
    assert_false(processes_find_argument("", 0, "web"));
    assert_true(processes_find_argument("web", 3, "web")); /* no NUL */
}

static void reads_the_start_of_a_process(void **state)
{
    struct process process;

    (void)state;
    assert_true(processes_parse_stat(
        "7 (x y) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 9 9",
        &process));
    assert_int_equal(process.started_ms, 123450);
    assert_true(processes_parse_stat("7 (x) S 1 7", &process));
    assert_int_equal(process.started_ms, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_unit_of_a_cgroup),
        cmocka_unit_test(reads_what_systemctl_shows),
        cmocka_unit_test(tells_sockets_and_conditions),
        cmocka_unit_test(survives_hostile_answers),
        cmocka_unit_test(finds_whole_numbers),
        cmocka_unit_test(finds_addresses_in_use),
        cmocka_unit_test(finds_the_program_among_arguments),
        cmocka_unit_test(reads_the_start_of_a_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
