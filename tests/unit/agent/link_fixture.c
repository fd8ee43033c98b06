#include "tests/unit/agent/link_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <netinet/in.h>
#include <sys/stat.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "tests/unit/test.h"

static void demand(int status, const struct err *err)
{
    if (status < 0)
        fail_msg("%s", err->text);
}

static void write_file(const struct fixture *fixture, const char *name,
                       const char *text, mode_t mode)
{
    char path[128];
    struct err err = {0};

    snprintf(path, sizeof(path), "%s/%s", fixture->state_dir, name);
    demand(fs_write(path, text, strlen(text), mode, &err), &err);
}

static void note_evidence(struct fixture *fixture,
                          const struct message_evidence *batch)
{
    fixture->evidence_seen += (unsigned)batch->count;
    if (batch->count > 0)
        fixture->evidence = batch->items[batch->count - 1];
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct fixture *fixture = owner;
    struct message message;
    struct err err = {0};

    (void)conn;
    demand(message_decode(bytes, size, &message, &err), &err);
    assert_true(message.kind < MESSAGE_KIND_COUNT);
    fixture->seen[message.kind]++;
    if (message.kind == MESSAGE_INVENTORY)
        fixture->inventory = message.inventory;
    else if (message.kind == MESSAGE_TRACE_ENDED)
        fixture->ended = message.trace_ended;
    else if (message.kind == MESSAGE_PONG)
        fixture->pong = message.pong;
    else if (message.kind == MESSAGE_EVIDENCE)
        note_evidence(fixture, &message.evidence);
    if (fixture->on_message != NULL)
        fixture->on_message(fixture, &message);
    message_fini(&message);
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct fixture *fixture = owner;

    (void)peer;
    fixture->conn = conn;
    fixture->connected++;
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct fixture *fixture = owner;

    (void)why;
    (void)reason;
    if (fixture->conn == conn)
        fixture->conn = NULL;
}

static void on_connection(uv_stream_t *listener, int status)
{
    static const struct conn_events events = {on_ready, on_frame, on_closed};
    struct fixture *fixture = listener->data;
    struct conn *conn;
    struct err err = {0};

    assert_int_equal(status, 0);
    demand(conn_accept(&conn, listener, fixture->tls, &events, fixture, &err),
           &err);
}

static void make_identity(struct fixture *fixture)
{
    static const char *const names[] = {"127.0.0.1", NULL};
    static const uint8_t ticket_key[TLS_TICKET_KEY_SIZE] = {1};
    CLEAN_FREE char *key = NULL;
    CLEAN_FREE char *request = NULL;
    CLEAN_FREE char *certificate = NULL;
    struct pki_token token = {.secret = {7}};
    int64_t now_s = time(NULL) - 60;
    struct err err = {0};

    demand(pki_make_key(&fixture->authority_key, &err), &err);
    demand(pki_make_authority(fixture->authority_key, now_s, 10,
                              &fixture->authority, &err),
           &err);
    demand(pki_make_key(&key, &err), &err);
    demand(pki_make_request(key, "controller", &request, &err), &err);
    demand(pki_sign_request(fixture->authority, fixture->authority_key, request,
                            PEER_CONTROLLER, "controller", names, now_s, 10,
                            &certificate, &err),
           &err);
    demand(pki_fingerprint(fixture->authority, token.fingerprint, &err), &err);
    pki_token_print(&token, fixture->token);
    demand(tls_context_new_server(
               &fixture->tls,
               &(struct tls_identity){fixture->authority, certificate, key},
               ticket_key, &err),
           &err);
}

static void listen_somewhere(struct fixture *fixture)
{
    struct sockaddr_in name;
    int size = sizeof(name);

    uv_loop_init(&fixture->loop);
    uv_tcp_init(&fixture->loop, &fixture->listener);
    fixture->listener.data = fixture;
    uv_ip4_addr("127.0.0.1", 0, &name);
    assert_int_equal(
        uv_tcp_bind(&fixture->listener, (struct sockaddr *)&name, 0), 0);
    assert_int_equal(
        uv_listen((uv_stream_t *)&fixture->listener, 8, on_connection), 0);
    uv_tcp_getsockname(&fixture->listener, (struct sockaddr *)&name, &size);
    snprintf(fixture->address, sizeof(fixture->address), "127.0.0.1:%u",
             ntohs(name.sin_port));
}

void fixture_start(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    strcpy(fixture->dir, "/tmp/probe-agent-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    snprintf(fixture->state_dir, sizeof(fixture->state_dir), "%s/state",
             fixture->dir);
    make_identity(fixture);
    listen_somewhere(fixture);
}

char *fixture_sign(struct fixture *fixture, const char *request,
                   const char *name)
{
    char *certificate;
    struct err err = {0};

    demand(pki_sign_request(fixture->authority, fixture->authority_key, request,
                            PEER_AGENT, name, NULL, time(NULL) - 60, 10,
                            &certificate, &err),
           &err);
    return certificate;
}

