#include "agent/observe/sockets/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/host/cgroup_unit.h"
#include "common/base/array.h"
#include "common/base/clock.h"
#include "common/trace/evidence.h"

const char units_properties[] =
    "--property=Id,LoadState,ActiveState,SubState,Result,UnitFileState,"
    "InvocationID,TriggeredBy,Triggers,MainPID,ExecMainCode,ExecMainStatus,"
    "NRestarts,StatusErrno,StateChangeTimestampMonotonic,ConditionResult,"
    "ConditionTimestampMonotonic,Listen,ExecStart,Environment";

/* What is being read; text and number of one property each. */
struct reading
{
    struct unit unit;
    uint16_t port;
    bool condition_is_met;
    int64_t condition_us; /* when it was last looked at; 0: never */
};

static const struct
{
    const char *name;
    size_t offset;
} texts[] = {
    {"Id", offsetof(struct unit, name)},
    {"LoadState", offsetof(struct unit, load_state)},
    {"ActiveState", offsetof(struct unit, active_state)},
    {"SubState", offsetof(struct unit, sub_state)},
    {"Result", offsetof(struct unit, result)},
    {"UnitFileState", offsetof(struct unit, enabled)},
    {"InvocationID", offsetof(struct unit, invocation)},
    {"TriggeredBy", offsetof(struct unit, triggered_by)},
    {"Triggers", offsetof(struct unit, triggers)},
};

static const struct
{
    const char *name;
    size_t offset;
} numbers[] = {
    {"MainPID", offsetof(struct reading, unit.main_pid)},
    {"ExecMainCode", offsetof(struct reading, unit.exit_code)},
    {"ExecMainStatus", offsetof(struct reading, unit.exit_status)},
    {"NRestarts", offsetof(struct reading, unit.restarts)},
    {"StatusErrno", offsetof(struct reading, unit.status_errno)},
    {"StateChangeTimestampMonotonic",
     offsetof(struct reading, unit.changed_us)},
    {"ConditionTimestampMonotonic", offsetof(struct reading, condition_us)},
};

bool units_find_number(const char *text, unsigned number)
{
    char digits[16];
    size_t size = (size_t)snprintf(digits, sizeof(digits), "%u", number);

    for (const char *at = text; (at = strstr(at, digits)) != NULL; at++)
        if ((at == text || !isalnum((unsigned char)at[-1])) &&
            !isalnum((unsigned char)at[size]))
            return true;
    return false;
}

/* "[::]:8080 (Stream)", "0.0.0.0:8080 (Stream)" */
static bool listens_on(const char *listen, unsigned port)
{
    char wanted[24];
    const char *found;

    snprintf(wanted, sizeof(wanted), ":%u (Stream)", port);
    found = strstr(listen, wanted);
    return found != NULL && found[strlen(wanted)] == '\0';
}

/* "{ path=/usr/bin/web ; argv[]=/usr/bin/web -p 80 ; ignore_errors=no ; ...":
 * what follows the arguments is full of numbers. */
static bool command_names(char *command, unsigned port)
{
    char *arguments = strstr(command, "argv[]=");
    char *end;

    if (arguments == NULL)
        return false;
    end = strstr(arguments, " ; ignore_errors=");
    if (end != NULL)
        *end = '\0';
    return units_find_number(arguments, port);
}

static void read_line(struct reading *reading, char *name, char *value)
{
    int64_t number;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (strcmp(name, texts[i].name) == 0)
            *(const char **)((char *)&reading->unit + texts[i].offset) = value;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (strcmp(name, numbers[i].name) == 0 &&
            sscanf(value, "%" SCNd64, &number) == 1)
            *(int64_t *)((char *)reading + numbers[i].offset) = number;
    if (strcmp(name, "ConditionResult") == 0)
        reading->condition_is_met = strcmp(value, "no") != 0;
    else if (strcmp(name, "Listen") == 0)
        reading->unit.listens |= listens_on(value, reading->port);
    else if (strcmp(name, "ExecStart") == 0)
        reading->unit.commands |= command_names(value, reading->port);
    else if (strcmp(name, "Environment") == 0)
        reading->unit.commands |= units_find_number(value, reading->port);
}

