/* Rules that stop some packets only: above a rate, a number, by chance. */
#ifndef VERDICT_LIMITS_H
#define VERDICT_LIMITS_H

#include "controller/engine/view/view.h"

/* The rule that lets some packets pass and not others, where this one (may be
 * NULL) stopped some: itself, or an accept before it.  *follows gets what
 * decides: a rate, a number of connections, chance.  NULL: no limit is known. */
const struct evidence *limits_of(const struct view *view,
                                 const struct evidence *rule,
                                 const char **follows);

#endif
