/* Theory of operation: a loop of its own, run until the question is settled
 * and every handle is closed.  The addresses of the controller are tried one
 * after the other; a timer bounds each of them, another one all of it.  Hello
 * and request leave together, so that an answer costs one round trip after the
 * handshake; the answer counts only once the controller's hello was read. */
#include "controller/ctl/ask.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <sys/socket.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/conn.h"
#include "common/net/tls.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/output.h"
#include "controller/ctl/profile.h"
#include "controller/ctl/session_cache.h"

/* The report must arrive before we stop waiting for it. */
#define ASK_MARGIN_MS    500
#define ASK_FIRST_TRY_MS 2000 /* when there are more addresses to try */

struct ask
{
    uv_loop_t loop;
    uv_timer_t deadline; /* ends everything */
    uv_timer_t patience; /* ends the try of one address */
    uv_getaddrinfo_t lookup;
    const struct profile *profile;
    const struct message *request;
    struct tls_context *tls;
    struct session_cache cache;
    struct addrinfo *addresses, *next;
    struct conn *conn; /* NULL between tries */
    unsigned timeout_ms;
    uint64_t ends_at; /* loop time */
    bool greeted;     /* the controller's hello was read */
    bool asked;       /* the request is on its way */
    bool settled;     /* result and err stand; only closing is left */
    bool looking_up;
    int result;
    struct answer answer;
    struct err err;
};

/* A lookup still runs on a thread, and with it the question's memory. */
static bool stuck;

static void dial_next(struct ask *ask);

/* Ends the question, with the answer (0) or with the error that is set. */
static void settle(struct ask *ask, int result)
{
    if (ask->settled)
        return;
    ask->settled = true;
    ask->result = result;
    uv_close((uv_handle_t *)&ask->deadline, NULL);
    uv_close((uv_handle_t *)&ask->patience, NULL);
    /* a lookup that runs cannot be cancelled: leave the loop without it */
    if (ask->looking_up && uv_cancel((uv_req_t *)&ask->lookup) < 0)
        uv_stop(&ask->loop);
    if (ask->conn != NULL)
        conn_close(ask->conn, 0, "done");
}

static void fail(struct ask *ask, int code, const char *what, const char *todo)
{
    char name[ENDPOINT_TEXT_SIZE];

    if (ask->settled)
        return;
    err_set(&ask->err, code, "controller %s: %s%s%s",
            endpoint_print(&ask->profile->controller, name), what,
            todo[0] == '\0' ? "" : "; ", todo);
    settle(ask, code);
}

static void on_deadline(uv_timer_t *timer)
{
    struct ask *ask = timer->data;
    char text[96];

    snprintf(text, sizeof(text), "%s within %g s",
             ask->asked ? "no answer" : "no connection",
             (double)ask->timeout_ms / 1000);
    fail(ask, -ETIMEDOUT, text,
         ask->asked ? "ask again with a longer --timeout"
                    : "is it running, and does a firewall let this host in?");
}

static void on_patience(uv_timer_t *timer)
{
    struct ask *ask = timer->data;

    if (ask->conn != NULL)
        conn_close(ask->conn, -ETIMEDOUT, "no answer to the connection");
}

static int send_message(struct conn *conn, const struct message *message)
{
    uint8_t *bytes;
    size_t size;
    int status = message_encode(message, &bytes, &size);

    if (status < 0)
        return status;
    status = conn_send(conn, bytes, size);
    free(bytes);
    return status;
}

static int send_hello(struct conn *conn)
{
    struct message hello = {.kind = MESSAGE_HELLO};

    hello.hello.version_min = PROTO_VERSION_MIN;
    hello.hello.version_max = PROTO_VERSION_MAX;
    snprintf(hello.hello.software, sizeof(hello.hello.software),
             "probectl " PROBE_VERSION);
    return send_message(conn, &hello);
}

/* The controller gets what is left of the time, less what the report needs to
 * get here. */
static uint32_t time_left(const struct ask *ask)
{
    uint64_t now = uv_now(&ask->loop);
    uint64_t left = ask->ends_at > now ? ask->ends_at - now : 1;
    uint64_t margin = left / 5 < ASK_MARGIN_MS ? left / 5 : ASK_MARGIN_MS;

    return (uint32_t)(left - margin);
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct ask *ask = owner;
    struct message request = *ask->request;
    int status;

    if (ask->settled)
        return;
    if (peer->role != PEER_CONTROLLER) {
        fail(ask, -EPROTO, "the peer is not a controller",
             "check the address in the profile");
        return;
    }
    uv_timer_stop(&ask->patience);
    uv_update_time(&ask->loop);
    if (request.kind == MESSAGE_TRACE_REQUEST)
        request.trace_request.timeout_ms = time_left(ask);
    status = send_hello(conn);
    if (status == 0)
        status = send_message(conn, &request);
    if (status < 0)
        fail(ask, status, "the request cannot be sent", strerror(-status));
    else
        ask->asked = true;
}

