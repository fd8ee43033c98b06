#include "controller/report/text_sections.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/array.h"

#define INDENT       TEXT_INDENT
#define MAX_ATTEMPTS 12 /* lines; the rest is summed up */

static const struct text_phrase lasts_phrases[] = {
    {"until-reload", "holds until the next reload or reboot"},
    {"until-reboot", "holds until the next reboot"},
    {"until-restart", "holds until the process is started anew"},
    {"permanent", "holds for good"},
};

static const struct text_phrase step_labels[] = {
    {"self-test", "Self-test"}, {"listener", "Listening"},
    {"firewall", "Firewall"},   {"source", "From the source"},
    {"captures", "Captures"},
};

static const char *step_label(const json_t *step)
{
    return text_phrase_find(step_labels, ARRAY_SIZE(step_labels),
                            text_get(step, "step"));
}

static void print_step(const json_t *step, struct writer *writer)
{
    const char *state = text_get(step, "state");

    text_label(writer, step_label(step));
    writer_mark(writer, strcmp(state, "ok") == 0    ? MARK_PASSED
                        : strcmp(state, "bad") == 0 ? MARK_STOPPED
                                                    : MARK_NONE);
    writer_put(writer, " ");
    writer_wrap(writer, TEXT_LABEL_COLUMN + 2, text_get(step, "text"));
    writer_line(writer);
}

static bool is_step(const json_t *step)
{
    return text_get(step, "step") != NULL && text_get(step, "state") != NULL &&
           text_get(step, "text") != NULL;
}

static bool is_unknown(const json_t *step)
{
    const char *state = text_get(step, "state");

    return state != NULL && strcmp(state, "unknown") == 0;
}

/* How many answers, from the first on, are the same: not known, and why. */
static size_t count_alike(const json_t *list)
{
    const json_t *why = json_object_get(json_array_get(list, 0), "text");
    const json_t *step;
    size_t i;

    json_array_foreach(list, i, step)
    {
        if (!is_step(step) || !is_unknown(step) ||
            !json_equal(json_object_get(step, "text"), why))
            break;
    }
    return i;
}

/* Those, and once why. */
static void print_alike(const json_t *list, size_t count, struct writer *writer)
{
    writer_pad(writer, INDENT);
    for (size_t i = 0; i < count; i++) {
        writer_put(writer, i > 0 ? ", " : "");
        writer_put(writer, step_label(json_array_get(list, i)));
    }
    writer_put(writer, ": ");
    writer_wrap(writer, INDENT, text_get(json_array_get(list, 0), "text"));
    writer_line(writer);
}

/* Where nobody could look at the destination, one line says so, behind what is
 * known. */
void text_print_steps(const json_t *report, struct writer *writer)
{
    const json_t *list = json_object_get(report, "steps");
    size_t alike = count_alike(list);

    if (json_array_size(list) > 0)
        writer_line(writer);
    for (size_t i = alike > 1 ? alike : 0; i < json_array_size(list); i++)
        if (is_step(json_array_get(list, i)))
            print_step(json_array_get(list, i), writer);
    if (alike > 1)
        print_alike(list, alike, writer);
}

static bool holds_id(const json_t *ids, const char *id)
{
    size_t i;
    const json_t *item;

    json_array_foreach(ids, i, item)
    {
        if (id != NULL && json_is_string(item) &&
            strcmp(json_string_value(item), id) == 0)
            return true;
    }
    return false;
}

static void print_evidence(const json_t *item, struct writer *writer)
{
    static const char *const fields[] = {"id", "host", "observer"};
    const json_t *at = json_object_get(item, "at_us");
    const char *text = text_get(item, "text");
    char time[32];

    writer_pad(writer, INDENT);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const char *field = text_get(item, fields[i]);

        if (field == NULL)
            continue;
        writer_put(writer, field);
        writer_put(writer, "  ");
    }
    if (json_is_integer(at)) {
        text_time(writer, json_integer_value(at), time, sizeof(time));
        writer_put(writer, time);
        writer_put(writer, "  ");
    }
    if (text != NULL)
        writer_wrap(writer, INDENT * 3, text);
    writer_line(writer);
}

void text_print_proof(const json_t *report, struct writer *writer)
{
    const json_t *ids =
        json_object_get(json_object_get(report, "verdict"), "evidence");
    const json_t *item;
    bool first = true;
    size_t i;

    json_array_foreach(json_object_get(report, "evidence"), i, item)
    {
        if (!holds_id(ids, text_get(item, "id")))
            continue;
        if (first)
            text_heading(writer, "What the verdict rests on");
        first = false;
        print_evidence(item, writer);
    }
}

