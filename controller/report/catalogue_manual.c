/* Writes probe-causes(7) on standard output, from the engine's own table: the
 * page cannot say anything else than what the program does. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/report/catalogue.h"
#include "controller/report/catalogue_text.h"
#include "controller/report/text_sections.h"

#define COLUMNS 78

static const char head[] =
    ".\\\" Made of the table of causes by catalogue_manual.c: not to be edited.\n"
    ".Dd November 28, 2026\n"
    ".Dt PROBE-CAUSES 7\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm probe-causes\n"
    ".Nd what kills a connection, and how each cause is found\n"
    ".Sh DESCRIPTION\n"
    "A report of\n"
    ".Xr probectl 1\n"
    "names one cause out of this list.\n"
    "The list is closed, and names are never changed.\n"
    "A cause says what killed the packet; the place and the packet that are\n"
    "printed with it say where, and which.\n"
    ".Pp\n"
    "How far an attempt came decides first\n"
    ".Pq Sx POSITIONS .\n"
    "The rows of that position compete for it.\n"
    "A row holds if all that must be so is known to be so, and all that must not\n"
    "be so is known not to be; the first that is proven is the cause, else the\n"
    "first that holds.\n"
    "It is refuted as soon as one of these is known to be otherwise.\n"
    "It is proven if it holds and its proof was seen, not merely counted, and each\n"
    "doubt is refuted; else it is likely, or possible where another row is open.\n"
    "What nobody observed is neither so nor not so.\n"
    ".Pp\n"
    "What is said of the way to the destination mostly holds of the way back as\n"
    "well: such a row has a mirrored one, with the ends and the packets changed\n"
    "over.\n"
    "The command\n"
    ".Ql probectl causes Ar name\n"
    "prints those too.\n";

/* Text for a line that is no macro's: a period or quote at its beginning and
 * backslashes escaped; "f()" is no reference. */
static size_t put_word(const char *word, size_t size, bool is_first)
{
    if (is_first && (word[0] == '.' || word[0] == '\''))
        fputs("\\&", stdout);
    for (size_t i = 0; i < size; i++) {
        if (word[i] == '\\')
            fputs("\\e", stdout);
        else if (word[i] == '(' && word[i + 1] == ')')
            fputs("\\&(", stdout);
        else
            putchar(word[i]);
    }
    return size + 2;
}

/* A new sentence begins a new line. */
static void put_text(const char *text, const char *end)
{
    size_t column = 0;
    bool ended = false;

    while (*(text += strspn(text, " ")) != '\0') {
        size_t size = strcspn(text, " ");

        if (column > 0 && (ended || column + size + 4 > COLUMNS)) {
            putchar('\n');
            column = 0;
        } else if (column > 0) {
            putchar(' ');
        }
        column += put_word(text, size, column == 0);
        ended = text[size - 1] == '.';
        text += size;
    }
    printf("%s\n", end);
}

static void put_lists(const json_t *row)
{
    const json_t *member;
    size_t i;

    for (const struct catalogue_list *list = catalogue_lists; list->key != NULL;
         list++) {
        const json_t *members = json_object_get(row, list->key);

        if (members == NULL)
            continue;
        printf(".It Em %s\n", list->title);
        json_array_foreach(members, i, member)
            put_text(json_string_value(member),
                     i + 1 < json_array_size(members) ? ";" : "");
    }
    for (const struct catalogue_list *mark = catalogue_marks; mark->key != NULL;
         mark++)
        if (json_is_true(json_object_get(row, mark->key)))
            printf(".It Em %s\n", mark->title);
}

static void put_row(const json_t *row, const json_t *next)
{
    const json_t *position = json_object_get(row, "position");
    char place[CATALOGUE_PLACE_SIZE];

    catalogue_place(row, place);
    puts(".Pp");
    put_text(place, "");
    printf(".Pq Sy %s ;\n", text_get(position, "name"));
    if (json_is_true(json_object_get(next, "mirrored"))) {
        catalogue_place(next, place);
        position = json_object_get(next, "position");
        put_text("mirrored:", "");
        put_text(place, "");
        printf(".Pq Sy %s ;\n", text_get(position, "name"));
    }
    puts(".Bl -tag -width Ds -compact");
    put_lists(row);
    puts(".El");
}

static void put_rows(const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i,
                       row) if (!json_is_true(json_object_get(row, "mirrored")))
        put_row(row, json_array_get(rows, i + 1));
}

static void put_cause(const json_t *cause)
{
    const char *advice = text_get(cause, "advice");
    const char *found_by = text_get(cause, "found_by");

    printf(".It Sy %s\n", text_get(cause, "name"));
    put_text(text_get(cause, "meaning"), ".");
    if (advice != NULL) {
        puts(".Pp");
        if (json_is_true(json_object_get(cause, "commands")))
            puts("A command is offered where one is sure to help.\nElse:");
        put_text(advice, ".");
    }
    if (found_by != NULL) {
        puts(".Pp\nFound by:");
        put_text(found_by, ".");
    }
    put_rows(json_object_get(cause, "rows"));
}

static void put_group(const json_t *group, bool found)
{
    const json_t *cause;
    size_t i;

    json_array_foreach(json_object_get(group, "causes"), i,
                       cause) if (catalogue_is_found(cause) == found)
        put_cause(cause);
}

static void put_causes(const json_t *groups)
{
    const json_t *group;
    size_t i;

    puts(".Sh CAUSES");
    json_array_foreach(groups, i, group)
    {
        printf(".Ss %s\n.Bl -tag -width Ds\n", text_get(group, "title"));
        put_group(group, true);
        puts(".El");
    }
    puts(".Ss Not found yet\nNo row has these, and no report names them.\n"
         ".Bl -tag -width Ds");
    json_array_foreach(groups, i, group) put_group(group, false);
    puts(".El");
}

static void put_positions(const json_t *document)
{
    const json_t *item;
    size_t i;

    puts(".Sh POSITIONS\n.Bl -tag -width \"ANSWER_IGNORED\"");
    json_array_foreach(json_object_get(document, "positions"), i, item)
    {
        printf(".It Sy %s\n", text_get(item, "name"));
        put_text(text_get(item, "meaning"), ".");
    }
    puts(".El\n.Pp\nThe first of these rules that applies decides:\n"
         ".Bl -tag -width \"15.\"");
    json_array_foreach(json_object_get(document, "law"), i, item)
    {
        printf(".It %s.\n", text_get(item, "number"));
        put_text(text_get(item, "text"), ".");
    }
    puts(".El");
}

int main(void)
{
    json_t *all = catalogue_all();
    json_t *positions = catalogue_positions();

    fputs(head, stdout);
    put_positions(positions);
    put_causes(json_object_get(all, "groups"));
    puts(".Sh SEE ALSO\n.Xr probectl 1");
    json_decref(all);
    json_decref(positions);
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
