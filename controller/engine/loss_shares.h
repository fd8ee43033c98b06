/* How much is lost in each direction. */
#ifndef ENGINE_LOSS_SHARES_H
#define ENGINE_LOSS_SHARES_H

#include "controller/engine/judgement.h"
#include "controller/engine/view/view.h"

/* Fills the losses where several attempts were asked for: none for a direction
 * of which nobody can tell. */
void loss_shares_fill(const struct view *view, struct judgement *out);

#endif
