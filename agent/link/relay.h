/* One trace's relay; between relays.c and relay.c. */
#ifndef LINK_RELAY_H
#define LINK_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <sys/queue.h>

#include "agent/keeper/handoff.h"
#include "common/trace/order.h"

struct err;
struct message;
struct relays;

#define RELAY_MAX_EARLY 8 /* commands that came before the worker's channel */

struct relay
{
    TAILQ_ENTRY(relay) link;
    struct relays *relays;
    char trace_id[TRACE_ID_SIZE];
    int fd;          /* the worker's channel; -1 before and after */
    uv_poll_t *poll; /* on fd */
    bool orphan;     /* the controller that asked is gone */
    bool paused;     /* not reading: too fast, or the controller too slow */
    bool ended;      /* the keeper says that the worker is gone */
    struct handoff_reply end;
    uint32_t layout;  /* of the evidence that we understand */
    unsigned foreign; /* pieces of another */
    unsigned forwarded, dropped, unsound, allowance;
    uint64_t allowance_at_ms;
    struct command early[RELAY_MAX_EARLY];
    unsigned early_count;
};

struct relay *relay_new(struct relays *relays, const char *trace_id);

int relay_command(struct relay *relay, const struct command *command,
                  struct err *err);

/* Ends the worker; tells the controller nothing. */
void relay_abort(struct relay *relay);

/* The keeper's word; fd is taken over.  May free the relay. */
void relay_handle(struct relay *relay, const struct handoff_reply *reply,
                  int fd);

/* Reads on.  May free the relay. */
void relay_resume(struct relay *relay);

/* What relays.c offers. */
int relays_send(struct relays *relays, const struct message *message);
bool relays_are_full(const struct relays *relays);
void relays_resume_later(struct relays *relays);
void relays_remove(struct relays *relays, struct relay *relay);
uv_loop_t *relays_loop(const struct relays *relays);

#endif
