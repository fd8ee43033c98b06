#include "controller/report/writer.h"

#include <string.h>

#include "common/base/utf8.h"

#define ESCAPE_SIZE 20

/* One character, ready to be written. */
struct glyph
{
    char bytes[ESCAPE_SIZE];
    size_t columns;
};

/* The next character of text as it may be written; returns what it took. */
static size_t next_glyph(const struct writer *writer, const char *text,
                         struct glyph *glyph)
{
    uint32_t point = 0;
    size_t size = utf8_decode(text, &point);

    if (size == 0) {
        glyph->columns = (size_t)snprintf(glyph->bytes, sizeof(glyph->bytes),
                                          "\\x%02x", (unsigned char)*text);
        return 1;
    }
    if (point < 0x80 && utf8_is_unsafe(point)) {
        glyph->columns = (size_t)snprintf(glyph->bytes, sizeof(glyph->bytes),
                                          "\\x%02x", point);
    } else if (utf8_is_unsafe(point) || (point >= 0x80 && !writer->utf8)) {
        glyph->columns = (size_t)snprintf(glyph->bytes, sizeof(glyph->bytes),
                                          "\\u{%x}", point);
    } else {
        memcpy(glyph->bytes, text, size);
        glyph->bytes[size] = '\0';
        glyph->columns = 1;
    }
    return size;
}

static size_t measure(const struct writer *writer, const char *text,
                      size_t size)
{
    size_t columns = 0;
    struct glyph glyph;

    for (size_t at = 0; at < size;) {
        at += next_glyph(writer, text + at, &glyph);
        columns += glyph.columns;
    }
    return columns;
}

size_t writer_measure(const struct writer *writer, const char *text)
{
    return measure(writer, text, strlen(text));
}

static void put(struct writer *writer, const char *text, size_t size)
{
    struct glyph glyph;

    for (size_t at = 0; at < size;) {
        at += next_glyph(writer, text + at, &glyph);
        fputs(glyph.bytes, writer->out);
        writer->column += glyph.columns;
    }
}

void writer_put(struct writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void blanks(struct writer *writer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fputc(' ', writer->out);
    writer->column += count;
}

void writer_wrap(struct writer *writer, size_t indent, const char *text)
{
    bool first = true;

    while (*(text += strspn(text, " ")) != '\0') {
        size_t size = strcspn(text, " ");
        size_t columns = measure(writer, text, size);

        if (!first && writer->width != 0 && writer->column > indent &&
            writer->column + 1 + columns > writer->width) {
            writer_line(writer);
            blanks(writer, indent);
        } else if (!first) {
            blanks(writer, 1);
        }
        put(writer, text, size);
        text += size;
        first = false;
    }
}

void writer_mark(struct writer *writer, enum writer_mark mark)
{
    static const char *const utf8[] = {"✓", "✗", "·", "?", "→"};
    static const char *const ascii[] = {"+", "x", ".", "?", "->"};
    static const enum writer_style styles[] = {
        STYLE_GOOD, STYLE_BAD, STYLE_DIM, STYLE_UNSURE, STYLE_PLAIN,
    };

    if (styles[mark] != STYLE_PLAIN)
        writer_style(writer, styles[mark]);
    writer_put(writer, writer->utf8 ? utf8[mark] : ascii[mark]);
    if (styles[mark] != STYLE_PLAIN)
        writer_style(writer, STYLE_PLAIN);
}

void writer_style(struct writer *writer, enum writer_style style)
{
    static const char *const codes[] = {
        "\033[0m",    "\033[1m",    "\033[2m",
        "\033[1;32m", "\033[1;31m", "\033[1;33m",
    };

    if (writer->colour)
        fputs(codes[style], writer->out);
}

void writer_pad(struct writer *writer, size_t column)
{
    if (writer->column < column)
        blanks(writer, column - writer->column);
    else if (writer->column > 0)
        blanks(writer, 1);
}

void writer_pad_right(struct writer *writer, size_t column, size_t size)
{
    writer_pad(writer, column > size ? column - size : 0);
}

void writer_line(struct writer *writer)
{
    fputc('\n', writer->out);
    writer->column = 0;
}
