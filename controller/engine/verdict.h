/* The verdict engine's public face: evidence in, judgement out.
 *
 * Pure: no clock, no I/O, no heap, no order: the same evidence in any order
 * gives the same judgement.  It goes through these rooms:
 *
 *   view/     the evidence in order: who saw which packet of which attempt
 *   facts/    what is known of an attempt, three-valued
 *   causes/   the table of causes, and the law of positions
 *   judge.h   the first place that decides: one attempt, by the table
 *   sum.h     the second: all attempts of a trace
 *   explain/  words and commands
 *   steps/    the five answers of a person who goes from one thing to the next */
#ifndef ENGINE_VERDICT_H
#define ENGINE_VERDICT_H

#include "controller/engine/judgement.h"
#include "controller/engine/subject.h"

/* Judges.  Evidence times must be on the controller's clock already (see
 * case.c); ids must be set; of more than VERDICT_MAX_EVIDENCE pieces the rest is
 * left out.  out is large: keep it off the stack.  About 700 KiB of stack are
 * used: a thread that judges needs a MiB. */
void verdict_judge(const struct subject *subject, const struct evidence *items,
                   size_t count, struct judgement *out);

#endif
