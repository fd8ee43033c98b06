/* A finished case as texts, and its record in the store.  All functions only
 * read the case, and may run in another thread than the loop's. */
#ifndef CONTROLLER_ANSWER_H
#define CONTROLLER_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/case/case.h"

struct err;
struct store;

struct answer
{
    char *report, *bundle; /* JSON; NULL once they are in the document */
    char *document;        /* what the operator gets */
    uint32_t status;       /* probectl's exit status */
};

/* When the trace began, since the epoch, and how long it took. */
struct answer_times
{
    int64_t started_ms, duration_ms;
};

/* What is told of: the trace's last case, and those of the addresses that an
 * application tries before its. */
struct answer_subject
{
    const char *id;
    const struct trace_case *trace;
    const struct trace_case *const *earlier;
    size_t earlier_count;
    struct answer_times times;
};

/* Writes both texts.  On success answer_fini() releases them. */
int answer_write(const struct answer_subject *about, struct answer *out,
                 struct err *err);
void answer_fini(struct answer *answer);

/* Keeps the texts. */
int answer_store(const struct answer *answer,
                 const struct answer_subject *about, const char *operator_name,
                 struct store *store, struct err *err);

/* Makes the document: the report, or the bundle with the report in it.  -EFBIG
 * when it is too large to be sent. */
int answer_compose(struct answer *answer, bool with_bundle, struct err *err);

#endif
