/* Which of an agent's addresses is meant by its name. */
#ifndef CONTROLLER_PICK_ADDRESS_H
#define CONTROLLER_PICK_ADDRESS_H

#include "proto/message.h"

/* A host's address for a trace when its name does not resolve: the primary of the
 * family (0: IPv4 first).  Unset when it has none. */
struct address pick_address(const struct message_inventory *inventory,
                            uint8_t family);

/* Which address of that family is to be its primary from now on.  `before` is
 * the one until now (unset: none): it stays while the host has it, so that a
 * fault does not choose the address.  Else the one that the agent proposes, else
 * its first global one.  The address of the control connection only where there
 * is no other: the agent proposes it only then. */
struct address pick_primary(const struct message_inventory *inventory,
                            const struct address *control,
                            const struct address *before, uint8_t family);

#endif
