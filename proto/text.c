#include "proto/text.h"

#include <stdint.h>

#include "common/base/utf8.h"

static bool is_control(uint32_t point, bool lines)
{
    if (lines && (point == '\n' || point == '\t'))
        return false;
    return point < ' ' || (point >= 0x7f && point < 0xa0);
}

/* Octets of the character that starts here; 0 if it may not cross. */
static size_t clean_size(const char *text, bool lines)
{
    uint32_t point = 0;
    size_t size = utf8_decode(text, &point);

    return size == 0 || is_control(point, lines) ? 0 : size;
}

bool text_is_clean(const char *text, bool lines)
{
    while (*text != '\0') {
        size_t size = clean_size(text, lines);

        if (size == 0)
            return false;
        text += size;
    }
    return true;
}

void text_clean(char *text, bool lines)
{
    while (*text != '\0') {
        size_t size = clean_size(text, lines);

        if (size == 0)
            *text = '?';
        text += size == 0 ? 1 : size;
    }
}
