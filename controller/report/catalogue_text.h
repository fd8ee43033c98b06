/* The table of causes as text: from the JSON that catalogue.h describes. */
#ifndef REPORT_CATALOGUE_TEXT_H
#define REPORT_CATALOGUE_TEXT_H

#include <jansson.h>

#include "controller/report/writer.h"

/* Name and meaning of each, by groups; those that nothing finds yet apart. */
void catalogue_print_list(const json_t *all, struct writer *writer);

/* All about one cause. */
void catalogue_print_cause(const json_t *cause, struct writer *writer);

/* The positions, and the law by which one of them is found. */
void catalogue_print_positions(const json_t *document, struct writer *writer);

/* What a list of a row's is about, and what a row says of itself: by the key in
 * its JSON.  Ended by a key of NULL. */
struct catalogue_list
{
    const char *key;
    const char *title;
};
extern const struct catalogue_list catalogue_lists[];
extern const struct catalogue_list catalogue_marks[];

/* Is there a row or anything else that finds it? */
bool catalogue_is_found(const json_t *cause);

/* "source, output, the SYN", or what of it the row tells. */
#define CATALOGUE_PLACE_SIZE 128
void catalogue_place(const json_t *row, char text[static CATALOGUE_PLACE_SIZE]);

#endif
