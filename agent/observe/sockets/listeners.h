/* Who listens on a port: in this network namespace and in every other one that
 * can be seen. */
#ifndef OBSERVE_LISTENERS_H
#define OBSERVE_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/trace/words.h"

struct evidence;
struct process;
struct worker;

struct listeners_wish
{
    uint16_t port;
    enum phase phase;
    int64_t budget_ns;
    bool keys; /* look also for whose segments must be signed */
};

/* Emits EVIDENCE_LISTENER for each and, for the traced port, EVIDENCE_LISTENERS
 * at the end.  The budget is for looking into namespaces and for finding the
 * processes; what it cuts short becomes a limit in PHASE_AFTER.  Then it counts
 * all the processes that hold a listener with a queue.  Returns whether there is
 * a queue, and whoever should empty one is stopped. */
bool listeners_report(struct worker *worker, const struct listeners_wish *wish);

/* Adds what is known of the process that holds a listener; service: what the
 * operator expects there, or empty. */
void listeners_put_process(struct evidence *evidence,
                           const struct process *process, const char *service);

#endif
