#include "controller/ctl/usage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/output.h"

static const struct argp_option *find_option(const struct argp *argp,
                                             const char *word, size_t *matches)
{
    const struct argp_option *found = NULL;
    bool is_long = word[1] == '-';
    size_t size = strcspn(word + 2, "=");

    *matches = 0;
    for (const struct argp_option *option = argp->options;
         option->name != NULL || option->key != 0; option++) {
        if (is_long ? option->name == NULL ||
                          strncmp(option->name, word + 2, size) != 0
                    : option->key != word[1])
            continue;
        found = option;
        ++*matches;
        if (is_long && option->name[size] == '\0') {
            *matches = 1;
            break;
        }
    }
    return found;
}

/* getopt has said on standard error what was wrong; here it is said once more,
 * for whoever reads JSON. */
static void name_wrong_option(const struct argp *argp, int argc, char **argv,
                              struct err *err)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const struct argp_option *option;
        bool has_value = strchr(argv[i], '=') != NULL;
        size_t matches;

        if (argv[i][0] != '-' || argv[i][1] == '\0')
            continue;
        option = find_option(argp, argv[i], &matches);
        if (option == NULL || matches > 1) {
            err_set(err, -EINVAL, "there is no option '%s'%s", argv[i],
                    matches > 1 ? ": several begin so" : "");
            return;
        }
        if (argv[i][1] != '-') /* its value may stand in the same word */
            has_value = argv[i][2] != '\0';
        if (option->arg != NULL && !has_value && ++i == argc)
            err_set(err, -EINVAL, "'%s' wants %s after it", argv[i - 1],
                    option->arg);
        if (option->arg == NULL && has_value && argv[i][1] == '-')
            err_set(err, -EINVAL, "'%s': the option has no value", argv[i]);
    }
}

int usage_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                struct usage *usage)
{
    /* argv[0] heads getopt's own messages */
    static char program[] = "probectl";

    argv[0] = program;
    if (argp_parse(argp, argc, argv, flags | ARGP_NO_EXIT | ARGP_NO_HELP, NULL,
                   usage) == 0)
        return 0;
    if (usage->err.text[0] == '\0')
        name_wrong_option(argp, argc, argv, &usage->err);
    return -EINVAL;
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
