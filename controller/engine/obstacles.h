/* What would stop the packet, or the answer to it, behind the cause: rows of the
 * table that stand by the state of a host, and chains of rules that an agent
 * has led the packet through without sending it. */
#ifndef ENGINE_OBSTACLES_H
#define ENGINE_OBSTACLES_H

#include "controller/engine/judge.h"
#include "controller/engine/judgement.h"

/* Fills the judgement's obstacles, in the order of the way, with what mends
 * each; its verdict must be set.  Of attempt n. */
void obstacles_fill(const struct view *view, const struct opinion *opinion,
                    unsigned n, struct judgement *out);

/* The chains of rules alone: where the verdict is that nobody knows, how far the
 * packet came is no ground for more. */
void obstacles_foresee(const struct view *view, const struct opinion *opinion,
                       unsigned n, struct judgement *out);

#endif
