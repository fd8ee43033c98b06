/* Whom a fix lets in: before somebody types what opens more than the traced
 * connection, the report says so. */
#ifndef VERDICT_OPENS_H
#define VERDICT_OPENS_H

#include "controller/engine/judgement.h"

struct case_file;

/* Each as the contract prints it. */
extern const char *const opens_names[OPENS_COUNT];

/* Adds to the explanation of each fix from the first on whom else it lets in.
 * What is for one source only is for others too, where the source is not seen
 * under an address of its own. */
void opens_say(const struct case_file *file, const struct finding *finding,
               size_t first, struct judgement *out);

#endif
