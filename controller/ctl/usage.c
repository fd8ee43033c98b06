#include "controller/ctl/usage.h"

#include <errno.h>
#include <stdio.h>

#include "controller/ctl/ctl.h"
#include "controller/ctl/output.h"

int usage_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                struct usage *usage)
{
    /* argv[0] heads getopt's own messages */
    static char program[] = "probectl";

    argv[0] = program;
    if (argp_parse(argp, argc, argv, flags | ARGP_NO_EXIT | ARGP_NO_HELP, NULL,
                   usage) != 0)
        return -EINVAL;
    return 0;
}

int usage_finish(const struct argp *argp, const char *name,
                 const struct usage *usage)
{
    char copy[64];

    snprintf(copy, sizeof(copy), "%s", name);
    if (usage->help) {
        argp_help(argp, stdout,
                  ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, copy);
        return output_finish(STATUS_CONNECTED);
    }
    if (usage->err.text[0] != '\0')
        output_error(&usage->err);
    fprintf(stderr, "Try '%s --help'.\n", name);
    return STATUS_USAGE;
}
