#include "agent/link/uplink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/net/backoff.h"
#include "common/net/conn.h"
#include "common/net/endpoint.h"
#include "common/net/tls.h"
#include "proto/message.h"

#define MAX_ADDRESSES  8
#define MAX_GO_AWAY_MS 600000u
#define SOFTWARE       "probe-agent " PROBE_VERSION

struct uplink
{
    uv_loop_t *loop;
    struct tls_context *tls;
    struct endpoint controller;
    const struct uplink_events *events;
    void *owner;
    uv_timer_t retry;
    uv_timer_t keepalive;
    uv_getaddrinfo_t lookup;
    struct addrinfo *found, *next; /* of the last lookup; still to be tried */
    struct backoff backoff;
    struct conn *conn;
    bool ready, greeted, stopping;
    unsigned go_away_ms; /* told by the controller; 0: not */
};

static void look_up(struct uplink *uplink);

static uint32_t random_bits(void)
{
    uint32_t bits = 0;

    if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
        bits = (uint32_t)clock_monotonic_ns();
    return bits;
}

/* By it a firewall that was loaded under a standing connection learns to know
 * it: what the host itself sends establishes it anew. */
static void on_keepalive(uv_timer_t *timer)
{
    struct message ping = {.kind = MESSAGE_PING};

    ping.ping.t1 = clock_monotonic_ns();
    uplink_send(timer->data, &ping);
}

static void on_retry(uv_timer_t *timer)
{
    look_up(timer->data);
}

static void retry_later(struct uplink *uplink, const char *why)
{
    unsigned wait_ms = backoff_next_ms(&uplink->backoff, random_bits());

    if (uplink->go_away_ms > 0)
        wait_ms = uplink->go_away_ms + random_bits() % uplink->go_away_ms;
    uplink->go_away_ms = 0;
    uv_freeaddrinfo(uplink->found);
    uplink->found = uplink->next = NULL;
    log_warning("no connection to the controller %s port %u: %s; next try in "
                "%u ms",
                uplink->controller.host, uplink->controller.port, why, wait_ms);
    uv_timer_start(&uplink->retry, on_retry, wait_ms, 0);
}

int uplink_send(struct uplink *uplink, const struct message *message)
{
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size;
    int status;

    if (uplink->conn == NULL || !uplink->ready)
        return -ENOTCONN;
    status = message_encode(message, &bytes, &size);
    if (status == 0)
        status = conn_send(uplink->conn, bytes, size);
    if (status == -ENOBUFS)
        conn_close(uplink->conn, status, "the controller does not read");
    else if (status < 0)
        log_error("cannot send %s: %s",
                  word_name(&message_words, (int)message->kind),
                  strerror(-status));
    return status;
}

static void answer_ping(struct uplink *uplink, int64_t t1, int64_t t2)
{
    struct message pong = {.kind = MESSAGE_PONG, .pong = {t1, t2, 0}};

    pong.pong.t3 = clock_monotonic_ns();
    uplink_send(uplink, &pong);
}

static void receive_hello(struct uplink *uplink,
                          const struct message_hello *hello)
{
    if (hello->version_max < PROTO_VERSION_MIN ||
        hello->version_min > PROTO_VERSION_MAX) {
        conn_close(uplink->conn, -EPROTO,
                   "it speaks another version of the protocol: update the "
                   "older one of agent and controller");
        return;
    }
    if (uplink->greeted)
        return;
    uplink->greeted = true;
    backoff_reset(&uplink->backoff);
    log_info("connected to the controller %s port %u", uplink->controller.host,
             uplink->controller.port);
    uplink->events->up(uplink->owner);
}

static void refuse_unknown(struct uplink *uplink)
{
    struct message error = {.kind = MESSAGE_ERROR,
                            .error = {2, "the agent does not know this "
                                         "message: it is older"}};

    if (uplink->greeted)
        uplink_send(uplink, &error);
}

static void dispatch(struct uplink *uplink, const struct message *message,
                     int64_t received_ns)
{
    unsigned away_ms;

    switch ((int)message->kind) {
    case MESSAGE_HELLO: receive_hello(uplink, &message->hello); return;
    case MESSAGE_PING:
        answer_ping(uplink, message->ping.t1, received_ns);
        return;
    case MESSAGE_PONG: return;
    case MESSAGE_ERROR:
        log_warning("the controller says: %s", message->error.text);
        return;
    case MESSAGE_GO_AWAY:
        away_ms = message->go_away_ms;
        uplink->go_away_ms = away_ms < 1                ? 1
                             : away_ms > MAX_GO_AWAY_MS ? MAX_GO_AWAY_MS
                                                        : away_ms;
        conn_close(uplink->conn, 0, "the controller is going down");
        return;
    default: uplink->events->message(uplink->owner, message); return;
    }
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    int64_t received_ns = clock_monotonic_ns();
    struct uplink *uplink = owner;
    struct message message;
    struct err err = {0};

    if (message_decode(bytes, size, &message, &err) < 0) {
        conn_close(conn, -EBADMSG, err.text);
        return;
    }
    if (message.kind == MESSAGE_UNKNOWN)
        refuse_unknown(uplink);
    else if (message_is_allowed(PEER_CONTROLLER, uplink->greeted, message.kind))
        dispatch(uplink, &message, received_ns);
    else
        conn_close(conn, -EPROTO, "it sent a message out of place");
    message_fini(&message);
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct message hello = {
        .kind = MESSAGE_HELLO,
        .hello = {PROTO_VERSION_MIN, PROTO_VERSION_MAX, SOFTWARE}};
    struct uplink *uplink = owner;

    if (peer->role != PEER_CONTROLLER) {
        conn_close(conn, -EPERM, "its certificate is not a controller's");
        return;
    }
    uplink->ready = true;
    conn_set_idle_ms(conn, UPLINK_IDLE_MS);
    uplink_send(uplink, &hello);
}

