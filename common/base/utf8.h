/* Characters of a text that somebody else wrote. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of the well-formed sequence at text (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF), and its code point; 0 if there is none,
 * and then point is left alone.  Of an empty text: 1 and U+0000. */
size_t utf8_decode(const char *text, uint32_t *point);

/* Does it act on a terminal instead of standing there: controls and line ends,
 * and characters without a width, which hide or turn what stands beside
 * them? */
bool utf8_is_unsafe(uint32_t point);

#endif
