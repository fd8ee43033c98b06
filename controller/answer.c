#include "controller/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "controller/report/bundle.h"
#include "controller/report/report.h"
#include "controller/store.h"

static void print_time(int64_t time_ms, char *out, size_t size)
{
    time_t seconds = (time_t)(time_ms / 1000);
    char text[32] = "";
    struct tm utc;

    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, size, "%s.%03dZ", text, (int)(time_ms % 1000));
}

static int write_report(const struct trace_case *trace, int64_t started_ms,
                        int64_t duration_ms, char **json, struct err *err)
{
    char started_at[48];
    const struct report report = {
        .trace_id = trace->source.trace_id,
        .started_at = started_at,
        .duration_ms = duration_ms,
        .subject = &trace->subject,
        .judgement = &trace->judgement,
        .items = trace->items,
        .count = trace->count,
    };

    print_time(started_ms, started_at, sizeof(started_at));
    return report_write_json(&report, json, err);
}

static int store_trace(const struct trace_case *trace, struct store *store,
                       const char *operator_name, int64_t started_ms,
                       int64_t duration_ms, const struct answer *answer,
                       struct err *err)
{
    const struct judgement *judgement = &trace->judgement;
    const struct store_trace stored = {
        .id = trace->source.trace_id,
        .started_ms = started_ms,
        .finished_ms = started_ms + duration_ms,
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

int answer_make(struct trace_case *trace, struct store *store,
                const char *operator_name, int64_t started_ms, int64_t now_ns,
                struct answer *out, struct err *err)
{
    int64_t duration_ms = (now_ns - trace->start_ns) / NS_PER_MS;
    CLEAN(answer_fini) struct answer answer = {0};
    struct err failure = {0};
    int status =
        write_report(trace, started_ms, duration_ms, &answer.report, err);

    if (status == 0)
        status = bundle_write_json(&trace->subject, trace->items, trace->count,
                                   &answer.bundle, err);
    if (status == 0 && store_trace(trace, store, operator_name, started_ms,
                                   duration_ms, &answer, &failure) < 0) {
        log_error("trace %s: not stored: %s", trace->source.trace_id,
                  failure.text);
        case_add_limit(trace, now_ns, "this report was not stored: %s",
                       failure.text);
        free(TAKE_PTR(answer.report));
        status =
            write_report(trace, started_ms, duration_ms, &answer.report, err);
    }
    if (status < 0)
        return status;
    answer.status = report_exit_status(&trace->judgement);
    log_info(
        "trace %s: %s to %s port %u: %s in %lld ms", trace->source.trace_id,
        trace->request.source, trace->request.destination, trace->request.port,
        causes[trace->judgement.verdict.cause].name, (long long)duration_ms);
    out->report = TAKE_PTR(answer.report);
    out->bundle = TAKE_PTR(answer.bundle);
    out->status = answer.status;
    return 0;
}

void answer_fini(struct answer *answer)
{
    free(answer->report);
    free(answer->bundle);
    *answer = (struct answer){0};
}
