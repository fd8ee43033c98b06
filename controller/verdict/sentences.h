/* The sentences of the findings, one function a cause, and what they are made
 * of. */
#ifndef VERDICT_SENTENCES_H
#define VERDICT_SENTENCES_H

#include "controller/verdict/explain.h"

struct words /* of one explanation, ready to print */
{
    char host[HOST_NAME_SIZE];
    char source[HOST_NAME_SIZE];
    char destination[HOST_NAME_SIZE];
    char source_address[ADDRESS_TEXT_SIZE];
    char destination_address[ADDRESS_TEXT_SIZE];
    const char *packet;
};

/* Fills summary and details of a finding whose place is set. */
typedef void sentence_fn(const struct case_file *file,
                         const struct words *words, struct finding *finding);

/* By cause; NULL: sentence_by_meaning. */
extern sentence_fn *const sentences[CAUSE_COUNT];

/* Where no more is to be said than what the cause means. */
void sentence_by_meaning(const struct case_file *file,
                         const struct words *words, struct finding *finding);

/* Add to a finding: a detail (an absent text adds none), the summary. */
void finding_add_text(struct finding *finding, const char *name,
                      const char *text);
void finding_add_number(struct finding *finding, const char *name,
                        int64_t number);
void finding_say(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
