/* The worker's trials: what differs from the attempts' SYN in one respect each,
 * beside the attempts that are under way, whose ports none of them shares. */
#ifndef WORKER_TRYING_H
#define WORKER_TRYING_H

struct command;
struct worker;

/* Obeys COMMAND_TRY; that all is sent, or why nothing was, is told as a
 * phase. */
void trying_begin(struct worker *worker, const struct command *command);

#endif
