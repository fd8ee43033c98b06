/* What each message does, by its sender and the time it comes. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/unit/controller/party.h"
#include "tests/unit/test.h"

static struct scene scene;
static struct party *admin, *agent;

static int setup(void **state)
{
    (void)state;
    scene_open(&scene);
    admin = party_operator(&scene);
    party_say_hello(admin, PROTO_VERSION_MAX);
    agent = party_agent(&scene, admin, "hostA", "192.0.2.10");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    party_leave(admin);
    party_leave(agent);
    scene_close(&scene);
    return 0;
}

static void ping(struct party *party)
{
    struct message message = {.kind = MESSAGE_PING, .ping = {.t1 = 1}};
    unsigned before = party->pongs;

    party_send(party, &message);
    while (party->pongs == before) {
        uv_run(&scene.loop, UV_RUN_ONCE);
        assert_false(scene.is_late);
    }
}

/* Who is greeted may ask for the clock at any time. */
static void test_pings_are_answered(void **state)
{
    (void)state;
    ping(admin);
    ping(agent);
}

/* A second hello changes nothing: neither version nor place in the registry. */
static void test_hello_counts_once(void **state)
{
    unsigned pings = agent->pings;

    (void)state;
    party_say_hello(agent, PROTO_VERSION_MAX + 1);
    ping(agent);
    assert_string_equal(agent->error.text, "");
    assert_int_equal(agent->pings, pings);
    assert_int_equal(HASH_COUNT(scene.server.registry.agents), 1);
}

/* An answer to no question of ours says nothing about a clock. */
static void test_pong_must_be_asked_for(void **state)
{
    struct agent *known = registry_find(&scene.server.registry, "hostA");
    struct message pong = {.kind = MESSAGE_PONG,
                           .pong = {.t1 = 1, .t2 = 2, .t3 = 2}};
    size_t before;

    (void)state;
    ping(agent); /* its pongs have come */
    before = known->offset.count;
    assert_int_equal(before, SERVER_PING_BURST);
    party_send(agent, &pong);
    pong.pong.t1 = 0; /* as an unused place in the list of questions */
    party_send(agent, &pong);
    ping(agent);
    assert_int_equal(known->offset.count, before);
}

static void test_inventory_replaces_the_last(void **state)
{
    struct agent *known = registry_find(&scene.server.registry, "hostA");
    struct message inventory = {.kind = MESSAGE_INVENTORY,
                                .inventory = {.count = 1}};
    struct address before = known->inventory.addresses[0];

    (void)state;
    assert_int_equal(
        address_parse("192.0.2.77", &inventory.inventory.addresses[0]), 0);
    party_send(agent, &inventory);
    ping(agent);
    assert_int_equal(known->inventory.count, 1);
    assert_true(address_equal(&known->inventory.addresses[0],
                              &inventory.inventory.addresses[0]));
    assert_true(address_equal(&known->lost[0], &before));
}

/* A kind from a later version: told, and gone on with. */
static void test_unknown_message_is_told(void **state)
{
    static const uint8_t field_2000[] = {0x82, 0x7d, 0x00};

    (void)state;
    assert_int_equal(conn_send(admin->conn, field_2000, sizeof(field_2000)), 0);
    ping(admin);
    assert_non_null(strstr(admin->error.text, "does not know that message"));
    assert_false(admin->is_closed);
}

static void expect_end(struct party *party, const char *words)
{
    scene_run_until(&scene, &party->is_closed);
    assert_non_null(strstr(party->error.text, words));
    party_leave(party);
}

/* Before hello nothing but hello, whoever it is. */
static void test_hello_comes_first(void **state)
{
    struct message message = {.kind = MESSAGE_AGENTS_REQUEST};
    struct party *early = party_operator(&scene);

    (void)state;
    party_send(early, &message);
    expect_end(early, "is not yours to send before hello");
}

/* Its pieces would be taken for those of the answer under way. */
static void test_one_answer_at_a_time(void **state)
{
    struct message message = {.kind = MESSAGE_AGENTS_REQUEST};

    (void)state;
    party_ask_trace(admin, "hostA", "192.0.2.99"); /* is never armed */
    party_send(admin, &message);
    ping(admin);
    assert_non_null(strstr(admin->error.text, "has an answer under way"));
    assert_false(admin->has_document);
}

/* Late, or of another's trace: it is dropped, and costs nobody anything. */
static void test_evidence_of_no_trace_is_dropped(void **state)
{
    struct message ended = {.kind = MESSAGE_TRACE_ENDED};

    (void)state;
    snprintf(agent->order.trace_id, TRACE_ID_SIZE,
             "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    party_send_phase(agent, PHASE_ARMED);
    snprintf(ended.trace_ended.trace_id, TRACE_ID_SIZE, "%s",
             agent->order.trace_id);
    party_send(agent, &ended);
    ping(agent);
    assert_string_equal(agent->error.text, "");
}

#define DISPATCH_TEST(name) \
    cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISPATCH_TEST(test_pings_are_answered),
        DISPATCH_TEST(test_hello_counts_once),
        DISPATCH_TEST(test_pong_must_be_asked_for),
        DISPATCH_TEST(test_inventory_replaces_the_last),
        DISPATCH_TEST(test_unknown_message_is_told),
        DISPATCH_TEST(test_hello_comes_first),
        DISPATCH_TEST(test_one_answer_at_a_time),
        DISPATCH_TEST(test_evidence_of_no_trace_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
