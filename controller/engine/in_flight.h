/* What was changed of the handshake's packets on their way: addresses and ports
 * (translation), TTL, DSCP, ECN, TCP's options, sequence numbers.  Shown whatever
 * the verdict is; most of it is as it should be. */
#ifndef ENGINE_IN_FLIGHT_H
#define ENGINE_IN_FLIGHT_H

#include "controller/engine/judgement.h"
#include "controller/engine/view/view.h"

/* The contract's names, by enum flight_field. */
extern const char *const flight_field_names[FLIGHT_FIELD_COUNT];

/* Fills the changes: of attempt n, or of the first that both ends saw if n was
 * seen at one end alone. */
void in_flight_fill(const struct view *view, unsigned n, struct judgement *out);

#endif
