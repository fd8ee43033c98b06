/* Which texts may cross the wire. */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Valid UTF-8 without control characters (lines: newline and tab are fine). */
bool text_is_clean(const char *text, bool lines);

/* Puts '?' over every octet that text_is_clean() would object to. */
void text_clean(char *text, bool lines);

#endif
