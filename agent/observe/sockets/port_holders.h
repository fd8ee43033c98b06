/* Who holds the local ports that a connection needs. */
#ifndef OBSERVE_PORT_HOLDERS_H
#define OBSERVE_PORT_HOLDERS_H

#include <stdint.h>

struct worker;

/* Emits EVIDENCE_PORT_HOLDER for the processes that hold most of the sockets
 * towards the peer's traced port, or those on the local port, if it is not 0.
 * The budget is for finding the processes. */
void port_holders_report(struct worker *worker, uint16_t local_port,
                         int64_t budget_ns);

#endif
