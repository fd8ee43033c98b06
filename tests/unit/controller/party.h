/* A peer of the controller, played by a test on the same loop. */
#ifndef TESTS_CONTROLLER_PARTY_H
#define TESTS_CONTROLLER_PARTY_H

#include "common/net/conn.h"
#include "controller/server/server.h"
#include "controller/store/state.h"
#include "proto/message.h"

/* The controller under test: a fresh state folder, a port of its own. */
struct scene
{
    char dir[64];
    uv_loop_t loop;
    uv_timer_t watchdog;
    bool is_late;
    struct state state;
    struct server server;
    struct sockaddr_storage address;
};

#define PARTY_TEXT_SIZE (8u << 20)

struct party
{
    struct scene *scene;
    struct tls_context *tls;
    struct conn *conn;
    bool is_ready, is_closed;
    bool was_resumed;
    char reason[512]; /* why it was closed */
    unsigned hellos, pings, pongs, progresses, orders, aborts, go_aways;
    struct order order; /* the last */
    struct message_error error;
    struct message_join_reply join_reply;
    char token[128];
    char document[PARTY_TEXT_SIZE];
    size_t document_size;
    bool has_document;
    uint32_t status;
    /* What an agent does on an order or a command; may be NULL. */
    void (*on_order)(struct party *party);
    void (*on_command)(struct party *party, const struct command *command);
};

void scene_open(struct scene *scene);
/* Stops the server and requires an empty loop. */
void scene_close(struct scene *scene);

/* Runs the loop until the flag is set; fails the test after some seconds. */
void scene_run_until(struct scene *scene, const bool *flag);

/* An operator with the profile that init made. */
struct party *party_operator(struct scene *scene);
/* A joiner that knows the token's authority. */
struct party *party_joiner(struct scene *scene, const char *token);
/* Enrols the name with a token of its own, then connects as that agent.  It
 * says hello and its address, and answers pings. */
struct party *party_agent(struct scene *scene, struct party *admin,
                          const char *name, const char *address);
/* The same in two steps: what was enrolled, to be given to party_call(). */
struct tls_context *party_join(struct scene *scene, struct party *admin,
                               const char *name);
/* Connects; says nothing yet.  The context is its own from now on. */
struct party *party_call(struct scene *scene, struct tls_context *tls);
/* Takes the context off a party that is to leave, so that another may call with
 * it, resuming its session. */
struct tls_context *party_take_tls(struct party *party);
/* Hello and inventory of an agent, and the first pings. */
void party_greet(struct party *agent, const char *address);
/* An agent that arms on an order, says at once that it probed, and collects. */
struct party *party_obedient(struct scene *scene, struct party *admin,
                             const char *name, const char *address);
/* What a worker says of itself, for the order that came last. */
void party_send_phase(struct party *party, enum phase phase);
void party_send_ended(struct party *party);
/* Asks for a trace to port 8080. */
void party_ask_trace(struct party *party, const char *source,
                     const char *destination);
void party_send(struct party *party, const struct message *message);
void party_say_hello(struct party *party, uint32_t version);
/* Closes its connection, waits for that, frees it. */
void party_leave(struct party *party);

#endif
