#include "common/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/array.h"
#include "common/base/utf8.h"

static const struct
{
    int priority; /* syslog's, for the journal */
    const char *word;
} levels[] = {
    [LOG_LEVEL_ERROR] = {3, "error"},
    [LOG_LEVEL_WARNING] = {4, "warning"},
    [LOG_LEVEL_INFO] = {6, "info"},
    [LOG_LEVEL_DEBUG] = {7, "debug"},
};

static const char *program_name = "probe";
static enum log_level loudest_level = LOG_LEVEL_INFO;
static bool to_journal;

void log_init(const char *program, enum log_level loudest)
{
    program_name = program;
    loudest_level = loudest;
    to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_write(enum log_level level, const char *format, ...)
{
    char said[1024];
    char line[4 * sizeof(said)]; /* a peer may be quoted in it */
    va_list arguments;

    if (level > loudest_level || (size_t)level >= ARRAY_SIZE(levels))
        return;
    va_start(arguments, format);
    vsnprintf(said, sizeof(said), format, arguments);
    va_end(arguments);
    utf8_clean(said, line, sizeof(line));
    if (to_journal)
        fprintf(stderr, "<%d>%s\n", levels[level].priority, line);
    else
        fprintf(stderr, "%s: %s: %s\n", program_name, levels[level].word, line);
}
