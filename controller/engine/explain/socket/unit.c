/* What a systemd unit is doing, in words. */
#include <inttypes.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

#define MAX_SAID 160 /* of a unit's own words */

static bool text_is(const struct evidence *unit, enum evidence_key key,
                    const char *text)
{
    return strcmp(evidence_text(unit, key, ""), text) == 0;
}

void age_print(int64_t seconds, char *text, size_t size)
{
    if (seconds < 120)
        text_format(text, size, "%" PRId64 " s", seconds);
    else if (seconds < 2 * 3600)
        text_format(text, size, "%" PRId64 " min", seconds / 60);
    else if (seconds < 2 * 86400)
        text_format(text, size, "%" PRId64 " h", seconds / 3600);
    else
        text_format(text, size, "%" PRId64 " days", seconds / 86400);
}

/* What systemd itself means by an exit status; systemd.exec(5). */
static const char *status_name(int64_t status)
{
    static const struct
    {
        int64_t status;
        const char *name;
    } names[] = {
        {200, "/CHDIR"},          {203, "/EXEC"},    {205, "/LIMITS"},
        {208, "/STDIN"},          {209, "/STDOUT"},  {210, "/CHROOT"},
        {216, "/GROUP"},          {217, "/USER"},    {218, "/CAPABILITIES"},
        {219, "/CGROUP"},         {224, "/PAM"},     {225, "/NETWORK"},
        {226, "/NAMESPACE"},      {228, "/SECCOMP"}, {238, "/STATE_DIRECTORY"},
        {240, "/LOGS_DIRECTORY"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].status == status)
            return names[i].name;
    return "";
}

/* "exit status 203/EXEC", "killed by SIGKILL"; empty: it has not ended. */
static void print_end(const struct evidence *unit, char *text, size_t size)
{
    int64_t status = evidence_number(unit, KEY_EXIT_STATUS, 0);
    const char *signal;

    text[0] = '\0';
    if (!evidence_has(unit, KEY_EXIT_CODE))
        return;
    if (evidence_number(unit, KEY_EXIT_CODE, 0) == UNIT_EXITED) {
        text_format(text, size, "exit status %" PRId64 "%s", status,
                    status_name(status));
        return;
    }
    signal = status > 0 && status < 65 ? sigabbrev_np((int)status) : NULL;
    if (signal != NULL)
        text_format(text, size, "killed by SIG%s", signal);
    else
        text_format(text, size, "killed by signal %" PRId64, status);
}

