/* What a host must not lose by a command that a report offers: the ways of its
 * agent's connection and by default, and what the traced connection itself
 * stands on. */
#ifndef VERDICT_LIFELINE_H
#define VERDICT_LIFELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/engine/explain/command/command_line.h"
#include "controller/engine/view/view.h"

/* Does what is taken away at that end belong to these?  Then text says what it
 * is and who needs it.  An address counts as needed where no agent told whence
 * it is connected: one of before, or a case without. */
bool lifeline_forbids(const struct view *view, enum role role,
                      const struct command_takes *takes, char *text,
                      size_t size);

/* Do the host's own lookups say that its kernel would refuse the command?  Then
 * text says what, and why. */
bool lifeline_refuses(const struct view *view, enum role role,
                      const struct command_takes *takes, char *text,
                      size_t size);

#endif
