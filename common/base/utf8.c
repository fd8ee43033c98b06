#include "common/base/utf8.h"

#include <string.h>

#include "common/base/text.h"

/* How long the sequence is that this byte begins; 0 if it begins none. */
static size_t sequence_size(unsigned char byte)
{
    if (byte < 0x80)
        return 1;
    if (byte < 0xc2) /* within a sequence, or longer than needed */
        return 0;
    if (byte < 0xe0)
        return 2;
    if (byte < 0xf0)
        return 3;
    return byte < 0xf5 ? 4 : 0;
}

size_t utf8_decode(const char *text, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = sequence_size(bytes[0]);
    uint32_t value = size < 2 ? bytes[0] : bytes[0] & (0x7fu >> size);

    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3fu);
    }
    if (size == 0 || value < least[size] || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return size;
}

bool utf8_is_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad ||
           point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           (point >= 0xe0000 && point <= 0xe0fff);
}

size_t utf8_show(const char *text, bool beyond_ascii,
                 char shown[static UTF8_SHOWN_SIZE], size_t *columns)
{
    uint32_t point = 0;
    size_t size = utf8_decode(text, &point);

    if (size == 0)
        text_format(shown, UTF8_SHOWN_SIZE, "\\x%02x", (unsigned char)*text);
    else if (point < 0x80 && utf8_is_unsafe(point))
        text_format(shown, UTF8_SHOWN_SIZE, "\\x%02x", point);
    else if (utf8_is_unsafe(point) || (point >= 0x80 && !beyond_ascii))
        text_format(shown, UTF8_SHOWN_SIZE, "\\u{%x}", point);
    else
        text_format(shown, UTF8_SHOWN_SIZE, "%.*s", (int)size, text);
    *columns = size > 1 && shown[0] != '\\' ? 1 : strlen(shown);
    return size == 0 ? 1 : size;
}

void utf8_clean(const char *text, char *out, size_t size)
{
    char shown[UTF8_SHOWN_SIZE];
    size_t used = 0;
    size_t columns;

    out[0] = '\0';
    while (*text != '\0') {
        text += utf8_show(text, true, shown, &columns);
        if (strlen(shown) >= size - used)
            return;
        memcpy(out + used, shown, strlen(shown) + 1);
        used += strlen(shown);
    }
}
