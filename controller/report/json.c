#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/text.h"
#include "controller/engine/advice.h"
#include "controller/engine/explain/opens.h"
#include "controller/report/describe.h"
#include "controller/report/json_parts.h"
#include "controller/report/report.h"
#include "controller/report/service.h"
#include "controller/report/values.h"

#define SCHEMA "probectl.report/1"

/* The first evidence of that kind at that end with that key, or NULL. */
static const struct evidence *find(const struct report *report, int kind,
                                   int role, enum evidence_key key)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->items[i].kind == kind && report->items[i].role == role &&
            evidence_has(&report->items[i], key))
            return &report->items[i];
    return NULL;
}

/* Without an attempt only the route tells which address would have been used. */
static void put_source_address(json_t *object, const struct report *report)
{
    const struct evidence *route;
    struct address address = report->subject->source;

    route = find(report, EVIDENCE_ROUTE, ROLE_SOURCE, KEY_PREFERRED_SOURCE);
    if (!address_is_set(&address) && route != NULL)
        address = evidence_address(route, KEY_PREFERRED_SOURCE);
    values_put_address(object, "address", &address);
}

/* What was asked for of the connection's source. */
static void put_manner(json_t *object, const struct subject *subject)
{
    values_put_text(object, "user", subject->as_user);
    values_put_text(object, "namespace", subject->inside);
    values_put_text(object, "device", subject->device);
    if (subject->from_port != 0)
        json_object_set_new(object, "port", json_integer(subject->from_port));
}

static json_t *write_source(const struct report *report)
{
    json_t *object = json_object();
    const struct evidence *host =
        find(report, EVIDENCE_HOST, ROLE_SOURCE, KEY_KERNEL);
    const struct evidence *route =
        find(report, EVIDENCE_ROUTE, ROLE_SOURCE, KEY_INTERFACE);

    values_put_text(object, "host", report->subject->source_host);
    put_source_address(object, report);
    put_manner(object, report->subject);
    if (route != NULL)
        values_put_text(object, "interface",
                        evidence_text(route, KEY_INTERFACE, NULL));
    if (host != NULL)
        values_put_text(object, "kernel",
                        evidence_text(host, KEY_KERNEL, NULL));
    return object;
}

static json_t *write_destination(const struct report *report)
{
    json_t *object = json_object();
    const struct evidence *host =
        find(report, EVIDENCE_HOST, ROLE_DESTINATION, KEY_KERNEL);

    values_put_text(object, "host", report->subject->destination_host);
    values_put_address(object, "address", &report->subject->destination);
    json_object_set_new(object, "port", json_integer(report->subject->port));
    json_object_set_new(object, "protocol", json_string("tcp"));
    values_put_text(object, "named_as", report->subject->named_as);
    values_put_text(object, "agent_away", report->subject->absent_host);
    if (host != NULL)
        values_put_text(object, "kernel",
                        evidence_text(host, KEY_KERNEL, NULL));
    return object;
}

static json_t *write_details(const struct finding *finding)
{
    json_t *object = json_object();

    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];

        if (detail->is_number)
            json_object_set_new(object, detail->name,
                                json_integer(detail->number));
        else
            values_put_text(object, detail->name, detail->text);
    }
    return object;
}

static json_t *write_finding(const struct report *report,
                             const struct finding *finding)
{
    json_t *object = json_object();

    values_put_text(object, "cause", causes[finding->cause].name);
    values_put_text(object, "role", word_name(&role_words, (int)finding->role));
    values_put_text(object, "host", json_host_of(report, (int)finding->role));
    values_put_text(object, "stage",
                    word_name(&stage_words, (int)finding->stage));
    values_put_text(object, "packet",
                    word_name(&packet_words, (int)finding->packet));
    if (finding->role != ROLE_PATH)
        values_put_text(object, "namespace", finding->namespace_name);
    values_put_text(object, "confidence",
                    word_name(&confidence_words, (int)finding->confidence));
    values_put_text(object, "summary", finding->summary);
    json_object_set_new(object, "detail", write_details(finding));
    json_object_set_new(
        object, "evidence",
        json_evidence_ids(finding->evidence, finding->evidence_count));
    return object;
}

