#include "controller/answer.h"

#include <stdio.h>
#include <time.h>

#include "controller/report/bundle.h"
#include "controller/report/report.h"

/* RFC 3339 in UTC, with milliseconds. */
static void print_time(int64_t since_epoch_ms, char *text, size_t size)
{
    time_t seconds = (time_t)(since_epoch_ms / 1000);
    char date[32];
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, size, "%s.%03dZ", date, (int)(since_epoch_ms % 1000));
}

int answer_report(const struct trace_case *trace, int64_t started_ms,
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

int answer_bundle(const struct trace_case *trace, char **json, struct err *err)
{
    return bundle_write_json(&trace->subject, trace->items, trace->count, json,
                             err);
}
