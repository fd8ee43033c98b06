/* The program that watches drops: loaded once in the background, because that
 * takes long, and held; attached only while a worker lives.
 *
 * The workers of all traces share one attachment, so that no drop is told
 * twice.  Only they hold its descriptor: it goes with the last of them, however
 * that ends. */
#ifndef KEEPER_DROPS_H
#define KEEPER_DROPS_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

#include "agent/bpf/handover.h"

struct drops
{
    pid_t loader;        /* 0: not running */
    int channel;         /* to it; -1: there is nothing to wait for */
    struct handover got; /* why there is no program, if status is not 0 */
    int fds[HANDOVER_COUNT];
    uint32_t link; /* of the latest attachment; 0: none yet */
};

/* Starts the loader; what goes wrong is kept for the workers to tell. */
void drops_start(struct drops *drops);

/* To be called when channel can be read. */
void drops_receive(struct drops *drops);

/* Was it the loader that ended? */
bool drops_reap(struct drops *drops, pid_t pid);

/* Attaches the program, if no worker keeps it attached already, and puts what
 * the worker of this slot needs, or why there is nothing, into a socket: its
 * end is the caller's to close.  -errno only if even that cannot be made. */
int drops_hand_over(struct drops *drops, uint32_t slot);

/* The slot's worker is gone: frees what it may have left in the maps. */
void drops_release(struct drops *drops, uint32_t slot);

void drops_stop(struct drops *drops);

#endif
