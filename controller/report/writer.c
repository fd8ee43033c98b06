#include "controller/report/writer.h"

#include <string.h>

#include "common/base/utf8.h"

static size_t measure(const struct writer *writer, const char *text,
                      size_t size)
{
    char shown[UTF8_SHOWN_SIZE];
    size_t sum = 0;
    size_t columns;

    for (size_t at = 0; at < size;) {
        at += utf8_show(text + at, writer->utf8, shown, &columns);
        sum += columns;
    }
    return sum;
}

size_t writer_measure(const struct writer *writer, const char *text)
{
    return measure(writer, text, strlen(text));
}

static void put(struct writer *writer, const char *text, size_t size)
{
    char shown[UTF8_SHOWN_SIZE];
    size_t columns;

    for (size_t at = 0; at < size;) {
        at += utf8_show(text + at, writer->utf8, shown, &columns);
        fputs(shown, writer->out);
        writer->column += columns;
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
