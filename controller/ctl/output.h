/* Standard output and standard error: what a person sees, and whether it got
 * there. */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <jansson.h>

#include "common/base/err.h"
#include "controller/report/writer.h"

/* Called first: standard descriptors that are closed must not become sockets.
 * -EBADF when standard output is closed. */
int output_init(struct err *err);

/* A writer on standard output: colour and width of the terminal, if it is one;
 * marks as the locale allows. */
struct writer output_writer(void);

/* Writes the JSON pretty printed, with a newline, to standard output. */
void output_json(const json_t *json);

/* "probectl: SENTENCE" on standard error, without control characters. */
void output_error(const struct err *err);

/* From now on a failure is told in JSON as well: whoever reads standard output
 * finds JSON there whatever the exit status. */
void output_expect_json(void);

/* The end of a command that failed: output_error(), then output_failure(). */
int output_fail(const struct err *err, int status);

/* If JSON is expected, {"schema": "probectl.error/1", "status": ...,
 * "error": text} on standard output.  Returns the status, as output_finish(). */
int output_failure(const char *text, int status);

/* One line that is overwritten; nothing unless standard error is a terminal. */
void output_progress(const char *text);
void output_progress_end(void);

/* Flushes standard output.  Returns status, or STATUS_NOT_RUN and an error
 * line when something was not written. */
int output_finish(int status);

#endif
