/* One sentence for a person about one piece of evidence. */
#ifndef REPORT_DESCRIBE_H
#define REPORT_DESCRIBE_H

#include <stddef.h>

#include "common/trace/evidence.h"

/* Writes it into buffer, cut where it does not fit. */
void describe_evidence(const struct evidence *evidence, char *buffer,
                       size_t size);

/* One value as text: a number, a word, a text, an address; "" if absent. */
void describe_value(const struct evidence *evidence, enum evidence_key key,
                    char *buffer, size_t size);

#endif
