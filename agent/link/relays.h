/* One relay for each trace that runs here: orders go to the keeper, commands to
 * the worker, evidence to the controller. */
#ifndef LINK_RELAYS_H
#define LINK_RELAYS_H

#include <uv.h>

#include "common/trace/order.h"

struct err;
struct message;
struct message_command;
struct relays;

#define RELAYS_MAX         32
#define RELAY_MAX_EVIDENCE 4096 /* of one trace; */
#define RELAY_RESERVED     512  /* places that packets may not take */
#define RELAY_PER_SECOND   4000 /* of one trace, in bursts of: */
#define RELAY_BURST        2048
#define RELAYS_MAX_QUEUED  (256u * 1024) /* unsent: read no more until then */
#define RELAYS_RESUME_MS   20

struct relays_owner
{
    int (*send)(void *owner, const struct message *message);
    size_t (*queued)(void *owner);
    void *owner;
};

/* keeper: the channel; taken over.  When it ends the process ends. */
int relays_new(struct relays **out, uv_loop_t *loop, int keeper,
               const struct relays_owner *owner, struct err *err);

/* Begins a trace.  Its end is always told with a trace-ended.  -EEXIST, -EBUSY
 * or -EINVAL with a sentence: nothing was begun. */
int relays_order(struct relays *relays, const struct order *order,
                 struct err *err);

/* -ENOENT when no such trace runs, -EINVAL when the command is malformed. */
int relays_command(struct relays *relays, const struct message_command *command,
                   struct err *err);

/* The controller is gone: ends every trace. */
void relays_abort_all(struct relays *relays);

#endif
