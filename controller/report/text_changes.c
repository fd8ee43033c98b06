/* What was changed of the packets on their way, as a line for each packet, and
 * how many were lost. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/report/text_sections.h"

#define PART_SIZE 160
#define LINE_SIZE 1024

/* How a field is called, and what is said where it is an option or a flag. */
static const struct text_phrase fields[] = {
    {"source_address", "source"},
    {"source_port", "source port"},
    {"destination_address", "destination"},
    {"destination_port", "destination port"},
    {"sequence", "sequence number"},
    {"ttl", "TTL"},
    {"dscp", "DSCP"},
    {"ip_ecn", "ECN of IP"},
    {"ecn", "ECN"},
    {"mss", "MSS"},
    {"window_scale", "window scale"},
    {"sack", "SACK"},
    {"timestamps", "timestamps"},
};

static void print_value(const json_t *value, char *text, size_t size)
{
    if (json_is_string(value))
        text_format(text, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        text_format(text, size, "%" JSON_INTEGER_FORMAT,
                    json_integer_value(value));
    else
        text_format(text, size, "none");
}

/* "MSS 1460 to 1400", "SACK taken out", "TTL 64 to 62 (2 routers)", "source
 * 192.0.2.10 seen as 203.0.113.1" */
static void print_change(const json_t *change, char *text, size_t size)
{
    const json_t *sent = json_object_get(change, "sent");
    const json_t *received = json_object_get(change, "received");
    const char *field = text_get(change, "field");
    const char *name = text_phrase_find(fields, ARRAY_SIZE(fields), field);
    json_int_t routers =
        json_integer_value(sent) - json_integer_value(received);
    char from[64], to[64];

    if (field == NULL) {
        text[0] = '\0';
    } else if (json_is_boolean(sent)) {
        text_format(text, size, "%s %s", name,
                    json_is_true(sent) ? "taken out" : "put in");
    } else if (sent == NULL || received == NULL) {
        print_value(sent == NULL ? received : sent, from, sizeof(from));
        text_format(text, size, "%s %s %s", name, from,
                    sent == NULL ? "put in" : "taken out");
    } else {
        print_value(sent, from, sizeof(from));
        print_value(received, to, sizeof(to));
        text_format(text, size, "%s %s %s %s", name, from,
                    strstr(field, "source") != NULL ? "seen as" : "to", to);
        if (strcmp(field, "ttl") == 0 && routers > 0)
            text_format(text + strlen(text), size - strlen(text),
                        " (%" JSON_INTEGER_FORMAT " router%s)", routers,
                        routers == 1 ? "" : "s");
    }
}

/* Of the same packet, by the same host? */
static bool is_same_line(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "packet"),
                      json_object_get(b, "packet")) &&
           json_equal(json_object_get(a, "role"), json_object_get(b, "role"));
}

/* "SYN: ", or "SYN: hostA itself: " if it was not somebody between the hosts. */
static void start_line(const json_t *change, char *line, size_t size)
{
    const char *host = text_get(change, "host");
    char packet[24];

    text_packet(text_get(change, "packet"), packet, sizeof(packet));
    text_format(line, size, "%s: %s%s", packet, host == NULL ? "" : host,
                host == NULL ? "" : " itself: ");
}

static void end_line(const char *line, bool first, struct writer *writer)
{
    text_label(writer, first ? "On the way" : "");
    writer_wrap(writer, TEXT_LABEL_COLUMN, line);
    writer_line(writer);
}

void text_print_changes(const json_t *report, struct writer *writer)
{
    const json_t *change, *before = NULL;
    char line[LINE_SIZE] = "", text[PART_SIZE];
    bool first = true;
    size_t i;

    json_array_foreach(json_object_get(report, "changes"), i, change)
    {
        print_change(change, text, sizeof(text));
        if (before == NULL || !is_same_line(change, before)) {
            if (before != NULL) {
                end_line(line, first, writer);
                first = false;
            }
            start_line(change, line, sizeof(line));
        } else {
            text_format(line + strlen(line), sizeof(line) - strlen(line), ", ");
        }
        text_format(line + strlen(line), sizeof(line) - strlen(line), "%s",
                    text);
        before = change;
    }
    if (before != NULL)
        end_line(line, first, writer);
}

static json_int_t number(const json_t *share, const char *key)
{
    return json_integer_value(json_object_get(share, key));
}

/* "4 of 26 SYNs there (15 %; between 6 and 34 %)" */
static void print_share(const json_t *share, char *text, size_t size)
{
    static const struct text_phrase ways[] = {
        {"forward", "there"},
        {"reverse", "back"},
        {"there-and-back", "there or their answers back"}};
    json_int_t lost = number(share, "lost");
    char packet[24], interval[80], count[24];

    text_packet(text_get(share, "packet"), packet, sizeof(packet));
    text_format(count, sizeof(count), "%" JSON_INTEGER_FORMAT, lost);
    if (lost == 0)
        text_format(interval, sizeof(interval),
                    "at most %" JSON_INTEGER_FORMAT " %%",
                    number(share, "percent_high"));
    else
        text_format(interval, sizeof(interval),
                    "%" JSON_INTEGER_FORMAT " %%; between %" JSON_INTEGER_FORMAT
                    " and %" JSON_INTEGER_FORMAT " %%",
                    number(share, "percent"), number(share, "percent_low"),
                    number(share, "percent_high"));
    text_format(
        text, size, "%s of %" JSON_INTEGER_FORMAT " %ss %s (%s)",
        lost == 0 ? "none" : count, number(share, "sent"), packet,
        text_phrase_find(ways, ARRAY_SIZE(ways), text_get(share, "direction")),
        interval);
}

void text_print_losses(const json_t *report, struct writer *writer)
{
    const json_t *share;
    char line[LINE_SIZE] = "";
    size_t i;

    json_array_foreach(json_object_get(report, "loss"), i, share)
    {
        char text[PART_SIZE];

        print_share(share, text, sizeof(text));
        text_format(line + strlen(line), sizeof(line) - strlen(line), "%s%s",
                    i > 0 ? ", " : "", text);
    }
    if (line[0] == '\0')
        return;
    text_label(writer, "Lost");
    writer_wrap(writer, TEXT_LABEL_COLUMN, line);
    writer_line(writer);
}
