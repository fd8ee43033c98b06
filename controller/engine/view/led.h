/* Where the destination's own rules lead the SYN that came in: its sockets are
 * asked for the address and port that it has then, not for those that were
 * called. */
#ifndef VERDICT_LED_H
#define VERDICT_LED_H

#include "controller/engine/view/view.h"

/* The piece that tells that the host's own rules gave this attempt's SYN another
 * address or port (the kernel's word on the one that it dropped, or connection
 * tracking's entry), and which.  NULL, and both left alone, where none does. */
const struct evidence *led_elsewhere(const struct attempt_view *attempt,
                                     struct address *address, unsigned *port);

/* Likewise, where the address is one of the host's own: the SYN stays. */
const struct evidence *led_here(const struct view *view,
                                const struct attempt_view *attempt,
                                struct address *address, unsigned *port);

/* What the destination's sockets are asked for: as the SYN arrives, or as the
 * host's own rules then make it, if all that is known of them is one thing. */
struct address led_address(const struct view *view);
unsigned led_port(const struct view *view);

#endif
