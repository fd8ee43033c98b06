/* What to do where no command helps: what another party must do, or whoever runs
 * the trace, said by what this trace knows. */
#ifndef VERDICT_ADVICE_H
#define VERDICT_ADVICE_H

#include "controller/engine/causes/rows.h"
#include "controller/engine/judgement.h"

/* Each as the contract prints it. */
extern const char *const advice_audiences[ADVICE_AUDIENCE_COUNT];

/* Fills the judgement's advice, for every verdict but connected that no fix
 * mends; its verdict and fixes must be set. */
void advice_fill(const struct view *view, const struct known *known,
                 struct judgement *out);

#endif
