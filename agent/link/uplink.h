/* The agent's one connection to its controller: looks the name up each time,
 * dials, greets, answers pings, and comes back after a loss. */
#ifndef LINK_UPLINK_H
#define LINK_UPLINK_H

#include <stddef.h>
#include <uv.h>

#include "common/base/address.h"

struct endpoint;
struct err;
struct message;
struct tls_identity;
struct uplink;

#define UPLINK_IDLE_MS      45000 /* controllers ping every 15 s */
#define UPLINK_KEEPALIVE_MS 10000 /* and so do we, for what is between */

struct uplink_events
{
    void (*up)(void *owner); /* greeted: messages may flow */
    /* One that the controller may send; lives until the callback returns. */
    void (*message)(void *owner, const struct message *message);
    void (*down)(void *owner); /* after up: the connection is gone */
};

/* Begins to dial.  identity and endpoint are copied; events and owner live
 * longer.  Lasts until the process ends. */
int uplink_open(struct uplink **out, uv_loop_t *loop,
                const struct tls_identity *identity,
                const struct endpoint *controller,
                const struct uplink_events *events, void *owner,
                struct err *err);

/* 0, or negative errno: the message is lost, and so is the connection when the
 * controller does not read. */
int uplink_send(struct uplink *uplink, const struct message *message);

/* Says goodbye and stops the loop. */
void uplink_stop(struct uplink *uplink);

/* Unsent bytes. */
size_t uplink_queued(const struct uplink *uplink);

/* Our end of the connection; unset while there is none. */
struct address uplink_local_address(const struct uplink *uplink);

/* The controller's address as it is connected to; likewise. */
struct address uplink_peer_address(const struct uplink *uplink);

#endif
