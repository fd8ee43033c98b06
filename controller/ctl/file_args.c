#include "controller/ctl/file_args.h"

#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/fs.h"
#include "proto/message.h"

const struct argp_option file_args_options[] = {
    USAGE_OPTION_HELP,
    {"output", 'o', "text|json", 0, "how to print the report (text)", 0},
    {0},
};

static int set_file(struct file_args *args, const char *text)
{
    if (args->file != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "'%s' is one argument too many; give one FILE", text);
    args->file = text;
    return 0;
}

static int check_whole(struct file_args *args)
{
    if (args->file == NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "the file is missing; name one, or - for standard "
                       "input");
    return 0;
}

error_t file_args_parse_option(int key, char *text, struct argp_state *state)
{
    struct file_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case 'o': return -parse_format(text, &args->format, &args->usage.err);
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG: return -set_file(args, text);
    case ARGP_KEY_END: return args->usage.help ? 0 : -check_whole(args);
    default: return ARGP_ERR_UNKNOWN;
    }
}

int file_args_read(const struct file_args *args, char **out, size_t *size,
                   struct err *err)
{
    const char *path = strcmp(args->file, "-") == 0 ? "/dev/stdin" : args->file;

    return fs_read(path, MESSAGE_MAX_DOCUMENT, out, size, err);
}
