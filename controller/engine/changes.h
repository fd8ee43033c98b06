/* What was not the same all through the trace: attempts that failed in other
 * ways than the one that speaks for it, rules that were loaded meanwhile. */
#ifndef VERDICT_CHANGES_H
#define VERDICT_CHANGES_H

#include "controller/engine/judgement.h"
#include "controller/engine/sum.h"

/* Adds it to the verdict, if that is not connected. */
void changes_note(const struct view *view, const struct sum *sum,
                  struct finding *verdict);

#endif
