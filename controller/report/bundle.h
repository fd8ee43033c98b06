/* A saved evidence bundle (schema probectl.bundle/1): what a trace was about
 * and all its evidence, to be judged again without the hosts. */
#ifndef REPORT_BUNDLE_H
#define REPORT_BUNDLE_H

#include <stddef.h>

#include "controller/engine/verdict.h"

struct err;

#define BUNDLE_MAX_EVIDENCE VERDICT_MAX_EVIDENCE
#define BUNDLE_MAX_EARLIER  15

struct bundle
{
    struct subject subject;
    struct evidence *items; /* heap */
    size_t count;
    struct bundle *earlier; /* heap; of the addresses that were tried before */
    size_t earlier_count;
};

/* One JSON text, NUL-terminated, the caller's to free. */
int bundle_write_json(const struct subject *subject,
                      const struct evidence *items, size_t count,
                      char **json_text, struct err *err);

/* A bundle with the report of the same trace as its member "report", for a
 * person who saves one file.  Both texts as written by this folder. */
int bundle_attach_report(const char *bundle_json, const char *report_json,
                         char **json_text, struct err *err);

/* A bundle with those of the addresses that were tried before it, as its member
 * "earlier"; all texts as written here. */
int bundle_attach_earlier(const char *bundle_json, char *const *earlier,
                          size_t count, char **json_text, struct err *err);

/* Reads one; a report in it is not looked at.  -EINVAL with what is wrong, or
 * -EFBIG.  On success bundle_fini() releases it. */
int bundle_read_json(const char *json_text, size_t size, struct bundle *out,
                     struct err *err);

void bundle_fini(struct bundle *bundle);

#endif
