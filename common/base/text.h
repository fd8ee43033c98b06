/* Bounded texts, for modules that do no I/O of their own. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* As snprintf: always terminated, cut where it does not fit. */
void text_format(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void text_format_list(char *buffer, size_t size, const char *format,
                      va_list arguments) __attribute__((format(printf, 3, 0)));

/* Is the word, of that size, among those of the list, which the separator parts?
 * One of no size never is. */
bool text_list_holds(const char *list, char separator, const char *word,
                     size_t size);

#endif
