/* Where a finished case becomes texts: the report and the evidence bundle. */
#ifndef CONTROLLER_REPORT_ADAPTER_H
#define CONTROLLER_REPORT_ADAPTER_H

#include <stdint.h>

#include "controller/case.h"

struct err;

/* The judge of this build, for struct case_world. */
void report_adapter_judge(const struct subject *subject,
                          const struct evidence *items, size_t count,
                          struct judgement *out);

/* The name of the judgement's cause. */
const char *report_adapter_cause(const struct judgement *judgement);

/* The JSON texts of a finished case, the caller's to free.  started_ms is since
 * the epoch. */
int report_adapter_report(const struct trace_case *trace, int64_t started_ms,
                          int64_t duration_ms, char **json, struct err *err);
int report_adapter_bundle(const struct trace_case *trace, char **json,
                          struct err *err);

#endif
