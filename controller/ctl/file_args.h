/* Command lines of the form FILE [-o FORMAT], and the reading of the file. */
#ifndef CTL_FILE_ARGS_H
#define CTL_FILE_ARGS_H

#include <argp.h>

#include "controller/ctl/parse.h"
#include "controller/ctl/usage.h"

struct file_args
{
    struct usage usage;
    enum output_format format;
    const char *file; /* "-": standard input */
};

/* For a command's struct argp; the input is a struct file_args. */
extern const struct argp_option file_args_options[];
error_t file_args_parse_option(int key, char *text, struct argp_state *state);

/* Reads the file, of at most MESSAGE_MAX_DOCUMENT.  *out is the caller's to
 * free. */
int file_args_read(const struct file_args *args, char **out, size_t *size,
                   struct err *err);

#endif