static void begin_unit(struct reading *reading)
{
    reading->unit = (struct unit){0};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *(const char **)((char *)&reading->unit + texts[i].offset) = "";
    reading->condition_is_met = true;
    reading->condition_us = 0;
}

static void end_unit(struct reading *reading, unit_fn fn, void *data)
{
    if (unit_name_is_valid(reading->unit.name)) {
        reading->unit.condition_failed =
            reading->condition_us > 0 && !reading->condition_is_met;
        fn(&reading->unit, data);
    }
    begin_unit(reading);
}

void units_parse(char *text, uint16_t port, unit_fn fn, void *data)
{
    struct reading reading = {.port = port};
    char *line;

    begin_unit(&reading);
    while ((line = strsep(&text, "\n")) != NULL) {
        char *value = strchr(line, '=');

        if (*line == '\0')
            end_unit(&reading, fn, data);
        if (value == NULL)
            continue;
        *value = '\0';
        read_line(&reading, line, value + 1);
    }
    end_unit(&reading, fn, data);
}

bool unit_is_loaded(const struct unit *unit)
{
    return strcmp(unit->load_state, "loaded") == 0 ||
           strcmp(unit->load_state, "masked") == 0;
}

bool unit_is_troubled(const struct unit *unit)
{
    return strcmp(unit->active_state, "failed") == 0 ||
           strcmp(unit->sub_state, "auto-restart") == 0;
}

void unit_to_evidence(const struct unit *unit, uint16_t port, int64_t now_ns,
                      struct evidence *evidence)
{
    evidence_init(evidence, EVIDENCE_UNIT, now_ns);
    evidence_put_text(evidence, KEY_NAME, unit->name);
    evidence_put_text(evidence, KEY_LOAD_STATE, unit->load_state);
    evidence_put_text(evidence, KEY_ACTIVE_STATE, unit->active_state);
    evidence_put_text(evidence, KEY_SUB_STATE, unit->sub_state);
    evidence_put_text(evidence, KEY_RESULT, unit->result);
    evidence_put_text(evidence, KEY_ENABLED, unit->enabled);
    evidence_put_text(evidence, KEY_TRIGGERED_BY, unit->triggered_by);
    evidence_put_text(evidence, KEY_TRIGGERS, unit->triggers);
    evidence_put_number(evidence, KEY_PID, unit->main_pid);
    if (unit->exit_code != 0) { /* else it has not ended */
        evidence_set_number(evidence, KEY_EXIT_CODE, unit->exit_code);
        evidence_set_number(evidence, KEY_EXIT_STATUS, unit->exit_status);
    }
    evidence_put_number(evidence, KEY_RESTARTS, unit->restarts);
    evidence_put_number(evidence, KEY_ERRNO, unit->status_errno);
    if (unit->changed_us > 0 && unit->changed_us <= now_ns / NS_PER_US)
        evidence_set_number(evidence, KEY_AGE_S,
                            (now_ns / NS_PER_US - unit->changed_us) / 1000000);
    if (unit->condition_failed)
        evidence_set_number(evidence, KEY_CONDITION_FAILED, 1);
    if (unit->listens || unit->commands) {
        evidence_set_number(evidence, KEY_PORT, port);
        evidence_set_text(evidence, KEY_PORT_FROM,
                          unit->listens ? "listen" : "command");
    }
}

const char *units_find_in_use(char *text)
{
    static const char *const words[] = {
        "address already in use", "eaddrinuse", "port is already allocated",
        "address in use", "port already in use"};
    char *line;

    while ((line = strsep(&text, "\n")) != NULL)
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
            if (strcasestr(line, words[i]) != NULL)
                return line;
    return NULL;
}
