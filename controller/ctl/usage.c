#include "controller/ctl/usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
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

/* getopt has said on standard error what was wrong. */
static int fail_again(const char *name)
{
    char text[128];

    snprintf(text, sizeof(text), "wrong usage; '%s --help' tells the right one",
             name);
    return output_failure(text, STATUS_USAGE);
}

/* Also where something before it is wrong, so that no parser comes so far. */
bool usage_wants_json(int argc, char *const *argv)
{
    static const char *const forms[] = {"-ojson", "-o=json", "--output=json"};
    bool wanted = false;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool has_value =
            strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0;

        if (has_value && i + 1 < argc)
            wanted = strcmp(argv[++i], "json") == 0;
        for (size_t form = 0; form < ARRAY_SIZE(forms); form++)
            wanted = wanted || strcmp(argv[i], forms[form]) == 0;
    }
    return wanted;
}

int usage_finish(const struct argp *argp, const char *name,
                 const struct usage *usage)
{
    char copy[64];
    int status;

    snprintf(copy, sizeof(copy), "%s", name);
    if (usage->help) {
        argp_help(argp, stdout,
                  ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, copy);
        return output_finish(STATUS_CONNECTED);
    }
    status = usage->err.text[0] != '\0' ? output_fail(&usage->err, STATUS_USAGE)
                                        : fail_again(name);
    fprintf(stderr, "Try '%s --help'.\n", name);
    return status;
}
