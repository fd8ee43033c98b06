#include "controller/report/catalogue_text.h"

#include <stdio.h>
#include <string.h>

#include "controller/report/text_sections.h"

#define NAME_WIDTH  31 /* of the longest cause and two blanks */
#define TITLE_WIDTH 27

const struct catalogue_list catalogue_lists[] = {
    {"reasons", "the kernel's reason"},
    {"must", "must be so"},
    {"must_not", "must not be so"},
    {"proof", "proven when all is seen"},
    {"doubts", "not proven unless refuted"},
    {"assumes", "only possible unless"},
    {"standing", "stops the next one too if"},
    {"standing_not", "and if it is not so that"},
    {NULL, NULL},
};

const struct catalogue_list catalogue_marks[] = {
    {"unproven", "nothing proves it"},
    {"silent",
     "it rests on silence: proven by three attempts and a known way alone"},
    {"by_itself", "where some attempts connect, it explains those that fail"},
    {"suspect", "a person would suspect it first: a report tells what refutes "
                "it here"},
    {NULL, NULL},
};

bool catalogue_is_found(const json_t *cause)
{
    return text_get(cause, "found_by") != NULL ||
           json_array_size(json_object_get(cause, "rows")) > 0;
}

void catalogue_place(const json_t *row, char text[static CATALOGUE_PLACE_SIZE])
{
    const char *role = text_get(row, "role");
    const char *stage = text_get(row, "stage");
    char packet[16];

    text_packet(text_get(row, "packet"), packet, sizeof(packet));
    if (role == NULL)
        role = "wherever the kernel says";
    if (stage == NULL || strcmp(stage, role) == 0) /* path, path */
        snprintf(text, CATALOGUE_PLACE_SIZE, "%s, the %s", role, packet);
    else
        snprintf(text, CATALOGUE_PLACE_SIZE, "%s, %s, the %s", role, stage,
                 packet);
}

static void print_line(struct writer *writer, size_t indent, const char *text)
{
    writer_pad(writer, indent);
    writer_wrap(writer, indent, text);
    writer_line(writer);
}

static void print_named(struct writer *writer, size_t indent, size_t width,
                        const char *name, const char *text)
{
    writer_pad(writer, indent);
    writer_put(writer, name);
    writer_pad(writer, indent + width);
    writer_wrap(writer, indent + width, text);
    writer_line(writer);
}

static void print_group(const json_t *group, bool found, struct writer *writer)
{
    const json_t *cause;
    size_t i;

    json_array_foreach(json_object_get(group, "causes"), i,
                       cause) if (catalogue_is_found(cause) == found)
        print_named(writer, TEXT_INDENT, NAME_WIDTH, text_get(cause, "name"),
                    text_get(cause, "meaning"));
}

void catalogue_print_list(const json_t *all, struct writer *writer)
{
    const json_t *groups = json_object_get(all, "groups");
    const json_t *group;
    size_t i;

    writer_put(writer, "The causes that a trace can name");
    writer_line(writer);
    json_array_foreach(groups, i, group)
    {
        text_heading(writer, text_get(group, "title"));
        print_group(group, true, writer);
    }
    text_heading(writer, "Not found yet");
    json_array_foreach(groups, i, group) print_group(group, false, writer);
    writer_line(writer);
    writer_wrap(writer, 0,
                "'probectl causes NAME' tells what must be seen for one of "
                "them; 'probectl causes --positions' how far a packet can "
                "have come.");
    writer_line(writer);
}

static void print_row_list(const json_t *row, const struct catalogue_list *list,
                           struct writer *writer)
{
    const json_t *member;
    size_t i;

    json_array_foreach(json_object_get(row, list->key), i, member)
        print_named(writer, TEXT_INDENT * 2, TITLE_WIDTH,
                    i == 0 ? list->title : "", json_string_value(member));
}

static void print_row(const json_t *row, struct writer *writer)
{
    const json_t *position = json_object_get(row, "position");
    char place[CATALOGUE_PLACE_SIZE];

    catalogue_place(row, place);
    writer_line(writer);
    writer_pad(writer, TEXT_INDENT);
    if (json_is_true(json_object_get(row, "mirrored")))
        writer_put(writer, "the same, mirrored: ");
    writer_put(writer, place);
    writer_line(writer);
    print_named(writer, TEXT_INDENT * 2, TITLE_WIDTH, "how far it came",
                text_get(position, "meaning"));
    for (const struct catalogue_list *list = catalogue_lists; list->key != NULL;
         list++)
        print_row_list(row, list, writer);
    for (const struct catalogue_list *mark = catalogue_marks; mark->key != NULL;
         mark++)
        if (json_is_true(json_object_get(row, mark->key)))
            print_line(writer, TEXT_INDENT * 2, mark->title);
}

void catalogue_print_cause(const json_t *cause, struct writer *writer)
{
    const char *advice = text_get(cause, "advice");
    const char *found_by = text_get(cause, "found_by");
    const json_t *row;
    size_t i;

    writer_style(writer, STYLE_BOLD);
    writer_put(writer, text_get(cause, "name"));
    writer_style(writer, STYLE_PLAIN);
    writer_put(writer, ": ");
    writer_wrap(writer, TEXT_INDENT, text_get(cause, "meaning"));
    writer_line(writer);
    if (advice != NULL) {
        text_heading(writer, "What to do");
        if (json_is_true(json_object_get(cause, "commands")))
            print_line(writer, TEXT_INDENT,
                       "the report offers a command where one is sure to "
                       "help; where none is:");
        print_line(writer, TEXT_INDENT, advice);
    }
    text_heading(writer, "How it is found");
    if (found_by != NULL)
        print_line(writer, TEXT_INDENT, found_by);
    if (!catalogue_is_found(cause))
        print_line(writer, TEXT_INDENT, "not found yet: no row has it");
    json_array_foreach(json_object_get(cause, "rows"), i, row)
        print_row(row, writer);
}

void catalogue_print_positions(const json_t *document, struct writer *writer)
{
    const json_t *item;
    size_t i;

    writer_put(writer, "How far a packet can have come");
    writer_line(writer);
    json_array_foreach(json_object_get(document, "positions"), i, item)
        print_named(writer, TEXT_INDENT, 16, text_get(item, "name"),
                    text_get(item, "meaning"));
    text_heading(writer, "The first of these rules that applies decides");
    json_array_foreach(json_object_get(document, "law"), i, item)
        print_named(writer, TEXT_INDENT, 4, text_get(item, "number"),
                    text_get(item, "text"));
}
