#include "controller/ctl/output.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/ioctl.h>

#include "controller/ctl/ctl.h"
#include "controller/report/values.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 120 /* longer lines are hard to read */

/* The errno of the first failed write, 0 if all went well. */
static int write_error;

int output_init(struct err *err)
{
    /* a closed pipe is a write error like any other */
    signal(SIGPIPE, SIG_IGN);
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
        return err_set(err, -EBADF,
                       "standard output is closed; give it somewhere to go");
    while (fcntl(STDIN_FILENO, F_GETFD) < 0 ||
           fcntl(STDERR_FILENO, F_GETFD) < 0) {
        if (open("/dev/null", O_RDWR) < 0)
            return err_set(err, -errno, "/dev/null: %s", strerror(errno));
    }
    return 0;
}

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

/* Not a terminal: lines of any length, so that grep finds whole sentences. */
static unsigned terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    if (size.ws_col < WIDTH_MIN)
        return WIDTH_MIN;
    return size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

struct writer output_writer(void)
{
    return (struct writer){
        .out = stdout,
        .colour = wants_colour(),
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = terminal_width(),
    };
}

void output_json(const json_t *json)
{
    errno = 0;
    if (json_dumpf(json, stdout, JSON_INDENT(2)) < 0 && write_error == 0)
        write_error = errno != 0 ? errno : EIO;
    if (putchar('\n') == EOF && write_error == 0)
        write_error = errno;
}

static struct writer error_writer(void)
{
    return (struct writer){
        .out = stderr,
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    };
}

void output_error(const struct err *err)
{
    struct writer writer = error_writer();

    output_progress_end();
    writer_put(&writer, "probectl: ");
    writer_put(&writer, err->text);
    writer_line(&writer);
}

static bool json_expected;

void output_expect_json(void)
{
    json_expected = true;
}

int output_failure(const char *text, int status)
{
    json_t *root;

    if (!json_expected)
        return status;
    root =
        json_pack("{s:s, s:i}", "schema", "probectl.error/1", "status", status);
    values_put_text(root, "error", text);
    output_json(root);
    json_decref(root);
    return output_finish(status);
}

int output_fail(const struct err *err, int status)
{
    output_error(err);
    return output_failure(err->text, status);
}

/* A progress line stands on the terminal and must be wiped. */
static bool progress_shown;

void output_progress(const char *text)
{
    struct writer writer = error_writer();

    if (!isatty(STDERR_FILENO))
        return;
    fputs("\r\033[K", stderr);
    writer_put(&writer, text);
    fflush(stderr);
    progress_shown = true;
}

void output_progress_end(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}

int output_finish(int status)
{
    struct err err;

    output_progress_end();
    if (fflush(stdout) == EOF && write_error == 0)
        write_error = errno;
    if (write_error == 0 && ferror(stdout))
        write_error = EIO;
    if (write_error == 0)
        return status;
    err_set(&err, -write_error, "standard output: %s; not all was written",
            strerror(write_error));
    output_error(&err);
    return STATUS_NOT_RUN;
}
