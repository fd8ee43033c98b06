/* probe-controller run: the loop, from the first connection to SIGTERM. */
#ifndef CONTROLLER_RUN_H
#define CONTROLLER_RUN_H

struct err;
struct state;

/* Serves until SIGTERM or SIGINT.  Returns the exit status; when it is not 0
 * err says why. */
int run_controller(struct state *state, const char *listen, struct err *err);

#endif
