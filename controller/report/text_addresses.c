/* The addresses of the name that failed before the one of the report. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "controller/report/text_sections.h"

#define NOTICEABLE_MS 1000

static void format_wait(json_int_t ms, char *out, size_t size)
{
    if (ms < NOTICEABLE_MS)
        snprintf(out, size, "%" JSON_INTEGER_FORMAT " ms", ms);
    else
        snprintf(out, size, "%.3g s", (double)ms / 1000);
}

/* Of those that fail at once nobody notices; the others hold a program up. */
static void print_wait(const json_t *address, struct writer *writer)
{
    const json_t *wait = json_object_get(address, "wait_ms");
    char time[32], text[120];

    if (!json_is_integer(wait))
        return;
    format_wait(json_integer_value(wait), time, sizeof(time));
    snprintf(text, sizeof(text),
             "; a program that tries one after the other goes on after %s",
             time);
    writer_wrap(writer, TEXT_INDENT * 2, text);
}

/* Is it another than the one that the report is about? */
static bool is_earlier(const json_t *report, const json_t *address)
{
    const char *last =
        text_get(json_object_get(report, "destination"), "address");
    const char *own = text_get(address, "address");

    return own != NULL && (last == NULL || strcmp(own, last) != 0);
}

bool text_waited(const json_t *report, char *out, size_t size)
{
    const json_t *address;
    json_int_t sum = 0;
    size_t i;

    json_array_foreach(json_object_get(report, "addresses"), i, address)
    {
        json_int_t wait =
            json_integer_value(json_object_get(address, "wait_ms"));

        if (is_earlier(report, address) && wait > 0 && wait < INT32_MAX)
            sum += wait;
    }
    if (sum < NOTICEABLE_MS)
        return false;
    format_wait(sum, out, size);
    return true;
}

static void print_address(const json_t *address, struct writer *writer)
{
    const char *texts[] = {text_get(address, "address"),
                           text_get(address, "outcome"),
                           text_get(address, "summary")};
    char text[1200];

    snprintf(text, sizeof(text), "%s: %s, %s: %s",
             texts[0] == NULL ? "?" : texts[0],
             texts[1] == NULL ? "?" : texts[1], text_cause(address),
             texts[2] == NULL ? "?" : texts[2]);
    writer_pad(writer, TEXT_INDENT);
    writer_wrap(writer, TEXT_INDENT * 2, text);
    print_wait(address, writer);
    writer_line(writer);
}

void text_print_addresses(const json_t *report, struct writer *writer)
{
    const json_t *address;
    size_t i, told = 0;

    json_array_foreach(json_object_get(report, "addresses"), i, address)
    {
        if (!is_earlier(report, address))
            continue;
        if (told++ == 0)
            text_heading(writer,
                         "Addresses of the name that were tried before");
        print_address(address, writer);
    }
    if (told == 0)
        return;
    writer_pad(writer, TEXT_INDENT);
    writer_wrap(writer, TEXT_INDENT * 2,
                "a trace of the address itself tells what mends it");
    writer_line(writer);
}
