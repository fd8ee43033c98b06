#include "common/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/array.h"

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

/* Log lines may quote a peer: control characters would let it forge lines. */
static void blunt_controls(char *line)
{
    for (; *line != '\0'; line++)
        if ((unsigned char)*line < ' ' || *line == 0x7f)
            *line = '?';
}

void log_write(enum log_level level, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    if (level > loudest_level || (size_t)level >= ARRAY_SIZE(levels))
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    blunt_controls(line);
    if (to_journal)
        fprintf(stderr, "<%d>%s\n", levels[level].priority, line);
    else
        fprintf(stderr, "%s: %s: %s\n", program_name, levels[level].word, line);
}
