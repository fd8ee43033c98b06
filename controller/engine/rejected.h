/* The causes that a person would suspect first, and what speaks against them. */
#ifndef VERDICT_REJECTED_H
#define VERDICT_REJECTED_H

#include "controller/engine/causes/rows.h"
#include "controller/engine/judgement.h"

/* Fills the judgement's rejections; its verdict and obstacles must be set. */
void rejected_fill(const struct known *known, struct judgement *out);

#endif
