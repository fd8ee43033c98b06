/* The whole controller on a real loop: agents and operators that a test plays,
 * over TLS on loopback. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "controller/report/bundle.h"
#include "controller/store/store.h"
#include "tests/unit/controller/party.h"
#include "tests/unit/test.h"

static struct scene scene;
static struct party *admin;

static int setup(void **state)
{
    (void)state;
    scene_open(&scene);
    admin = party_operator(&scene);
    party_say_hello(admin, PROTO_VERSION_MAX);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (admin != NULL)
        party_leave(admin);
    scene_close(&scene);
    return 0;
}

static struct party *add_agent(const char *name, const char *address)
{
    return party_obedient(&scene, admin, name, address);
}

static void ask_trace(const char *source, const char *destination)
{
    party_ask_trace(admin, source, destination);
}

static void run_until_error(struct party *party)
{
    while (party->error.text[0] == '\0') {
        uv_run(&scene.loop, UV_RUN_ONCE);
        assert_false(scene.is_late);
    }
}

static void ask_agents(void)
{
    struct message request = {.kind = MESSAGE_AGENTS_REQUEST};

    admin->document_size = 0;
    admin->has_document = false;
    party_send(admin, &request);
    scene_run_until(&scene, &admin->has_document);
}

static void test_agents_join_and_are_listed(void **state)
{
    struct party *agent = add_agent("hostA", "192.0.2.10");
    struct agent *known = registry_find(&scene.server.registry, "hostA");
    struct offset_estimate clock;

    (void)state;
    ask_agents();
    assert_non_null(strstr(admin->document, "\"name\":\"hostA\""));
    assert_non_null(strstr(admin->document, "\"connected\":true"));
    assert_non_null(strstr(admin->document, "\"192.0.2.10\""));
    assert_non_null(known);
    clock = offset_best(&known->offset, clock_monotonic_ns());
    assert_true(clock.known);
    assert_in_range(3600 * (int64_t)NS_PER_S,
                    clock.offset_ns - clock.uncertainty_ns,
                    clock.offset_ns + clock.uncertainty_ns);
    party_leave(agent);
    while (registry_find(&scene.server.registry, "hostA") != NULL)
        uv_run(&scene.loop, UV_RUN_ONCE);
    ask_agents();
    assert_non_null(strstr(admin->document, "\"connected\":false"));
    assert_non_null(strstr(admin->document, "\"192.0.2.10\""));
}

static void test_trace_gives_a_stored_report(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");
    struct party *b = add_agent("hostB", "198.51.100.10");
    char *stored = NULL;
    struct err err = {0};

    (void)state;
    ask_trace("hostA", "198.51.100.10");
    scene_run_until(&scene, &admin->has_document);
    assert_int_equal(a->orders, 1);
    assert_int_equal(b->orders, 1);
    assert_int_equal(a->order.role, ROLE_SOURCE);
    assert_int_equal(b->order.role, ROLE_DESTINATION);
    assert_string_equal(b->order.peer, "hostA");
    assert_true(admin->progresses >= 3);
    assert_non_null(strstr(admin->document, "probectl.report/1"));
    assert_non_null(strstr(admin->document, a->order.trace_id));
    assert_int_equal(admin->status, 4); /* nothing was seen: undetermined */
    assert_int_equal(
        store_read_report(scene.state.store, a->order.trace_id, &stored, &err),
        0);
    assert_string_equal(stored, admin->document);
    free(stored);
    assert_int_equal(scene.server.traces.count, 0);
    party_leave(a);
    party_leave(b);
}

static void test_bundle_holds_the_report(void **state)
{
    struct message request = {.kind = MESSAGE_TRACE_REQUEST,
                              .trace_request = {.source = "hostA",
                                                .destination = "192.0.2.99",
                                                .port = 8080,
                                                .bundle = true}};
    struct party *a = add_agent("hostA", "192.0.2.10");
    struct bundle bundle;
    char *stored = NULL;
    struct err err = {0};

    (void)state;
    party_send(admin, &request);
    scene_run_until(&scene, &admin->has_document);
    if (bundle_read_json(admin->document, admin->document_size, &bundle, &err) <
        0)
        fail_msg("%s", err.text);
    assert_string_equal(bundle.subject.source_host, "hostA");
    assert_true(bundle.count > 0);
    bundle_fini(&bundle);
    assert_int_equal(
        store_read_report(scene.state.store, a->order.trace_id, &stored, &err),
        0);
    assert_non_null(strstr(admin->document, stored));
    free(stored);
    party_leave(a);
}

