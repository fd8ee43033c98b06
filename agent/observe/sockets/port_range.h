/* The ports that the kernel itself chooses from (net.ipv4.ip_local_port_range,
 * which IPv6 shares). */
#ifndef OBSERVE_PORT_RANGE_H
#define OBSERVE_PORT_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct port_range
{
    unsigned low, high; /* both within */
};

/* Those of this network namespace.  False, and every port, where that cannot be
 * read. */
bool port_range_read(struct port_range *out);

bool port_range_holds(const struct port_range *range, uint16_t port);

#endif
