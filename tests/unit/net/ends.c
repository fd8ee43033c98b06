#include "tests/unit/net/ends.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/socket.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/pki/pki.h"
#include "tests/unit/test.h"

#define PATIENCE_NS (20ull * 1000 * 1000 * 1000)

static const char *const controller_sans[] = {"127.0.0.1", "::1",
                                              "ctl.example.org", NULL};

char *installation_sign(const struct installation *installation,
                        const char *key, enum peer_role role, const char *name,
                        int64_t not_before_s, unsigned days)
{
    CLEAN_FREE char *request = NULL;
    char *certificate = NULL;

    assert_int_equal(pki_make_request(key, name, &request, NULL), 0);
    assert_int_equal(
        pki_sign_request(installation->authority, installation->authority_key,
                         request, role, name,
                         role == PEER_CONTROLLER ? controller_sans : NULL,
                         not_before_s, days, &certificate, NULL),
        0);
    return certificate;
}

void installation_make(struct installation *installation)
{
    int64_t from = (int64_t)time(NULL) - 300;

    *installation = (struct installation){0};
    assert_int_equal(pki_make_key(&installation->authority_key, NULL), 0);
    assert_int_equal(pki_make_authority(installation->authority_key,
                                        from - 86400 * 30, 3650,
                                        &installation->authority, NULL),
                     0);
    assert_int_equal(pki_make_key(&installation->controller_key, NULL), 0);
    assert_int_equal(pki_make_key(&installation->agent_key, NULL), 0);
    assert_int_equal(pki_make_key(&installation->operator_key, NULL), 0);
    installation->controller =
        installation_sign(installation, installation->controller_key,
                          PEER_CONTROLLER, "ctl", from, 30);
    installation->agent = installation_sign(
        installation, installation->agent_key, PEER_AGENT, "hostA", from, 30);
    installation->operator_certificate =
        installation_sign(installation, installation->operator_key,
                          PEER_OPERATOR, "admin", from, 30);
    assert_int_equal(pki_fingerprint(installation->authority,
                                     installation->fingerprint, NULL),
                     0);
    assert_int_equal(pki_random(installation->ticket_key,
                                sizeof(installation->ticket_key), NULL),
                     0);
}

void installation_free(struct installation *installation)
{
    free(installation->authority_key);
    free(installation->authority);
    free(installation->controller_key);
    free(installation->controller);
    free(installation->agent_key);
    free(installation->agent);
    free(installation->operator_key);
    free(installation->operator_certificate);
}

struct tls_context *server_context(const struct installation *installation)
{
    struct tls_identity identity = {installation->authority,
                                    installation->controller,
                                    installation->controller_key};
    struct tls_context *context = NULL;

    assert_int_equal(tls_context_new_server(&context, &identity,
                                            installation->ticket_key, NULL),
                     0);
    return context;
}

struct tls_context *client_context(const struct installation *installation,
                                   enum peer_role role, const char *server_name)
{
    struct tls_identity identity = {
        installation->authority, installation->agent, installation->agent_key};
    struct tls_context *context = NULL;

    if (role == PEER_OPERATOR) {
        identity.certificate = installation->operator_certificate;
        identity.key = installation->operator_key;
    }
    assert_int_equal(
        tls_context_new_client(&context, &identity, server_name, NULL), 0);
    return context;
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct end *end = owner;

    end->ready++;
    end->peer = *peer;
    end->resumed = conn_resumed(conn);
    if (end->on_ready != NULL)
        end->on_ready(end);
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct end *end = owner;

    (void)conn;
    end->frames++;
    end->frame_bytes += size;
    memcpy(end->last, bytes,
           size < sizeof(end->last) ? size : sizeof(end->last));
    if (end->on_frame != NULL)
        end->on_frame(end);
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct end *end = owner;

    assert_ptr_equal(end->conn, conn);
    end->conn = NULL;
    end->closed++;
    end->why = why;
    snprintf(end->reason, sizeof(end->reason), "%s", reason);
}

const struct conn_events end_events = {on_ready, on_frame, on_closed};

static void on_connection(uv_stream_t *listener, int status)
{
    struct ends *ends = listener->data;

    assert_int_equal(status, 0);
    ends->accept_status =
        conn_accept(&ends->server.conn, listener, ends->server_tls, &end_events,
                    &ends->server, NULL);
    if (ends->accept_status == 0 && ends->server_handshake_ms > 0)
        conn_set_handshake_ms(ends->server.conn, ends->server_handshake_ms);
}

void end_assert_told(const struct end *end, int why, const char *words)
{
    assert_int_equal(end->closed, 1);
    if (end->why != why || strstr(end->reason, words) == NULL)
        fail_msg("closed with %d, '%s'", end->why, end->reason);
}

void ends_open(struct ends *ends, struct tls_context *server_tls,
               struct tls_context *client_tls)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = (int)sizeof(ends->address);

    *ends = (struct ends){.server_tls = server_tls, .client_tls = client_tls};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(uv_loop_init(&ends->loop), 0);
    assert_int_equal(uv_tcp_init(&ends->loop, &ends->listener), 0);
    ends->listener.data = ends;
    assert_int_equal(
        uv_tcp_bind(&ends->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(
        uv_listen((uv_stream_t *)&ends->listener, 16, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&ends->listener,
                                        (struct sockaddr *)&ends->address,
                                        &size),
                     0);
}

void ends_open_agent(struct ends *ends, const struct installation *installation)
{
    ends_open(ends, server_context(installation),
              client_context(installation, PEER_AGENT, "127.0.0.1"));
}

void ends_dial(struct ends *ends)
{
    ends->client = (struct end){.on_ready = ends->client.on_ready,
                                .on_frame = ends->client.on_frame};
    ends->server = (struct end){.on_ready = ends->server.on_ready,
                                .on_frame = ends->server.on_frame};
    assert_int_equal(conn_dial(&ends->client.conn, &ends->loop,
                               ends->client_tls,
                               (struct sockaddr *)&ends->address, &end_events,
                               &ends->client, NULL),
                     0);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

void ends_run_some(struct ends *ends, uint64_t start_ns)
{
    uv_timer_t tick; /* so that waiting for nothing ends, too */

    if (uv_hrtime() - start_ns > PATIENCE_NS)
        fail_msg("waited too long; client: '%s', server: '%s'",
                 ends->client.reason, ends->server.reason);
    uv_timer_init(&ends->loop, &tick);
    /* Repeating: on a busy machine it may fire before the loop waits. */
    uv_timer_start(&tick, on_tick, 10, 10);
    uv_run(&ends->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&ends->loop, UV_RUN_NOWAIT);
}

void ends_close(struct ends *ends)
{
    conn_close(ends->client.conn, 0, NULL);
    conn_close(ends->server.conn, 0, NULL);
    uv_close((uv_handle_t *)&ends->listener, NULL);
    assert_int_equal(uv_run(&ends->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&ends->loop), 0);
    tls_context_free(ends->server_tls);
    tls_context_free(ends->client_tls);
}

void ends_connect(struct ends *ends)
{
    ends_dial(ends);
    ends_run_until(ends, (ends->client.ready && ends->server.ready) ||
                             ends->client.closed);
    if (ends->client.closed)
        fail_msg("client: '%s', server: '%s'", ends->client.reason,
                 ends->server.reason);
}

void ends_fail(struct ends *ends)
{
    ends_dial(ends);
    ends_run_until(ends, ends->client.closed && ends->server.closed);
}

int ends_connect_plain(struct ends *ends)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&ends->address,
                             sizeof(struct sockaddr_in)),
                     0);
    return fd;
}
