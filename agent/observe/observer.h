/* An observer watches or reads one thing during a trace.  observers.c holds the
 * table of them; nothing else lists them.
 *
 * What each one emits and what it wants to hear of is data here, and nothing
 * but that: the order of the table follows from it (producers before readers,
 * see test_observers.c), a worker stops at evidence that nobody declared, and
 * notice() never sees a kind that was not asked for.  The functions of an
 * observer are not called while one of them is running, and worker_emit() calls
 * none. */
#ifndef OBSERVE_OBSERVER_H
#define OBSERVE_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/worker/worker.h"

struct err;
struct evidence;

/* Kinds of evidence, as a set. */
#define EVIDENCE_BIT(kind) (UINT64_C(1) << (kind))
_Static_assert(EVIDENCE_KIND_COUNT <= 64, "a set of kinds has 64 places");

struct observer
{
    const char *name;    /* as in evidence_kinds[].observer */
    bool at_source;      /* runs on the source host */
    bool at_destination; /* runs on the destination host */
    bool outside;        /* and in the host's own network namespace, when the
                            trace is made in another */

    uint64_t produces; /* what it emits, besides limits */

    /* What notice() is shown.  Whoever produces it stands before this one, is
     * armed before it, and collected before it. */
    uint64_t reads;

    /* Likewise, but produced by observers that stand behind this one: a circle
     * that is wanted.  It is heard of late, maybe not before collect(), and
     * notice() must emit nothing when shown it (asserted), or the circle might
     * go round for ever. */
    uint64_t feedback;

    /* Starts watching and takes the first snapshot.  On failure err says why;
     * the worker turns it into a limit and goes on without this observer.
     * Synchronous, and quick: it stands before the first packet. */
    int (*arm)(struct worker *worker, void **state, struct err *err);

    /* Evidence of this worker of a kind that is read, own included, in the
     * order of emission; what was emitted while all were armed comes after
     * that.  NULL if nothing is read. */
    void (*notice)(void *state, const struct evidence *evidence);

    /* Second snapshot: what changed.  May be NULL. */
    void (*collect)(void *state);

    /* Starts, on a thread, what the kernel takes long to take down (a grace
     * period, of which several at once last no longer than one).  Called for
     * all before the first disarm(), which waits for it.  May be NULL. */
    void (*begin_disarm)(void *state);

    /* Takes everything down and frees state.  Returns how many things of ours
     * could not be removed (0 is proof of none).  NULL if there is no state. */
    unsigned (*disarm)(void *state);
};

extern const struct observer *const observers[];
extern const size_t observers_count;

#endif
