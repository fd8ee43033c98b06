/* What was told of rules, as a line of words to compare. */
#ifndef TESTS_OBSERVE_RULE_LINE_H
#define TESTS_OBSERVE_RULE_LINE_H

#include "common/trace/evidence.h"

#define RULE_LINE_SIZE 1024

/* Appends before, text and behind; nothing if the text is empty. */
void rule_line_put(char *line, const char *before, const char *text,
                   const char *behind);

/* Appends "family/table/chain" of the piece, as far as it tells them. */
void rule_line_put_chain(char *line, const struct evidence *item);

#endif