static json_t *write_advice(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    json_t *array = json_array();
    json_t *object;

    if (judgement->advice[0] == '\0')
        return array;
    object = json_object();
    values_put_text(object, "for",
                    advice_audiences[judgement->advice_audience]);
    values_put_text(object, "text", judgement->advice);
    json_array_append_new(array, object);
    return array;
}

static json_t *write_verdict(const struct report *report)
{
    const struct finding *verdict = &report->judgement->verdict;
    json_t *object = write_finding(report, verdict);
    char summary[2 * JUDGEMENT_TEXT_SIZE];

    if (report->addresses != NULL) {
        text_format(summary, sizeof(summary), "%s", verdict->summary);
        report_say_earlier(report->addresses, &report->subject->destination,
                           summary, sizeof(summary));
        values_put_text(object, "summary", summary);
    }
    return object;
}

static json_t *write_fix(const struct report *report, const struct fix *fix)
{
    json_t *object = json_object();

    values_put_text(object, "host", json_host_of(report, (int)fix->role));
    values_put_text(object, "command", fix->command.text);
    values_put_text(object, "explanation", fix->explanation);
    values_put_text(object, "lasts", fix->lasts);
    values_put_text(object, "opens", opens_names[fix->opens]);
    return object;
}

static json_t *write_obstacles(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->obstacle_count; i++) {
        const struct fix *fix = &report->judgement->obstacle_fixes[i];
        json_t *object =
            write_finding(report, &report->judgement->obstacles[i]);

        if (fix->command.text[0] != '\0')
            json_object_set_new(object, "fix", write_fix(report, fix));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *write_fixes(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->fix_count; i++)
        json_array_append_new(array,
                              write_fix(report, &report->judgement->fixes[i]));
    return array;
}

