/* Which programs a host lacks. */
#ifndef VERDICT_VIEW_INSTALLED_H
#define VERDICT_VIEW_INSTALLED_H

#include "controller/engine/view/view.h"

/* Is the program of that name, of so many characters, known to be missing on the
 * host at that end? */
bool view_lacks(const struct view *view, enum role role, const char *name,
                size_t size);

#endif
