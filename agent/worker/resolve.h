/* Name resolution as an application on this host would do it, off the loop. */
#ifndef WORKER_RESOLVE_H
#define WORKER_RESOLVE_H

#include <stdbool.h>

#include "agent/worker/worker.h"

struct resolve;
struct err;

/* Emits one EVIDENCE_RESOLVED per address in getaddrinfo's order, or one with
 * the error, then calls done with NULL or the error's sentence. */
typedef void (*resolve_done)(struct worker *worker, const char *error);

/* Starts it.  *out is to be given to resolve_close(). */
int resolve_start(struct resolve **out, struct worker *worker,
                  resolve_done done, struct err *err);

/* Has it told any address, and this one? */
bool resolve_has_found(const struct resolve *resolve);
bool resolve_found(const struct resolve *resolve,
                   const struct address *address);

/* Gives it up: done is not called any more.  Returns false if the resolver is
 * still at work; its memory then stays its own, and the process must end by
 * _exit(), which ends the thread. */
bool resolve_close(struct resolve *resolve);

#endif
