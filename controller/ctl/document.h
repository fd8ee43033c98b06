/* A report, list or bundle on its way to the operator. */
#ifndef CTL_DOCUMENT_H
#define CTL_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>

#include "controller/ctl/parse.h"

struct err;

static inline void clean_json(json_t **json)
{
    json_decref(*json);
}
#define CLEAN_JSON __attribute__((cleanup(clean_json)))

/* Parses a JSON object; where it came from heads the sentence of a failure
 * (-EBADMSG).  *out is the caller's reference. */
int document_parse(const char *text, size_t size, const char *origin,
                   json_t **out, struct err *err);

/* Prints a report in the format asked for and returns the exit status that its
 * verdict means, or STATUS_NOT_RUN when it could not be read or written. */
int document_print_report(const json_t *report, enum output_format format);

#endif
