#include "controller/server/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/log.h"

/* Room that a document leaves in the connection's queue for the rest. */
#define DOCUMENT_QUEUE_MAX (CONN_MAX_QUEUED / 2)

int session_send(struct session *session, const struct message *message)
{
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size = 0;
    int status;

    if (session->is_closing || !session->is_ready)
        return -ENOTCONN;
    status = message_encode(message, &bytes, &size);
    if (status == 0)
        status = conn_send(session->conn, bytes, size);
    if (status == -ENOBUFS)
        session_cut(session, status, "it does not read what it is sent");
    else if (status < 0)
        log_error("%s: a %s message could not be sent: %s", session->label,
                  word_name(&message_words, (int)message->kind),
                  strerror(-status));
    return status;
}

void session_send_error(struct session *session, uint32_t status,
                        const char *format, ...)
{
    struct message message = {.kind = MESSAGE_ERROR,
                              .error = {.status = status}};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message.error.text, sizeof(message.error.text), format,
              arguments);
    va_end(arguments);
    session_send(session, &message);
}

void session_send_document(struct session *session, char *text, uint32_t status)
{
    free(session->document);
    session->document = text;
    session->document_size = strlen(text);
    session->document_sent = 0;
    session->document_status = status;
    session_pump(session);
}

bool session_pump(struct session *session)
{
    while (session->document != NULL && !session->is_closing &&
           conn_queued(session->conn) < DOCUMENT_QUEUE_MAX) {
        size_t left = session->document_size - session->document_sent;
        size_t size = left > MESSAGE_MAX_PIECE ? MESSAGE_MAX_PIECE : left;
        struct message message = {
            .kind = MESSAGE_DOCUMENT,
            .document = {.piece = (const uint8_t *)session->document +
                                  session->document_sent,
                         .size = size,
                         .last = size == left,
                         .status = session->document_status},
        };

        if (session_send(session, &message) < 0)
            break;
        session->document_sent += size;
        if (size == left) {
            free(session->document);
            session->document = NULL;
        }
    }
    return session->document != NULL && !session->is_closing;
}

void session_ping(struct session *session)
{
    struct message message = {.kind = MESSAGE_PING,
                              .ping = {.t1 = clock_monotonic_ns()}};

    /* The oldest goes: a peer that never answers is cut for its silence. */
    memmove(session->pings + 1, session->pings,
            sizeof(session->pings) - sizeof(session->pings[0]));
    session->pings[0] = message.ping.t1;
    session_send(session, &message);
}

bool session_take_ping(struct session *session, int64_t t1)
{
    for (size_t i = 0; i < SESSION_MAX_PINGS; i++) {
        if (t1 == 0 || session->pings[i] != t1)
            continue;
        session->pings[i] = 0;
        return true;
    }
    return false;
}

void session_cut(struct session *session, int why, const char *format, ...)
{
    char reason[256];
    va_list arguments;

    if (session->is_closing)
        return;
    session->is_closing = true;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    log_warning("%s: cut off: %s", session->label, reason);
    conn_close(session->conn, why, reason);
}

void session_finish(struct session *session)
{
    if (session->is_closing)
        return;
    session->is_closing = true;
    conn_finish(session->conn);
}
