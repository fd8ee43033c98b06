#include "tests/unit/controller/party.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "controller/store/init.h"
#include "tests/unit/test.h"

#define WATCHDOG_MS 20000

static void on_watchdog(uv_timer_t *timer)
{
    struct scene *scene = timer->data;

    scene->is_late = true;
}

void scene_open(struct scene *scene)
{
    struct init_options options = {.sans = {"127.0.0.1", NULL},
                                   .san_count = 1,
                                   .listen_port = 7443,
                                   .now_s = clock_real_ns() / NS_PER_S};
    struct address loopback;
    struct sockaddr_storage any_port;
    struct err err = {0};
    int size = sizeof(scene->address);

    memset(scene, 0, sizeof(*scene));
    snprintf(scene->dir, sizeof(scene->dir), "/tmp/probe-scene-XXXXXX");
    assert_non_null(mkdtemp(scene->dir));
    options.state_dir = scene->dir;
    assert_int_equal(init_run(&options, &err), 0);
    assert_int_equal(state_load(scene->dir, options.now_s, &scene->state, &err),
                     0);
    assert_int_equal(uv_loop_init(&scene->loop), 0);
    assert_int_equal(address_parse("127.0.0.1", &loopback), 0);
    address_to_sockaddr(&loopback, 0, &any_port);
    assert_int_equal(server_open(&scene->server, &scene->loop, &scene->state,
                                 &any_port, &err),
                     0);
    assert_int_equal(uv_tcp_getsockname(&scene->server.listener,
                                        (struct sockaddr *)&scene->address,
                                        &size),
                     0);
    uv_timer_init(&scene->loop, &scene->watchdog);
    scene->watchdog.data = scene;
    uv_timer_start(&scene->watchdog, on_watchdog, WATCHDOG_MS, 0);
}

void scene_close(struct scene *scene)
{
    char command[128];

    server_stop(&scene->server);
    uv_close((uv_handle_t *)&scene->watchdog, NULL);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    server_fini(&scene->server);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    state_fini(&scene->state);
    snprintf(command, sizeof(command), "rm -rf '%s'", scene->dir);
    assert_int_equal(system(command), 0);
}

void scene_run_until(struct scene *scene, const bool *flag)
{
    while (!*flag) {
        uv_run(&scene->loop, UV_RUN_ONCE);
        assert_false(scene->is_late);
    }
}

void party_send(struct party *party, const struct message *message)
{
    CLEAN_FREE uint8_t *bytes = NULL;
    size_t size;

    assert_int_equal(message_encode(message, &bytes, &size), 0);
    assert_int_equal(conn_send(party->conn, bytes, size), 0);
}

void party_say_hello(struct party *party, uint32_t version)
{
    struct message hello = {.kind = MESSAGE_HELLO,
                            .hello = {.version_min = version,
                                      .version_max = version,
                                      .software = "test"}};

    party_send(party, &hello);
}

static void on_ready(void *owner, struct conn *conn, const struct peer *peer)
{
    struct party *party = owner;

    (void)peer;
    party->is_ready = true;
    party->was_resumed = conn_resumed(conn);
}

/* Its clock is an hour ahead of ours. */
static void answer_ping(struct party *party, int64_t t1)
{
    int64_t now_ns = clock_monotonic_ns() + 3600 * (int64_t)NS_PER_S;
    struct message pong = {.kind = MESSAGE_PONG,
                           .pong = {.t1 = t1, .t2 = now_ns, .t3 = now_ns}};

    party->pings++;
    party_send(party, &pong);
}

static void take_document(struct party *party,
                          const struct message_document *document)
{
    assert_true(party->document_size + document->size < PARTY_TEXT_SIZE);
    memcpy(party->document + party->document_size, document->piece,
           document->size);
    party->document_size += document->size;
    party->document[party->document_size] = '\0';
    party->has_document = document->last;
    party->status = document->status;
}

