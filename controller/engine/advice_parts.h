/* What the files of advice share. */
#ifndef VERDICT_ADVICE_PARTS_H
#define VERDICT_ADVICE_PARTS_H

#include "controller/engine/advice.h"

/* Sets the judgement's advice. */
void advice_say(struct judgement *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What the cause's entry advises; and, if another agent's host holds the address
 * as well, that (else false). */
void advice_say_entry(struct judgement *out);
bool advice_say_holder(struct judgement *out);

#endif
