#include "controller/report/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"
#include "controller/report/text_sections.h"
#include "controller/report/writer.h"

#define SCHEMA "probectl.report/1"
#define INDENT TEXT_INDENT

#define MAX_ERRNO 4095 /* as the kernel counts */

static const struct text_phrase outcome_phrases[] = {
    {"connected", "a connection"},
    {"refused", "\"Connection refused\""},
    {"timed-out", "silence, then \"Connection timed out\""},
    {"unreachable", "\"No route to host\" or \"Network is unreachable\""},
    {"reset", "\"Connection reset by peer\""},
    {"error", "an error of its own host"},
    {"mixed", "now a connection, now a failure"},
};

static bool is_connected(const json_t *report)
{
    return report_text_status(report) == 0;
}

int report_text_check(const json_t *report, struct err *err)
{
    const char *schema = text_get(report, "schema");

    if (schema == NULL)
        return err_set(err, -EBADMSG,
                       "this is not a report of probectl: it "
                       "has no schema");
    if (strcmp(schema, SCHEMA) != 0)
        return err_set(err, -EBADMSG,
                       "the report has schema '%.60s', this program reads "
                       "'" SCHEMA "'; use probectl of the same version",
                       schema);
    if (text_get(json_object_get(report, "verdict"), "cause") == NULL)
        return err_set(err, -EBADMSG, "the report holds no verdict");
    return 0;
}

int report_text_status(const json_t *report)
{
    const char *cause = text_cause(json_object_get(report, "verdict"));

    if (strcmp(cause, "connected") == 0)
        return 0;
    return strcmp(cause, "undetermined") == 0 ? 4 : 1;
}

static void print_headline(const json_t *report, struct writer *writer)
{
    const json_t *verdict = json_object_get(report, "verdict");
    const char *summary = text_get(verdict, "summary");
    const char *confidence = text_get(verdict, "confidence");
    int status = report_text_status(report);

    writer_mark(writer, status == 0   ? MARK_PASSED
                        : status == 4 ? MARK_UNSURE
                                      : MARK_STOPPED);
    writer_put(writer, " ");
    writer_style(writer, status == 0   ? STYLE_GOOD
                         : status == 4 ? STYLE_UNSURE
                                       : STYLE_BAD);
    writer_put(writer, text_cause(verdict));
    writer_style(writer, STYLE_PLAIN);
    if (confidence != NULL) {
        writer_put(writer, " (");
        writer_put(writer, confidence);
        writer_put(writer, ")");
    }
    if (summary != NULL) {
        writer_put(writer, ": ");
        writer_wrap(writer, INDENT, summary);
    }
    writer_line(writer);
}

/* What a reader must know before anything else. */
static void print_notes(const json_t *report, struct writer *writer)
{
    const json_t *note;
    size_t i;

    json_array_foreach(json_object_get(report, "notes"), i, note)
    {
        if (!json_is_string(note))
            continue;
        writer_pad(writer, INDENT);
        writer_style(writer, STYLE_UNSURE);
        writer_put(writer, "Note: ");
        writer_style(writer, STYLE_PLAIN);
        writer_wrap(writer, INDENT * 2, json_string_value(note));
        writer_line(writer);
    }
}

static void print_end(const json_t *end, struct writer *writer)
{
    const char *host = text_get(end, "host");
    const char *address = text_get(end, "address");
    const json_t *port = json_object_get(end, "port");
    bool brackets = address != NULL && strchr(address, ':') != NULL &&
                    json_is_integer(port);
    char text[32];

    if (host != NULL)
        writer_put(writer, host);
    if (host != NULL && address != NULL)
        writer_put(writer, " ");
    if (brackets)
        writer_put(writer, "[");
    if (address != NULL)
        writer_put(writer, address);
    if (brackets)
        writer_put(writer, "]");
    if (!json_is_integer(port))
        return;
    snprintf(text, sizeof(text), ":%" JSON_INTEGER_FORMAT,
             json_integer_value(port));
    writer_put(writer, text);
}

/* As whom, where and through what the probe was made, if that was asked for. */
static void print_manner(const json_t *source, struct writer *writer)
{
    static const struct
    {
        const char *key, *words;
    } manners[] = {
        {"user", " as user "}, {"namespace", " in "}, {"device", " through "}};

    for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
        const char *text = text_get(source, manners[i].key);

        if (text == NULL)
            continue;
        writer_put(writer, manners[i].words);
        writer_put(writer, text);
    }
}