static void take(struct party *party, const struct message *message)
{
    int kind = (int)message->kind; /* the rest is of no interest here */

    switch (kind) {
    case MESSAGE_HELLO: party->hellos++; break;
    case MESSAGE_PING: answer_ping(party, message->ping.t1); break;
    case MESSAGE_PONG: party->pongs++; break;
    case MESSAGE_ERROR: party->error = message->error; break;
    case MESSAGE_PROGRESS: party->progresses++; break;
    case MESSAGE_GO_AWAY: party->go_aways++; break;
    case MESSAGE_JOIN_REPLY: party->join_reply = message->join_reply; break;
    case MESSAGE_DOCUMENT: take_document(party, &message->document); break;
    case MESSAGE_TOKEN_REPLY:
        snprintf(party->token, sizeof(party->token), "%s",
                 message->token_reply);
        break;
    case MESSAGE_ORDER:
        party->orders++;
        party->order = message->order;
        if (party->on_order != NULL)
            party->on_order(party);
        break;
    case MESSAGE_COMMAND:
        if (message->command.command.kind == COMMAND_ABORT)
            party->aborts++;
        if (party->on_command != NULL)
            party->on_command(party, &message->command.command);
        break;
    default: break;
    }
}

static void on_frame(void *owner, struct conn *conn, const uint8_t *bytes,
                     size_t size)
{
    struct message message;
    struct err err = {0};

    (void)conn;
    assert_int_equal(message_decode(bytes, size, &message, &err), 0);
    take(owner, &message);
    message_fini(&message);
}

static void on_closed(void *owner, struct conn *conn, int why,
                      const char *reason)
{
    struct party *party = owner;

    (void)conn;
    (void)why;
    snprintf(party->reason, sizeof(party->reason), "%s", reason);
    party->is_closed = true;
    party->conn = NULL;
}

static const struct conn_events party_events = {
    .ready = on_ready, .frame = on_frame, .closed = on_closed};

static struct party *dial(struct scene *scene, struct tls_context *tls)
{
    struct party *party = calloc(1, sizeof(*party));
    struct err err = {0};

    assert_non_null(party);
    party->scene = scene;
    party->tls = tls;
    assert_int_equal(conn_dial(&party->conn, &scene->loop, tls,
                               (struct sockaddr *)&scene->address,
                               &party_events, party, &err),
                     0);
    scene_run_until(scene, &party->is_ready);
    return party;
}

static char *read_profile(const struct scene *scene, const char *name)
{
    char path[160];
    char *text = NULL;
    struct err err = {0};
    size_t size;

    snprintf(path, sizeof(path), "%s/" STATE_ADMIN "/%s", scene->dir, name);
    assert_int_equal(fs_read(path, PKI_PEM_MAX, &text, &size, &err), 0);
    return text;
}

struct party *party_operator(struct scene *scene)
{
    CLEAN_FREE char *key = read_profile(scene, STATE_OPERATOR_KEY);
    CLEAN_FREE char *certificate = read_profile(scene, STATE_OPERATOR_CERT);
    CLEAN_FREE char *authority = read_profile(scene, STATE_AUTHORITY);
    const struct tls_identity identity = {
        .authority = authority, .certificate = certificate, .key = key};
    struct tls_context *tls = NULL;
    struct err err = {0};

    assert_int_equal(tls_context_new_client(&tls, &identity, "127.0.0.1", &err),
                     0);
    return dial(scene, tls);
}

struct party *party_joiner(struct scene *scene, const char *token)
{
    struct tls_context *tls = NULL;
    struct pki_token parsed;
    struct err err = {0};

    assert_int_equal(pki_token_parse(token, &parsed, &err), 0);
    assert_int_equal(
        tls_context_new_joining(&tls, parsed.fingerprint, "127.0.0.1", &err),
        0);
    return dial(scene, tls);
}

static void run_until_token(struct party *admin)
{
    while (admin->token[0] == '\0' && !admin->is_closed) {
        uv_run(&admin->scene->loop, UV_RUN_ONCE);
        assert_false(admin->scene->is_late);
    }
}

static void send_inventory(struct party *party, const char *address)
{
    struct message inventory = {.kind = MESSAGE_INVENTORY};

    inventory.inventory.count = 1;
    assert_int_equal(address_parse(address, &inventory.inventory.addresses[0]),
                     0);
    inventory.inventory.primary4 = inventory.inventory.addresses[0];
    snprintf(inventory.inventory.kernel, 64, "6.1.0");
    snprintf(inventory.inventory.software, 64, "0.1.0");
    party_send(party, &inventory);
}

