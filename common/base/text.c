#include "common/base/text.h"

#include <stdio.h>
#include <string.h>

void text_format_list(char *buffer, size_t size, const char *format,
                      va_list arguments)
{
    vsnprintf(buffer, size, format, arguments);
}

void text_format(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_format_list(buffer, size, format, arguments);
    va_end(arguments);
}

bool text_list_holds(const char *list, char separator, const char *word,
                     size_t size)
{
    const char separators[] = {separator, '\0'};

    while (*list != '\0') {
        size_t length = strcspn(list, separators);

        if (size > 0 && length == size && memcmp(list, word, size) == 0)
            return true;
        list += length + (list[length] != '\0');
    }
    return false;
}
