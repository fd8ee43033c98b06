/* Where a finished case becomes texts: the report and the evidence bundle. */
#ifndef CONTROLLER_ANSWER_H
#define CONTROLLER_ANSWER_H

#include <stdint.h>

#include "controller/case.h"

struct err;

/* The JSON texts of a finished case, the caller's to free.  started_ms is since
 * the epoch. */
int answer_report(const struct trace_case *trace, int64_t started_ms,
                  int64_t duration_ms, char **json, struct err *err);
int answer_bundle(const struct trace_case *trace, char **json,
                  struct err *err);

#endif
