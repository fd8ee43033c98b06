/* probectl report: a saved report as text, without a controller. */
#include <errno.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/fs.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/document.h"
#include "controller/ctl/output.h"
#include "controller/ctl/usage.h"

struct report_args
{
    struct usage usage;
    enum output_format format;
    const char *file;
};

static const struct argp_option options[] = {
    USAGE_OPTION_HELP,
    {"output", 'o', "text|json", 0, "how to print the report (text)", 0},
    {0},
};

static int set_file(struct report_args *args, const char *text)
{
    if (args->file != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "'%s' is one argument too many; give one FILE", text);
    args->file = text;
    return 0;
}

static int check_whole(struct report_args *args)
{
    if (args->file == NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "the file is missing; name one, or - for standard "
                       "input");
    return 0;
}

static int parse_option(int key, char *text, struct argp_state *state)
{
    struct report_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case 'o': return -parse_format(text, &args->format, &args->usage.err);
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG: return -set_file(args, text);
    case ARGP_KEY_END: return args->usage.help ? 0 : -check_whole(args);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp report_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "FILE",
    .doc = "Print a report that was saved with 'probectl trace -o json'; - "
           "reads standard input. The exit status is that of the trace.\v"
           "Example:\n"
           "  probectl report monday.json",
};

int cmd_report(const struct ctl *ctl, int argc, char **argv)
{
    CLEAN_JSON json_t *report = NULL;
    CLEAN_FREE char *text = NULL;
    struct report_args args = {0};
    const char *path;
    struct err err;
    size_t size;
    int rc = usage_parse(&report_argp, argc, argv, 0, &args.usage);

    (void)ctl;
    if (rc < 0 || args.usage.help)
        return usage_finish(&report_argp, "probectl report", &args.usage);
    path = strcmp(args.file, "-") == 0 ? "/dev/stdin" : args.file;
    rc = fs_read(path, DOCUMENT_MAX, &text, &size, &err);
    if (rc == 0)
        rc = document_parse(text, size, args.file, &report, &err);
    if (rc < 0) {
        output_error(&err);
        return STATUS_USAGE;
    }
    return document_print_report(report, args.format);
}
