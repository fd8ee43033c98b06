/* Bounded texts, for modules that do no I/O of their own. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* As snprintf: always terminated, cut where it does not fit. */
void text_format(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void text_format_list(char *buffer, size_t size, const char *format,
                      va_list arguments) __attribute__((format(printf, 3, 0)));

#endif
