/* The keeper: the agent's only lasting privileged process.  It starts the link
 * and, on its orders, workers; it parses nothing that came from the network. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

/* Runs until SIGTERM or SIGINT.  Returns the exit status. */
int keeper_run(const char *state_dir, const char *policy_path);

/* Joins a controller.  name: NULL for this host's own.  Returns the exit
 * status. */
int keeper_join(const char *state_dir, const char *controller,
                const char *token, const char *name);

#endif
