/* Saying that something is not looked at: the tests' worker says it so, too. */
#include <stdarg.h>
#include <stdio.h>

#include "agent/worker/worker.h"
#include "common/base/clock.h"
#include "common/base/err.h"

void worker_limit(struct worker *worker, const char *observer,
                  const char *format, ...)
{
    struct evidence evidence;
    char text[ERR_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    evidence_init(&evidence, EVIDENCE_LIMIT, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_OBSERVER, observer);
    evidence_set_text(&evidence, KEY_TEXT, text);
    worker_emit(worker, &evidence);
}