static void print_flow(const json_t *report, struct writer *writer)
{
    const json_t *destination = json_object_get(report, "destination");
    const char *host = text_get(destination, "host");
    const char *address = text_get(destination, "address");
    const char *named = text_get(destination, "named_as");
    const char *away = text_get(destination, "agent_away");
    const char *protocol = text_get(destination, "protocol");

    text_label(writer, "Trace");
    print_end(json_object_get(report, "source"), writer);
    print_manner(json_object_get(report, "source"), writer);
    writer_put(writer, " ");
    writer_mark(writer, MARK_ARROW);
    writer_put(writer, " ");
    if (host == NULL && address == NULL && named != NULL)
        writer_put(writer, named);
    print_end(destination, writer);
    if (protocol != NULL) {
        writer_put(writer, "/");
        writer_put(writer, protocol);
    }
    if (host == NULL && address == NULL)
        writer_put(writer, " (no address)");
    else if (host == NULL && away != NULL)
        writer_put(writer, " (its agent is away)");
    else if (host == NULL)
        writer_put(writer, " (no agent there)");
    writer_line(writer);
    if (named != NULL && (host != NULL || address != NULL) &&
        (host == NULL || strcmp(named, host) != 0) &&
        (address == NULL || strcmp(named, address) != 0)) {
        text_label(writer, "Asked for as");
        writer_put(writer, named);
        writer_line(writer);
    }
}

/* What connect() said where the outcome's word leaves it open: the error of
 * all attempts that ended so, 0 if they differ or it is not known. */
static int error_of(const json_t *report, const char *outcome)
{
    const json_t *attempt;
    json_int_t error = 0;
    size_t i;

    if (strcmp(outcome, "error") != 0 && strcmp(outcome, "unreachable") != 0)
        return 0;
    json_array_foreach(json_object_get(report, "attempts"), i, attempt)
    {
        const char *word = text_get(attempt, "outcome");
        json_int_t own = json_integer_value(json_object_get(attempt, "errno"));

        if (word == NULL || strcmp(word, outcome) != 0)
            continue;
        if (own <= 0 || own > MAX_ERRNO || (error != 0 && own != error))
            return 0;
        error = own;
    }
    return (int)error;
}

static bool is_closed(const json_t *report, const char *outcome)
{
    const char *cause = text_cause(json_object_get(report, "verdict"));

    return strcmp(cause, "closed-by-application") == 0 &&
           strcmp(outcome, "connected") == 0;
}

static void print_outcome(const json_t *report, struct writer *writer)
{
    const char *outcome = text_get(report, "outcome");
    const char *resolver =
        text_get(json_object_get(json_object_get(report, "verdict"), "detail"),
                 "resolver_says");
    json_int_t late_ms =
        json_integer_value(json_object_get(report, "outcome_ms"));
    const char *phrase = NULL;
    char words[80], waited[24];
    int error;

    if (outcome == NULL)
        return;
    text_label(writer, "Application sees");
    error = error_of(report, outcome);
    if (error == 0 && late_ms > 0) /* which only a neighbour's silence is */
        error = EHOSTUNREACH;
    if (error != 0 && late_ms > 0)
        snprintf(words, sizeof(words), "\"%s\", after about %.0f s",
                 strerror(error), (double)late_ms / 1000);
    else if (error != 0)
        snprintf(words, sizeof(words), "\"%s\"", strerror(error));
    else if (resolver != NULL)
        snprintf(words, sizeof(words), "\"%.70s\"", resolver);
    else
        phrase = is_closed(report, outcome)
                     ? "a connection that the other side closes at once"
                     : text_phrase_find(outcome_phrases,
                                        ARRAY_SIZE(outcome_phrases), outcome);
    writer_wrap(writer, TEXT_LABEL_COLUMN, phrase != NULL ? phrase : words);
    if (is_connected(report) && text_waited(report, waited, sizeof(waited))) {
        snprintf(words, sizeof(words),
                 ", after %s if it tries one address after the other", waited);
        writer_wrap(writer, TEXT_LABEL_COLUMN, words);
    }
    writer_line(writer);
}

/* Where no place is known, though each verdict names where the packet was due;
 * NULL: it is. */
static const char *find_placeless(const json_t *verdict)
{
    static const struct text_phrase anywhere[] = {
        {"undetermined", "not known"},
        {"name-not-resolved", "there was no SYN: no address to send it to"}};
    static const struct text_phrase on_path[] = {
        {"answered-by-other", "another one answers in the right host's place"}};
    const char *cause = text_cause(verdict);
    const char *role = text_get(verdict, "role");
    const char *text = text_phrase_find(anywhere, ARRAY_SIZE(anywhere), cause);

    if (text == cause && role != NULL && strcmp(role, "path") == 0)
        text = text_phrase_find(on_path, ARRAY_SIZE(on_path), cause);
    return text == cause ? NULL : text;
}

