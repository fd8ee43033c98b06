/* argp without its habit of leaving the program: a parser notes a fault or a
 * wish for help here, and the command decides. */
#ifndef CTL_USAGE_H
#define CTL_USAGE_H

#include <argp.h>
#include <stdbool.h>

#include "common/base/err.h"

/* Put first into every command's table of options. */
#define USAGE_OPTION_HELP                           \
    {                                               \
        "help", 'h', NULL, 0, "print this help", -1 \
    }

/* The start of every command's arguments, and argp's input. */
struct usage
{
    bool help;      /* -h was given: nothing else counts */
    struct err err; /* text empty: what is wrong argp's parser did not tell */
};

/* Parses, with argp's exits and its own help switched off.  flags are added
 * (ARGP_IN_ORDER).  0, or -EINVAL. */
int usage_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                struct usage *usage);

/* Prints the help (0) or the error (STATUS_USAGE) and returns the status;
 * name is the whole command, as in "probectl trace". */
int usage_finish(const struct argp *argp, const char *name,
                 const struct usage *usage);

/* Is the answer to be JSON, wherever -o stands? */
bool usage_wants_json(int argc, char *const *argv);

#endif