static void take_hello(struct ask *ask, const struct message_hello *hello)
{
    if (hello->version_max < PROTO_VERSION_MIN ||
        hello->version_min > PROTO_VERSION_MAX)
        fail(ask, -EPROTONOSUPPORT, "it speaks another protocol version",
             "use probectl of the controller's version");
    ask->greeted = true;
}

static void take_error(struct ask *ask, const struct message_error *error)
{
    int code = error->status == STATUS_USAGE ? -EINVAL : -EREMOTEIO;

    if (ask->settled)
        return;
    err_set(&ask->err, code, "%s", error->text);
    settle(ask, code);
}

static void take_piece(struct ask *ask, const struct message_document *piece)
{
    struct answer *answer = &ask->answer;
    char *grown;

    if (piece->size > MESSAGE_MAX_DOCUMENT - answer->size) {
        fail(ask, -EFBIG, "the answer is larger than 16 MiB", "");
        return;
    }
    grown = realloc(answer->document, answer->size + piece->size + 1);
    if (grown == NULL) {
        fail(ask, -ENOMEM, "out of memory for the answer", "");
        return;
    }
    answer->document = grown;
    if (piece->size > 0)
        memcpy(grown + answer->size, piece->piece, piece->size);
    answer->size += piece->size;
    grown[answer->size] = '\0';
    if (!piece->last)
        return;
    answer->has_status = piece->status <= STATUS_UNDETERMINED;
    answer->status = (int)piece->status;
    settle(ask, 0);
}

static void take_message(struct ask *ask, const struct message *message)
{
    switch ((int)message->kind) {
    case MESSAGE_HELLO: take_hello(ask, &message->hello); break;
    case MESSAGE_ERROR: take_error(ask, &message->error); break;
    case MESSAGE_PROGRESS: output_progress(message->progress); break;
    case MESSAGE_DOCUMENT: take_piece(ask, &message->document); break;
    case MESSAGE_TOKEN_REPLY:
        memcpy(ask->answer.token, message->token_reply,
               sizeof(ask->answer.token));
        settle(ask, 0);
        break;
    case MESSAGE_GO_AWAY:
        fail(ask, -ECONNRESET, "it is going down",
             "try again in a few seconds");
        break;
    case MESSAGE_UNKNOWN: break; /* of a later version */
    default:
        fail(ask, -EBADMSG, "it sent a message that is for agents",
             "use probectl of the controller's version");
    }
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct ask *ask = owner;
    struct message message;
    struct err why = {0};

    (void)conn;
    if (ask->settled)
        return;
    if (message_decode(bytes, size, &message, &why) < 0) {
        fail(ask, -EBADMSG, why.text, "");
        return;
    }
    if (message.kind == MESSAGE_UNKNOWN ||
        message_is_allowed(PEER_CONTROLLER, ask->greeted, message.kind))
        take_message(ask, &message);
    else
        fail(ask, -EBADMSG, "it sent a message out of turn",
             "use probectl of the controller's version");
    message_fini(&message);
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct ask *ask = owner;

    (void)conn;
    ask->conn = NULL;
    if (ask->settled)
        return;
    if (!ask->asked && session_cache_drop_refused(&ask->cache, ask->tls))
        ask->next = ask->addresses; /* again, with a full handshake */
    if (!ask->asked && ask->next != NULL) {
        dial_next(ask);
        return;
    }
    if (ask->asked)
        fail(ask, why < 0 ? why : -ECONNRESET,
             "the connection ended before the answer", reason);
    else
        fail(ask, why < 0 ? why : -ECONNRESET, reason,
             "check that it is running and that the profile names it");
}

static const struct conn_events events = {
    .ready = on_ready,
    .frame = on_frame,
    .closed = on_closed,
};

