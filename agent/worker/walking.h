/* The walk that a command asks for, along a flow that this host knows itself. */
#ifndef WORKER_WALKING_H
#define WORKER_WALKING_H

struct command;
struct err;
struct worker;

/* Starts it: from the source along the attempt, which is over then, from the
 * destination along the attempt as its own capture saw it; the command says
 * which and how far.  0, or a negative errno and why there is none. */
int walking_start(struct worker *worker, const struct command *command,
                  struct err *err);

#endif
