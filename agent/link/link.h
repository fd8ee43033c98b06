/* The link: the only process of the agent that speaks with the network, and
 * without any privilege. */
#ifndef LINK_LINK_H
#define LINK_LINK_H

/* Serves until the keeper ends.  lacks: words of AGENT_LACKS, ended by NULL; others
 * are passed over.  Returns the exit status. */
int link_run(char *const *lacks);

/* Joins a controller as the keeper's process asks on HANDOFF_CHANNEL. */
int link_join(void);

#endif
