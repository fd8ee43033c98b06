/* Evidence in the order of time, whatever order it came in. */
#ifndef VERDICT_IN_ORDER_H
#define VERDICT_IN_ORDER_H

#include <stddef.h>

#include "common/trace/evidence.h"

/* Sorts the pointers by time, then by id (view_is_earlier()), in place. */
void evidence_sort(const struct evidence **items, size_t count);

#endif
