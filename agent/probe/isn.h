/* The initial sequence number of a TCP socket, chosen by us. */
#ifndef PROBE_ISN_H
#define PROBE_ISN_H

#include <stdint.h>

/* Sets it on a socket that is not yet connected.  -EPERM without CAP_NET_ADMIN;
 * the socket is then as it was.  isn must not be 0, which means "any" to the
 * kernel. */
int isn_set(int fd, uint32_t isn);

/* Can it be set here?  Tried on a socket of its own: 0 or -errno. */
int isn_try(void);

#endif