static void send_evidence(struct party *party, const struct evidence *item)
{
    struct message message = {
        .kind = MESSAGE_EVIDENCE,
        .evidence = {.count = 1, .items = (struct evidence *)(uintptr_t)item}};

    snprintf(message.evidence.trace_id, TRACE_ID_SIZE, "%s",
             party->order.trace_id);
    party_send(party, &message);
}

/* A name with two addresses, which the source's resolver gives in this order. */
static void resolve_on_order(struct party *party)
{
    static const char *const texts[] = {"2001:db8::99", "203.0.113.80"};
    struct evidence item;
    struct address address;

    if (address_is_set(&party->order.destination)) {
        party_send_phase(party, PHASE_ARMED);
        return;
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(address_parse(texts[i], &address), 0);
        evidence_init(&item, EVIDENCE_RESOLVED, clock_monotonic_ns());
        evidence_set_text(&item, KEY_NAME, party->order.name);
        evidence_set_number(&item, KEY_INDEX, i);
        evidence_set_address(&item, KEY_ADDRESS, &address);
        send_evidence(party, &item);
    }
    party_send_phase(party, PHASE_RESOLVED);
}

static void send_attempt(struct party *party, const struct address *peer,
                         enum outcome outcome)
{
    struct address own;
    struct evidence item;

    assert_int_equal(address_parse("192.0.2.10", &own), 0);

    evidence_init(&item, EVIDENCE_ATTEMPT_START, clock_monotonic_ns());
    evidence_set_number(&item, KEY_ATTEMPT, 1);
    evidence_set_number(&item, KEY_SOURCE_PORT, 40001);
    evidence_set_address(&item, KEY_SOURCE, &own);
    evidence_set_address(&item, KEY_DESTINATION, peer);
    evidence_set_number(&item, KEY_DESTINATION_PORT, 8080);
    send_evidence(party, &item);
    evidence_init(&item, EVIDENCE_ATTEMPT_END, clock_monotonic_ns());
    evidence_set_number(&item, KEY_ATTEMPT, 1);
    evidence_set_word(&item, KEY_OUTCOME, (int)outcome);
    evidence_set_number(&item, KEY_CONNECT_US, 1500);
    send_evidence(party, &item);
}

/* Nobody lets the application in at the first address. */
static void try_on_command(struct party *party, const struct command *command)
{
    bool is_first = party->orders == 1;
    static struct address peer;

    if (command->kind == COMMAND_ARM) {
        peer = command->peer_address;
        party_send_phase(party, PHASE_ARMED);
    } else if (command->kind == COMMAND_PROBE) {
        send_attempt(party, is_first ? &peer : &party->order.destination,
                     is_first ? OUTCOME_REFUSED : OUTCOME_CONNECTED);
        party_send_phase(party, PHASE_PROBED);
    } else if (command->kind == COMMAND_COLLECT) {
        party_send_phase(party, PHASE_DISARMED);
        party_send_ended(party);
    }
}

static void ask_dual(bool bundle)
{
    struct message request = {.kind = MESSAGE_TRACE_REQUEST,
                              .trace_request = {.source = "hostA",
                                                .destination = "dual.example",
                                                .port = 8080,
                                                .bundle = bundle}};

    party_send(admin, &request);
}