/* "the SYN at hostB, stage input, in container web" */
static void print_place(const json_t *report, struct writer *writer)
{
    const json_t *verdict = json_object_get(report, "verdict");
    const char *host = text_get(verdict, "host");
    const char *role = text_get(verdict, "role");
    const char *address =
        text_get(json_object_get(report, "destination"), "address");
    const char *stage = text_get(verdict, "stage");
    const char *namespace_name = text_get(verdict, "namespace");
    const char *told = text_get(json_object_get(verdict, "detail"), "place");
    const char *unknown = told != NULL ? told : find_placeless(verdict);
    char packet[24];

    if (unknown != NULL) {
        text_label(writer, "Where it stops");
        writer_wrap(writer, TEXT_LABEL_COLUMN, unknown);
        writer_line(writer);
        return;
    }
    if (stage == NULL && host == NULL)
        return;
    text_packet(text_get(verdict, "packet"), packet, sizeof(packet));
    text_label(writer, "Where it stops");
    writer_put(writer, "the ");
    writer_put(writer, packet);
    if (host != NULL) {
        writer_put(writer, " at ");
        writer_put(writer, host);
        if (stage != NULL) {
            writer_put(writer, ", stage ");
            writer_put(writer, stage);
        }
    } else if (role != NULL && strcmp(role, "destination") == 0 &&
               address != NULL) {
        writer_put(writer, " at ");
        writer_put(writer, address);
    } else {
        writer_put(writer, " between the hosts");
    }
    if (namespace_name != NULL && strcmp(namespace_name, "host") != 0) {
        writer_put(writer, ", inside ");
        writer_put(writer, namespace_name);
    }
    writer_line(writer);
}

/* What likely wants for a proof. */
static void print_doubt(const json_t *report, struct writer *writer)
{
    const char *confidence =
        text_get(json_object_get(report, "verdict"), "confidence");

    if (confidence == NULL || strcmp(confidence, "likely") != 0)
        return;
    text_label(writer, "Why likely");
    writer_wrap(writer, TEXT_LABEL_COLUMN,
                "every other cause is refuted; no packet, rule or error of the "
                "kernel proves it of this very packet");
    writer_line(writer);
}

static void print_scalar(const json_t *value, struct writer *writer,
                         size_t indent)
{
    char number[48] = "-";

    if (json_is_string(value)) {
        writer_wrap(writer, indent, json_string_value(value));
        return;
    }
    if (json_is_integer(value))
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
    else if (json_is_real(value))
        snprintf(number, sizeof(number), "%g", json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(number, sizeof(number), "%s",
                 json_is_true(value) ? "yes" : "no");
    writer_put(writer, number);
}

/* Names are written as in JSON: process_state; people read process state. */
static void print_detail_name(const char *name, struct writer *writer)
{
    char words[64];
    size_t length = 0;

    for (; name[length] != '\0' && length + 1 < sizeof(words); length++)
        words[length] = name[length] == '_' ? ' ' : name[length];
    words[length] = '\0';
    writer_pad(writer, TEXT_INDENT);
    writer_put(writer, words);
    writer_pad(writer, TEXT_LABEL_COLUMN);
}

static void print_details(const json_t *report, struct writer *writer)
{
    /* jansson's iteration takes no const object, and changes nothing */
    json_t *detail =
        json_object_get(json_object_get(report, "verdict"), "detail");
    const char *name;
    json_t *value;
    bool first = true;

    json_object_foreach(detail, name, value)
    {
        if (json_is_object(value) || json_is_array(value))
            continue;
        if (first)
            text_heading(writer, "In detail");
        print_detail_name(name, writer);
        print_scalar(value, writer, TEXT_LABEL_COLUMN);
        writer_line(writer);
        first = false;
    }
}

static void print_footer(const json_t *report, struct writer *writer)
{
    const json_t *duration = json_object_get(report, "duration_ms");
    const char *id = text_get(report, "trace_id");
    const char *started = text_get(report, "started_at");
    char text[48];

    writer_line(writer);
    writer_style(writer, STYLE_DIM);
    writer_put(writer, "trace ");
    writer_put(writer, id == NULL ? "-" : id);
    if (started != NULL) {
        writer_put(writer, ", ");
        writer_put(writer, started);
    }
    if (json_is_integer(duration)) {
        snprintf(text, sizeof(text), ", took %" JSON_INTEGER_FORMAT " ms",
                 json_integer_value(duration));
        writer_put(writer, text);
    }
    writer_style(writer, STYLE_PLAIN);
    writer_line(writer);
}

void report_text_print(const json_t *report, struct writer *writer)
{
    bool connected = is_connected(report);

    print_headline(report, writer);
    print_notes(report, writer);
    if (!connected) {
        print_place(report, writer);
        print_doubt(report, writer);
    }
    print_outcome(report, writer);
    print_flow(report, writer);
    text_print_addresses(report, writer);
    text_print_steps(report, writer);
    text_print_changes(report, writer);
    text_print_losses(report, writer);
    if (connected) {
        text_print_healthy(report, writer);
        print_footer(report, writer);
        return;
    }
    text_print_fixes(report, writer);
    text_print_obstacles(report, writer);
    print_details(report, writer);
    text_print_way(report, writer);
    text_print_proof(report, writer);
    text_print_missing(report, writer);
    text_print_rejected(report, writer);
    text_print_attempts(report, writer);
    text_print_hops(report, writer);
    text_print_limits(report, writer);
    print_footer(report, writer);
}
