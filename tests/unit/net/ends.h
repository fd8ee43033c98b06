/* Both ends of connections over loopback, on one real loop. */
#ifndef TESTS_UNIT_NET_ENDS_H
#define TESTS_UNIT_NET_ENDS_H

#include <stdbool.h>
#include <uv.h>

#include "common/net/conn.h"
#include "common/net/tls.h"

/* An installation: its authority and one certificate of each role. */
struct installation
{
    char *authority_key;
    char *authority;
    char *controller_key, *controller;
    char *agent_key, *agent;
    char *operator_key, *operator_certificate;
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE];
    uint8_t ticket_key[TLS_TICKET_KEY_SIZE];
};

/* The controller's names: 127.0.0.1, ::1 and ctl.example.org. */
void installation_make(struct installation *installation);
void installation_free(struct installation *installation);

/* A certificate of any role, valid for days from not_before_s. */
char *installation_sign(const struct installation *installation,
                        const char *key, enum peer_role role, const char *name,
                        int64_t not_before_s, unsigned days);

/* Contexts; they fail the test if they cannot be made. */
struct tls_context *server_context(const struct installation *installation);
struct tls_context *client_context(const struct installation *installation,
                                   enum peer_role role,
                                   const char *server_name);

/* What one end saw.  The hooks run inside the callbacks. */
struct end
{
    struct conn *conn; /* NULL once closed */
    unsigned ready;
    bool resumed;
    struct peer peer;
    unsigned frames;
    size_t frame_bytes;
    uint8_t last[64]; /* the last frame's first bytes */
    unsigned closed;
    int why;
    char reason[512];
    void (*on_ready)(struct end *end);
    void (*on_frame)(struct end *end);
};

struct ends
{
    uv_loop_t loop;
    uv_tcp_t listener;
    struct sockaddr_storage address;
    struct tls_context *server_tls;
    struct tls_context *client_tls;
    struct end server;
    struct end client;
    unsigned server_handshake_ms; /* 0: as it is */
    int accept_status;
    bool keep_listening; /* else the listener closes after one connection */
};

extern const struct conn_events end_events;

/* It was closed, once, with that status and these words in its reason. */
void end_assert_told(const struct end *end, int why, const char *words);

/* Starts to listen.  Takes the contexts over. */
void ends_open(struct ends *ends, struct tls_context *server_tls,
               struct tls_context *client_tls);

/* The same for an agent of the installation. */
void ends_open_agent(struct ends *ends,
                     const struct installation *installation);

/* Dials from client_tls to the listener. */
void ends_dial(struct ends *ends);

/* Runs the loop until the condition, at most some seconds. */
#define ends_run_until(ends, condition)  \
    do {                                 \
        uint64_t start_ = uv_hrtime();   \
        while (!(condition)) {           \
            ends_run_some(ends, start_); \
        }                                \
    } while (0)
void ends_run_some(struct ends *ends, uint64_t start_ns);

/* Closes what is open, runs the loop dry and requires that it closes. */
void ends_close(struct ends *ends);

/* The whole story with one connection: dial, wait for both ready. */
void ends_connect(struct ends *ends);

/* Dials and waits until both ends are closed; for handshakes that fail. */
void ends_fail(struct ends *ends);

/* A plain blocking TCP connection to the listener. */
int ends_connect_plain(struct ends *ends);

#endif
