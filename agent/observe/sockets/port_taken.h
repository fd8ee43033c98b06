/* Who has the traced port without listening on it. */
#ifndef OBSERVE_PORT_TAKEN_H
#define OBSERVE_PORT_TAKEN_H

#include <stdint.h>

struct worker;

#define PORT_TAKEN_MAX 4 /* told of, per protocol */

/* For a port on which nothing listens in this network namespace: emits
 * EVIDENCE_PORT_TAKEN for each process that has a TCP socket with this local
 * port, connected or only bound, so that a listener may be refused the address,
 * and for each that has a UDP socket there.  The budget is for finding the
 * processes. */
void port_taken_report(struct worker *worker, int64_t budget_ns);

#endif
