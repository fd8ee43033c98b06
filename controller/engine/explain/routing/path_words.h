/* Words that the sentences about the way between the hosts share. */
#ifndef VERDICT_PATH_WORDS_H
#define VERDICT_PATH_WORDS_H

#include "controller/engine/explain/sentences.h"

/* "never reached hostB" goes as far as somebody watched: " within 703 ms", and
 * whether what takes longer is ruled out. */
void path_write_watch(const struct case_file *file, struct finding *finding,
                      char *text, size_t size);

/* Where it may be: ", at or behind 192.0.2.1," by the last hop that answered, or
 * nothing. */
void path_write_place(const struct case_file *file, struct finding *finding,
                      char *text, size_t size);

/* The option without which SYNs get through: says so and returns true; false if
 * none is to blame. */
bool path_add_option(const struct case_file *file, const struct words *words,
                     struct finding *finding);

/* What a vantage point met, where it is not enough to blame a filter by
 * source. */
void path_add_vantage(const struct case_file *file, struct finding *finding);

/* Both captures, on which every loss rests. */
void path_cite_captures(const struct case_file *file, struct finding *finding);

#endif
