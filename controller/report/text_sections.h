/* The parts of a report's text: text.c puts them together.  text_words.c reads
 * and names, text_addresses.c prints what became of a name's addresses, text_way.c
 * where the packet went, text_hops.c whom the walk met, text_changes.c what was
 * changed or lost on the way, text_sections.c the rest. */
#ifndef REPORT_TEXT_SECTIONS_H
#define REPORT_TEXT_SECTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "controller/report/writer.h"

#define TEXT_INDENT       ((size_t)2)
#define TEXT_LABEL_COLUMN ((size_t)20)

/* What a word of the report means to a person. */
struct text_phrase
{
    const char *word;
    const char *text;
};

/* The phrase for the word; the word itself (also NULL) if there is none. */
const char *text_phrase_find(const struct text_phrase *phrases, size_t count,
                             const char *word);

/* The cause's name; undetermined if there is none. */
const char *text_cause(const json_t *finding);

/* The text under the key, NULL if there is none. */
const char *text_get(const json_t *object, const char *key);

/* Microseconds with a fitting unit, as in "912 us" or "1.34 s". */
void text_time(const struct writer *writer, json_int_t us, char *out,
               size_t size);

/* The name's addresses that were tried before the one of the report. */
void text_print_addresses(const json_t *report, struct writer *writer);

/* How long a program waited for them that tries one after the other; false if
 * nobody would notice. */
bool text_waited(const json_t *report, char *out, size_t size);

/* A blank line and a title. */
void text_heading(struct writer *writer, const char *title);

/* "SYN-ACK" for "syn-ack"; "packet" for NULL. */
void text_packet(const char *packet, char *out, size_t size);

/* The ids in the array, each after a blank. */
void text_ids(struct writer *writer, const json_t *ids);

/* The table of checkpoints, in the order in which the packets meet them. */
void text_print_way(const json_t *report, struct writer *writer);

/* The hops, if the path was walked. */
void text_print_hops(const json_t *report, struct writer *writer);

/* The evidence that the verdict names. */
void text_print_proof(const json_t *report, struct writer *writer);

/* A label at the beginning of a line; what follows it begins at
 * TEXT_LABEL_COLUMN. */
void text_label(struct writer *writer, const char *label);

/* The five answers, a line each. */
void text_print_steps(const json_t *report, struct writer *writer);

/* What was changed of the packets on their way, behind the answers. */
void text_print_changes(const json_t *report, struct writer *writer);

/* The share of what was lost, in each direction, of several attempts. */
void text_print_losses(const json_t *report, struct writer *writer);

void text_print_fixes(const json_t *report, struct writer *writer);
void text_print_obstacles(const json_t *report, struct writer *writer);
void text_print_rejected(const json_t *report, struct writer *writer);
void text_print_missing(const json_t *report, struct writer *writer);
void text_print_attempts(const json_t *report, struct writer *writer);
void text_print_limits(const json_t *report, struct writer *writer);

/* What a report of a connection has beside its first lines: the attempts, and what
 * was not looked at: in full where one of the five answers is not known. */
void text_print_healthy(const json_t *report, struct writer *writer);

#endif
