/* A controller that plays parts, and a real probe-agent against it. */
#ifndef TESTS_AGENT_LINK_FIXTURE_H
#define TESTS_AGENT_LINK_FIXTURE_H

#include <stdbool.h>
#include <uv.h>

#include "common/net/conn.h"
#include "common/pki/pki.h"
#include "proto/message.h"

struct fixture
{
    uv_loop_t loop;
    uv_tcp_t listener;
    struct tls_context *tls;
    char *authority_key, *authority;
    char dir[64], state_dir[96], address[32];
    char token[PKI_TOKEN_SIZE];

    struct conn *conn;  /* the peer's, while ready */
    unsigned connected; /* how often a peer became ready */
    /* Called with every message; may be NULL. */
    void (*on_message)(struct fixture *fixture, const struct message *message);

    /* What came, by kind; the last of some. */
    unsigned seen[MESSAGE_KIND_COUNT];
    struct message_inventory inventory;
    struct message_trace_ended ended;
    struct message_pong pong;
    struct evidence evidence; /* the last piece */
    unsigned evidence_seen;

    uv_process_t process;
    uv_pipe_t output;
    char text[4096]; /* the agent's standard error */
    size_t text_size;
    bool exited;
    bool silent; /* its output has ended, too */
    int64_t exit_status;
};

/* A listening controller with an authority and a token, and an empty folder. */
void fixture_start(struct fixture *fixture);

/* Ends the agent if it runs, removes the folder. */
void fixture_stop(struct fixture *fixture);

/* Starts probe-agent with these arguments (NULL-terminated, at most 10). */
void fixture_spawn(struct fixture *fixture, const char *const *arguments);

/* Writes a state folder as a join would. */
void fixture_enrol(struct fixture *fixture, const char *name);

/* Runs the loop until done() says so; false after limit_ms. */
bool fixture_wait(struct fixture *fixture,
                  bool (*done)(const struct fixture *fixture),
                  unsigned limit_ms);
bool fixture_exited(const struct fixture *fixture);

void fixture_send(struct fixture *fixture, const struct message *message);

/* Issues a certificate for a request, with the role of an agent. */
char *fixture_sign(struct fixture *fixture, const char *request,
                   const char *name);

#endif
