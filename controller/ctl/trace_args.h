/* The arguments of probectl trace. */
#ifndef CTL_TRACE_ARGS_H
#define CTL_TRACE_ARGS_H

#include <argp.h>
#include <stdbool.h>

#include "controller/ctl/parse.h"
#include "controller/ctl/usage.h"
#include "proto/message.h"

#define TRACE_TIMEOUT_MS     10000
#define TRACE_SPACING_MS     100 /* between attempts: more of them take longer */
#define TRACE_MIN_TIMEOUT_MS 100
#define TRACE_MAX_TIMEOUT_MS 300000

struct trace_args
{
    struct usage usage; /* must be first: see usage.h */
    struct message_trace_request request;
    struct destination destination; /* as in request, with what -4/-6 need */
    const char *bundle;             /* --bundle: file to write, or NULL */
    enum output_format format;
    uint32_t timeout_ms;
    unsigned positional; /* how many of SRC, DST:PORT were given */
};

extern const struct argp trace_argp;

/* Fills in args with defaults and what argv says.  -EINVAL with the sentence in
 * args->usage.err; args->usage.help when help was asked for. */
int trace_args_parse(struct trace_args *args, int argc, char **argv);

#endif
