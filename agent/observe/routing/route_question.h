/* The question for the route of a trace's packets. */
#ifndef OBSERVE_ROUTE_QUESTION_H
#define OBSERVE_ROUTE_QUESTION_H

#include "agent/observe/routing/route_lookup.h"

struct worker;

/* From our own address (may be unset) to the peer's, with those ports that are
 * the same for all attempts: rules may go by them. */
struct route_question route_question_of(const struct worker *worker,
                                        struct address peer,
                                        struct address own);

#endif
