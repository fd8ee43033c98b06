#include "controller/server/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "controller/server/server.h"
#include "controller/store/state.h"
#include "controller/store/store.h"

#define STATUS_USAGE  2
#define STATUS_FAILED 3

static int64_t now_s(void)
{
    return clock_real_ns() / NS_PER_S;
}

void dispatch_ready(struct session *session)
{
    struct message hello = {
        .kind = MESSAGE_HELLO,
        .hello = {.version_min = PROTO_VERSION_MIN,
                  .version_max = PROTO_VERSION_MAX,
                  .software = "probe-controller " PROBE_VERSION},
    };

    log_info("%s: connected", session->label);
    if (session->peer.role != PEER_JOINING)
        session_send(session, &hello);
}

/* What was last seen of an agent is kept for the time it is away. */
static void remember_agent(struct server *server, const struct agent *agent)
{
    struct store_agent stored;
    struct err err = {0};

    registry_describe(agent, now_s(), &stored);
    if (store_touch_agent(server->state->store, &stored, &err) < 0)
        log_error("%s", err.text);
}

/* The addresses that it is traced by outlive its connection and ours. */
static void recall_agent(struct server *server, struct agent *agent)
{
    struct store_agent stored;
    struct message_inventory before;

    if (agent->has_inventory ||
        store_find_agent(server->state->store, agent->name, &stored, NULL) < 0)
        return;
    registry_parse_stored(&stored, &before);
    agent->inventory.primary4 = before.primary4;
    agent->inventory.primary6 = before.primary6;
}

static void greet_agent(struct session *session)
{
    struct server *server = session->server;
    struct session *replaced;

    if (registry_add(&server->registry, session->peer.name,
                     &session->peer.address, session, clock_monotonic_ns(),
                     &replaced) < 0) {
        session_cut(session, -ENOMEM, "out of memory");
        return;
    }
    if (replaced != NULL) {
        traces_lose_agent(&server->traces, replaced,
                          "its agent connected anew");
        session_cut(replaced, -EEXIST,
                    "another connection with the same name took its place: "
                    "%s",
                    session->label);
    }
    session->next_ping_ms = uv_now(server->loop) + SERVER_PING_MS;
    session->burst_left = SERVER_PING_BURST - 1;
    session_ping(session);
}

static void take_hello(struct session *session, const struct message *message)
{
    const struct message_hello *hello = &message->hello;
    if (session->is_greeted)
        return;
    if (hello->version_min > PROTO_VERSION_MAX ||
        hello->version_max < PROTO_VERSION_MIN) {
        log_warning("%s: refused: it speaks protocol versions %u to %u (%s)",
                    session->label, hello->version_min, hello->version_max,
                    hello->software);
        session_send_error(session, STATUS_FAILED,
                           "you speak protocol versions %u to %u, this "
                           "controller %d to %d: install programs of the same "
                           "release on both hosts",
                           hello->version_min, hello->version_max,
                           PROTO_VERSION_MIN, PROTO_VERSION_MAX);
        session_finish(session);
        return;
    }
    session->is_greeted = true;
    if (session->peer.role == PEER_AGENT)
        greet_agent(session);
}

static void take_ping(struct session *session, const struct message *message)
{
    const struct message_ping *ping = &message->ping;
    struct message pong = {
        .kind = MESSAGE_PONG,
        .pong = {.t1 = ping->t1, .t2 = clock_monotonic_ns()}};

    pong.pong.t3 = clock_monotonic_ns();
    session_send(session, &pong);
}

static void take_pong(struct session *session, const struct message *message)
{
    const struct message_pong *pong = &message->pong;
    int64_t t4 = clock_monotonic_ns();
    struct agent *agent =
        registry_find(&session->server->registry, session->peer.name);

    if (!session_take_ping(session, pong->t1) || agent == NULL ||
        agent->session != session)
        return;
    if (!offset_add(&agent->offset, pong->t1, pong->t2, pong->t3, t4))
        log_warning("%s: its pong's times make no sense", session->label);
    if (session->burst_left > 0) {
        session->burst_left--;
        session_ping(session);
    }
}