void fixture_enrol(struct fixture *fixture, const char *name)
{
    CLEAN_FREE char *key = NULL;
    CLEAN_FREE char *request = NULL;
    CLEAN_FREE char *certificate = NULL;
    struct err err = {0};

    demand(pki_make_key(&key, &err), &err);
    demand(pki_make_request(key, name, &request, &err), &err);
    certificate = fixture_sign(fixture, request, name);
    assert_int_equal(mkdir(fixture->state_dir, 0700), 0);
    write_file(fixture, "agent.key", key, 0600);
    write_file(fixture, "agent.crt", certificate, 0644);
    write_file(fixture, "authority.crt", fixture->authority, 0644);
    write_file(fixture, "controller", fixture->address, 0644);
}

static void on_exit_of_agent(uv_process_t *process, int64_t status, int signal)
{
    struct fixture *fixture = process->data;

    fixture->exited = true;
    fixture->exit_status = signal == 0 ? status : -signal;
    uv_close((uv_handle_t *)process, NULL);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct fixture *fixture = handle->data;
    size_t room = sizeof(fixture->text) - 1 - fixture->text_size;

    (void)suggested;
    if (room == 0) { /* a chatty agent: keep the latest */
        fixture->text_size = 0;
        room = sizeof(fixture->text) - 1;
    }
    *buffer = uv_buf_init(fixture->text + fixture->text_size, (unsigned)room);
}

static void on_output_closed(uv_handle_t *handle)
{
    struct fixture *fixture = handle->data;

    fixture->silent = true;
}

static void on_output(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct fixture *fixture = stream->data;

    if (size < 0) {
        uv_close((uv_handle_t *)stream, on_output_closed);
        return;
    }
    if (getenv("PROBE_TEST_VERBOSE") != NULL)
        fprintf(stderr, "%.*s", (int)size, buffer->base);
    fixture->text_size += (size_t)size;
    fixture->text[fixture->text_size] = '\0';
}

void fixture_spawn(struct fixture *fixture, const char *const *arguments)
{
    char program[] = STAGE_DIR "/probe-agent";
    char copies[10][160];
    char *list[12] = {program};
    uv_stdio_container_t stdio[3] = {0};
    uv_process_options_t options = {.exit_cb = on_exit_of_agent,
                                    .file = program,
                                    .args = list,
                                    .stdio_count = 3,
                                    .stdio = stdio};

    for (size_t i = 0; i < ARRAY_SIZE(copies) && arguments[i] != NULL; i++) {
        snprintf(copies[i], sizeof(copies[i]), "%s", arguments[i]);
        list[i + 1] = copies[i];
    }
    fixture->exited = fixture->silent = false;
    fixture->text_size = 0;
    uv_pipe_init(&fixture->loop, &fixture->output, 0);
    fixture->output.data = fixture->process.data = fixture;
    stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
    stdio[2].data.stream = (uv_stream_t *)&fixture->output;
    assert_int_equal(uv_spawn(&fixture->loop, &fixture->process, &options), 0);
    uv_read_start((uv_stream_t *)&fixture->output, give_room, on_output);
}

static void on_limit(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

bool fixture_wait(struct fixture *fixture,
                  bool (*done)(const struct fixture *fixture),
                  unsigned limit_ms)
{
    uv_timer_t limit;
    bool late = false;

    uv_timer_init(&fixture->loop, &limit);
    limit.data = &late;
    uv_timer_start(&limit, on_limit, limit_ms, 0);
    while (!done(fixture) && !late)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    if (late)
        fprintf(stderr, "the agent said: %s\n", fixture->text);
    return !late;
}

bool fixture_exited(const struct fixture *fixture)
{
    return fixture->exited && fixture->silent;
}

void fixture_send(struct fixture *fixture, const struct message *message)
{
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size;

    assert_non_null(fixture->conn);
    assert_int_equal(message_encode(message, &bytes, &size), 0);
    assert_int_equal(conn_send(fixture->conn, bytes, size), 0);
}

static void remove_dir(const char *dir)
{
    static const char *const names[] = {
        "agent.key", "agent.crt", "authority.crt", "controller", "policy"};
    char path[160];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

void fixture_stop(struct fixture *fixture)
{
    if (fixture->process.data != NULL && !fixture->exited) {
        uv_process_kill(&fixture->process, SIGTERM);
        assert_true(fixture_wait(fixture, fixture_exited, 6000));
        assert_int_equal(fixture->exit_status, 0);
    }
    if (fixture->conn != NULL)
        conn_close(fixture->conn, 0, NULL);
    uv_close((uv_handle_t *)&fixture->listener, NULL);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    tls_context_free(fixture->tls);
    free(fixture->authority);
    free(fixture->authority_key);
    remove_dir(fixture->state_dir);
    remove_dir(fixture->dir);
}
