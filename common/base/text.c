#include "common/base/text.h"

#include <stdio.h>

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
