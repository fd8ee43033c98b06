/* What the kernel's own drop events say about an attempt's packets. */
#ifndef VERDICT_DROPS_H
#define VERDICT_DROPS_H

#include "controller/verdict/rows.h"

/* The row for the earliest drop event of this attempt that names a cause by
 * itself, with the event in *event; NULL if there is none.  Reasons that name
 * several causes (NETFILTER_DROP, NO_SOCKET) are facts, not rows. */
const struct row *drops_explain(const struct view *view,
                                const struct attempt_view *attempt,
                                const struct known *known,
                                const struct evidence **event,
                                struct ruling *ruling);

/* Did the host where the packet arrived drop it below the place where a capture
 * would see it?  Then it is no copy that the event is about: nothing came by
 * above. */
bool drops_before_capture(const struct evidence *event);

#endif
