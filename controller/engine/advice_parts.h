/* What the files of advice share. */
#ifndef VERDICT_ADVICE_PARTS_H
#define VERDICT_ADVICE_PARTS_H

#include "controller/engine/advice.h"

/* Sets the judgement's advice. */
void advice_say(struct judgement *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The finding's detail of that name: its text, NULL if it has none; its number,
 * 0 if it has none. */
const char *advice_detail(const struct finding *finding, const char *name);
int64_t advice_number(const struct finding *finding, const char *name);

/* For the network team where the verdict is on the path, else for a host. */
void advice_by_place(struct judgement *out);

/* What the cause's entry advises; and, if another agent's host holds the address
 * as well, that (else false). */
void advice_say_entry(struct judgement *out);
bool advice_say_holder(struct judgement *out);

#endif