static void take_inventory(struct session *session,
                           const struct message *message)
{
    struct agent *agent =
        registry_find(&session->server->registry, session->peer.name);

    if (agent == NULL || agent->session != session)
        return;
    recall_agent(session->server, agent);
    registry_take_inventory(agent, &message->inventory, clock_monotonic_ns());
    remember_agent(session->server, agent);
}

/* From here on nothing is read from it, and no trace counts on it. */
static void dismiss_agent(struct session *session, const char *why)
{
    struct server *server = session->server;

    traces_lose_agent(&server->traces, session,
                      "its name was enrolled anew, with another key");
    registry_remove(&server->registry, session->peer.name, session);
    log_warning("%s: dismissed: %s", session->label, why);
    session_send_error(session, STATUS_FAILED, "%s", why);
    session_finish(session);
}

/* New connections are asked in the handshake; those that are there already are
 * asked once more when a key has been enrolled. */
static void lock_out_old_keys(struct server *server, const char *name)
{
    struct session *session;

    DL_FOREACH(server->sessions, session)
    {
        const struct peer *peer = &session->peer;
        struct err why = {0};

        if (session->is_ready && !session->is_closing &&
            peer->role == PEER_AGENT && strcmp(peer->name, name) == 0 &&
            enrol_check_key(&server->enrol, name, peer->fingerprint, &why) < 0)
            dismiss_agent(session, why.text);
    }
}

static void take_join(struct session *session, const struct message *message)
{
    const struct message_join_request *request = &message->join_request;
    struct server *server = session->server;
    struct message reply = {.kind = MESSAGE_JOIN_REPLY};
    struct err err = {0};

    session->is_greeted = true; /* its one request is here */
    if (!server_may_join(server))
        err_set(&err, -EAGAIN,
                "too many hosts join at once: try again in a few seconds");
    else
        enrol_join(&server->enrol, request, now_s(), &reply.join_reply, &err);
    if (err.code < 0) {
        log_warning("%s: '%s' was not enrolled: %s", session->label,
                    request->name, err.text);
        session_send_error(session, STATUS_FAILED, "%s", err.text);
    } else {
        log_info("%s: enrolled as the agent '%s'", session->label,
                 request->name);
        session_send(session, &reply);
        lock_out_old_keys(server, request->name);
    }
    session_finish(session);
}

static void answer_agents(struct session *session,
                          const struct message *message)
{
    struct err err = {0};
    char *json = NULL;

    (void)message;
    /* Its pieces would be taken for those of the answer under way. */
    if (session->document != NULL || session->run != NULL) {
        session_send_error(session, STATUS_FAILED,
                           "this connection has an answer under way: wait for "
                           "it, or open another");
        return;
    }
    if (directory_write_json(&session->server->directory, now_s(), &json,
                             &err) < 0) {
        log_error("%s", err.text);
        session_send_error(session, STATUS_FAILED, "%s", err.text);
        return;
    }
    session_send_document(session, json, 0);
    server_start_pump(session->server);
}

static void answer_token(struct session *session, const struct message *message)
{
    const struct message_token_request *request = &message->token_request;
    struct message reply = {.kind = MESSAGE_TOKEN_REPLY};
    char token[PKI_TOKEN_SIZE];
    struct err err = {0};
    int status = enrol_create_token(&session->server->enrol, request, now_s(),
                                    token, &err);

    if (status < 0) {
        session_send_error(session,
                           status == -EINVAL ? STATUS_USAGE : STATUS_FAILED,
                           "%s", err.text);
        return;
    }
    log_info("%s: made a token for %u uses within %u s%s%s", session->label,
             request->uses, request->ttl_s,
             request->agent[0] == '\0' ? "" : ", for ", request->agent);
    snprintf(reply.token_reply, sizeof(reply.token_reply), "%s", token);
    session_send(session, &reply);
}

