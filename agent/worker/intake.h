/* Orders and commands as they come over the channel: fixed structs, checked
 * here before anything looks into them. */
#ifndef WORKER_INTAKE_H
#define WORKER_INTAKE_H

#include <stddef.h>

struct command;
struct err;
struct order;

/* Waits for the order, INTAKE_WAIT_MS at most.  -ETIMEDOUT, -EPROTO when it is
 * of another version, or what order_check() says. */
#define INTAKE_WAIT_MS 5000
int intake_order(int fd, struct order *order, struct err *err);

/* Reads a command from a datagram.  -EBADMSG, or what command_check() says. */
int intake_command(const void *data, size_t size, struct command *command,
                   struct err *err);

#endif
