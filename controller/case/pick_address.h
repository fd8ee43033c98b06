/* Which of an agent's addresses is meant by its name. */
#ifndef CONTROLLER_PICK_ADDRESS_H
#define CONTROLLER_PICK_ADDRESS_H

#include "proto/message.h"

/* A host's address for a trace when its name does not resolve: the primary of the
 * family (0: IPv4 first), else the first that does not carry the control
 * channel, else any.  Unset when it has none. */
struct address pick_address(const struct message_inventory *inventory,
                            const struct address *control, uint8_t family);

#endif
