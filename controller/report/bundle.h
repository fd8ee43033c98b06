/* A saved evidence bundle (schema probectl.bundle/1): what a trace was about
 * and all its evidence, to be judged again without the hosts. */
#ifndef REPORT_BUNDLE_H
#define REPORT_BUNDLE_H

#include <stddef.h>

#include "controller/verdict/verdict.h"

struct err;

#define BUNDLE_MAX_EVIDENCE 8192

struct bundle
{
    struct subject subject;
    struct evidence *items; /* heap */
    size_t count;
};

/* One JSON text, NUL-terminated, the caller's to free. */
int bundle_write_json(const struct subject *subject,
                      const struct evidence *items, size_t count,
                      char **json_text, struct err *err);

/* Reads one.  On success bundle_fini() releases it. */
int bundle_read_json(const char *json_text, size_t size, struct bundle *out,
                     struct err *err);

void bundle_fini(struct bundle *bundle);

#endif
