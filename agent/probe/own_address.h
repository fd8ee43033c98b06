/* Which addresses are this host's, asked of the kernel without any packet. */
#ifndef PROBE_OWN_ADDRESS_H
#define PROBE_OWN_ADDRESS_H

#include <stdbool.h>

#include "common/base/address.h"

/* Is it this host's own?  Also where ip_nonlocal_bind is set, which lets a
 * socket be bound to any. */
bool own_address_is_local(const struct address *address);

/* The socket's own end.  0, or -errno and the outputs are left alone. */
int own_address_of(int fd, struct address *own, uint16_t *port);

/* The source address that the kernel would choose towards this one; unset when
 * there is no route. */
struct address own_address_towards(const struct address *peer);

#endif