static json_t *write_rejected(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->rejected_count; i++) {
        const struct rejection *rejection = &report->judgement->rejected[i];
        json_t *object = json_object();
        char text[JUDGEMENT_TEXT_SIZE + 16];

        values_put_text(object, "cause", causes[rejection->cause].name);
        if (rejection->evidence != 0)
            text_format(text, sizeof(text), "%s (e%u)", rejection->because,
                        rejection->evidence);
        else
            text_format(text, sizeof(text), "%s", rejection->because);
        values_put_text(object, "because", text);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *write_missing(const struct report *report)
{
    json_t *array = json_array();

    for (size_t i = 0; i < report->judgement->missing_count; i++) {
        const struct unobserved *missing = &report->judgement->missing[i];
        json_t *object = json_object();

        if (missing->cause != CAUSE_UNDETERMINED)
            values_put_text(object, "cause", causes[missing->cause].name);
        json_object_set_new(object, "unknown",
                            json_sprintf("whether %s", missing->what));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *write_evidence(const struct report *report)
{
    int64_t origin_ns = json_origin_of(report);
    json_t *array = json_array();

    for (size_t i = 0; i < report->count; i++) {
        const struct evidence *item = &report->items[i];
        char text[1024];
        json_t *object = json_object();

        describe_evidence(item, text, sizeof(text));
        json_object_set_new(object, "id", json_evidence_id(item->id));
        values_put_text(object, "host", json_host_of(report, item->role));
        values_put_text(object, "observer",
                        evidence_kinds[item->kind].observer);
        values_put_text(object, "kind", evidence_kinds[item->kind].name);
        json_object_set_new(object, "at_us",
                            json_micros_between(origin_ns, item->at_ns));
        values_put_text(object, "text", text);
        json_object_set_new(object, "data", values_write(item));
        json_array_append_new(array, object);
    }
    return array;
}

static void add_limit(json_t *limits, const char *host, const char *text)
{
    char full[1024 + HOST_NAME_SIZE + 2];

    const json_t *known;
    json_t *limit;
    size_t i;

    text_format(full, sizeof(full), "%s%s%s", host, host[0] == '\0' ? "" : ": ",
                text);
    limit = values_text(full);
    json_array_foreach(limits, i, known)
    {
        if (json_equal(known, limit)) { /* said once */
            json_decref(limit);
            return;
        }
    }
    json_array_append_new(limits, limit);
}

static json_t *write_limits(const struct report *report)
{
    json_t *limits = json_array();
    char text[1024];

    if (report->subject->destination_host[0] == '\0')
        add_limit(limits, "", "one-ended: no agent watches at the destination");
    for (size_t i = 0; i < report->count; i++) {
        const struct evidence *item = &report->items[i];

        if (item->kind != EVIDENCE_LIMIT && item->kind != EVIDENCE_REFUSED &&
            item->kind != EVIDENCE_AGENT_LOST)
            continue;
        describe_evidence(item, text, sizeof(text));
        add_limit(limits, json_host_of(report, item->role), text);
    }
    return limits;
}

/* The larger of both hosts' clock uncertainties. */
static void put_uncertainty(json_t *root, const struct report *report)
{
    int64_t worst = -1;

    for (size_t i = 0; i < report->count; i++)
        if (report->items[i].kind == EVIDENCE_CLOCK &&
            evidence_number(&report->items[i], KEY_UNCERTAINTY_NS, 0) > worst)
            worst = evidence_number(&report->items[i], KEY_UNCERTAINTY_NS, 0);
    if (worst >= 0)
        json_object_set_new(root, "clock_uncertainty_us",
                            json_integer(worst / 1000 + (worst % 1000 > 0)));
}

/* What a reader must know first, and what failed before: both are rare. */
static void put_names(json_t *root, const struct report *report)
{
    json_t *notes;

    if (report->subject->note[0] != '\0') {
        notes = json_array();
        json_array_append_new(notes, values_text(report->subject->note));
        json_object_set_new(root, "notes", notes);
    }
    if (report->addresses != NULL && report->addresses->count > 0)
        json_object_set_new(root, "addresses",
                            report_write_addresses(report->addresses));
}

int report_write_json(const struct report *report, char **json_text,
                      struct err *err)
{
    json_t *root = json_object();
    json_t *service;
    char *text;

    values_put_text(root, "schema", SCHEMA);
    values_put_text(root, "trace_id", report->trace_id);
    values_put_text(root, "started_at", report->started_at);
    if (report->duration_ms >= 0)
        json_object_set_new(root, "duration_ms",
                            json_integer(report->duration_ms));
    json_object_set_new(root, "source", write_source(report));
    json_object_set_new(root, "destination", write_destination(report));
    values_put_text(root, "outcome",
                    word_name(&outcome_words, (int)report->judgement->outcome));
    if (report->judgement->outcome_ms > 0)
        json_object_set_new(root, "outcome_ms",
                            json_integer(report->judgement->outcome_ms));
    json_object_set_new(root, "verdict", write_verdict(report));
    put_names(root, report);
    json_object_set_new(root, "obstacles", write_obstacles(report));
    json_object_set_new(root, "fixes", write_fixes(report));
    json_object_set_new(root, "advice", write_advice(report));
    json_object_set_new(root, "checkpoints", json_write_checkpoints(report));
    json_object_set_new(root, "changes", json_write_changes(report));
    if (report->judgement->loss_count > 0)
        json_object_set_new(root, "loss", json_write_losses(report));
    json_object_set_new(root, "steps", json_write_steps(report));
    json_object_set_new(root, "attempts", json_write_attempts(report));
    json_object_set_new(root, "path", json_write_path(report));
    json_object_set_new(root, "rejected", write_rejected(report));
    if (report->judgement->missing_count > 0)
        json_object_set_new(root, "missing", write_missing(report));
    json_object_set_new(root, "evidence", write_evidence(report));
    json_object_set_new(root, "limits", write_limits(report));
    service = service_write(report);
    if (service != NULL)
        json_object_set_new(root, "service", service);
    put_uncertainty(root, report);
    text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (text == NULL)
        return err_set(err, -ENOMEM, "cannot write the report: out of memory");
    *json_text = text;
    return 0;
}

unsigned report_exit_status(const struct judgement *judgement)
{
    if (judgement->verdict.cause == CAUSE_CONNECTED)
        return 0;
    return judgement->verdict.cause == CAUSE_UNDETERMINED ? 4 : 1;
}