/* One line, to be copied. */
static void print_command(const char *command, struct writer *writer)
{
    if (command == NULL)
        return;
    writer_pad(writer, INDENT * 2);
    writer_style(writer, STYLE_BOLD);
    writer_put(writer, command);
    writer_style(writer, STYLE_PLAIN);
    writer_line(writer);
}

static void print_fix(const json_t *fix, bool first, struct writer *writer)
{
    const char *host = text_get(fix, "host");
    const char *command = text_get(fix, "command");
    const char *explanation = text_get(fix, "explanation");
    const char *lasts = text_phrase_find(
        lasts_phrases, ARRAY_SIZE(lasts_phrases), text_get(fix, "lasts"));

    writer_line(writer);
    writer_style(writer, STYLE_BOLD);
    writer_put(writer, first ? "Fix" : "Or");
    if (host != NULL) {
        writer_put(writer, ", on ");
        writer_put(writer, host);
    }
    writer_style(writer, STYLE_PLAIN);
    if (lasts != NULL) {
        writer_put(writer, " (");
        writer_put(writer, lasts);
        writer_put(writer, ")");
    }
    writer_line(writer);
    print_command(command, writer);
    if (explanation != NULL) {
        writer_pad(writer, INDENT);
        writer_wrap(writer, INDENT, explanation);
        writer_line(writer);
    }
}

static void print_advice(const json_t *list, struct writer *writer)
{
    const json_t *advice;
    size_t i;

    if (json_array_size(list) > 0)
        text_heading(writer, "What to do");
    json_array_foreach(list, i, advice)
    {
        const char *text = text_get(advice, "text");

        if (text == NULL)
            continue;
        writer_pad(writer, INDENT);
        writer_wrap(writer, INDENT, text);
        writer_line(writer);
    }
}

void text_print_fixes(const json_t *report, struct writer *writer)
{
    const json_t *fix;
    size_t i;

    json_array_foreach(json_object_get(report, "fixes"), i, fix)
        print_fix(fix, i == 0, writer);
    print_advice(json_object_get(report, "advice"), writer);
}

void text_print_obstacles(const json_t *report, struct writer *writer)
{
    const json_t *list = json_object_get(report, "obstacles");
    const json_t *obstacle;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    text_heading(writer, "Next you will hit");
    json_array_foreach(list, i, obstacle)
    {
        const char *host = text_get(obstacle, "host");
        const char *summary = text_get(obstacle, "summary");

        writer_pad(writer, INDENT);
        writer_put(writer, text_cause(obstacle));
        if (host != NULL) {
            writer_put(writer, " on ");
            writer_put(writer, host);
        }
        if (summary != NULL) {
            writer_put(writer, ": ");
            writer_wrap(writer, INDENT * 2, summary);
        }
        writer_line(writer);
        print_command(text_get(json_object_get(obstacle, "fix"), "command"),
                      writer);
    }
}

/* Without the number of a piece of evidence that is not printed. */
static void print_because(const json_t *report, const char *because,
                          struct writer *writer)
{
    const json_t *ids =
        json_object_get(json_object_get(report, "verdict"), "evidence");
    const char *mark = strrchr(because, '(');
    char text[1024];
    char id[16];
    int end = 0;

    if (mark == NULL || mark == because ||
        sscanf(mark, "(%15[e0-9])%n", id, &end) != 1 || end == 0 ||
        mark[end] != '\0' || holds_id(ids, id)) {
        writer_wrap(writer, INDENT * 2, because);
        return;
    }
    snprintf(text, sizeof(text), "%.*s", (int)(mark - because - 1), because);
    writer_wrap(writer, INDENT * 2, text);
}

void text_print_rejected(const json_t *report, struct writer *writer)
{
    const json_t *list = json_object_get(report, "rejected");
    const json_t *item;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    text_heading(writer, "What it is not");
    json_array_foreach(list, i, item)
    {
        const char *because = text_get(item, "because");

        writer_pad(writer, INDENT);
        writer_put(writer, text_cause(item));
        if (because != NULL) {
            writer_put(writer, ": ");
            print_because(report, because, writer);
        }
        writer_line(writer);
    }
}

