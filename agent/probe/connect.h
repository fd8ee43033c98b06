/* The attempts of a trace: real, non-blocking connect() calls. */
#ifndef PROBE_CONNECT_H
#define PROBE_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/worker/worker.h"

struct probe;
struct err;

/* Where an attempt's packets go. */
struct probe_flow
{
    struct address own;
    struct address peer;
    uint16_t own_port;
    uint16_t peer_port;
};

/* All attempts were made and ended, or were waited for long enough; told once,
 * by probe_stop() and probe_close() at the latest. */
typedef void (*probe_done)(struct worker *worker);

/* Begins with the first attempt at once.  *out is set before done may be
 * called, and is to be given to probe_close(). */
int probe_start(struct probe **out, struct worker *worker, probe_done done,
                struct err *err);

/* Makes no further attempts; those under way go on. */
void probe_start_no_more(struct probe *probe);

/* Ends attempt n, if it is under way, with the kernel's answer or else as timed
 * out: its ports are wanted for a walk. */
void probe_give_up(struct probe *probe, unsigned n);

/* Makes no further attempts and calls the probing over; what is under way may
 * still end until probe_close(). */
void probe_stop(struct probe *probe);

/* Stops, ends what is under way with the kernel's answer or else as timed out,
 * and frees itself on the loop. */
void probe_close(struct probe *probe);

/* The flow of attempt n; false if it never left, or opened. */
bool probe_flow_of(const struct probe *probe, unsigned n,
                   struct probe_flow *out);

#endif
