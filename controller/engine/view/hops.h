/* What the walk of the path met, from either end. */
#ifndef VERDICT_HOPS_H
#define VERDICT_HOPS_H

#include "controller/engine/view/view.h"

/* The hop that answered the copy of that TTL; NULL if none did. */
const struct evidence *hops_at(const struct view *view, enum role from,
                               int64_t ttl);

/* Did the TTL of a copy run out at that hop, as is meant?  False of NULL, and of
 * the far end. */
bool hops_is_expired(const struct evidence *hop);

/* The farthest hop that answered the walk from that end with an ICMP error, or
 * NULL. */
const struct evidence *hops_last(const struct view *view, enum role from);

/* A hop that comes again behind another one, so that packets go round: its first
 * copy's answer; NULL if none does.  Some routers answer for two hops in a
 * row. */
const struct evidence *hops_repeated(const struct view *view, enum role from);

/* What the far end itself answered to the first copy that it got; NULL if it
 * answered none. */
const struct evidence *hops_far_answer(const struct view *view, enum role from);

#endif
