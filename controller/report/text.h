/* A report (schema probectl.report/1) as text for a person: the verdict first,
 * what mends it, and what it rests on. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <jansson.h>

struct err;
struct writer;

/* Is this a report that we can read?  -EBADMSG and a sentence if not. */
int report_text_check(const json_t *report, struct err *err);

/* Writes a report that report_text_check() took.  Fields of a wrong type count
 * as absent. */
void report_text_print(const json_t *report, struct writer *writer);

/* probectl's exit status for the report: 0 connected, 4 undetermined, 1 any
 * other verdict. */
int report_text_status(const json_t *report);

#endif
