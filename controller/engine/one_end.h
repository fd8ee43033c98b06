/* What one end alone can tell of a SYN that did not open the connection, where no
 * agent at the destination could: how far the way was seen, from how far away a
 * refusal came, and which step tells the rest. */
#ifndef ENGINE_ONE_END_H
#define ENGINE_ONE_END_H

#include "controller/engine/explain/explain.h"

/* Says it, with why nobody at the destination could; false where that is not the
 * question.  For a finding without a row. */
bool one_end_fill(const struct view *view, const struct known *known,
                  struct finding *verdict);

/* The same without the why, behind what the finding says already and what joins
 * it; nothing where that is not the question. */
void one_end_add(const struct view *view, const struct known *known,
                 const char *joint, struct finding *verdict);

/* The one next step for what was said; false likewise. */
bool one_end_advise(const struct view *view, const struct known *known,
                    char *text, size_t size);

/* "hostB's agent is not connected to the controller (last seen ...)": the absent
 * host's. */
#define ABSENCE_SIZE 160
void one_end_print_absence(const struct subject *subject,
                           char text[static ABSENCE_SIZE]);

/* Is the walk wanted that one_end_fill() reads? */
bool one_end_asks_for_walk(const struct known *known);

#endif
