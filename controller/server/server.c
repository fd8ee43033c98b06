#include "controller/server/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "common/net/tls.h"
#include "controller/server/dispatch.h"
#include "controller/server/listen.h"
#include "controller/store/state.h"
#include "controller/store/store.h"

static void accept_pending(struct server *server);

static const char *role_text(enum peer_role role)
{
    switch (role) {
    case PEER_JOINING: return "joining peer";
    case PEER_CONTROLLER: return "controller";
    case PEER_AGENT: return "agent";
    case PEER_OPERATOR: return "operator";
    }
    return "peer";
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct session *session = owner;
    struct server *server = session->server;
    char address[ADDRESS_TEXT_SIZE];

    server->handshakes--;
    session->is_ready = true;
    session->peer = *peer;
    session->since_ms = uv_now(server->loop);
    address_print(&peer->address, address);
    snprintf(session->label, sizeof(session->label), "%s %s%s%s port %u",
             role_text(peer->role), peer->name,
             peer->name[0] == '\0' ? "" : " at ", address, peer->port);
    if (server->is_stopping)
        session_cut(session, -ESHUTDOWN, "the controller is going down");
    else if (peer->role == PEER_CONTROLLER)
        session_cut(session, -EACCES, "a controller has no business here");
    else if (peer->role == PEER_AGENT)
        conn_set_idle_ms(conn, SERVER_AGENT_IDLE_MS);
    else if (peer->role == PEER_OPERATOR)
        conn_set_idle_ms(conn, SERVER_OPERATOR_IDLE_MS);
    if (!session->is_closing)
        dispatch_ready(session);
    accept_pending(server);
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct session *session = owner;

    (void)conn;
    if (!session->is_closing)
        dispatch_frame(session, bytes, size);
}

/* What sees the last sessions off. */
static void close_timers(struct server *server)
{
    uv_close((uv_handle_t *)&server->pump, NULL);
    uv_close((uv_handle_t *)&server->stop_by, NULL);
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct session *session = owner;
    struct server *server = session->server;

    (void)conn;
    if (!session->is_ready)
        server->handshakes--;
    if (!session->is_ready)
        log_warning("%s: not let in: %s", session->label, reason);
    else if (why < 0 && !session->is_closing)
        log_warning("%s: lost: %s", session->label, reason);
    else
        log_info("%s: closed", session->label);
    session->is_closing = true;
    dispatch_closed(session, reason);
    DL_DELETE(server->sessions, session);
    server->session_count--;
    free(session->document);
    free(session);
    if (!server->is_stopping)
        accept_pending(server);
    else if (server->session_count == 0)
        close_timers(server);
}

static const struct conn_events conn_events = {
    .ready = on_ready, .frame = on_frame, .closed = on_closed};

static void label_new(struct session *session)
{
    const struct peer *peer = conn_peer(session->conn);
    char address[ADDRESS_TEXT_SIZE];

    address_print(&peer->address, address);
    snprintf(session->label, sizeof(session->label),
             "new connection from %s port %u", address, peer->port);
}

/* While as many handshakes are under way as we allow, further connections wait
 * in the listener: libuv asks for no more until this one is taken.  Without the
 * memory to take it off it stays there, and the sweep tries again. */
static void accept_pending(struct server *server)
{
    uv_stream_t *listener = (uv_stream_t *)&server->listener;
    struct session *session;
    struct err err = {0};
    int status;

    if (!server->is_waiting || server->is_stopping ||
        server->handshakes >= SERVER_MAX_HANDSHAKES)
        return;
    session = calloc(1, sizeof(*session));
    if (session == NULL) {
        server->is_waiting = conn_drop_pending(listener) == -EAGAIN;
        return;
    }
    session->server = server;
    session->since_ms = uv_now(server->loop);
    status = conn_accept(&session->conn, listener, server->tls, &conn_events,
                         session, &err);
    server->is_waiting = status == -EAGAIN;
    if (status < 0) {
        log_warning("a connection could not be taken: %s", err.text);
        free(session);
        return;
    }
    label_new(session);
    server->handshakes++;
    server->session_count++;
    DL_APPEND(server->sessions, session);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;

    if (status < 0) {
        log_warning("a connection could not be taken: %s", uv_strerror(status));
        return;
    }
    server->is_waiting = true;
    accept_pending(server);
}

static void check_session(struct session *session, uint64_t now_ms)
{
    if (!session->is_ready || session->is_closing)
        return;
    if (!session->is_greeted && now_ms - session->since_ms >= SERVER_GREET_MS) {
        session_cut(session, -ETIMEDOUT, "it said nothing within %d s",
                    SERVER_GREET_MS / 1000);
        return;
    }
    if (session->is_greeted && session->peer.role == PEER_AGENT &&
        now_ms >= session->next_ping_ms) {
        session->next_ping_ms = now_ms + SERVER_PING_MS;
        session_ping(session);
    }
}

/* Whoever opens connections and says nothing would keep all others out for as
 * long as a handshake may take.  Those of a fleet that comes back are at work,
 * or answer within their round trip. */
static void make_room(struct server *server)
{
    struct session *session, *next;

    if (!server->is_waiting || server->handshakes < SERVER_MAX_HANDSHAKES)
        return;
    DL_FOREACH_SAFE(server->sessions, session, next)
    if (!session->is_ready && conn_waited_ms(session->conn) >= SERVER_SILENT_MS)
        conn_close(session->conn, -EBUSY,
                   "it stayed silent while others waited");
}

