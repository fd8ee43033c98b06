/* A socket for packets whose upper layer we write ourselves. */
#ifndef PROBE_RAW_SOCKET_H
#define PROBE_RAW_SOCKET_H

#include "common/base/address.h"

/* Bound to the source address, and to the device if that is not empty, as the
 * attempts are; what it would receive is thrown away by the
 * kernel: a raw socket would get a copy of every such packet of the host.  The
 * descriptor or -errno. */
int raw_socket_open(const struct address *source, int protocol,
                    const char *device);

#endif
