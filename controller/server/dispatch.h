/* What each message does, by the sender's role. */
#ifndef CONTROLLER_DISPATCH_H
#define CONTROLLER_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

struct session;

/* The peer is authenticated. */
void dispatch_ready(struct session *session);

/* One frame of it; the session may be closing afterwards. */
void dispatch_frame(struct session *session, const uint8_t *bytes, size_t size);

/* The connection is gone. */
void dispatch_closed(struct session *session, const char *reason);

#endif
