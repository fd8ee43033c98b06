/* A finished case as texts, and its record in the store. */
#ifndef CONTROLLER_ANSWER_H
#define CONTROLLER_ANSWER_H

#include <stdint.h>

#include "controller/case.h"

struct err;
struct store;

struct answer
{
    char *report, *bundle; /* JSON */
    uint32_t status;       /* probectl's exit status */
};

/* Writes both texts and stores them.  A store that fails costs the record, not
 * the answer: it is logged, and the report says so.  started_ms: since the
 * epoch.  On success answer_fini() releases it. */
int answer_make(struct trace_case *trace, struct store *store,
                const char *operator_name, int64_t started_ms, int64_t now_ns,
                struct answer *out, struct err *err);
void answer_fini(struct answer *answer);

#endif
