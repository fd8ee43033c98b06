/* The hops of the ways between the hosts, as text. */
#include <stdio.h>
#include <string.h>

#include "controller/report/text_sections.h"

#define TIME_COLUMN  36
#define LABEL_COLUMN 9

/* With which it came to that hop, the outermost first. */
static void print_labels(const json_t *labels, struct writer *writer)
{
    char text[80];
    size_t i;
    const json_t *label;

    json_array_foreach(labels, i, label)
    {
        snprintf(text, sizeof(text), "MPLS label %d, class %d, TTL %d",
                 (int)json_integer_value(json_object_get(label, "label")),
                 (int)json_integer_value(json_object_get(label, "class")),
                 (int)json_integer_value(json_object_get(label, "ttl")));
        writer_pad(writer, LABEL_COLUMN);
        writer_put(writer, text);
        writer_line(writer);
    }
}

/* hop NULL: nothing came back from there. */
static void print_hop(struct writer *writer, int64_t ttl, const json_t *hop)
{
    const json_t *rtt = json_object_get(hop, "rtt_us");
    const char *address = text_get(hop, "address");
    const char *answer = text_get(hop, "answer");
    char text[32];

    snprintf(text, sizeof(text), "%d", (int)ttl);
    writer_pad_right(writer, TEXT_INDENT + 3, strlen(text));
    writer_put(writer, text);
    writer_put(writer, "  ");
    writer_put(writer, address == NULL ? "*  no answer" : address);
    if (json_is_integer(rtt)) {
        text_time(writer, json_integer_value(rtt), text, sizeof(text));
        writer_pad_right(writer, TIME_COLUMN, writer_measure(writer, text));
        writer_put(writer, text);
    }
    if (answer != NULL) {
        writer_put(writer, "  ");
        writer_put(writer, answer);
    }
    writer_line(writer);
    print_labels(json_object_get(hop, "mpls"), writer);
}

static const json_t *walk_of(const json_t *path, const char *direction)
{
    size_t i;
    const json_t *walk;

    json_array_foreach(json_object_get(path, "walks"), i, walk)
    {
        const char *its = text_get(walk, "direction");

        if (its != NULL && strcmp(its, direction) == 0)
            return walk;
    }
    return NULL;
}

static void print_loop(const json_t *loop, struct writer *writer)
{
    size_t i;
    const json_t *hop;

    if (json_array_size(loop) == 0)
        return;
    writer_pad(writer, TEXT_INDENT);
    writer_put(writer, "these come again and again:");
    writer_line(writer);
    json_array_foreach(loop, i, hop)
    {
        writer_pad(writer, LABEL_COLUMN);
        writer_put(writer, json_string_value(hop));
        writer_line(writer);
    }
}

/* The hops that answered, those between them that did not, and the first behind
 * them: there the way ends, as far as anybody tells. */
static void print_direction(struct writer *writer, const json_t *path,
                            const char *direction, const char *title)
{
    const json_t *hops = json_object_get(path, direction);
    const json_t *walk = walk_of(path, direction);
    const json_t *silent = json_object_get(walk, "silent_ttl");
    int64_t next = 1;
    size_t i;
    const json_t *hop;

    if (json_array_size(hops) == 0 && walk == NULL)
        return;
    text_heading(writer, title);
    json_array_foreach(hops, i, hop)
    {
        int64_t ttl = json_integer_value(json_object_get(hop, "ttl"));

        for (; walk != NULL && next < ttl; next++)
            print_hop(writer, next, NULL);
        print_hop(writer, ttl, hop);
        next = ttl + 1;
    }
    if (silent != NULL)
        print_hop(writer, json_integer_value(silent), NULL);
    print_loop(json_object_get(walk, "loop"), writer);
}

/* Of interest where a way was walked: else both are in order. */
static void print_asymmetry(const json_t *path, struct writer *writer)
{
    const json_t *asymmetry = json_object_get(path, "asymmetry");
    const char *least = text_get(asymmetry, "at_least");
    char text[120];

    if (asymmetry == NULL || json_object_get(path, "walks") == NULL)
        return;
    snprintf(
        text, sizeof(text),
        "  %s%d routers on the way there, %s%d on the way back",
        least != NULL && strcmp(least, "forward") == 0 ? "at least " : "",
        (int)json_integer_value(json_object_get(asymmetry, "forward_routers")),
        least != NULL && strcmp(least, "reverse") == 0 ? "at least " : "",
        (int)json_integer_value(json_object_get(asymmetry, "reverse_routers")));
    writer_put(writer, text);
    writer_line(writer);
}

void text_print_hops(const json_t *report, struct writer *writer)
{
    const json_t *path = json_object_get(report, "path");

    print_direction(writer, path, "forward",
                    "Hops from the source to the destination");
    print_direction(writer, path, "reverse",
                    "Hops from the destination to the source");
    print_asymmetry(path, writer);
}
