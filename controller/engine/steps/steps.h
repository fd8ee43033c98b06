/* The five answers of every report: what somebody who mends it by hand would
 * look at, and what this trace saw of it.
 *
 *  1. "ok" and "bad" are what somebody saw, and cite it; what nobody saw is
 *     unknown, and says why.
 *  2. None contradicts the verdict: of what connected nothing is bad, and the
 *     answer that the cause is about is never "ok". */
#ifndef ENGINE_STEPS_H
#define ENGINE_STEPS_H

#include "controller/engine/facts/facts.h"
#include "controller/engine/judgement.h"

/* As the contract prints them. */
extern const char *const step_names[STEP_COUNT];
extern const char *const step_states[];

/* Fills the judgement's steps, of the attempt that speaks for the trace (0: none
 * was begun); all else of the judgement must be set. */
void steps_fill(const struct view *view, const struct known *known, unsigned n,
                struct judgement *out);

/* The answer that a cause is about; STEP_COUNT: none of the first three. */
enum step_kind steps_of_cause(enum cause cause);

#endif
