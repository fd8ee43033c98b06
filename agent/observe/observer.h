/* An observer watches or reads one thing during a trace.  observers.c holds the
 * table of them; nothing else lists them. */
#ifndef OBSERVE_OBSERVER_H
#define OBSERVE_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/worker/worker.h"

struct err;
struct evidence;

struct observer
{
    const char *name;    /* as in evidence_kinds[].observer */
    bool at_source;      /* runs on the source host */
    bool at_destination; /* runs on the destination host */
    bool outside;        /* and in the host's own network namespace, when the
                            trace is made in another */

    /* Starts watching and takes the first snapshot.  On failure err says why;
     * the worker turns it into a limit and goes on without this observer.
     * Synchronous, and quick: it stands before the first packet. */
    int (*arm)(struct worker *worker, void **state, struct err *err);

    /* Any evidence of this worker that was just emitted (own included); may be
     * NULL. */
    void (*notice)(void *state, const struct evidence *evidence);

    /* Second snapshot: what changed.  May be NULL. */
    void (*collect)(void *state);

    /* Starts, on a thread, what the kernel takes long to take down (a grace
     * period, of which several at once last no longer than one).  Called for
     * all before the first disarm(), which waits for it.  May be NULL. */
    void (*begin_disarm)(void *state);

    /* Takes everything down and frees state.  Returns how many things of ours
     * could not be removed (0 is proof of none). */
    unsigned (*disarm)(void *state);
};

extern const struct observer *const observers[];
extern const size_t observers_count;

#endif
