#include "controller/server/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "controller/report/bundle.h"
#include "controller/report/report.h"
#include "controller/store/store.h"

static void print_time(int64_t time_ms, char *out, size_t size)
{
    time_t seconds = (time_t)(time_ms / 1000);
    char text[32] = "";
    struct tm utc;

    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, size, "%s.%03dZ", text, (int)(time_ms % 1000));
}

/* Each address that failed, where there were several. */
static void list_addresses(const struct answer_subject *about,
                           struct report_addresses *out)
{
    const struct trace_case *trace = about->trace;

    for (size_t i = 0; i < about->earlier_count; i++) {
        const struct trace_case *earlier = about->earlier[i];

        report_add_address(out, &earlier->subject, &earlier->judgement,
                           earlier->evidence.items, earlier->evidence.count);
    }
    if (about->earlier_count > 0)
        report_add_address(out, &trace->subject, &trace->judgement,
                           trace->evidence.items, trace->evidence.count);
}

static int write_report(const struct answer_subject *about, char **json,
                        struct err *err)
{
    const struct trace_case *trace = about->trace;
    struct report_addresses addresses = {0};
    char started_at[48];
    const struct report report = {
        .trace_id = about->id,
        .started_at = started_at,
        .duration_ms = about->times.duration_ms,
        .subject = &trace->subject,
        .judgement = &trace->judgement,
        .items = trace->evidence.items,
        .count = trace->evidence.count,
        .addresses = &addresses,
    };

    list_addresses(about, &addresses);
    print_time(about->times.started_ms, started_at, sizeof(started_at));
    return report_write_json(&report, json, err);
}

static int write_case(const struct trace_case *trace, char **json,
                      struct err *err)
{
    return bundle_write_json(&trace->subject, trace->evidence.items,
                             trace->evidence.count, json, err);
}

static int write_bundle(const struct answer_subject *about, char **json,
                        struct err *err)
{
    char *earlier[CASE_MAX_LEGS] = {0};
    CLEAN_FREE char *last = NULL;
    size_t count = 0;
    int status = write_case(about->trace, &last, err);

    while (status == 0 && count < about->earlier_count) {
        status = write_case(about->earlier[count], &earlier[count], err);
        count += status == 0;
    }
    if (status == 0 && count == 0)
        *json = TAKE_PTR(last);
    else if (status == 0)
        status = bundle_attach_earlier(last, earlier, count, json, err);
    for (size_t i = 0; i < count; i++)
        free(earlier[i]);
    return status;
}

int answer_write(const struct answer_subject *about, struct answer *out,
                 struct err *err)
{
    CLEAN(answer_fini) struct answer answer = {0};
    int status = write_report(about, &answer.report, err);

    if (status == 0)
        status = write_bundle(about, &answer.bundle, err);
    if (status < 0)
        return status;
    out->report = TAKE_PTR(answer.report);
    out->bundle = TAKE_PTR(answer.bundle);
    out->status = report_exit_status(&about->trace->judgement);
    return 0;
}

int answer_store(const struct answer *answer,
                 const struct answer_subject *about, const char *operator_name,
                 struct store *store, struct err *err)
{
    const struct trace_case *trace = about->trace;
    const struct judgement *judgement = &trace->judgement;
    const struct store_trace stored = {
        .id = about->id,
        .started_ms = about->times.started_ms,
        .finished_ms = about->times.started_ms + about->times.duration_ms,
        .source = trace->request.source,
        .destination = trace->request.destination,
        .operator_name = operator_name,
        .cause = causes[judgement->verdict.cause].name,
        .outcome = word_name(&outcome_words, (int)judgement->outcome),
        .confidence =
            word_name(&confidence_words, (int)judgement->verdict.confidence),
        .report = answer->report,
        .bundle = answer->bundle,
    };

    return store_add_trace(store, &stored, err);
}

void answer_fini(struct answer *answer)
{
    free(answer->report);
    free(answer->bundle);
    free(answer->document);
    *answer = (struct answer){0};
}

int answer_compose(struct answer *answer, bool with_bundle, struct err *err)
{
    CLEAN_FREE char *document = NULL;
    int status = 0;

    if (with_bundle)
        status = bundle_attach_report(answer->bundle, answer->report, &document,
                                      err);
    else
        document = TAKE_PTR(answer->report);
    if (status == 0 && strlen(document) > MESSAGE_MAX_DOCUMENT)
        status = err_set(err, -EFBIG,
                         "the answer is larger than %u MiB: trace with fewer "
                         "attempts%s",
                         MESSAGE_MAX_DOCUMENT >> 20,
                         with_bundle ? ", or without --bundle" : "");
    if (status == 0)
        answer->document = TAKE_PTR(document);
    return status;
}
