/* The agent's state folder: who it is and which controller it obeys. */
#ifndef KEEPER_STATE_H
#define KEEPER_STATE_H

#include "agent/keeper/handoff.h"

struct err;

#define STATE_DEFAULT_DIR "/var/lib/probe-agent"

/* Opens key, certificate, authority and controller address for reading, in this
 * order; all are the caller's to close.  -ENOENT when the host has not joined,
 * with what to do.  On failure nothing stays open. */
#define STATE_FILES 4
int state_open_identity(const char *dir, int fds[static STATE_FILES],
                        struct err *err);

/* Can a join be stored here?  Makes the folder (mode 0700) and tries to write.
 * -EEXIST when the host has joined already, -EBUSY while another join is under
 * way there: two would leave the key of one and the certificate of the other.
 * Until *lock, the caller's to close, is closed there will be none. */
int state_prepare(const char *dir, int *lock, struct err *err);

/* Writes the four files, each whole; the key last, so that a folder with a key
 * is complete. */
int state_write(const char *dir, const struct handoff_joined *identity,
                const char *controller, struct err *err);

#endif
