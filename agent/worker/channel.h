/* The worker's end of the channel: datagrams of evidence out, commands in.
 *
 * Sending never blocks the loop and never fails for the caller: what the
 * channel does not take waits in a bounded queue; what does not fit there is
 * dropped and counted, packets first, and the count is told as a limit. */
#ifndef WORKER_CHANNEL_H
#define WORKER_CHANNEL_H

#include <uv.h>

#include "common/trace/evidence.h"

struct channel;
struct err;

/* A datagram came; data is NULL when the other end is gone (told once). */
typedef void (*channel_received)(void *context, const void *data, size_t size);

/* Takes over fd, a connected SOCK_SEQPACKET socket, in success and failure.  On
 * success *out is to be given to channel_finish(). */
int channel_open(struct channel **out, uv_loop_t *loop, int fd,
                 channel_received received, void *context, struct err *err);

/* Puts the layout's number into it. */
void channel_send(struct channel *channel, struct evidence *evidence);

/* Receives no more, sends what waits (for CHANNEL_LINGER_MS at most), then
 * closes and frees itself on the loop. */
#define CHANNEL_LINGER_MS 1000
void channel_finish(struct channel *channel);

#endif
