/* The honest answer where no row explains the end: what is missing. */
#ifndef VERDICT_UNDETERMINED_H
#define VERDICT_UNDETERMINED_H

#include "controller/engine/causes/rows.h"
#include "controller/engine/judgement.h"

/* Fills the verdict for an attempt that came as far as that position. */
void undetermined_fill(const struct view *view, const struct known *known,
                       enum position position, struct judgement *out);

#endif
