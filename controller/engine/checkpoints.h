/* The packet's way, station by station: which it surely passed, where it
 * stopped, which it never reached, and which nobody watched. */
#ifndef VERDICT_CHECKPOINTS_H
#define VERDICT_CHECKPOINTS_H

#include "controller/engine/judgement.h"
#include "controller/engine/view/view.h"

/* Fills the judgement's checkpoints for one attempt; its verdict must be set. */
void checkpoints_fill(const struct view *view,
                      const struct attempt_view *attempt,
                      struct judgement *out);

/* How far along the way a place lies: a larger number is later.  A place
 * without a station of its own counts as the packet's first on that host.
 * outside: as finding_is_outside(). */
size_t checkpoints_rank(enum role role, enum stage stage, enum packet packet,
                        bool outside);

/* Is the finding's place in the source host's own network namespace, beside the
 * one that the trace is made in? */
bool finding_is_outside(const struct view *view, const struct finding *finding);

#endif
