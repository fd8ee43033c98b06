/* Text for a person's terminal: wrapped at words, coloured if wanted, and safe
 * whatever it holds: control characters, those that turn the direction of
 * writing, and (where the locale is not UTF-8) everything beyond ASCII come out
 * as visible escapes. */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct writer
{
    FILE *out;
    bool colour;
    bool utf8;      /* marks and texts may go beyond ASCII */
    unsigned width; /* columns; 0: never wrap */
    size_t column;  /* where the next character goes */
};

enum writer_style
{
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_BAD,
    STYLE_UNSURE,
};

enum writer_mark
{
    MARK_PASSED,
    MARK_STOPPED,
    MARK_NONE,
    MARK_UNSURE,
    MARK_ARROW,
};

/* Writes the text as it stands, never wrapped: commands, names. */
void writer_put(struct writer *writer, const char *text);

/* Writes the text from the current column on, broken between words; lines after
 * the first begin at indent. */
void writer_wrap(struct writer *writer, size_t indent, const char *text);

void writer_mark(struct writer *writer, enum writer_mark mark);
void writer_style(struct writer *writer, enum writer_style style);

/* Blanks up to the column, at least one unless nothing stands on the line. */
void writer_pad(struct writer *writer, size_t column);

/* Blanks so that a text of size columns ends before the column. */
void writer_pad_right(struct writer *writer, size_t column, size_t size);

/* Ends the line. */
void writer_line(struct writer *writer);

/* Columns that the text takes. */
size_t writer_measure(const struct writer *writer, const char *text);

#endif
