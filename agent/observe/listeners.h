/* Who listens on a port: in this network namespace and in every other one that
 * can be seen. */
#ifndef OBSERVE_LISTENERS_H
#define OBSERVE_LISTENERS_H

#include <stdint.h>

#include "common/trace/words.h"

struct evidence;
struct process;
struct worker;

/* Emits EVIDENCE_LISTENER for each and, for the traced port, EVIDENCE_LISTENERS
 * at the end.  The
 * budget is for looking into namespaces and for finding the processes; what it
 * cuts short becomes a limit in PHASE_AFTER. */
void listeners_report(struct worker *worker, uint16_t port, enum phase phase,
                      int64_t budget_ns);

/* Adds what is known of the process that holds a listener; service: what the
 * operator expects there, or empty. */
void listeners_put_process(struct evidence *evidence,
                           const struct process *process, const char *service);

#endif