void text_print_missing(const json_t *report, struct writer *writer)
{
    const json_t *list = json_object_get(report, "missing");
    const json_t *item;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    text_heading(writer, "Why it is not sure: nobody could tell");
    json_array_foreach(list, i, item)
    {
        const char *unknown = text_get(item, "unknown");

        if (unknown == NULL)
            continue;
        writer_pad(writer, INDENT);
        writer_wrap(writer, INDENT * 2, unknown);
        if (text_get(item, "cause") != NULL) {
            writer_put(writer, " (then ");
            writer_put(writer, text_cause(item));
            writer_put(writer, ")");
        }
        writer_line(writer);
    }
}

static void print_attempt(const json_t *attempt, struct writer *writer)
{
    static const struct text_phrase numbers[] = {
        {"local_port", "from port "},
        {"isn", "ISN "},
    };
    const json_t *connect = json_object_get(attempt, "connect_us");
    const char *outcome = text_get(attempt, "outcome");
    char text[48];

    snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(attempt, "n")));
    writer_pad_right(writer, INDENT + 3, strlen(text));
    writer_put(writer, text);
    writer_put(writer, "  ");
    writer_put(writer, outcome == NULL ? "no answer yet" : outcome);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        const json_t *number = json_object_get(attempt, numbers[i].word);

        if (!json_is_integer(number))
            continue;
        writer_pad(writer, i == 0 ? 20 : 38);
        snprintf(text, sizeof(text), "%s%" JSON_INTEGER_FORMAT, numbers[i].text,
                 json_integer_value(number));
        writer_put(writer, text);
    }
    if (json_is_integer(connect)) {
        text_time(writer, json_integer_value(connect), text, sizeof(text));
        writer_pad_right(writer, 64, writer_measure(writer, text));
        writer_put(writer, text);
    }
    writer_line(writer);
}

/* "8 of 100 connected" */
static void print_share(const json_t *list, struct writer *writer)
{
    size_t connected = 0, i;
    const json_t *attempt;
    char text[80];

    json_array_foreach(list, i, attempt)
    {
        const char *outcome = text_get(attempt, "outcome");

        connected += outcome != NULL && strcmp(outcome, "connected") == 0;
    }
    snprintf(text, sizeof(text), "%zu of %zu connected", connected,
             json_array_size(list));
    writer_pad(writer, INDENT);
    writer_put(writer, text);
    if (json_array_size(list) > MAX_ATTEMPTS)
        writer_put(writer, "; -o json lists all of them");
    writer_line(writer);
}

void text_print_attempts(const json_t *report, struct writer *writer)
{
    const json_t *list = json_object_get(report, "attempts");
    const json_t *attempt;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    text_heading(writer, "Attempts");
    json_array_foreach(list, i, attempt)
    {
        if (i == MAX_ATTEMPTS)
            break;
        print_attempt(attempt, writer);
    }
    if (json_array_size(list) > 3)
        print_share(list, writer);
}

/* The sentences that hold the mark, under a heading.  Returns how many. */
static size_t print_limits(const json_t *report, const char *mark,
                           const char *heading, struct writer *writer)
{
    const json_t *limit;
    size_t i, told = 0;

    json_array_foreach(json_object_get(report, "limits"), i, limit)
    {
        if (!json_is_string(limit) ||
            strstr(json_string_value(limit), mark) == NULL)
            continue;
        if (told++ == 0)
            text_heading(writer, heading);
        writer_pad(writer, INDENT);
        writer_wrap(writer, INDENT * 2, json_string_value(limit));
        writer_line(writer);
    }
    return told;
}

void text_print_limits(const json_t *report, struct writer *writer)
{
    print_limits(report, "", "What was not looked at", writer);
}

/* Is there an answer among the five that nobody could give? */
static bool is_any_unknown(const json_t *report)
{
    const json_t *step;
    size_t i;

    json_array_foreach(json_object_get(report, "steps"), i, step)
    {
        if (is_unknown(step))
            return true;
    }
    return false;
}

/* Nothing to mend: what was asked, what came, how long it took. */
void text_print_healthy(const json_t *report, struct writer *writer)
{
    size_t limits = json_array_size(json_object_get(report, "limits"));
    char text[80];

    text_print_attempts(report, writer);
    if (is_any_unknown(report)) { /* they say why */
        text_print_limits(report, writer);
        return;
    }
    /* a limit names the option that lifts it */
    limits -= print_limits(report, ": --", "Not put to the test", writer);
    if (limits > 0) {
        writer_line(writer);
        snprintf(text, sizeof(text),
                 "Not looked at: %zu %s; -o json lists them.", limits,
                 limits == 1 ? "thing" : "things");
        writer_put(writer, text);
        writer_line(writer);
    }
}
