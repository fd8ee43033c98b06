/* A port of this host's that is held, so that no connection has it meanwhile and
 * the kernel resets what answers a packet of ours that was sent from it. */
#ifndef PROBE_HELD_PORT_H
#define PROBE_HELD_PORT_H

#include <stdint.h>

#include "common/base/address.h"

/* A socket of that type, bound to the address and, if not empty, the device, at
 * a port that the kernel chooses.  The descriptor or -errno. */
int held_port_open(const struct address *own, int type, const char *device,
                   uint16_t *port);

#endif
