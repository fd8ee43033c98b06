#ifndef VERDICT_IN_ORDER_H
#define VERDICT_IN_ORDER_H

#include "common/trace/evidence.h"

/* A copy of the evidence in the order of time, to be freed, so that "the first"
 * is the same one however it came in.  NULL where it stands so, or there is no
 * room for it. */
struct evidence *evidence_in_order(const struct evidence *items, size_t count);

#endif
