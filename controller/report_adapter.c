#include "controller/report_adapter.h"

#include <errno.h>
#include <string.h>

#include "common/base/err.h"

/* Until engine and report are part of the build a trace is undetermined, and
 * says why. */
void report_adapter_judge(const struct subject *subject,
                          const struct evidence *items, size_t count,
                          struct judgement *out)
{
#ifdef PROBE_HAVE_VERDICT
    verdict_judge(subject, items, count, out);
#else
    (void)subject;
    (void)items;
    (void)count;
    memset(out, 0, sizeof(*out));
    out->verdict.cause = CAUSE_UNDETERMINED;
    out->walk_from = ROLE_COUNT;
#endif
}

const char *report_adapter_cause(const struct judgement *judgement)
{
#ifdef PROBE_HAVE_VERDICT
    return causes[judgement->verdict.cause].name;
#else
    (void)judgement;
    return "undetermined";
#endif
}

int report_adapter_report(const struct trace_case *trace, int64_t started_ms,
                          int64_t duration_ms, char **json, struct err *err)
{
    (void)trace;
    (void)started_ms;
    (void)duration_ms;
    (void)json;
    return err_set(err, -ENOSYS, "this build writes no reports");
}

int report_adapter_bundle(const struct trace_case *trace, char **json,
                          struct err *err)
{
    (void)trace;
    (void)json;
    return err_set(err, -ENOSYS, "this build writes no evidence bundles");
}
