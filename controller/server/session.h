/* One peer's connection as the controller knows it. */
#ifndef CONTROLLER_SESSION_H
#define CONTROLLER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/net/conn.h"
#include "proto/message.h"

struct server;
struct trace_run;

#define SESSION_MAX_PINGS  8
#define SESSION_LABEL_SIZE 160

struct session
{
    struct server *server;
    struct conn *conn;
    struct peer peer;
    bool is_ready;         /* authenticated */
    bool is_greeted;       /* its hello came, and we agree on a version */
    bool is_closing;       /* nothing more is read from it or sent to it */
    uint64_t since_ms;     /* accepted, then ready; loop time */
    uint64_t next_ping_ms; /* loop time */
    int64_t pings[SESSION_MAX_PINGS]; /* unanswered ones' t1; 0 unused */
    unsigned burst_left;
    struct trace_run *run; /* an operator's running trace */
    char *document;        /* being sent, in pieces */
    size_t document_size, document_sent;
    uint32_t document_status;
    char label[SESSION_LABEL_SIZE]; /* for log lines */
    struct session *prev, *next;
};

/* Sends; a peer that does not read is closed.  -ENOTCONN, -ENOBUFS... */
int session_send(struct session *session, const struct message *message);

/* Sends an error for a person, with probectl's exit status. */
void session_send_error(struct session *session, uint32_t status,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sends a text as a document; takes it over.  What the connection cannot hold
 * at once follows with session_pump(). */
void session_send_document(struct session *session, char *text,
                           uint32_t status);

/* Sends more of the document.  True while there is some left. */
bool session_pump(struct session *session);

/* Sends a ping and remembers it. */
void session_ping(struct session *session);

/* Takes a pong's t1 off the unanswered ones; false if it is none of them. */
bool session_take_ping(struct session *session, int64_t t1);

/* Cuts the peer off, and logs why. */
void session_cut(struct session *session, int why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Closes after what is queued is sent. */
void session_finish(struct session *session);

#endif
