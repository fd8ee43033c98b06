/* What becomes of a SYN that the destination passes on: to a container, behind
 * a device of its own, as far as it is seen from outside. */
#ifndef VERDICT_INSIDE_H
#define VERDICT_INSIDE_H

#include "controller/engine/view/view.h"

/* The attempt's SYN as it left the destination again; NULL: it did not. */
const struct evidence *inside_passed(const struct attempt_view *attempt);

/* The reset, or with PACKET_ICMP the error, that came back for it from whom it
 * was sent on to, in at the destination; NULL for none. */
const struct evidence *inside_refusal(const struct view *view,
                                      const struct attempt_view *attempt,
                                      enum packet packet);

/* The kernel's word that it dropped the attempt's packet in another network
 * namespace of the destination's host; NULL for none. */
const struct evidence *inside_drop(const struct attempt_view *attempt,
                                   enum packet packet);

/* The network namespace that it was passed on to, as its host calls it; NULL:
 * nobody knows. */
const char *inside_name(const struct view *view,
                        const struct attempt_view *attempt);

/* Who listens in there on the port that it was sent on to: on loopback alone, or
 * where the SYN comes; NULL if nobody is known to. */
const struct evidence *inside_listener(const struct view *view,
                                       const struct attempt_view *attempt,
                                       bool on_loopback);

#endif