static void on_sweep(uv_timer_t *timer)
{
    struct server *server = timer->data;
    uint64_t now_ms = uv_now(server->loop);
    struct session *session;

    DL_FOREACH(server->sessions, session)
    check_session(session, now_ms);
    make_room(server);
    accept_pending(server);
}

/* Does it wait for an answer, or read one? */
static bool is_being_answered(const struct session *session)
{
    return session->run != NULL || session->document != NULL;
}

static void on_pump(uv_timer_t *timer)
{
    struct server *server = timer->data;
    struct session *session;
    bool is_needed = false;

    DL_FOREACH(server->sessions, session)
    {
        if (session->document != NULL && session_pump(session))
            is_needed = true;
        if (server->is_stopping && session->is_ready &&
            !is_being_answered(session))
            session_finish(session);
    }
    if (!is_needed)
        uv_timer_stop(timer);
}

void server_start_pump(struct server *server)
{
    uv_timer_start(&server->pump, on_pump, SERVER_PUMP_MS, SERVER_PUMP_MS);
}

bool server_may_join(struct server *server)
{
    uint64_t now_ms = uv_now(server->loop);

    server->join_tokens +=
        (double)(now_ms - server->join_refilled_ms) * SERVER_JOINS_PER_S / 1000;
    server->join_refilled_ms = now_ms;
    if (server->join_tokens > SERVER_JOIN_BURST)
        server->join_tokens = SERVER_JOIN_BURST;
    if (server->join_tokens < 1)
        return false;
    server->join_tokens -= 1;
    return true;
}

/* A session may be resumed without showing its certificate again, so name and
 * key are looked at here every time. */
static int permit(void *owner, const struct tls_claim *claim, struct err *err)
{
    const struct server *server = owner;

    if (claim->role != PEER_AGENT)
        return 0;
    return enrol_check_key(&server->enrol, claim->name, claim->fingerprint,
                           err);
}

static void init_parts(struct server *server, uv_loop_t *loop,
                       struct state *state)
{
    memset(server, 0, sizeof(*server));
    server->loop = loop;
    server->state = state;
    server->directory = (struct directory){.registry = &server->registry,
                                           .store = state->store};
    server->enrol = (struct enrol){.store = state->store,
                                   .authority_pem = state->authority,
                                   .authority_key_pem = state->authority_key};
    server->join_tokens = SERVER_JOIN_BURST;
    server->join_refilled_ms = uv_now(loop);
    uv_tcp_init(loop, &server->listener);
    uv_timer_init(loop, &server->sweep);
    uv_timer_init(loop, &server->pump);
    uv_timer_init(loop, &server->stop_by);
    server->listener.data = server;
    server->sweep.data = server;
    server->pump.data = server;
    server->stop_by.data = server;
}

int server_open(struct server *server, uv_loop_t *loop, struct state *state,
                const struct sockaddr_storage *address, struct err *err)
{
    const struct tls_identity identity = {.authority = state->authority,
                                          .certificate = state->certificate,
                                          .key = state->key};
    int status;

    init_parts(server, loop, state);
    status = traces_open(&server->traces, loop, &server->directory,
                         state->archive, err);
    if (status == 0)
        status = tls_context_new_server(&server->tls, &identity,
                                        state->ticket_key, err);
    if (status == 0) {
        tls_context_set_permit(server->tls, permit, server);
        status = listen_open(&server->listener, address, on_connection, err);
    }
    if (status < 0) {
        server_stop(server);
        return status;
    }
    uv_timer_start(&server->sweep, on_sweep, SERVER_SWEEP_MS, SERVER_SWEEP_MS);
    return 0;
}

static void on_stop_by(uv_timer_t *timer)
{
    struct server *server = timer->data;
    struct session *session, *next;

    DL_FOREACH_SAFE(server->sessions, session, next)
    {
        session->is_closing = true;
        conn_close(session->conn, -ESHUTDOWN, "the controller is going down");
    }
}

/* A random part, lest the whole fleet comes back in the same instant. */
static uint32_t retry_ms(void)
{
    uint16_t random = 0;

    if (pki_random(&random, sizeof(random), NULL) < 0)
        random = 0;
    return SERVER_RETRY_MS + random % SERVER_RETRY_SPREAD_MS;
}

void server_stop(struct server *server)
{
    struct session *session, *next;

    if (server->is_stopping)
        return;
    server->is_stopping = true;
    traces_stop(&server->traces);
    uv_close((uv_handle_t *)&server->listener, NULL);
    uv_close((uv_handle_t *)&server->sweep, NULL);
    if (server->session_count == 0) {
        close_timers(server);
        return;
    }
    uv_timer_start(&server->stop_by, on_stop_by, SERVER_STOP_MS, 0);
    DL_FOREACH_SAFE(server->sessions, session, next)
    {
        struct message message = {.kind = MESSAGE_GO_AWAY,
                                  .go_away_ms = retry_ms()};

        if (!session->is_ready) {
            conn_close(session->conn, -ESHUTDOWN,
                       "the controller is going down");
            continue;
        }
        if (session->peer.role == PEER_AGENT)
            session_send(session, &message);
        if (!is_being_answered(session)) /* the pump ends the others */
            session_finish(session);
    }
}

void server_fini(struct server *server)
{
    registry_fini(&server->registry);
    tls_context_free(server->tls);
    server->tls = NULL;
}