static void test_next_address_is_tried_in_the_same_trace(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");
    char first[TRACE_ID_SIZE];
    char *stored = NULL;
    struct bundle bundle;
    struct err err = {0};

    (void)state;
    a->on_order = resolve_on_order;
    a->on_command = try_on_command;
    ask_dual(true);
    while (a->orders == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    memcpy(first, a->order.trace_id, sizeof(first));
    scene_run_until(&scene, &admin->has_document);
    assert_int_equal(a->orders, 2);
    assert_string_not_equal(a->order.trace_id, first);
    assert_int_equal(admin->status, 0); /* where the application ends */
    assert_int_equal(
        bundle_read_json(admin->document, admin->document_size, &bundle, &err),
        0);
    assert_int_equal(bundle.subject.destination.family, 4);
    assert_int_equal(bundle.earlier_count, 1);
    assert_int_equal(bundle.earlier[0].subject.destination.family, 6);
    bundle_fini(&bundle);
    /* One report, under the id that the first order had. */
    assert_int_equal(store_read_report(scene.state.store, first, &stored, &err),
                     0);
    assert_non_null(strstr(stored, "\"addresses\":[{\"address\":"
                                   "\"2001:db8::99\",\"outcome\":\"refused\""));
    assert_null(strstr(strstr(stored, "\"addresses\"") + 20,
                       "{\"address\":\"203.0.113.80\",\"outcome\""));
    free(stored);
    assert_int_equal(scene.server.traces.count, 0);
    party_leave(a);
}

static void refuse_second_order(struct party *party)
{
    struct evidence item;

    if (party->orders == 1) {
        resolve_on_order(party);
        return;
    }
    evidence_init(&item, EVIDENCE_REFUSED, clock_monotonic_ns());
    evidence_set_text(&item, KEY_TEXT, "not to that one");
    send_evidence(party, &item);
    party_send_ended(party);
}

/* What is known of the first is told, and that it is not the whole answer. */
static void test_address_that_cannot_be_traced_is_told(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    a->on_order = refuse_second_order;
    a->on_command = try_on_command;
    ask_dual(false);
    scene_run_until(&scene, &admin->has_document);
    assert_int_equal(a->orders, 2);
    assert_int_equal(admin->status, 3);
    assert_non_null(strstr(admin->document, "goes on to 203.0.113.80"));
    assert_non_null(strstr(admin->document, "not to that one"));
    assert_non_null(strstr(admin->document, "\"address\":\"2001:db8::99\""));
    party_leave(a);
}

static void probe_first_only(struct party *party, const struct command *command)
{
    if (party->orders == 2 && command->kind == COMMAND_PROBE)
        party_send_phase(party, PHASE_PROBED);
    else
        try_on_command(party, command);
}

/* "No attempt was made" is no answer where an address before gave one. */
static void test_address_without_an_attempt_is_not_the_answer(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    a->on_order = resolve_on_order;
    a->on_command = probe_first_only;
    ask_dual(false);
    scene_run_until(&scene, &admin->has_document);
    assert_int_equal(a->orders, 2);
    assert_int_not_equal(admin->status, 3);
    assert_non_null(strstr(admin->document, "goes on to 203.0.113.80"));
    assert_non_null(strstr(admin->document, "no attempt was made"));
    assert_non_null(strstr(admin->document, "\"outcome\":\"refused\""));
    party_leave(a);
}

/* Then nobody waits for the second. */
static void leave_operator(struct party *party, const struct command *command)
{
    if (command->kind == COMMAND_COLLECT && admin != NULL)
        conn_close(admin->conn, 0, "gone");
    try_on_command(party, command);
}

static void test_operator_gone_between_addresses(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    a->on_order = resolve_on_order;
    a->on_command = leave_operator;
    ask_dual(false);
    while (!admin->is_closed || scene.server.traces.count > 0) {
        uv_run(&scene.loop, UV_RUN_ONCE);
        assert_false(scene.is_late);
    }
    assert_int_equal(a->orders, 1);
    party_leave(a);
}

static void test_full_disk_costs_the_record_not_the_answer(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    store_limit_pages(scene.state.archive, 1);
    ask_trace("hostA", "203.0.113.80");
    scene_run_until(&scene, &admin->has_document);
    assert_non_null(strstr(admin->document, "this report was not stored"));
    party_leave(a);
}

static void leave_on_command(struct party *party, const struct command *command)
{
    if (command->kind == COMMAND_PROBE)
        conn_close(party->conn, 0, "died");
}

static void test_agent_that_dies_still_gives_a_report(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");
    struct party *b = add_agent("hostB", "198.51.100.10");

    (void)state;
    a->on_command = leave_on_command;
    ask_trace("hostA", "198.51.100.10");
    scene_run_until(&scene, &admin->has_document);
    assert_non_null(strstr(admin->document, "agent-lost"));
    party_leave(a);
    party_leave(b);
}

static void test_operator_that_leaves_aborts_the_trace(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    a->on_order = NULL; /* never says armed */
    ask_trace("hostA", "203.0.113.80");
    while (a->orders == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    party_leave(admin);
    admin = NULL;
    while (a->aborts == 0) {
        uv_run(&scene.loop, UV_RUN_ONCE);
        assert_false(scene.is_late);
    }
    assert_int_equal(scene.server.traces.count, 0);
    party_leave(a);
}

static void test_unknown_source_names_the_known(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    ask_trace("nobody", "hostA");
    run_until_error(admin);
    assert_int_equal(admin->error.status, 3);
    assert_string_equal(admin->error.text,
                        "no agent named 'nobody': these are known: hostA");
    party_leave(a);
}

/* An agent that comes back before its first connection is seen to be dead. */
static void test_same_key_replaces_the_first(void **state)
{
    struct party *first = add_agent("hostA", "192.0.2.10");
    struct party *second = party_call(&scene, party_take_tls(first));

    (void)state;
    assert_true(second->was_resumed);
    party_greet(second, "192.0.2.11");
    scene_run_until(&scene, &first->is_closed);
    ask_agents();
    assert_non_null(strstr(admin->document, "\"192.0.2.11\""));
    assert_null(strstr(admin->document, "\"192.0.2.10\""));
    party_leave(first);
    party_leave(second);
}

static void restart_server(void)
{
    struct sockaddr_storage address = scene.address;
    struct err err = {0};

    server_stop(&scene.server);
    while (scene.server.session_count > 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    uv_run(&scene.loop, UV_RUN_NOWAIT); /* the last handle's end */
    server_fini(&scene.server);
    assert_int_equal(
        server_open(&scene.server, &scene.loop, &scene.state, &address, &err),
        0);
}

/* The near miss of a lock-out: nothing has changed but the process. */
static void test_key_is_good_after_a_restart(void **state)
{
    struct party *first = add_agent("hostA", "192.0.2.10");
    struct party *second;

    (void)state;
    restart_server();
    scene_run_until(&scene, &first->is_closed);
    second = party_call(&scene, party_take_tls(first));
    assert_true(second->was_resumed);
    party_greet(second, "192.0.2.10");
    party_leave(first);
    party_leave(second);
    party_leave(admin);
    admin = NULL;
}

static void expect_refusal(struct tls_context *tls, bool is_resumed)
{
    struct party *refused = party_call(&scene, tls);

    scene_run_until(&scene, &refused->is_closed);
    assert_int_equal(refused->was_resumed, is_resumed);
    assert_int_equal(refused->hellos, 0);
    assert_non_null(strstr(refused->reason, "another key was enrolled"));
    assert_non_null(registry_find(&scene.server.registry, "hostA"));
    party_leave(refused);
}

/* Whoever stole a key has the connection, its ticket and the key itself: the
 * join that replaces it takes all three. */
static void test_join_locks_the_old_key_out(void **state)
{
    struct tls_context *unused = party_join(&scene, admin, "hostA");
    struct party *thief = add_agent("hostA", "192.0.2.66");
    struct party *other = add_agent("hostB", "198.51.100.10");
    struct party *owner;

    (void)state;
    assert_false(thief->is_closed);
    owner = party_call(&scene, party_join(&scene, admin, "hostA"));
    scene_run_until(&scene, &thief->is_closed);
    assert_non_null(strstr(thief->error.text, "another key was enrolled"));
    assert_non_null(strstr(thief->error.text, "--agent hostA"));
    party_greet(owner, "192.0.2.10");
    expect_refusal(party_take_tls(thief), true);
    expect_refusal(unused, false); /* no ticket: a full handshake */
    ask_agents();
    assert_non_null(strstr(admin->document, "\"192.0.2.10\""));
    assert_null(strstr(admin->document, "\"192.0.2.66\""));
    assert_false(owner->is_closed || other->is_closed);
    party_leave(thief);
    party_leave(other);
    party_leave(owner);
}

/* Its worker's evidence counts no more, even of a trace that runs already. */
static void test_locked_out_agent_leaves_its_trace(void **state)
{
    struct party *thief = add_agent("hostA", "192.0.2.66");

    (void)state;
    thief->on_command = NULL; /* never says probed */
    ask_trace("hostA", "203.0.113.80");
    while (thief->orders == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    tls_context_free(party_join(&scene, admin, "hostA"));
    scene_run_until(&scene, &admin->has_document);
    assert_non_null(strstr(admin->document, "agent-lost"));
    assert_non_null(strstr(admin->document, "enrolled anew"));
    scene_run_until(&scene, &thief->is_closed);
    party_leave(thief);
}

static void test_other_versions_are_told(void **state)
{
    struct party *stranger = party_operator(&scene);

    (void)state;
    party_say_hello(stranger, PROTO_VERSION_MAX + 7);
    scene_run_until(&scene, &stranger->is_closed);
    assert_non_null(strstr(stranger->error.text, "protocol versions 8 to 8"));
    party_leave(stranger);
}

static void test_what_one_may_not_send_ends_it(void **state)
{
    struct message evidence = {.kind = MESSAGE_TRACE_ENDED};
    struct party *stranger = party_operator(&scene);

    (void)state;
    snprintf(evidence.trace_ended.trace_id, TRACE_ID_SIZE,
             "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    party_say_hello(stranger, PROTO_VERSION_MAX);
    party_send(stranger, &evidence);
    scene_run_until(&scene, &stranger->is_closed);
    assert_non_null(strstr(stranger->error.text, "not yours to send"));
    party_leave(stranger);
    stranger = party_operator(&scene);
    assert_int_equal(conn_send(stranger->conn, (const uint8_t *)"\xff\xff", 2),
                     0);
    scene_run_until(&scene, &stranger->is_closed);
    party_leave(stranger);
}

static void test_agent_that_asks_as_an_operator_is_told(void **state)
{
    struct message request = {.kind = MESSAGE_TOKEN_REQUEST,
                              .token_request = {.ttl_s = 60, .uses = 1}};
    struct party *mole = add_agent("mole", "192.0.2.10");

    (void)state;
    party_send(mole, &request);
    scene_run_until(&scene, &mole->is_closed);
    assert_int_equal(mole->error.status, 2);
    assert_non_null(strstr(mole->error.text, "the agent 'mole'"));
    assert_non_null(strstr(mole->error.text, "only an operator"));
    assert_string_equal(mole->token, "");
    party_leave(mole);
}

static void test_joiners_may_do_nothing_else(void **state)
{
    struct message request = {.kind = MESSAGE_AGENTS_REQUEST};
    struct message wanted = {.kind = MESSAGE_TOKEN_REQUEST,
                             .token_request = {.ttl_s = 60, .uses = 1}};
    struct party *joiner;

    (void)state;
    party_send(admin, &wanted);
    while (admin->token[0] == '\0')
        uv_run(&scene.loop, UV_RUN_ONCE);
    joiner = party_joiner(&scene, admin->token);
    party_send(joiner, &request);
    scene_run_until(&scene, &joiner->is_closed);
    assert_int_equal(joiner->document_size, 0);
    assert_non_null(strstr(joiner->error.text, "not yours to send"));
    party_leave(joiner);
}

static void test_stop_sends_agents_away(void **state)
{
    struct party *a = add_agent("hostA", "192.0.2.10");

    (void)state;
    server_stop(&scene.server);
    scene_run_until(&scene, &a->is_closed);
    assert_int_equal(a->go_aways, 1);
    party_leave(a);
}

static void test_joins_are_rate_limited(void **state)
{
    unsigned allowed = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        allowed += server_may_join(&scene.server);
    assert_in_range(allowed, SERVER_JOIN_BURST, SERVER_JOIN_BURST + 1);
}

/* Two of them, and as many as there may be are made believe. */
static void test_silent_ones_make_room(void **state)
{
    struct party *late;
    int silent[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        silent[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(silent[i], (struct sockaddr *)&scene.address,
                                 sizeof(struct sockaddr_in)),
                         0);
    }
    while (scene.server.handshakes < 2)
        uv_run(&scene.loop, UV_RUN_ONCE);
    scene.server.handshakes += SERVER_MAX_HANDSHAKES - 2;
    late = party_operator(&scene); /* a silence must end for it */
    assert_int_equal(scene.server.handshakes, SERVER_MAX_HANDSHAKES - 2);
    scene.server.handshakes = 0;
    party_leave(late);
    for (int i = 0; i < 2; i++)
        close(silent[i]);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(test_agents_join_and_are_listed),
        SERVER_TEST(test_trace_gives_a_stored_report),
        SERVER_TEST(test_bundle_holds_the_report),
        SERVER_TEST(test_next_address_is_tried_in_the_same_trace),
        SERVER_TEST(test_address_that_cannot_be_traced_is_told),
        SERVER_TEST(test_address_without_an_attempt_is_not_the_answer),
        SERVER_TEST(test_operator_gone_between_addresses),
        SERVER_TEST(test_full_disk_costs_the_record_not_the_answer),
        SERVER_TEST(test_agent_that_dies_still_gives_a_report),
        SERVER_TEST(test_operator_that_leaves_aborts_the_trace),
        SERVER_TEST(test_unknown_source_names_the_known),
        SERVER_TEST(test_same_key_replaces_the_first),
        SERVER_TEST(test_key_is_good_after_a_restart),
        SERVER_TEST(test_join_locks_the_old_key_out),
        SERVER_TEST(test_locked_out_agent_leaves_its_trace),
        SERVER_TEST(test_other_versions_are_told),
        SERVER_TEST(test_what_one_may_not_send_ends_it),
        SERVER_TEST(test_agent_that_asks_as_an_operator_is_told),
        SERVER_TEST(test_joiners_may_do_nothing_else),
        SERVER_TEST(test_stop_sends_agents_away),
        SERVER_TEST(test_joins_are_rate_limited),
        SERVER_TEST(test_silent_ones_make_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