/* Dials the next address; fails when the last one cannot even be tried. */
static void dial_next(struct ask *ask)
{
    struct err why = {0};

    while (ask->next != NULL) {
        const struct addrinfo *address = ask->next;
        int status;

        ask->next = address->ai_next;
        status = conn_dial(&ask->conn, &ask->loop, ask->tls, address->ai_addr,
                           &events, ask, &why);
        if (status < 0)
            continue;
        uv_timer_start(&ask->patience, on_patience,
                       ask->next != NULL ? ASK_FIRST_TRY_MS : ASK_CONNECT_MS,
                       0);
        return;
    }
    fail(ask, why.code < 0 ? why.code : -EHOSTUNREACH,
         why.text[0] != '\0' ? why.text : "it has no address",
         "check the address in the profile");
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status,
                      struct addrinfo *addresses)
{
    struct ask *ask = lookup->data;

    ask->looking_up = false;
    ask->addresses = addresses;
    if (ask->settled)
        return;
    if (status < 0) {
        fail(ask, -EHOSTUNREACH, "its name has no address",
             "name it by address with --controller");
        return;
    }
    ask->next = addresses;
    dial_next(ask);
}

/* A number needs no thread: getaddrinfo answers at once. */
static void look_up(struct ask *ask)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
    };
    char port[8];

    snprintf(port, sizeof(port), "%u", ask->profile->controller.port);
    if (getaddrinfo(ask->profile->controller.host, port, &hints, &ask->next) ==
        0) {
        ask->addresses = ask->next;
        dial_next(ask);
        return;
    }
    hints.ai_flags = AI_NUMERICSERV;
    ask->lookup.data = ask;
    if (uv_getaddrinfo(&ask->loop, &ask->lookup, on_lookup,
                       ask->profile->controller.host, port, &hints) < 0)
        fail(ask, -ENOMEM, "its name cannot be looked up", "");
    else
        ask->looking_up = true;
}

static void start(struct ask *ask)
{
    uv_timer_init(&ask->loop, &ask->deadline);
    uv_timer_init(&ask->loop, &ask->patience);
    ask->deadline.data = ask;
    ask->patience.data = ask;
    ask->ends_at = uv_now(&ask->loop) + ask->timeout_ms;
    uv_timer_start(&ask->deadline, on_deadline, ask->timeout_ms, 0);
    look_up(ask);
}

static int run(struct ask *ask)
{
    int status = uv_loop_init(&ask->loop);

    if (status < 0)
        return err_set(&ask->err, status, "event loop: %s",
                       uv_strerror(status));
    start(ask);
    uv_run(&ask->loop, UV_RUN_DEFAULT);
    if (ask->looking_up) {
        stuck = true;
        return ask->result;
    }
    if (ask->addresses != NULL)
        freeaddrinfo(ask->addresses);
    uv_loop_close(&ask->loop);
    return ask->result;
}

/* Gives the outcome to the caller; the question itself must outlive a lookup
 * that is stuck. */
static int finish(struct ask *ask, int status, struct answer *out,
                  struct err *err)
{
    output_progress_end();
    if (status < 0) {
        *err = ask->err;
        answer_fini(&ask->answer);
    } else {
        *out = ask->answer;
    }
    if (stuck)
        return status;
    session_cache_store(&ask->cache, ask->tls);
    session_cache_fini(&ask->cache);
    tls_context_free(ask->tls);
    free(ask);
    return status;
}

int ask_controller(const struct profile *profile, const struct message *request,
                   unsigned timeout_ms, struct answer *out, struct err *err)
{
    struct tls_identity identity = {
        .authority = profile->authority,
        .certificate = profile->certificate,
        .key = profile->key,
    };
    CLEAN_FREE struct ask *ask = calloc(1, sizeof(*ask));
    int status;

    if (ask == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    ask->profile = profile;
    ask->request = request;
    ask->timeout_ms = timeout_ms;
    session_cache_load(&ask->cache, profile);
    status =
        tls_context_new_resuming(&ask->tls, &identity, profile->controller.host,
                                 ask->cache.octets, ask->cache.size, err);
    if (status < 0) {
        session_cache_fini(&ask->cache);
        err_prefix(err, "profile %s: operator.key, operator.crt, authority.crt",
                   profile->dir);
        return status;
    }
    status = run(ask);
    return finish(TAKE_PTR(ask), status, out, err);
}

bool ask_is_stuck(void)
{
    return stuck;
}

void answer_fini(struct answer *answer)
{
    free(answer->document);
    answer->document = NULL;
}

int ask_status(int status)
{
    return status == -EINVAL ? STATUS_USAGE : STATUS_NOT_RUN;
}
