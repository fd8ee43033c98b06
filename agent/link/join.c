/* Joining: a key that is made here, a request for a certificate, and one answer.
 * The controller is trusted because its authority has the token's fingerprint.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <sys/socket.h>

#include "agent/keeper/handoff.h"
#include "agent/link/link.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/conn.h"
#include "common/net/endpoint.h"
#include "common/net/tls.h"
#include "common/pki/pki.h"
#include "proto/message.h"

#define STATUS_ERROR  3
#define MAX_ADDRESSES 8

struct join
{
    const struct handoff_join *job;
    struct handoff_joined *result;
    struct pki_token token;
    struct tls_context *tls;
    char *key, *request;
    struct err err; /* why it failed */
    bool done;      /* joined, or refused by the controller itself */
};

static void fail(struct join *join, struct conn *conn, int code,
                 const char *text)
{
    err_set(&join->err, code, "%s", text);
    join->done = true;
    conn_close(conn, 0, NULL);
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct message message = {.kind = MESSAGE_JOIN_REQUEST};
    struct join *join = owner;
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size;
    int status;

    if (peer->role != PEER_CONTROLLER) {
        fail(join, conn, -EPERM, "the peer's certificate is no controller's");
        return;
    }
    strcpy(message.join_request.token, join->job->token);
    strcpy(message.join_request.name, join->job->name);
    snprintf(message.join_request.request, sizeof(message.join_request.request),
             "%s", join->request);
    status = message_encode(&message, &bytes, &size);
    if (status == 0)
        status = conn_send(conn, bytes, size);
    if (status < 0)
        fail(join, conn, status, "cannot send the request");
}

/* The certificate must be for our name, our role and our key, under the very
 * authority that the token names. */
static int check_reply(struct join *join,
                       const struct message_join_reply *reply, struct err *err)
{
    const struct tls_identity identity = {reply->authority, reply->certificate,
                                          join->key};
    uint8_t fingerprint[TLS_FINGERPRINT_SIZE];
    struct tls_context *context = NULL;
    char name[CONN_NAME_SIZE];
    enum peer_role role;
    int64_t not_after_s;
    int status = pki_fingerprint(reply->authority, fingerprint, err);

    if (status == 0 &&
        memcmp(fingerprint, join->token.fingerprint, sizeof(fingerprint)) != 0)
        status = err_set(err, -EPERM,
                         "the controller's authority is not the token's");
    if (status == 0)
        status =
            pki_describe(reply->certificate, &role, name, &not_after_s, err);
    if (status == 0 &&
        (role != PEER_AGENT || strcmp(name, join->job->name) != 0))
        status = err_set(err, -EPERM,
                         "the certificate is not for the agent %s but for %s",
                         join->job->name, name);
    if (status == 0) /* checks key and chain */
        status = tls_context_new_client(&context, &identity, "controller", err);
    tls_context_free(context);
    return status;
}

static void receive_reply(struct join *join, struct conn *conn,
                          const struct message_join_reply *reply)
{
    struct err err = {0};

    if (check_reply(join, reply, &err) < 0) {
        fail(join, conn, -EPROTO, err.text);
        return;
    }
    strcpy(join->result->certificate, reply->certificate);
    strcpy(join->result->authority, reply->authority);
    strcpy(join->result->key, join->key);
    join->err.code = 0;
    join->done = true;
    conn_close(conn, 0, NULL);
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct message message;
    struct join *join = owner;
    struct err err = {0};

    if (join->done)
        return;
    if (message_decode(bytes, size, &message, &err) < 0) {
        fail(join, conn, -EPROTO, err.text);
        return;
    }
    if (message.kind == MESSAGE_JOIN_REPLY)
        receive_reply(join, conn, &message.join_reply);
    else if (message.kind == MESSAGE_ERROR)
        fail(join, conn, -EPERM, message.error.text);
    else if (message.kind != MESSAGE_HELLO)
        fail(join, conn, -EPROTO, "the controller answered something else");
    message_fini(&message);
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct join *join = owner;

    (void)conn;
    if (!join->done)
        err_set(&join->err, why < 0 ? why : -ECONNRESET,
                "the controller %s: %s; is it running there, and does a "
                "firewall let this host in?",
                join->job->controller, reason);
}

static int prepare(struct join *join, struct endpoint *endpoint,
                   struct err *err)
{
    int status = endpoint_parse(join->job->controller, endpoint, err);

    if (status == 0)
        status = pki_token_parse(join->job->token, &join->token, err);
    if (status < 0) {
        err->code = -EINVAL; /* a mistake in the command, not a refusal */
        return -EINVAL;
    }
    status = pki_make_key(&join->key, err);
    if (status == 0)
        status =
            pki_make_request(join->key, join->job->name, &join->request, err);
    if (status == 0)
        status = tls_context_new_joining(&join->tls, join->token.fingerprint,
                                         endpoint->host, err);
    return status;
}

/* One address after the other, until the controller itself answered. */
static int ask(struct join *join, const struct endpoint *endpoint,
               struct err *err)
{
    static const struct conn_events events = {on_ready, on_frame, on_closed};
    struct sockaddr_storage addresses[MAX_ADDRESSES];
    uv_loop_t *loop = uv_default_loop();
    int count = endpoint_resolve(endpoint, addresses, MAX_ADDRESSES, err);

    if (count < 0)
        return count;
    for (int i = 0; i < count && !join->done; i++) {
        struct conn *conn;

        if (conn_dial(&conn, loop, join->tls,
                      (const struct sockaddr *)&addresses[i], &events, join,
                      &join->err) == 0)
            uv_run(loop, UV_RUN_DEFAULT);
    }
    *err = join->err;
    return err->code;
}

static int receive_job(struct handoff_join *job, struct err *err)
{
    if (recv(HANDOFF_CHANNEL, job, sizeof(*job), MSG_TRUNC) != sizeof(*job) ||
        memchr(job->controller, '\0', sizeof(job->controller)) == NULL ||
        memchr(job->token, '\0', sizeof(job->token)) == NULL ||
        memchr(job->name, '\0', sizeof(job->name)) == NULL)
        return err_set(err, -EPROTO,
                       "this program is started by probe-agent, not by hand");
    return 0;
}

int link_join(void)
{
    static struct handoff_joined result;
    struct handoff_join job;
    struct join join = {.job = &job, .result = &result};
    struct endpoint endpoint;
    struct err err = {0};
    int status = receive_job(&job, &err);

    if (status == 0)
        status = prepare(&join, &endpoint, &err);
    if (status == 0)
        status = ask(&join, &endpoint, &err);
    result.status = status;
    if (status < 0)
        strcpy(result.text, err.text);
    tls_context_free(join.tls);
    if (join.key != NULL)
        explicit_bzero(join.key, strlen(join.key));
    free(join.key);
    free(join.request);
    if (send(HANDOFF_CHANNEL, &result, sizeof(result), MSG_NOSIGNAL) < 0)
        return STATUS_ERROR;
    return 0;
}
