/* Log lines on standard error: with the journal's priority prefix under systemd
 * (JOURNAL_STREAM is set), with a level word otherwise. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level
{
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
};

/* Names the program in every line and sets the loudest level printed. */
void log_init(const char *program, enum log_level loudest);

void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