struct tls_context *party_join(struct scene *scene, struct party *admin,
                               const char *name)
{
    struct message wanted = {.kind = MESSAGE_TOKEN_REQUEST,
                             .token_request = {.ttl_s = 60, .uses = 1}};
    struct message join = {.kind = MESSAGE_JOIN_REQUEST};
    CLEAN_FREE char *key = NULL;
    CLEAN_FREE char *request = NULL;
    struct tls_identity identity;
    struct tls_context *tls = NULL;
    struct party *joiner;
    struct err err = {0};

    admin->token[0] = '\0';
    snprintf(wanted.token_request.agent, HOST_NAME_SIZE, "%s", name);
    party_send(admin, &wanted);
    run_until_token(admin);
    assert_int_equal(pki_make_key(&key, &err), 0);
    assert_int_equal(pki_make_request(key, name, &request, &err), 0);
    joiner = party_joiner(scene, admin->token);
    snprintf(join.join_request.token, 128, "%s", admin->token);
    snprintf(join.join_request.name, HOST_NAME_SIZE, "%s", name);
    snprintf(join.join_request.request, MESSAGE_PEM_SIZE, "%s", request);
    party_send(joiner, &join);
    scene_run_until(scene, &joiner->is_closed);
    assert_string_equal(joiner->error.text, "");
    identity =
        (struct tls_identity){.authority = joiner->join_reply.authority,
                              .certificate = joiner->join_reply.certificate,
                              .key = key};
    assert_int_equal(tls_context_new_client(&tls, &identity, "127.0.0.1", &err),
                     0);
    party_leave(joiner);
    return tls;
}

struct party *party_call(struct scene *scene, struct tls_context *tls)
{
    return dial(scene, tls);
}

struct tls_context *party_take_tls(struct party *party)
{
    struct tls_context *tls = party->tls;

    party->tls = NULL;
    return tls;
}

void party_greet(struct party *agent, const char *address)
{
    party_say_hello(agent, PROTO_VERSION_MAX);
    send_inventory(agent, address);
    while (agent->pings < SERVER_PING_BURST) {
        uv_run(&agent->scene->loop, UV_RUN_ONCE);
        assert_false(agent->scene->is_late);
    }
}

struct party *party_agent(struct scene *scene, struct party *admin,
                          const char *name, const char *address)
{
    struct party *agent = dial(scene, party_join(scene, admin, name));

    party_greet(agent, address);
    return agent;
}

void party_send_phase(struct party *party, enum phase phase)
{
    struct evidence item;
    struct message message = {.kind = MESSAGE_EVIDENCE,
                              .evidence = {.count = 1, .items = &item}};

    evidence_init(&item, EVIDENCE_PHASE,
                  clock_monotonic_ns() + 3600 * (int64_t)NS_PER_S);
    evidence_set_word(&item, KEY_PHASE, (int)phase);
    snprintf(message.evidence.trace_id, TRACE_ID_SIZE, "%s",
             party->order.trace_id);
    party_send(party, &message);
}

void party_send_ended(struct party *party)
{
    struct message message = {.kind = MESSAGE_TRACE_ENDED};

    snprintf(message.trace_ended.trace_id, TRACE_ID_SIZE, "%s",
             party->order.trace_id);
    party_send(party, &message);
}

static void arm_on_order(struct party *party)
{
    struct err err = {0};

    assert_int_equal(order_check(&party->order, &err), 0);
    party_send_phase(party, PHASE_ARMED);
}

static void obey(struct party *party, const struct command *command)
{
    struct err err = {0};

    assert_int_equal(command_check(command, &err), 0);
    if (command->kind == COMMAND_PROBE) {
        party_send_phase(party, PHASE_PROBED);
    } else if (command->kind == COMMAND_COLLECT) {
        party_send_phase(party, PHASE_DISARMED);
        party_send_ended(party);
    }
}

struct party *party_obedient(struct scene *scene, struct party *admin,
                             const char *name, const char *address)
{
    struct party *agent = party_agent(scene, admin, name, address);

    agent->on_order = arm_on_order;
    agent->on_command = obey;
    return agent;
}

void party_ask_trace(struct party *party, const char *source,
                     const char *destination)
{
    struct message request = {.kind = MESSAGE_TRACE_REQUEST,
                              .trace_request = {.port = 8080}};

    snprintf(request.trace_request.source, HOST_NAME_SIZE, "%s", source);
    snprintf(request.trace_request.destination, DNS_NAME_SIZE, "%s",
             destination);
    party_send(party, &request);
}

void party_leave(struct party *party)
{
    if (!party->is_closed)
        conn_close(party->conn, 0, "the test is over");
    scene_run_until(party->scene, &party->is_closed);
    tls_context_free(party->tls);
    free(party);
}
