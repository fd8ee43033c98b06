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

/* Is the event surely about the packet itself, though a capture may have seen
 * it leave?  Yes where it arrived and was dropped below the place of a capture,
 * and where the one copy that left was dropped by the ring of the same device,
 * above. */
bool drops_is_no_copy(const struct attempt_view *attempt,
                      const struct evidence *event);

#endif
