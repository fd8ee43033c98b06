/* The capture's filter in pcap's language.  Pure. */
#ifndef OBSERVE_CAPTURE_FILTER_H
#define OBSERVE_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/trace/order.h"

#define CAPTURE_FILTER_SIZE 2048

/* Writes the filter: TCP packets of the trace, ICMP errors that quote one, ARP
 * and neighbour discovery, the trace's trials by other protocols; at the
 * destination all SYNs to the port as well.  exact: by the order's sequence
 * numbers; else by its port and the peer, which then must be set.  -EINVAL;
 * -ENOSPC when it does not fit. */
int capture_filter_build(char *buffer, size_t size, const struct order *order,
                         bool exact, const struct address *peer);

#endif
