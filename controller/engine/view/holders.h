/* Who holds an address, by what the controller added to the evidence. */
#ifndef VERDICT_VIEW_HOLDERS_H
#define VERDICT_VIEW_HOLDERS_H

#include "controller/engine/view/view.h"

/* The one agent that holds it (EVIDENCE_HELD_BY); NULL if none does, or several
 * do: addresses of private networks are taken more than once. */
const struct evidence *holders_of(const struct view *view,
                                  const struct address *address);

/* The agent beside that end's own host that holds the end's traced address; NULL
 * if no other is known to. */
const struct evidence *holders_second(const struct view *view, enum role role);

/* The agent of which a device has that link address; NULL: none is known. */
const struct evidence *holders_of_link(const struct view *view,
                                       const char *link);

/* Was it so when its agent was last there, which is away now? */
bool holders_is_away(const struct evidence *holder);

/* Another host that held the end's traced address when its agent, which is away,
 * was last there; NULL: none. */
const struct evidence *holders_away(const struct view *view, enum role role);

/* Routers ask anew for a neighbour that nobody is at any more: ours within a
 * minute, others in some minutes. */
#define HOLDERS_LATELY_S 300

/* The one that held it last, and does no more; neither of the two ends.  NULL as
 * well once anything that was sent there came to the right host: no entry leads
 * to the one before. */
const struct evidence *holders_before(const struct view *view, enum role role);

#endif
