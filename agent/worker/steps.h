/* The worker's steps, for its main program and its own parts; observers see
 * worker.h only. */
#ifndef WORKER_STEPS_H
#define WORKER_STEPS_H

#include "agent/worker/worker.h"

struct flows;
struct segment;
struct walk;

/* Reads the order from the channel, runs it to its end, and returns the exit
 * status of the process.  Takes over fd; obeys the policy whatever it is told,
 * and keeps no reference to it. */
int worker_run(int fd, const struct policy *policy);

/* The walk that is under way, or NULL; the capture shows it what it sees. */
struct walk *worker_walk(const struct worker *worker);

/* What the capture saw of the attempts' flows; the capture fills it. */
struct flows *worker_flows(struct worker *worker);

/* Tells that a step is reached; text says why it failed, NULL if it did not. */
void worker_tell_phase(struct worker *worker, enum phase phase,
                       const char *text);

/* Emits it and shows the observers at once what waits for them: for the probe,
 * whose next step may make what they have to tell apart from this one.  Not for
 * what an observer may call. */
void worker_tell(struct worker *worker, const struct evidence *evidence);

/* Shows all observers, those of the host's own namespace too, what waits. */
void worker_deliver(struct worker *worker);

/* The capture saw an attempt's SYN, at the source as it left, at the destination
 * as it came in: what a trial copies, and whom it may go to.  The first counts. */
void worker_learn_syn(struct worker *worker, const struct segment *syn);

/* That SYN, NULL if none was seen. */
const struct segment *worker_syn(const struct worker *worker);

/* The probe learned which address this host uses towards the peer. */
void worker_learn_own(struct worker *worker, const struct address *own);

#endif
