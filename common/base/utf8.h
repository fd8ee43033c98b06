/* Characters of a text that somebody else wrote. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_SHOWN_SIZE 16 /* one character, however it is shown */

/* Octets of the well-formed sequence at text (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF), and its code point; 0 if there is none,
 * and then point is left alone.  Of an empty text: 1 and U+0000. */
size_t utf8_decode(const char *text, uint32_t *point);

/* Does it act on a terminal instead of standing there: controls and line ends,
 * and characters without a width, which hide or turn what stands beside
 * them? */
bool utf8_is_unsafe(uint32_t point);

/* Writes the character at text so that it stands where it is printed, and does
 * nothing: as it is, or \x1b, \u{202e}, and \xff for an octet that begins no
 * character.  What is beyond ASCII as it is only if beyond_ascii.  The columns
 * it takes go into columns.  Returns the octets of text that it took; text must
 * not be empty. */
size_t utf8_show(const char *text, bool beyond_ascii,
                 char shown[static UTF8_SHOWN_SIZE], size_t *columns);

/* The whole text so; cut behind a whole character where it does not fit. */
void utf8_clean(const char *text, char *out, size_t size);

#endif
