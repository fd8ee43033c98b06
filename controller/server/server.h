/* The controller's connections: who is let in, and for how long. */
#ifndef CONTROLLER_SERVER_H
#define CONTROLLER_SERVER_H

#include <stdbool.h>
#include <uv.h>

#include "controller/server/directory.h"
#include "controller/server/enrol.h"
#include "controller/server/registry.h"
#include "controller/server/session.h"
#include "controller/server/traces.h"

struct state;
struct tls_context;

#define SERVER_SWEEP_MS         1000
#define SERVER_PUMP_MS          10
#define SERVER_PING_MS          15000
#define SERVER_PING_BURST       4 /* right after an agent's hello */
#define SERVER_AGENT_IDLE_MS    45000
#define SERVER_OPERATOR_IDLE_MS 60000
#define SERVER_GREET_MS         10000 /* for the hello, or the join request */
#define SERVER_MAX_HANDSHAKES   1024  /* at once; more wait in the backlog */
#define SERVER_SILENT_MS        2000  /* in a handshake, while others wait */
#define SERVER_JOINS_PER_S      5
#define SERVER_JOIN_BURST       20
#define SERVER_STOP_MS          2000
#define SERVER_RETRY_MS         1000 /* agents come back after this... */
#define SERVER_RETRY_SPREAD_MS  4000 /* ...and a random part of that */

struct server
{
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t sweep; /* pings and deadlines of all sessions */
    uv_timer_t pump;  /* documents that did not fit; runs only while needed */
    uv_timer_t stop_by;
    struct state *state;
    struct tls_context *tls;
    struct registry registry;
    struct directory directory;
    struct enrol enrol;
    struct traces traces;
    struct session *sessions;
    unsigned session_count;
    unsigned handshakes; /* accepted, not ready */
    bool is_waiting;     /* a connection is pending in the listener */
    bool is_stopping;
    double join_tokens; /* of the rate limit's bucket */
    uint64_t join_refilled_ms;
};

/* Listens.  On failure everything is closed, or closing on the loop, which the
 * caller runs once more. */
int server_open(struct server *server, uv_loop_t *loop, struct state *state,
                const struct sockaddr_storage *address, struct err *err);

/* Tells the agents to come back later, ends all traces, closes everything; the
 * loop is empty afterwards, when the reports that were under way are stored and,
 * within SERVER_STOP_MS, sent.  May be called twice. */
void server_stop(struct server *server);

/* After the loop has ended. */
void server_fini(struct server *server);

/* May one more join be tried now? */
bool server_may_join(struct server *server);

/* Sends the rest of long documents as the peers read them. */
void server_start_pump(struct server *server);

#endif
