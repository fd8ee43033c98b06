/* The report of one trace, and its form as JSON (schema probectl.report/1). */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "controller/engine/verdict.h"
#include "controller/report/addresses.h"

struct err;

struct report
{
    const char *trace_id;   /* NULL: not known */
    const char *started_at; /* RFC 3339, UTC; NULL: not known */
    int64_t duration_ms;    /* -1: not known */
    const struct subject *subject;
    const struct judgement *judgement;
    const struct evidence *items;
    size_t count;
    /* Of a name with several: those that failed, also the one that this is
     * about.  NULL or empty: there was one. */
    const struct report_addresses *addresses;
};

/* Writes the report as one JSON text, NUL-terminated, the caller's to free. */
int report_write_json(const struct report *report, char **json_text,
                      struct err *err);

/* The exit status of `probectl trace`: 0 connected, 4 undetermined, else 1. */
unsigned report_exit_status(const struct judgement *judgement);

#endif
