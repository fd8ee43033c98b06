#include "proto/text.h"

#include <stdint.h>

/* Octets of the sequence that starts here, 0 if it is none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF; and no C1 controls). */
static size_t sequence_size(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    size = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (at[0] == 0xe0 || at[0] == 0xc2)
        low = 0xa0;
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xed)
        high = 0x9f;
    else if (at[0] == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return size;
}

static bool is_control(unsigned char octet, bool lines)
{
    if (lines && (octet == '\n' || octet == '\t'))
        return false;
    return octet < ' ' || octet == 0x7f;
}

static size_t clean_size(const char *text, bool lines)
{
    return is_control((unsigned char)*text, lines) ? 0 : sequence_size(text);
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