static void start_trace(struct session *session, const struct message *message)
{
    const struct message_trace_request *request = &message->trace_request;
    struct err err = {0};

    if (traces_start(&session->server->traces, session, request, &err) < 0)
        session_send_error(session, STATUS_FAILED, "%s", err.text);
}

static void take_evidence(struct session *session,
                          const struct message *message)
{
    traces_take_evidence(&session->server->traces, session, &message->evidence);
}

static void take_ended(struct session *session, const struct message *message)
{
    traces_take_ended(&session->server->traces, session, &message->trace_ended);
}

static void take_error(struct session *session, const struct message *message)
{
    log_warning("%s: it says: %s", session->label, message->error.text);
}

/* Whoever has the right to send a kind has a handler here. */
static void (*const handlers[MESSAGE_KIND_COUNT])(struct session *,
                                                  const struct message *) = {
    [MESSAGE_HELLO] = take_hello,
    [MESSAGE_PING] = take_ping,
    [MESSAGE_PONG] = take_pong,
    [MESSAGE_ERROR] = take_error,
    [MESSAGE_INVENTORY] = take_inventory,
    [MESSAGE_EVIDENCE] = take_evidence,
    [MESSAGE_TRACE_ENDED] = take_ended,
    [MESSAGE_JOIN_REQUEST] = take_join,
    [MESSAGE_TRACE_REQUEST] = start_trace,
    [MESSAGE_AGENTS_REQUEST] = answer_agents,
    [MESSAGE_TOKEN_REQUEST] = answer_token,
};

static void refuse_message(struct session *session, enum message_kind kind)
{
    const char *name = word_name(&message_words, (int)kind);
    bool is_early = !session->is_greeted;

    if (!is_early && session->peer.role == PEER_AGENT &&
        message_is_allowed(PEER_OPERATOR, true, kind))
        session_send_error(session, STATUS_USAGE,
                           "only an operator may send the message %s, and "
                           "this certificate is that of the agent '%s': use "
                           "an operator's profile",
                           name, session->peer.name);
    else
        session_send_error(session, STATUS_FAILED,
                           "the message %s is not yours to send%s", name,
                           is_early ? " before hello" : "");
    log_warning("%s: cut off: it sent the message %s%s", session->label, name,
                is_early ? " before hello" : "");
    session_finish(session);
}

void dispatch_frame(struct session *session, const uint8_t *bytes, size_t size)
{
    struct message message;
    struct err err = {0};
    int status = message_decode(bytes, size, &message, &err);

    if (status < 0) {
        session_cut(session, status, "a malformed message: %s", err.text);
        return;
    }
    if (message.kind == MESSAGE_UNKNOWN) {
        if (session->is_greeted)
            session_send_error(session, STATUS_FAILED,
                               "this controller does not know that message");
        else
            session_cut(session, -EPROTO, "an unknown message before hello");
    } else if (!message_is_allowed((int)session->peer.role, session->is_greeted,
                                   message.kind)) {
        refuse_message(session, message.kind);
    } else if (handlers[message.kind] != NULL) {
        handlers[message.kind](session, &message);
    }
    message_fini(&message);
}

void dispatch_closed(struct session *session, const char *reason)
{
    struct server *server = session->server;
    struct agent *agent;

    if (!session->is_ready)
        return;
    if (session->peer.role == PEER_OPERATOR)
        traces_lose_operator(&server->traces, session);
    if (session->peer.role != PEER_AGENT)
        return;
    traces_lose_agent(&server->traces, session, reason);
    agent = registry_find(&server->registry, session->peer.name);
    if (agent == NULL || agent->session != session)
        return;
    remember_agent(server, agent);
    registry_remove(&server->registry, session->peer.name, session);
}
