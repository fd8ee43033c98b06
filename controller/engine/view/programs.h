/* What the view holds of programs, queue disciplines and policies at an end. */
#ifndef VERDICT_VIEW_PROGRAMS_H
#define VERDICT_VIEW_PROGRAMS_H

#include "controller/engine/view/view.h"

/* How many programs stand at a hook of that end (of that interface, if not
 * NULL); -1 when they were not listed. */
int view_count_programs(const struct view *view, enum role role,
                        const char *hook, const char *interface);

/* One of the programs at a hook, counted from 0; NULL behind the last. */
const struct evidence *view_program(const struct view *view, enum role role,
                                    const char *hook, const char *interface,
                                    unsigned n);

/* The queue discipline of that end's interface that dropped most during the
 * trace, the innermost of several; NULL if none is known to have dropped. */
const struct evidence *view_qdisc(const struct view *view, enum role role,
                                  const char *interface);

/* The IPsec policy of that end which stops packets of that direction: it blocks
 * them or demands protection.  NULL if none does; *listed tells whether that
 * is known. */
const struct evidence *view_ipsec(const struct view *view, enum role role,
                                  enum direction direction, bool *listed);

/* The rule that handed this packet to a queue; NULL if none is known. */
const struct evidence *view_queue_rule(const struct view *view, enum role role,
                                       enum packet packet);

/* The number of the queue that a rule names; -1 if its text tells none. */
int view_queue_number(const struct evidence *rule);

/* Does a program read that queue (-1: any at all)?  -1 when that was not
 * listed. */
int view_is_queue_read(const struct view *view, enum role role, int queue);

#endif
