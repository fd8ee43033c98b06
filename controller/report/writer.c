#include "controller/report/writer.h"

#include <stdint.h>
#include <string.h>

#define ESCAPE_SIZE 20

/* One character, ready to be written. */
struct glyph
{
    char bytes[ESCAPE_SIZE];
    size_t columns;
};

/* How long the UTF-8 sequence is that this byte begins; 0 if it begins none. */
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

/* The length of the well-formed UTF-8 sequence at text, and its code point;
 * 0 if there is none. */
static size_t decode(const char *text, uint32_t *point)
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

/* Characters that act on a terminal instead of standing there: controls, and
 * those without a width that hide or turn what stands beside them. */
static bool is_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad ||
           point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           (point >= 0xe0000 && point <= 0xe0fff);
}

/* The next character of text as it may be written; returns what it took. */
static size_t next_glyph(const struct writer *writer, const char *text,
                         struct glyph *glyph)
{
    uint32_t point = 0;
    size_t size = decode(text, &point);

    if (size == 0) {
        glyph->columns = (size_t)snprintf(glyph->bytes, sizeof(glyph->bytes),
                                          "\\x%02x", (unsigned char)*text);
        return 1;
    }
    if (point < 0x80 && is_unsafe(point)) {
        glyph->columns = (size_t)snprintf(glyph->bytes, sizeof(glyph->bytes),
                                          "\\x%02x", point);
    } else if (is_unsafe(point) || (point >= 0x80 && !writer->utf8)) {
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