/* Why systemd gave it up, where its end alone does not say it. */
static const char *result_words(const struct evidence *unit)
{
    static const struct
    {
        const char *result, *words;
    } results[] = {
        {"timeout", "it took too long"},
        {"oom-kill", "the host was out of memory"},
        {"watchdog", "its watchdog heard nothing"},
        {"start-limit-hit", "it was started too often"},
        {"resources", "systemd could not set it up"},
        {"protocol", "it never said that it was ready"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(results); i++)
        if (text_is(unit, KEY_RESULT, results[i].result))
            return results[i].words;
    return "";
}

/* " (exit status 1; it was started too often)", ": "its own words"". */
static void print_reasons(const struct evidence *unit, char *text, size_t size)
{
    char ended[64];
    const char *words = result_words(unit);
    const char *said = evidence_text(unit, KEY_TEXT, NULL);
    bool both;

    print_end(unit, ended, sizeof(ended));
    both = ended[0] != '\0' && words[0] != '\0';
    text[0] = '\0';
    if (ended[0] != '\0' || words[0] != '\0')
        text_format(text, size, " (%s%s%s)", ended, both ? "; " : "", words);
    if (said != NULL)
        text_format(text + strlen(text), size - strlen(text), ": \"%.*s\"",
                    MAX_SAID, said);
}

static void print_trouble(const struct evidence *unit, const char *name,
                          char *text, size_t size)
{
    char reasons[320];
    char age[32] = "";
    int64_t restarts = evidence_number(unit, KEY_RESTARTS, 0);

    print_reasons(unit, reasons, sizeof(reasons));
    if (text_is(unit, KEY_SUB_STATE, "auto-restart")) {
        if (restarts > 0)
            text_format(age, sizeof(age), ", %" PRId64 " times so far",
                        restarts);
        text_format(text, size, "%s keeps ending and is started again%s%s",
                    name, age, reasons);
        return;
    }
    if (evidence_has(unit, KEY_AGE_S))
        age_print(evidence_number(unit, KEY_AGE_S, 0), age, sizeof(age));
    text_format(text, size, "%s failed%s%s%s%s", name,
                age[0] != '\0' ? " " : "", age, age[0] != '\0' ? " ago" : "",
                reasons);
}

static void print_idle(const struct evidence *unit, const char *name,
                       char *text, size_t size)
{
    const char *enabled = evidence_text(unit, KEY_ENABLED, "");

    if (evidence_has(unit, KEY_CONDITION_FAILED))
        text_format(text, size,
                    "%s was not started: a condition in its unit file is not "
                    "met",
                    name);
    else
        text_format(text, size, "%s is not started%s", name,
                    strcmp(enabled, "disabled") == 0
                        ? ", and would not be at boot either"
                        : "");
}

static void print_active(const struct evidence *unit, const char *name,
                         char *text, size_t size)
{
    char age[32] = "";

    if (evidence_has(unit, KEY_AGE_S))
        age_print(evidence_number(unit, KEY_AGE_S, 0), age, sizeof(age));
    text_format(text, size, "%s is %s (%s)%s%s", name,
                evidence_text(unit, KEY_ACTIVE_STATE, "?"),
                evidence_text(unit, KEY_SUB_STATE, "?"),
                age[0] != '\0' ? " for " : "", age);
}

void unit_describe(const struct evidence *unit, char *text, size_t size)
{
    const char *name = evidence_text(unit, KEY_NAME, "?");

    if (text_is(unit, KEY_LOAD_STATE, "not-found"))
        text_format(text, size, "systemd knows no unit %s", name);
    else if (text_is(unit, KEY_LOAD_STATE, "masked"))
        text_format(text, size, "%s is masked, so that it cannot start", name);
    else if (!text_is(unit, KEY_LOAD_STATE, "loaded"))
        text_format(text, size, "systemd cannot read the unit %s (%s)", name,
                    evidence_text(unit, KEY_LOAD_STATE, "?"));
    else if (text_is(unit, KEY_ACTIVE_STATE, "failed") ||
             text_is(unit, KEY_SUB_STATE, "auto-restart"))
        print_trouble(unit, name, text, size);
    else if (text_is(unit, KEY_ACTIVE_STATE, "inactive"))
        print_idle(unit, name, text, size);
    else
        print_active(unit, name, text, size);
}

void unit_add_details(struct finding *finding, const struct evidence *unit)
{
    char ended[64];

    finding_add_text(finding, "unit", evidence_text(unit, KEY_NAME, NULL));
    finding_add_text(finding, "unit_load",
                     evidence_text(unit, KEY_LOAD_STATE, NULL));
    if (text_is(unit, KEY_LOAD_STATE, "not-found"))
        return;
    finding_add_text(finding, "unit_active",
                     evidence_text(unit, KEY_ACTIVE_STATE, NULL));
    finding_add_text(finding, "unit_sub",
                     evidence_text(unit, KEY_SUB_STATE, NULL));
    finding_add_text(finding, "unit_result",
                     evidence_text(unit, KEY_RESULT, NULL));
    print_end(unit, ended, sizeof(ended));
    finding_add_text(finding, "unit_ended", ended);
    finding_add_text(finding, "unit_enabled",
                     evidence_text(unit, KEY_ENABLED, NULL));
    if (evidence_has(unit, KEY_RESTARTS))
        finding_add_number(finding, "unit_restarts",
                           evidence_number(unit, KEY_RESTARTS, 0));
    if (evidence_has(unit, KEY_AGE_S))
        finding_add_number(finding, "unit_age_s",
                           evidence_number(unit, KEY_AGE_S, 0));
    finding_add_text(finding, "unit_said", evidence_text(unit, KEY_TEXT, NULL));
}
