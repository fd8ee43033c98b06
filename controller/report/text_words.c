#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "controller/report/text_sections.h"

const char *text_get(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

void text_time(const struct writer *writer, json_int_t us, char *out,
               size_t size)
{
    if (us > -10000 && us < 10000)
        snprintf(out, size, "%" JSON_INTEGER_FORMAT " %s", us,
                 writer->utf8 ? "µs" : "us");
    else if (us > -1000000 && us < 1000000)
        snprintf(out, size, "%.1f ms", (double)us / 1e3);
    else
        snprintf(out, size, "%.2f s", (double)us / 1e6);
}

void text_heading(struct writer *writer, const char *title)
{
    writer_line(writer);
    writer_style(writer, STYLE_BOLD);
    writer_put(writer, title);
    writer_style(writer, STYLE_PLAIN);
    writer_line(writer);
}

void text_label(struct writer *writer, const char *label)
{
    writer_pad(writer, TEXT_INDENT);
    writer_style(writer, STYLE_DIM);
    writer_put(writer, label);
    writer_style(writer, STYLE_PLAIN);
    writer_pad(writer, TEXT_LABEL_COLUMN);
}

void text_packet(const char *packet, char *out, size_t size)
{
    size_t i = 0;

    if (packet == NULL || size == 0) {
        snprintf(out, size, "packet");
        return;
    }
    if (strcmp(packet, "data") == 0) { /* the one that is no name of TCP's */
        snprintf(out, size, "data");
        return;
    }
    for (; packet[i] != '\0' && i + 1 < size; i++)
        out[i] = (char)toupper((unsigned char)packet[i]);
    out[i] = '\0';
}

void text_ids(struct writer *writer, const json_t *ids)
{
    size_t i;
    const json_t *id;

    json_array_foreach(ids, i, id)
    {
        if (!json_is_string(id))
            continue;
        writer_put(writer, " ");
        writer_put(writer, json_string_value(id));
    }
}

const char *text_phrase_find(const struct text_phrase *phrases, size_t count,
                             const char *word)
{
    for (size_t i = 0; word != NULL && i < count; i++) {
        if (strcmp(phrases[i].word, word) == 0)
            return phrases[i].text;
    }
    return word;
}

const char *text_cause(const json_t *finding)
{
    const char *cause = text_get(finding, "cause");

    return cause == NULL ? "undetermined" : cause;
}