static void try_next(struct uplink *uplink, const char *why);

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct uplink *uplink = owner;
    bool was_ready = uplink->ready;
    bool was_greeted = uplink->greeted;

    (void)conn;
    (void)why;
    uplink->conn = NULL;
    uplink->ready = uplink->greeted = false;
    if (was_greeted)
        uplink->events->down(uplink->owner);
    if (uplink->stopping)
        uv_stop(uplink->loop);
    else if (was_ready)
        retry_later(uplink, reason);
    else
        try_next(uplink, reason);
}

static const struct conn_events conn_events = {on_ready, on_frame, on_closed};

/* Every address that the name has, in the resolver's order. */
static void try_next(struct uplink *uplink, const char *why)
{
    char reason[ERR_TEXT_SIZE];
    struct err err = {0};

    snprintf(reason, sizeof(reason), "%s", why);
    while (uplink->next != NULL) {
        const struct addrinfo *address = uplink->next;

        uplink->next = address->ai_next;
        if (conn_dial(&uplink->conn, uplink->loop, uplink->tls,
                      address->ai_addr, &conn_events, uplink, &err) == 0)
            return;
        uplink->conn = NULL;
        snprintf(reason, sizeof(reason), "%s", err.text);
    }
    retry_later(uplink, reason);
}

static void on_looked_up(uv_getaddrinfo_t *lookup, int status,
                         struct addrinfo *found)
{
    struct uplink *uplink = lookup->data;
    struct addrinfo *last = found;

    if (status < 0) {
        retry_later(uplink, uv_strerror(status));
        return;
    }
    for (int i = 1; last != NULL && i < MAX_ADDRESSES; i++)
        last = last->ai_next;
    if (last != NULL) { /* a name may have hundreds */
        uv_freeaddrinfo(last->ai_next);
        last->ai_next = NULL;
    }
    uplink->found = uplink->next = found;
    try_next(uplink, "the name has no address");
}

static void look_up(struct uplink *uplink)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV};
    char port[8];
    int status;

    snprintf(port, sizeof(port), "%u", uplink->controller.port);
    status = uv_getaddrinfo(uplink->loop, &uplink->lookup, on_looked_up,
                            uplink->controller.host, port, &hints);
    if (status < 0)
        retry_later(uplink, uv_strerror(status));
}

void uplink_stop(struct uplink *uplink)
{
    uplink->stopping = true;
    if (uplink->conn == NULL)
        uv_stop(uplink->loop);
    else
        conn_close(uplink->conn, 0, "the agent is stopping");
}

size_t uplink_queued(const struct uplink *uplink)
{
    return uplink->conn == NULL ? 0 : conn_queued(uplink->conn);
}

struct address uplink_local_address(const struct uplink *uplink)
{
    return uplink->ready ? conn_local_address(uplink->conn)
                         : (struct address){0};
}

struct address uplink_peer_address(const struct uplink *uplink)
{
    return uplink->ready ? conn_peer(uplink->conn)->address
                         : (struct address){0};
}

int uplink_open(struct uplink **out, uv_loop_t *loop,
                const struct tls_identity *identity,
                const struct endpoint *controller,
                const struct uplink_events *events, void *owner,
                struct err *err)
{
    CLEAN_FREE struct uplink *uplink = calloc(1, sizeof(*uplink));
    int status;

    if (uplink == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    status =
        tls_context_new_client(&uplink->tls, identity, controller->host, err);
    if (status < 0)
        return status;
    uplink->loop = loop;
    uplink->controller = *controller;
    uplink->events = events;
    uplink->owner = owner;
    uplink->lookup.data = uplink;
    uv_timer_init(loop, &uplink->retry);
    uplink->retry.data = uplink;
    uv_timer_init(loop, &uplink->keepalive);
    uplink->keepalive.data = uplink;
    uv_timer_start(&uplink->keepalive, on_keepalive, UPLINK_KEEPALIVE_MS,
                   UPLINK_KEEPALIVE_MS);
    look_up(uplink);
    *out = TAKE_PTR(uplink);
    return 0;
}
