/* The socket of an attempt: whose it is, where it is bound, which sequence
 * number it begins with. */
#ifndef PROBE_PROBE_SOCKET_H
#define PROBE_PROBE_SOCKET_H

#include <stdbool.h>

#include "agent/worker/worker.h"
#include "common/base/users.h"

struct err;

/* How the attempts of a trace are made. */
struct probe_manner
{
    bool has_user;
    struct user user;
    bool exact_refused; /* the kernel takes no sequence number of ours; told */
};

/* -ENOENT and a sentence if the order names a user who is not here. */
int probe_manner_init(struct probe_manner *manner, const struct order *order,
                      struct err *err);

/* A socket ready to call the worker's peer as attempt n, or a negative errno,
 * which says nothing of the network.  The descriptor is the caller's. */
int probe_socket_open(struct worker *worker, unsigned n,
                      struct probe_manner *manner);

/* connect(): 0 when under way or done, else the negative error. */
int probe_socket_connect(struct worker *worker, int fd,
                         const struct probe_manner *manner);

#endif
