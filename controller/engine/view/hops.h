/* What the walk of the path met, from either end. */
#ifndef VERDICT_HOPS_H
#define VERDICT_HOPS_H

#include "controller/engine/view/view.h"

#define HOPS_MAX 64 /* that are looked at */

/* The hop that answered the copy of that TTL; NULL if none did. */
const struct evidence *hops_at(const struct view *view, enum role from,
                               int64_t ttl);

/* Did the TTL of a copy run out at that hop, as is meant?  False of NULL, and of
 * the far end. */
bool hops_is_expired(const struct evidence *hop);

/* The farthest hop that answered the walk from that end with an ICMP error, or
 * NULL. */
const struct evidence *hops_last(const struct view *view, enum role from);

/* Of the hops of one walk, by TTL (NULL: none answered): does the one at this TTL
 * come again behind another one, so that packets go round?  Some routers answer
 * for two hops in a row. */
bool hops_comes_again(const struct evidence *const hops[static HOPS_MAX + 1],
                      unsigned ttl);

/* The first hop that comes again: its first copy's answer; NULL if none does. */
const struct evidence *hops_repeated(const struct view *view, enum role from);

/* What the far end itself answered to the first copy that it got; NULL if it
 * answered none. */
const struct evidence *hops_far_answer(const struct view *view, enum role from);

#endif
