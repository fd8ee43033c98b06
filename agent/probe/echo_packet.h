/* A call for an echo (ICMP's and ICMPv6's "ping") of our own. */
#ifndef PROBE_ECHO_PACKET_H
#define PROBE_ECHO_PACKET_H

#include <stdint.h>

#include "common/base/address.h"

/* A raw socket for them, bound to the source address, and to the device if that
 * is not empty.  The descriptor or -errno. */
int echo_packet_open(const struct address *source, const char *device);

/* Sends one whose data begins with the number.  0 or -errno. */
int echo_packet_send(int fd, const struct address *destination, uint32_t number,
                     uint16_t sequence);

#endif
