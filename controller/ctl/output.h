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

/* One line that is overwritten; nothing unless standard error is a terminal. */
void output_progress(const char *text);
void output_progress_end(void);

/* Flushes standard output.  Returns status, or STATUS_NOT_RUN and an error
 * line when something was not written. */
int output_finish(int status);

#endif
