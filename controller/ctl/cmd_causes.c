/* probectl causes: the engine's table, for people; without a controller. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/likeness.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/document.h"
#include "controller/ctl/output.h"
#include "controller/ctl/usage.h"
#include "controller/report/catalogue.h"
#include "controller/report/catalogue_text.h"

#define NAME_SIZE     64
#define NEAR_DISTANCE 3 /* letters amiss */

struct causes_args
{
    struct usage usage; /* first: argp's input */
    enum output_format format;
    bool positions;
    const char *name;
};

enum
{
    KEY_OPTION_POSITIONS = 256,
};

static const struct argp_option causes_options[] = {
    USAGE_OPTION_HELP,
    {"output", 'o', "text|json", 0, "how to print it (text)", 0},
    {"positions", KEY_OPTION_POSITIONS, NULL, 0,
     "print how far a packet can have come, and how that is found", 0},
    {0},
};

static int set_name(struct causes_args *args, const char *text)
{
    if (args->name != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "'%s' is one argument too many; give one NAME", text);
    args->name = text;
    return 0;
}

static int check_whole(struct causes_args *args)
{
    if (args->positions && args->name != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "--positions is about no cause; leave out '%s'",
                       args->name);
    return 0;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct causes_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case 'o': return -parse_format(text, &args->format, &args->usage.err);
    case KEY_OPTION_POSITIONS: args->positions = true; return 0;
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG: return -set_name(args, text);
    case ARGP_KEY_END: return args->usage.help ? 0 : -check_whole(args);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp causes_argp = {
    .options = causes_options,
    .parser = parse_option,
    .args_doc = "[NAME]",
    .doc = "List the causes that a trace can name, or tell all about one: what "
           "it means, what must be seen for it, what proves it, what refutes "
           "it, and what to do. Neither controller nor profile is needed.\v"
           "Example:\n"
           "  probectl causes rp-filter",
};

/* Says which names are near, or have it in them. */
static int refuse_name(const char *name, struct err *err)
{
    char near[256] = "";
    size_t used = 0;

    for (int i = 0; i < CAUSE_COUNT; i++) {
        bool is_near =
            strlen(name) < NAME_SIZE &&
            (strstr(causes[i].name, name) != NULL ||
             likeness_distance(name, causes[i].name) <= NEAR_DISTANCE);

        if (!is_near || used + NAME_SIZE > sizeof(near))
            continue;
        used += (size_t)snprintf(near + used, sizeof(near) - used, "%s'%s'",
                                 used > 0 ? ", " : "", causes[i].name);
    }
    return err_set(err, -ENOENT, "'%s' is no cause; %s%s", name,
                   used > 0 ? "near it: " : "'probectl causes' lists them",
                   near);
}

static int print(const struct causes_args *args)
{
    struct writer writer = output_writer();
    CLEAN_JSON json_t *document = NULL;

    if (args->positions)
        document = catalogue_positions();
    else if (args->name != NULL)
        document = catalogue_cause((enum cause)cause_value(args->name));
    else
        document = catalogue_all();
    if (args->format == FORMAT_JSON)
        output_json(document);
    else if (args->positions)
        catalogue_print_positions(document, &writer);
    else if (args->name != NULL)
        catalogue_print_cause(document, &writer);
    else
        catalogue_print_list(document, &writer);
    return output_finish(STATUS_CONNECTED);
}

int cmd_causes(const struct ctl *ctl, int argc, char **argv)
{
    struct causes_args args = {0};
    struct err err;
    int status = usage_parse(&causes_argp, argc, argv, 0, &args.usage);

    (void)ctl;
    if (status < 0 || args.usage.help)
        return usage_finish(&causes_argp, "probectl causes", &args.usage);
    if (args.name != NULL && cause_value(args.name) < 0) {
        refuse_name(args.name, &err);
        return output_fail(&err, STATUS_USAGE);
    }
    return print(&args);
}
